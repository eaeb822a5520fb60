"""How startups and funders meet, and how funders choose.

A startup meets a funder at a rate that falls with the distance d in km (venture capitalists invest at
10 miles twice as often as at 100: Sorenson and Stuart 2001), rises with a recommendation (see
`referral`) and with merit. With p of the kind of funder (see `grants`, `loans`, `equity`):

    P(meeting) = 1 - exp(-p (1 + ref) D(d) merit)
    D(d) = (max(d, 10) / 10)^(-theta)
    merit = 1 / (1 + exp(-(0.6 q + 3 (finance - 0.35) + 0.5 ln(R / 20))))
    ticket = clip(median exp(sd z), smallest, largest),   z ~ N(0, 1)

Funders of one kind share the meetings in proportion to their yearly numbers N. By the end of month m
of the year a funder has chosen at most N m / 12, within its envelope, from those it met: the smallest
`exponential key / merit` first. A regional quota limits the part of the yearly number that the
regions of Casablanca and Rabat can take.
"""

from __future__ import annotations

from functools import cache
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from sim.compiled import compiled, inlined
from sim.declaration import Block, parameter
from sim.randomness import drawn, drawn_normal

if TYPE_CHECKING:
    from sim.agents import Funder
    from sim.model import EcosystemModel


class Parameters(Block):
    """Parameters of meeting and judging."""

    distance_elasticity: float = parameter(
        0.254,
        unit="-",
        low=0,
        high=3,
        meaning="How fast meetings become rarer with distance (theta).",
        origin="assumed: the facts do not tell it; from a draw in the midst of the posterior. Range: log10(2), "
        "Sorenson and Stuart 2001, American Journal of Sociology 106",
        prior=(0.1, 0.6),
    )
    quality_weight: float = parameter(
        0.6,
        unit="1/s.d.",
        low=0,
        high=5,
        meaning="Weight of quality in merit.",
        origin="assumed: funders see quality with noise",
    )
    finance_weight: float = parameter(
        3.0,
        unit="-",
        low=0,
        high=20,
        meaning="Weight of competence in finance in merit.",
        origin="assumed: a well-made plan counts as much as quality",
    )
    revenue_weight: float = parameter(
        0.5,
        unit="1/log point",
        low=0,
        high=5,
        meaning="Weight of log revenue in merit.",
        origin="assumed: traction counts",
    )


MARGIN = 1 + 1e-9
"""Factor on the highest monthly rate that anybody has, below which a draw may mean a meeting."""


def active_funders(model: EcosystemModel, kinds: tuple[str, ...], factor: float) -> list[Funder]:
    """Funders of the given kinds that work this month; none when all have used up their numbers.

    `factor` multiplies the yearly numbers, which are renewed in January.
    """
    funders = [funder for funder in model.funders if funder.kind in kinds and funder.terms_at(model.month)]
    if model.month_of_year == 0:
        for funder in funders:
            funder.new_year()
    able = any(funder.allowance(model.month, model.month_of_year, factor) for funder in funders)
    return funders if able else []


Offer = tuple[np.ndarray, np.ndarray, np.ndarray, tuple[float, float, float]]
"""Shares of the funders in all meetings, their rows of the reach, reach by city, and the weights of merit."""


def offer(model: EcosystemModel, funders: list[Funder], reach: np.ndarray) -> Offer:
    """What `encounter` needs of the funders of one kind; `reach` (all funders, cities) falls with distance."""
    parameters = model.parameters.funding
    shares, index = _shares(tuple((funder.number_at(model.month), funder.index) for funder in funders))
    return shares, index, reach, (parameters.quality_weight, parameters.finance_weight, parameters.revenue_weight)


