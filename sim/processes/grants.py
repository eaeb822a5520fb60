"""Grants and honour loans of Innov Invest: small money for young startups, chosen under yearly caps.

Startups younger than `oldest` months meet the programmes as `funding` says, each programme once:

    rate = p_g (1 + ref) D(d) merit

Innov Idea is a grant, Innov Start an honour loan without interest, repaid as `loans` says. Small early
grants doubled later venture capital in the United States (Howell 2017), see `equity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.records import booked, by_policy, columns, kernel
from sim.kernel.state import Deals
from sim.processes import funding
from sim.processes.funding import enter, opens, pay, promise
from sim.processes.meetings import (
    Chosen,
    Desk,
    Rule,
    callers,
    choose,
    empty_queue,
    first_of,
    join,
    meeting,
    nobody,
    pulls,
)
from sim.processes.referral import recommended

if TYPE_CHECKING:
    from sim.kernel.world import World

KINDS = ("grant", "honour_loan")
GRANT, HONOUR_LOAN = range(len(KINDS))

COLUMNS = {
    "grant": Column(Short, "month", "Month in which the grant was decided.", NEVER),
    "honour_loan": Column(Short, "month", "Month in which the honour loan was decided.", NEVER),
    "honour_debt": Column(float, "kMAD", "Honour loan still to be repaid.", 0.0),
    "honour_instalment": Column(float, "kMAD/month", "Monthly repayment of the honour loan.", 0.0),
}

COUNTS = {
    "grants": Count("startups", "Grants and honour loans paid, by number."),
    "grant_amount": Count("kMAD", "Grants and honour loans paid."),
}

PAYMENTS = {
    ("funders", "startups", "grant paid"): Payment("Grants."),
    ("funders", "startups", "honour_loan paid"): Payment("Honour loans."),
}

SYMBOLS = {"rate": "1/month", "ref": "referral.strength", "D(d)": "-", "d": "km", "merit": "share"}


class Parameters(Mechanism):
    """Parameters of grants and honour loans."""

    rate: float = parameter(
        0.020,
        short="Meetings with grant programmes",
        unit="1/month",
        symbol="p_g",
        low=0,
        high=1,
        meaning="Rate of meeting a grant programme next door, at full merit.",
        origin="assumed: more candidates than grants, so that the yearly numbers bind",
    )
    oldest: int = parameter(
        36,
        short="Oldest startup with a grant",
        unit="month",
        low=1,
        high=240,
        meaning="Age from which a startup is no longer eligible.",
        origin="assumed: programmes for projects and young firms",
    )
    envelope_factor: float = parameter(
        1.0,
        short="Grants",
        unit="-",
        low=0,
        high=20,
        meaning="Factor on the yearly number and envelope of grants and honour loans.",
        origin="assumed: 1 is the programmes as they are",
        lever=True,
    )
    regional_quota: float = parameter(
        0.0,
        short="Grants kept for regions",
        unit="share",
        low=0,
        high=1,
        meaning="Share of grants kept for the regions outside the centre.",
        origin="assumed: no quota has been reported",
        lever=True,
    )


STREAMS = funding.streams_of_desk("grants")


def _rule(parameters: Any) -> Rule:
    own = parameters.grants
    return funding.rule_of(own, parameters, quota=own.regional_quota)


@by_policy
class Oldest(NamedTuple):
    """Age from which a startup is no longer eligible, (policies,)."""

    oldest: np.ndarray


def _oldest(parameters: Any) -> Oldest:
    return Oldest(parameters.grants.oldest)


@booked(
    grant_paid=("funders", "startups", "grant paid"),
    honour_loan_paid=("funders", "startups", "honour_loan paid"),
)
class Booked(NamedTuple):
    """Grants and honour loans paid, by number and in kMAD, (policies,) each."""

    grants: np.ndarray
    grant_amount: np.ndarray
    cost_grants: np.ndarray
    grant_paid: np.ndarray
    honour_loan_paid: np.ndarray


def act(world: World) -> None:
    """Pay what was promised, then let young startups meet the programmes, and choose."""
    desk = funding.open_desk(world, KINDS, STREAMS, world.by_policy(_rule), world.reach)
    until, to = world.by_policy(_oldest), world.books(Booked)
    world.deals = _serve(world.month, world.startups.see(Young), until, desk, to)


@columns
class Young(NamedTuple):
    """Columns that the programmes ask for, and those of money and honour loans."""

    founded: np.ndarray
    grant: np.ndarray
    honour_loan: np.ndarray
    honour_debt: np.ndarray
    honour_instalment: np.ndarray
    cash: np.ndarray


@kernel
def _serve(month: int, of: Young, until: Oldest, desk: Desk, to: Booked) -> Deals:
    """Pay what is due and choose; the deals that are not paid."""
    paid = pay(month, desk, of.cash)
    for place in range(paid.row.size):
        policy, row, funder = paid.policy[place], paid.row[place], paid.funder[place]
        if desk.staff.kind[funder] != GRANT:
            of.honour_debt[policy, row] = paid.amount[place]
            of.honour_instalment[policy, row] = paid.amount[place] / desk.staff.over[funder]
    for policy in range(to.grants.size):
        to.grants[policy] += paid.number[policy]
        to.grant_amount[policy] += paid.total[policy]
        to.cost_grants[policy] += paid.total[policy]
    enter(paid, desk, GRANT, to.grant_paid)
    enter(paid, desk, HONOUR_LOAN, to.honour_loan_paid)
    return promise(month, desk, paid, _decide(of, until, month, desk) if opens(desk) else nobody(0))


@inlined
def _decide(young: Young, until: Oldest, month: int, desk: Desk) -> Chosen:
    """Young startups meet the programmes, which choose among them; each kind of programme funds a startup once."""
    of, rule, asking = desk.seen, desk.rule, callers(desk)
    policies, pull, queue = rule.rate.size, pulls(desk.offers, desk.places.reach), empty_queue(asking.size)
    chosen, done = nobody(asking.size * policies), 0
    for policy in range(policies):
        waiting, begun = 0, done
        for row in asking:
            if not (rule.enabled[policy] and holds(of.alive[row], policy)):
                continue
            new = young.grant[policy, row] < 0 or young.honour_loan[policy, row] < 0
            if young.founded[row] > month - until.oldest[policy] and new:
                attention, introduced = desk.places.attention[policy, of.hub[policy, row]], of.introduced[policy, row]
                rate = rule.rate[policy] * recommended(rule.strength[policy], attention, introduced)
                met, merit = meeting(desk, policy, row, rate, pull[of.city[policy, row]])
                grants = met >= 0 and desk.offers.kind[met] == GRANT
                granted = young.grant[policy, row] if grants else young.honour_loan[policy, row]
                if met >= 0 and granted < 0:
                    waiting = join(queue, waiting, desk, row, met, merit)
        done = choose(desk, policy, queue, waiting, chosen, done)
        for place in range(begun, done):
            if desk.offers.kind[chosen.funders[place]] == GRANT:
                young.grant[policy, chosen.rows[place]] = month
            else:
                young.honour_loan[policy, chosen.rows[place]] = month
    return first_of(chosen, done)
