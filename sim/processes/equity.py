"""Seed and venture capital: rare, concentrated, near the funds, after due diligence.

A startup with revenue above `smallest_revenue` meets a fund as `funding` says, more often after a small
public grant (Howell 2017). A round lifts its revenue and blocks another for `pause` months:

    rate = p_v (1 + ref) D(d) merit,   times grant_factor after a grant or honour loan
    ln R += revenue_lift   when the money comes

Yearly numbers are capped, tickets are log-normal, the money comes after three months of due diligence
(83 days on average: Gompers, Gornall, Kaplan and Strebulaev 2020), if the startup still exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.compiled import compiled
from sim.declaration import Column, Mechanism, Short, parameter
from sim.processes import funding, referral
from sim.processes.fairs import NEVER
from sim.processes.funding import MARGIN, choose, encounter, place_in_line, pulls
from sim.processes.referral import recommended
from sim.randomness import uniforms

if TYPE_CHECKING:
    from sim.model import EcosystemModel

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


def act(model: EcosystemModel) -> None:
    """Pay the deals whose due diligence has ended, then let funds meet and choose."""
    parameters, startups, month = model.parameters.equity, model.startups, model.month
    _pay(model)
    funders, desk = funding.open_desk(model, FLOWS, parameters.envelope_factor, parameters.regional_quota)
    if not (parameters.enabled and funders):
        return
    chosen = _decide(
        startups.key,
        *funding.words(model, STREAMS),
        parameters.rate,
        referral.strength(model),
        model.attention,
        startups.hub,
        startups.introduced,
        parameters.grant_factor,
        startups.grant,
        startups.honour_loan,
        startups.in_due_diligence,
        month - parameters.pause,
        startups.equity,
        parameters.smallest_revenue,
        model.before.revenue,
        desk,
        model.reach,
        funding.weights(model),
        startups.city,
        startups.quality,
        model.before.competence[0],
        model.before.log_revenue,
    )
    funding.promise(model, funders, chosen)


@compiled
def _decide(
    key: np.ndarray,
    meeting: np.uint64,
    choice: np.uint64,
    ticket: np.uint64,
    rate: float,
    strength: float,
    attention: np.ndarray,
    hub: np.ndarray,
    introduced: np.ndarray,
    grant_factor: float,
    grant: np.ndarray,
    honour_loan: np.ndarray,
    in_due_diligence: np.ndarray,
    round_until: int,
    equity: np.ndarray,
    smallest_revenue: float,
    revenue: np.ndarray,
    desk: funding.Desk,
    reach: np.ndarray,
    weights: tuple[float, float, float],
    city: np.ndarray,
    quality: np.ndarray,
    finance: np.ndarray,
    log_revenue: np.ndarray,
) -> funding.Chosen:
    """Let the eligible meet the funds, and these choose."""
    rows, whom, line = np.empty(key.size, dtype=np.int64), np.empty(key.size, dtype=np.int64), np.empty(key.size)
    highest = rate * (1 + strength) * grant_factor * MARGIN
    draws, pull = uniforms(key, meeting), pulls(desk, reach)
    count = 0
    for row in range(key.size):
        if draws[row] < highest and revenue[row] > smallest_revenue:
            often = rate * recommended(strength, attention[hub[row]], introduced[row])
            if grant[row] >= 0 or honour_loan[row] >= 0:
                often *= grant_factor
            met, merit = encounter(
                draws[row], often, pull[city[row]], weights, quality[row], finance[row], log_revenue[row]
            )
            if met >= 0 and equity[row] <= round_until and not in_due_diligence[row]:
                rows[count], whom[count], line[count] = row, met, place_in_line(key[row], choice, merit)
                count += 1
    chosen = choose(rows[:count], whom[:count], line[:count], key, ticket, desk)
    for row in chosen[0]:
        in_due_diligence[row] = True
    return chosen


def _pay(model: EcosystemModel) -> None:
    startups, tally = model.startups, model.tally
    lift = np.exp(model.parameters.equity.revenue_lift)
    for _, row, ticket in funding.pay(model, FLOWS):
        startups.in_due_diligence[row] = False
        startups.equity[row] = model.month
        startups.equity_total[row] += ticket
        startups.revenue[row] *= lift
        tally["deals"] += 1
        tally["deal_amount"] += ticket
