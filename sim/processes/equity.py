"""Seed and venture capital: rare, concentrated, near the funds, after due diligence.

A startup with revenue above `smallest_revenue` meets a fund as `funding` says, more often after a small
public grant (Howell 2017). A round lifts its revenue and blocks another for `pause` months:

    rate = p_v (1 + ref) D(d) merit,   times grant_factor after a grant or honour loan
    ln R += revenue_lift   when the money comes

Yearly numbers are capped, tickets are log-normal, the money comes after three months of due diligence
(83 days on average: Gompers, Gornall, Kaplan and Strebulaev 2020), if the startup still exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.records import columns, kernel
from sim.processes import funding
from sim.processes.meetings import (
    Cap,
    Chosen,
    Desk,
    callers,
    choose,
    empty_queue,
    encounter,
    funders_of,
    place_in_line,
    pulls,
)
from sim.processes.referral import recommended

if TYPE_CHECKING:
    from sim.kernel.world import World

KINDS = ("seed", "venture")
FLOWS = {"seed": "equity paid", "venture": "equity paid"}

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


class Parameters(Mechanism):
    """Parameters of seed and venture capital."""

    rate: float = parameter(
        0.010,
        unit="1/month",
        symbol="p_v",
        low=0,
        high=1,
        meaning="Rate of meeting a fund next door, at full merit.",
        origin="assumed: more candidates than deals, so that the yearly numbers bind",
    )
    smallest_revenue: float = parameter(
        40.0,
        unit="kMAD/month",
        low=0,
        high=10_000,
        meaning="Revenue above which funds look at a startup.",
        origin="assumed: half a million dirhams a year",
    )
    grant_factor: float = parameter(
        2.0,
        unit="-",
        low=1,
        high=10,
        meaning="How much more often a startup with a grant or honour loan meets a fund.",
        origin="source: Howell 2017, American Economic Review 107: phase 1 doubles the probability",
    )
    revenue_lift: float = parameter(
        0.25,
        unit="log points",
        low=0,
        high=5,
        meaning="Rise of log revenue with a round.",
        origin="assumed: the money is spent on sales",
    )
    pause: int = parameter(
        12,
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


def act(model: World) -> None:
    """Pay the deals whose due diligence has ended, then let funds meet and choose."""
    parameters, startups = model.parameters.equity, model.startups
    _pay(model)
    funding.renew(model, KINDS)
    if not parameters.enabled:
        return
    rule = funding.rule(model, parameters.rate, boost=parameters.grant_factor)
    cap = Cap(parameters.envelope_factor, parameters.regional_quota, model.month_of_year)
    if opened := funding.open_desk(model, "equity", KINDS, rule, cap, model.reach):
        funders, desk = opened
        limits = Limits(parameters.smallest_revenue, model.month - parameters.pause)
        chosen = _decide(startups.see(Sellers), model.before.revenue, limits, desk)
        funding.promise(model, funders, chosen)


@columns
class Sellers(NamedTuple):
    """Columns that funds ask for."""

    grant: np.ndarray
    honour_loan: np.ndarray
    equity: np.ndarray
    in_due_diligence: np.ndarray


class Limits(NamedTuple):
    """The revenue above which funds look at a startup, and the last month of a round that is long ago."""

    smallest_revenue: float
    round_until: int


@kernel
def _decide(sellers: Sellers, revenue: np.ndarray, limits: Limits, desk: Desk) -> Chosen:
    """Let the eligible, by their `revenue` too, meet the funds, and these choose."""
    of, judged, rule = desk.seen, desk.judged, desk.rule
    funders, (asking, draws) = funders_of(desk.funders), callers(desk)
    pull, queue, count = pulls(funders, desk.places.reach), empty_queue(asking.size), 0
    for row in asking:
        if revenue[row] > limits.smallest_revenue:
            rate = rule.rate * recommended(rule.strength, desk.places.attention[of.hub[row]], of.introduced[row])
            if sellers.grant[row] >= 0 or sellers.honour_loan[row] >= 0:
                rate *= rule.boost
            seen = of.quality[row], judged.finance[row], judged.log_revenue[row]
            met, merit = encounter(draws[row], rate, pull[of.city[row]], rule, seen[0], seen[1], seen[2])
            if met >= 0 and sellers.equity[row] <= limits.round_until and not sellers.in_due_diligence[row]:
                queue.rows[count], queue.met[count] = row, met
                queue.place[count] = place_in_line(of.key[row], desk.words.choice, merit)
                count += 1
    chosen = choose(desk, funders, queue, count)
    for row in chosen.rows:
        sellers.in_due_diligence[row] = True
    return chosen


def _pay(model: World) -> None:
    startups, tally = model.startups, model.tally
    lift = np.exp(model.parameters.equity.revenue_lift)
    for _, row, ticket in funding.pay(model, FLOWS):
        startups.in_due_diligence[row] = False
        startups.equity[row] = model.month
        startups.equity_total[row] += ticket
        startups.revenue[row] *= lift
        tally["deals"] += 1
        tally["deal_amount"] += ticket
