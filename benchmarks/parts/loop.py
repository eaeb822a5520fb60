"""One world: processor time for each active startup and month, and memory, at any size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks import worlds
from benchmarks.measuring import Measurement, alone, peak_memory
from sim.model.ecosystem import EcosystemModel

SIZES = (1_000, 4_000, 15_000)
LARGE, LARGEST = 100_000, 1_000_000
AIMS = {4_000: 200, LARGE: 130, LARGEST: 130}


def world_of(startups: int, rounds: int) -> tuple[float, float, int]:
    """Least ns per startup and month, bytes per active startup, and startups ever founded."""
    [found] = worlds_of([startups], rounds)
    return found


def worlds_of(sizes: Sequence[int], rounds: int) -> list[tuple[float, float, int]]:
    """What `world_of` measures of several worlds in one process, which take turns; the larger ones last."""
    worlds.window(worlds.in_columns(500))
    built: dict[str, tuple[EcosystemModel, float]] = {}
    for size in sizes:
        before = peak_memory()
        model = worlds.in_columns(size)
        worlds.window(model)
        built[str(size)] = model, (peak_memory() - before) / len(model.startups)
    least = worlds.side_by_side(rounds, **{size: partial(worlds.window, model) for size, (model, _) in built.items()})
    return [(least[size], memory, model.startups.founded_total) for size, (model, memory) in built.items()]


def measure(quick: bool) -> Iterator[Measurement]:
    """Small worlds in processes of their own; the large and the largest one in one process, in turns."""
    rounds, unit = worlds.rounds_of(quick), "ns per startup and month"
    for size in worlds.sizes(quick, *SIZES):
        yield Measurement("loop", f"{size:,} startups", alone(world_of, size, rounds)[0], unit, at_most=AIMS.get(size))
    if quick:
        return
    both = alone(worlds_of, (LARGE, LARGEST), rounds)
    for size, (least, memory, founded) in zip((LARGE, LARGEST), both, strict=True):
        yield Measurement("loop", f"{size:,} startups", least, unit, at_most=AIMS[size])
        remark = f"{founded:,} ever founded, the closed ones kept"
        yield Measurement(
            "loop", f"{size:,} startups, peak memory", memory, "bytes per startup", at_most=500, remark=remark
        )
    growth = both[1][0] / both[0][0]
    yield Measurement("loop", f"cost at {LARGEST:,} relative to {LARGE:,}", growth, "times", at_most=1.25)
