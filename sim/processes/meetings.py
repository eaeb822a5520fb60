"""Meetings of startups with funders and funders' choices, as compiled loops; `sim.processes.funding` states the law."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.kernel.compiled import inlined
from sim.kernel.mathematics import exp, log
from sim.kernel.randomness import drawn, drawn_normal, rows_below
from sim.kernel.records import by_policy, columns
from sim.kernel.state import Deals, FunderStates, Start

NEAREST, REFERENCE_FINANCE, REFERENCE_REVENUE = 10.0, 0.35, 20.0
"""Distance in km below which nearness adds nothing; finance and monthly revenue (kMAD) of half the full merit."""

MARGIN = 1 + 1e-9
"""Factor on the highest monthly rate that anybody has, below which a draw may mean a meeting."""


@columns
class Seen(NamedTuple):
    """Columns of startups that funders see."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    number: np.ndarray
    quality: np.ndarray
    city: np.ndarray
    region: np.ndarray
    hub: np.ndarray
    introduced: np.ndarray


class Offers(NamedTuple):
    """What the funders at a desk offer this month, (funders,) each.

    Attributes:
        funder: which of all funders it is.
        kind: which of the desk's kinds it is.
        number: startups that it can fund in a year.
        envelope: money that it can give in a year, kMAD.
        median, log_sd, smallest, largest: law of its tickets, in kMAD.
    """

    funder: np.ndarray
    kind: np.ndarray
    number: np.ndarray
    envelope: np.ndarray
    median: np.ndarray
    log_sd: np.ndarray
    smallest: np.ndarray
    largest: np.ndarray


@by_policy
class Rule(NamedTuple):
    """How often startups meet the funders of a desk, how these judge, and how much they may choose, (policies,) each.

    Attributes:
        enabled: whether the desk is open.
        rate: monthly, at distance zero and full merit.
        strength: how much a recommendation raises it; 0 where nobody recommends.
        boost: factor on it for those that are boosted.
        quality_weight, finance_weight, revenue_weight: in merit.
        factor: on yearly numbers and envelopes.
        quota: share of the numbers for regions that are not central.
    """

    enabled: Any
    rate: Any
    strength: Any
    boost: Any
    quality_weight: Any
    finance_weight: Any
    revenue_weight: Any
    factor: Any
    quota: Any


class Places(NamedTuple):
    """Where funders and startups are, and when.

    Attributes:
        reach: of all funders, (funders, cities).
        attention: in each hub, (policies, hubs + 1).
        central: which regions are central, (regions,).
        month_of_year: 0 in January.
    """

    reach: np.ndarray
    attention: np.ndarray
    central: np.ndarray
    month_of_year: int


class Words(NamedTuple):
    """This month's words of the streams of meetings, choices and tickets."""

    meeting: np.uint64
    choice: np.uint64
    ticket: np.uint64


class Staff(NamedTuple):
    """What is always the same of all funders, (funders,) each.

    Attributes:
        kind: which of the desk's kinds it is; -1 for the funders of other desks.
        lasts: months from choice to payment.
        over: months over which its loans are repaid; 1 for what is not repaid.
    """

    kind: np.ndarray
    lasts: np.ndarray
    over: np.ndarray


class Desk(NamedTuple):
    """Inputs of the loops of all desks: the startups, now and at the month's start, the funders, and the rules.

    Attributes:
        deals: those that are not paid, of all desks.
        row_of: rows of startups by founding number, see `Startups`.
    """

    seen: Seen
    before: Start
    rule: Rule
    offers: Offers
    funds: FunderStates
    places: Places
    words: Words
    staff: Staff
    deals: Deals
    row_of: np.ndarray


class Chosen(NamedTuple):
    """Under which policies who is chosen: rows, positions of their funders, and tickets in kMAD, (chosen,) each."""

    policies: np.ndarray
    rows: np.ndarray
    funders: np.ndarray
    tickets: np.ndarray


class Queue(NamedTuple):
    """Who met whom under one policy: rows of startups, positions of funders, and places in line."""

    rows: np.ndarray
    met: np.ndarray
    place: np.ndarray


@inlined
def empty_queue(size: int) -> Queue:
    """A queue for at most this many."""
    return Queue(np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64), np.empty(size))


@inlined
def nobody(size: int) -> Chosen:
    """Room for at most this many that are chosen."""
    whole = np.empty((3, size), dtype=np.int64)
    return Chosen(whole[0], whole[1], whole[2], np.empty(size))


@inlined
def first_of(chosen: Chosen, count: int) -> Chosen:
    """The first of those that are chosen."""
    return Chosen(chosen.policies[:count], chosen.rows[:count], chosen.funders[:count], chosen.tickets[:count])


@inlined
def callers(desk: Desk) -> np.ndarray:
    """Rows of the startups whose draw may mean a meeting under some policy."""
    rule, highest = desk.rule, 0.0
    for policy in range(rule.rate.size):
        if rule.enabled[policy]:
            most = rule.rate[policy] * (1 + rule.strength[policy]) * rule.boost[policy] * MARGIN
            highest = max(highest, most)
    return rows_below(desk.seen.key[: desk.seen.used], desk.words.meeting, highest)


@inlined
def pulls(offers: Offers, reach: np.ndarray) -> np.ndarray:
    """Share of each funder in all meetings times its reach, and at the end their sum, (cities, funders + 1)."""
    size, total = offers.number.size, 0.0
    pull = np.zeros((reach.shape[1], size + 1))
    for funder in range(size):
        total += offers.number[funder]
    for funder in range(size):
        for city in range(reach.shape[1] if total > 0 else 0):
            pull[city, funder] = offers.number[funder] / total * reach[offers.funder[funder], city]
            pull[city, size] += pull[city, funder]
    return pull


