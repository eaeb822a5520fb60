"""The values that an expression may have while `.reading` follows source: a set of objects of this module."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ColumnValue:
    """A column of startups: as it is now, or (read-only) as it was at the start of the month."""

    name: str
    now: bool = True


@dataclass(frozen=True)
class Instance:
    """An object of a class of the model."""

    kind: type


@dataclass(frozen=True)
class Record:
    """A `NamedTuple`."""

    kind: type
    items: tuple[Value, ...]


@dataclass(frozen=True)
class Items:
    """A tuple, list or the values of a dictionary; one item stands for all if their number is unknown."""

    items: tuple[Value, ...]


@dataclass(frozen=True)
class Known:
    """An object that the module names: a function, class, module or constant."""

    what: Any

    def __hash__(self) -> int:
        return id(self.what)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and other.what is self.what


@dataclass(frozen=True)
class Method:
    """A method and what it belongs to."""

    name: str
    owner: ColumnValue | Instance | Record

    @property
    def function(self) -> Any:
        """The function that it is in its class."""
        return inspect.getattr_static(getattr(self.owner, "kind", object), self.name, None)


Value = frozenset[Any]
NOTHING: Value = frozenset()


def inside_of(value: Value) -> list[tuple[Value, ...]]:
    """The items of all tuples, lists and records in `value`."""
    return [one.items for one in value if isinstance(one, Items | Record)]
