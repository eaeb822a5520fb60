"""What the policy costs: capital, running cost, mentors, missions, fairs and grants, in kMAD a month.

    capital: the fit-out of a hub, in the month in which it opens
    running = places running_cost_per_place_year / 12
    mentors = (H + remote_hours) mentor_hour
    missions = n_m mission_place
    fairs = n_f fair_place subsidy
    grants = paid - repaid

with the mentor hours H of the hubs, n_m and n_f startups on missions and at the fair, and what is paid of grants and
honour loans, and repaid of the latter. Mentor hours are paid whether used or not. What is repaid counts in the month
in which it is, so what is still owed at the end counts as spent. Over the months m = 0, 1, ... after `present`, a
policy costs

    cost = sum_m c(m) (1 + d)^(-(m + month / 2) / 12) - residual
    residual = sum_m capital(m) max(0, 1 - (M - m) / (12 L)) (1 + d)^(-M / 12)

with c the sum of the above, d the discount rate, M the months until the end and L the life of a building:
what opens after the present keeps a value at the end, which falls in a straight line. Capital spent before
the present is neither counted nor has it a value, and a hub that closes keeps its building.

Prices stand in `sim/country/data/prices.csv`, each with its source or marked as assumed, and with the low and the high
end of what is plausible. The fit-out of each hub of the record or roadmap stands in `sim/country/data/hubs.csv`; as
it is a published sum, it stays when prices are taken at an end of their ranges.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Block, Payment, parameter
from sim.kernel.records import booked, kernel, read_from
from sim.kernel.state import HubStates

if TYPE_CHECKING:
    from sim.kernel.world import World

KINDS = ("capital", "running", "mentors", "missions", "fairs", "grants")
"""What is paid month by month."""


def _public(kind: str) -> tuple[str, str, str]:
    return "ministry", "hubs and organisers", kind


PAYMENTS = {_public(kind): Payment(f"Public cost: {kind}.") for kind in KINDS if kind != "grants"}
PARTS = (*KINDS, "residual")
"""What the cost of a policy is the sum of; the residual value of its buildings is a negative part."""


def series_of(kind: str) -> str:
    """Name of the monthly series of what is paid of a kind."""
    return f"cost_{kind}"


@cache
def _prices() -> dict[str, dict[str, str]]:
    with files("sim.country.data").joinpath("prices.csv").open(encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def price_ranges() -> dict[str, tuple[float, float]]:
    """Low and high end of each price by the path of its parameter; the life and the rate are no prices."""
    return {
        f"costs.{name}": (float(row["low"]), float(row["high"]))
        for name, row in _prices().items()
        if name not in ("building_life", "discount_rate")
    }


def _price(name: str, short: str, meaning: str, high: float, low: float = 0, symbol: str | None = None) -> Any:
    """Declare a price whose default, unit and origin stand in the table of prices."""
    row = _prices()[name]
    source = row["source"]
    origin = source if source.startswith("assumed") else f"source: {source} ({row['date']})"
    return parameter(
        float(row["value"]),
        short=short,
        unit=row["unit"],
        symbol=symbol,
        low=low,
        high=high,
        meaning=meaning,
        origin=origin,
    )


SYMBOLS = {
    "running": "kMAD/month", "mentors": "kMAD/month", "missions": "kMAD/month", "fairs": "kMAD/month",
    "grants": "kMAD/month", "paid": "kMAD/month", "repaid": "kMAD/month", "c(m)": "kMAD/month",
    "capital(m)": "kMAD/month", "places": "startups", "H": "h/month", "remote_hours": "h/month",
    "n_m": "startups/month", "n_f": "startups/month", "subsidy": "fairs.subsidy", "cost": "kMAD",
    "residual": "kMAD", "m": "month", "M": "month",
}  # fmt: skip


class Parameters(Block):
    """Prices, and the rate at which future money is discounted."""

    capital_per_place: float = _price(
        "capital_per_place", "Fit-out of a place", "Fit-out of one place of a hub whose cost is not known.", 10_000
    )
    running_cost_per_place_year: float = _price(
        "running_cost_per_place_year",
        "Running cost of a place",
        "Yearly running cost of one place, rent relief included.",
        1_000,
    )
    mentor_hour: float = _price("mentor_hour", "Price of a mentor hour", "Price of one mentor hour.", 100)
    mission_place: float = _price(
        "mission_place", "Cost of a place on a mission", "Cost of taking one startup on an export mission.", 1_000
    )
    fair_place: float = _price(
        "fair_place", "Fee of a place at the fair", "Fee of one startup at the yearly fair.", 1_000
    )
    building_life: float = _price(
        "building_life",
        "Life of a building",
        "Years in which a building loses its value, in a straight line.",
        1_000,
        low=1,
        symbol="L",
    )
    discount_rate: float = _price(
        "discount_rate", "Discount rate", "Yearly rate at which future costs are discounted.", 1, symbol="d"
    )


@read_from(Parameters)
class Prices(NamedTuple):
    """The prices that are paid each month, (policies,) each."""

    running_cost_per_place_year: np.ndarray
    mentor_hour: np.ndarray


@booked(
    capital=_public("capital"),
    running=_public("running"),
    mentors=_public("mentors"),
    missions=_public("missions"),
    fairs=_public("fairs"),
)
class Booked(NamedTuple):
    """Remote hours of the month, what programmes cost, and what is paid for it, (policies,) each."""

    remote_hours: np.ndarray
    cost_capital: np.ndarray
    cost_running: np.ndarray
    cost_mentors: np.ndarray
    cost_missions: np.ndarray
    cost_fairs: np.ndarray
    capital: np.ndarray
    running: np.ndarray
    mentors: np.ndarray
    missions: np.ndarray
    fairs: np.ndarray


def act(world: World) -> None:
    """Add this month's running and mentor cost of the open hubs, and of remote hours."""
    _pay(world.hubs, world.rates(Prices), world.books(Booked))


@kernel
def _pay(hubs: HubStates, prices: Prices, to: Booked) -> None:
    """Book what programmes cost; what is paid for grants is booked where they are paid."""
    for policy in range(to.running.size):
        hours, places = 0.0, 0
        for hub in range(hubs.places.shape[1]):
            hours += hubs.mentor_hours[policy, hub]
            places += hubs.places[policy, hub]
        to.cost_running[policy] += places * prices.running_cost_per_place_year[policy] / 12
        to.cost_mentors[policy] += (hours + to.remote_hours[policy]) * prices.mentor_hour[policy]
        to.capital[policy] += to.cost_capital[policy]
        to.running[policy] += to.cost_running[policy]
        to.mentors[policy] += to.cost_mentors[policy]
        to.missions[policy] += to.cost_missions[policy]
        to.fairs[policy] += to.cost_fairs[policy]


def to_date(paid: np.ndarray, prices: Parameters) -> np.ndarray:
    """What a policy has cost by the end of each month since `present`, if that were the end.

    Args:
        paid: kMAD by month since `present` and kind, (months, KINDS).
        prices: the scenario's.

    Returns:
        kMAD discounted to `present`, (months, PARTS).
    """
    months = np.arange(len(paid))

    def discount(when: np.ndarray) -> np.ndarray:
        return (1 + prices.discount_rate) ** (-when / 12)

    spent = (paid * discount(months + 0.5)[:, None]).cumsum(axis=0)
    age = months[:, None] + 1 - months
    left = np.where(age > 0, np.maximum(0.0, 1 - age / (12 * prices.building_life)), 0.0)
    residual = discount(months + 1) * (left @ paid[:, KINDS.index("capital")])
    return np.column_stack([spent, -residual])
