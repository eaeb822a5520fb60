"""The counts of one month: processes add to those that are declared, and to no others."""

from __future__ import annotations

from collections.abc import Iterable

from sim.declare import UndeclaredError


class Tally(dict[str, float]):
    """Counts and amounts of a month by name, in the order of their declaration; all are 0 when it begins.

    Raises:
        UndeclaredError: for a name that no process has in its `COUNTS`, read or written.
    """

    def __init__(self, declared: Iterable[str]):
        super().__init__(dict.fromkeys(declared, 0.0))

    def __setitem__(self, name: str, amount: float) -> None:
        if name not in self:
            self.__missing__(name)
        super().__setitem__(name, amount)

    def __missing__(self, name: str) -> float:
        raise UndeclaredError.of("count", name, self, f'COUNTS = {{"{name}": Count(unit, meaning)}}')
