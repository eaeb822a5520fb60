"""`hubsim compare` with few worlds, by phase: what it takes besides its worlds."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measuring import Measurement, command

PHASES = {
    "start, to the first task": ("resolved/*.yaml",),
    "worlds": ("parts/runs/*.parquet", "parameter-sets/parts/runs/*.parquet", "under-sets/parts/runs/*.parquet"),
    "joining and tables": ("*.csv", "*.parquet", "parameter-sets/*.csv", "under-sets/*.csv"),
    "figures and report": ("figures/*", "report.html"),
}
"""The phases in order, each with the files of the result folder of which the last ends it."""
AIM = 12.0
"""Seconds from the last world to the end, and those of the start, together at most."""


def phases(replications: int) -> dict[str, float]:
    """Seconds of each phase of a comparison of all policies, and of what comes after the files; `processor` in all.

    The ends of phases are read from the times at which files were written, so any revision can be measured.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "compare"
        line = ("-m", "sim.cli.main", "compare", "--replications", str(replications), "--quiet")
        begun = time.time()
        passed, processor = command(*line, "--out", str(folder))
        ends = [max(file.stat().st_mtime for glob in globs for file in folder.glob(glob)) for globs in PHASES.values()]
    seconds = np.diff([begun, *ends, begun + passed])
    return dict(zip((*PHASES, "printing"), seconds.tolist(), strict=True)) | {"processor": processor}


def measure(quick: bool) -> Iterator[Measurement]:
    """The median of each phase; the first comparison puts bytecode and machine code on the disk."""
    replications, rounds = (2, 1) if quick else (4, 5)
    phases(1)
    seen = [phases(replications) for _ in range(rounds)]
    size = f"13 policies × {replications} replications"
    for phase in seen[0]:
        unit = "s of processor" if phase == "processor" else "s"
        name = "whole" if phase == "processor" else phase
        yield Measurement("tail", f"{size}, {name}", float(np.median([one[phase] for one in seen])), unit)
    besides = [sum(one.values()) - one["worlds"] - one["processor"] for one in seen]
    yield Measurement("tail", f"{size}, all but the worlds", float(np.median(besides)), "s", at_most=AIM)
