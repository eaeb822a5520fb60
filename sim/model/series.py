"""What is recorded of a month: of the country, its hubs and its regions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.kernel.records import by_policy


class States(NamedTuple):
    """Stocks and rates at the end of the month; NaN where a rate has no denominator."""

    active: float
    operating: float
    residents: float
    places: float
    waiting: float
    occupancy: float
    exporters: float
    exporters_counted: float
    exporters_resident: float
    exporters_graduate: float
    graduates: float
    export_rate: float
    mentor_hours: float
    hours_received: float
    competence_finance: float
    competence_market_access: float
    competence_skills: float
    ties: float
    revenue_total: float
    revenue_resident_mean: float
    cash_total: float
    jobs: float
    jobs_resident: float
    funded_share: float
    outside_centre: float
    theil_residents: float
    survival_5y: float
    success_24m: float
    cohort_success_rate: float


OCCUPANCY = States._fields.index("occupancy")
"""Place of the occupancy among the states."""


class HubSeries(NamedTuple):
    """What is recorded of every hub: (policies, months, hubs) each, (months, hubs) under one policy."""

    open: np.ndarray
    places: np.ndarray
    residents: np.ndarray
    occupied: np.ndarray
    waiting: np.ndarray
    admissions: np.ndarray
    graduations: np.ndarray
    mentor_hours: np.ndarray
    exporters: np.ndarray


class RegionSeries(NamedTuple):
    """What is recorded of every region: (policies, months, regions) each, (months, regions) under one policy."""

    active: np.ndarray
    founded: np.ndarray
    closed: np.ndarray
    residents: np.ndarray
    exporters: np.ndarray
    founders_5y: np.ndarray
    survivors_5y: np.ndarray


class Series(NamedTuple):
    """All that is recorded; `national` is (policies, months, series): counts, `States`, and costs of programmes."""

    national: np.ndarray
    hubs: HubSeries
    regions: RegionSeries


class Counted(NamedTuple):
    """What the month has counted.

    Attributes:
        counts, costs: of processes, (counts, policies), and what programmes cost, (kinds, policies).
        admissions, graduations: (policies, hubs).
        closed: startups that have closed, (policies, regions).
    """

    counts: np.ndarray
    costs: np.ndarray
    admissions: np.ndarray
    graduations: np.ndarray
    closed: np.ndarray


@by_policy
class Counting(NamedTuple):
    """Whether occupied desks are counted once the month's free places are filled, (policies,)."""

    after_admission: Any
