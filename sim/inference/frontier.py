"""The frontier of several aims: the policies that no other policy dominates, and how certain that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim.studies.picks import unit_of
from sim.studies.results import Results
from sim.studies.statistics import level as level_of

RESAMPLES = 1000


@dataclass(frozen=True)
class Aim:
    """An outcome and its better direction: 1 for up, -1 for down."""

    outcome: str
    sign: int


def non_dominated(values: np.ndarray) -> np.ndarray:
    """Mask of the rows (policies) that no other row dominates: at least equal in all columns (aims), better in one."""
    at_least = (values[:, None] >= values[None]).all(axis=2)
    better = (values[:, None] > values[None]).any(axis=2)
    return ~(at_least & better).any(axis=0)


def frontier_of(rows: pd.DataFrame, means: pd.DataFrame, aims: Sequence[Aim], budget: float | None) -> pd.DataFrame:
    """The table of a search: all policies that were tried; those that were run in fresh worlds have intervals.

    Args:
        rows: runs in fresh worlds, one per policy and world; with a column `draw` if parameters are drawn.
        means: means of the search by policy. Means of policies without fresh runs are shifted by the average difference
            between fresh worlds and the worlds of the search, which is the luck of the two sets.
        aims: outcomes and directions.
        budget: largest cost, in millions of the currency; None for no limit.

    Returns:
        policy, state (`frontier`, `dominated`, `over budget` or `failed`), `on_frontier` (share of bootstrap samples of
        draws, or of worlds if parameters are fixed, in which the policy is on the frontier), worlds, draws, and each
        outcome with `_low` and `_high`. Sorted by state and by the first aim.
    """
    outcomes = list(dict.fromkeys([*(aim.outcome for aim in aims), "cost"]))
    signs = np.array([aim.sign for aim in aims])
    found = []
    fresh = sorted(rows["scenario"].unique())
    unit = unit_of(rows.columns) or "replication"
    cube = np.stack(
        [rows.pivot_table(aim.outcome, unit, "scenario", dropna=False)[fresh].to_numpy() for aim in aims], axis=2
    )
    cube = cube[~np.isnan(cube).any(axis=(1, 2))]
    share = _on_frontier(cube * signs)
    on_it = non_dominated(cube.mean(axis=0) * signs)
    for place, key in enumerate(fresh):
        own = rows[rows["scenario"] == key]
        draws = None if unit == "replication" else own[unit].to_numpy()
        row: dict[str, Any] = {
            "policy": key,
            "worlds": len(own),
            "draws": 0 if draws is None else len(np.unique(draws)),
        }
        for outcome in outcomes:
            level = level_of(own[outcome], draws)
            row |= {outcome: level.mean, f"{outcome}_low": level.low, f"{outcome}_high": level.high}
        over = budget is not None and row["cost"] > budget * 1e6
        row["state"] = "over budget" if over else "frontier" if on_it[place] else "dominated"
        found.append(row | {"on_frontier": share[place]})
    again = pd.DataFrame(found).set_index("policy")[outcomes]
    moved = means + (again - means.loc[fresh, outcomes]).mean()
    for key, values in moved.drop(index=fresh).iterrows():
        over = budget is not None and values["cost"] > budget * 1e6
        state = "failed" if values.isna().any() else "over budget" if over else "dominated"
        found.append({"policy": key, "state": state, "worlds": 0, "draws": 0, **values})
    table = pd.DataFrame(found)
    order = ["frontier", "dominated", "over budget", "failed"]
    table["state"] = pd.Categorical(table["state"], order)
    table = table.sort_values(["state", "worlds", aims[0].outcome], ascending=[True, False, signs[0] < 0])
    columns = ["policy", "state", "on_frontier", "worlds", "draws"]
    return table[[*columns, *(name for name in table if name not in columns)]].reset_index(drop=True)


def _on_frontier(cube: np.ndarray) -> np.ndarray:
    """Share of bootstrap samples of draws or worlds (first axis) in which each policy (second) is on the frontier."""
    units = len(cube)
    chance = np.random.default_rng(1)
    hits = np.zeros(cube.shape[1])
    for _ in range(RESAMPLES):
        hits += non_dominated(cube[chance.integers(units, size=units)].mean(axis=0))
    return hits / RESAMPLES


class Frontier(Results):
    """The result of `search`."""

    kind = "search"

    @cached_property
    def frontier(self) -> pd.DataFrame:
        """All policies that were tried: see `frontier_of`."""
        found = self.store.frame("frontier.csv")
        return found if "draws" in found else found.assign(draws=0)

    @property
    def aims(self) -> dict[str, int]:
        """The better direction of each outcome: 1 for up, -1 for down."""
        return dict(zip(self.manifest["outcomes"], self.manifest["signs"], strict=True))

    @cached_property
    def policies(self) -> pd.DataFrame:
        """Values of the factors by policy."""
        paths = [
            name for name in self.runs if name in self.manifest["options"]["factors"] or name == "network.openings"
        ]
        return self.runs.drop_duplicates("scenario").set_index("scenario")[paths]
