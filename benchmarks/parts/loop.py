"""One world: processor time for each active startup and month, and memory, at any size."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import worlds
from benchmarks.measuring import Measurement, alone, peak_memory

SIZES = (1_000, 4_000, 15_000, 100_000, 1_000_000)
LARGE = 100_000
AIMS = {4_000: 200, 100_000: 150, 1_000_000: 150}


def world_of(startups: int, rounds: int) -> tuple[float, float, int]:
    """Least ns per startup and month, bytes per active startup, and startups ever founded."""
    worlds.window(worlds.in_columns(500))
    before = peak_memory()
    model = worlds.in_columns(startups)
    least = worlds.side_by_side(rounds, columns=lambda: worlds.window(model))["columns"]
    return least, (peak_memory() - before) / len(model.startups), model.startups.founded_total


def growth(rounds: int) -> float:
    """Cost per startup and month at the largest size relative to `LARGE`: both worlds in one process, in turns."""
    large, largest = worlds.in_columns(LARGE), worlds.in_columns(SIZES[-1])
    least = worlds.side_by_side(rounds, large=lambda: worlds.window(large), largest=lambda: worlds.window(largest))
    return least["largest"] / least["large"]


def measure(quick: bool) -> Iterator[Measurement]:
    """Each size in a process of its own."""
    for size in worlds.sizes(quick, *SIZES):
        least, memory, founded = alone(world_of, size, worlds.rounds_of(quick))
        yield Measurement("loop", f"{size:,} startups", least, "ns per startup and month", at_most=AIMS.get(size))
        if size >= LARGE:
            remark = f"{founded:,} ever founded, the closed ones kept"
            yield Measurement(
                "loop", f"{size:,} startups, peak memory", memory, "bytes per startup", at_most=300, remark=remark
            )
    if not quick:
        times = alone(growth, worlds.rounds_of(quick))
        yield Measurement("loop", "cost at 1,000,000 relative to 100,000", times, "times", at_most=1.25)
