"""Which rows a compiled loop goes through: those for which something holds, found several at a time."""

from __future__ import annotations

import numpy as np

from sim.kernel.compiled import inlined

_TOGETHER = 8
"""Marks are bytes, looked at as words of eight."""


@inlined
def marked(marks: np.ndarray) -> np.ndarray:
    """Rows whose mark is True, in order, as 32-bit integers; quick where few are.

    First a loop sets all marks, which a processor does many at a time, then this one skips rows without, eight at once.
    """
    rows, count = np.empty(marks.size, dtype=np.int32), 0
    words = marks[: marks.size // _TOGETHER * _TOGETHER].view(np.uint64)
    for word in range(words.size):
        if words[word] != 0:
            for row in range(_TOGETHER * word, _TOGETHER * word + _TOGETHER):
                rows[count] = row
                count += marks[row]
    for row in range(_TOGETHER * words.size, marks.size):
        rows[count] = row
        count += marks[row]
    return rows[:count]


@inlined
def counted(groups: np.ndarray, size: int) -> np.ndarray:
    """How many rows are in each of `size` groups, (size,) integers.

    Rows in turn are counted in four tallies: most are of few groups, and a count has to wait for the one before.
    """
    tallies = np.zeros((4, size), dtype=np.int64)
    whole = groups.size // 4 * 4
    for row in range(0, whole, 4):
        tallies[0, groups[row]] += 1
        tallies[1, groups[row + 1]] += 1
        tallies[2, groups[row + 2]] += 1
        tallies[3, groups[row + 3]] += 1
    for row in range(whole, groups.size):
        tallies[0, groups[row]] += 1
    found: np.ndarray = tallies[0] + tallies[1] + tallies[2] + tallies[3]
    return found
