"""Runs an actual and a placebo world and measures their moments: the runner of a bank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.inference.moments import PlaceboPair
from sim.studies.worlds import RunResult, describe

if TYPE_CHECKING:
    from sim.studies.study import Chunk


def run_moments(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    """Run the actual and the placebo world of each scenario of a chunk, and measure their moments."""
    for scenario in chunk.scenarios:
        stage = "run"
        try:
            pair = PlaceboPair.run(scenario, seed, chunk.replication)
            stage = "measure"
            yield RunResult(scenario.key, pair.measure())
        except Exception as error:
            yield RunResult(scenario.key, stage=stage, error=describe(error))
