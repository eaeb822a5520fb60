"""How much work a piece of Python is, counted in function calls: the same on any machine, however busy it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 5_000_000
"""Function calls that take about a second on a quiet machine."""


@contextmanager
def little_work(most: int = MOST) -> Iterator[None]:
    """Fail if what happens inside takes more than so many function calls."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
    assert calls <= most, f"{calls:,} function calls"
