"""The counts of one month: processes add to those that are declared, and to no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

import numpy as np

from sim.declare import UndeclaredError


class Tally(MutableMapping[str, Any]):
    """The counts of a month by name, under each policy (policies,), or under one of them.

    Args:
        declared: names of the counts, in order.
        counted: what has been counted, (counts, policies), or (counts,) under one policy.

    Raises:
        UndeclaredError: what is read, or set, is in no process's `COUNTS`.
    """

    def __init__(self, declared: Iterable[str], counted: np.ndarray):
        self.counted = counted
        self._rows: dict[str, np.ndarray] = dict(
            zip(declared, counted if counted.ndim > 1 else counted[:, None], strict=True)
        )
        self._single = counted.ndim == 1

    def __getitem__(self, name: str) -> Any:
        row = self._find(name)
        return row[0] if self._single else row

    def __setitem__(self, name: str, value: Any) -> None:
        row = self._find(name)
        if value is not row:  # as after `tally[name] += amount`
            row[...] = value

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"the count {name!r} of a month cannot be deleted; set it to 0")

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def reset(self) -> None:
        """Begin a month, in the same arrays."""
        self.counted.fill(0.0)

    def of(self, policy: int) -> Tally:
        """The counts under one policy, to be read and changed."""
        return Tally(self._rows, self.counted[:, policy])

    def _find(self, name: str) -> np.ndarray:
        row = self._rows.get(name)
        if row is None:
            raise UndeclaredError.of("count", name, self._rows, f'COUNTS = {{"{name}": Count(unit, meaning)}}')
        return row
