"""Meetings of startups with funders and funders' choices, as compiled loops; `sim.processes.funding` states the law."""

from __future__ import annotations

from math import exp
from typing import Any, NamedTuple

import numpy as np

from sim.kernel.compiled import inlined
from sim.kernel.randomness import drawn, drawn_normal, uniforms
from sim.kernel.records import columns

NEAREST, REFERENCE_FINANCE, REFERENCE_REVENUE = 10.0, 0.35, 20.0
"""Distance in km below which nearness adds nothing; finance and monthly revenue (kMAD) of half the full merit."""

MARGIN = 1 + 1e-9
"""Factor on the highest monthly rate that anybody has, below which a draw may mean a meeting."""


@columns
class Seen(NamedTuple):
    """Columns of startups that funders see."""

    key: np.ndarray
    city: np.ndarray
    region: np.ndarray
    hub: np.ndarray
    introduced: np.ndarray
    quality: np.ndarray


class Judged(NamedTuple):
    """What they judge besides quality, as it was at the start of the month, (startups,) each."""

    finance: np.ndarray
    log_revenue: np.ndarray


class Funders(NamedTuple):
    """What a desk knows of its funders, each (funders,), floats; or the numbers of one of them.

    Attributes:
        place: row of its reach.
        kind: which of the desk's kinds it is.
        number: startups that it can fund in a year; `chosen` those of this year, `central` those of central regions.
        promised, envelope: in kMAD, of this year.
        median, log_sd, smallest, largest: law of its tickets, in kMAD.
    """

    place: Any
    kind: Any
    number: Any
    chosen: Any
    central: Any
    promised: Any
    envelope: Any
    median: Any
    log_sd: Any
    smallest: Any
    largest: Any


@inlined
def funders_of(table: np.ndarray) -> Funders:
    """The columns of a table (funders, 11) by their names."""
    return Funders(
        table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4], table[:, 5], table[:, 6], table[:, 7],
        table[:, 8], table[:, 9], table[:, 10],
    )  # fmt: skip


class Rule(NamedTuple):
    """How often startups meet the funders of a desk, and how these judge.

    Attributes:
        rate: monthly, at distance zero and full merit.
        strength: how much a recommendation raises it; 0 where nobody recommends.
        boost: factor on it for those that are boosted.
        quality_weight, finance_weight, revenue_weight: in merit.
    """

    rate: float
    strength: float
    boost: float
    quality_weight: float
    finance_weight: float
    revenue_weight: float


class Places(NamedTuple):
    """Reach of all funders (funders, cities), attention in each hub (hubs,), which regions are central (regions,)."""

    reach: np.ndarray
    attention: np.ndarray
    central: np.ndarray


class Words(NamedTuple):
    """This month's words of the streams of meetings, choices and tickets."""

    meeting: np.uint64
    choice: np.uint64
    ticket: np.uint64


class Cap(NamedTuple):
    """Factor on yearly numbers and envelopes, share of the numbers for regions that are not central, and the month."""

    factor: float
    quota: float
    month_of_year: int


class Desk(NamedTuple):
    """What the loops of all desks are told: the startups, the funders as a table, and the rules between them.

    Attributes:
        funders: table (funders, 11) with the columns of `Funders`: Python hands over one array sooner than eleven.
    """

    seen: Seen
    judged: Judged
    rule: Rule
    funders: np.ndarray
    places: Places
    words: Words
    cap: Cap


class Chosen(NamedTuple):
    """Rows of the chosen, positions of their funders, tickets in kMAD, and whether they are of a central region."""

    rows: np.ndarray
    funders: np.ndarray
    tickets: np.ndarray
    central: np.ndarray


class Queue(NamedTuple):
    """Who met whom: rows of startups, positions of funders, and places in line."""

    rows: np.ndarray
    met: np.ndarray
    place: np.ndarray


@inlined
def empty_queue(size: int) -> Queue:
    """A queue for at most so many."""
    return Queue(np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64), np.empty(size))


