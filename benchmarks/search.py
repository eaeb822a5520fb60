"""Which sampler finds the better policies in equally many runs: python -m benchmarks.search [--worlds]

Each contestant proposes policies of `experiments/search.yaml` in batches and sees them in the same worlds. What it
would report, the policies within the budget that are most often on the frontier of resampled worlds, is run in fresh
worlds, which are the same for all. The score is the mean, over random weights of the aims (cost excepted: the money is
given), of the gain of the policy that is best by these weights, in smallest sizes that matter; it is chosen in one half
of the fresh worlds and measured in the other, because the best of noisy means is overestimated. `blind` proposes as
searches did before policies were mended: NSGA-II that learns of the budget by simulation alone.

With `--worlds` the model is run. Without, a stylised country stands for it, which takes seconds: costs follow from the
plan, gains have diminishing returns, and each world has effects of its own, as large as those of the model's draws. It
tells how samplers cope with such a space, such a budget and so much noise, not what the policies do.

Adds a row for each contestant and seed to `search.csv`; the ones that are there are not run again.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.inference.affordable import Affordable
from sim.inference.frontier import Aim, on_frontier
from sim.inference.planned_cost import planned_cost, remote_price
from sim.inference.policy_search import aims_of
from sim.inference.policy_space import PolicySpace
from sim.inference.proposals import Proposals
from sim.parameters.draws import POSTERIOR, draws_of
from sim.studies.design import Point
from sim.studies.experiment import Experiment, load_experiment
from sim.studies.factors import identity
from sim.studies.points import RunPoints
from sim.studies.smallest import smallest_of
from sim.studies.study import Chunk

MODEL, STYLISED = "model", "stylised"
CONTESTANTS = ("blind", "random", "nsga2", "tpe")
BATCH, BATCHES, SEARCHED, FRESH, REPORTED, WEIGHTS = 20, 8, 4, 16, 20, 500
EXTRA = 138.0
"""MAD million beyond today."""
SECTORS = (("survivors_5y", 1.0, 9.0), ("exporters", 0.7, 7.0))
"""Of the stylised country: outcome, size of effects, and the spread of a world's own effect."""
KEPT = Path(__file__).with_name("search.csv")
COLUMNS = ("country", "contestant", "seed", "policies", "worlds", "fresh", "extra", "over_budget", "score", "seconds")


class Blind:
    """NSGA-II that is told after simulation how much too dear a policy was."""

    def __init__(self, space: PolicySpace, aims: list[Aim], seed: int):
        import optuna

        self._inner, self._space = Proposals(space, aims, seed, "nsga2"), space
        sampler = optuna.samplers.NSGAIISampler(population_size=BATCH, seed=seed)
        directions: list[Any] = ["maximize" if aim.sign > 0 else "minimize" for aim in aims]
        self._study = optuna.create_study(directions=directions, sampler=sampler)
        self._trials: list[Any] = []

    def batch(self, count: int, affordable: Affordable) -> list[dict[str, Any]]:
        """The next policies."""
        self._limit = affordable.limit or 1.0
        self._trials = [self._study.ask(self._inner._distributions) for _ in range(count)]
        return [dict(trial.params) for trial in self._trials]

    def learn(self, results: list[list[float]], cost: list[float]) -> None:
        """Learn the aims, and what each policy cost."""
        for trial, values, spent in zip(self._trials, results, cost, strict=True):
            trial.set_constraint("budget", spent / self._limit - 1)
            self._study.tell(trial, values)


def known(experiment: Experiment, point: Point) -> tuple[dict[str, Any], float, float]:
    """The values of a policy, its planned cost, and what a startup-month of remote hours costs under it."""
    name = identity(dict(point.values))
    if name not in _KNOWN:
        scenario = experiment.scenario(dict(point.values))
        _KNOWN[name] = scenario.values, sum(planned_cost(scenario).values()), remote_price(scenario)
    return _KNOWN[name]


_KNOWN: dict[str, tuple[dict[str, Any], float, float]] = {}


