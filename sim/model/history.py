"""The monthly record: national series, series by hub and series by region, filled in as a world runs."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare.calendar import month_after
from sim.declare.states import FounderKind
from sim.kernel.compiled import compiled, inlined
from sim.processes.costs import KINDS
from sim.processes.follow_up import OPERATING_MONTHS

if TYPE_CHECKING:
    import pandas as pd

    from sim.model.parts import Whole

FLOWS = (
    "founded",
    "failed",
    "acquired",
    "applications",
    "admissions",
    "graduations",
    "leavers",
    "deals",
    "deal_amount",
    "grants",
    "grant_amount",
    "loans",
    "loan_amount",
    "fair_places",
    "fair_places_residents",
    "mission_places",
    "remote_hours",
    "export_attempts",
    "export_entries",
    "export_stops",
)
"""Counts and amounts (kMAD) of the month, reset each month in `model.tally`."""

_flows_of, _costs_of = itemgetter(*FLOWS), itemgetter(*KINDS)


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


STATES = States._fields
NATIONAL = (*FLOWS, *STATES, *(f"cost_{kind}" for kind in KINDS))
HUB = ("open", "places", "residents", "waiting", "admissions", "graduations", "mentor_hours", "exporters")
REGION = ("active", "founded", "closed", "residents", "exporters", "founders_5y", "survivors_5y")
HUB_PLACES, HUB_RESIDENTS, HUB_WAITING = (HUB.index(name) for name in ("places", "residents", "waiting"))
HUB_ADMISSIONS, HUB_GRADUATIONS = HUB.index("admissions"), HUB.index("graduations")
HUB_MENTOR_HOURS, HUB_EXPORTERS = HUB.index("mentor_hours"), HUB.index("exporters")
REGION_ACTIVE, REGION_FOUNDED, REGION_CLOSED = (REGION.index(name) for name in ("active", "founded", "closed"))
REGION_RESIDENTS, REGION_EXPORTERS = REGION.index("residents"), REGION.index("exporters")
REGION_FOUNDERS, REGION_SURVIVORS = REGION.index("founders_5y"), REGION.index("survivors_5y")
REPORTED_FROM = "2016-01"
"""The years before fill an empty country and are not reported."""


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


@compiled
def _survey(
    month: int,
    hub: np.ndarray,
    region: np.ndarray,
    exporter: np.ndarray,
    kind: np.ndarray,
    left: np.ndarray,
    months_above: np.ndarray,
    equity: np.ndarray,
    ties: np.ndarray,
    hours: np.ndarray,
    revenue: np.ndarray,
    finance: np.ndarray,
    market_access: np.ndarray,
    skills: np.ndarray,
    revenue_total: float,
    cash_total: float,
    founded: np.ndarray,
    failed: np.ndarray,
    closed_by_region: np.ndarray,
    admitted: np.ndarray,
    successes_24: np.ndarray,
    successes_60: np.ndarray,
    central: np.ndarray,
    population: np.ndarray,
    by_region: np.ndarray,
    by_hub: np.ndarray,
) -> States:
    """Look at all startups: the states of the month.

    `founded` and `failed` (months, regions), `admitted` and successes (months,) count cohorts. Writes `by_region`
    (regions, series) too, and the residents and exporters of `by_hub` (hubs, series), whose other series are known.
    """
    residents = operating = exporters = counted = exporting_residents = exporting_graduates = 0
    graduates = funded = partners = 0
    hours_sum = finance_sum = market_sum = skills_sum = revenue_resident = jobs = jobs_resident = 0.0
    crowd = np.zeros((2, by_region.shape[0]), dtype=np.int64)
    for row in range(hub.size):
        graduate = (left[row] >= 0) & (hub[row] < 0)
        operating += months_above[row] >= OPERATING_MONTHS
        exporters += exporter[row]
        counted += exporter[row] & (kind[row] != FounderKind.REFOUNDED)
        exporting_graduates += exporter[row] & graduate
        graduates += graduate
        funded += equity[row] >= 0
        partners += ties[row]
    for row in range(hub.size):
        crowd[int(exporter[row]), region[row]] += 1
    for place in range(by_region.shape[0]):
        by_region[place, REGION_ACTIVE] = crowd[0, place] + crowd[1, place]
        by_region[place, REGION_EXPORTERS] = crowd[1, place]
        by_region[place, REGION_RESIDENTS] = 0.0
        by_region[place, REGION_FOUNDERS] = by_region[place, REGION_SURVIVORS] = 0.0
    rows = np.empty(hub.size, dtype=np.int64)
    for row in range(hub.size):
        rows[residents] = row
        residents += hub[row] >= 0
    for row in range(hub.size):
        hours_sum += hours[row]
        finance_sum += finance[row]
        market_sum += market_access[row]
        skills_sum += skills[row]
        work = revenue[row] * (1 / 30)
        work = work if work > 1.0 else 1.0
        jobs += work
    for row in rows[:residents]:
        by_region[region[row], REGION_RESIDENTS] += 1
        by_hub[hub[row], HUB_RESIDENTS] += 1
        by_hub[hub[row], HUB_EXPORTERS] += exporter[row]
        exporting_residents += exporter[row]
        revenue_resident += revenue[row]
        jobs_resident += max(revenue[row] * (1 / 30), 1.0)

    places = waiting = mentor_hours = outside = founders = survivors = 0.0
    for place in range(by_hub.shape[0]):
        places += by_hub[place, HUB_PLACES]
        waiting += by_hub[place, HUB_WAITING]
        mentor_hours += by_hub[place, HUB_MENTOR_HOURS]
    for place in range(by_region.shape[0]):
        by_region[place, REGION_FOUNDED] = founded[month, place]
        by_region[place, REGION_CLOSED] = closed_by_region[place]
        if month >= 60:
            by_region[place, REGION_FOUNDERS] = founded[month - 60, place]
            by_region[place, REGION_SURVIVORS] = founded[month - 60, place] - failed[month - 60, place]
            founders += by_region[place, REGION_FOUNDERS]
            survivors += by_region[place, REGION_SURVIVORS]
        if not central[place]:
            outside += by_region[place, REGION_RESIDENTS]
    count = hub.size
    success_24m = cohort_success_rate = np.nan
    if month >= 24:
        success_24m = _ratio(successes_24[month - 24], admitted[month - 24])
    if month >= 60:
        cohort_success_rate = _ratio(successes_60[month - 60], admitted[month - 60])
    return States(
        active=count,
        operating=operating,
        residents=residents,
        places=places,
        waiting=waiting,
        occupancy=_ratio(residents, places),
        exporters=exporters,
        exporters_counted=counted,
        exporters_resident=exporting_residents,
        exporters_graduate=exporting_graduates,
        graduates=graduates,
        export_rate=_ratio(exporting_residents, residents),
        mentor_hours=mentor_hours,
        hours_received=hours_sum,
        competence_finance=_ratio(finance_sum, count),
        competence_market_access=_ratio(market_sum, count),
        competence_skills=_ratio(skills_sum, count),
        ties=_ratio(partners, count),
        revenue_total=revenue_total,
        revenue_resident_mean=_ratio(revenue_resident, residents),
        cash_total=cash_total,
        jobs=jobs,
        jobs_resident=jobs_resident,
        funded_share=_ratio(funded, count),
        outside_centre=_ratio(outside, residents),
        theil_residents=theil(by_region[:, REGION_RESIDENTS], population),
        survival_5y=_ratio(survivors, founders),
        success_24m=success_24m,
        cohort_success_rate=cohort_success_rate,
    )


class Snapshot(NamedTuple):
    """The active startups at the end of a month, by founding number; arrays of shape (startups,)."""

    number: np.ndarray
    resident: np.ndarray
    exporter: np.ndarray
    revenue: np.ndarray


def jobs(revenue: np.ndarray) -> np.ndarray:
    """Jobs in startups of this monthly revenue (kMAD): one per 30 kMAD, at least one, as `_survey` counts them."""
    return np.maximum(revenue * (1 / 30), 1.0)


class History:
    """Arrays (months, series), (months, hubs, series) and (months, regions, series).

    `last_year` holds the startups one by one in the last twelve months before the end: stocks are taken apart by it.
    """

    def __init__(self, months: int, hubs: int, regions: int):
        self.national = np.full((months, len(NATIONAL)), np.nan)
        self.hubs = np.full((months, hubs, len(HUB)), np.nan)
        self.regions = np.full((months, regions, len(REGION)), np.nan)
        self.last_year: dict[int, Snapshot] = {}

    def copy_from(self, other: History, months: int) -> None:
        """Take over the first `months` of another world's record."""
        self.national[:months] = other.national[:months]
        shared = min(self.hubs.shape[1], other.hubs.shape[1])
        self.hubs[:months, :shared] = other.hubs[:months, :shared]
        self.hubs[:months, shared:] = 0.0
        self.regions[:months] = other.regions[:months]
        self.last_year = dict(other.last_year)

    def record(self, model: Whole) -> None:
        """Write down the month that ends."""
        startups, month, tally, programme = model.startups, model.month, model.tally, model.programme
        national, by_hub, by_region = self.national[month], self.hubs[month], self.regions[month]
        by_hub[:] = [(hub.is_open, hub.places, 0, hub.waiting, 0, 0, hub.mentor_hours, 0) for hub in model.hubs]
        by_hub[:, HUB_ADMISSIONS] = model.hub_tally["admissions"]
        by_hub[:, HUB_GRADUATIONS] = model.hub_tally["graduations"]
        national[len(FLOWS) : -len(KINDS)] = _survey(
            month,
            startups.hub,
            startups.region,
            startups.exporter,
            startups.kind,
            startups.left,
            startups.months_above,
            startups.equity,
            startups.ties,
            startups.hours,
            startups.revenue,
            startups.finance,
            startups.market_access,
            startups.skills,
            startups.revenue.sum(),
            model.ledger.cash,
            model.founded_by_month,
            model.failed_by_month,
            model.closed_by_region,
            model.admitted_by_month,
            model.success_24_by_month,
            model.success_60_by_month,
            model.central_region,
            model.geography.population,
            by_region,
            by_hub,
        )
        national[: len(FLOWS)] = _flows_of(tally)
        national[-len(KINDS) :] = _costs_of(programme)
        if month >= len(self.national) - 12:
            self.last_year[month] = Snapshot(
                startups.number.copy(), startups.hub >= 0, startups.exporter.copy(), startups.revenue.copy()
            )

    def frame(self, model: Whole) -> pd.DataFrame:
        """National series of the months so far, from 2016 on: `month`, then one column a series."""
        import pandas as pd

        months, reported = self._reported(model)
        return pd.DataFrame({"month": months} | _columns(self.national[reported], NATIONAL))

    def hub_frame(self, model: Whole) -> pd.DataFrame:
        """Series by hub: `month`, `hub`, then one column a series; only hubs that have opened."""
        import pandas as pd

        months, reported = self._reported(model)
        month, hub = _crossed(months, [hub.name for hub in model.hubs])
        opened = np.maximum.accumulate(self.hubs[reported, :, HUB_PLACES] > 0).ravel()
        columns = _columns(self.hubs[reported].reshape(-1, len(HUB))[opened], HUB)
        residents = np.where(columns["residents"] > 0, columns["residents"], np.nan)
        columns |= {"open": columns["open"].astype(bool), "hours_per_resident": columns["mentor_hours"] / residents}
        order = ("open", "places", "residents", "waiting", "hours_per_resident", *HUB[HUB_WAITING + 1 :])
        return pd.DataFrame({"month": month[opened], "hub": hub[opened]} | {name: columns[name] for name in order})

    def region_frame(self, model: Whole) -> pd.DataFrame:
        """Series by region: `month`, `region`, then one column a series."""
        import pandas as pd

        months, reported = self._reported(model)
        month, region = _crossed(months, list(model.geography.regions))
        columns = _columns(self.regions[reported].reshape(-1, len(REGION)), REGION)
        return pd.DataFrame({"month": month, "region": region} | columns)

    def _reported(self, model: Whole) -> tuple[np.ndarray, slice]:
        """The months from 2016 on, as text and as places in the arrays."""
        last = model.months_done
        first = min(max(0, model.months_until(REPORTED_FROM)), last)
        return _months(model.scenario.start, first, last), slice(first, last)


@lru_cache
def _months(start: str, first: int, last: int) -> np.ndarray:
    return np.array([month_after(start, month) for month in range(first, last)], dtype=object)


def _columns(values: np.ndarray, series: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The columns of an array (rows, series) by name."""
    return dict(zip(series, values.T, strict=True))


def _crossed(months: np.ndarray, members: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The month and the member of each row, where each month has one row for each member."""
    return np.repeat(months, len(members)), np.tile(np.array(members, dtype=object), len(months))
