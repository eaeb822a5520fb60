"""How long a visitor of the page waits, measured as `benchmarks/page.py` does it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from benchmarks import page
from benchmarks.measuring import Measurement


def measure(quick: bool) -> Iterator[Measurement]:
    """A visitor alone after a slider, and many at once."""
    moves, visitors = (1, 2) if quick else (5, 20)
    seen = asyncio.run(page.measure(None, moves, visitors))
    for name, what in (
        ("cold_first", "first picture of a cold server"),
        ("one_first", "first picture after a slider"),
        ("one_whole", "first whole world after a slider"),
        ("crowd_first", f"first picture, {visitors} visitors at once"),
    ):
        yield Measurement("page", what, seen[name], "s")
