"""A small sweep of 30 points, which tests run with `run_numbers`."""

from __future__ import annotations

from design_worlds import run_numbers

from sim.studies.experiment import load_experiment
from sim.studies.sweep import sweep

GRID = """\
base: builtin:today
replications: 3
design: grid
factors:
  network.hubs_by_2027: [6, 8, 10]
  accompaniment.hours_per_startup: {from: 2, to: 20, steps: 10}
outcomes: [survivors_5y, exporters, cost]
"""


def written(folder, text, name="study"):
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return load_experiment(path)


def run(experiment, folder, **arguments):
    return sweep(experiment, out=folder, **{"workers": 1, "runner": run_numbers, **arguments})


def numbers(result):
    return (result.folder / "runs.parquet").read_bytes()
