"""Runs the points of a design: the runner of sweeps and searches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.studies.design import Point, columns_of
from sim.studies.worlds import Runner, RunResult, describe, run_policies

if TYPE_CHECKING:
    from sim.studies.experiment import Experiment
    from sim.studies.study import Chunk


@dataclass(frozen=True)
class RunPoints:
    """Runs the points of a chunk; the worker makes each point a scenario.

    Every chunk also runs the reference, for comparison; only the chunk that contains it returns its result.
    """

    experiment: Experiment
    runner: Runner = run_policies
    reference: Point | None = None

    def __call__(self, chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
        """Run the points; a point whose values contradict each other fails at the stage `build`."""
        columns = {point.key: columns_of(self.experiment, point) for point in chunk.scenarios}
        beside = [] if self.reference is None or self.reference.key in columns else [self.reference]
        scenarios = []
        for point in (*beside, *chunk.scenarios):
            try:
                scenarios.append(self.experiment.scenario(point.values, point.key))
            except Exception as error:
                if point.key in columns:
                    yield RunResult(point.key, stage="build", error=describe(error), factors=columns[point.key])
        for run in self.runner(replace(chunk, scenarios=tuple(scenarios)), seed, record):
            if run.scenario in columns:
                yield replace(run, factors=columns[run.scenario])
