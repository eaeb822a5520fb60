"""Outcomes: what success, survival, export rate and cost mean, each defined once.

Every rate carries its denominator (`<name>_n`) and a sentence that says what it counts. Rates of the
admitted and of founders refer to those admitted or founded in `WINDOW` with a full follow-up before
the world ends; stocks are means of the last twelve months, with December 2027 beside them
(`<name>_2027`); costs run from `present` to the end, discounted to `present`. An acquisition is a
success. NaN means not defined: nobody was in the denominator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.declare.states import Cause, FounderKind, LeftHub, failed, first_founded
from sim.model.relocation import moves
from sim.model.shown import BY_NAME, BY_UNIT, Shown
from sim.processes.costs import KINDS, PARTS, to_date

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel

WINDOW = ("2025-01", "2029-12")
"""Months of admission or founding to which cohort outcomes refer."""
MIDWAY = "2027-12"
"""Month at which stocks are also read: the end of the roadmap."""
FIRST_MONTHS_OF_A_HUB = 24


@dataclass(frozen=True)
class Outcome:
    """The definition of one outcome.

    Args:
        name: column of the result tables.
        label: short name for people.
        unit: unit in plain words.
        kind: what sort of number it is.
        better: in which direction a policymaker wants it to move, if any.
        sentence: what it counts, in one sentence.
    """

    name: str
    label: str
    unit: str
    kind: Literal["rate", "count", "money", "index", "time"]
    better: Literal["up", "down", "none"]
    sentence: str

    @property
    def shown(self) -> Shown:
        """How it is shown: its scale, its unit, and the unit of differences."""
        return BY_NAME.get(self.name) or BY_UNIT.get(self.unit) or Shown(self.unit)


_DEFINITIONS = (
    Outcome("success_rate", "Success rate, operator's counting", "share", "rate", "up",
            "Of the startups that still operated two years after admission, the share that operate, or were "
            "bought, five years after admission."),
    Outcome("cohort_success_rate", "Success rate of a cohort", "share", "rate", "up",
            "Of all startups admitted, the share that operate, or were bought, five years after admission."),
    Outcome("success_24m", "Success after 24 months", "share", "rate", "up",
            "Of all startups admitted, the share that operate, or were bought, two years after admission."),
    Outcome("graduate_survival", "Success of graduates", "share", "rate", "up",
            "Of the startups that finished their stay, the share that operate, or were bought, five years later."),
    Outcome("completion_rate", "Completed stays", "share", "rate", "none",
            "Of all startups admitted, the share that stayed in the hub until the end of the maximum stay."),
    Outcome("survival_5y", "Five-year survival, national", "share", "rate", "up",
            "Of all startups founded in the country, the share that has not failed five years after founding."),
    Outcome("survivors_5y", "Startups alive after five years", "startups", "count", "up",
            "Startups founded from 2025 to 2029 that have not failed five years after founding, relocated ones "
            "counted once."),
    Outcome("export_rate", "Export rate of residents", "share", "rate", "up",
            "Of the startups in hubs, the share that export in the last year."),
    Outcome("export_rate_alumni", "Export rate of former residents", "share", "rate", "up",
            "Of the active startups that have left a hub, the share that export in the last year."),
    Outcome("cohort_export_rate", "Export rate of a cohort", "share", "rate", "up",
            "Of all startups admitted, the share that export five years after admission."),
    Outcome("ever_exported", "Ever exported within five years", "share", "rate", "up",
            "Of all startups admitted, the share that exported at any time until five years after admission."),
    Outcome("exporters", "Exporters in the country", "startups", "count", "up",
            "Active startups that export in the last year, those founded anew after a failure left out."),
    Outcome("hubs", "Open hubs", "hubs", "count", "none", "Hubs that admit and serve startups."),
    Outcome("residents", "Residents of hubs", "startups", "count", "none", "Startups housed in hubs."),
    Outcome("occupancy", "Occupancy", "share", "rate", "none", "Share of the places that are taken."),
    Outcome("waiting", "Waiting for a place", "startups", "count", "down", "Startups on the lists of hubs."),
    Outcome("turnover", "Turnover of residents", "share/year", "rate", "none",
            "Residents that leave within a year, for any reason, relative to all residents."),
    Outcome("admissions", "Admissions", "startups/year", "count", "none", "Startups admitted in a year."),
    Outcome("revenue", "Yearly revenue of a resident", "kMAD/year", "money", "up",
            "Mean yearly revenue of startups in hubs."),
    Outcome("jobs", "Jobs", "jobs", "count", "up",
            "Jobs in active startups: one per 30 thousand of monthly revenue, at least one (reported, not simulated)."),
    Outcome("grant_amount", "Grants and honour loans paid", "kMAD/year", "money", "none",
            "Grants and honour loans paid in a year."),
    Outcome("loan_amount", "Bank loans paid", "kMAD/year", "money", "none", "Guaranteed bank loans paid in a year."),
    Outcome("equity_amount", "Seed and venture capital paid", "kMAD/year", "money", "up",
            "Seed and venture capital paid in a year."),
    Outcome("deals", "Seed and venture deals", "deals/year", "count", "up", "Seed and venture rounds paid in a year."),
    Outcome("funded_share", "Share with equity", "share", "rate", "up",
            "Of all active startups, the share that has ever received seed or venture capital."),
    Outcome("regional_balance", "Residents outside the centre", "share", "rate", "up",
            "Of the startups in hubs, the share outside {centre}."),
    Outcome("theil_residents", "Regional inequality of residents", "index", "index", "down",
            "Theil index of residents per inhabitant over all regions; 0 when all regions are equal."),
    Outcome("survivors_outside", "Survivors outside the centre", "startups", "count", "up",
            "Startups founded from 2025 to 2029 outside {centre} that have not failed five years after founding."),
    Outcome("relocated", "Relocated founders", "startups", "count", "none",
            "Founders of 2025 to 2029 who moved to the city of a hub instead of founding at home."),
    Outcome("cost", "Cost of the policy", "MAD", "money", "down",
            "Public cost from the present to the end, discounted: capital, running cost, mentors, missions, fairs, "
            "grants and honour loans, less what is repaid until the end and what buildings opened since the present "
            "are then still worth."),
    *(
        Outcome(f"cost_{kind}", f"Cost: {kind}", "MAD", "money", "down",
                f"The part of the discounted cost that goes to {kind}.")
        for kind in KINDS[:-1]
    ),
    Outcome("cost_grants", "Cost: grants", "MAD", "money", "down",
            "The part of the discounted cost that goes to grants and honour loans, less what is repaid of honour loans "
            "until the end, older ones included; what is repaid later is not seen."),
    Outcome("cost_residual", "Cost: value of buildings", "MAD", "money", "down",
            "What buildings opened since the present are still worth at the end, discounted: taken off the cost, so "
            "it is negative."),
)  # fmt: skip

OUTCOMES: dict[str, Outcome] = {outcome.name: outcome for outcome in _DEFINITIONS}
"""All outcomes by name, in the order of the tables."""


OF_REGIONS = {
    outcome.name: outcome
    for outcome in (
        Outcome("relocated_in", "Founders from another region", "startups", "count", "none",
                "Founders of 2025 to 2029 who came from another region to the city of a hub in this one."),
        Outcome("relocated_out", "Founders gone to another region", "startups", "count", "none",
                "Founders of 2025 to 2029 who left this region for the city of a hub in another one."),
    )
}  # fmt: skip
"""Outcomes that only regions have: over all regions those who come are as many as those who leave."""
DEFINED = OUTCOMES | OF_REGIONS
"""All outcomes that are defined here, by name."""


def shown_of(name: str) -> Shown:
    """How an outcome (of a place or of 2027 as of the country), a price or a monthly series is shown.

    A plain number if nobody declares it.
    """
    name = name.partition(":")[0].removesuffix("_2027")
    return DEFINED[name].shown if name in DEFINED else BY_NAME.get(name, Shown())


def better_of(name: str) -> Literal["up", "down", "none"]:
    """In which direction a policymaker wants an outcome to move, if any."""
    return OUTCOMES[name].better if name in OUTCOMES else "none"


_STOCKS = {
    "hubs": None,
    "residents": None,
    "waiting": None,
    "jobs": None,
    "theil_residents": None,
    "occupancy": "places",
    "export_rate": "residents",
    "regional_balance": "residents",
    "funded_share": "active",
}
_SERIES = {"regional_balance": "outside_centre"}
YEARLY = {
    "admissions": "admissions",
    "grant_amount": "grant_amount",
    "loan_amount": "loan_amount",
    "equity_amount": "deal_amount",
    "deals": "deals",
}
"""Outcomes that are sums of a year, by what is counted each month."""


class Register:
    """Columns of all startups ever founded, and the questions that several outcomes ask of them."""

    def __init__(self, model: EcosystemModel):
        self.model = model
        self.done = model.months_done

    def __getattr__(self, name: str) -> np.ndarray:
        column = self.__dict__[name] = self.model.startups.everyone(name)
        return column

    @property
    def base(self) -> np.ndarray:
        """Whether its founder is one of those whom no policy draws."""
        found: np.ndarray = self.kind == FounderKind.BASE
        return found

    @property
    def failed(self) -> np.ndarray:
        """Whether it has left the market without being bought."""
        found: np.ndarray = failed(self.cause)
        return found

    @property
    def anew(self) -> np.ndarray:
        """Whether it is the first startup of its founder, not founded again after a failure."""
        found: np.ndarray = first_founded(self.kind)
        return found

    def between(self, months: np.ndarray, window: tuple[str, str], follow_up: int) -> np.ndarray:
        """Whether an event lies in the window and was followed up for `follow_up` months."""
        first, last = (self.model.months_until(month) for month in window)
        return (months >= first) & (months <= last) & (months + follow_up < self.done)

    def bought_within(self, since: np.ndarray, months: int) -> np.ndarray:
        """Whether it was acquired at most `months` after `since`."""
        found: np.ndarray = (self.cause == Cause.ACQUIRED) & (self.closed - since <= months)
        return found

    def success(self, months: int) -> np.ndarray:
        """Whether it operated, or had been bought, `months` (24 or 60) after admission."""
        operated = self.operating_24 if months == 24 else self.operating_60
        found: np.ndarray = operated | self.bought_within(self.admitted, months)
        return found

    def survived(self, months: int = 60) -> np.ndarray:
        """Whether it had not failed `months` after founding."""
        found: np.ndarray = ~(self.failed & (self.closed - self.founded <= months))
        return found


def cohorts(register: Register, window: tuple[str, str] = WINDOW) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Who is counted in each rate of the admitted, the graduated and the founded: those with success, and the whole.

    Both are flags of all startups ever founded; the rate is the share of the whole that has success.
    """
    admitted = register.between(register.admitted, window, 60) & (register.admitted >= 0)
    recently = register.between(register.admitted, window, 24) & (register.admitted >= 0)
    completed = register.left_reason == LeftHub.GRADUATED
    graduates = completed & register.between(register.left, window, 60)
    exported = (register.first_export >= 0) & (register.first_export - register.admitted <= 60)
    founded = register.anew & register.between(register.founded, window, 60)
    return {
        "success_rate": (register.success(60), admitted & register.success(24)),
        "cohort_success_rate": (register.success(60), admitted),
        "success_24m": (register.success(24), recently),
        "graduate_survival": (register.graduate_60 | register.bought_within(register.left, 60), graduates),
        "completion_rate": (completed, admitted),
        "cohort_export_rate": (register.exporting_60, admitted),
        "ever_exported": (exported, admitted),
        "survival_5y": (register.survived(), founded),
    }


