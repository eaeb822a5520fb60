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

from sim.declare import Column, Mechanism, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.records import kernel
from sim.processes import funding
from sim.processes.funding import callers, choose, empty_queue, encounter, funders_of, place_in_line, pulls
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
        unit="-",
        low=0,
        high=20,
        meaning="Factor on the yearly numbers and envelopes of the funds.",
        origin="assumed: 1 is the market as it is",
        lever=True,
    )
    regional_quota: float = parameter(
        0.0,
        unit="share",
        low=0,
        high=1,
        meaning="Share of deals kept for regions other than Casablanca-Settat and Rabat-Salé-Kénitra.",
        origin="assumed: no quota has been reported",
        lever=True,
    )


STREAMS = ("equity.meeting", "equity.choice", "equity.ticket")


def act(model: World) -> None:
    """Pay the deals whose due diligence has ended, then let funds meet and choose."""
    parameters, startups = model.parameters.equity, model.startups
    _pay(model)
    funding.renew(model, KINDS)
    if not parameters.enabled:
        return
    rule = funding.rule(model, parameters.rate, boost=parameters.grant_factor)
    cap = funding.Cap(parameters.envelope_factor, parameters.regional_quota, model.month_of_year)
    desk = funding.open_desk(model, KINDS, STREAMS, rule, cap, model.reach)
    if desk:
        sellers = Sellers(
            model.before.revenue, startups.grant, startups.honour_loan, startups.equity, startups.in_due_diligence,
            parameters.smallest_revenue, model.month - parameters.pause,
        )  # fmt: skip
        funding.promise(model, desk.funders, _decide(sellers, *desk.records))


class Sellers(NamedTuple):
    """Columns that funds ask for, the revenue above which they look, and the last month of a round that is long ago."""

    revenue: np.ndarray
    grant: np.ndarray
    honour_loan: np.ndarray
    equity: np.ndarray
    in_due_diligence: np.ndarray
    smallest_revenue: float
    round_until: int


@kernel
def _decide(
    sellers: Sellers,
    of: funding.Seen,
    rule: funding.Rule,
    table: np.ndarray,
    places: funding.Places,
    words: funding.Words,
    cap: funding.Cap,
) -> funding.Chosen:
    """Let the eligible meet the funds, and these choose."""
    funders, (asking, draws) = funders_of(table), callers(of, rule, words)
    pull, queue, count = pulls(funders, places.reach), empty_queue(asking.size), 0
    for row in asking:
        if sellers.revenue[row] > sellers.smallest_revenue:
            rate = rule.rate * recommended(rule.strength, places.attention[of.hub[row]], of.introduced[row])
            if sellers.grant[row] >= 0 or sellers.honour_loan[row] >= 0:
                rate *= rule.boost
            judged = of.quality[row], of.finance[row], of.log_revenue[row]
            met, merit = encounter(draws[row], rate, pull[of.city[row]], rule, judged[0], judged[1], judged[2])
            if met >= 0 and sellers.equity[row] <= sellers.round_until and not sellers.in_due_diligence[row]:
                queue.rows[count], queue.met[count] = row, met
                queue.place[count] = place_in_line(of.key[row], words.choice, merit)
                count += 1
    chosen = choose(queue, count, of, funders, places.central, words.ticket, cap)
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
