"""The graph of contacts: who is tied to whom, and until when. `sim.processes.contacts` says how ties form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Contacts:
    """The graph of a bundle: the ends of each tie, the month in which it dissolves, and the policies under which it is.

    Attributes:
        first_row, second_row (-): the ends of each tie as rows of the startups in the month of the last meetings,
            the one founded earlier first.
        ends (month): when each tie dissolves.
        policies (-): words of the policies under which each tie holds.
        numbers (-): founding numbers of the startups by row, in that month.
        count (ties): number of ties.
    """

    def __init__(self) -> None:
        self._rows = np.empty((3, 1024), dtype=np.int32)
        self._policies = np.empty(1024, dtype=np.uint32)
        self.resize(0, np.empty(0, dtype=np.int32))

    def resize(self, count: int, numbers: np.ndarray) -> None:
        """Cut the arrays to `count` ties; `numbers` are the founding numbers of the rows that the ties refer to."""
        self.count, self.numbers = count, numbers
        self.first_row, self.second_row, self.ends = self._rows[:, :count]
        self.policies = self._policies[:count]

    def with_room(self, more: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows and ends (3, ties), and policies (ties,), with room for more ties."""
        if self.count + more > self._policies.size:
            room = self.count + self.count // 2 + more
            rows, policies = np.empty((3, room), dtype=np.int32), np.empty(room, dtype=np.uint32)
            rows[:, : self.count], policies[: self.count] = self._rows[:, : self.count], self.policies
            self._rows, self._policies = rows, policies
        return self._rows, self._policies

    def taken(self, policies: Sequence[int]) -> Contacts:
        """An independent copy of the ties under some of the policies, in this order; see `Table.taken`."""
        words = np.zeros(self.count, dtype=np.uint32)
        for place, policy in enumerate(policies):
            words |= ((self.policies >> np.uint32(policy)) & np.uint32(1)) << np.uint32(place)
        kept = np.flatnonzero(words)
        twin = Contacts()
        twin.with_room(kept.size)
        twin._rows[:, : kept.size], twin._policies[: kept.size] = self._rows[:, kept], words[kept]
        twin.resize(kept.size, self.numbers)
        return twin


class Ties:
    """The ties of one policy, in the order of their ends' founding numbers.

    Attributes:
        first, second (-): founding numbers of the ends of each tie, the one founded earlier first.
        ends (month): when each tie dissolves.
    """

    def __init__(self, contacts: Contacts, policy: int):
        held = np.flatnonzero((contacts.policies >> np.uint32(policy)) & np.uint32(1))
        first, second = contacts.numbers[contacts.first_row[held]], contacts.numbers[contacts.second_row[held]]
        order = np.lexsort((second, first))
        self.first: np.ndarray = first[order]
        self.second: np.ndarray = second[order]
        self.ends: np.ndarray = contacts.ends[held[order]]

    @property
    def count(self) -> int:
        """How many ties there are."""
        return self.ends.size
