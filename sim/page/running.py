"""How the page's processes run a model: month by month, while a visitor waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.model.bundle import Bundle
    from sim.model.ecosystem import EcosystemModel
    from sim.scenario import Scenario


class Stopped(Exception):  # noqa: N818 (a way out, not an error)
    """No visitor waits for the result any more."""


def advance(model: Any, until: int, stopped: Callable[[], bool]) -> None:
    """Run a model month by month; raises `Stopped` when `stopped` returns True."""
    for month in range(model.months_done + 1, until + 1):
        if stopped():
            raise Stopped
        model.run_until(month)


class Continued:
    """Policies of one world that go on from its present.

    Those of a group live side by side, or in turn where a process of the month knows only single worlds.

    Args:
        groups: a world at its present, which stays as it is, and policies that have this past and end together.
    """

    def __init__(self, groups: Iterable[tuple[Bundle, list[Scenario]]]):
        from sim.model.bundle import live_in_turn
        from sim.model.side_by_side import SideBySide

        self._worlds = [
            SideBySide(past.taken([0] * len(together), together))
            for past, group in groups
            for together in ([[one] for one in group] if live_in_turn() else [group])
        ]

    def advance(self, last: str | None, stopped: Callable[[], bool]) -> None:
        """Run all policies to the end of a month, or to their own; raises `Stopped` when `stopped` returns True."""
        for worlds in self._worlds:
            bundle = worlds.bundle
            until = bundle.months if last is None else min(bundle.months, bundle.months_until(last) + 1)
            for _ in range(worlds.now, until):
                if stopped():
                    raise Stopped
                worlds.live()

    def models(self) -> Iterator[EcosystemModel]:
        """The world under each policy as it is now, to be looked at."""
        for worlds in self._worlds:
            yield from worlds.models

    def release(self) -> None:
        """Drop the state of all worlds, which frees their memory at once; they cannot be used afterwards."""
        for worlds in self._worlds:
            worlds.release()
