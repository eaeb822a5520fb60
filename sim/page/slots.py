"""Which process makes which film.

A film that is being made has a slot: a process, and a place for its camera there. There are as many slots as cameras
that a process may keep, so that no camera is dropped while its film is being made, whatever its visitors do; further
films wait for a slot. A new film goes to the process that makes the fewest, and rather to one that knows its past.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Hashable
from typing import NamedTuple

CAMERAS_KEPT = 10
"""Largest number of films that a process makes at once (8 MB each)."""


class Slot(NamedTuple):
    """A process, and the number of a place there."""

    lane: int
    place: int


class Slots:
    """The slots of all processes, by the films that have them.

    Args:
        lanes: number of processes.
        each: number of slots of a process.
    """

    def __init__(self, lanes: int, each: int = CAMERAS_KEPT):
        self._free = [list(range(each)) for _ in range(lanes)]
        self._busy: dict[Hashable, Slot] = {}
        self._idle: OrderedDict[Hashable, Slot] = OrderedDict()

    def take(self, film: Hashable, known: Collection[int] = ()) -> Slot | None:
        """The slot of a film from now on; None while all are in use.

        Args:
            film: the film.
            known: processes that know its past.
        """
        slot = self._busy.get(film) or self._idle.pop(film, None) or self._new(known)
        if slot is not None:
            self._busy[film] = slot
        return slot

    def pause(self, film: Hashable) -> None:
        """Nobody watches a film any more: it keeps its slot until another one needs it."""
        slot = self._busy.pop(film, None)
        if slot is not None:
            self._idle[film] = slot

    def end(self, film: Hashable) -> None:
        """A film is whole, or cannot be made: its slot is free."""
        slot = self._busy.pop(film, None) or self._idle.pop(film, None)
        if slot is not None:
            self._free[slot.lane].append(slot.place)

    def _new(self, known: Collection[int]) -> Slot | None:
        paused = {slot.lane: film for film, slot in reversed(self._idle.items())}  # the oldest of each process
        busy = Counter(slot.lane for slot in self._busy.values())
        lanes = [lane for lane, free in enumerate(self._free) if free or lane in paused]
        if not lanes:
            return None
        lane = min(lanes, key=lambda lane: (busy[lane] + (lane not in known), lane))
        if self._free[lane]:
            return Slot(lane, self._free[lane].pop())
        return self._idle.pop(paused[lane])
