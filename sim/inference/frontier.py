"""The result of a search: what each policy changes against the base, and which policies no other beats."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.errors import StudyError, said
from sim.scenario import Scenario, load_scenario
from sim.studies.outcome_effects import outcome_effects
from sim.studies.picks import effective_draws, idle_units, unit_of
from sim.studies.ranking import rank
from sim.studies.results import Results
from sim.studies.smallest import smallest_of
from sim.studies.statistics import Effect

RESAMPLES = 1000
STATES = ("reference", "frontier", "dominated", "over budget", "failed")
"""What a policy of the table is."""
_EFFECT = ("mean", "low", "high", "p_positive", "chance_share", "verdict")


@dataclass(frozen=True)
class Aim:
    """An outcome and its better direction: 1 for up, -1 for down."""

    outcome: str
    sign: int


class Fresh(NamedTuple):
    """The runs by which policies are judged.

    Attributes:
        rows: runs in fresh worlds, one per policy and world; with a column `draw` if parameters are drawn.
        base: key of the policy with which the others are compared.
        idle: numbers of the draws in which a declared spike holds.
        named: keys of the policies that were not found but given, such as the roadmap.
    """

    rows: pd.DataFrame
    base: str
    idle: frozenset[int] = frozenset()
    named: tuple[str, ...] = ()


def non_dominated(values: np.ndarray) -> np.ndarray:
    """Mask of the rows (policies) that no other row dominates: at least equal in all columns (aims), better in one."""
    at_least = (values[:, None] >= values[None]).all(axis=2)
    better = (values[:, None] > values[None]).any(axis=2)
    return ~(at_least & better).any(axis=0)


def frontier_of(fresh: Fresh, means: pd.DataFrame, aims: Sequence[Aim], limit: float | None) -> pd.DataFrame:
    """The table of a search: all policies that were tried; those that were run in fresh worlds have effects.

    Args:
        fresh: the runs in fresh worlds.
        means: mean differences from the base in the worlds of the search, by policy and outcome.
        aims: outcomes and directions.
        limit: the most that a policy may cost beyond the base, in the currency; None for no limit.

    Returns:
        policy, state (one of `STATES`), named, `on_frontier` (share of bootstrap samples of draws, or of worlds if
        parameters are fixed, in which the policy is on the frontier), worlds, draws. Then for each outcome the median
        effect against the base under its name, and `_mean`, `_low`, `_high`, `_p_positive`, `_chance_share` and
        `_verdict`; for each aim `_p_best` and `_regret`, among the policies within the budget, base included. Policies
        without fresh runs have the mean difference of the search only. Sorted by state and by the first aim.
    """
    rows = fresh.rows
    outcomes = list(dict.fromkeys([*(aim.outcome for aim in aims), "cost"]))
    signs = np.array([aim.sign for aim in aims], dtype=float)
    unit = unit_of(rows.columns)
    worlds = rows.drop_duplicates("replication").set_index("replication").sort_index()
    numbers = rows.set_index(["scenario", "replication"])[outcomes]
    keys = [fresh.base, *sorted(set(rows["scenario"]) - {fresh.base})]
    values = np.stack([numbers.loc[key].reindex(worlds.index).to_numpy(float) for key in keys])
    draws = None if unit is None else worlds[unit].to_numpy()
    idle = frozenset[int]() if unit is None else idle_units(rows, fresh.idle)
    most = None if unit is None else effective_draws(rows)
    found: list[dict[str, Any]] = []
    for key, own in zip(keys, values, strict=True):
        effects = outcome_effects(own, values[0], outcomes, draws, idle, most_draws=most)
        row: dict[str, Any] = {"policy": key, "worlds": int((~np.isnan(own).any(axis=1)).sum())}
        row |= {"draws": 0 if draws is None else len(np.unique(draws)), "named": key in fresh.named}
        for outcome, one in zip(outcomes, effects, strict=True):
            row[outcome] = one.median if np.isfinite(one.median) else one.mean
            row |= {f"{outcome}_{name}": getattr(one, name) for name in _EFFECT}
        over = limit is not None and key != fresh.base and row["cost_mean"] > limit
        row["state"] = "over budget" if over else "failed" if not row["worlds"] else "dominated"
        found.append(row)
    kept = [place for place, row in enumerate(found) if row["state"] == "dominated"]
    _compare(found, kept, values[:, :, : len(aims)] * signs, aims, draws)
    found[0]["state"] = "reference"
    for key, mean in means.drop(index=[key for key in keys if key in means.index]).iterrows():
        over = limit is not None and mean["cost"] > limit
        state = "failed" if mean.isna().any() else "over budget" if over else "dominated"
        found.append({"policy": key, "state": state, "worlds": 0, "draws": 0, "named": False, **mean})
    table = pd.DataFrame(found)
    table["state"] = pd.Categorical(table["state"], STATES)
    table = table.sort_values(["state", "worlds", aims[0].outcome], ascending=[True, False, signs[0] < 0])
    columns = ["policy", "state", "named", "on_frontier", "worlds", "draws"]
    return table[[*columns, *(name for name in table if name not in columns)]].reset_index(drop=True)


def _compare(
    found: list[dict[str, Any]], kept: list[int], gains: np.ndarray, aims: Sequence[Aim], draws: np.ndarray | None
) -> None:
    """Compare the policies within the budget with each other, in worlds in which all of them have ended.

    Args:
        found: rows of the table, completed here.
        kept: places of the policies within the budget; the first is the base.
        gains: aims by policy, world and aim, (policies, worlds, aims), where more is better.
        aims: the aims.
        draws: number of the draw of each world; None if the parameters are fixed.
    """
    cube = gains[kept]
    known = ~np.isnan(cube).any(axis=(0, 2))
    cube, units = cube[:, known], None if draws is None else draws[known]
    front, sure = non_dominated(cube.mean(axis=1)), on_frontier(cube, units)
    for order, place in enumerate(kept):
        found[place] |= {"on_frontier": sure[order]} | ({"state": "frontier"} if front[order] else {})
    for column, aim in enumerate(aims):
        ranks = rank(cube[:, :, column].T, units)
        for place, p_best, regret in zip(kept, ranks.p_best.tolist(), ranks.regret.tolist(), strict=True):
            found[place] |= {f"{aim.outcome}_p_best": p_best, f"{aim.outcome}_regret": regret}


def on_frontier(gains: np.ndarray, draws: np.ndarray | None) -> np.ndarray:
    """Share of bootstrap samples in which each policy is on the frontier, (policies,).

    Args:
        gains: aims by policy, world and aim, (policies, worlds, aims), where more is better.
        draws: number of the draw of each world, (worlds,), which are sampled whole; None to sample worlds.
    """
    if draws is not None:
        numbers = np.unique(draws)
        gains = np.stack([gains[:, draws == number].mean(axis=1) for number in numbers], axis=1)
    units = gains.shape[1]
    chance, hits = np.random.default_rng(1), np.zeros(len(gains))
    for _ in range(RESAMPLES):
        hits += non_dominated(gains[:, chance.integers(units, size=units)].mean(axis=1))
    return hits / RESAMPLES


class SearchAnswer(ABC):
    """What a search found, wherever it is kept: in its result folder, or with the program.

    Attributes:
        manifest: what the search noted: `outcomes`, `signs`, `base`, `base_cost`, `limit`, `policies` and so on.
    """

    manifest: Any

    @property
    @abstractmethod
    def frontier(self) -> pd.DataFrame:
        """The policies that were tried: see `frontier_of`."""

    @abstractmethod
    def scenario(self, key: str) -> Scenario:
        """A policy that was run in fresh worlds."""

    @property
    def aims(self) -> dict[str, int]:
        """The better direction of each outcome: 1 for up, -1 for down."""
        return dict(zip(self.manifest["outcomes"], self.manifest["signs"], strict=True))

    @property
    def base(self) -> str:
        """Key of the policy with which the others are compared."""
        found: str = self.manifest["base"]
        return found

    @property
    def policies_within(self) -> pd.DataFrame:
        """The rows of `frontier` that were run in fresh worlds and are within the budget, except the base."""
        table = self.frontier
        return table[(table["worlds"] > 0) & table["state"].isin(["frontier", "dominated"])]

    @property
    def gives_up_least(self) -> str | None:
        """The policy with the least regret over all aims but cost, in smallest sizes that matter; None if none is."""
        within, aims = self.policies_within, [name for name in self.aims if name != "cost"]
        if within.empty or not aims:
            return None
        regrets = within[[f"{name}_regret" for name in aims]].to_numpy(float)
        sizes = [smallest_of(name) or float(most) or 1.0 for name, most in zip(aims, regrets.max(axis=0), strict=True)]
        return str(within["policy"].iloc[int((regrets / sizes).sum(axis=1).argmin())])

    def best(self, outcome: str) -> str | None:
        """The policy within the budget that changes an aim most for the better; None if none is within the budget."""
        within = self.policies_within
        if within.empty:
            return None
        return str(within["policy"].iloc[int((within[outcome].to_numpy(float) * self.aims[outcome]).argmax())])


class Frontier(SearchAnswer, Results):
    """The result of `search`."""

    kind = "search"

    @cached_property
    def frontier(self) -> pd.DataFrame:
        """All policies that were tried: see `frontier_of`.

        Raises:
            StudyError: an older version made the result.
        """
        found = self.store.frame("frontier.csv")
        if "cost_p_positive" not in found:
            raise StudyError(
                said(
                    "{folder} holds a search of an older version, without differences: run it again", folder=self.folder
                )
            )
        return found

    @cached_property
    def policies(self) -> pd.DataFrame:
        """Values of the factors by policy."""
        paths = [
            name for name in self.runs if name in self.manifest["options"]["factors"] or name == "network.openings"
        ]
        return self.runs.drop_duplicates("scenario").set_index("scenario")[paths]

    def scenario(self, key: str) -> Scenario:
        """A policy that was run in fresh worlds, from its file."""
        return load_scenario(self.store.resolved(key))


def effect_of(row: Any, outcome: str) -> Effect:
    """The effect on an outcome in a row of the table, with what the table keeps of it."""
    mean, low, high, positive, chance, verdict = (row[f"{outcome}_{name}"] for name in _EFFECT)
    return Effect(
        mean, row[outcome], low, high, positive, chance, int(row["worlds"]), int(row["draws"]), verdict=verdict
    )
