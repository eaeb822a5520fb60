"""The monthly record of the object model: the national series of `sim.model.history`, in one look at all startups."""

from __future__ import annotations

from collections import Counter
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from sim.declare.states import first_founded
from sim.model.survey import theil

if TYPE_CHECKING:
    from benchmarks.object_model import ObjectModel


def ratio(part: float, whole: float) -> float:
    """A rate, not a number without a denominator."""
    return part / whole if whole > 0 else nan


def census(model: ObjectModel) -> dict[str, float]:
    """Stocks and rates at the end of the month."""
    operating = exporters = counted = exporters_resident = exporters_graduate = graduates = ties = funded = 0
    hours = finance = market_access = skills = revenue = revenue_resident = cash = jobs = jobs_resident = 0.0
    for startup in model.startups:
        resident, exports, sales = startup.hub is not None, startup.exporter, startup.revenue
        work = sales / 30 if sales > 30 else 1.0
        jobs += work
        revenue += sales
        cash += startup.cash
        hours += startup.hours
        finance += startup.finance
        market_access += startup.market_access
        skills += startup.skills
        ties += startup.ties
        operating += startup.months_above >= 3
        funded += startup.equity >= 0
        if resident:
            revenue_resident += sales
            jobs_resident += work
            exporters_resident += exports
        elif startup.left >= 0:
            graduates += 1
            exporters_graduate += exports
        if exports:
            exporters += 1
            counted += first_founded(startup.kind)
    active = len(model.startups)
    places = sum(hub.places for hub in model.hubs)
    residents = sum(len(hub.members) for hub in model.hubs)
    return {
        "active": active,
        "operating": operating,
        "residents": residents,
        "places": places,
        "waiting": sum(hub.waiting for hub in model.hubs),
        "occupancy": ratio(residents, places),
        "exporters": exporters,
        "exporters_counted": counted,
        "exporters_resident": exporters_resident,
        "exporters_graduate": exporters_graduate,
        "graduates": graduates,
        "export_rate": ratio(exporters_resident, residents),
        "mentor_hours": sum(hub.mentor_hours for hub in model.hubs),
        "hours_received": hours,
        "competence_finance": ratio(finance, active),
        "competence_market_access": ratio(market_access, active),
        "competence_skills": ratio(skills, active),
        "ties": ratio(ties, active),
        "revenue_total": revenue,
        "revenue_resident_mean": ratio(revenue_resident, residents),
        "cash_total": cash,
        "jobs": jobs,
        "jobs_resident": jobs_resident,
        "funded_share": ratio(funded, active),
        **by_region(model, residents),
        **cohorts(model),
    }


def by_region(model: ObjectModel, residents: int) -> dict[str, float]:
    """How residents are spread over the country."""
    count = Counter(startup.region for hub in model.hubs for startup in hub.members)
    spread = np.array([count[region] for region in range(len(model.geography.regions))])
    return {
        "outside_centre": ratio(spread[~model.central_region].sum(), residents),
        "theil_residents": theil(spread, model.geography.population),
    }


def cohorts(model: ObjectModel) -> dict[str, float]:
    """What became of those founded five years ago, and of those admitted two and five years ago."""
    two_years, five_years = model.month - 24, model.month - 60
    founded, admitted = model.founded_by_month, model.admitted_by_month
    found = {"survival_5y": nan, "success_24m": nan, "cohort_success_rate": nan}
    if two_years >= 0:
        found["success_24m"] = ratio(model.success_by_month[24][two_years], admitted[two_years])
    if five_years >= 0:
        founders = founded[five_years].sum()
        found["survival_5y"] = ratio(founders - model.failed_by_month[five_years].sum(), founders)
        found["cohort_success_rate"] = ratio(model.success_by_month[60][five_years], admitted[five_years])
    return found
