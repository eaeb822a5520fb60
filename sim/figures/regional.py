"""The data of the map: five-year survival by region, and hubs with their places and residents."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.declare.calendar import months_between

BIRTHDAY_MONTHS = 36
"""Number of months whose fifth birthdays are counted together."""
FEWEST_FOUNDERS = 30
"""Smallest number of founders, over all replications, for which a rate is shown."""


@dataclass(frozen=True)
class Survival:
    """Survival of one region's startups to their fifth birthday, by replication.

    Attributes:
        survivors, founders: numbers of startups.
    """

    survivors: np.ndarray
    founders: np.ndarray

    @property
    def known(self) -> bool:
        """Whether there are enough founders for a rate."""
        return float(self.founders.sum()) >= FEWEST_FOUNDERS

    @property
    def rate(self) -> float:
        """Survivors per hundred founders over all replications; NaN where there are too few founders."""
        return 100 * float(self.survivors.sum() / self.founders.sum()) if self.known else math.nan

    @property
    def founders_per_replication(self) -> float:
        """Mean number of founders."""
        return float(self.founders.mean())


def survival_by_region(regions: pd.DataFrame, scenario: str, month: str) -> dict[str, Survival]:
    """Survival by region over the `BIRTHDAY_MONTHS` months that end with `month`.

    Args:
        regions: scenario, replication, month, region, founders_5y, survivors_5y.
        scenario: key of the policy.
        month: last month counted.
    """
    rows = regions[(regions["scenario"] == scenario) & regions["month"].isin(_window(regions, month))]
    totals = rows.groupby(["region", "replication"], observed=True)[["survivors_5y", "founders_5y"]].sum()
    found = {}
    for region, part in totals.groupby(level=0, observed=True):
        found[str(region)] = Survival(
            part["survivors_5y"].to_numpy(dtype=float),
            part["founders_5y"].to_numpy(dtype=float),
        )
    return found


def _window(regions: pd.DataFrame, month: str) -> list[str]:
    return [name for name in regions["month"].unique() if 0 <= months_between(name, month) < BIRTHDAY_MONTHS]


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
        cities: city by hub; a hub that is not listed is placed in the city of its own name.
    """
    rows = hubs[(hubs["scenario"] == scenario) & (hubs["month"] == month)]
    means = rows.groupby("hub", observed=True)[["places", "residents"]].mean()
    shown = means[means["places"] > 0].sort_values("places", ascending=False, kind="stable")
    return [
        MapHub(str(name), cities.get(str(name), str(name)), float(row["places"]), float(row["residents"]))
        for name, row in shown.iterrows()
    ]
