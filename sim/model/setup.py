"""Building a world: the hubs and funders of the record, and the hubs that a policy adds."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sim.country.data import table
from sim.country.geography import geography
from sim.country.hubs import open_hubs
from sim.declare.calendar import months_between
from sim.model.funder import FunderPlan, FunderTerms
from sim.model.hub import HubPlan

if TYPE_CHECKING:
    from sim.processes.network import Parameters as Network
    from sim.scenario import Scenario

FOREVER = 10**6
"""Last month of terms without an end."""


@cache
def _rows(name: str) -> list[dict[str, Any]]:
    frame = table(name).astype(object)
    records = frame.where(frame.notna(), None).to_dict("records")
    return [{str(key): value for key, value in record.items()} for record in records]


def openings(network: Network) -> list[tuple[str, str, int | None, float | None]]:
    """Hub, month, places and mentor hours of each new hub, in order.

    Without `openings`, the first hubs of the roadmap open, until there are `hubs_by_2027` with those of the record.
    """
    new = network.hubs_by_2027 and network.hubs_by_2027 - len(open_hubs())
    if network.openings is not None:
        planned = [(new.hub, new.opens, new.places, new.mentor_hours) for new in network.openings]
        return planned[:new]
    if new is None:
        return []
    announced = [row for row in _rows("hubs") if row["status"] == "announced"]
    return [(row["hub"], row["opens"], int(row["places"]), None) for row in announced[:new]]


def common_months(one: Scenario, other: Scenario) -> int:
    """For how many months, from the start, worlds under both are the same.

    0 if their pasts differ; else the number of months until `present` or, if they differ in new hubs alone, until the
    first hub opens that only one of them has: a hub that is planned changes no number.
    """
    if one.history_digest != other.history_digest:
        return 0
    if one.digest_without_openings != other.digest_without_openings:
        return one.present_months
    planned = [openings(scenario.parameters.network) for scenario in (one, other)]
    alike = 0
    while alike < min(map(len, planned)) and planned[0][alike] == planned[1][alike]:
        alike += 1
    return min([one.months, *(months_between(one.start, opens) for plan in planned for _, opens, *_ in plan[alike:])])


def hub_plans(scenario: Scenario) -> list[HubPlan]:
    """Plans of the open hubs, then of the policy's new ones."""
    network, start = scenario.parameters.network, scenario.start
    closes = {closure.hub: months_between(start, closure.closes) for closure in network.closures}
    known = {row["hub"]: row for row in _rows("hubs")}
    city_index = geography().city_index
    plans = []
    for row in known.values():
        if row["status"] != "open":
            continue
        name = row["hub"]
        steps = tuple(
            (max(0, months_between(start, step["from"])), int(step["places"]))
            for step in _rows("hub_places")
            if step["hub"] == name
        )
        capital = float(row["capital_kmad"] or 0.0)
        plans.append(HubPlan(name, city_index[row["city"]], steps, capital, closes.get(name)))
    per_place = scenario.parameters.costs.capital_per_place
    for name, opens, places, mentor_hours in openings(network):
        row = known.get(name, {})
        size = int(row["places"]) if places is None else places
        known_cost = row.get("capital_kmad")
        capital = float(known_cost) * size / int(row["places"]) if known_cost else per_place * size
        city = city_index[row.get("city", name)]
        steps = ((months_between(start, opens), size),)
        plans.append(HubPlan(name, city, steps, capital, closes.get(name), mentor_hours))
    return plans


@lru_cache
def funder_plans(start: str) -> tuple[FunderPlan, ...]:
    """The funders of a world that begins in a month; several rows of one funder are its periods."""
    terms: dict[str, list[FunderTerms]] = {}
    first_row: dict[str, dict[str, Any]] = {}
    for row in _rows("funders"):
        first_row.setdefault(row["funder"], row)
        last = FOREVER if row["until"] is None else months_between(start, row["until"])
        terms.setdefault(row["funder"], []).append(
            FunderTerms(
                months_between(start, row["from"]),
                last,
                float(row["number_per_year"]),
                float(row["envelope_per_year_kmad"]),
                float(row["ticket_median_kmad"]),
                float(row["ticket_log_sd"]),
                float(row["ticket_min_kmad"]),
                float(row["ticket_max_kmad"]),
            )
        )
    return tuple(
        FunderPlan(
            index,
            name,
            row["kind"],
            geography().city_index[row["city"]],
            tuple(terms[name]),
            repay_months=int(row["repay_months"] or 0),
            interest_rate=float(row["interest_per_year"] or 0.0),
            due_diligence=int(row["due_diligence_months"] or 0),
        )
        for index, (name, row) in enumerate(first_row.items())
    )
