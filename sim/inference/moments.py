"""Moments: the observables of one replication that are compared with facts, or that missing data could show.

A replication has two worlds on the same random numbers: the actual world, and a placebo world in which the same
startups are admitted to the same hubs in the same months, but the hubs do nothing. `sim.inference.observables` reads
the facts in the actual world.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.declare.calendar import months_between
from sim.declare.states import LeftHub
from sim.inference.dated import ratio
from sim.inference.entry import FOUNDERS, net_founders
from sim.inference.missing_data import Cohort, missing_data_of
from sim.inference.observables import COHORT, SNAPSHOTS, FactReader
from sim.inference.panel import Panel, mean_or_nan, record_worlds

if TYPE_CHECKING:
    from sim.scenario import Scenario

LAST = "2025-12"
"""Last month with a fact."""
FOLLOWED_TO = "2024-06"
"""Last month in which the cohort is followed."""

NULL_SERVICES: dict[str, bool] = {
    "accompaniment.enabled": False,
    "rent.enabled": False,
    "referral.enabled": False,
    "coordinators.enabled": False,
    "contacts.inside_hubs": False,
    "fairs.reserved": False,
}
"""Values with which hubs admit startups as always but do nothing for them."""


@dataclass
class PlaceboPair:
    """The two worlds of a replication, as panels."""

    actual: Panel
    placebo: Panel

    @classmethod
    def run(cls, scenario: Scenario, seed: int, replication: int) -> PlaceboPair:
        """Run the actual world until the last fact, and its placebo world until the end of the cohort's follow-up."""
        scenario = scenario.with_values({"time.end": LAST})
        idle = scenario.with_values(NULL_SERVICES)
        followed = months_between(scenario.start, FOLLOWED_TO) + 1
        return cls(*record_worlds([scenario, idle], [scenario.months, followed], seed, replication, SNAPSHOTS))

    @property
    def cohort(self) -> Cohort:
        """Keys of the startups admitted in `COHORT`, and their months of admission."""
        return cohort(self.actual)

    def measure(self) -> dict[str, float]:
        """All moments by name: the facts by their id, then moments without a fact."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # the mean of an empty group is NaN, as intended
            reader = FactReader(self.actual)
            values = treatment(self) | missing_data_of(self.actual, self.cohort)
            values[FOUNDERS] = float(net_founders(self.actual.model.scenario.values).item())
            return reader.facts(values) | reader.readings() | values


def cohort(world: Panel) -> Cohort:
    """Keys of the startups admitted in `COHORT` in a world, and their months of admission."""
    register, model = world.register, world.model
    first, last = (model.months_until(month) for month in COHORT)
    chosen = np.flatnonzero((register.admitted >= first) & (register.admitted <= last))
    return register.key[chosen], register.admitted[chosen]


def treatment(twins: PlaceboPair) -> dict[str, float]:
    """Effects of accompaniment on the admitted: the same startups in the actual minus the placebo world.

    `effect_survival_5y` is the effect on the cohort success rate (ATT). `selection` is the success of these startups in
    the placebo world minus the success of all founders there.
    """
    keys, admitted = twins.cohort
    actual, placebo = twins.actual, twins.placebo
    success = [float(world.success(keys, admitted).mean()) for world in (actual, placebo)]
    funded = [float(world.funded_24(keys, admitted).mean()) for world in (actual, placebo)]
    exporting = [export_start(world, keys, admitted) for world in (actual, placebo)]
    founders = placebo.register.base
    first, last = (placebo.model.months_until(month) for month in COHORT)
    founders &= (placebo.register.founded >= first) & (placebo.register.founded <= last)
    baseline = placebo.success(placebo.register.key[founders], placebo.register.founded[founders]).mean()
    return {
        "effect_survival_5y": success[0] - success[1],
        "effect_log_revenue_12m": revenue_effect(twins, 12),
        "effect_funding_ratio_24m": ratio(funded[0], funded[1]),
        "effect_export_ratio_24m": ratio(exporting[0], exporting[1]),
        "effect_half_life": half_life(twins),
        "selection": success[1] - float(baseline),
    }


def export_start(world: Panel, keys: np.ndarray, since: np.ndarray) -> float:
    """Share of startups that first export within 24 months after `since`, among those not exporting until then."""
    rows, known = world.find(keys)
    first = world.register.first_export[rows]
    fresh = known & ((first < 0) | (first > since))
    return ratio(np.count_nonzero(fresh & (first > since) & (first <= since + 24)), np.count_nonzero(fresh))


def revenue_effect(twins: PlaceboPair, age: int, among: np.ndarray | None = None) -> float:
    """Mean difference of log revenue `age` months after admission, for startups active in both worlds."""
    keys = twins.cohort[0] if among is None else among
    (mine, values), (theirs, others) = twins.actual.revenue_at(age), twins.placebo.revenue_at(age)
    common, left, right = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    kept = np.isin(common, keys)
    return mean_or_nan((values[left] - others[right])[kept])


def half_life(twins: PlaceboPair) -> float:
    """Months after graduation until the graduates' revenue effect has halved; 48 if it never does."""
    register = twins.actual.register
    graduates = register.key[(register.left_reason == LeftHub.GRADUATED)]
    path = [revenue_effect(twins, age, graduates) for age in (60, 72, 84, 96, 108)]
    if not path[0] > 0:
        return np.nan
    below = [index for index, effect in enumerate(path) if effect < path[0] / 2]
    return 12.0 * below[0] if below else 48.0
