"""One world under several policies: run once while they are alike, copied, and continued under each of them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel
    from sim.model.twins import Lives
    from sim.scenario import Scenario
    from sim.studies.study import Chunk

PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class RunResult:
    """What one scenario did in one replication: outcomes and series, or the stage and text of its failure."""

    scenario: str
    outcomes: dict[str, float] = field(default_factory=dict)
    series: dict[str, pd.DataFrame] = field(default_factory=dict)
    stage: str | None = None
    error: str | None = None
    factors: dict[str, Any] = field(default_factory=dict)
    """Columns that say which point of a design it is."""
    channels: dict[str, float] = field(default_factory=dict)
    """Parts of the differences from the reference, by column: see `sim.model.twins`."""
    lives: Lives | None = None
    """What became of each startup: dropped when the differences are taken apart."""


Runner = Callable[["Chunk", int, tuple[str, ...]], Iterator[RunResult]]
"""Runs a chunk from a root seed, keeping the named series; yields one `RunResult` per scenario of the chunk."""

Measure = Callable[["EcosystemModel", "Scenario"], RunResult]
"""What is kept of a world that has reached its end."""


def run_policies(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    """Run the scenarios of a chunk in the world (`seed`, `chunk.replication`), under the draw of the chunk.

    What is common to several scenarios is run once: the past of those with equal `history_digest`, and what
    those that differ in their new hubs alone live until one of these opens. A scenario that fails does not
    stop the others; a world that fails is the failure of each scenario that shares it. Differences from the
    reference of the chunk are taken apart (`Run.channels`), unless either of the two fails.
    """
    scenarios = chunk.scenarios
    if chunk.draw is not None:
        scenarios = tuple(chunk.draw.under(scenario) for scenario in scenarios)
    apart = any(scenario.key == chunk.reference for scenario in scenarios)
    runs = _run_families(scenarios, chunk, seed, partial(measured, record=record, apart=apart))
    return _against(chunk.reference, runs) if apart else runs


def _run_families(scenarios: Sequence[Scenario], chunk: Chunk, seed: int, measure: Measure) -> Iterator[RunResult]:
    from sim.model.ecosystem import EcosystemModel

    for family in _grouped(scenarios, lambda one: one.history_digest, chunk.reference):
        first = min(family, key=lambda one: one.months)  # whose last year may be in the past of the others
        stage = "build"
        try:
            past = EcosystemModel(first, rng=seed, replication=chunk.replication)
            stage = "run"
            past.run_until(first.present_months)
        except Exception as error:
            yield from _failed(family, stage, error)
            continue
        for branch in _grouped(family, lambda one: one.digest_without_openings, chunk.reference):
            yield from _run_branch(past, branch, measure)


def _grouped(
    scenarios: Iterable[Scenario], by: Callable[[Scenario], str], reference: str | None
) -> list[list[Scenario]]:
    """Groups of those that are equal `by` something; that of the reference first, so that few wait for it."""
    ordered = sorted(scenarios, key=lambda one: (by(one), one.key))
    groups = [list(group) for _, group in groupby(ordered, by)]
    return sorted(groups, key=lambda group: all(one.key != reference for one in group))


def _against(reference: str | None, runs: Iterable[RunResult]) -> Iterator[RunResult]:
    """Take each run's differences from the reference apart as soon as that has been run, or has failed."""
    waiting: list[RunResult] = []
    origin: RunResult | None = None
    for run in runs:
        waiting.append(run)
        if run.scenario == reference:
            origin = run
        if origin is not None:
            yield from (replace(one, lives=None, channels=_channels(one, origin)) for one in waiting)
            waiting.clear()


def _channels(run: RunResult, origin: RunResult) -> dict[str, float]:
    from sim.model.twins import taken_apart

    if run is origin or run.lives is None or origin.lives is None:
        return {}
    return taken_apart(run.lives, origin.lives)


def _run_branch(past: EcosystemModel, scenarios: Sequence[Scenario], measure: Measure) -> Iterator[RunResult]:
    """Continue a world under scenarios that differ in their new hubs alone: the others leave the first's one by one."""
    from sim.model.setup import common_months, openings

    first, *others = sorted(scenarios, key=lambda one: len(openings(one.parameters.network)))
    try:
        trunk = past.fork(first)
    except Exception as error:
        yield from _failed([first], "build", error)
        if others:
            yield from _run_branch(past, others, measure)
        return
    others.sort(key=partial(common_months, first))
    while others:
        try:
            _continue(trunk, common_months(first, others[0]))
        except Exception as error:
            yield from _failed([first, *others], "run", error)
            return
        other = others.pop(0)
        yield _lived(partial(trunk.fork, other), other, measure)
    yield _lived(lambda: trunk, first, measure)


def _continue(model: EcosystemModel, months: int) -> None:
    """Run a world until it has lived so many months, if it has not yet: Mesa warns of going nowhere."""
    if model.months_done < months:
        model.run_until(months)


def _failed(scenarios: Iterable[Scenario], stage: str, error: Exception) -> Iterator[RunResult]:
    for scenario in scenarios:
        yield RunResult(scenario.key, stage=stage, error=describe(error))


def _lived(begin: Callable[[], EcosystemModel], scenario: Scenario, measure: Measure) -> RunResult:
    """Let a world live to its end and measure it."""
    stage = "build"
    try:
        model = begin()
        stage = "run"
        _continue(model, scenario.months)
        stage = "measure"
        return measure(model, scenario)
    except Exception as error:
        return next(_failed([scenario], stage, error))


def measured(model: Any, scenario: Scenario, record: tuple[str, ...], *, apart: bool = False) -> RunResult:
    """Outcomes of a model that has reached its end, the series that are to be kept, and, to take `apart`, its lives."""
    from sim.model import outcomes
    from sim.model.twins import Lives

    series: dict[str, Callable[[], pd.DataFrame]] = {
        "monthly": lambda: model.history,
        "hubs": lambda: model.hub_history,
        "regions": lambda: model.region_history,
        "survival": lambda: outcomes.survival_table(model),
    }
    found = outcomes.measure(model)
    lives = Lives.of(model, found) if apart else None
    return RunResult(scenario.key, found, {name: series[name]() for name in record}, lives=lives)


def describe(error: Exception) -> str:
    """One line for an error: its kind, its text, and the last place in this package it came through."""
    places = [
        f"{Path(frame.filename).relative_to(PACKAGE.parent).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PACKAGE)
    ]
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text + (f" ({places[-1]})" if places else "")
