"""The graph of contacts: who is tied to whom, and until when. `sim.processes.contacts` says how ties form."""

from __future__ import annotations

import numpy as np


class Contacts:
    """The graph: the ends of each tie and the month in which it dissolves.

    Attributes:
        first_row, second_row (-): the ends of each tie as rows of the startups in the month of the last meetings,
            the one founded earlier first.
        ends (month): when each tie dissolves.
        numbers (-): founding numbers of the startups by row, in that month.
        count (ties): number of ties.
    """

    def __init__(self) -> None:
        self._table = np.empty((3, 1024), dtype=np.int32)
        self.resize(0, np.empty(0, dtype=np.int32))

    def resize(self, count: int, numbers: np.ndarray) -> None:
        """Cut the arrays to so many ties, whose rows are those of startups of these founding numbers."""
        self.count, self.numbers = count, numbers
        self.first_row, self.second_row, self.ends = self._table[:, :count]

    @property
    def first(self) -> np.ndarray:
        """Founding number of the end of each tie that was founded earlier."""
        found: np.ndarray = self.numbers[self.first_row]
        return found

    @property
    def second(self) -> np.ndarray:
        """Founding number of the other end of each tie."""
        found: np.ndarray = self.numbers[self.second_row]
        return found

    def with_room(self, more: int) -> np.ndarray:
        """All three arrays (3, ties), with room for more ties."""
        if self.count + more > self._table.shape[1]:
            larger = np.empty((3, self.count + self.count // 2 + more), dtype=np.int32)
            larger[:, : self.count] = self._table[:, : self.count]
            self._table = larger
        return self._table

    def copy(self) -> Contacts:
        """An independent copy."""
        twin = Contacts()
        twin._table = self._table.copy()
        twin.resize(self.count, self.numbers)
        return twin