def measure(model: EcosystemModel, window: tuple[str, str] = WINDOW) -> dict[str, float]:
    """All outcomes of a world, by name, with denominators (`_n`), regions and hubs (`name:place`).

    Args:
        model: a world that has run; follow-ups that its end cuts off are left out.
        window: first and last month of admission or founding for the cohort outcomes.
    """
    register = Register(model)
    values: dict[str, float] = {}

    def rate(name: str, part: np.ndarray, whole: np.ndarray) -> None:
        count = np.count_nonzero(whole)
        values[name] = np.count_nonzero(part & whole) / count if count else np.nan
        values[f"{name}_n"] = float(count)

    groups = cohorts(register, window)
    for name, (part, whole) in groups.items():
        rate(name, part, whole)
    survived, founded = groups["survival_5y"]
    survived = survived & founded
    values["survivors_5y"] = float(np.count_nonzero(survived)) if founded.any() else np.nan
    outside = ~model.central_region[register.region]
    values["survivors_outside"] = float(np.count_nonzero(survived & outside)) if founded.any() else np.nan
    moved = founded & register.relocated
    values["relocated"] = float(np.count_nonzero(moved))
    crossed = moves(model, register.key[moved], register.region[moved], window)
    np.fill_diagonal(crossed, 0.0)
    for index, region in enumerate(model.geography.regions):
        here = register.region == index
        rate(f"survival_5y:{region}", survived, founded & here)
        values[f"survivors_5y:{region}"] = float(np.count_nonzero(survived & here))
        values[f"relocated_in:{region}"] = float(crossed[:, index].sum())
        values[f"relocated_out:{region}"] = float(crossed[index].sum())

    values |= stocks(model) | _costs(model) | _by_hub(model, register, rate)
    return _ordered(values)


