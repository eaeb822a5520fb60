"""Runs twins and reads their moments: what a worker of a bank does with a draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.inference.moments import PlaceboPair
from sim.studies.worlds import RunResult, describe

if TYPE_CHECKING:
    from sim.studies.study import Chunk


def run_moments(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    """Run the twins of each scenario of a chunk and read their moments: the runner of a bank."""
    for scenario in chunk.scenarios:
        stage = "run"
        try:
            twins = PlaceboPair.run(scenario, seed, chunk.replication)
            stage = "measure"
            yield RunResult(scenario.key, twins.measure())
        except Exception as error:
            yield RunResult(scenario.key, stage=stage, error=describe(error))
