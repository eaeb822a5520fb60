"""The observables of facts: what the source of each fact would have read in the actual world of a replication.

Dated facts are compared with the monthly series at their date, others with the outcomes of `sim.model.outcomes`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.declare.states import Cause
from sim.inference.dated import DatedReader, ratio
from sim.inference.panel import Panel, mean_or_nan
from sim.model.outcomes import measure
from sim.processes.reporting import OF_THE_OPERATOR, reported

COHORT = ("2015-01", "2019-06")
"""First and last month of admission or founding of the cohort, which can be followed for five years until mid-2024."""
SNAPSHOTS = ("2021-12", "2022-12", "2023-12", "2024-12", "2025-12")
"""Months at whose end the startups are stored one by one."""


class FactReader(DatedReader):
    """Computes the observables of the facts in the actual world."""

    def __init__(self, world: Panel):
        super().__init__(world.model)
        self.world, self.register = world, world.register
        self.measured = measure(self.model, COHORT)

    def facts(self, effects: dict[str, float]) -> dict[str, float]:
        """The observable of every fact with a band, by the fact's id; NaN if this world does not show it."""
        from sim.country.data import table

        facts = table("facts")
        judged = facts[facts["low"].notna() | facts["high"].notna()]
        return {row["id"]: self._published(row, effects) for row in judged.to_dict("records")}

    def _published(self, fact: dict[Any, Any], effects: dict[str, float]) -> float:
        """What the source of a fact would have published of this world."""
        value, outcome = float(self._read(fact, effects)), fact["outcome"].partition(":")[0]
        return reported(value, self.model.scenario.parameters) if outcome in OF_THE_OPERATOR else value

    def readings(self) -> dict[str, float]:
        """The operator's success rate under each reading of the claim, as the operator would report it."""
        parameters = self.model.scenario.parameters
        return {f"reading:{name}": reported(float(self.measured[name]), parameters) for name in READINGS}

    def _read(self, fact: dict[Any, Any], effects: dict[str, float]) -> float:
        outcome, _, place = fact["outcome"].partition(":")
        if outcome in effects:
            return effects[outcome]
        first, last = self._span(fact["date"])
        if last >= self.model.months_done:
            return np.nan
        if own := getattr(self, f"_{outcome}", None):
            found: float = own(place, first, last) if place else own(first, last)
            return found
        if self.shows(fact["outcome"]):
            return self.read(fact["outcome"], fact["date"])
        return self.measured[outcome]

    # --- founders without a hub ---------------------------------------------------------------

    def _outside(self, months: int) -> float:
        register = self.register
        followed = register.between(register.founded, COHORT, months)
        alone = register.base & (register.admitted < 0) & followed
        return ratio(np.count_nonzero(alone & register.survived(months)), np.count_nonzero(alone))

    def _survival_1y_outside(self, first: int, last: int) -> float:
        return self._outside(12)

    def _survival_3y_outside(self, first: int, last: int) -> float:
        return self._outside(36)

    def _survival_5y_outside(self, first: int, last: int) -> float:
        return self._outside(60)

    def _hazard(self) -> np.ndarray:
        """Monthly risk of failure of startups never admitted, by age, as a moving mean over seven months."""
        register, done = self.register, self.model.months_done
        alone = register.admitted < 0
        founded = register.founded[alone]
        closed = np.where(register.cause[alone] != Cause.ACTIVE, register.closed[alone], done)
        lost = register.failed[alone]
        ages = np.arange(78)
        deaths = np.bincount(np.minimum((closed - founded)[lost], 77), minlength=78)
        at_risk = (np.sort(closed - founded).size - np.searchsorted(np.sort(closed - founded), ages)).astype(float)
        window = np.ones(7)
        return np.convolve(deaths[:77], window, "valid") / np.convolve(at_risk[:77], window, "valid")

    def _hazard_peak_month(self, first: int, last: int) -> float:
        return float(np.argmax(self._hazard()) + 3)

    def _hazard_late_ratio(self, first: int, last: int) -> float:
        hazard = self._hazard()
        return ratio(float(hazard[46:58].mean()), float(hazard.max()))

    # --- hubs -----------------------------------------------------------------------------------

    def _wait_months(self, hub: str, first: int, last: int) -> float:
        register = self.register
        here = (register.home_hub == self._hub_index(hub)) & (register.admitted >= first) & (register.admitted <= last)
        return mean_or_nan((register.admitted - register.applied)[here])

    def _success_24m(self, *place_and_span: Any) -> float:
        if len(place_and_span) == 2:
            return self.measured["success_24m"]
        register = self.register
        here = (register.home_hub == self._hub_index(place_and_span[0])) & register.between(
            register.admitted, COHORT, 24
        )
        return ratio(np.count_nonzero(here & register.success(24)), np.count_nonzero(here))

    def _fill_12m(self, first: int, last: int) -> float:
        filled = []
        for hub in self.model.hubs:
            month = hub.plan.opens + 12
            if hub.plan.opens > self.model.months_until("2014-01") and month < self.model.months_done:
                record = self.model.recorder.hubs
                filled.append(ratio(record.residents[month, hub.index], record.places[month, hub.index]))
        return mean_or_nan(np.array(filled))

    def _jobs_per_resident(self, first: int, last: int) -> float:
        national = self.model.recorder.national
        return ratio(national("jobs_resident")[last], national("residents")[last])

    def _fair_hub_startups(self, first: int, last: int) -> float:
        return float(self.model.recorder.national("fair_places_residents")[last])

    def _fair_places(self, first: int, last: int) -> float:
        return float(self.model.recorder.national("fair_places")[first : last + 1].sum())

    def _casablanca_rabat_share(self, first: int, last: int) -> float:
        active = self.model.recorder.regions.active[last]
        return ratio(active[self.model.central_region].sum(), active.sum())

    # --- size and growth ----------------------------------------------------------------------

    def _young(self) -> dict[str, np.ndarray]:
        """Columns of the startups that are at most six years old at the end of 2022."""
        shot = self.world.snapshots["2022-12"]
        young = self.model.months_until("2022-12") - shot["founded"] <= 72
        return {name: column[young] for name, column in shot.items()}

    def _revenue_mean_to_median(self, first: int, last: int) -> float:
        shot = self.world.snapshots["2022-12"]
        revenue = shot["revenue"][shot["hub"] >= 0]
        return ratio(revenue.mean(), np.median(revenue)) if revenue.size else np.nan

    def _size_log_sd(self, first: int, last: int) -> float:
        return float(np.log(self._young()["revenue"]).std())

    def _size_log_sd_at(self, age: int) -> float:
        """Spread of log revenue of startups whose age is within half a year of `age` months at the end of 2022."""
        shot = self.world.snapshots["2022-12"]
        months = self.model.months_until("2022-12") - shot["founded"]
        revenue = shot["revenue"][(months > age - 6) & (months <= age + 6)]
        return float(np.log(revenue).std()) if revenue.size else np.nan

    def _size_log_sd_1y(self, first: int, last: int) -> float:
        return self._size_log_sd_at(12)

    def _size_log_sd_5y(self, first: int, last: int) -> float:
        return self._size_log_sd_at(60)

    def _size_top_decile_share(self, first: int, last: int) -> float:
        revenue = np.sort(self._young()["revenue"])
        return float(revenue[-(revenue.size // 10) :].sum() / revenue.sum())

    def _size_below_10m_share(self, first: int, last: int) -> float:
        return float((12 * self._young()["revenue"] < 10_000).mean())

    def _growth(self) -> tuple[np.ndarray, np.ndarray]:
        """Log revenue of survivors at the end of 2021, and its growth until the end of 2022."""
        before, after = self.world.snapshots["2021-12"], self.world.snapshots["2022-12"]
        _, left, right = np.intersect1d(before["key"], after["key"], assume_unique=True, return_indices=True)
        size = np.log(before["revenue"][left])
        return size, np.log(after["revenue"][right]) - size

    def _growth_sd(self, first: int, last: int) -> float:
        return float(self._growth()[1].std())

    def _growth_excess_kurtosis(self, first: int, last: int) -> float:
        growth = self._growth()[1]
        centred = growth - growth.mean()
        return float((centred**4).mean() / (centred**2).mean() ** 2 - 3)

    def _growth_sd_size_exponent(self, first: int, last: int) -> float:
        size, growth = self._growth()
        order = np.argsort(size)
        fifths = np.array_split(order, 5)
        middle = [size[part].mean() for part in fifths]
        spread = [np.log(growth[part].std()) for part in fifths]
        known = np.isfinite(middle).all() and np.isfinite(spread).all()
        return float(-np.polyfit(middle, spread, 1)[0]) if known else np.nan

    # --- exports --------------------------------------------------------------------------------

    def _exporter_size_premium(self, first: int, last: int) -> float:
        shot = self.world.snapshots["2022-12"]
        age = (self.model.months_until("2022-12") - shot["founded"]) // 12
        size, exporter = np.log(shot["revenue"]), shot["exporter"]
        gaps, weights = [], []
        for year in np.unique(age):
            mine = age == year
            both = np.count_nonzero(mine & exporter), np.count_nonzero(mine & ~exporter)
            if min(both) > 0:
                gaps.append(size[mine & exporter].mean() - size[mine & ~exporter].mean())
                weights.append(both[0])
        return float(np.average(gaps, weights=weights)) if gaps else np.nan

    def _exporters_outside_share(self, first: int, last: int) -> float:
        """Share of exporters among the active startups that have never been in a hub."""

        def counted(name: str) -> float:
            return float(self.model.recorder.national(name)[first : last + 1].sum())

        exporting = counted("exporters") - counted("exporters_resident") - counted("exporters_graduate")
        return ratio(exporting, counted("active") - counted("residents") - counted("graduates"))

    def _export_entry_early_share(self, first: int, last: int) -> float:
        register = self.register
        followed = register.between(register.founded, COHORT, 60) & (register.first_export >= 0)
        early = followed & (register.first_export - register.founded < 24)
        return ratio(np.count_nonzero(early), np.count_nonzero(followed))

    def _export_stop_1y(self, first: int, last: int) -> float:
        begin = self.model.months_until("2016-01")
        months = range(begin, self.model.months_done - 12)
        starts, kept = np.sum([self.world.started_and_kept(month, month + 12) for month in months], axis=0)
        return 1 - ratio(kept, starts) if starts else np.nan

    # --- finance --------------------------------------------------------------------------------

    def _rounds(self, year: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Keys, amounts and regions of the startups that raised a round in a year."""
        before, after = (self.world.equity[f"{one}-12"] for one in (year - 1, year))
        order = np.argsort(before[0])
        place = np.minimum(np.searchsorted(before[0], after[0], sorter=order), order.size - 1)
        known = before[0][order[place]] == after[0]
        amount = after[1] - np.where(known, before[1][order[place]], 0.0)
        raised = amount > 1e-9
        rows, _ = self.world.find(after[0][raised])
        return after[0][raised], amount[raised], self.register.region[rows]

    def _deal_amount(self, first: int, last: int) -> float:
        year = next(int(month[:4]) for month in SNAPSHOTS if self.model.months_until(month) == last)
        return float(self._rounds(year)[1].sum())

    def _deals_top_three_share(self, first: int, last: int) -> float:
        amount = np.sort(self._rounds(2024)[1])
        return ratio(amount[-3:].sum(), amount.sum())

    def _deal_median(self, first: int, last: int) -> float:
        amount = self._rounds(2024)[1]
        return float(np.median(amount)) if amount.size else np.nan

    def _deals_casablanca_share(self, first: int, last: int) -> float:
        region = self._rounds(2024)[2]
        casablanca = self.model.geography.region_index["Casablanca-Settat"]
        return mean_or_nan(region == casablanca)

    def _funding_residents(self, first: int, last: int) -> float:
        keys, amount, _ = self._rounds(2023)
        shot = self.world.snapshots["2023-12"]
        return float(amount[np.isin(keys, shot["key"][shot["hub"] >= 0])].sum())


READINGS = ("graduate_survival", "success_rate", "completion_rate", "cohort_success_rate")
"""Outcomes that the operator's claim about its success rate may mean."""