def _ordered(values: dict[str, float]) -> dict[str, float]:
    """National outcomes first, in the order of their definitions, each followed by its denominator."""
    first = [key for name in OUTCOMES for key in (name, f"{name}_n") if key in values]
    return {key: values[key] for key in first} | {key: value for key, value in values.items() if key not in first}


def stocks(model: EcosystemModel, done: int | None = None) -> dict[str, float]:
    """Means of the twelve months before month `done` (by default the last ones), and December 2027."""
    record, done = model.recorder, model.months_done if done is None else done
    year = slice(max(0, done - 12), done)
    midway = model.months_until(MIDWAY)
    values: dict[str, float] = {}

    def mean(name: str) -> float:
        return float(record.national(name)[year].mean())

    for name, denominator in _STOCKS.items():
        series = record.national(_SERIES.get(name, name))
        known = series[year][~np.isnan(series[year])]
        values[name] = float(known.mean()) if known.size else np.nan
        if denominator:
            values[f"{name}_n"] = mean(denominator)
        if midway < done:
            values[f"{name}_2027"] = float(series[midway])
    for name, series_name in YEARLY.items():
        values[name] = 12 * mean(series_name)
    residents, graduates = mean("residents"), mean("graduates")
    values["turnover"] = 12 * mean("leavers") / residents if residents else np.nan
    values["turnover_n"] = residents
    values["export_rate_alumni"] = mean("exporters_graduate") / graduates if graduates else np.nan
    values["export_rate_alumni_n"] = graduates
    housed = record.national("residents")[year] > 0
    monthly = record.national("revenue_resident_mean")[year][housed]
    values["revenue"] = 12 * float(monthly.mean()) if monthly.size else np.nan
    by_region = record.regions
    living, inside, exporting = (
        series[year].mean(axis=0) for series in (by_region.active, by_region.residents, by_region.exporters)
    )
    values["exporters"] = mean("exporters_counted")
    for index, region in enumerate(model.geography.regions):
        values[f"active:{region}"] = float(living[index])
        values[f"residents:{region}"] = float(inside[index])
        values[f"exporters:{region}"] = float(exporting[index])
    return values