def stylised(experiment: Experiment, point: Point, world: int) -> dict[str, float]:
    """What a policy does in a world of the stylised country."""
    values, planned, remotely = known(experiment, point)
    chance = np.random.default_rng([7, world])
    places = {one["hub"]: one["places"] for one in values["network.openings"] or ()}
    hours, missions = values["accompaniment.hours_per_startup"], values["missions.per_year"]
    mix = np.array([values[f"accompaniment.mix.{name}"] for name in ("finance", "market_access", "skills")])
    remote = values["accompaniment.remote_fraction"]
    worth = {one.hub: share for one, share in zip(experiment.openings, np.linspace(1.4, 0.6, 8), strict=False)}
    opened = sum(worth[hub] * np.log1p(size / 20) for hub, size in places.items())
    found: dict[str, float] = {}
    for outcome, size, spread in SECTORS:
        best = np.array([0.2, 0.2, 0.6]) if outcome == "survivors_5y" else np.array([0.1, 0.7, 0.2])
        depth = 14 * np.log1p(max(hours, 0) / 8) * (1 - 1.5 * ((mix - best) ** 2).sum())
        own = chance.normal(0, spread, 3) / 10
        effect = depth * (1 + own[0]) + 3 * opened * (1 + own[1]) + 20 * remote * own[2]
        found[outcome] = size * effect + (4.0 * np.sqrt(missions) if outcome == "exporters" else -0.6 * missions)
    found["regional_balance"] = 0.006 * sum(np.sqrt(size) for size in places.values()) ** 0.8
    own = np.random.default_rng([world, *map(ord, identity(dict(point.values)))]).normal(size=3)
    for noise, (outcome, sd) in zip(
        own, (("survivors_5y", 3.0), ("exporters", 3.0), ("regional_balance", 0.004)), strict=True
    ):
        found[outcome] += sd * noise
    months = 250_000 * np.exp(0.3 * chance.normal())
    return found | {"cost": planned + months * remotely}


def runs(experiment: Experiment, points: list[Point], worlds: range, country: str) -> Iterator[dict[str, Any]]:
    """Run policies in worlds, one row each."""
    if country == STYLISED:
        for world, point in product(worlds, points):
            yield {"scenario": point.key, "replication": world, **stylised(experiment, point, world)}
        return
    draws, work = draws_of(POSTERIOR), RunPoints(experiment)
    for world in worlds:
        for first in range(0, len(points), BATCH):
            some = tuple(points[first : first + BATCH])
            for run in work(Chunk("search", world, some, draws.of(world)), experiment.seed, ()):
                yield {"scenario": run.scenario, "replication": world, **run.outcomes}


def pairs(rows: pd.DataFrame, base: pd.DataFrame, keys: list[str], outcomes: list[str]) -> np.ndarray:
    """Differences from the base, (policies, worlds, outcomes)."""
    numbers = rows.set_index(["scenario", "replication"])[outcomes]
    return np.stack([(numbers.loc[key] - base[outcomes].loc[numbers.loc[key].index]).to_numpy(float) for key in keys])


def score(gains: np.ndarray) -> float:
    """The score of policies and of the base from scaled gains, (policies, worlds, aims); the base gains nothing."""
    gains = np.concatenate([gains, np.zeros((1, *gains.shape[1:]))])
    weights = np.random.default_rng(0).dirichlet(np.ones(gains.shape[2]), WEIGHTS)
    halves = [gains[:, part::2].mean(axis=1) @ weights.T for part in (0, 1)]
    found = [halves[1 - part][halves[part].argmax(axis=0), np.arange(WEIGHTS)].mean() for part in (0, 1)]
    return float(np.mean(found))


