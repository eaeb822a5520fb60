"""Seed and venture capital: rare, concentrated, near the funds, after due diligence.

A startup with revenue above `smallest_revenue` meets a fund as `funding` says, more often after a small
public grant (Howell 2017). A round lifts its revenue and blocks another for `pause` months:

    rate = p_v (1 + ref) D(d) merit,   times grant_factor after a grant or honour loan
    ln R += revenue_lift   when the money comes

Yearly numbers are capped, tickets are log-normal, the money comes after three months of due diligence
(83 days on average: Gompers, Gornall, Kaplan and Strebulaev 2020), if the startup still exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.mathematics import exp
from sim.kernel.records import booked, columns, kernel, read_from
from sim.kernel.state import Deals
from sim.processes import funding
from sim.processes.funding import opens, pay, promise
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

KINDS = ("seed", "venture")

COLUMNS = {
    "equity": Column(Short, "month", "Month of the last round.", NEVER),
    "equity_total": Column(float, "kMAD", "Equity received so far.", 0.0),
    "in_due_diligence": Column(bool, "-", "Whether a fund has chosen it and not yet paid.", False),
}

COUNTS = {
    "deals": Count("rounds", "Seed and venture rounds paid."),
    "deal_amount": Count("kMAD", "Seed and venture capital paid."),
}

PAYMENTS = {("funders", "startups", "equity paid"): Payment("Seed and venture capital.")}

SYMBOLS = {"rate": "1/month", "ref": "referral.strength", "D(d)": "-", "d": "km", "merit": "share", "R": "revenue"}


class Parameters(Mechanism):
    """Parameters of seed and venture capital."""

    rate: float = parameter(
        0.010,
        short="Meetings with funds",
        unit="1/month",
        symbol="p_v",
        low=0,
        high=1,
        meaning="Rate of meeting a fund next door, at full merit.",
        origin="assumed: more candidates than deals, so that the yearly numbers bind",
    )
    smallest_revenue: float = parameter(
        40.0,
        short="Revenue that funds look for",
        unit="kMAD/month",
        low=0,
        high=10_000,
        meaning="Revenue above which funds look at a startup.",
        origin="assumed: half a million dirhams a year",
    )
    grant_factor: float = parameter(
        2.0,
        short="Meetings with funds after a grant",
        unit="-",
        low=1,
        high=10,
        meaning="How much more often a startup with a grant or honour loan meets a fund.",
        origin="source: Howell 2017, American Economic Review 107: phase 1 doubles the probability",
    )
    revenue_lift: float = parameter(
        0.25,
        short="Effect of a round on revenue",
        unit="log points",
        low=0,
        high=5,
        meaning="Rise of log revenue with a round.",
        origin="assumed: the money is spent on sales",
    )
    pause: int = parameter(
        12,
        short="Pause between rounds",
        unit="month",
        low=0,
        high=120,
        meaning="Months after a round before the next can be looked for.",
        origin="assumed: a year between rounds",
    )
    envelope_factor: float = parameter(
        1.0,
        short="Venture capital",
        unit="-",
        low=0,
        high=20,
        meaning="Factor on the yearly numbers and envelopes of the funds.",
        origin="assumed: 1 is the market as it is",
        lever=True,
    )
    regional_quota: float = parameter(
        0.0,
        short="Deals kept for regions",
        unit="share",
        low=0,
        high=1,
        meaning="Share of deals kept for the regions outside the centre.",
        origin="assumed: no quota has been reported",
        lever=True,
    )


STREAMS = funding.streams_of_desk("equity")


def _rule(parameters: Any) -> Rule:
    own = parameters.equity
    return funding.rule_of(own, parameters, boost=own.grant_factor, quota=own.regional_quota)


@read_from(Parameters)
class Limits(NamedTuple):
    """Revenue above which funds look at a startup, months between rounds, rise of log revenue, (policies,) each."""

    smallest_revenue: np.ndarray
    pause: np.ndarray
    revenue_lift: np.ndarray


@booked(equity_paid=("funders", "startups", "equity paid"))
class Booked(NamedTuple):
    """Rounds paid, by number and in kMAD, (policies,) each."""

    deals: np.ndarray
    deal_amount: np.ndarray
    equity_paid: np.ndarray


def act(world: World) -> None:
    """Pay the deals whose due diligence has ended, then let funds meet and choose."""
    desk = funding.open_desk(world, KINDS, STREAMS, world.by_policy(_rule), world.reach)
    limits, to = world.rates(Limits), world.books(Booked)
    world.deals = _serve(world.month, world.startups.see(Sellers), limits, desk, to)


@columns
class Sellers(NamedTuple):
    """Columns that funds ask for, and those of the money that comes."""

    grant: np.ndarray
    honour_loan: np.ndarray
    equity: np.ndarray
    equity_total: np.ndarray
    in_due_diligence: np.ndarray
    revenue: np.ndarray
    path_begins: np.ndarray
    cash: np.ndarray


@kernel
def _serve(month: int, of: Sellers, limits: Limits, desk: Desk, to: Booked) -> Deals:
    """Pay the rounds that are due, which lift revenue, and choose; the deals that are not paid."""
    paid = pay(month, desk, of.cash)
    for place in range(paid.row.size):
        policy, row = paid.policy[place], paid.row[place]
        of.in_due_diligence[policy, row] = False
        of.equity[policy, row] = month
        of.equity_total[policy, row] += paid.amount[place]
        of.revenue[policy, row] *= exp(limits.revenue_lift[policy])
        of.path_begins[policy, row] += limits.revenue_lift[policy]  # what the money does is not luck: see `reversion`
    for policy in range(to.deals.size):
        to.deals[policy] += paid.number[policy]
        to.deal_amount[policy] += paid.total[policy]
        for funder in range(paid.by_funder.shape[0]):
            to.equity_paid[policy] += paid.by_funder[funder, policy]
    return promise(month, desk, paid, _decide(of, limits, month, desk) if opens(desk) else nobody(0))


@inlined
def _decide(sellers: Sellers, limits: Limits, month: int, desk: Desk) -> Chosen:
    """Eligible startups meet the funds, which choose among them."""
    of, rule, asking = desk.seen, desk.rule, callers(desk)
    policies, pull, queue = rule.rate.size, pulls(desk.offers, desk.places.reach), empty_queue(asking.size)
    chosen, done = nobody(asking.size * policies), 0
    for policy in range(policies):
        waiting, begun = 0, done
        for row in asking:
            able = rule.enabled[policy] and holds(of.alive[row], policy)
            if able and desk.before.revenue[policy, row] > limits.smallest_revenue[policy]:
                attention, introduced = desk.places.attention[policy, of.hub[policy, row]], of.introduced[policy, row]
                rate = rule.rate[policy] * recommended(rule.strength[policy], attention, introduced)
                if sellers.grant[policy, row] >= 0 or sellers.honour_loan[policy, row] >= 0:
                    rate *= rule.boost[policy]
                met, merit = meeting(desk, policy, row, rate, pull[of.city[policy, row]])
                paused = sellers.equity[policy, row] > month - limits.pause[policy]
                if met >= 0 and not paused and not sellers.in_due_diligence[policy, row]:
                    waiting = join(queue, waiting, desk, row, met, merit)
        done = choose(desk, policy, queue, waiting, chosen, done)
        for row in chosen.rows[begun:done]:
            sellers.in_due_diligence[policy, row] = True
    return first_of(chosen, done)
