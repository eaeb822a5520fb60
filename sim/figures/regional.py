"""What the map shows: five-year survival by region, and hubs with their places and residents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.calendar import months_between
from sim.experiment.statistics import Effect, effect

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

    def influence(self) -> np.ndarray:
        """What each replication adds to the error of `rate`, to first order (delta method for a ratio)."""
        share = self.survivors.sum() / self.founders.sum()
        return 100 * (self.survivors - share * self.founders) / self.founders.mean()


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
            np.array([draws[int(world)] for world in worlds]) if draws else None,
        )
    return found


def _window(regions: pd.DataFrame, month: str) -> list[str]:
    return [name for name in regions["month"].unique() if 0 <= months_between(name, month) < WINDOW]


def gap(policy: Survival, reference: Survival) -> tuple[float, Effect]:
    """Difference of two rates, and the effect behind it, both in percentage points.

    The effect is not defined where the replications are not the same, or a rate is not known.
    """
    difference = policy.rate - reference.rate
    if math.isnan(difference) or policy.founders.shape != reference.founders.shape:
        return difference, Effect()
    moved = difference + policy.influence() - reference.influence()
    return difference, effect(moved, np.zeros_like(moved), policy.draws)


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
