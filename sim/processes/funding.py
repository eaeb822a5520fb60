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

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Block, Constant, parameter
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.state import Deals
from sim.processes import referral
from sim.processes.meetings import (
    NEAREST,
    REFERENCE_FINANCE,
    REFERENCE_REVENUE,
    Chosen,
    Desk,
    Offers,
    Places,
    Rule,
    Seen,
    Staff,
    Words,
)

if TYPE_CHECKING:
    from sim.kernel.world import Funder, Terms, World


CONSTANTS = {
    "d_0": Constant(NEAREST, "km", "distance below which nearness adds nothing"),
    "f_ref": Constant(REFERENCE_FINANCE, "0-1", "competence in finance of half the full merit"),
    "R_ref": Constant(REFERENCE_REVENUE, "kMAD/month", "revenue of half the full merit"),
}

SYMBOLS = {
    "p": "1/month", "ref": "referral.strength", "D(d)": "-", "d": "km", "merit": "share", "q": "quality",
    "R": "revenue", "ticket": "kMAD", "median": "kMAD", "smallest": "kMAD", "largest": "kMAD", "sd": "log points",
    "z": "-",
}  # fmt: skip


class Parameters(Block):
    """Parameters of meeting and judging."""

    distance_elasticity: float = parameter(
        0.2024,
        short="Effect of distance on meetings",
        unit="-",
        symbol="theta",
        low=0,
        high=3,
        meaning="How fast meetings become rarer with distance.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 24. Range: log10(2), Sorenson "
        "and Stuart 2001, American Journal of Sociology 106",
        prior=(0.1, 0.6),
        shared=True,
    )
    quality_weight: float = parameter(
        0.6,
        short="Weight of quality for funders",
        unit="1/s.d.",
        symbol="w_q",
        low=0,
        high=5,
        meaning="Weight of quality in merit.",
        origin="assumed: funders see quality with noise",
    )
    finance_weight: float = parameter(
        3.0,
        short="Weight of finance for funders",
        unit="-",
        symbol="w_f",
        low=0,
        high=20,
        meaning="Weight of competence in finance in merit.",
        origin="assumed: a well-made plan counts as much as quality",
    )
    revenue_weight: float = parameter(
        0.5,
        short="Weight of revenue for funders",
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


def rule_of(own: Any, parameters: Any, *, recommends: bool = True, boost: float = 1.0, quota: float = 0.0) -> Rule:
    """The rule of a desk under one policy, from the desk's own parameters and all of the policy's."""
    law, strength = parameters.funding, referral.strength(parameters) if recommends else 0.0
    weights = law.quality_weight, law.finance_weight, law.revenue_weight
    return Rule(own.enabled, own.rate, strength, boost, *weights, own.envelope_factor, quota)


def open_desk(world: World, kinds: tuple[str, ...], streams: tuple[str, ...], rule: Rule, reach: np.ndarray) -> Desk:
    """The inputs of the loop at the desk of some funders.

    Args:
        world: the world.
        kinds: of the funders at this desk.
        streams: names of its streams, those of `streams_of_desk`.
        rule: how often they meet, and how much they may choose.
        reach: of all funders (funders, cities), falls with distance.
    """
    places = Places(reach, world.attention, world.central_region, world.month_of_year)
    words = Words(*[world.streams[name].at(world.month) for name in streams])
    offers, staff = _offers_in(world.month, world.funders, kinds), _staff_of(world.funders, kinds)
    seen, row_of = world.startups.see(Seen), world.startups.row_of
    return Desk(seen, world.before, rule, offers, world.funds, places, words, staff, world.deals, row_of)


@lru_cache(maxsize=4096)
def _offers_in(month: int, funders: tuple[Funder, ...], kinds: tuple[str, ...]) -> Offers:
    """What funders of some kinds offer in a month; the same arrays as long as their terms last."""
    return _offers(kinds, tuple((one, one.terms_at(month)) for one in funders if one.kind in kinds))


@lru_cache(maxsize=1024)
def _offers(kinds: tuple[str, ...], funders: tuple[tuple[Funder, Terms | None], ...]) -> Offers:
    """What funders offer under their terms; of none if none of them works."""
    working = [
        (funder.index, kinds.index(funder.kind), terms.number, terms.envelope, *terms.law)
        for funder, terms in funders
        if terms is not None
    ]
    index, kind, *laws = np.array(working, dtype=float).reshape(len(working), len(Offers._fields)).T.copy()
    return Offers(index.astype(np.int64), kind.astype(np.int64), *laws)


@lru_cache
def _staff_of(funders: tuple[Funder, ...], kinds: tuple[str, ...]) -> Staff:
    """What is always the same of all funders, for the desk of some kinds."""
    return Staff(
        np.array([kinds.index(one.kind) if one.kind in kinds else -1 for one in funders], dtype=np.int64),
        np.array([one.due_diligence for one in funders], dtype=np.int64),
        np.array([max(one.repay_months, 1) for one in funders], dtype=float),
    )


class Paid(NamedTuple):
    """Payments of a month, (payments,) each: under which policy, in which row, by which of all funders, in kMAD.

    Attributes:
        number, total: how many there are under each policy, and their sum, (policies,).
        by_funder: their sums, (funders, policies).
        waiting: places of the deals that are not paid yet.
    """

    policy: np.ndarray
    row: np.ndarray
    funder: np.ndarray
    amount: np.ndarray
    number: np.ndarray
    total: np.ndarray
    by_funder: np.ndarray
    waiting: np.ndarray


@inlined
def pay(month: int, desk: Desk, cash: np.ndarray) -> Paid:
    """Pay the desk's deals that are due, and count them in what funders have given.

    The deals of startups that have closed meanwhile lapse.
    """
    deals, kind, given = desk.deals, desk.staff.kind, desk.funds.given
    size, policies = deals.number.size, given.shape[0]
    whole, later = np.empty((3, size), dtype=np.int64), np.empty(size, dtype=np.int64)
    amount, by_funder = np.empty(size), np.zeros((kind.size, policies))
    number, total, count, waiting = np.zeros(policies), np.zeros(policies), 0, 0
    for deal in range(size):
        policy, funder = deals.policy[deal], deals.funder[deal]
        if kind[funder] < 0 or deals.month[deal] > month:
            later[waiting] = deal
            waiting += 1
            continue
        row, money = desk.row_of[deals.number[deal]], deals.amount[deal]
        if row >= 0 and holds(desk.seen.alive[row], policy):
            whole[0, count], whole[1, count], whole[2, count], amount[count] = policy, row, funder, money
            cash[policy, row] += money
            given[policy, funder] += money
            by_funder[funder, policy] += money
            number[policy] += 1
            total[policy] += money
            count += 1
    return Paid(
        whole[0, :count], whole[1, :count], whole[2, :count], amount[:count], number, total, by_funder, later[:waiting]
    )


@inlined
def enter(paid: Paid, desk: Desk, kind: int, to: np.ndarray) -> None:
    """Enter in the books what funders of one of the desk's kinds have paid."""
    for funder in range(desk.staff.kind.size):
        if desk.staff.kind[funder] == kind:
            for policy in range(to.size):
                to[policy] += paid.by_funder[funder, policy]


@inlined
def opens(desk: Desk) -> bool:
    """Whether a funder works at the desk, and has one under any policy; in January its year begins anew."""
    funds, offers = desk.funds, desk.offers
    if desk.places.month_of_year == 0:
        for index in offers.funder:
            funds.chosen[:, index] = funds.central[:, index] = funds.promised[:, index] = 0.0
    found: bool = offers.funder.size > 0 and desk.rule.enabled.any()
    return found


@inlined
def promise(month: int, desk: Desk, paid: Paid, chosen: Chosen) -> Deals:
    """The deals that wait, and those of the chosen startups, in the due diligence of their funders."""
    deals, kept = desk.deals, paid.waiting.size
    size = kept + chosen.rows.size
    whole, amount = np.empty((4, size), dtype=np.int64), np.empty(size)
    found = Deals(whole[0], whole[1], whole[2], whole[3], amount)
    for place in range(kept):
        deal = paid.waiting[place]
        found.policy[place], found.funder[place] = deals.policy[deal], deals.funder[deal]
        found.number[place], found.month[place] = deals.number[deal], deals.month[deal]
        amount[place] = deals.amount[deal]
    for one in range(chosen.rows.size):
        funder, place = desk.offers.funder[chosen.funders[one]], kept + one
        found.policy[place], found.funder[place] = chosen.policies[one], funder
        found.number[place], found.month[place] = desk.seen.number[chosen.rows[one]], month + desk.staff.lasts[funder]
        amount[place] = chosen.tickets[one]
    return found
