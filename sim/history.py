"""The monthly record: national series, series by hub and series by region, filled in as a world runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import month_after
from sim.processes.costs import KINDS

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
        self.regions[:months] = other.regions[:months]

    def record(self, model: EcosystemModel) -> None:
        """Write down the month that ends."""
        startups, month = model.startups, model.month
        hubs, regions = len(model.hubs), len(model.geography.regions)
        resident = np.flatnonzero(startups.hub >= 0)
        exporter = startups.exporter
        by_region = np.bincount(startups.region, minlength=regions)
        residents_by_region = np.bincount(startups.region[resident], minlength=regions)
        exporters_by_region = np.bincount(startups.region[exporter], minlength=regions)
        exporters_by_hub = np.bincount(startups.hub[resident][exporter[resident]], minlength=hubs)
        places = sum(hub.places for hub in model.hubs)
        residents = resident.size
        graduate = (startups.left >= 0) & (startups.hub < 0)
        revenue = startups.revenue
        competence = startups.block("finance", "skills").mean(axis=1) if startups.count else (np.nan,) * 3
        jobs = np.maximum(1.0, revenue * (1 / 30))
        five_years, two_years = month - 60, month - 24
        founders = model.founded_by_month[five_years] if five_years >= 0 else np.zeros(regions)
        failed = model.failed_by_month[five_years] if five_years >= 0 else np.zeros(regions)
        state = {
            "active": startups.count,
            "operating": np.count_nonzero(startups.months_above >= 3),
            "residents": residents,
            "places": places,
            "waiting": sum(hub.waiting for hub in model.hubs),
            "occupancy": _ratio(residents, places),
            "exporters": exporters_by_region.sum(),
            "exporters_counted": np.count_nonzero(exporter & (startups.kind < 2)),
            "exporters_resident": exporters_by_hub.sum(),
            "exporters_graduate": np.count_nonzero(exporter & graduate),
            "graduates": np.count_nonzero(graduate),
            "export_rate": _ratio(exporters_by_hub.sum(), residents),
            "mentor_hours": sum(hub.mentor_hours for hub in model.hubs),
            "hours_received": startups.hours.sum(),
            "competence_finance": competence[0],
            "competence_market_access": competence[1],
            "competence_skills": competence[2],
            "ties": _ratio(startups.ties.sum(), startups.count),
            "revenue_total": revenue.sum(),
            "revenue_resident_mean": _ratio(revenue[resident].sum(), residents),
            "cash_total": startups.cash.sum(),
            "jobs": jobs.sum(),
            "jobs_resident": jobs[resident].sum(),
            "funded_share": _ratio(np.count_nonzero(startups.equity >= 0), startups.count),
            "outside_centre": _ratio(residents_by_region[~model.central_region].sum(), residents),
            "theil_residents": theil(residents_by_region, model.geography.population),
            "survival_5y": _ratio(founders.sum() - failed.sum(), founders.sum()),
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
        self.hubs[month] = np.column_stack(
            [
                [hub.is_open for hub in model.hubs],
                [hub.places for hub in model.hubs],
                np.bincount(startups.hub[resident], minlength=hubs),
                [hub.waiting for hub in model.hubs],
                model.hub_tally["admissions"],
                model.hub_tally["graduations"],
                [hub.mentor_hours for hub in model.hubs],
                exporters_by_hub,
            ]
        )
        self.regions[month] = np.column_stack(
            [
                by_region,
                model.founded_by_month[month],
                model.closed_by_region,
                residents_by_region,
                exporters_by_region,
                founders,
                founders - failed,
            ]
        )

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
        opened = frame.groupby("hub", sort=False)["places"].cummax() > 0
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
