"""What startups were when they closed under a policy: kept month by month, joined column by column when asked for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.model.rows import Kinds, Part


class Archive:
    """The startups of a table that have closed, in the order of closing."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._policies: list[np.ndarray] = []
        self._joined: dict[tuple[bool, int, int], np.ndarray] = {}
        self._rows: dict[int, np.ndarray] = {}

    def add(self, policies: np.ndarray, part: Part) -> None:
        """Keep those that close in a month: under which policy each does, and their columns (columns, leavers)."""
        self._policies.append(policies)
        self._parts.append(part)
        self._joined.clear()
        self._rows.clear()

    def settle(self) -> None:
        """Join what is kept of all months, when nobody is added any more: thousands of small arrays take more room."""
        if len(self._parts) > 1:
            self._policies = [np.concatenate(self._policies)]
            kinds = zip(*self._parts, strict=True)
            self._parts = [Part(*(Kinds(*map(_beside, zip(*kind, strict=True))) for kind in kinds))]

    def column(self, shared: bool, kind: int, row: int, policy: int) -> np.ndarray:
        """One column of those that have closed under a policy; it stands in a row of the array of its kind."""
        place = shared, kind, row
        if place not in self._joined:
            columns = [(part.shared if shared else part.own)[kind][row] for part in self._parts]
            self._joined[place] = np.concatenate(columns)
        if policy not in self._rows:
            self._rows[policy] = np.flatnonzero(np.concatenate(self._policies) == policy)
        found: np.ndarray = self._joined[place][self._rows[policy]]
        return found

    def __bool__(self) -> bool:
        return bool(self._parts)


def _beside(arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """Arrays (columns, leavers) of several months as one."""
    return np.concatenate(arrays, axis=1)


class Kept(NamedTuple):
    """Where one policy's closed startups are: in which archive, under which of its policies.

    Attributes:
        numbers: their founding numbers by those in the archive; None while they are the same.
    """

    archive: Archive
    policy: int
    numbers: np.ndarray | None = None
