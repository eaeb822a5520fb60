"""Founders: startups that are yet to be founded."""

from __future__ import annotations

from typing import Any, Self

import numpy as np


class Founders:
    """Startups that are yet to be founded, with some of their columns; the rest take their defaults.

    What one of them brings lies together, because founders are drawn for a whole horizon and begin month by month.

    Args:
        key: names them for the random streams, (founders,) words.
        columns: names of the columns that they bring.
        values: what they bring, as floats, (founders, columns).

    Attributes:
        first (founders): of those of a horizon, how many come before each month and, at the end, in all.
        policies: words of the policies under which each of them begins, (founders,); None when all do.
        by_policy: columns of which they bring other values under each policy, (policies, founders) each.
    """

    __slots__ = ("by_policy", "columns", "first", "key", "policies", "values")

    def __init__(self, key: np.ndarray, columns: tuple[str, ...], values: np.ndarray):
        self.key, self.columns, self.values = key, columns, values
        self.first: list[int] = []
        self.policies: np.ndarray | None = None
        self.by_policy: dict[str, np.ndarray] = {}

    @classmethod
    def bringing(cls, key: np.ndarray, **columns: Any) -> Self:
        """Founders with the values of these columns, (founders,) or the same for all."""
        values = np.empty((key.size, len(columns)))
        for place, given in enumerate(columns.values()):
            values[:, place] = given
        return cls(key, tuple(columns), values)

    def __len__(self) -> int:
        return self.key.size

    def __getitem__(self, name: str) -> np.ndarray:
        """What they bring of one column, (founders,); changes change it."""
        return self.values[:, self.columns.index(name)]

    def part(self, rows: np.ndarray | slice) -> Self:
        """An independent copy of some of them."""
        return type(self)(self.key[rows].copy(), self.columns, self.values[rows].copy())

    def differing(self, name: str, policies: int) -> np.ndarray:
        """What they bring of one column under each policy, (policies, founders), to be changed by policy."""
        if name not in self.by_policy:
            self.by_policy[name] = np.tile(self[name], (policies, 1))
        return self.by_policy[name]
