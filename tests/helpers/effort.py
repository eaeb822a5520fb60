"""Measures the work of Python code in function calls, which do not depend on the machine or its load."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 5_000_000
"""Number of function calls that take about one second on an idle machine."""


@contextmanager
def little_work(most: int = MOST) -> Iterator[None]:
    """Fail if the block needs more than a number of function calls."""
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
