"""The monthly record: national series, series by hub and series by region, filled in as a world runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare.calendar import month_after
from sim.declare.plugins import PluginError
from sim.model.series import Counted, Counting, HubSeries, RegionSeries, Series, States
from sim.model.survey import Regions, Seen, survey
from sim.processes import COUNTS
from sim.processes.costs import KINDS, series_of

if TYPE_CHECKING:
    from sim.model.parts import Together, Whole

NATIONAL = (*COUNTS, *States._fields, *map(series_of, KINDS))
"""National series: what the processes count, the states of the month, and its public costs."""
if _twice := sorted(set(COUNTS) & set(NATIONAL[len(COUNTS) :])):
    raise PluginError(f"a process counts {_twice[0]!r}, which is another national series; choose another name")
_PLACES = {name: place for place, name in enumerate(NATIONAL)}
REPORTED_FROM = "2016-01"
"""The years before fill an empty country and are not reported."""


def _counting(parameters: Any) -> Counting:
    return Counting(parameters.reporting.enabled)


class Snapshot(NamedTuple):
    """The active startups at the end of a month, by founding number; arrays of shape (startups,)."""

    number: np.ndarray
    resident: np.ndarray
    exporter: np.ndarray
    revenue: np.ndarray


class Record:
    """What is recorded month by month under all policies of a bundle; NaN in months that have not been.

    Attributes:
        national: (policies, months, series of `NATIONAL`).
        hubs, regions: series by hub and by region.
        last_year: the startups one by one in the last twelve months before the end, by month, of each policy: stocks
            are taken apart by it.
    """

    def __init__(self, policies: int, months: int, hubs: int, regions: int):
        self.national = np.full((policies, months, len(NATIONAL)), np.nan)
        self.hubs = HubSeries(*(np.full((policies, months, hubs), np.nan) for _ in HubSeries._fields))
        self.regions = RegionSeries(*(np.full((policies, months, regions), np.nan) for _ in RegionSeries._fields))
        self.last_year: list[dict[int, Snapshot]] = [{} for _ in range(policies)]

    def take(self, other: Record, policies: Sequence[int], months: int) -> None:
        """Take over the first `months` of some policies of another record, in this order."""
        self.national[:, :months] = other.national[policies, :months]
        for mine, theirs in zip(self.hubs, other.hubs, strict=True):
            shared = min(mine.shape[2], theirs.shape[2])
            mine[:, :months, :shared] = theirs[policies, :months, :shared]
            mine[:, :months, shared:] = 0.0
        for mine, theirs in zip(self.regions, other.regions, strict=True):
            mine[:, :months] = theirs[policies, :months]
        self.last_year = [dict(other.last_year[policy]) for policy in policies]

    def record(self, world: Together) -> None:
        """Write down the month that ends."""
        month, by_hub = world.month, world.hub_tally
        country = Regions(world.central_region, world.geography.population)
        counted = Counted(
            world.tally.counted,
            world.programme.counted,
            by_hub["admissions"],
            by_hub["graduations"],
            world.closed_by_region,
        )
        counting, series = world.by_policy(_counting), Series(self.national, self.hubs, self.regions)
        survey(month, world.startups.see(Seen), world.cohorts, country, world.hubs, counted, counting, series)
        for policy, scenario in enumerate(world.scenarios):
            if month >= scenario.months - 12:
                self.last_year[policy][month] = _snapshot(world, policy)


def _snapshot(world: Together, policy: int) -> Snapshot:
    startups = world.startups
    here = startups.active(policy)
    number, hub, exporter, revenue = (
        startups.column(name, policy)[here] for name in ("number", "hub", "exporter", "revenue")
    )
    return Snapshot(number, hub >= 0, exporter, revenue)


class History:
    """What is recorded under one policy; NaN in months that have not been.

    Attributes:
        hubs, regions: series by hub and by region, (months, hubs) and (months, regions) each.
        last_year: the startups one by one in the last twelve months before the end.
    """

    def __init__(self, record: Record, policy: int, months: int, hubs: int):
        self._national = record.national[policy, :months]
        self.hubs = HubSeries(*(series[policy, :months, :hubs] for series in record.hubs))
        self.regions = RegionSeries(*(series[policy, :months] for series in record.regions))
        self.last_year = record.last_year[policy]

    def national(self, name: str) -> np.ndarray:
        """One of the series of `NATIONAL`, or `hubs`, the number of open hubs, (months,)."""
        if name == "hubs":
            return self.hubs.open.sum(axis=1)
        return self._national[:, _PLACES[name]]

    @property
    def costs(self) -> np.ndarray:
        """Public cost in kMAD by month and kind of `costs.KINDS`, (months, kinds)."""
        return self._national[:, -len(KINDS) :]

    def columns(self, model: Whole) -> dict[str, np.ndarray]:
        """National series of the months so far, from 2016 on: `month`, then one array a series, (months,) each."""
        months, reported = self._reported(model)
        return {"month": months, **dict(zip(NATIONAL, self._national[reported].T, strict=True))}

    def hub_columns(self, model: Whole) -> dict[str, np.ndarray]:
        """Series by hub: `month`, `hub`, then one array a series, (rows,) each; only hubs that have opened."""
        months, reported = self._reported(model)
        month, hub = _crossed(months, [hub.name for hub in model.hubs])
        opened = np.maximum.accumulate(self.hubs.places[reported] > 0).ravel()
        found = {"month": month[opened], "hub": hub[opened]}
        for name, values in self.hubs._asdict().items():
            found[name] = values[reported].ravel()[opened]
            if name == "waiting":
                found["hours_per_resident"] = found[name]  # its place; the hours come later
        residents = np.where(found["residents"] > 0, found["residents"], np.nan)
        found["hours_per_resident"] = found["mentor_hours"] / residents
        return found | {"open": found["open"].astype(bool)}

    def region_columns(self, model: Whole) -> dict[str, np.ndarray]:
        """Series by region: `month`, `region`, then one array a series, (months x regions,) each."""
        months, reported = self._reported(model)
        month, region = _crossed(months, list(model.geography.regions))
        series = {name: values[reported].ravel() for name, values in self.regions._asdict().items()}
        return {"month": month, "region": region, **series}

    def _reported(self, model: Whole) -> tuple[np.ndarray, slice]:
        """The months from 2016 on, as text and as places in the arrays."""
        last = model.months_done
        first = min(max(0, model.months_until(REPORTED_FROM)), last)
        return _months(model.scenario.start, first, last), slice(first, last)


@lru_cache
def _months(start: str, first: int, last: int) -> np.ndarray:
    return np.array([month_after(start, month) for month in range(first, last)], dtype=object)


def _crossed(months: np.ndarray, members: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The month and the member of each row, where each month has one row for each member."""
    return np.repeat(months, len(members)), np.tile(np.array(members, dtype=object), len(months))
