"""Startups as Mesa agents: one at a time to look at, and in sets that do what Mesa's own agent sets do.

A `Startup` object is made only when somebody asks for one; its values are cells of the columns that
`sim.model.columns.Startups` owns. Sets implement Mesa's `AbstractAgentSet`, so that
`model.agents_by_type[Startup].select(...)`, `.agg(...)` and `.groupby(...)` work as for any Mesa agents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet

if TYPE_CHECKING:
    from sim.model.parts import Whole

FIRST_UNIQUE_ID = 1_000_000
"""Mesa numbers hubs and funders from 1; startups are numbered from here, in order of founding."""


class Columns(Protocol):
    """The columns that startups are looked at through; see `sim.model.columns.Startups`."""

    model: Whole
    row_of: np.ndarray
    columns: dict[str, Any]

    def value(self, number: int, name: str) -> Any:
        """One cell of a column, of an active or a closed startup."""

    def set_value(self, number: int, name: str, value: Any) -> None:
        """Set one cell of a column of an active startup."""


class Startup(mesa.Agent):
    """One startup, looked at through the columns; setting an attribute sets its cell of the column.

    Every declared column is an attribute (`startup.cash` in kMAD, `startup.skills` in 0-1, …). After
    closing the last values stay readable. Reading or setting an unknown name raises `AttributeError`.
    """

    def __init__(self, startups: Columns, number: int):
        self.__dict__.update(_startups=startups, number=number)

    @property
    def model(self) -> Whole:
        """The world it lives in."""
        found: Whole = self._startups.model
        return found

    @property
    def unique_id(self) -> int:
        """Mesa's identifier, in order of founding."""
        found: int = FIRST_UNIQUE_ID + self.number
        return found

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
        found: tuple[int, int] = self.cell.coordinate
        return found

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


class StartupSet(AbstractAgentSet):
    """What all sets of startups share; subclasses say which startups are in it by `numbers`."""

    startups: Columns
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

    def groupby(self, by: Callable[..., Any] | str, result_type: str = "agentset") -> Any:
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

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Results of a method or function for each member."""
        if callable(method):
            return [method(startup, *args, **kwargs) for startup in self]
        return [getattr(startup, method)(*args, **kwargs) for startup in self]

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> AbstractAgentSet:
        """Call a method or function for each member."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> AbstractAgentSet:
        """Call a method or function for each member, in random order."""
        self.shuffle().do(method, *args, **kwargs)
        return self


class StartupSelection(StartupSet):
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
