"""The look at all startups when a month ends: the states of the country, its regions and its hubs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.declare.states import FounderKind
from sim.kernel.compiled import inlined
from sim.kernel.records import columns, kernel
from sim.kernel.world import Cohorts
from sim.processes.follow_up import OPERATING_MONTHS


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


class HubSeries(NamedTuple):
    """What is recorded of every hub: (months, hubs) each."""

    open: np.ndarray
    places: np.ndarray
    residents: np.ndarray
    waiting: np.ndarray
    admissions: np.ndarray
    graduations: np.ndarray
    mentor_hours: np.ndarray
    exporters: np.ndarray


class RegionSeries(NamedTuple):
    """What is recorded of every region: (months, regions) each."""

    active: np.ndarray
    founded: np.ndarray
    closed: np.ndarray
    residents: np.ndarray
    exporters: np.ndarray
    founders_5y: np.ndarray
    survivors_5y: np.ndarray


@columns
class Seen(NamedTuple):
    """Columns of startups that the record is made from: (startups,) each."""

    hub: np.ndarray
    region: np.ndarray
    exporter: np.ndarray
    kind: np.ndarray
    left: np.ndarray
    months_above: np.ndarray
    equity: np.ndarray
    ties: np.ndarray
    hours: np.ndarray
    revenue: np.ndarray
    finance: np.ndarray
    market_access: np.ndarray
    skills: np.ndarray


class Regions(NamedTuple):
    """Regions: whether central, inhabitants, and startups closed this month; (regions,) each."""

    central: np.ndarray
    population: np.ndarray
    closed: np.ndarray


class Money(NamedTuple):
    """Revenue of the month and cash at its end of all startups together, in kMAD."""

    revenue: float
    cash: float


@inlined
def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else np.nan


@inlined
def theil(residents: np.ndarray, population: np.ndarray) -> float:
    """Theil index of residents per head over regions, 0 when all are equal; NaN without residents.

    `T = sum_r (y_r / Y) ln((y_r / Y) / (p_r / P))`, Theil 1967, Economics and Information Theory.
    """
    housed = people = index = 0.0
    for region in range(residents.size):
        housed += residents[region]
        people += population[region]
    if housed == 0:
        return np.nan
    for region in range(residents.size):
        if residents[region] > 0:
            share = residents[region] / housed
            index += share * np.log(share / (population[region] / people))
    return index


class Heads(NamedTuple):
    """Startups of the country by what is true of them, and the sum of their ties."""

    operating: int
    exporters: int
    counted: int
    exporting_graduates: int
    graduates: int
    funded: int
    partners: int


@inlined
def _heads(of: Seen) -> Heads:
    operating = exporters = counted = exporting_graduates = graduates = funded = partners = 0
    for row in range(of.hub.size):
        graduate = (of.left[row] >= 0) & (of.hub[row] < 0)
        operating += of.months_above[row] >= OPERATING_MONTHS
        exporters += of.exporter[row]
        counted += of.exporter[row] & (of.kind[row] != FounderKind.REFOUNDED)
        exporting_graduates += of.exporter[row] & graduate
        graduates += graduate
        funded += of.equity[row] >= 0
        partners += of.ties[row]
    return Heads(operating, exporters, counted, exporting_graduates, graduates, funded, partners)


class Sums(NamedTuple):
    """Mentor hours, competences and jobs of all startups together."""

    hours: float
    finance: float
    market_access: float
    skills: float
    jobs: float


@inlined
def _sums(of: Seen) -> Sums:
    hours = finance = market_access = skills = jobs = 0.0
    for row in range(of.hub.size):
        hours += of.hours[row]
        finance += of.finance[row]
        market_access += of.market_access[row]
        skills += of.skills[row]
        work = of.revenue[row] * (1 / 30)
        work = work if work > 1.0 else 1.0
        jobs += work
    return Sums(hours, finance, market_access, skills, jobs)


class Housed(NamedTuple):
    """Residents of all hubs together."""

    residents: int
    exporters: int
    revenue: float
    jobs: float


@inlined
def _place(month: int, of: Seen, hubs: HubSeries, regions: RegionSeries) -> Housed:
    """Write down where startups and residents are."""
    inside, exporting_inside, housed = hubs.residents[month], hubs.exporters[month], regions.residents[month]
    housed[:] = inside[:] = exporting_inside[:] = 0.0
    by_exporting = np.zeros((2, housed.size), dtype=np.int64)
    for row in range(of.hub.size):
        by_exporting[int(of.exporter[row]), of.region[row]] += 1
    at_home, exporting = by_exporting
    regions.active[month], regions.exporters[month] = at_home + exporting, exporting
    rows, residents = np.empty(of.hub.size, dtype=np.int64), 0
    for row in range(of.hub.size):
        rows[residents] = row
        residents += of.hub[row] >= 0
    exporters, revenue, jobs = 0, 0.0, 0.0
    for row in rows[:residents]:
        housed[of.region[row]] += 1
        inside[of.hub[row]] += 1
        exporting_inside[of.hub[row]] += of.exporter[row]
        exporters += of.exporter[row]
        revenue += of.revenue[row]
        jobs += max(of.revenue[row] * (1 / 30), 1.0)
    return Housed(residents, exporters, revenue, jobs)


class Rates(NamedTuple):
    """What became of those founded five years ago, and of those admitted two and five years ago."""

    survival_5y: float
    success_24m: float
    cohort_success_rate: float


@inlined
def _follow(month: int, cohorts: Cohorts, closed: np.ndarray, regions: RegionSeries) -> Rates:
    """Write down who was founded and who closed, and what became of those of five years ago."""
    regions.founded[month] = cohorts.founded[month]
    regions.closed[month] = closed
    regions.founders_5y[month] = regions.survivors_5y[month] = 0.0
    founders = survivors = 0.0
    success_24m = cohort_success_rate = np.nan
    if month >= 24:
        success_24m = _ratio(cohorts.success_24[month - 24], cohorts.admitted[month - 24])
    if month >= 60:
        cohort_success_rate = _ratio(cohorts.success_60[month - 60], cohorts.admitted[month - 60])
        for region in range(closed.size):
            founded = cohorts.founded[month - 60, region]
            survived = founded - cohorts.failed[month - 60, region]
            regions.founders_5y[month, region], regions.survivors_5y[month, region] = founded, survived
            founders += founded
            survivors += survived
    return Rates(_ratio(survivors, founders), success_24m, cohort_success_rate)


@kernel
def survey(
    month: int, of: Seen, money: Money, cohorts: Cohorts, country: Regions, hubs: HubSeries, regions: RegionSeries
) -> States:
    """Look at all startups: the states of the month.

    Writes the month of `regions` too, and the residents and exporters of `hubs`, whose other series are known.
    """
    heads, sums, housed = _heads(of), _sums(of), _place(month, of, hubs, regions)
    rates = _follow(month, cohorts, country.closed, regions)
    places = waiting = mentor_hours = outside = 0.0
    for hub in range(hubs.places.shape[1]):
        places += hubs.places[month, hub]
        waiting += hubs.waiting[month, hub]
        mentor_hours += hubs.mentor_hours[month, hub]
    for region in range(country.central.size):
        if not country.central[region]:
            outside += regions.residents[month, region]
    count = of.hub.size
    return States(
        active=count,
        operating=heads.operating,
        residents=housed.residents,
        places=places,
        waiting=waiting,
        occupancy=_ratio(housed.residents, places),
        exporters=heads.exporters,
        exporters_counted=heads.counted,
        exporters_resident=housed.exporters,
        exporters_graduate=heads.exporting_graduates,
        graduates=heads.graduates,
        export_rate=_ratio(housed.exporters, housed.residents),
        mentor_hours=mentor_hours,
        hours_received=sums.hours,
        competence_finance=_ratio(sums.finance, count),
        competence_market_access=_ratio(sums.market_access, count),
        competence_skills=_ratio(sums.skills, count),
        ties=_ratio(heads.partners, count),
        revenue_total=money.revenue,
        revenue_resident_mean=_ratio(housed.revenue, housed.residents),
        cash_total=money.cash,
        jobs=sums.jobs,
        jobs_resident=housed.jobs,
        funded_share=_ratio(heads.funded, count),
        outside_centre=_ratio(outside, housed.residents),
        theil_residents=theil(regions.residents[month], country.population),
        survival_5y=rates.survival_5y,
        success_24m=rates.success_24m,
        cohort_success_rate=rates.cohort_success_rate,
    )


def jobs(revenue: np.ndarray) -> np.ndarray:
    """Jobs in startups of this monthly revenue (kMAD): one per 30 kMAD, at least one, as `survey` counts them."""
    return np.maximum(revenue * (1 / 30), 1.0)
