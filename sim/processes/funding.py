"""How startups and funders meet, and how funders choose.

A startup meets a funder at a rate that falls with the distance d in km (venture capitalists invest at
10 miles twice as often as at 100: Sorenson and Stuart 2001), rises with a recommendation (see
`referral`) and with merit. With p of the kind of funder (see `grants`, `loans`, `equity`):

    P(meeting) = 1 - exp(-p (1 + ref) D(d) merit)
    D(d) = (max(d, d_0) / d_0)^(-theta)
    merit = 1 / (1 + exp(-(w_q q + w_f (finance - f_ref) + w_R ln(R / R_ref))))
    ticket = clip(median exp(sd z), smallest, largest),   z ~ N(0, 1)

Funders of one kind share the meetings in proportion to their yearly numbers N. By the end of month m
of the year a funder has chosen at most N m / 12, within its envelope, from those it met: the smallest
`exponential key / merit` first. A regional quota limits the part of the yearly number that the
regions of Casablanca and Rabat can take.
"""

from __future__ import annotations

from collections.abc import Container
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from sim.compiled import inlined
from sim.declaration import Block, Constant, parameter
from sim.randomness import drawn, drawn_normal

if TYPE_CHECKING:
    from sim.agents import Funder
    from sim.model import EcosystemModel


NEAREST, REFERENCE_FINANCE, REFERENCE_REVENUE = 10.0, 0.35, 20.0
"""Distance in km below which nearness adds nothing; finance and monthly revenue (kMAD) of half the full merit."""

CONSTANTS = {
    "d_0": Constant(NEAREST, "km", "distance below which nearness adds nothing"),
    "f_ref": Constant(REFERENCE_FINANCE, "0-1", "competence in finance of half the full merit"),
    "R_ref": Constant(REFERENCE_REVENUE, "kMAD/month", "revenue of half the full merit"),
}


class Parameters(Block):
    """Parameters of meeting and judging."""

    distance_elasticity: float = parameter(
        0.251,
        unit="-",
        symbol="theta",
        low=0,
        high=3,
        meaning="How fast meetings become rarer with distance.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 29. Range: log10(2), "
        "Sorenson and Stuart 2001, American Journal of Sociology 106",
        prior=(0.1, 0.6),
    )
    quality_weight: float = parameter(
        0.6,
        unit="1/s.d.",
        symbol="w_q",
        low=0,
        high=5,
        meaning="Weight of quality in merit.",
        origin="assumed: funders see quality with noise",
    )
    finance_weight: float = parameter(
        3.0,
        unit="-",
        symbol="w_f",
        low=0,
        high=20,
        meaning="Weight of competence in finance in merit.",
        origin="assumed: a well-made plan counts as much as quality",
    )
    revenue_weight: float = parameter(
        0.5,
        unit="1/log point",
        symbol="w_R",
        low=0,
        high=5,
        meaning="Weight of log revenue in merit.",
        origin="assumed: traction counts",
    )


MARGIN = 1 + 1e-9
"""Factor on the highest monthly rate that anybody has, below which a draw may mean a meeting."""


REACH, NUMBER, CHOSEN, CENTRAL, PROMISED, ENVELOPE, LAW = range(7)
"""What a desk knows of a funder, see `open_desk`; the four numbers of the law of its tickets come last."""

Desk = tuple[np.ndarray, float, float, np.ndarray, np.ndarray, int]
"""What the funders have (funders, 10), factor, quota, regions of the startups, the central ones, month of the year."""


def open_desk(model: EcosystemModel, kinds: Container[str], factor: float, quota: float) -> tuple[list[Funder], Desk]:
    """Funders of the given kinds that work this month, and their desk; in January their yearly numbers are renewed.

    `factor` multiplies the yearly numbers and envelopes; `quota` is the share of the numbers that is kept for startups
    outside the regions of Casablanca and Rabat. Each funder has: its row of the reach, its yearly number, how many it
    has chosen this year, how many of these in central regions, what it has promised and its envelope in kMAD, and the
    law of its tickets.
    """
    month, january = model.month, model.month_of_year == 0
    funders, has = [], []
    for funder in model.funders:
        if funder.kind in kinds and (terms := funder.terms_at(month)):
            if january:
                funder.new_year()
            used = funder.funded_this_year, funder.central_this_year, funder.spent_this_year
            funders.append(funder)
            has.append((funder.index, terms.number, *used, terms.envelope, *terms.law))
    regions = model.startups.region, model.central_region
    return funders, (np.array(has), factor, quota, *regions, model.month_of_year)


def words(model: EcosystemModel, streams: tuple[str, str, str]) -> tuple[np.uint64, np.uint64, np.uint64]:
    """This month's words of the streams of meetings, choices and tickets."""
    meeting, choice, ticket = (model.streams[name].at(model.month) for name in streams)
    return meeting, choice, ticket


def weights(model: EcosystemModel) -> tuple[float, float, float]:
    """Weights of quality, finance and log revenue in merit."""
    parameters = model.parameters.funding
    return parameters.quality_weight, parameters.finance_weight, parameters.revenue_weight


@inlined
def pulls(desk: Desk, reach: np.ndarray) -> np.ndarray:
    """Share of each funder in all meetings times its reach (cities, funders).

    `reach` (all funders, cities) falls with distance.
    """
    has = desk[0]
    pull, total = np.zeros((reach.shape[1], has.shape[0])), 0.0
    for funder in range(has.shape[0]):
        total += has[funder, NUMBER]
    for funder in range(has.shape[0]):
        for city in range(reach.shape[1] if total > 0 else 0):
            pull[city, funder] = has[funder, NUMBER] / total * reach[int(has[funder, REACH]), city]
    return pull


