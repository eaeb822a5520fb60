"""`hubsim sweep`: what a designed study of short runs adds to the models alone, and the memory of a large one.

The models alone are what no study can do without: each model built from its checked scenario, run (a past
for all points that share it, forked for each) and its outcomes measured, by a process that has loaded and
compiled everything before its clock begins. The whole is the command from start to end, with the processor
time of its children: starting Python, importing, loading compiled code, reading and checking the experiment,
the scenario of each point, tables, parts and their way to the disk, the ledger, the join, summaries,
differences, figures and report. So what is fixed, some seconds, is spread over the runs. Both run at the
same time, each on a processor of its own: one after the other they differ by a quarter without any reason.

Memory is the peak of the process that is in charge, from its start to its report. Its runs, in two workers,
cost nothing and have as many outcomes as the model's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Measurement, alone, beside, command, peak_memory
from benchmarks.parts.compare import models_alone
from sim.cli.publish import illustrate
from sim.model.outcomes import OUTCOMES
from sim.parameters.draws import POSTERIOR, draws_of
from sim.report.text import table
from sim.scenario import Scenario
from sim.studies.design import Design
from sim.studies.experiment import load_experiment
from sim.studies.study import Chunk
from sim.studies.sweep import Plan, sweep
from sim.studies.worlds import RunResult

SHORT = """\
extends: builtin:today
name: Short
time: {start: 2018-01, present: 2020-06, end: 2022-06}
"""
GRID = """\
base: short.yaml
design: grid
factors:
  accompaniment.hours_per_startup: {from: 2, to: 20, steps: 5}
  fairs.places: {from: 100, to: 400, steps: 4}
outcomes: [survivors_5y, exporters, cost]
"""
LARGE = """\
base: builtin:today
design: grid
factors:
  accompaniment.hours_per_startup: {from: 2, to: 20, steps: 50}
  fairs.places: {from: 100, to: 480, steps: 20}
outcomes: [survivors_5y, exporters, cost]
"""
COLUMNS = 150
"""Outcomes of a run of `today` with its denominators, regions and hubs."""


def written(folder: Path, text: str) -> Path:
    """The experiment file."""
    (folder / "short.yaml").write_text(SHORT, encoding="utf-8")
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def short(path: Path, replications: int, turn: int = 0) -> float:
    """Processor time of the command on the short study, from start to end."""
    line = ("-m", "sim.cli.main", "sweep", str(path), "--replications", str(replications), "--workers", "1", "--quiet")
    return command(*line, "--out", f"{path.parent}/{replications}-{turn}")[1]


def short_alone(path: Path, replications: int) -> float:
    """Processor time of the models of the short study, everything being loaded and compiled."""
    experiment = load_experiment(path)
    chunks = [
        (chunk.replication, [_living(chunk, experiment.scenario(one.values, one.key)) for one in chunk.scenarios])
        for chunk in Plan(Design(experiment), replications, draws=draws_of(POSTERIOR)).chunks()
    ]
    models_alone(chunks[:1], experiment.seed)
    return models_alone(chunks, experiment.seed)


def _living(chunk: Chunk, scenario: Scenario) -> Scenario:
    return scenario if chunk.draw is None else chunk.draw.under(scenario)


def numbers(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    """Runs that cost nothing."""
    names = [*OUTCOMES, *(f"active:{place}" for place in range(COLUMNS - len(OUTCOMES)))]
    for scenario in chunk.scenarios:
        value = float(scenario.values["fairs.places"] + chunk.replication)
        yield RunResult(scenario.key, dict.fromkeys(names, value))


def large(path: Path, folder: Path, replications: int) -> float:
    """Bytes that the process of a study with two workers needs at most."""
    result = sweep(load_experiment(path), replications=replications, workers=2, out=folder, runner=numbers)
    table(result)
    illustrate(result)
    return peak_memory()


def measure(quick: bool) -> Iterator[Measurement]:
    """Short runs beside the models alone; then very many runs of a model that costs nothing."""
    replications = 5 if quick else 100
    runs = 20 * replications
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), GRID)
        short(path, 1)  # bytecode and machine code are on the disk from the second time on
        times = [
            beside(lambda: alone(short_alone, path, replications), lambda turn=turn: short(path, replications, turn))
            for turn in range(1 if quick else 2)
        ]
        models, whole = (sum(side) / len(times) for side in zip(*times, strict=True))
        yield Measurement("sweep", f"{runs:,} short runs, per run", whole / runs * 1e3, "ms of processor")
        yield Measurement("sweep", f"{runs:,} short runs, models alone", models / runs * 1e3, "ms of processor")
        aim = None if quick else 15
        yield Measurement("sweep", f"{runs:,} short runs, overhead", (whole / models - 1) * 100, "% of the models", aim)
    with tempfile.TemporaryDirectory() as folder:
        path, replications = written(Path(folder), LARGE), 2 if quick else 100
        peak = alone(large, path, Path(folder) / "large", replications)
        what = f"{1000 * replications:,} runs, memory of the parent"
        yield Measurement("sweep", what, peak / 1e6, "MB", None if quick else 300)
