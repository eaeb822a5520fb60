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
from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Block, Constant, parameter
from sim.processes import referral
from sim.processes.meetings import (
    NEAREST,
    REFERENCE_FINANCE,
    REFERENCE_REVENUE,
    Cap,
    Chosen,
    Desk,
    Funders,
    Judged,
    Places,
    Rule,
    Seen,
    Words,
)

if TYPE_CHECKING:
    from sim.kernel.world import Funder, World


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


def streams_of_desk(process: str) -> tuple[str, ...]:
    """Names of the streams of meetings, choices and tickets of a desk."""
    return tuple(f"{process}.{field}" for field in Words._fields)


def open_desk(
    model: World, process: str, kinds: tuple[str, ...], rule: Rule, cap: Cap, reach: np.ndarray
) -> tuple[list[Funder], Desk] | None:
    """The funders of some kinds that work this month, and what the loop at their desk is told; None when nobody works.

    Args:
        model: the world.
        process: whose streams are drawn.
        kinds: of the funders at this desk.
        rule: how often they meet.
        cap: how much they may choose.
        reach: of all funders (funders, cities), falls with distance.
    """
    funders, table = [], []
    for funder in model.funders:
        if funder.kind in kinds and (terms := funder.terms_at(model.month)):
            funders.append(funder)
            table.append(
                Funders(
                    place=funder.index,
                    kind=kinds.index(funder.kind),
                    number=terms.number,
                    chosen=funder.funded_this_year,
                    central=funder.central_this_year,
                    promised=funder.spent_this_year,
                    envelope=terms.envelope,
                    median=terms.median,
                    log_sd=terms.log_sd,
                    smallest=terms.smallest,
                    largest=terms.largest,
                )
            )
    if not funders:
        return None
    before = model.before
    words = Words(**{field: model.streams[f"{process}.{field}"].at(model.month) for field in Words._fields})
    desk = Desk(
        model.startups.see(Seen),
        Judged(before.competence[0], before.log_revenue),
        rule,
        np.array(table, dtype=float),
        Places(reach, model.attention, model.central_region),
        words,
        cap,
    )
    return funders, desk


def renew(model: World, kinds: Container[str]) -> None:
    """In January, renew the yearly numbers and envelopes of the funders of these kinds that work."""
    if model.month_of_year == 0:
        for funder in model.funders:
            if funder.kind in kinds and funder.terms_at(model.month):
                funder.new_year()


def rule(model: World, rate: float, *, recommends: bool = True, boost: float = 1.0) -> Rule:
    """The rule of a desk with a rate of its own."""
    law = model.parameters.funding
    strength = referral.strength(model) if recommends else 0.0
    return Rule(rate, strength, boost, law.quality_weight, law.finance_weight, law.revenue_weight)


def promise(model: World, funders: list[Funder], chosen: Chosen) -> None:
    """Let the chosen enter the due diligence of their funders."""
    if chosen.rows.size:
        numbers = model.startups.number[chosen.rows].tolist()
        whose = (column.tolist() for column in (chosen.funders, chosen.tickets, chosen.central))
        for number, position, ticket, central in zip(numbers, *whose, strict=True):
            funders[position].promise(number, ticket, model.month, central=central)


def pay(model: World, flows: dict[str, str]) -> list[tuple[Funder, int, float]]:
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
