"""The floor: what NumPy needs just to draw the random numbers and evaluate the logarithms and exponentials.

They are counted while the object model runs, which asks for them one by one and only where the rules need them.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from unittest.mock import patch

import numpy as np

from benchmarks import worlds
from benchmarks.measuring import Measurement, alone
from benchmarks.object_model import ObjectModel
from benchmarks.plain_mesa import desks, founding, hub, startup
from benchmarks.plain_mesa.luck import MesaLuck

LAWS = ("uniform", "normal", "exponential")
FUNCTIONS = {"exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p}
AIM = 3.0


class CountingLuck(MesaLuck):
    """Counts the draws of each law."""

    def __init__(self, random, counts: Counter[str]):
        super().__init__(random)
        for law in LAWS:
            setattr(self, law, counting(getattr(self, law), law, counts))


def counting(function: Callable, name: str, counts: Counter[str]) -> Callable:
    """The same function, which counts its calls."""

    def counted(*arguments):
        counts[name] += 1
        return function(*arguments)

    return counted


def needed(startups: int) -> dict[str, float]:
    """Draws of each law and evaluations of each function that the rules ask for, per active startup and month."""
    model: ObjectModel = worlds.in_objects(startups)
    counts: Counter[str] = Counter()
    model.luck = CountingLuck(model.random, counts)
    modules = (desks, founding, hub, startup)
    found = [(module, name) for module in modules for name in FUNCTIONS if hasattr(module, name)]
    patches = [patch.object(module, name, counting(getattr(math, name), name, counts)) for module, name in found]
    for one in patches:
        one.start()
    lives = 0
    for _ in range(worlds.WINDOW):
        model.step()
        lives += len(model.startups)
    for one in patches:
        one.stop()
    return {name: count / lives for name, count in counts.items()}


def evaluate(counts: dict[str, float], startups: int) -> float:
    """Ns per startup and month that NumPy needs for so many draws and evaluations, in one array each a month."""
    generator = np.random.default_rng(1)
    laws = {
        "uniform": generator.random,
        "normal": generator.standard_normal,
        "exponential": generator.standard_exponential,
    }
    argument = {name: generator.random(round(counts.get(name, 0) * startups)) for name in FUNCTIONS}
    begun = time.process_time()
    for _ in range(worlds.WINDOW):
        for law, draw in laws.items():
            draw(round(counts.get(law, 0) * startups))
        for name, function in FUNCTIONS.items():
            function(argument[name])
    return (time.process_time() - begun) / worlds.WINDOW / startups * 1e9


def race(startups: int, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """What is needed, and the least ns per startup and month of the model and of the floor."""
    counts = needed(min(startups, 4_000))
    model = worlds.in_columns(startups)
    return counts, worlds.side_by_side(
        rounds, columns=lambda: worlds.window(model), floor=lambda: evaluate(counts, startups)
    )


def measure(quick: bool) -> Iterator[Measurement]:
    """The floor and the model in columns, taking turns."""
    for size in worlds.sizes(quick, 4_000, 100_000):
        counts, least = alone(race, size, worlds.rounds_of(quick))
        remark = ", ".join(f"{counts[name]:.2f} {name}" for name in (*LAWS, *FUNCTIONS) if name in counts)
        yield Measurement("floor", f"{size:,} startups", least["floor"], "ns per startup and month", remark=remark)
        ratio = least["columns"] / least["floor"]
        yield Measurement("floor", f"{size:,} startups, columns : floor", ratio, "times", at_most=AIM)
