"""The monthly record: national series, series by hub and series by region, filled in as a world runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.calendar import month_after
from sim.compiled import compiled
from sim.processes.costs import KINDS
from sim.processes.follow_up import OPERATING_MONTHS

if TYPE_CHECKING:
    import pandas as pd

    from sim.model import EcosystemModel

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

STATES = (
    "active",
    "operating",
    "residents",
    "places",
    "waiting",
    "occupancy",
    "exporters",
    "exporters_counted",
    "exporters_resident",
    "exporters_graduate",
    "graduates",
    "export_rate",
    "mentor_hours",
    "hours_received",
    "competence_finance",
    "competence_market_access",
    "competence_skills",
    "ties",
    "revenue_total",
    "revenue_resident_mean",
    "cash_total",
    "jobs",
    "jobs_resident",
    "funded_share",
    "outside_centre",
    "theil_residents",
    "survival_5y",
    "success_24m",
    "cohort_success_rate",
)
"""Stocks and rates at the end of the month; NaN where a rate has no denominator."""

NATIONAL = (*FLOWS, *STATES, *(f"cost_{kind}" for kind in KINDS))
HUB = ("open", "places", "residents", "waiting", "admissions", "graduations", "mentor_hours", "exporters")
REGION = ("active", "founded", "closed", "residents", "exporters", "founders_5y", "survivors_5y")
REPORTED_FROM = "2016-01"
"""The years before fill an empty country and are not reported."""


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole > 0 else np.nan


class Survey(NamedTuple):
    """Counts and sums over the active startups at the end of a month."""

    residents: int
    operating: int
    exporters: int
    exporters_counted: int
    exporters_resident: int
    exporters_graduate: int
    graduates: int
    funded: int
    ties: int
    hours: float
    finance: float
    market_access: float
    skills: float
    revenue_resident: float
    jobs: float
    jobs_resident: float


@compiled
def _survey(
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
    by_region: np.ndarray,
    by_hub: np.ndarray,
) -> Survey:
    """Look at all startups once; adds all, residents and exporters to `by_region`, the latter two to `by_hub`."""
    residents = operating = exporters = counted = exporting_residents = exporting_graduates = 0
    graduates = funded = partners = 0
    hours_sum = finance_sum = market_sum = skills_sum = revenue_resident = jobs = jobs_resident = 0.0
    for row in range(hub.size):
        exports, resident = exporter[row], hub[row] >= 0
        by_region[0, region[row]] += 1
        by_region[2, region[row]] += exports
        work = max(1.0, revenue[row] * (1 / 30))
        jobs += work
        if resident:
            by_region[1, region[row]] += 1
            by_hub[0, hub[row]] += 1
            by_hub[1, hub[row]] += exports
            residents += 1
            exporting_residents += exports
            revenue_resident += revenue[row]
            jobs_resident += work
        graduate = left[row] >= 0 and not resident
        operating += months_above[row] >= OPERATING_MONTHS
        exporters += exports
        counted += exports and kind[row] < 2
        exporting_graduates += exports and graduate
        graduates += graduate
        funded += equity[row] >= 0
        partners += ties[row]
        hours_sum += hours[row]
        finance_sum += finance[row]
        market_sum += market_access[row]
        skills_sum += skills[row]
    return Survey(
        residents,
        operating,
        exporters,
        counted,
        exporting_residents,
        exporting_graduates,
        graduates,
        funded,
        partners,
        hours_sum,
        finance_sum,
        market_sum,
        skills_sum,
        revenue_resident,
        jobs,
        jobs_resident,
    )


class History:
    """Arrays (months, series), (months, hubs, series) and (months, regions, series)."""

    def __init__(self, months: int, hubs: int, regions: int):
        self.national = np.full((months, len(NATIONAL)), np.nan)
        self.hubs = np.full((months, hubs, len(HUB)), np.nan)
        self.regions = np.full((months, regions, len(REGION)), np.nan)

    def copy_from(self, other: History, months: int) -> None:
        """Take over the first `months` of another world's record."""
        self.national[:months] = other.national[:months]
        shared = min(self.hubs.shape[1], other.hubs.shape[1])
        self.hubs[:months, :shared] = other.hubs[:months, :shared]
        self.hubs[:months, shared:] = 0.0
        self.regions[:months] = other.regions[:months]

    def record(self, model: EcosystemModel) -> None:
        """Write down the month that ends."""
        startups, month = model.startups, model.month
        regions = len(model.geography.regions)
        by_region, by_hub = np.zeros((3, regions)), np.zeros((2, len(model.hubs)))
        survey = _survey(
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
            by_region,
            by_hub,
        )
        places, residents, count = sum(hub.places for hub in model.hubs), survey.residents, startups.count
        five_years, two_years = month - 60, month - 24
        founders, survivors = 0.0, 0.0
        if five_years >= 0:
            founders = model.founded_by_month[five_years].sum()
            survivors = founders - model.failed_by_month[five_years].sum()
        state = {
            "active": count,
            "operating": survey.operating,
            "residents": residents,
            "places": places,
            "waiting": sum(hub.waiting for hub in model.hubs),
            "occupancy": _ratio(residents, places),
            "exporters": survey.exporters,
            "exporters_counted": survey.exporters_counted,
            "exporters_resident": survey.exporters_resident,
            "exporters_graduate": survey.exporters_graduate,
            "graduates": survey.graduates,
            "export_rate": _ratio(survey.exporters_resident, residents),
            "mentor_hours": sum(hub.mentor_hours for hub in model.hubs),
            "hours_received": survey.hours,
            "competence_finance": _ratio(survey.finance, count),
            "competence_market_access": _ratio(survey.market_access, count),
            "competence_skills": _ratio(survey.skills, count),
            "ties": _ratio(survey.ties, count),
            "revenue_total": startups.revenue.sum(),
            "revenue_resident_mean": _ratio(survey.revenue_resident, residents),
            "cash_total": startups.cash.sum(),
            "jobs": survey.jobs,
            "jobs_resident": survey.jobs_resident,
            "funded_share": _ratio(survey.funded, count),
            "outside_centre": _ratio(by_region[1] @ ~model.central_region, residents),
            "theil_residents": theil(by_region[1], model.geography.population),
            "survival_5y": _ratio(survivors, founders),
            "success_24m": _ratio(model.success_24_by_month[two_years], model.admitted_by_month[two_years])
            if two_years >= 0
            else np.nan,
            "cohort_success_rate": _ratio(model.success_60_by_month[five_years], model.admitted_by_month[five_years])
            if five_years >= 0
            else np.nan,
        }
        self.national[month] = [
            *(model.tally[name] for name in FLOWS),
            *(state[name] for name in STATES),
            *(model.programme[kind] for kind in KINDS),
        ]
        self._record_hubs(model, by_hub)
        self._record_regions(model, by_region)

    def _record_hubs(self, model: EcosystemModel, by_hub: np.ndarray) -> None:
        record = self.hubs[model.month].T
        record[0] = [hub.is_open for hub in model.hubs]
        record[1] = [hub.places for hub in model.hubs]
        record[3] = [hub.waiting for hub in model.hubs]
        record[4], record[5] = model.hub_tally["admissions"], model.hub_tally["graduations"]
        record[6] = [hub.mentor_hours for hub in model.hubs]
        record[2], record[7] = by_hub

    def _record_regions(self, model: EcosystemModel, by_region: np.ndarray) -> None:
        record, five_years = self.regions[model.month].T, model.month - 60
        record[0], record[3], record[4] = by_region
        record[1], record[2] = model.founded_by_month[model.month], model.closed_by_region
        record[5:] = 0.0
        if five_years >= 0:
            record[5] = model.founded_by_month[five_years]
            record[6] = record[5] - model.failed_by_month[five_years]

    def frame(self, model: EcosystemModel) -> pd.DataFrame:
        """National series of the months so far, from 2016 on: `month`, then one column a series."""
        import pandas as pd

        first, last = self._reported(model)
        frame = pd.DataFrame(self.national[first:last], columns=list(NATIONAL))
        frame.insert(0, "month", self._labels(model, first, last))
        return frame

    def hub_frame(self, model: EcosystemModel) -> pd.DataFrame:
        """Series by hub: `month`, `hub`, then one column a series; only hubs that have opened."""
        frame = self._stacked(model, self.hubs, HUB, "hub", [hub.name for hub in model.hubs])
        frame["open"] = frame["open"].astype(bool)
        frame.insert(6, "hours_per_resident", frame["mentor_hours"] / frame["residents"].where(frame["residents"] > 0))
        first, last = self._reported(model)
        opened = np.maximum.accumulate(self.hubs[first:last, :, HUB.index("places")] > 0).ravel()
        return frame[opened].reset_index(drop=True)

    def region_frame(self, model: EcosystemModel) -> pd.DataFrame:
        """Series by region: `month`, `region`, then one column a series."""
        return self._stacked(model, self.regions, REGION, "region", list(model.geography.regions))

    def _reported(self, model: EcosystemModel) -> tuple[int, int]:
        last = model.months_done
        return min(max(0, model.months_until(REPORTED_FROM)), last), last

    def _labels(self, model: EcosystemModel, first: int, last: int) -> list[str]:
        return [month_after(model.scenario.start, month) for month in range(first, last)]

    def _stacked(
        self, model: EcosystemModel, values: np.ndarray, series: tuple[str, ...], name: str, members: list[str]
    ) -> pd.DataFrame:
        import pandas as pd

        first, last = self._reported(model)
        labels = self._labels(model, first, last)
        frame = pd.DataFrame(values[first:last].reshape(-1, len(series)), columns=list(series))
        frame.insert(0, "month", np.repeat(np.array(labels, dtype=object), len(members)))
        frame.insert(1, name, np.tile(np.array(members, dtype=object), len(labels)))
        return frame


def theil(residents: np.ndarray, population: np.ndarray) -> float:
    """Theil index of residents per head over regions, 0 when all are equal; NaN without residents.

    `T = sum_r (y_r / Y) ln((y_r / Y) / (p_r / P))`, Theil 1967, Economics and Information Theory.
    """
    total = residents.sum()
    if total == 0:
        return np.nan
    share, weight = residents / total, population / population.sum()
    positive = share > 0
    return float(np.sum(share[positive] * np.log(share[positive] / weight[positive])))
