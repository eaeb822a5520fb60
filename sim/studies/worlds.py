"""Runs one world under several policies: once while the policies are equal, then a copy for each of them."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel
    from sim.model.twins import Lives
    from sim.scenario import Scenario
    from sim.studies.study import Chunk

Columns = Mapping[str, np.ndarray]
"""The columns of a table by name: arrays of equal length, (rows,) each."""

PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class RunResult:
    """The result of one scenario in one replication: outcomes and series, or the stage and error of a failure."""

    scenario: str
    outcomes: dict[str, float] = field(default_factory=dict)
    series: dict[str, Columns] = field(default_factory=dict)
    """The series by table."""
    stage: str | None = None
    error: str | None = None
    factors: dict[str, Any] = field(default_factory=dict)
    """Values of the factors by column, for a point of a design."""
    channels: dict[str, float] = field(default_factory=dict)
    """Channels of the differences from the reference by column: see `sim.model.twins`."""
    lives: Lives | None = None
    """The life of each startup; dropped once the channels are computed."""


Runner = Callable[["Chunk", int, tuple[str, ...]], Iterator[RunResult]]
"""A function of a chunk, a root seed and names of series to keep; yields one `RunResult` per scenario of the chunk."""

Measure = Callable[["EcosystemModel", "Scenario"], RunResult]
"""A function that measures a world at its end."""


def run_policies(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    """Run the scenarios of a chunk in the world (`seed`, `chunk.replication`), under the draw of the chunk.

    Common months are run once: the past of scenarios with equal `history_digest`, and the months until the first
    different hub opens for scenarios that differ only in their new hubs. A scenario that fails does not stop the
    others; if a shared world fails, each of its scenarios fails. Differences from the chunk's reference are divided
    into channels (`RunResult.channels`) unless one of the two runs fails.
    """
    scenarios = chunk.scenarios
    if chunk.draw is not None:
        scenarios = tuple(chunk.draw.under(scenario) for scenario in scenarios)
    compared = any(scenario.key == chunk.reference for scenario in scenarios)
    runs = run_families(scenarios, chunk, seed, partial(measured, record=record, keep_lives=compared))
    return _with_channels(chunk.reference, runs) if compared else runs


def run_families(scenarios: Sequence[Scenario], chunk: Chunk, seed: int, measure: Measure) -> Iterator[RunResult]:
    """Run scenarios, which have the parameters of the chunk's draw already, in its world, and measure each at its end.

    What scenarios share is run once, as in `run_policies`.
    """
    from sim.model.ecosystem import EcosystemModel

    for family in _grouped(scenarios, lambda one: one.history_digest, chunk.reference):
        first = min(family, key=lambda one: one.months)  # its last year may be in the past of the others
        stage = "build"
        try:
            past = EcosystemModel(first, rng=seed, replication=chunk.replication)
            stage = "run"
            past.run_until(first.present_months)
        except Exception as error:
            yield from _failed(family, stage, error)
        else:
            yield from _run_policies(past, family, measure)
            past.release()


def _grouped(
    scenarios: Iterable[Scenario], by: Callable[[Scenario], str], reference: str | None
) -> list[list[Scenario]]:
    """Group scenarios by the value of `by`; the group of the reference comes first, so that few runs wait for it."""
    ordered = sorted(scenarios, key=lambda one: (by(one), one.key))
    groups = [list(group) for _, group in groupby(ordered, by)]
    return sorted(groups, key=lambda group: all(one.key != reference for one in group))


def _with_channels(reference: str | None, runs: Iterable[RunResult]) -> Iterator[RunResult]:
    """Add to each run its channels against the reference, as soon as the reference has been run or has failed."""
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


def _run_policies(past: EcosystemModel, scenarios: Sequence[Scenario], measure: Measure) -> Iterator[RunResult]:
    """Continue a world under all scenarios at once; if that fails, under one after the other, to find which fails."""
    from sim.model.branches import branches

    waiting = {scenario.key: scenario for scenario in scenarios}
    try:
        for model in branches(past, scenarios):
            scenario = waiting.pop(model.scenario.key)
            run = _measured(model, scenario, measure)
            model.release()
            yield run
    except Exception:
        for scenario in waiting.values():
            yield _lived(partial(past.fork, scenario), scenario, measure)


def _measured(model: EcosystemModel, scenario: Scenario, measure: Measure) -> RunResult:
    try:
        return measure(model, scenario)
    except Exception as error:
        return next(_failed([scenario], "measure", error))


def _continue(model: EcosystemModel, months: int) -> None:
    """Run a world until a number of months is done, unless they are done already (Mesa warns of empty runs)."""
    if model.months_done < months:
        model.run_until(months)


def _failed(scenarios: Iterable[Scenario], stage: str, error: Exception) -> Iterator[RunResult]:
    for scenario in scenarios:
        yield RunResult(scenario.key, stage=stage, error=describe(error))


def _lived(begin: Callable[[], EcosystemModel], scenario: Scenario, measure: Measure) -> RunResult:
    """Run a world to its end and measure it; an error gives a failed result."""
    stage = "build"
    try:
        model = begin()
        stage = "run"
        _continue(model, scenario.months)
    except Exception as error:
        return next(_failed([scenario], stage, error))
    return _measured(model, scenario, measure)


def measured(model: Any, scenario: Scenario, record: tuple[str, ...], *, keep_lives: bool = False) -> RunResult:
    """The outcomes of a model at its end, the series named in `record`, and its lives if `keep_lives`."""
    from sim.model import outcomes
    from sim.model.survival import survival_columns
    from sim.model.twins import Lives

    series: dict[str, Callable[[], Columns]] = {
        "monthly": lambda: model.recorder.columns(model),
        "hubs": lambda: model.recorder.hub_columns(model),
        "regions": lambda: model.recorder.region_columns(model),
        "survival": lambda: survival_columns(model),
    }
    found = outcomes.measure(model)
    lives = Lives.of(model, found) if keep_lives else None
    return RunResult(scenario.key, found, {name: series[name]() for name in record}, lives=lives)


def describe(error: Exception) -> str:
    """One line for an error: its type, its text, and the innermost line of this package in its traceback."""
    places = [
        f"{Path(frame.filename).relative_to(PACKAGE.parent).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PACKAGE)
    ]
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text + (f" ({places[-1]})" if places else "")
