"""Grants and honour loans of Innov Invest: small money for young startups, chosen under yearly caps.

Startups younger than `oldest` months meet the programmes as `funding` says, each programme once:

    rate = p_g (1 + ref) D(d) merit

Innov Idea is a grant, Innov Start an honour loan without interest, repaid as `loans` says. Small early
grants doubled later venture capital in the United States (Howell 2017), see `equity`.
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

FLOWS = {"grant": "grant paid", "honour_loan": "honour_loan paid"}

COLUMNS = {
    "grant": Column(Short, "month", "Month in which the grant was decided.", NEVER),
    "honour_loan": Column(Short, "month", "Month in which the honour loan was decided.", NEVER),
    "honour_debt": Column(float, "kMAD", "Honour loan still to be repaid.", 0.0),
    "honour_instalment": Column(float, "kMAD/month", "Monthly repayment of the honour loan.", 0.0),
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
        unit="-",
        low=0,
        high=20,
        meaning="Factor on the yearly number and envelope of grants and honour loans.",
        origin="assumed: 1 is the programmes as they are",
        lever=True,
    )
    regional_quota: float = parameter(
        0.0,
        unit="share",
        low=0,
        high=1,
        meaning="Share of grants kept for regions other than Casablanca-Settat and Rabat-Salé-Kénitra.",
        origin="assumed: no quota has been reported",
        lever=True,
    )


STREAMS = ("grants.meeting", "grants.choice", "grants.ticket")


def act(model: EcosystemModel) -> None:
    """Pay what was promised, then let young startups meet the programmes, and choose."""
    parameters, startups, month = model.parameters.grants, model.startups, model.month
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
        month,
        parameters.oldest,
        startups.founded,
        startups.grant,
        startups.honour_loan,
        np.array([funder.kind == "grant" for funder in funders]),
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
    month: int,
    oldest: int,
    founded: np.ndarray,
    grant: np.ndarray,
    honour_loan: np.ndarray,
    grants: np.ndarray,
    desk: funding.Desk,
    reach: np.ndarray,
    weights: tuple[float, float, float],
    city: np.ndarray,
    quality: np.ndarray,
    finance: np.ndarray,
    log_revenue: np.ndarray,
) -> funding.Chosen:
    """Let the young meet the programmes, and these choose; `grants` says which of them give grants."""
    rows, whom, line = np.empty(key.size, dtype=np.int64), np.empty(key.size, dtype=np.int64), np.empty(key.size)
    highest = rate * (1 + strength) * MARGIN
    draws, pull = uniforms(key, meeting), pulls(desk, reach)
    count = 0
    for row in range(key.size):
        young = founded[row] > month - oldest
        if draws[row] < highest and young and (grant[row] < 0 or honour_loan[row] < 0):
            often = rate * recommended(strength, attention[hub[row]], introduced[row])
            met, merit = encounter(
                draws[row], often, pull[city[row]], weights, quality[row], finance[row], log_revenue[row]
            )
            if met >= 0 and (grant[row] if grants[met] else honour_loan[row]) < 0:
                rows[count], whom[count], line[count] = row, met, place_in_line(key[row], choice, merit)
                count += 1
    chosen = choose(rows[:count], whom[:count], line[:count], key, ticket, desk)
    for place in range(chosen[0].size):
        if grants[chosen[1][place]]:
            grant[chosen[0][place]] = month
        else:
            honour_loan[chosen[0][place]] = month
    return chosen


def _pay(model: EcosystemModel) -> None:
    startups, tally = model.startups, model.tally
    for funder, row, ticket in funding.pay(model, FLOWS):
        if funder.kind == "honour_loan":
            startups.honour_debt[row] = ticket
            startups.honour_instalment[row] = ticket / funder.repay_months
        tally["grants"] += 1
        tally["grant_amount"] += ticket
        model.programme["grants"] += ticket
