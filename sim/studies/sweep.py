"""Designed studies: run every point of a design in the same worlds, on processes or a cluster."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import StudyError, said
from sim.parameters.draws import POSTERIOR, Draws, draws_of
from sim.scenario.arguments import number
from sim.scenario.file_format import FORMAT, KEY
from sim.studies.cluster import ClusterWorkers
from sim.studies.design import Design, Point, PointBlock
from sim.studies.execution import Workers, workers_for
from sim.studies.lookup import one_experiment
from sim.studies.points import RunPoints
from sim.studies.prices import MEDIAN, at_prices, price_option
from sim.studies.session import OnProgress, Session, open_session
from sim.studies.store import ResultStore
from sim.studies.study import Chunk, Extent, Study, result_folder
from sim.studies.sweep_results import Sweep
from sim.studies.worlds import Runner, run_policies
from sim.system.paths import file_name

if TYPE_CHECKING:
    from sim.studies.experiment import Experiment

FEW_RUNS = 50
"""A study with fewer runs begins without an estimate of its cost."""


@dataclass(frozen=True)
class Plan:
    """The chunks of a study, one per block of points and replication; the shard (i, n) has every n-th from the i-th."""

    design: Design
    replications: int
    shard: tuple[int, int] = (1, 1)
    draws: Draws = field(default_factory=Draws)

    @property
    def reference(self) -> Point | None:
        """The point with which the others are compared; None for a random design."""
        return None if self.design.reference is None else self.design.point(self.design.reference)

    def _mine(self) -> Iterator[tuple[int, PointBlock]]:
        number, of = self.shard
        blocks = self.design.blocks
        for place in range(number - 1, self.replications * len(blocks), of):
            yield place // len(blocks), blocks[place % len(blocks)]

    @property
    def runs(self) -> int:
        """Number of runs."""
        return sum(len(block.points) for _, block in self._mine())

    @property
    def worlds(self) -> int:
        """Number of pasts and continuations; each costs about half a run."""
        return sum(block.worlds for _, block in self._mine())

    def keys(self) -> list[str]:
        """The keys of all chunks."""
        return [_key(replication, block) for replication, block in self._mine()]

    def chunks(self) -> Iterator[Chunk]:
        """Create the chunks one after another."""
        reference = None if self.reference is None else self.reference.key
        for replication, block in self._mine():
            points = tuple(self.design.point(index) for index in block.points)
            yield Chunk(_key(replication, block), replication, points, self.draws.of(replication), reference)


def _key(replication: int, block: PointBlock) -> str:
    return f"replication-{replication:05d}-block-{block.number:05d}"


def study_of(experiment: Experiment, options: dict[str, Any], draws: Draws) -> Study:
    """The study of a sweep: what determines its numbers, without names, texts and the choice of outcomes."""
    return Study("sweep", (experiment.base,), experiment.seed, record=experiment.record, options=options, draws=draws)


def draws_beside_factors(
    experiment: Experiment, parameters: str | PathLike[str], weights: str | PathLike[str] | None = None
) -> Draws:
    """The draws for the worlds of an experiment: of all parameters except its factors.

    Raises StudyError and ScenarioError as `draws_of` does.
    """
    return draws_of(parameters, weights).without([factor.path for factor in experiment.factors])


def sweep(
    experiment: Experiment | str | PathLike[str],
    *,
    replications: int | None = None,
    parameters: str | PathLike[str] = POSTERIOR,
    weights: str | PathLike[str] | None = None,
    prices: str = MEDIAN,
    workers: int | None = None,
    cluster: str | None = None,
    shard: str | None = None,
    out: Path | str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
    command: str | None = None,
    runner: Runner = run_policies,
) -> Sweep:
    """Run every point of an experiment in the same worlds, or continue an unfinished sweep.

    Args:
        experiment: the experiment from `load_experiment`, or the path of its file.
        replications: number of worlds in place of the experiment's. If it is increased later, only new worlds are run.
        parameters: parameters of the worlds, as in `compare`: one draw per two replications, the same at every point.
            Factors override the draw.
        weights: a file with the weight of each draw, as in `compare`.
        prices: `low`, `median` or `high`, for all prices that neither the base nor a factor sets.
        workers: number of processes, by default one per processor; the numbers do not depend on it.
        cluster: address of a Dask scheduler with workers, such as `tcp://10.0.0.1:8786`.
        shard: `2/3` runs the second of three parts, for batch systems; `merge_shards` joins the parts.
        out: result folder, by default `results/<name of the experiment>`.
        progress: called with a `Progress` after runs have ended.
        remark: called with sentences about the cost and the folder.
        command: command that repeats this, for the manifest.
        runner: function that runs a chunk; by default the model's own.

    Raises:
        StudyError: the arguments are wrong, or the folder cannot be used.
        StudyStoppedError: results cannot be written, or workers keep dying; the sweep can be resumed.
        StudyInterrupted: the user pressed Ctrl-C; the sweep can be resumed.
    """
    experiment = one_experiment(experiment)
    count = experiment.replications if replications is None else number("replications", replications)
    if workers is not None and cluster is not None:
        raise StudyError(said("--workers and --cluster exclude each other: a cluster has its own workers"))
    [base] = at_prices([experiment.base], prices)
    experiment = replace(experiment, base=base)
    draws = draws_beside_factors(experiment, parameters, weights)
    plan = Plan(Design(experiment), count, _parse(shard), draws)
    study = study_of(experiment, {**plan.design.identity, **price_option(prices)}, draws)
    folder = folder_of(experiment, shard) if out is None else result_folder(out)
    crew: Workers = ClusterWorkers(cluster) if cluster else workers_for(workers, max(1, len(plan.keys())))
    opened: list[Session] = []

    def summarise(store: ResultStore) -> None:
        tabulate(store, experiment.outcomes)
        failed = {row["scenario"] for row in store.failures()} | {lost.scenario for one in opened for lost in one.lost}
        resolve(store, experiment, (plan.design.point(plan.design.index(key)) for key in sorted(failed)))

    with open_session(
        study,
        Extent(count, shard=shard),
        folder,
        command=command,
        workers=crew,
        runner=RunPoints(experiment, runner, plan.reference),
        progress=progress,
        remark=remark,
        summarise=summarise,
    ) as (store, session):
        if session is not None:
            opened.append(session)
            store.note(
                outcomes=list(experiment.outcomes),
                name=experiment.name,
                description=experiment.description,
                points=plan.design.size,
            )
            session.expect(plan.runs)
            if remark:
                remark(_cost(session, plan, runner))
            session.run(plan.chunks(), plan.keys())
    return Sweep(store, experiment.outcomes)


def tabulate(store: ResultStore, outcomes: Sequence[str] = ()) -> None:
    """Write the CSV files that are computed from `runs`."""
    Sweep(store, outcomes).write_tables()


def folder_of(experiment: Experiment, shard: str | None = None) -> Path:
    """Default result folder of an experiment or one of its shards."""
    return Path("results") / (
        file_name(experiment.key) + (f"-shard-{file_name(shard.replace('/', '-of-'))}" if shard else "")
    )


def _parse(shard: str | None) -> tuple[int, int]:
    if shard is None:
        return 1, 1
    found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", str(shard), re.ASCII)
    if not found or int(found[1]) > int(found[2]):
        raise StudyError(
            said("--shard is {shard}; write I/N with I from 1 to N, for example --shard 2/3", shard=repr(shard))
        )
    return int(found[1]), int(found[2])


@dataclass(frozen=True)
class RunTimer:
    """Measures the time of a run in a worker."""

    work: RunPoints

    def __call__(self, chunk: Chunk) -> tuple[float, float]:
        """Processor time and elapsed time of one point (past and continuation), in seconds."""
        for _ in range(2):  # the second time, everything is loaded
            worked, began = time.thread_time(), time.perf_counter()
            list(self.work(chunk, self.work.experiment.seed, ()))
        return time.thread_time() - worked, time.perf_counter() - began


def _cost(session: Session, plan: Plan, runner: Runner) -> str:
    """A sentence about the size and, for `FEW_RUNS` runs or more, the estimated cost of a study."""
    experiment, design = plan.design.experiment, plan.design
    part = "" if plan.shard == (1, 1) else f", of which this shard runs {plan.runs:,}"
    size = f"{design.size:,} points × {plan.replications:,} replications = {design.size * plan.replications:,} runs"
    if plan.runs < FEW_RUNS:
        return f"{experiment.key}: {size}{part}"
    first = design.point(design.blocks[0].points[0])
    return f"{experiment.key}: {size}{part}" + estimated_cost(
        session, RunPoints(experiment, runner), first, plan.worlds
    )


def estimated_cost(session: Session, work: RunPoints, point: Point, worlds: int) -> str:
    """The end of a sentence about the cost of a number of pasts and continuations, from the time of one run.

    Empty if the worker died, because the study itself will report that.
    """
    timed = session.measure(RunTimer(work), Chunk("clock", 0, (point,)))
    if timed is None:
        return ""
    processor, passed = (seconds * worlds / 2 for seconds in timed)
    return (
        f"; about {_duration(processor)} of processor time, {_duration(passed / session.workers)} on "
        f"{session.workers} at a time (from one run of {timed[1]:.2f} s)"
    )


def _duration(seconds: float) -> str:
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}" if seconds < 10 * size else f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def resolve(store: ResultStore, experiment: Experiment, points: Iterable[Point]) -> None:
    """Write points as scenario files, so that each can be run alone; also points that fail at the stage `build`."""
    base = store.resolved(experiment.base.key)
    for point in points:
        groups: dict[str, Any] = {}
        for path, value in point.values.items():
            *above, name = path.split(".")
            group = groups
            for step in above:
                group = group.setdefault(step, {})
            group[name] = value
        lines = [f"{KEY}: {FORMAT}", f"extends: {json.dumps(base.name, ensure_ascii=False)}", f"name: {point.key}"]
        lines += [f"{name}: {json.dumps(group, ensure_ascii=False)}" for name, group in groups.items()]
        store.write_resolved(point.key, "\n".join(lines) + "\n")
