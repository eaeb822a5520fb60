"""What a policy costs by its plan alone, before a world is run: the law of `sim.processes.costs` without startups.

Capital, running cost, the hours of the hubs' mentors and the value of buildings follow exactly from the plan. Missions
and fairs cost at most what all their places cost. Grants, and the hours of startups that are accompanied remotely,
depend on the world: `sim.inference.affordable` measures them in a few worlds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare.calendar import months_between
from sim.model.setup import hub_plans
from sim.processes.costs import KINDS, PARTS, to_date
from sim.processes.fairs import calendar

if TYPE_CHECKING:
    from sim.model.hub import HubPlan
    from sim.scenario import Scenario

THOUSAND = 1000.0
"""Amounts of the ledger are in thousands of the currency."""


def planned_cost(scenario: Scenario) -> dict[str, float]:
    """The discounted cost from the present to the end by part of `PARTS`, in the currency; grants count as nothing.

    `capital`, `running`, `residual`, and `mentors` without remote hours are exact; `missions` and `fairs` are the most
    that they can cost.
    """
    present, months = scenario.present_months, scenario.months
    paid = np.zeros((months, len(KINDS)))
    plans = hub_plans(scenario) if scenario.parameters.network.enabled else []
    places = np.array([_places(plan, months) for plan in plans]).reshape(len(plans), months)
    prices = scenario.parameters.costs
    for plan in plans:
        if plan.opens < months and (plan.closes is None or plan.opens <= plan.closes):
            paid[plan.opens, KINDS.index("capital")] += plan.capital
    paid[:, KINDS.index("running")] = places.sum(axis=0) * prices.running_cost_per_place_year / 12
    paid[:, KINDS.index("mentors")] = _hours(scenario, plans, places) * prices.mentor_hour
    paid[:, KINDS.index("missions")] = _missions(scenario, places)
    paid[:, KINDS.index("fairs")] = _fairs(scenario)
    parts = THOUSAND * to_date(paid[present:], prices)[-1]
    return dict(zip(PARTS, parts.tolist(), strict=True))


def remote_price(scenario: Scenario) -> float:
    """What a month of one startup that is accompanied remotely costs, in the currency, not discounted."""
    own = scenario.parameters.accompaniment
    price = own.remote_fraction * own.hours_per_startup * scenario.parameters.costs.mentor_hour
    return THOUSAND * price if own.enabled else 0.0


def _places(plan: HubPlan, months: int) -> np.ndarray:
    """Places of a hub in each month, (months,); 0 while it is closed."""
    found = np.zeros(months)
    for month, places in plan.steps:
        found[month:] = places
    if plan.closes is not None:
        found[plan.closes :] = 0
    return found


def _hours(scenario: Scenario, plans: list[HubPlan], places: np.ndarray) -> np.ndarray:
    """Mentor hours of all hubs in each month, (months,)."""
    own = scenario.parameters.accompaniment
    whole = places.sum(axis=0)
    if own.mentor_hours_total is not None:
        return np.where(whole > 0, own.mentor_hours_total, 0.0)
    hours = own.hours_per_startup * places
    for row, plan in enumerate(plans):
        if plan.mentor_hours is not None:
            hours[row] = np.where(places[row] > 0, plan.mentor_hours, 0.0)
    total: np.ndarray = hours.sum(axis=0)
    return total


def _missions(scenario: Scenario, places: np.ndarray) -> np.ndarray:
    """The most that missions cost in each month, (months,): all places taken, as far as a hub has residents."""
    own = scenario.parameters.missions
    if not own.enabled:
        return np.zeros(places.shape[1])
    first = months_between(f"{scenario.start[:4]}-01", scenario.start)
    of_year = (first + np.arange(places.shape[1])) % 12
    due = (of_year + 1) * own.per_year // 12 - of_year * own.per_year // 12
    found: np.ndarray = np.minimum(due * own.places, places).sum(axis=0) * scenario.parameters.costs.mission_place
    return found


def _fairs(scenario: Scenario) -> np.ndarray:
    """The most that fairs cost in each month after the present, (months,)."""
    own = scenario.parameters.fairs
    found = np.zeros(scenario.months)
    if own.enabled:

        def until(month: str) -> int:
            return months_between(scenario.start, month)

        due = [month for month in calendar(until, own.month, scenario.months) if month >= 0]
        found[due] = own.places * own.subsidy * scenario.parameters.costs.fair_place
    return found
