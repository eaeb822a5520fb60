"""A sweep of many runs of 200 outcomes; `main` prints the largest memory of its process, without its workers."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np

from sim.studies.experiment import load_experiment
from sim.studies.sweep import sweep
from sim.studies.worlds import RunResult

POINTS = 1000
EXPERIMENT = """\
base: builtin:today
replications: {replications}
design: grid
factors:
  network.hubs_by_2027: [6, 7, 8, 9, 10]
  accompaniment.hours_per_startup: {{from: 2, to: 20, steps: 200}}
outcomes: [survivors_5y, exporters, cost]
"""


def run_wide(chunk, seed, record):
    """About as many outcomes as a run has."""
    for scenario in chunk.scenarios:
        hubs, hours = scenario.values["network.hubs_by_2027"] or 6, scenario.values["accompaniment.hours_per_startup"]
        values = np.random.default_rng([seed, chunk.replication]).normal(size=WIDE) + hubs + hours
        yield RunResult(scenario.key, dict(zip(NAMES, values.tolist(), strict=True)))


WIDE = 200
NAMES = ["survivors_5y", "exporters", "cost", *(f"survival_5y:place {number}" for number in range(WIDE - 3))]


def peak() -> float:
    """Largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(folder: str, runs: str) -> None:
    """Run the sweep; print the runs, and the memory at the beginning, after the runs and at the end."""
    study = Path(folder) / "study.yaml"
    study.write_text(EXPERIMENT.format(replications=int(runs) // POINTS), encoding="utf-8")
    began, after = peak(), [0.0]

    def watch(progress):
        after[0] = peak()

    result = sweep(load_experiment(study), workers=2, out=Path(folder) / "result", runner=run_wide, parameters="fixed",
                   progress=watch)  # fmt: skip
    print(result.manifest["runs"]["ok"], round(began), round(after[0]), round(peak()))