@inlined
def _merit(quality: float, finance: float, log_revenue: float, weights: tuple[float, float, float]) -> float:
    """How promising a startup looks, from 0 to 1; `weights` of quality, finance and revenue."""
    judged = weights[0] * quality + weights[1] * (finance - REFERENCE_FINANCE)
    judged += weights[2] * (log_revenue - log(REFERENCE_REVENUE))
    return 1 / (1 + exp(-judged))


@inlined
def _met(draw: float, rate: float, merit: float, near: np.ndarray) -> int:
    """Whom a startup meets, as `meeting` says."""
    met, probability = -1, 1 - exp(-near[-1] * rate * merit)
    if draw < probability:
        left = draw / probability * near[-1]
        for funder in range(near.size - 1):
            if near[funder] > 0:
                met = funder
                left -= near[funder]
            if left < 0:
                break
    return met


@inlined
def meeting(desk: Desk, policy: int, row: int, rate: float, near: np.ndarray) -> tuple[int, float]:
    """Whom a startup meets this month, the position of a funder or -1 for nobody, and its merit, 0 if it cannot matter.

    `rate` is its monthly rate at distance zero and full merit, `near` (funders + 1,) the pull on its city.
    """
    draw = drawn(desk.seen.key[row], desk.words.meeting)
    if draw >= near[-1] * rate:
        return -1, 0.0  # too late even at full merit
    rule, before = desk.rule, desk.before
    weights = rule.quality_weight[policy], rule.finance_weight[policy], rule.revenue_weight[policy]
    finance, log_revenue = before.competence[policy, 0, row], before.log_revenue[policy, row]
    merit = _merit(desk.seen.quality[row], finance, log_revenue, weights)
    return _met(draw, rate, merit, near), merit


@inlined
def join(queue: Queue, waiting: int, desk: Desk, row: int, met: int, merit: float) -> int:
    """Put a startup behind the first `waiting` of a queue; how many there are then.

    Its place in line is an exponential key divided by its merit: funders look first at those for whom it is smallest.
    """
    queue.rows[waiting], queue.met[waiting] = row, met
    queue.place[waiting] = -log(drawn(desk.seen.key[row], desk.words.choice)) / merit
    return waiting + 1


@inlined
def released(number: float, month_of_year: int) -> int:
    """How many of a yearly number N are free by the end of a month, so that a year's money is not gone in January."""
    return int(number * (month_of_year + 1) / 12 + 1e-9)


@inlined
def ticket_size(median: float, log_sd: float, smallest: float, largest: float, normal: float) -> float:
    """Log-normal ticket in kMAD for a standard normal draw, clipped to what a funder offers."""
    return min(max(median * exp(log_sd * normal), smallest), largest)


@inlined
def choose(desk: Desk, policy: int, queue: Queue, waiting: int, chosen: Chosen, done: int) -> int:
    """Each funder chooses under one policy among the first `waiting` of a queue, whose places in line are overwritten.

    Writes the chosen down from place `done` on, and in the funders' books; how many there are then.
    """
    rule, offers, funds = desk.rule, desk.offers, desk.funds
    allowance, room = _allowance(desk, policy)
    while True:  # as often as somebody may still be chosen; NumPy's sort takes ten seconds to compile
        first, shortest = -1, np.inf
        for candidate in range(waiting):
            met = queue.met[candidate]
            may = room[met] > 0 or not desk.places.central[desk.seen.region[policy, queue.rows[candidate]]]
            if may and allowance[met] > 0 and queue.place[candidate] < shortest:
                first, shortest = candidate, queue.place[candidate]
        if first < 0:
            return done
        queue.place[first] = np.inf
        row, funder = queue.rows[first], queue.met[first]
        central = desk.places.central[desk.seen.region[policy, row]]
        allowance[funder] -= 1
        room[funder] -= central
        law = offers.median[funder], offers.log_sd[funder], offers.smallest[funder], offers.largest[funder]
        amount = ticket_size(law[0], law[1], law[2], law[3], drawn_normal(desk.seen.key[row], desk.words.ticket))
        index = offers.funder[funder]
        if funds.promised[policy, index] + amount <= offers.envelope[funder] * rule.factor[policy]:
            funds.promised[policy, index] += amount
            funds.chosen[policy, index] += 1
            funds.central[policy, index] += central
            chosen.policies[done], chosen.rows[done] = policy, row
            chosen.funders[done], chosen.tickets[done] = funder, amount
            done += 1


@inlined
def _allowance(desk: Desk, policy: int) -> tuple[np.ndarray, np.ndarray]:
    """How many each funder may still choose this month, and how many of them in central regions."""
    rule, offers, funds = desk.rule, desk.offers, desk.funds
    allowance, room = np.empty(offers.number.size, dtype=np.int64), np.empty(offers.number.size, dtype=np.int64)
    for funder in range(offers.number.size):
        number, index, month = (
            offers.number[funder] * rule.factor[policy],
            offers.funder[funder],
            desk.places.month_of_year,
        )
        allowance[funder] = max(0, released(number, month) - int(funds.chosen[policy, index]))
        room[funder] = released(number * (1 - rule.quota[policy]), month) - int(funds.central[policy, index])
    return allowance, room
