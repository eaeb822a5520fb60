"""Data that nobody has published yet, computed from simulated worlds to assess how informative they would be.

Each entry of `MISSING_DATA` is a few numbers that could be computed from a file of the operator. They include the
chance of one country's history, because each is measured in a single simulated world.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from sim.declare.states import Cause
from sim.inference.panel import Panel, mean_or_nan

Cohort = tuple[np.ndarray, np.ndarray]
"""Keys of the startups of a cohort, and their months of admission; (startups,) each."""
MISSING_DATA: dict[str, tuple[str, ...]] = {
    "cohort table of admissions": tuple(f"cohort_{months}m" for months in (12, 24, 36, 48, 60)),
    "outcomes of rejected applicants": ("rejected_60m", "admitted_minus_rejected", "near_threshold_gap"),
    "applicants who gave up waiting": ("gave_up_60m", "admitted_minus_gave_up", "gave_up_count"),
    "waiting times": ("wait_mean", "wait_gap"),
    "staggered openings": ("opened_minus_not_yet",),
    "foundings around openings": ("foundings_opened_minus_not_yet",),
    "hours per startup": ("growth_per_hour", "growth_inside_minus_outside"),
}
"""Missing facts, and the observables of each."""

_NEVER = 10_000
"""Month of opening where no hub ever opens."""
_MARGIN = 0.5
"""Largest distance from the threshold, in standard deviations of the score, that counts as near."""


def designs_in(observables: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The entries of `MISSING_DATA` all of whose observables are among some, as those that an older bank has."""
    return {design: names for design, names in MISSING_DATA.items() if set(names) <= set(observables)}


def missing_data_of(world: Panel, cohort: Cohort) -> dict[str, float]:
    """The observables of all missing facts in one world for a cohort; NaN for an empty group."""
    keys, admitted = cohort
    values = {
        f"cohort_{months}m": mean_or_nan(world.success(keys, admitted, months)) for months in (12, 24, 36, 48, 60)
    }
    applicants = _applicants(world, admitted)
    rejected, gave_up = _rejected(world, applicants), _gave_up(world, applicants)
    return values | rejected | gave_up | _waiting(world, applicants) | _openings(world) | _hours(world, keys)


def _applicants(world: Panel, admitted: np.ndarray) -> np.ndarray:
    """Rows of the startups that applied in the period in which the cohort was admitted."""
    register = world.register
    first, last = (admitted.min(), admitted.max()) if admitted.size else (0, -1)
    return np.flatnonzero((register.applied >= first) & (register.applied <= last))


def _rejected(world: Panel, rows: np.ndarray) -> dict[str, float]:
    """Success 60 months after application, of applicants above and below the threshold of the score."""
    register = world.register
    success = world.success(register.key[rows], register.applied[rows])
    score = register.score[rows] - world.model.parameters.admission.threshold
    above, near = score > 0, np.abs(score) < _MARGIN
    hosted = register.admitted[rows] >= 0
    return {
        "rejected_60m": mean_or_nan(success[~above]),
        "admitted_minus_rejected": mean_or_nan(success[hosted]) - mean_or_nan(success[~hosted]),
        "near_threshold_gap": mean_or_nan(success[above & near]) - mean_or_nan(success[~above & near]),
    }


def _gave_up(world: Panel, rows: np.ndarray) -> dict[str, float]:
    """Success 60 months after application, of those above the threshold whose patience ended before a place was free.

    They would have been admitted, so they differ from the admitted by chance, and by having been alive when they gave
    up. Those who closed while they waited are left out: they would make the admitted look better than they are, because
    who is admitted has not closed before.
    """
    register, admission = world.register, world.model.parameters.admission
    success = world.success(register.key[rows], register.applied[rows])
    hosted, above = register.admitted[rows] >= 0, register.score[rows] > admission.threshold
    off_the_list = np.floor(register.applied[rows] + admission.patience) + 1
    waited = (register.cause[rows] == Cause.ACTIVE) | (register.closed[rows] >= off_the_list)
    gave_up = above & ~hosted & waited
    return {
        "gave_up_60m": mean_or_nan(success[gave_up]),
        "admitted_minus_gave_up": mean_or_nan(success[hosted]) - mean_or_nan(success[gave_up]),
        "gave_up_count": float(np.count_nonzero(gave_up)),
    }


