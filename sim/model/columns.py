"""The startups of a world under one policy: each column an array, and all together Mesa's agent set."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.declare import Column
from sim.model.startup import StartupSet
from sim.model.table import Table

if TYPE_CHECKING:
    from sim.model.parts import Whole


class Startups(StartupSet):
    """All active startups of one world under one policy, looked at through the table of its bundle.

    Each declared column is an attribute: a NumPy array over the active startups, in no particular
    order, but the same order in all columns. `key` (64-bit words) names a startup for the random
    streams, `number` counts foundings. Rows move when startups close, so keep numbers, not rows.

    Where several policies live side by side, columns are copies that can only be read, and numbers count foundings
    under all of them.

    Args:
        model: the world.
        table: the startups of its bundle.
        policy: which of the bundle's policies it is.
        random: Mesa's generator, used only by `shuffle`.
    """

    def __init__(self, model: Whole, table: Table, policy: int, random: Random):
        self.columns: dict[str, Column]
        object.__setattr__(self, "columns", {name: one for name, one in table.columns.items() if name != "key"})
        self.model, self.random, self.startups = model, random, self
        self.table, self.policy = table, policy

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or (name not in self.__dict__.get("columns", ()) and name != "key"):
            raise AttributeError(name)
        column = self.table.column(name, self.policy)
        if self.table.policies > 1:  # a copy without those that have closed under this policy alone
            column = column[self.table.active(self.policy)]
            column.flags.writeable = False
        return column

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.columns:
            self.table.column(name, self.policy)[...] = value
        else:
            object.__setattr__(self, name, value)

    @property
    def count(self) -> int:
        """How many there are."""
        table = self.table
        return table.used if table.policies == 1 else table.active(self.policy).size

    @property
    def row_of(self) -> np.ndarray:
        """Row of each startup by founding number, (founded,); -1 when it has closed."""
        if self.table.policies == 1:
            return self.table.row_of
        rows = np.full(self.table.founded_total, -1, dtype=np.int32)
        rows[self.number] = np.arange(self.count)
        return rows

    @property
    def founded_total(self) -> int:
        """How many have been founded."""
        return self.table.founded_total

    @property
    def numbers(self) -> np.ndarray:
        """Founding numbers of the active startups."""
        found: np.ndarray = self.number
        return found

    def __len__(self) -> int:
        return self.count

    def archive(self, name: str) -> np.ndarray:
        """One column of all closed startups, in the order of closing; not to be changed."""
        return self.table.archived(name, self.policy)

    def everyone(self, name: str) -> np.ndarray:
        """One column of all startups ever founded: the closed ones first, then the active ones; 16 bits become 32."""
        column = np.concatenate([self.archive(name), getattr(self, name)])
        return column.astype(np.int32) if column.dtype == np.int16 else column

    def value(self, number: int, name: str) -> Any:
        """One cell of a column, of an active or a closed startup, as a Python value."""
        if name not in self.columns and name != "key":
            raise AttributeError(f"a startup has no {name!r}; it has {', '.join(sorted(self.columns))}")
        row = self.row_of[number]
        if row >= 0:
            return getattr(self, name)[row].item()
        where = np.flatnonzero(self.archive("number") == number)
        if where.size == 0:
            raise AttributeError(f"startup {number} was never founded")
        return self.archive(name)[where[0]].item()

    def set_value(self, number: int, name: str, value: Any) -> None:
        """Set one cell of a column; only active startups can be changed."""
        if name not in self.columns:
            raise AttributeError(f"a startup has no {name!r}; it has {', '.join(sorted(self.columns))}")
        row = self.row_of[number]
        if row < 0:
            raise AttributeError(f"startup {number} has closed; its {name} can no longer be changed")
        getattr(self, name)[row] = value
