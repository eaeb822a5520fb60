"""Worlds of any size, and windows of months in which their speed is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from benchmarks.object_model import ObjectModel, covered
from sim.model.ecosystem import EcosystemModel
from sim.scenario import Scenario, load_scenario

WINDOW = 12
"""Months of a window: a whole year, so that each has a fair and a January."""


@cache
def today(scale: float = 1.0, end: str = "2027-12") -> Scenario:
    """Today's network in a country with `scale` times the founders."""
    return load_scenario("builtin:today").with_values({"population.scale": scale, "time.end": end})


@cache
def active_now() -> int:
    """Active startups of the country at its present, at scale 1."""
    model = EcosystemModel(today())
    model.run_until(model.scenario.present_months)
    return model.startups.count


def of_size(startups: int) -> Scenario:
    """A country with about so many active startups at its present; founders are scaled, hubs and funds are not."""
    return today(startups / active_now())


def at_present(model: Any) -> Any:
    """Run a world through its history: ages, sizes and ties are then as the model has them."""
    model.run_until(model.scenario.present_months)
    return model


def in_columns(startups: int, changed: Callable[[Scenario], Scenario] = lambda scenario: scenario) -> EcosystemModel:
    """A world of hubsim at its present."""
    return at_present(EcosystemModel(changed(of_size(startups))))


def in_objects(startups: int) -> ObjectModel:
    """A world with an object per startup at its present."""
    return at_present(ObjectModel(covered(of_size(startups))))


def window(model: Any) -> float:
    """Processor time in ns for each active startup and month, over the next year of a world."""
    startups = 0
    begun = time.process_time()
    for _ in range(WINDOW):
        model.step()
        startups += len(model.startups)
    return (time.process_time() - begun) / startups * 1e9


def side_by_side(rounds: int, **contestants: Any) -> dict[str, float]:
    """Least ns of each contestant (a function without arguments), which take turns because machines are noisy."""
    seen: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            seen[name].append(contestant())
    return {name: float(np.min(values)) for name, values in seen.items()}


def rounds_of(quick: bool) -> int:
    """How many windows are measured."""
    return 1 if quick else 3


def sizes(quick: bool, *wanted: int) -> Iterator[int]:
    """The sizes up to 4,000 in a quick run, all of them otherwise."""
    return (size for size in wanted if size <= 4000 or not quick)
