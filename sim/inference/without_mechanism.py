"""Worlds in which one mechanism is left out: the runs behind `sim.inference.leave_one_out`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.errors import StudyError, said, suggestion
from sim.inference.run_moments import run_moments
from sim.parameters.draws import WORLDS_PER_DRAW, Draws
from sim.studies.execution import Workers
from sim.studies.session import open_session
from sim.studies.study import Chunk, Extent, Study
from sim.studies.worlds import Runner, RunResult, run_policies

if TYPE_CHECKING:
    from sim.parameters.draw import Draw
    from sim.scenario import Scenario

COMPLETE = "nothing"
"""Name of the worlds in which nothing is left out."""


@dataclass(frozen=True)
class LeftOut:
    """A mechanism that can be left out: its name, and the values with which it does nothing.

    `in_the_past` says whether it acts before the present, and so on moments that facts are compared with.
    """

    name: str
    off: Mapping[str, Any]
    in_the_past: bool = True


MECHANISMS = (
    LeftOut("levels", {"levels.enabled": False}),
    LeftOut("reversion", {"reversion.enabled": False}),
    LeftOut("exportable products", {"exports.exportable": 1.0}),
    LeftOut("advice to close", {"closure.advice_effect": 0.0}),
    LeftOut("founders answer hours", {"induced_entry.answers_hours": False}),
    LeftOut("reporting", {"reporting.enabled": False}),
    LeftOut("random openings", {"network.random_openings": False}, in_the_past=False),
    LeftOut("export effects", {"exports.ties_effect": 0.0, "exports.competence_effect": 0.0}),
)


def mechanisms_of(names: Collection[str]) -> tuple[LeftOut, ...]:
    """The mechanisms with these names, in the order of `MECHANISMS`; all if there are no names.

    Raises:
        StudyError: a name is unknown.
    """
    known = [one.name for one in MECHANISMS]
    for name in names:
        if name not in known:
            raise StudyError(
                said("there is no mechanism {name} to leave out{near}", name=repr(name), near=suggestion(name, known))
            )
    return tuple(one for one in MECHANISMS if not names or one.name in names)


@dataclass(frozen=True)
class Reduced:
    """A scenario to be run under a draw, without a mechanism; `policy` is the scenario's own key."""

    key: str
    policy: str
    left_out: str
    scenario: Scenario
    off: Mapping[str, Any]

    @classmethod
    def of(cls, scenario: Scenario, mechanism: LeftOut | None) -> Reduced:
        """The scenario without a mechanism; None leaves nothing out."""
        name, off = (COMPLETE, {}) if mechanism is None else (mechanism.name, mechanism.off)
        return cls(f"{scenario.key} without {name}", scenario.key, name, scenario, off)

    def under(self, draw: Draw) -> Scenario:
        """The scenario under a draw. The mechanism is off before the draw acts, which may open hubs, and behind it."""
        before = self.scenario.with_values(self.off, self.key)
        return draw.under(before).with_values(self.off)

    def with_draw(self, draw: Draw) -> Scenario:
        """The scenario with all values of a draw, as a bank has them."""
        return self.scenario.with_values({**draw.values, **self.off}, self.key)

    def is_complete(self, draw: Draw) -> bool:
        """Whether the mechanism does nothing under a draw anyway."""
        values = {**self.scenario.values, **draw.values}
        return all(values[path] == value for path, value in self.off.items())


@dataclass(frozen=True)
class RunReduced:
    """Runs the reduced scenarios of a chunk: as policies to their end or, in a bank, as placebo pairs."""

    bank: bool = False
    runner: Runner = run_policies

    def __call__(self, chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
        """Run the scenarios; the results have the columns `policy` and `left_out`."""
        assert chunk.draw is not None
        made = [one.with_draw(chunk.draw) if self.bank else one.under(chunk.draw) for one in chunk.scenarios]
        told = {one.key: {"policy": one.policy, "left_out": one.left_out} for one in chunk.scenarios}
        run = run_moments if self.bank else self.runner
        for result in run(replace(chunk, scenarios=tuple(made), draw=None), seed, record):
            yield replace(result, factors=told[result.scenario])


def worlds_of(count: int) -> range:
    """Replications of a number of draws: the first worlds of a comparison."""
    return range(count * WORLDS_PER_DRAW)


def run_reduced(
    scenarios: Sequence[Scenario],
    mechanisms: Sequence[LeftOut],
    draws: Draws,
    count: int,
    folder: Path,
    *,
    seed: int,
    bank: bool,
    workers: Workers,
    **options: Any,
) -> pd.DataFrame:
    """Run scenarios complete and without each mechanism, in the first worlds of a comparison; resumes by itself.

    A bank has one world per draw. Variants that are equal until the present live through it once.

    Args:
        scenarios: the policies or, in a bank, the scenario of the past.
        mechanisms: what to leave out.
        draws: the draws.
        count: number of draws to use.
        folder: result folder.
        seed: root seed.
        bank: whether to measure moments of placebo pairs instead of outcomes of policies.
        workers: processes.
        options: further arguments of `open_session`.

    Returns:
        One row per run: left_out, policy, replication, draw, and the outcomes or moments.

    Raises:
        StudyError, StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    acting = [one for one in mechanisms if one.in_the_past or not bank]
    together: list[LeftOut | None] = [None, *(one for one in acting if not one.in_the_past)]
    alone: list[list[LeftOut | None]] = [[one] for one in acting if one.in_the_past]
    groups = [together, *alone]
    worlds = worlds_of(count)[:: WORLDS_PER_DRAW if bank else 1]
    identity = {"left_out": {one.name: dict(one.off) for one in acting}, "bank": bank}
    study = Study("leave-out", tuple(scenarios), seed, record=(), options=identity, draws=draws)
    chunks = [
        Chunk(
            f"replication-{replication:05d}-block-{number:05d}",
            replication,
            tuple(Reduced.of(scenario, variant) for variant in variants for scenario in scenarios),
            draws.of(replication),
        )
        for replication in worlds
        for number, variants in enumerate(groups)
    ]
    extent = Extent(len(worlds))
    with open_session(study, extent, folder, workers=workers, runner=RunReduced(bank), **options) as (store, session):
        if session is not None:
            session.expect(sum(len(chunk.scenarios) for chunk in chunks))
            session.run(chunks)
    return store.frame("runs")
