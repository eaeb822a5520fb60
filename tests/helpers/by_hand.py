"""Startups made by hand, for loops that run as plain Python, so that what they meet can be set to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.kernel.masks import everywhere

BOTH = np.array([everywhere(2)])
"""The word of one startup that is active under two policies."""
KEY = np.zeros(1, dtype=np.uint64)


def plain(loop: Any) -> Callable[..., Any]:
    """A compiled loop as plain Python."""
    found: Callable[..., Any] = np.errstate(over="ignore")(loop.__wrapped__)  # 64-bit keys wrap around
    return found


def two(*values: float) -> np.ndarray:
    """A number of each policy, (policies,)."""
    return np.array(values)


def one(value: Any, kind: Any = float) -> np.ndarray:
    """A column of one startup, the same under two policies, (policies, 1)."""
    return np.full((2, 1), value, dtype=kind)
