"""What the map shows: five-year survival by region, and hubs with their places and residents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.declare.calendar import months_between
from sim.parameters.idle import zero_by_structure
from sim.studies.statistics import Effect, effect

WINDOW = 36
"""Months of fifth birthdays that are counted together."""
FEW = 30
"""Founders, over all replications, below which a rate is not shown."""


@dataclass(frozen=True)
class Survival:
    """Survival of one region's startups to their fifth birthday, by replication.

    Attributes:
        survivors, founders: numbers of startups.
        draws: which parameters each replication lived under; None when they were fixed.
    """

    survivors: np.ndarray
    founders: np.ndarray
    draws: np.ndarray | None = None

    @property
    def known(self) -> bool:
        """Whether there are enough founders for a rate."""
        return float(self.founders.sum()) >= FEW

    @property
    def rate(self) -> float:
        """Survivors per hundred founders, all replications together; NaN where there are too few."""
        return 100 * float(self.survivors.sum() / self.founders.sum()) if self.known else math.nan

    @property
    def founders_per_replication(self) -> float:
        """Mean number of founders."""
        return float(self.founders.mean())

    def by_world(self) -> np.ndarray:
        """Survivors per hundred founders of each replication, to first order (delta method for a ratio).

        Their mean is the rate of all replications together; under draws, the mean of each draw is that of the draw.
        """
        draws = np.zeros(len(self.founders)) if self.draws is None else self.draws
        _, group = np.unique(draws, return_inverse=True)
        survivors, founders = (np.bincount(group, column)[group] for column in (self.survivors, self.founders))
        share = np.divide(survivors, founders, out=np.full(founders.shape, np.nan), where=founders > 0)
        mean = founders / np.bincount(group)[group]
        found: np.ndarray = 100 * (share + (self.survivors - share * self.founders) / np.where(founders > 0, mean, 1.0))
        return found


def survival_by_region(
    regions: pd.DataFrame, scenario: str, month: str, draws: Mapping[int, int] | None = None
) -> dict[str, Survival]:
    """Survival by region over the `WINDOW` months to `month`.

    Args:
        regions: scenario, replication, month, region, founders_5y, survivors_5y.
        scenario: key of the policy.
        month: last month counted.
        draws: which parameters each replication lived under, if they differed.
    """
    rows = regions[(regions["scenario"] == scenario) & regions["month"].isin(_window(regions, month))]
    totals = rows.groupby(["region", "replication"], observed=True)[["survivors_5y", "founders_5y"]].sum()
    found = {}
    for region, part in totals.groupby(level=0, observed=True):
        worlds = part.index.get_level_values("replication")
        found[str(region)] = Survival(
            part["survivors_5y"].to_numpy(dtype=float),
            part["founders_5y"].to_numpy(dtype=float),
            np.array([draws.get(int(world), -1) for world in worlds]) if draws else None,
        )
    return found


def _window(regions: pd.DataFrame, month: str) -> list[str]:
    return [name for name in regions["month"].unique() if 0 <= months_between(name, month) < WINDOW]


def gap(policy: Survival, reference: Survival, idle: frozenset[int] = frozenset()) -> Effect:
    """What a policy changes of a rate, in percentage points; draws that are `idle` have no effect.

    Not defined where the replications are not the same, or a rate is not known.
    """
    if not (policy.known and reference.known) or policy.founders.shape != reference.founders.shape:
        return Effect()
    mine, theirs = policy.by_world(), reference.by_world()
    nothing = None if policy.draws is None else zero_by_structure((mine - theirs)[:, None], policy.draws, idle)
    return effect(mine, theirs, policy.draws, off=None if nothing is None else nothing[:, 0])


@dataclass(frozen=True)
class MapHub:
    """A hub on the map: means over replications at one month."""

    name: str
    city: str
    places: float
    residents: float


def hubs_at(hubs: pd.DataFrame, scenario: str, month: str, cities: dict[str, str]) -> list[MapHub]:
    """The hubs that have places in `month`, largest first.

    Args:
        hubs: scenario, replication, month, hub, places, residents.
        scenario: key of the policy.
        month: the month shown.
        cities: city by hub; a hub that is not listed is looked for in the city of its own name.
    """
    rows = hubs[(hubs["scenario"] == scenario) & (hubs["month"] == month)]
    means = rows.groupby("hub", observed=True)[["places", "residents"]].mean()
    shown = means[means["places"] > 0].sort_values("places", ascending=False, kind="stable")
    return [
        MapHub(str(name), cities.get(str(name), str(name)), float(row["places"]), float(row["residents"]))
        for name, row in shown.iterrows()
    ]
