"""The look at all startups when a month ends: the states of the country, its regions and its hubs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.declare.states import FounderKind
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.mathematics import log
from sim.kernel.records import columns, kernel
from sim.kernel.rows import marked
from sim.kernel.state import Cohorts, HubStates
from sim.kernel.sums import MONEY, PAYMENT, from_steps, small_total, steps, total_money
from sim.model.series import OCCUPANCY, Counted, Counting, HubSeries, RegionSeries, Series, States
from sim.processes.follow_up import OPERATING_MONTHS


@columns
class Seen(NamedTuple):
    """Columns of startups that the record is made from."""

    used: int
    alive: np.ndarray
    kind: np.ndarray
    hub: np.ndarray
    region: np.ndarray
    exporter: np.ndarray
    left: np.ndarray
    months_above: np.ndarray
    equity: np.ndarray
    ties: np.ndarray
    hours: np.ndarray
    revenue: np.ndarray
    cash: np.ndarray
    finance: np.ndarray
    market_access: np.ndarray
    skills: np.ndarray


class Regions(NamedTuple):
    """Which regions are central, and inhabitants, (regions,)."""

    central: np.ndarray
    population: np.ndarray


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
            index += share * log(share / (population[region] / people))
    return index


class Heads(NamedTuple):
    """Startups of the country by what is true of them, and the sum of their ties."""

    active: int
    operating: int
    exporters: int
    counted: int
    exporting_graduates: int
    graduates: int
    funded: int
    partners: int


@inlined
def _heads(of: Seen, policy: int) -> Heads:
    hub, left, exporter, months_above = of.hub[policy], of.left[policy], of.exporter[policy], of.months_above[policy]
    equity, ties = of.equity[policy], of.ties[policy]
    active = operating = exporters = counted = exporting_graduates = graduates = funded = partners = 0
    for row in range(of.used):
        here = holds(of.alive[row], policy)
        exports, graduate = here & exporter[row], here & (left[row] >= 0) & (hub[row] < 0)
        active += here
        operating += here & (months_above[row] >= OPERATING_MONTHS)
        exporters += exports
        counted += exports & (of.kind[row] != FounderKind.REFOUNDED)
        exporting_graduates += exports & graduate
        graduates += graduate
    for row in range(of.used):
        here = holds(of.alive[row], policy)
        funded += here & (equity[row] >= 0)
        partners += ties[row] if here else 0
    return Heads(active, operating, exporters, counted, exporting_graduates, graduates, funded, partners)


@inlined
def work(revenue: float) -> float:
    """Jobs of a startup of this monthly revenue (kMAD): one per 30 kMAD, at least one."""
    found = revenue * (1 / 30)
    return found if found > 1.0 else 1.0


class Sums(NamedTuple):
    """Mentor hours, competences, revenue, cash and jobs of all startups together."""

    hours: float
    finance: float
    market_access: float
    skills: float
    revenue: float
    cash: float
    jobs: float


@inlined
def _sums(of: Seen, policy: int) -> Sums:
    alive, revenue, jobs = of.alive[: of.used], of.revenue[policy], 0
    for row in range(alive.size):
        jobs += steps(work(revenue[row]), PAYMENT) if holds(alive[row], policy) else 0
    return Sums(
        small_total(alive, policy, of.hours[policy]),
        small_total(alive, policy, of.finance[policy]),
        small_total(alive, policy, of.market_access[policy]),
        small_total(alive, policy, of.skills[policy]),
        total_money(alive, policy, revenue),
        total_money(alive, policy, of.cash[policy]),
        from_steps(jobs, PAYMENT),
    )


class Housed(NamedTuple):
    """Residents of all hubs together."""

    residents: int
    exporters: int
    revenue: float
    jobs: float


@inlined
def _place(month: int, of: Seen, policy: int, hubs: HubSeries, regions: RegionSeries) -> Housed:
    """Write down where startups and residents are."""
    inside, exporting_inside = hubs.residents[policy, month], hubs.exporters[policy, month]
    housed = regions.residents[policy, month]
    housed[:] = inside[:] = exporting_inside[:] = 0.0
    active, exporting = regions.active[policy, month], regions.exporters[policy, month]
    by_exporting, resident = np.zeros((3, housed.size), dtype=np.int64), np.empty(of.used, dtype=np.bool_)
    hub, region, exporter = of.hub[policy], of.region[policy], of.exporter[policy]
    for row in range(of.used):
        by_exporting[int(exporter[row]) if holds(of.alive[row], policy) else 2, region[row]] += 1
    for row in range(of.used):
        resident[row] = hub[row] >= 0
    rows = marked(resident)
    for place in range(housed.size):
        active[place], exporting[place] = by_exporting[0, place] + by_exporting[1, place], by_exporting[1, place]
    exporters, revenue, jobs = 0, 0, 0
    for row in rows:
        housed[region[row]] += 1
        inside[hub[row]] += 1
        exporting_inside[hub[row]] += exporter[row]
        exporters += exporter[row]
        revenue += steps(of.revenue[policy, row], MONEY)
        jobs += steps(work(of.revenue[policy, row]), PAYMENT)
    return Housed(rows.size, exporters, from_steps(revenue, MONEY), from_steps(jobs, PAYMENT))


class Rates(NamedTuple):
    """What became of those founded five years ago, and of those admitted two and five years ago."""

    survival_5y: float
    success_24m: float
    cohort_success_rate: float


@inlined
def _follow(month: int, policy: int, cohorts: Cohorts, closed: np.ndarray, regions: RegionSeries) -> Rates:
    """Write down who was founded and who closed, and what became of those of five years ago."""
    regions.founded[policy, month] = cohorts.founded[policy, month]
    regions.closed[policy, month] = closed[policy]
    regions.founders_5y[policy, month] = regions.survivors_5y[policy, month] = 0.0
    founders = survivors = 0.0
    success_24m = cohort_success_rate = np.nan
    if month >= 24:
        success_24m = _ratio(cohorts.success_24[policy, month - 24], cohorts.admitted[policy, month - 24])
    if month >= 60:
        cohort_success_rate = _ratio(cohorts.success_60[policy, month - 60], cohorts.admitted[policy, month - 60])
        for region in range(closed.shape[1]):
            founded = cohorts.founded[policy, month - 60, region]
            survived = founded - cohorts.failed[policy, month - 60, region]
            regions.founders_5y[policy, month, region], regions.survivors_5y[policy, month, region] = founded, survived
            founders += founded
            survivors += survived
    return Rates(_ratio(survivors, founders), success_24m, cohort_success_rate)


@inlined
def _copy(month: int, policy: int, now: HubStates, counted: Counted, series: Series) -> None:
    """Write down what the month has counted, and what is known of the hubs."""
    national, hubs = series.national[policy, month], series.hubs
    for place in range(counted.counts.shape[0]):
        national[place] = counted.counts[place, policy]
    kinds = counted.costs.shape[0]
    for kind in range(kinds):
        national[national.size - kinds + kind] = counted.costs[kind, policy]
    for hub in range(now.places.shape[1]):
        hubs.open[policy, month, hub] = now.is_open[policy, hub]
        hubs.places[policy, month, hub] = now.places[policy, hub]
        hubs.waiting[policy, month, hub] = now.waiting[policy, hub]
        hubs.admissions[policy, month, hub] = counted.admissions[policy, hub]
        hubs.graduations[policy, month, hub] = counted.graduations[policy, hub]
        hubs.mentor_hours[policy, month, hub] = now.mentor_hours[policy, hub]


@inlined
def _occupied(month: int, policy: int, now: HubStates, after_admission: bool, hubs: HubSeries) -> float:
    """Write down how many desks of each hub are occupied; all together."""
    total = 0.0
    for hub in range(now.places.shape[1]):
        inside = hubs.residents[policy, month, hub]
        if after_admission:
            inside = 1.0 * now.residents[policy, hub]
        hubs.occupied[policy, month, hub] = inside
        total += inside
    return total


@inlined
def _states(
    month: int, policy: int, of: Seen, cohorts: Cohorts, country: Regions, closed: np.ndarray, series: Series
) -> States:
    """The states of the month under one policy."""
    hubs, regions = series.hubs, series.regions
    heads, sums, housed = _heads(of, policy), _sums(of, policy), _place(month, of, policy, hubs, regions)
    rates = _follow(month, policy, cohorts, closed, regions)
    places = waiting = mentor_hours = outside = 0.0
    for hub in range(hubs.places.shape[2]):
        places += hubs.places[policy, month, hub]
        waiting += hubs.waiting[policy, month, hub]
        mentor_hours += hubs.mentor_hours[policy, month, hub]
    for region in range(country.central.size):
        if not country.central[region]:
            outside += regions.residents[policy, month, region]
    return States(
        active=1.0 * heads.active,
        operating=1.0 * heads.operating,
        residents=1.0 * housed.residents,
        places=places,
        waiting=waiting,
        occupancy=_ratio(housed.residents, places),
        exporters=1.0 * heads.exporters,
        exporters_counted=1.0 * heads.counted,
        exporters_resident=1.0 * housed.exporters,
        exporters_graduate=1.0 * heads.exporting_graduates,
        graduates=1.0 * heads.graduates,
        export_rate=_ratio(housed.exporters, housed.residents),
        mentor_hours=mentor_hours,
        hours_received=sums.hours,
        competence_finance=_ratio(sums.finance, heads.active),
        competence_market_access=_ratio(sums.market_access, heads.active),
        competence_skills=_ratio(sums.skills, heads.active),
        ties=_ratio(heads.partners, heads.active),
        revenue_total=sums.revenue,
        revenue_resident_mean=_ratio(housed.revenue, housed.residents),
        cash_total=sums.cash,
        jobs=sums.jobs,
        jobs_resident=housed.jobs,
        funded_share=_ratio(heads.funded, heads.active),
        outside_centre=_ratio(outside, housed.residents),
        theil_residents=theil(regions.residents[policy, month], country.population),
        survival_5y=rates.survival_5y,
        success_24m=rates.success_24m,
        cohort_success_rate=rates.cohort_success_rate,
    )


@kernel
def survey(
    month: int,
    of: Seen,
    cohorts: Cohorts,
    country: Regions,
    now: HubStates,
    counted: Counted,
    counting: Counting,
    series: Series,
) -> None:
    """Look at all startups and hubs, and write down the month."""
    for policy in range(counting.after_admission.size):
        _copy(month, policy, now, counted, series)
        found = _states(month, policy, of, cohorts, country, counted.closed, series)
        national, first = series.national[policy, month], counted.counts.shape[0]
        for place in range(len(found)):
            national[first + place] = found[place]
        after_admission = counting.after_admission[policy] > 0
        occupied = _occupied(month, policy, now, after_admission, series.hubs)
        if after_admission:
            national[first + OCCUPANCY] = _ratio(occupied, found.places)


def jobs(revenue: np.ndarray) -> np.ndarray:
    """Jobs in startups of this monthly revenue (kMAD): one per 30 kMAD, at least one, as `survey` counts them."""
    return np.maximum(revenue * (1 / 30), 1.0)