def costs_to_date(model: EcosystemModel) -> np.ndarray:
    """What the policy has cost by the end of each month since present, in kMAD discounted to it, (months, PARTS)."""
    paid = model.recorder.costs[model.scenario.present_months : model.months_done]
    return to_date(paid, model.scenario.parameters.costs)


def _costs(model: EcosystemModel) -> dict[str, float]:
    """Cost from present to end in dirhams, discounted monthly to present, in all and by part."""
    parts = 1000 * costs_to_date(model)[-1:].sum(axis=0)
    return {"cost": float(parts.sum())} | {
        f"cost_{part}": float(amount) for part, amount in zip(PARTS, parts, strict=True)
    }


def _by_hub(
    model: EcosystemModel, register: Register, rate: Callable[[str, np.ndarray, np.ndarray], None]
) -> dict[str, float]:
    """Residents and occupancy of each hub, and the fate of those admitted in its first two years."""
    done = model.months_done
    record, year = model.recorder.hubs, slice(max(0, done - 12), done)
    places, residents, waiting = (
        series[year].mean(axis=0).tolist() for series in (record.places, record.residents, record.waiting)
    )
    values: dict[str, float] = {}
    for hub in model.hubs:
        housed, room = residents[hub.index], places[hub.index]
        values[f"residents:{hub.name} (hub)"] = housed
        values[f"occupancy:{hub.name} (hub)"] = housed / room if room else np.nan
        values[f"waiting:{hub.name} (hub)"] = waiting[hub.index]
        if hub.plan.opens >= model.scenario.present_months:
            early = (register.home_hub == hub.index) & (register.admitted < hub.plan.opens + FIRST_MONTHS_OF_A_HUB)
            rate(f"success_24m:{hub.name} (hub)", register.success(24), early & (register.admitted + 24 < done))
            rate(f"cohort_success_rate:{hub.name} (hub)", register.success(60), early & (register.admitted + 60 < done))
            values[f"admissions:{hub.name} (hub)"] = float(np.count_nonzero(early))
    return values
