"""Founders: startups that are yet to be founded."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

_NOTHING = np.empty((0, 0, 0))


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
        own_columns: names of the columns of which they bring other values under each policy.
        own: these values, (columns, policies, founders).
    """

    __slots__ = ("columns", "first", "key", "own", "own_columns", "policies", "values")

    def __init__(self, key: np.ndarray, columns: tuple[str, ...], values: np.ndarray):
        self.key, self.columns, self.values = key, columns, values
        self.first: list[int] = []
        self.policies: np.ndarray | None = None
        self.own_columns: tuple[str, ...] = ()
        self.own = _NOTHING

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

    def between(self, first: int, end: int) -> Self:
        """Those from `first` to `end`; what they bring is not to be changed."""
        return type(self)(self.key[first:end], self.columns, self.values[first:end])
