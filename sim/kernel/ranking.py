"""The first of each group by two keys, without sorting the whole group."""

from __future__ import annotations

import numpy as np

from sim.kernel.compiled import inlined


@inlined
def first_of_each(group: np.ndarray, first: np.ndarray, second: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Positions of the `room[g]` members of each group g that come first; by group, then in order.

    Members are ordered by their `first` key, those with equal ones by their `second` key; all three
    arrays have one entry per member, `room` (groups,) one per group.
    """
    start = np.empty(room.size, dtype=np.int64)
    taken = np.zeros(room.size, dtype=np.int64)
    places = 0
    for own in range(room.size):
        start[own] = places
        places += room[own]
    list_of = np.empty(places, dtype=np.int64)
    for member in range(group.size):
        own = group[member]
        slot = start[own] + taken[own]
        if taken[own] == room[own]:
            slot -= 1
            if room[own] == 0:
                continue
            last = list_of[slot]
            if first[member] > first[last] or (first[member] == first[last] and second[member] >= second[last]):
                continue
        else:
            taken[own] += 1
        while slot > start[own]:
            ahead = list_of[slot - 1]
            if first[ahead] < first[member] or (first[ahead] == first[member] and second[ahead] <= second[member]):
                break
            list_of[slot] = ahead
            slot -= 1
        list_of[slot] = member
    count = 0
    for own in range(room.size):
        for slot in range(start[own], start[own] + taken[own]):
            list_of[count] = list_of[slot]
            count += 1
    return list_of[:count]
