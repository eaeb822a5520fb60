"""Grants and honour loans of Innov Invest: small money for young startups, chosen under yearly caps.

Startups younger than `oldest` months meet the programmes as `funding` says, each programme once:

    rate = p_g (1 + ref) D(d) merit

Innov Idea is a grant, Innov Start an honour loan without interest, repaid as `loans` says. Small early
grants doubled later venture capital in the United States (Howell 2017), see `equity`.
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

KINDS = ("grant", "honour_loan")
GRANT = 0
"""Place of the first in `KINDS`."""
FLOWS = {"grant": "grant paid", "honour_loan": "honour_loan paid"}

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


class Parameters(Mechanism):
    """Parameters of grants and honour loans."""

    rate: float = parameter(
        0.020,
        unit="1/month",
        symbol="p_g",
        low=0,
        high=1,
        meaning="Rate of meeting a grant programme next door, at full merit.",
        origin="assumed: more candidates than grants, so that the yearly numbers bind",
    )
    oldest: int = parameter(
        36,
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


def act(model: World) -> None:
    """Pay what was promised, then let young startups meet the programmes, and choose."""
    parameters, startups = model.parameters.grants, model.startups
    _pay(model)
    funding.renew(model, KINDS)
    if not parameters.enabled:
        return
    cap = Cap(parameters.envelope_factor, parameters.regional_quota, model.month_of_year)
    rule = funding.rule(model, parameters.rate)
    if opened := funding.open_desk(model, "grants", KINDS, rule, cap, model.reach):
        funders, desk = opened
        chosen = _decide(startups.see(Young), model.month - parameters.oldest, model.month, desk)
        funding.promise(model, funders, chosen)


@columns
class Young(NamedTuple):
    """Columns that the programmes ask for."""

    founded: np.ndarray
    grant: np.ndarray
    honour_loan: np.ndarray


@kernel
def _decide(young: Young, too_old: int, month: int, desk: Desk) -> Chosen:
    """Let those founded after month `too_old` meet the programmes, each kind of them once, and these choose."""
    of, judged, rule = desk.seen, desk.judged, desk.rule
    funders, (asking, draws) = funders_of(desk.funders), callers(desk)
    pull, queue, count = pulls(funders, desk.places.reach), empty_queue(asking.size), 0
    for row in asking:
        if young.founded[row] > too_old and (young.grant[row] < 0 or young.honour_loan[row] < 0):
            rate = rule.rate * recommended(rule.strength, desk.places.attention[of.hub[row]], of.introduced[row])
            seen = of.quality[row], judged.finance[row], judged.log_revenue[row]
            met, merit = encounter(draws[row], rate, pull[of.city[row]], rule, seen[0], seen[1], seen[2])
            if met >= 0 and (young.grant if funders.kind[met] == GRANT else young.honour_loan)[row] < 0:
                queue.rows[count], queue.met[count] = row, met
                queue.place[count] = place_in_line(of.key[row], desk.words.choice, merit)
                count += 1
    chosen = choose(desk, funders, queue, count)
    for place in range(chosen.rows.size):
        if funders.kind[chosen.funders[place]] == GRANT:
            young.grant[chosen.rows[place]] = month
        else:
            young.honour_loan[chosen.rows[place]] = month
    return chosen


def _pay(model: World) -> None:
    startups, tally = model.startups, model.tally
    for funder, row, ticket in funding.pay(model, FLOWS):
        if funder.kind == "honour_loan":
            startups.honour_debt[row] = ticket
            startups.honour_instalment[row] = ticket / funder.repay_months
        tally["grants"] += 1
        tally["grant_amount"] += ticket
        model.programme["grants"] += ticket