def contest(experiment: Experiment, given: pd.DataFrame, country: str, name: str, seed: int) -> dict[str, Any]:
    """Let one contestant search, and score what it reports; `given` are the runs of the base and the pilots."""
    base = given[given["scenario"] == experiment.base.key].set_index("replication")
    pilots = given.pivot_table("cost", "replication", "scenario")
    began = time.process_time()
    aims = aims_of(experiment)
    outcomes = [aim.outcome for aim in aims]
    worlds, fresh = range(SEARCHED), range(SEARCHED, SEARCHED + FRESH)
    affordable, space = Affordable(experiment, draws_of(POSTERIOR), fresh), PolicySpace(experiment)
    affordable.learn_pilots(pilots)
    affordable.set_limit(0.0)
    proposals = Blind(space, aims, seed) if name == "blind" else Proposals(space, aims, seed, name)
    tried: list[Point] = []
    found, cost = [], []
    for _ in range(BATCHES):
        batch = [
            Point(f"policy-{len(tried) + place:04d}", space.values(chosen))
            for place, chosen in enumerate(proposals.batch(BATCH, affordable))
        ]
        rows = pd.DataFrame(list(runs(experiment, batch, worlds, country)))
        differences = pairs(rows, base, [point.key for point in batch], [*outcomes, "cost"])
        spent = [
            affordable.expected(point.values, pd.Series(own[:, -1], list(worlds)))
            for point, own in zip(batch, differences, strict=True)
        ]
        means = differences[:, :, :-1].mean(axis=1)
        means[:, [outcome == "cost" for outcome in outcomes]] = np.array(spent)[:, None]
        if isinstance(proposals, Blind):
            proposals.learn(means.tolist(), spent)
        else:
            proposals.learn(means.tolist())
        tried += batch
        found.append(differences[:, :, :-1])
        cost += spent
    limit = affordable.limit or 0.0
    within = [place for place, spent in enumerate(cost) if spent <= limit]
    reported: list[Point] = []
    if within:
        signs = np.array([aim.sign for aim in aims], dtype=float)
        sure = on_frontier(np.concatenate(found)[within] * signs, None)
        reported = [tried[within[place]] for place in np.argsort(-sure, kind="stable")[:REPORTED]]
    gained = [aim for aim in aims if aim.outcome != "cost"]
    gains = np.zeros((0, FRESH, len(gained)))
    if reported:
        rows = pd.DataFrame(list(runs(experiment, reported, fresh, country)))
        names = [aim.outcome for aim in gained]
        scale = np.array([aim.sign / smallest_of(aim.outcome) for aim in gained])
        gains = pairs(rows, base, [point.key for point in reported], names) * scale
    return {
        "country": country, "contestant": name, "seed": seed, "policies": BATCH * BATCHES, "worlds": SEARCHED,
        "fresh": FRESH, "extra": EXTRA, "over_budget": len(tried) - len(within), "score": round(score(gains), 3),
        "seconds": round(time.process_time() - began),
    }  # fmt: skip


def main() -> None:
    """Run the contestants that have no row yet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__.splitlines()[0])
    parser.add_argument("contestants", nargs="*", metavar="CONTESTANT", help=f"of {', '.join(CONTESTANTS)}; or all")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--worlds", action="store_true", help="run the model, not the stylised country")
    asked = parser.parse_args()
    country = MODEL if asked.worlds else STYLISED
    experiment = replace(load_experiment("experiments/search.yaml"), budget=None, extra=EXTRA)
    kept = pd.read_csv(KEPT) if KEPT.exists() else pd.DataFrame(columns=COLUMNS)
    there = set(zip(kept["country"], kept["contestant"], kept["seed"], kept["policies"], strict=True))
    affordable = Affordable(experiment, draws_of(POSTERIOR), range(1))
    base = Point(experiment.base.key, {})
    given = pd.DataFrame(list(runs(experiment, [base, *affordable.pilots], range(SEARCHED + FRESH), country)))
    for seed, name in product(range(1, asked.seeds + 1), asked.contestants or CONTESTANTS):
        if (country, name, seed, BATCH * BATCHES) in there:
            continue
        row = contest(experiment, given, country, name, seed)
        print(row, flush=True)
        fresh = not KEPT.exists()
        with KEPT.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerow(row)


if __name__ == "__main__":
    main()