def _waiting(world: Panel, rows: np.ndarray) -> dict[str, float]:
    """Mean wait in months, and success after a wait of at most one month minus success after more than three."""
    register = world.register
    rows = rows[register.admitted[rows] >= 0]
    wait = register.admitted[rows] - register.applied[rows]
    success = world.success(register.key[rows], register.applied[rows])
    return {
        "wait_mean": mean_or_nan(wait),
        "wait_gap": mean_or_nan(success[wait <= 1]) - mean_or_nan(success[wait > 3]),
    }


def _first_openings(world: Panel) -> np.ndarray:
    """Month in which the first hub of each region opens, (regions,); `_NEVER` without one."""
    model = world.model
    opens = np.full(len(model.geography.regions), _NEVER)
    for hub in model.hubs:
        region = model.geography.city_region[hub.city]
        opens[region] = min(opens[region], hub.plan.opens)
    return opens


def _openings(world: Panel) -> dict[str, float]:
    """What changes in a region whose first hub opens, minus the change in regions without hubs, over five years.

    Five-year survival of founders; and the logarithm of the number of startups founded, whoever founds them.
    """
    model, register = world.model, world.register
    opens = _first_openings(world)
    survived = register.survived()
    followed = register.base & (register.founded + 60 < model.months_done)
    others = np.isin(register.region, np.flatnonzero(opens == _NEVER))
    gaps, foundings = [], []
    for region, month in enumerate(opens):
        if not model.months_until("2012-06") < month < model.months_until("2020-01"):
            continue
        near, after = np.abs(register.founded - month) <= 30, register.founded >= month
        here = register.region == region
        sides = [[near & group & after, near & group & ~after] for group in (here, others)]
        change = [
            mean_or_nan(survived[followed & later]) - mean_or_nan(survived[followed & before])
            for later, before in sides
        ]
        gaps.append(change[0] - change[1])
        counts = np.array([[np.count_nonzero(some) for some in side] for side in sides]) + 0.5
        foundings.append(np.log(counts[0, 0] / counts[0, 1]) - np.log(counts[1, 0] / counts[1, 1]))
    return {
        "opened_minus_not_yet": mean_or_nan(np.array(gaps)),
        "foundings_opened_minus_not_yet": mean_or_nan(np.array(foundings)),
    }


def _hours(world: Panel, cohort: np.ndarray) -> dict[str, float]:
    """Growth of log revenue in the two years after admission: per 100 hours of accompaniment, and against outsiders."""
    (start, before), (end, after) = world.revenue_at(0), world.revenue_at(24)
    common, left, right = np.intersect1d(start, end, assume_unique=True, return_indices=True)
    mine = np.isin(common, cohort)
    growth = (after[right] - before[left])[mine]
    rows, _ = world.find(common[mine])
    hours = np.maximum(world.register.hours_total[rows], 1.0)
    earlier, later = world.snapshots["2021-12"], world.snapshots["2023-12"]
    _, left, right = np.intersect1d(earlier["key"], later["key"], assume_unique=True, return_indices=True)
    change = np.log(later["revenue"][right] / earlier["revenue"][left])
    inside = (earlier["hub"][left] >= 0) & (later["hub"][right] >= 0)
    young = world.model.months_until("2021-12") - earlier["founded"][left] <= 60
    return {
        "growth_per_hour": 100 * mean_or_nan(growth / hours),
        "growth_inside_minus_outside": mean_or_nan(change[inside & young]) - mean_or_nan(change[~inside & young]),
    }