@inlined
def callers(desk: Desk) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the startups whose draw may mean a meeting, and the draws of all; nobody else can meet anybody."""
    key, rule = desk.seen.key, desk.rule
    draws, rows = uniforms(key, desk.words.meeting), np.empty(key.size, dtype=np.int64)
    highest = rule.rate * (1 + rule.strength) * rule.boost * MARGIN
    count = 0
    for row in range(key.size):
        if draws[row] < highest:
            rows[count] = row
            count += 1
    return rows[:count], draws


@inlined
def pulls(funders: Funders, reach: np.ndarray) -> np.ndarray:
    """Share of each funder in all meetings times its reach (cities, funders)."""
    size = funders.number.size
    pull, total = np.zeros((reach.shape[1], size)), 0.0
    for funder in range(size):
        total += funders.number[funder]
    for funder in range(size):
        for city in range(reach.shape[1] if total > 0 else 0):
            pull[city, funder] = funders.number[funder] / total * reach[int(funders.place[funder]), city]
    return pull


@inlined
def encounter(
    uniform: float, rate: float, near: np.ndarray, rule: Rule, quality: float, finance: float, log_revenue: float
) -> tuple[int, float]:
    """Whom a startup meets this month, the position of a funder or -1 for nobody, and its merit.

    `uniform` is its draw, `rate` its monthly rate at distance zero and full merit, `near` (funders,) the pull on its
    city. Numbers instead of its record: each call with columns would count who holds them.
    """
    total = 0.0
    for funder in range(near.size):
        total += near[funder]
    met = -1
    if uniform >= total * rate:
        return met, 0.0  # too late even at full merit
    judged = rule.revenue_weight * (log_revenue - np.log(REFERENCE_REVENUE))
    judged += rule.quality_weight * quality + rule.finance_weight * (finance - REFERENCE_FINANCE)
    merit = 1 / (1 + np.exp(-judged))
    probability = -np.expm1(-total * rate * merit)
    if uniform < probability:
        left = uniform / probability * total
        for funder in range(near.size):
            if near[funder] > 0:
                met = funder
                left -= near[funder]
            if left < 0:
                break
    return met, merit


@inlined
def place_in_line(key: np.uint64, word: np.uint64, merit: float) -> float:
    """`exponential key / merit`: funders look at those first for whom it is smallest."""
    found: float = -np.log(drawn(key, word)) / merit
    return found


@inlined
def released(number: float, month_of_year: int) -> int:
    """How many of a yearly number N are free by the end of a month, so that a year's money is not gone in January."""
    return int(number * (month_of_year + 1) / 12 + 1e-9)


@inlined
def ticket_size(median: float, log_sd: float, smallest: float, largest: float, normal: float) -> float:
    """Log-normal ticket in kMAD for a standard normal draw, clipped to what a funder offers."""
    return min(max(median * exp(log_sd * normal), smallest), largest)


@inlined
def choose(desk: Desk, funders: Funders, queue: Queue, count: int) -> Chosen:
    """Let each funder choose among the first `count` of a queue; their places in line are used up."""
    key, region, central_region = desk.seen.key, desk.seen.region, desk.places.central
    cap, word = desk.cap, desk.words.ticket
    rows, met, line = queue.rows[:count], queue.met[:count], queue.place[:count]
    chosen, positions = np.empty(rows.size, dtype=np.int64), np.empty(rows.size, dtype=np.int64)
    tickets, central = np.empty(rows.size), np.empty(rows.size, dtype=np.bool_)
    size = funders.number.size
    allowance, room = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    done = 0
    for funder in range(size):
        number = funders.number[funder]
        free = released(number * cap.factor, cap.month_of_year)
        allowance[funder] = max(0, free - int(funders.chosen[funder]))
        free = released(number * ((1 - cap.quota) * cap.factor), cap.month_of_year)
        room[funder] = free - int(funders.central[funder])
    while True:  # as often as somebody may still be chosen; NumPy's sort takes ten seconds to compile
        first, shortest = -1, np.inf
        for candidate in range(line.size):
            may = room[met[candidate]] > 0 or not central_region[region[rows[candidate]]]
            if may and allowance[met[candidate]] > 0 and line[candidate] < shortest:
                first, shortest = candidate, line[candidate]
        if first < 0:
            break
        line[first] = np.inf
        row, funder = rows[first], met[first]
        is_central = central_region[region[row]]
        allowance[funder] -= 1
        room[funder] -= is_central
        law = funders.median[funder], funders.log_sd[funder], funders.smallest[funder], funders.largest[funder]
        amount = ticket_size(law[0], law[1], law[2], law[3], drawn_normal(key[row], word))
        if funders.promised[funder] + amount <= funders.envelope[funder] * cap.factor:
            funders.promised[funder] += amount
            chosen[done], positions[done], tickets[done], central[done] = row, funder, amount, is_central
            done += 1
    return Chosen(chosen[:done], positions[:done], tickets[:done], central[:done])