@inlined
def encounter(
    uniform: float,
    rate: float,
    pull: np.ndarray,
    weights: tuple[float, float, float],
    quality: float,
    finance: float,
    log_revenue: float,
) -> tuple[int, float]:
    """Whom a startup meets this month, the position of a funder or -1 for nobody, and its merit.

    `rate` is its monthly rate at distance zero and full merit, `uniform` its draw, `pull` (funders,) that on its city.
    """
    total = 0.0
    for funder in range(pull.size):
        total += pull[funder]
    met = -1
    if uniform >= total * rate:
        return met, 0.0  # too late even at full merit
    judged = weights[2] * (log_revenue - np.log(REFERENCE_REVENUE))
    judged += weights[0] * quality + weights[1] * (finance - REFERENCE_FINANCE)
    merit = 1 / (1 + np.exp(-judged))
    probability = -np.expm1(-total * rate * merit)
    if uniform < probability:
        left = uniform / probability * total
        for funder in range(pull.size):
            if pull[funder] > 0:
                met = funder
                left -= pull[funder]
            if left < 0:
                break
    return met, merit


@inlined
def place_in_line(key: np.uint64, word: np.uint64, merit: float) -> float:
    """`exponential key / merit`: funders look at those first for whom it is smallest."""
    return -np.log(drawn(key, word)) / merit


@inlined
def released(number: float, month_of_year: int) -> int:
    """How many of a yearly number N are free by the end of a month, so that a year's money is not gone in January."""
    return int(number * (month_of_year + 1) / 12 + 1e-9)


@inlined
def ticket_size(median: float, log_sd: float, smallest: float, largest: float, normal: float) -> float:
    """Log-normal ticket in kMAD for a standard normal draw, clipped to what a funder offers."""
    return min(max(median * exp(log_sd * normal), smallest), largest)


Chosen = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Rows of the chosen, positions of their funders, tickets in kMAD, and whether they are of a central region."""


@inlined
def choose(
    rows: np.ndarray,
    met: np.ndarray,
    line: np.ndarray,
    key: np.ndarray,
    word: np.uint64,
    desk: Desk,
) -> Chosen:
    """Let each funder choose among the `rows` that `met` it, in `line`, which is used up."""
    has, factor, quota, region, central_region, month_of_year = desk
    chosen, funders = np.empty(rows.size, dtype=np.int64), np.empty(rows.size, dtype=np.int64)
    tickets, central = np.empty(rows.size), np.empty(rows.size, dtype=np.bool_)
    allowance, room = np.empty(has.shape[0], dtype=np.int64), np.empty(has.shape[0], dtype=np.int64)
    count = 0
    for funder in range(allowance.size):
        number = has[funder, NUMBER]
        allowance[funder] = max(0, released(number * factor, month_of_year) - int(has[funder, CHOSEN]))
        room[funder] = released(number * ((1 - quota) * factor), month_of_year) - int(has[funder, CENTRAL])
    while True:  # as often as somebody may still be chosen; NumPy's sort takes ten seconds to compile
        first, shortest = -1, np.inf
        for candidate in range(line.size):
            may = room[met[candidate]] > 0 or not central_region[region[rows[candidate]]]
            if may and allowance[met[candidate]] > 0 and line[candidate] < shortest:
                first, shortest = candidate, line[candidate]
        if first < 0:
            break
        line[first] = np.inf
        row, funder = rows[first], met[first]
        is_central = central_region[region[row]]
        allowance[funder] -= 1
        room[funder] -= is_central
        law, normal = has[funder, LAW:], drawn_normal(key[row], word)
        amount = ticket_size(law[0], law[1], law[2], law[3], normal)
        if has[funder, PROMISED] + amount <= has[funder, ENVELOPE] * factor:
            has[funder, PROMISED] += amount
            chosen[count], funders[count], tickets[count], central[count] = row, funder, amount, is_central
            count += 1
    return chosen[:count], funders[:count], tickets[:count], central[:count]


def promise(model: EcosystemModel, funders: list[Funder], chosen: Chosen) -> None:
    """Let the chosen enter the due diligence of their funders."""
    rows, positions, tickets, central = chosen
    if rows.size:
        numbers = model.startups.number[rows]
        for number, position, ticket, is_central in zip(
            numbers.tolist(), positions.tolist(), tickets.tolist(), central.tolist(), strict=True
        ):
            funders[position].promise(number, ticket, model.month, central=is_central)


def pay(model: EcosystemModel, flows: dict[str, str]) -> list[tuple[Funder, int, float]]:
    """Pay what is due this month; the deals of startups that have closed meanwhile lapse.

    Returns the funder, the row and the amount in kMAD of each payment. `flows` names the payments of each kind of
    funder in the ledger.
    """
    row_of, cash = model.startups.row_of, model.startups.cash
    paid = []
    for funder in model.funders:
        if funder.kind in flows and (due := funder.due(model.month)):
            total = 0.0
            for number, ticket in due:
                row = row_of.item(number)
                if row >= 0:
                    cash[row] += ticket
                    total += ticket
                    paid.append((funder, row, ticket))
            funder.given += total
            model.ledger.flow("funders", "startups", flows[funder.kind], total)
    return paid
