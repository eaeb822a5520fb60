"""Searches policies on the frontier of several aims under a budget: `hubsim search`.

What a policy costs is known, or measured once, before it is run (`sim.inference.affordable`), so that only policies
that the money allows are proposed, in batches (`sim.inference.proposals`). Each is judged by its paired differences
from the base, in the same worlds under the same draws of the parameters. Means over few worlds overestimate the best of
many policies, so the best are run again in fresh worlds, and only those runs are reported. Where the base is the
country's packaged one, the roadmap and the policies that claim its cost stand beside them.

A search can be resumed: proposals depend only on the seed and on earlier results, so a resumed search proposes the same
policies again and finds their runs in the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.country.data import is_home
from sim.errors import StudyError, said
from sim.inference import affordable, planned_cost, policy_space, proposals
from sim.inference.affordable import MILLION, Affordable
from sim.inference.frontier import Aim, Fresh, Frontier, frontier_of, on_frontier
from sim.inference.planned_cost import planned_cost as cost_of_plan
from sim.inference.policy_space import Choices, PolicySpace
from sim.inference.proposals import Proposals
from sim.model.outcomes import better_of
from sim.parameters.draws import POSTERIOR, Draws
from sim.parameters.idle import idle_draws
from sim.scenario import builtin_scenarios, load_scenario
from sim.studies.cluster import ClusterWorkers
from sim.studies.contrasts import THE_QUESTION
from sim.studies.design import MAX_BLOCK, Point
from sim.studies.execution import workers_for
from sim.studies.extras import needs
from sim.studies.lookup import BASE, one_experiment
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
ROADMAP = THE_QUESTION[0]
"""Key of the packaged policy that follows the roadmap."""
_PROGRAM = frozenset(Path(str(one.__file__)) for one in (affordable, planned_cost, policy_space, proposals))
"""The files, beside this one, on which proposals depend."""


def aims_of(experiment: Experiment) -> list[Aim]:
    """The outcomes of an experiment as aims; raises StudyError if fewer than two, or if one has no better direction."""
    aims = []
    for name in experiment.outcomes:
        better = better_of(name.partition(":")[0])
        if better == "none":
            raise StudyError(said("{name} is no aim: neither more nor less of it is better", name=name))
        aims.append(Aim(name, 1 if better == "up" else -1))
    if len(aims) < 2:
        raise StudyError(said("a search needs two outcomes or more: name its aims under outcomes"))
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
        raise StudyError(
            said(
                "{key} has the design {design}; a search needs design: search",
                key=experiment.key,
                design=experiment.design,
            )
        )
    aims = aims_of(experiment)
    with needs("analysis", "hubsim search"):
        import optuna
    samples, worlds = -(-(experiment.samples or 0) // POLICIES_PER_BATCH) * POLICIES_PER_BATCH, experiment.replications
    draws = draws_beside_factors(experiment, parameters, weights)
    options = _identity(experiment) | {"optuna": optuna.__version__, "program": digest_of(_PROGRAM | {Path(__file__)})}
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
            work = _Search(experiment, aims, store, session)
            runs = work.most_runs(samples)
            if remark:
                pasts = (samples // POLICIES_PER_BATCH + FRESH_PER_WORLD) * worlds
                cost = estimated_cost(session, RunPoints(experiment, runner), Point("clock", {}), runs + pasts)
                remark(
                    f"{experiment.key}: {samples} policies in {worlds} worlds, at most {MAX_RERUN} of them again in "
                    f"{FRESH_PER_WORLD * worlds} fresh ones: at most {runs:,} runs{cost}"
                )
            work.run(samples)
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
        "extra": experiment.extra,
        "openings": [candidate.model_dump() for candidate in experiment.openings],
        "factors": factors,
        "worlds": experiment.replications,
    }


class _Search:
    """A search that is under way: its policies by name, and what is known of them."""

    def __init__(self, experiment: Experiment, aims: list[Aim], store: ResultStore, session: Session):
        self._experiment, self._aims, self._store, self._session = experiment, aims, store, session
        self._outcomes = list(dict.fromkeys([*(aim.outcome for aim in aims), "cost"]))
        self._searched = range(experiment.replications)
        self._fresh = range(experiment.replications, experiment.replications * (1 + FRESH_PER_WORLD))
        self._draws = session.study.draws or Draws()
        self._affordable = Affordable(experiment, self._draws, self._fresh)
        self._space = PolicySpace(experiment)
        self._points: dict[str, Point] = {}
        self._given: pd.DataFrame = pd.DataFrame()
        """Runs of the base, the pilots and the named policies, in all worlds."""

    def most_runs(self, samples: int) -> int:
        """The most runs that a search for `samples` policies takes, with those of what they are compared with."""
        given, fresh = 1 + len(self._affordable.pilots) + len(named_policies(self._experiment)), len(self._fresh)
        return given * (len(self._searched) + fresh) + samples * len(self._searched) + MAX_RERUN * fresh

    def run(self, samples: int) -> None:
        """Propose and run `samples` policies in batches; then run the best in fresh worlds and write the frontier."""
        named = named_policies(self._experiment)
        given = [Point(self._experiment.base.key, {}), *self._affordable.pilots, *named]
        searched, fresh = len(self._searched), len(self._fresh)
        self._session.expect(self.most_runs(samples))
        self._refuse_if_nothing_is_affordable(self._planned_base())
        self._given = self._run("given", given, range(searched + fresh))
        cost = self._given.pivot_table("cost", "replication", "scenario", dropna=False)
        self._affordable.learn_pilots(cost)
        base_cost = float(cost.loc[list(self._fresh), self._experiment.base.key].mean())
        self._affordable.set_limit(base_cost)
        self._refuse_if_nothing_is_affordable(base_cost)

        proposals = Proposals(self._space, self._aims, self._experiment.seed)
        means, tried = pd.DataFrame(), []
        for first in range(0, samples, POLICIES_PER_BATCH):
            chosen = proposals.batch(POLICIES_PER_BATCH, self._affordable)
            batch = [Point(f"policy-{first + place:04d}", self._space.values(one)) for place, one in enumerate(chosen)]
            self._points |= {point.key: point for point in batch}
            rows = self._run(f"batch-{first // POLICIES_PER_BATCH:04d}", batch, self._searched)
            tried.append(rows[["scenario", "replication", *self._outcomes]])
            results = self._means(rows, batch)
            proposals.learn(results[[aim.outcome for aim in self._aims]].to_numpy().tolist())
            means = pd.concat([means, results])
        best = self._best(means, pd.concat(tried, ignore_index=True))
        self._session.expect(len(given) * (searched + fresh) + samples * searched + len(best) * fresh)
        again = self._run("fresh", [self._points[key] for key in best], self._fresh)
        limit = self._affordable.limit
        over = means["cost"] > limit if limit is not None else means["cost"] < -math.inf
        self._write(again, means, named)
        self._store.note(
            outcomes=[aim.outcome for aim in self._aims],
            signs=[aim.sign for aim in self._aims],
            base=self._experiment.base.key,
            base_cost=base_cost,
            limit=limit,
            title=self._experiment.title(),
            policies=samples,
            mended=proposals.mended,
            over_budget=int(over.sum()),
            fresh=fresh,
        )

    def _run(self, name: str, batch: list[Point], worlds: range) -> pd.DataFrame:
        """Run policies in worlds; returns their rows of `runs`."""
        points = tuple(batch)
        chunks = [Chunk(f"{name}-replication-{world:05d}", world, points, self._draws.of(world)) for world in worlds]
        self._session.run(chunks)
        rows = self._store.runs_of([chunk.key for chunk in chunks])
        return rows.reindex(columns=list(dict.fromkeys([*rows.columns, *self._outcomes])))

    def _means(self, rows: pd.DataFrame, batch: list[Point]) -> pd.DataFrame:
        """Mean differences from the base by policy, NaN where not defined; the cost as it is expected to be."""
        base = self._of_base(self._searched)
        found = {}
        for point in batch:
            own = rows[rows["scenario"] == point.key].set_index("replication")[self._outcomes]
            pairs = own - base.reindex(own.index)
            mean = pairs.mean()
            if pairs["cost"].notna().any():
                mean["cost"] = self._affordable.expected(point.values, pairs["cost"].dropna())
            found[point.key] = mean
        return pd.DataFrame(found).T

    def _of_base(self, worlds: range) -> pd.DataFrame:
        rows = self._given[self._given["scenario"] == self._experiment.base.key]
        return rows.set_index("replication")[self._outcomes].reindex(list(worlds))

    def _best(self, means: pd.DataFrame, tried: pd.DataFrame) -> list[str]:
        """The policies to run again: those within the budget that are most often on the frontier of resampled worlds.

        Args:
            means: mean differences from the base by policy.
            tried: runs of all policies in the worlds of the search.

        Raises:
            StudyError: no policy is within the budget.
        """
        limit = self._affordable.limit
        good = means.dropna()
        if limit is not None:
            good = good[good["cost"] <= limit]
        if good.empty:
            raise StudyError(
                said(
                    "none of {count} policies costs as little as was planned; raise the budget or the samples",
                    count=len(means),
                )
            )
        outcomes = [aim.outcome for aim in self._aims]
        numbers = tried.set_index(["scenario", "replication"])[outcomes]
        base = self._of_base(self._searched)[outcomes]
        signs = np.array([aim.sign for aim in self._aims], dtype=float)
        pairs = [(numbers.loc[key].reindex(base.index) - base).to_numpy(float) for key in good.index]
        cube = np.stack(pairs) * signs
        cube = cube[:, ~np.isnan(cube).any(axis=(0, 2))]
        share = pd.Series(on_frontier(cube, None), good.index)
        kept = share[share > 0].sort_values(ascending=False, kind="stable")
        return [str(key) for key in kept.index[:MAX_RERUN]]

    def _write(self, again: pd.DataFrame, means: pd.DataFrame, named: list[Point]) -> None:
        """Write the frontier, and each reported policy as a scenario file."""
        base, fresh = self._experiment.base.key, list(self._fresh)
        shown = [base, *(point.key for point in named)]
        given = self._given[self._given["scenario"].isin(shown) & self._given["replication"].isin(fresh)]
        rows = pd.concat([given, again], ignore_index=True)
        if len(self._draws.values) < 2:
            rows = rows.drop(columns=[DRAW, PICK], errors="ignore")  # one set of parameters is no sample
        idle = idle_draws(self._draws.frame) if self._draws else frozenset[int]()
        judged = Fresh(rows, base, idle, tuple(shown[1:]))
        self._store.write_csv("frontier", frontier_of(judged, means, self._aims, self._affordable.limit))
        found = [self._points[key] for key in dict.fromkeys(again["scenario"])]
        resolve(self._store, self._experiment, [*named, *found])

    def _planned_base(self) -> float:
        return sum(cost_of_plan(self._experiment.base).values())

    def _refuse_if_nothing_is_affordable(self, base_cost: float) -> None:
        """Raise StudyError if even the cheapest policy costs too much, given what the base costs."""
        self._affordable.set_limit(base_cost)
        limit = self._affordable.limit
        if limit is None:
            return

        def cost(chosen: Choices) -> float:
            return self._affordable.beyond(self._space.values(chosen))

        least = cost(self._space.cheapest(cost))
        if least > limit:
            currency, base = language("en").country("currency"), self._experiment.base.key
            raise StudyError(
                said(
                    "the budget allows {limit} {currency} million beyond {base}, which costs {base_cost}, but the "
                    "cheapest policy of {key} costs {least} beyond it; raise the budget, or let factors and openings "
                    "begin lower",
                    limit=f"{limit / MILLION:,.1f}",
                    currency=currency,
                    base=base,
                    base_cost=f"{base_cost / MILLION:,.1f}",
                    key=self._experiment.key,
                    least=f"{least / MILLION:,.1f}",
                )
            )


def named_policies(experiment: Experiment) -> list[Point]:
    """The roadmap and the policies that claim its cost, as points: if the base is the packaged country's present.

    Other prices than the packaged ones may hold; they hold for these policies, too.
    """
    packaged = dict(builtin_scenarios()) if is_home() else {}
    if BASE not in packaged or ROADMAP not in packaged or experiment.base.key != BASE:
        return []
    home = load_scenario(packaged[BASE])
    if not all(path.startswith("costs.") for path, *_ in experiment.base.diff(home)):
        return []
    others = [load_scenario(path) for key, path in packaged.items() if key != BASE]
    return [
        Point(one.key, {path: value for path, value, _ in one.diff(home)})
        for one in sorted(others, key=lambda one: one.key != ROADMAP)
        if ROADMAP in (one.key, one.same_cost_as)
    ]
