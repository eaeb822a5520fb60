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
from sim.kernel.masks import holds
from sim.kernel.records import columns, kernel
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
    Words,
)

if TYPE_CHECKING:
    from sim.kernel.world import Funder, Terms, World


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
        shared=True,
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


def rule_of(own: Any, parameters: Any, *, recommends: bool = True, boost: float = 1.0, quota: float = 0.0) -> Rule:
    """The rule of a desk under one policy, from the desk's own parameters and all of the policy's."""
    law, strength = parameters.funding, referral.strength(parameters) if recommends else 0.0
    weights = law.quality_weight, law.finance_weight, law.revenue_weight
    return Rule(own.enabled, own.rate, strength, boost, *weights, own.envelope_factor, quota)


def open_desk(world: World, process: str, kinds: tuple[str, ...], rule: Rule, reach: np.ndarray) -> Desk | None:
    """The inputs of the loop at the desk of some funders; None when none of them works this month.

    Args:
        world: the world.
        process: whose streams are drawn.
        kinds: of the funders at this desk.
        rule: how often they meet, and how much they may choose.
        reach: of all funders (funders, cities), falls with distance.
    """
    offers = _offers(kinds, tuple((funder, funder.terms_at(world.month)) for funder in _of(world.funders, kinds)))
    if offers is None:
        return None
    places = Places(reach, world.attention, world.central_region, world.month_of_year)
    words = Words(**{field: world.streams[f"{process}.{field}"].at(world.month) for field in Words._fields})
    return Desk(world.startups.see(Seen), world.before, rule, offers, world.funds, places, words)


@lru_cache
def _of(funders: tuple[Funder, ...], kinds: tuple[str, ...]) -> tuple[Funder, ...]:
    """Those of some kinds."""
    return tuple(funder for funder in funders if funder.kind in kinds)


@lru_cache(maxsize=1024)
def _offers(kinds: tuple[str, ...], funders: tuple[tuple[Funder, Terms | None], ...]) -> Offers | None:
    """What funders offer under their terms of a month; None when none of them works."""
    working = [
        (funder.index, kinds.index(funder.kind), terms.number, terms.envelope, *terms.law)
        for funder, terms in funders
        if terms is not None
    ]
    if not working:
        return None
    index, kind, *laws = (np.array(column) for column in zip(*working, strict=True))
    return Offers(index, kind, *(law.astype(float) for law in laws))


def renew(world: World, kinds: tuple[str, ...]) -> None:
    """In January, renew the yearly numbers and envelopes of the funders of these kinds that work."""
    if world.month_of_year == 0:
        for funder in _of(world.funders, kinds):
            if funder.terms_at(world.month):
                for yearly in (world.funds.chosen, world.funds.central, world.funds.promised):
                    yearly[:, funder.index] = 0.0


def promise(world: World, desk: Desk, chosen: Chosen) -> None:
    """Put the chosen startups into the due diligence of their funders."""
    if chosen.rows.size:
        funder = desk.offers.funder[chosen.funders]
        lasts = _patience(world.funders)[funder]
        number = world.startups.number[chosen.rows].astype(np.int64)
        new = Deals(chosen.policies, funder, number, world.month + lasts, chosen.tickets)
        world.deals = world.deals.and_then(new)


class Paid(NamedTuple):
    """Payments of a month, (payments,) each: under which policy, in which row, by which of all funders, in kMAD.

    Attributes:
        number, total: how many there are under each policy, and their sum, (policies,).
        by_funder: their sums, (funders, policies).
        waiting: deals that are not paid yet.
    """

    policy: np.ndarray
    row: np.ndarray
    funder: np.ndarray
    amount: np.ndarray
    number: np.ndarray
    total: np.ndarray
    by_funder: np.ndarray
    waiting: Deals


@columns
class Tills(NamedTuple):
    """Columns of those who are paid."""

    alive: np.ndarray
    cash: np.ndarray


@lru_cache
def _patience(funders: tuple[Funder, ...]) -> np.ndarray:
    """Months from choice to payment of each funder."""
    return np.array([funder.due_diligence for funder in funders])


@lru_cache
def repaid_over(funders: tuple[Funder, ...]) -> np.ndarray:
    """Months over which the loans of each funder are repaid; 1 for what is not repaid."""
    return np.array([max(funder.repay_months, 1) for funder in funders], dtype=float)


@lru_cache
def of_kinds(funders: tuple[Funder, ...], kinds: tuple[str, ...]) -> np.ndarray:
    """Whether each of all funders is of one of these kinds."""
    return np.array([funder.kind in kinds for funder in funders])


def pay(world: World, flows: dict[str, str]) -> Paid:
    """Pay what is due this month; the deals of startups that have closed meanwhile lapse.

    `flows` names the payments of each kind of funder in the ledger.
    """
    startups, ours = world.startups, of_kinds(world.funders, tuple(flows))
    paid = _pay(world.month, world.deals, ours, startups.row_of, startups.see(Tills), world.funds.given)
    world.deals = paid.waiting
    for funder in _of(world.funders, tuple(flows)):
        world.ledger.flow("funders", "startups", flows[funder.kind], paid.by_funder[funder.index])
    return paid


@kernel
def _pay(month: int, deals: Deals, ours: np.ndarray, row_of: np.ndarray, of: Tills, given: np.ndarray) -> Paid:
    """Pay the deals of our funders that are due, and count them in what funders have given, (policies, funders)."""
    size, policies = deals.number.size, given.shape[0]
    whole, later = np.empty((3, size), dtype=np.int64), np.empty(size, dtype=np.int64)
    amount, by_funder = np.empty(size), np.zeros((ours.size, policies))
    number, total, count, waiting = np.zeros(policies, dtype=np.int64), np.zeros(policies), 0, 0
    for deal in range(size):
        policy, funder = deals.policy[deal], deals.funder[deal]
        if not ours[funder] or deals.month[deal] > month:
            later[waiting] = deal
            waiting += 1
            continue
        row, money = row_of[deals.number[deal]], deals.amount[deal]
        if row >= 0 and holds(of.alive[row], policy):
            whole[0, count], whole[1, count], whole[2, count], amount[count] = policy, row, funder, money
            of.cash[policy, row] += money
            given[policy, funder] += money
            by_funder[funder, policy] += money
            number[policy] += 1
            total[policy] += money
            count += 1
    rest = later[:waiting]
    left = Deals(deals.policy[rest], deals.funder[rest], deals.number[rest], deals.month[rest], deals.amount[rest])
    return Paid(whole[0, :count], whole[1, :count], whole[2, :count], amount[:count], number, total, by_funder, left)
