"""Searches policies on the frontier of several aims under a budget: `hubsim search`.

NSGA-II (Deb et al. 2002, "A fast and elitist multiobjective genetic algorithm", IEEE Trans. Evol. Comput. 6), from
optuna, proposes policies in batches. All policies are run in the same worlds under the same parameter draws. Means over
few worlds overestimate the best of many policies, so the best are run again in fresh worlds, and only those runs are
reported.

A search can be resumed: optuna's proposals depend only on the seed and on earlier results, so a resumed search proposes
the same policies again and finds their runs in the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.errors import StudyError
from sim.inference.frontier import Aim, Frontier, frontier_of, non_dominated
from sim.model.outcomes import OUTCOMES
from sim.parameters.draws import POSTERIOR, Draws
from sim.studies.cluster import ClusterWorkers
from sim.studies.design import MAX_BLOCK, Point, value_at_share
from sim.studies.execution import workers_for
from sim.studies.extras import needs
from sim.studies.lookup import one_experiment
from sim.studies.picks import DRAW, PICK
from sim.studies.points import RunPoints
from sim.studies.program import digest_of
from sim.studies.session import OnProgress, Session, open_session
from sim.studies.store import ResultStore
from sim.studies.study import Chunk, Extent, Study, result_folder
from sim.studies.sweep import draws_beside_factors, estimated_cost, folder_of, resolve
from sim.studies.worlds import Runner, run_policies
from sim.words.language import language

if TYPE_CHECKING:
    from sim.studies.experiment import Experiment

POLICIES_PER_BATCH = MAX_BLOCK - 4
"""Number of policies that are proposed together: a generation of NSGA-II."""
FRESH_PER_WORLD = 3
"""Number of fresh worlds for each world of the search."""
MAX_RERUN = 40
"""Largest number of policies that are run again in fresh worlds."""
MILLION = 1e6
MIX = tuple(f"accompaniment.mix.{share}" for share in ("finance", "market_access", "skills"))


def aims_of(experiment: Experiment) -> list[Aim]:
    """The outcomes of an experiment as aims; raises StudyError if fewer than two, or if one has no better direction."""
    aims = []
    for name in experiment.outcomes:
        better = OUTCOMES[name.partition(":")[0]].better
        if better == "none":
            raise StudyError(f"{name} is no aim: neither more nor less of it is better")
        aims.append(Aim(name, 1 if better == "up" else -1))
    if len(aims) < 2:
        raise StudyError("a search needs two outcomes or more: name its aims under outcomes")
    return aims


def search(
    experiment: Experiment | str | PathLike[str],
    *,
    parameters: str | PathLike[str] = POSTERIOR,
    weights: str | PathLike[str] | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    out: Path | str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
    command: str | None = None,
    runner: Runner = run_policies,
) -> Frontier:
    """Search policies, or continue an unfinished search.

    Arguments and errors as in `sweep`; `experiment` must have the design `search`.
    """
    experiment = one_experiment(experiment)
    if experiment.design != "search":
        raise StudyError(f"{experiment.key} has the design {experiment.design}; a search needs design: search")
    aims = aims_of(experiment)
    with needs("analysis", "hubsim search"):
        import optuna
    samples, worlds = -(-(experiment.samples or 0) // POLICIES_PER_BATCH) * POLICIES_PER_BATCH, experiment.replications
    draws = draws_beside_factors(experiment, parameters, weights)
    options = _identity(experiment) | {"optuna": optuna.__version__, "program": digest_of(frozenset([Path(__file__)]))}
    study = Study("search", (experiment.base,), experiment.seed, record=experiment.record, options=options, draws=draws)
    folder = folder_of(experiment) if out is None else result_folder(out)
    crew = ClusterWorkers(cluster) if cluster else workers_for(workers, worlds)
    with open_session(
        study,
        Extent(worlds),
        folder,
        command=command,
        workers=crew,
        runner=RunPoints(experiment, runner),
        progress=progress,
        remark=remark,
    ) as (store, session):
        if session is not None:
            runs = samples * worlds + MAX_RERUN * FRESH_PER_WORLD * worlds
            session.expect(runs)
            if remark:
                pasts = (samples // POLICIES_PER_BATCH + FRESH_PER_WORLD) * worlds
                cost = estimated_cost(session, RunPoints(experiment, runner), Point("clock", {}), runs + pasts)
                remark(
                    f"{experiment.key}: {samples} policies in {worlds} worlds, at most {MAX_RERUN} of them again in "
                    f"{FRESH_PER_WORLD * worlds} fresh ones: at most {runs:,} runs{cost}"
                )
            _run(experiment, aims, samples, store, session)
    return Frontier(store.folder)


def _identity(experiment: Experiment) -> dict[str, Any]:
    factors = {
        factor.path: list(factor.values) if factor.values is not None else [factor.low, factor.high, factor.log]
        for factor in experiment.factors
    }
    return {
        "base": experiment.base.digest,
        "samples": experiment.samples,
        "outcomes": list(experiment.outcomes),
        "budget": experiment.budget,
        "openings": [candidate.model_dump() for candidate in experiment.openings],
        "factors": factors,
        "worlds": experiment.replications,
    }


def _run(experiment: Experiment, aims: list[Aim], samples: int, store: ResultStore, session: Session) -> None:
    """Propose and run policies in batches; then run the best in fresh worlds and write the frontier."""
    worlds = experiment.replications
    points: dict[str, Point] = {}
    means = pd.DataFrame()
    proposals = _proposals(experiment, aims, samples)
    batch = next(proposals)
    while True:
        number = len(points) // POLICIES_PER_BATCH
        points |= {point.key: point for point in batch}
        results = _means(session, store, f"batch-{number:04d}", tuple(batch), range(worlds), aims)
        means = pd.concat([means, results])
        try:
            batch = proposals.send(results)
        except StopIteration:
            break
    good = means.dropna()
    good = good[_over_budget(experiment, good["cost"].to_numpy()) <= 0]
    signs = [aim.sign for aim in aims]
    best = good.index[non_dominated(good[[aim.outcome for aim in aims]].to_numpy() * signs)][:MAX_RERUN]
    if best.empty:
        currency = language("en").country("currency")
        raise StudyError(
            f"none of {samples} policies costs at most {experiment.budget:g} {currency} million; "
            "raise the budget or the samples"
        )
    fresh = range(worlds, worlds * (1 + FRESH_PER_WORLD))
    session.expect(samples * worlds + len(best) * len(fresh))
    _means(session, store, "fresh", tuple(points[key] for key in best), fresh, aims)
    rows = store.runs_of([f"fresh-replication-{world:05d}" for world in fresh])
    if session.study.draws is None or len(session.study.draws.values) < 2:
        rows = rows.drop(columns=[DRAW, PICK], errors="ignore")  # one set of parameters is no sample
    table = frontier_of(rows, means, aims, experiment.budget)
    store.write_csv("frontier", table)
    resolve(store, experiment, [points[key] for key in best])
    store.note(
        outcomes=[aim.outcome for aim in aims],
        signs=signs,
        budget=experiment.budget,
        title=experiment.title(),
        policies=samples,
        fresh=len(fresh),
    )


def _means(
    session: Session, store: ResultStore, name: str, batch: tuple[Point, ...], worlds: range, aims: list[Aim]
) -> pd.DataFrame:
    """Run policies in worlds; returns the means of aims and cost by policy, NaN if not defined."""
    draws = session.study.draws or Draws()
    chunks = [Chunk(f"{name}-replication-{world:05d}", world, batch, draws.of(world)) for world in worlds]
    session.run(chunks)
    runs = store.runs_of([chunk.key for chunk in chunks])
    wanted = list(dict.fromkeys([*(aim.outcome for aim in aims), "cost"]))
    return (
        runs.reindex(columns=["scenario", *wanted]).groupby("scenario").mean().reindex([point.key for point in batch])
    )


def _over_budget(experiment: Experiment, cost: Any) -> Any:
    """Excess of a cost (in the currency) over the budget, as a share of the budget; at most 0 within the budget."""
    return cost * 0 - 1 if experiment.budget is None else cost / (experiment.budget * MILLION) - 1


def _proposals(experiment: Experiment, aims: list[Aim], samples: int) -> Generator[list[Point], pd.DataFrame]:
    """Yield batches of points; the caller sends the means of each batch's policies."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.NSGAIISampler(population_size=POLICIES_PER_BATCH, seed=experiment.seed % 2**32)
    directions: list[Any] = ["maximize" if aim.sign > 0 else "minimize" for aim in aims]
    study = optuna.create_study(directions=directions, sampler=sampler)
    for first in range(0, samples, POLICIES_PER_BATCH):
        trials = [study.ask() for _ in range(POLICIES_PER_BATCH)]
        results = yield [
            Point(f"policy-{first + place:04d}", _values(experiment, trial)) for place, trial in enumerate(trials)
        ]
        for trial, (_, row) in zip(trials, results.iterrows(), strict=True):
            values = [row[aim.outcome] for aim in aims]
            if any(map(math.isnan, [*values, row["cost"]])):
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                continue
            trial.set_constraint("budget", float(_over_budget(experiment, row["cost"])))
            study.tell(trial, values)


def _values(experiment: Experiment, trial: Any) -> dict[str, Any]:
    """The values of a proposed policy by path."""
    values: dict[str, Any] = {}
    for factor in experiment.factors:
        listed = factor.values
        if listed is None:
            values[factor.path] = value_at_share(factor, trial.suggest_float(factor.path, 0.0, 1.0))
        elif all(isinstance(value, int | float) for value in listed):
            values[factor.path] = listed[trial.suggest_int(factor.path, 0, len(listed) - 1)]
        else:
            values[factor.path] = listed[trial.suggest_categorical(factor.path, range(len(listed)))]
    if all(path in values for path in MIX):
        total = sum(values[path] for path in MIX) or 1.0
        values |= {path: round(values[path] / total, 9) for path in MIX}
        values[MIX[-1]] = round(1 - values[MIX[0]] - values[MIX[1]], 9)
    if experiment.openings:
        openings = []
        for candidate in experiment.openings:
            size = trial.suggest_int(f"places in {candidate.hub}", 0, len(candidate.places))
            if size:
                opening = {"hub": candidate.hub, "opens": candidate.opens, "places": candidate.places[size - 1]}
                openings.append(opening)
        values["network.openings"] = openings
    return values