@cache
def _shares(funders: tuple[tuple[float, int], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Share of each funder in all meetings, and its index, from its yearly number and index."""
    number, index = np.array(funders).T
    return number / number.sum(), index.astype(np.int64)


@inlined
def encounter(
    uniform: float,
    rate: float,
    shares: np.ndarray,
    index: np.ndarray,
    reach: np.ndarray,
    weights: tuple[float, float, float],
    city: int,
    quality: float,
    finance: float,
    log_revenue: float,
) -> tuple[int, float]:
    """Whom a startup meets this month, a position in `shares` or -1 for nobody, and its merit.

    `rate` is its monthly rate at distance zero and full merit, `uniform` its draw.
    """
    total = 0.0
    for funder in range(shares.size):
        total += shares[funder] * reach[index[funder], city]
    met = -1
    if uniform >= total * rate:
        return met, 0.0  # too late even at full merit
    judged = weights[2] * (log_revenue - np.log(20.0))
    judged += weights[0] * quality + weights[1] * (finance - 0.35)
    merit = 1 / (1 + np.exp(-judged))
    probability = -np.expm1(-total * rate * merit)
    if uniform < probability:
        left = uniform / probability * total
        for funder in range(shares.size):
            pull = shares[funder] * reach[index[funder], city]
            if pull > 0:
                met = funder
                left -= pull
            if left < 0:
                break
    return met, merit


@inlined
def place_in_line(key: np.uint64, word: np.uint64, merit: float) -> float:
    """`exponential key / merit`: funders look at those first for whom it is smallest."""
    return -np.log(drawn(key, word)) / merit


def award(
    model: EcosystemModel,
    funders: list[Funder],
    rows: np.ndarray,
    met: np.ndarray,
    line: np.ndarray,
    stream: str,
    *,
    factor: float,
    quota: float,
) -> list[tuple[Funder, int]]:
    """Let each funder choose among the `rows` that `met` it, in `line`; each funder with the row that it chose.

    The chosen and their tickets (kMAD) enter the funder's due diligence. `factor` multiplies its
    yearly number and envelope; `quota` is the share of the number that is kept for startups outside
    the regions of Casablanca and Rabat.
    """
    if rows.size == 0:
        return []
    startups, month, month_of_year = model.startups, model.month, model.month_of_year
    desk = [
        (
            funder.allowance(month, month_of_year, factor),
            funder.room(month, month_of_year, (1 - quota) * factor) - funder.central_this_year,
            funder.spent_this_year,
            terms.envelope * factor,
            *terms.law,
        )
        for funder in funders
        if (terms := funder.terms_at(month)) is not None
    ]
    chosen, tickets, central = _choose(
        np.argsort(line),
        rows,
        met,
        startups.key,
        model.streams[f"{stream}.ticket"].at(month),
        startups.region,
        model.central_region,
        np.array(desk),
    )
    deals = []
    for candidate, ticket, is_central in zip(chosen.tolist(), tickets.tolist(), central.tolist(), strict=True):
        funder, row = funders[met[candidate]], int(rows[candidate])
        funder.promise(int(startups.number[row]), ticket, month, central=is_central)
        deals.append((funder, row))
    return deals


@inlined
def ticket_size(median: float, log_sd: float, smallest: float, largest: float, normal: float) -> float:
    """Log-normal ticket in kMAD for a standard normal draw, clipped to what a funder offers."""
    return min(max(median * exp(log_sd * normal), smallest), largest)


@compiled
def _choose(
    order: np.ndarray,
    rows: np.ndarray,
    met: np.ndarray,
    key: np.ndarray,
    word: np.uint64,
    region: np.ndarray,
    central_region: np.ndarray,
    desk: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Those of the candidates in `order` who are chosen, their tickets, and whether they are of a central region.

    `desk` (funders, 8) says how many each funder may still choose, and how many of central regions, what it has
    promised and its limit in kMAD, and the law of its tickets; the first three are brought up to date.
    """
    chosen, tickets = np.empty(order.size, dtype=np.int64), np.empty(order.size)
    central = np.empty(order.size, dtype=np.bool_)
    allowance, room, spent, envelope = desk[:, 0], desk[:, 1], desk[:, 2], desk[:, 3]
    left, count = 0.0, 0
    for funder in range(allowance.size):
        left += allowance[funder]
    for candidate in order:
        if left == 0:
            break
        row, funder = rows[candidate], met[candidate]
        is_central = central_region[region[row]]
        room[funder] -= is_central
        if allowance[funder] == 0 or (is_central and room[funder] < 0):
            continue
        allowance[funder] -= 1
        left -= 1
        law, normal = desk[funder, 4:], drawn_normal(key[row], word)
        amount = ticket_size(law[0], law[1], law[2], law[3], normal)
        if spent[funder] + amount <= envelope[funder]:
            spent[funder] += amount
            chosen[count], tickets[count], central[count] = candidate, amount, is_central
            count += 1
    return chosen[:count], tickets[:count], central[:count]


def pay(model: EcosystemModel, funder: Funder, kind: str) -> list[tuple[int, float]]:
    """Pay what is due this month; the deals of startups that have closed meanwhile lapse.

    Returns the row and the amount in kMAD of each payment. `kind` names the flow in the ledger.
    """
    due = funder.due(model.month)
    if not due:
        return []
    startups = model.startups
    paid = [(int(startups.row_of[number]), ticket) for number, ticket in due if startups.row_of[number] >= 0]
    total = 0.0
    for row, ticket in paid:
        startups.cash[row] += ticket
        total += ticket
    funder.given += total
    model.ledger.flow("funders", "startups", kind, total)
    return paid
