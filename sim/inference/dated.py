"""What the monthly record of a world shows of a quantity at a date: a month, or a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsFloat

import numpy as np

from sim.model.history import NATIONAL
from sim.model.outcomes import stocks

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel

OF_A_YEAR = ("turnover", "revenue", "deals")
"""Outcomes of the twelve months until a date, as `sim.model.outcomes.stocks` defines them."""
SUMS = {"closures": "failed", "deal_amount": "deal_amount"}
"""Outcomes that are sums over the months of a date, by the series that is counted each month."""


def ratio(part: SupportsFloat, whole: SupportsFloat) -> float:
    """A part of a whole; NaN of nothing."""
    return float(part) / float(whole) if whole else np.nan


def months_of(date: str) -> tuple[str, str]:
    """First and last month of a date of the facts: `2024-05`, `2018` or `2015-2016`."""
    first, _, rest = date.partition("-")
    if len(rest) == 2:
        return date, date
    return f"{first}-01", f"{rest or first}-12"


class DatedReader:
    """Reads quantities at dates from the record of a world; NaN of a date that the world has not reached."""

    def __init__(self, model: EcosystemModel):
        self.model = model

    def read(self, outcome: str, date: str) -> float:
        """A quantity at a date: the mean of its months, or the year until its end.

        Args:
            outcome: a series or an outcome, with a hub or region behind a colon if it is of a place.
            date: as in the facts.

        Raises:
            KeyError: the record has no such quantity or place.
        """
        name, _, place = outcome.partition(":")
        first, last = self._span(date)
        if last >= self.model.months_done:
            return np.nan
        if place:
            return self._at(place, name, first, last)
        if name == "hubs_open":
            return float(self.model.recorder.hubs.open[last].sum())
        if name in OF_A_YEAR:
            return stocks(self.model, last + 1)[name]
        if name in SUMS:
            return float(self.model.recorder.national(SUMS[name])[first : last + 1].sum())
        return float(self.model.recorder.national(name)[first : last + 1].mean())

    def shows(self, outcome: str) -> bool:
        """Whether `read` knows an outcome."""
        name, _, place = outcome.partition(":")
        return bool(place) or name in ("hubs_open", *OF_A_YEAR, *SUMS, *NATIONAL)

    def _span(self, date: str) -> tuple[int, int]:
        first, last = months_of(str(date))
        return self.model.months_until(first), self.model.months_until(last)

    def _at(self, place: str, name: str, first: int, last: int) -> float:
        """The mean of a series of a region or of a hub."""
        regions = self.model.geography.region_index
        if place in regions:
            of_regions: np.ndarray = getattr(self.model.recorder.regions, name)
            return float(of_regions[first : last + 1, regions[place]].mean())
        return self._hub_series(place, name, first, last)

    def _hub_index(self, hub: str) -> int:
        return {one.name: one.index for one in self.model.hubs}[hub]

    def _hub_series(self, hub: str, name: str, first: int, last: int) -> float:
        record, index = self.model.recorder.hubs, self._hub_index(hub)

        def series(name: str) -> np.ndarray:
            found: np.ndarray = getattr(record, name)[first : last + 1, index]
            return found

        if name == "occupancy":
            return ratio(series("occupied").sum(), series("places").sum())
        return float(series(name).mean())
