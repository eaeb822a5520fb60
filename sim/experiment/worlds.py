"""One world under several policies: run once to the present, copied, and continued under each of them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.experiment.study import Chunk

if TYPE_CHECKING:
    from sim.scenario import Scenario

PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """What one scenario did in one replication: outcomes and series, or the stage and text of its failure."""

    scenario: str
    outcomes: dict[str, float] = field(default_factory=dict)
    series: dict[str, pd.DataFrame] = field(default_factory=dict)
    stage: str | None = None
    error: str | None = None
    factors: dict[str, Any] = field(default_factory=dict)
    """Columns that say which point of a design it is."""


Runner = Callable[[Chunk, int, tuple[str, ...]], Iterator[Run]]
"""Runs a chunk from a root seed, keeping the named series; yields one `Run` per scenario of the chunk."""


def run_policies(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[Run]:
    """Run the scenarios of a chunk in the world (`seed`, `chunk.replication`), under the draw of the chunk.

    Scenarios with equal `history_digest` share their past: it is run once and forked. A scenario that
    fails does not stop the others; a past that fails is the failure of each scenario that shares it.
    """
    from sim.model import EcosystemModel

    past: Any = None
    lived: str | None = None
    scenarios = chunk.scenarios
    if chunk.draw is not None:
        scenarios = tuple(chunk.draw.under(scenario) for scenario in scenarios)
    for scenario in sorted(scenarios, key=lambda one: (one.history_digest, one.key)):
        stage = "build"
        try:
            if lived != scenario.history_digest:
                past = None
                trunk = EcosystemModel(scenario, rng=seed, replication=chunk.replication)
                stage = "run"
                trunk.run_until(scenario.present_months)
                past, lived = trunk, scenario.history_digest
            stage = "build"
            model = past.fork(scenario)
            stage = "run"
            model.run_until(scenario.months)
            stage = "measure"
            yield measured(model, scenario, record)
        except Exception as error:
            yield Run(scenario.key, stage=stage, error=describe(error))


def measured(model: Any, scenario: Scenario, record: tuple[str, ...]) -> Run:
    """Outcomes of a model that has reached its end, and the series that are to be kept."""
    from sim import outcomes

    series = {
        "monthly": lambda: model.history,
        "hubs": lambda: model.hub_history,
        "regions": lambda: model.region_history,
        "survival": lambda: outcomes.survival_table(model),
    }
    return Run(scenario.key, outcomes.measure(model), {name: series[name]() for name in record})


def describe(error: Exception) -> str:
    """One line for an error: its kind, its text, and the last place in this package it came through."""
    places = [
        f"{Path(frame.filename).relative_to(PACKAGE.parent).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PACKAGE)
    ]
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text + (f" ({places[-1]})" if places else "")
