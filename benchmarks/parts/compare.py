"""`hubsim compare`: processor time per run, and what it adds to the models alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.measuring import Measurement, alone, command, processor_time
from sim.scenario import Scenario
from sim.studies.lookup import load_all
from sim.studies.study import Chunk

POLICIES = (
    "today",
    "ten-hubs-2027",
    "ten-hubs-same-mentors",
    "ten-hubs-deeper",
    "six-hubs-deeper",
    "no-hubs",
    "export-push",
    "ministry-grant",
    "remote-accompaniment",
    "ten-hubs-underserved",
)
WHOLE = 100
"""Replications of the comparison that the aim is about."""


def models_alone(worlds: Iterable[tuple[int, Sequence[Scenario]]], seed: int) -> float:
    """Processor time of worlds as a study runs them: what scenarios share is run once, and each is measured."""
    from sim.studies.worlds import run_policies  # late: a study whose runs are elsewhere does without it

    def run() -> None:
        for replication, scenarios in worlds:
            for _ in run_policies(Chunk("alone", replication, tuple(scenarios)), seed, ()):
                pass

    return processor_time(run)


def policies_alone(replications: int) -> float:
    """Processor time of the models of the comparison, everything being loaded and compiled."""
    scenarios = load_all(POLICIES)
    models_alone([(0, scenarios[:1])], 1)
    return models_alone([(replication, scenarios) for replication in range(replications)], 1)


def compared(replications: int, *options: str) -> tuple[float, float]:
    """Seconds that passed and processor time of the command with its workers."""
    with tempfile.TemporaryDirectory() as folder:
        line = ("-m", "sim.cli.main", "compare", *POLICIES, "--replications", str(replications), "--quiet", *options)
        return command(*line, "--out", f"{folder}/compare")


def measure(quick: bool) -> Iterator[Measurement]:
    """The command on one processor, in two lengths, beside the models alone; then the whole comparison on all."""
    few, many = (1, 3) if quick else (5, 25)
    runs = (many - few) * len(POLICIES)
    alike = ("--workers", "1", "--parameters", "fixed")
    compared(1, *alike)  # bytecode and machine code are on the disk from the second time on
    models, (_, short), (_, long) = alone(policies_alone, many - few), compared(few, *alike), compared(many, *alike)
    models = min(models, alone(policies_alone, many - few))
    each = (long - short) / runs
    yield Measurement("compare", f"each of {runs:,} further runs", each * 1e3, "ms of processor")
    yield Measurement("compare", "the same models alone, each run", models / runs * 1e3, "ms of processor")
    yield Measurement("compare", "overhead of a further run", (each * runs / models - 1) * 100, "% of the models")
    begun = short - each * few * len(POLICIES)
    yield Measurement(
        "compare", "start, tables and figures", begun, "s of processor", remark="whatever the number of runs"
    )
    if not quick:
        passed, _ = compared(WHOLE)
        yield Measurement("compare", f"ten policies × {WHOLE} replications", passed, "s on all processors", at_most=60)
