"""The same rules in plain Mesa, one Python object per startup, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import worlds
from benchmarks.measuring import Measurement, alone
from benchmarks.object_model import covered

AIMS = {4_000: 30}


def race(startups: int, rounds: int) -> dict[str, float]:
    """Least ns per startup and month of both models."""
    columns, objects = worlds.in_columns(startups, covered), worlds.in_objects(startups)
    return worlds.side_by_side(rounds, columns=lambda: worlds.window(columns), objects=lambda: worlds.window(objects))


def measure(quick: bool) -> Iterator[Measurement]:
    """Both models in one process, taking turns."""
    for size in (1_000, 4_000):
        least = alone(race, size, worlds.rounds_of(quick))
        for name, unit in (("columns", "ns per startup and month"), ("objects", "ns per startup and month")):
            yield Measurement("objects", f"{size:,} startups, {name}", least[name], unit)
        ratio = least["objects"] / least["columns"]
        yield Measurement("objects", f"{size:,} startups, objects : columns", ratio, "times", at_least=AIMS.get(size))
