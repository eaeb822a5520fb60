"""A worker of `hubsim compare`: the most memory that it needs for all policies of a world."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Measurement, alone, peak_memory
from sim.parameters.draws import POSTERIOR, draws_of
from sim.studies.execution import Work
from sim.studies.lookup import load_all, policies
from sim.studies.store import ResultStore
from sim.studies.study import Study

AIM = 500
"""Megabytes at most."""


def peak(replications: int) -> tuple[int, float]:
    """Number of policies, and the largest memory in MB of a process that runs and writes so many worlds."""
    study = Study("compare", tuple(load_all(policies().values())), draws=draws_of(POSTERIOR))
    with tempfile.TemporaryDirectory() as folder:
        work = Work(ResultStore(Path(folder)), 1, study.record)
        for replication in range(replications):
            work(study.chunk(replication))
    return len(study.scenarios), peak_memory() / 1e6


def measure(quick: bool) -> Iterator[Measurement]:
    """Worlds under the posterior, two of each draw; the machine code is on the disk from the first process on."""
    replications = 2 if quick else 6
    alone(peak, 1)
    count, most = alone(peak, replications)
    what = f"{count} policies × {replications} replications, peak memory of a worker"
    yield Measurement("worker", what, most, "MB", at_most=AIM, remark="Python and its libraries included")
