"""Startups: one Mesa agent each to look at, one row of NumPy columns each to compute with.

`Startups` owns the columns of all active startups and implements Mesa's `AbstractAgentSet`, so that
`model.agents_by_type[Startup].select(...)`, `.agg(...)` and `.groupby(...)` work as for any Mesa
agents. A `Startup` object is made only when somebody asks for one. Rows of closed startups move to
an archive, whole, so that processes always act on contiguous columns of active startups only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet

from sim.compiled import compiled, inlined
from sim.declaration import Column

if TYPE_CHECKING:
    from sim.model import EcosystemModel

FIRST_UNIQUE_ID = 1_000_000
"""Mesa numbers hubs and funders from 1; startups are numbered from here, in order of founding."""

_DTYPES: dict[type, Any] = {float: np.float64, int: np.int32, bool: np.bool_, bytes: np.uint64}
"""Type of a table by the kind of its columns; keys are words of eight bytes."""


class Startup(mesa.Agent):
    """One startup, looked at through the columns; setting an attribute sets its cell of the column.

    Every declared column is an attribute (`startup.cash` in kMAD, `startup.skills` in 0-1, …). After
    closing the last values stay readable. Reading or setting an unknown name raises `AttributeError`.
    """

    def __init__(self, startups: Startups, number: int):
        self.__dict__.update(_startups=startups, number=number)

    @property
    def model(self) -> EcosystemModel:
        """The world it lives in."""
        return self._startups.model

    @property
    def unique_id(self) -> int:
        """Mesa's identifier, in order of founding."""
        return FIRST_UNIQUE_ID + self.number

    @property
    def active(self) -> bool:
        """Whether it has neither failed nor been acquired."""
        return bool(self._startups.row_of[self.number] >= 0)

    @property
    def cell(self) -> Any:
        """The cell of the regional grid in which its city lies."""
        return self.model.space.cell_of(int(self.city))

    @property
    def pos(self) -> tuple[int, int]:
        """Coordinate of its cell."""
        return self.cell.coordinate

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._startups.value(self.number, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._startups.set_value(self.number, name, value)

    def remove(self) -> None:
        """Close this startup now, as if its founder had given up."""
        self.model.close_startup(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Startup) and other.number == self.number and other._startups is self._startups

    def __hash__(self) -> int:
        return hash(self.unique_id)

    def __repr__(self) -> str:
        return f"Startup({self.unique_id})"


class _StartupSet(AbstractAgentSet):
    """What all sets of startups share; subclasses say which startups are in it by `numbers`."""

    startups: Startups
    random: Random

    @property
    def numbers(self) -> np.ndarray:
        """Founding numbers of the members, in their order."""
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Startup]:
        return (Startup(self.startups, number) for number in self.numbers.tolist())

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, Startup) and agent._startups is self.startups and agent.number in self.numbers

    def __getitem__(self, index: int) -> Startup:
        return Startup(self.startups, int(self.numbers[index]))

    def _update(self, agents: Iterable[Startup]) -> AbstractAgentSet:
        raise TypeError("the set of all startups changes only when startups are founded or closed")

    def _of(self, numbers: np.ndarray) -> StartupSelection:
        selection = StartupSelection((), self.random)
        selection.startups, selection._numbers = self.startups, np.asarray(numbers, dtype=np.int64)
        return selection

    def copy(self) -> StartupSelection:
        """A fixed selection of the present members."""
        return self._of(self.numbers.copy())

    __copy__ = copy

    def select(
        self,
        filter_func: Callable[[Startup], bool] | None = None,
        at_most: int | float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> AbstractAgentSet:
        """The members for which `filter_func` holds, at most `at_most` of them, as Mesa does it."""
        if inplace:
            raise TypeError("startups cannot be selected in place; take the returned selection")
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        if agent_type is not None and not issubclass(Startup, agent_type):
            return self._of(np.empty(0, dtype=np.int64))
        chosen: list[int] = []
        for startup in self:
            if len(chosen) >= at_most:
                break
            if filter_func is None or filter_func(startup):
                chosen.append(startup.number)
        return self._of(np.array(chosen, dtype=np.int64))

    def groupby(self, by: Callable | str, result_type: str = "agentset") -> Any:
        """Groups by a column or by a function of the startup, as Mesa does it."""
        from mesa.agentset import GroupBy

        values = [by(startup) for startup in self] if callable(by) else self.get(by)
        members: dict[Any, list[int]] = {}
        for value, number in zip(values, self.numbers.tolist(), strict=True):
            members.setdefault(value, []).append(number)
        groups = {value: self._of(np.array(numbers)) for value, numbers in members.items()}
        if result_type == "list":
            return GroupBy({value: list(group) for value, group in groups.items()})
        return GroupBy(groups)

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: str = "error",
        default_value: Any = None,
    ) -> list[Any]:
        """Values of one or several attributes, a list with one entry per member, as Mesa does it."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is 'error' or 'default', not {handle_missing!r}")

        def values(name: str) -> list[Any]:
            try:
                if name in self.startups.columns:
                    return [self.startups.value(number, name) for number in self.numbers.tolist()]
                return [getattr(startup, name) for startup in self]
            except AttributeError:
                if handle_missing != "default":
                    raise
                return [default_value] * len(self)

        if isinstance(attr_names, str):
            return values(attr_names)
        return [list(row) for row in zip(*(values(name) for name in attr_names), strict=True)]

    def set(self, attr_name: str, value: Any) -> AbstractAgentSet:
        """Set one attribute of every member."""
        for startup in self:
            setattr(startup, attr_name, value)
        return self

    def to_list(self) -> list[Startup]:
        """The members as a list."""
        return list(self)

    def add(self, agent: Startup) -> None:
        """Refused: startups are founded by the model's processes."""
        raise TypeError("startups are founded by the model's processes; a set cannot add one")

    def discard(self, agent: Startup) -> None:
        """Close the startup if it is a member."""
        if agent in self:
            agent.remove()

    def remove(self, agent: Startup) -> None:
        """Close the startup; `KeyError` if it is not a member."""
        if agent not in self:
            raise KeyError(agent)
        agent.remove()

    def shuffle(self, inplace: bool = False) -> AbstractAgentSet:
        """The members in random order (by Mesa's generator; the model itself never shuffles)."""
        numbers = self.numbers.tolist()
        self.random.shuffle(numbers)
        return self._of(np.array(numbers, dtype=np.int64))

    def sort(
        self, key: Callable[[Startup], Any] | str, ascending: bool = False, inplace: bool = False
    ) -> AbstractAgentSet:
        """The members in the order of an attribute or of a function of the startup."""
        values = [key(startup) for startup in self] if callable(key) else self.get(key)
        order = sorted(range(len(values)), key=values.__getitem__, reverse=not ascending)
        return self._of(self.numbers[order])

    def map(self, method: str | Callable, *args: Any, **kwargs: Any) -> list[Any]:
        """Results of a method or function for each member."""
        if callable(method):
            return [method(startup, *args, **kwargs) for startup in self]
        return [getattr(startup, method)(*args, **kwargs) for startup in self]

    def do(self, method: str | Callable, *args: Any, **kwargs: Any) -> AbstractAgentSet:
        """Call a method or function for each member."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable, *args: Any, **kwargs: Any) -> AbstractAgentSet:
        """Call a method or function for each member, in random order."""
        self.shuffle().do(method, *args, **kwargs)
        return self


class StartupSelection(_StartupSet):
    """A fixed selection of startups."""

    def __init__(self, agents: Iterable[Startup], random: Random | None = None):
        members = list(agents)
        self.random = random or Random(0)
        self._numbers = np.array([startup.number for startup in members], dtype=np.int64)
        if members:
            self.startups = members[0]._startups

    @property
    def numbers(self) -> np.ndarray:
        """Founding numbers of the members, in their order."""
        return self._numbers


class Startups(_StartupSet):
    """All active startups, in columns.

    Each declared column is an attribute: a NumPy array over the active startups, in no particular
    order, but the same order in all columns. `key` (64-bit words) names a startup for the random
    streams, `number` counts foundings. Rows move when startups close, so keep numbers, not rows.

    Args:
        model: the world.
        columns: declared columns by name.
        random: Mesa's generator, used only by `shuffle`.
    """

    def __init__(self, model: EcosystemModel, columns: dict[str, Column], random: Random):
        self.columns: dict[str, Column]
        object.__setattr__(self, "columns", columns)
        self.model, self.random, self.startups = model, random, self
        names = {kind: [name for name, column in columns.items() if column.kind is kind] for kind in _DTYPES}
        names[bytes] = ["key"]
        self._names = names
        self._place = {name: (kind, row) for kind, members in names.items() for row, name in enumerate(members)}
        self._tables = {kind: np.empty((len(members), 1024), dtype=_DTYPES[kind]) for kind, members in names.items()}
        self._closed: dict[type, list[np.ndarray]] = {kind: [] for kind in _DTYPES}
        defaults = {name: column.default for name, column in columns.items()} | {"key": 0}
        self._defaults = {
            kind: np.array([defaults[name] for name in members], dtype=_DTYPES[kind])[:, None]
            for kind, members in names.items()
        }
        self.row_of = np.empty(0, dtype=np.int32)
        self.founded_total = 0
        self._resize(0)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.columns:
            getattr(self, name)[...] = value
        else:
            object.__setattr__(self, name, value)

    def _resize(self, count: int) -> None:
        """Cut all columns to so many active startups."""
        self.count = count
        attributes = self.__dict__
        for kind, table in self._tables.items():
            for name, column in zip(self._names[kind], table[:, :count], strict=True):
                attributes[name] = column  # one by one: three times as fast as update()

    if TYPE_CHECKING:  # the columns are attributes that the processes declare

        def __getattr__(self, name: str) -> Any: ...

    @property
    def numbers(self) -> np.ndarray:
        """Founding numbers of the active startups."""
        return self.number

    def __len__(self) -> int:
        return self.count

    def found(self, *batches: dict[str, Any]) -> None:
        """Append startups in batches of `key` (n,) and any columns, (n,) or scalars; the rest take their defaults."""
        before, after = self.count, self.count + sum(batch["key"].size for batch in batches)
        capacity = self._tables[bytes].shape[1]
        if after > capacity:
            self._grow(max(after, capacity + capacity // 2))
        for kind, table in self._tables.items():
            table[:, before:after] = self._defaults[kind]
        first = before
        for batch in batches:
            last = first + batch["key"].size
            for name, value in batch.items():
                kind, row = self._place[name]
                self._tables[kind][row, first:last] = value
            first = last
        self._resize(after)
        first = self.founded_total
        self.founded_total += after - before
        self.number[before:] = np.arange(first, self.founded_total)
        if self.founded_total > self.row_of.size:
            longer = np.full(max(self.founded_total, 2 * self.row_of.size, 1024), -1, dtype=np.int32)
            longer[: self.row_of.size] = self.row_of
            self.row_of = longer
        self.row_of[first : self.founded_total] = np.arange(before, after)

    def _grow(self, capacity: int) -> None:
        for kind, table in self._tables.items():
            larger = np.empty((table.shape[0], capacity), dtype=table.dtype)
            larger[:, : self.count] = table[:, : self.count]
            self._tables[kind] = larger

    def close(self, rows: np.ndarray) -> None:
        """Move the given rows to the archive; the last rows take their places.

        Raises ValueError when the rows do not increase.
        """
        if rows.size == 0:
            return
        left = self.count - rows.size
        taken = _take_out(rows, left, self.number, self.row_of, *self._tables.values())
        for parts, part in zip(self._closed.values(), taken, strict=True):
            parts.append(part)
        self._resize(left)

    def archive(self, name: str) -> np.ndarray:
        """One column of all closed startups, in the order of closing; not to be changed."""
        kind, row = self._place[name]
        parts = self._closed[kind]
        if len(parts) != 1:  # kept side by side from now on
            parts[:] = [np.concatenate([self._tables[kind][:, :0], *parts], axis=1)]
        return parts[0][row]

    def everyone(self, name: str) -> np.ndarray:
        """One column of all startups ever founded: the closed ones first, then the active ones."""
        return np.concatenate([self.archive(name), getattr(self, name)])

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

    def copy_for(self, model: EcosystemModel) -> Startups:
        """An independent copy of all columns and the archive for another model."""
        twin = Startups(model, self.columns, model.random)
        twin._tables = {kind: table.copy() for kind, table in self._tables.items()}
        twin._closed = {kind: list(parts) for kind, parts in self._closed.items()}
        twin.row_of = self.row_of.copy()
        twin.founded_total = self.founded_total
        twin._resize(self.count)
        return twin


@inlined
def _moved(table: np.ndarray, rows: np.ndarray, movers: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """The given rows of a table (columns, startups); the movers' entries fill the holes."""
    taken = np.empty((table.shape[0], rows.size), dtype=table.dtype)
    for place in range(table.shape[0]):
        column = table[place]
        for position in range(rows.size):
            taken[place, position] = column[rows[position]]
        for position in range(holes.size):
            column[holes[position]] = column[movers[position]]
    return taken


@compiled
def _take_out(
    rows: np.ndarray,
    left: int,
    number: np.ndarray,
    row_of: np.ndarray,
    floats: np.ndarray,
    integers: np.ndarray,
    flags: np.ndarray,
    words: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Take increasing rows out of all tables (columns, startups); from `left` on, those that stay fill the gaps."""
    gone = rows.size
    for position in range(1, gone):
        if rows[position] <= rows[position - 1]:
            raise ValueError("rows of startups that close must increase")
    holes, movers = np.empty(gone, dtype=np.int64), np.empty(gone, dtype=np.int64)
    for position in range(gone):
        row_of[number[rows[position]]] = -1
    within = moving = 0
    while within < gone and rows[within] < left:
        holes[within] = rows[within]
        within += 1
    place = within
    for row in range(left, left + gone):
        if place < gone and rows[place] == row:
            place += 1
        else:
            movers[moving] = row
            row_of[number[row]] = holes[moving]
            moving += 1
    holes, movers = holes[:within], movers[:moving]
    return (
        _moved(floats, rows, movers, holes),
        _moved(integers, rows, movers, holes),
        _moved(flags, rows, movers, holes),
        _moved(words, rows, movers, holes),
    )
