"""The counts of one month: processes add to those that are declared, and to no others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sim.declare import UndeclaredError


class Tally(dict[str, float]):
    """Counts and amounts of a month by name, in the order of their declaration; all are 0 when it begins.

    Raises:
        UndeclaredError: what is read, or added to, is in no process's `COUNTS`.
    """

    def __init__(self, declared: Iterable[str]):
        super().__init__(dict.fromkeys(declared, 0.0))

    def __missing__(self, name: str) -> float:
        raise _undeclared(name, self)


def amounts(tally: Mapping[str, float], declared: Collection[str]) -> list[float]:
    """All counts of a month, in the order of their declaration.

    Raises:
        UndeclaredError: something has been set that is in no process's `COUNTS`.
    """
    if len(tally) != len(declared):
        raise _undeclared(next(name for name in tally if name not in declared), declared)
    return list(tally.values())


def _undeclared(name: str, declared: Iterable[str]) -> UndeclaredError:
    return UndeclaredError.of("count", name, declared, f'COUNTS = {{"{name}": Count(unit, meaning)}}')
