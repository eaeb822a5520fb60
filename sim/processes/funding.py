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

from collections.abc import Container
from math import exp
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Block, Constant, parameter
from sim.kernel.compiled import inlined
from sim.kernel.randomness import drawn, drawn_normal, uniforms
from sim.processes import referral

if TYPE_CHECKING:
    from sim.kernel.world import Funder, World


NEAREST, REFERENCE_FINANCE, REFERENCE_REVENUE = 10.0, 0.35, 20.0
"""Distance in km below which nearness adds nothing; finance and monthly revenue (kMAD) of half the full merit."""

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


MARGIN = 1 + 1e-9
"""Factor on the highest monthly rate that anybody has, below which a draw may mean a meeting."""


class Seen(NamedTuple):
    """What funders see of the startups, each (startups,)."""

    key: np.ndarray
    city: np.ndarray
    region: np.ndarray
    hub: np.ndarray
    introduced: np.ndarray
    quality: np.ndarray
    finance: np.ndarray
    log_revenue: np.ndarray


class Funders(NamedTuple):
    """What a desk knows of its funders, each (funders,), floats.

    Attributes:
        place: row of its reach.
        kind: which of the desk's kinds it is.
        number: startups that it can fund in a year; `chosen` those of this year, `central` those of central regions.
        promised, envelope: in kMAD, of this year.
        median, log_sd, smallest, largest: law of its tickets, in kMAD.
    """

    place: np.ndarray
    kind: np.ndarray
    number: np.ndarray
    chosen: np.ndarray
    central: np.ndarray
    promised: np.ndarray
    envelope: np.ndarray
    median: np.ndarray
    log_sd: np.ndarray
    smallest: np.ndarray
    largest: np.ndarray


@inlined
def funders_of(table: np.ndarray) -> Funders:
    """Columns of a table (funders, 11) in the order of `Funders`: Python hands over one array sooner than eleven."""
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


class Asked(NamedTuple):
    """What a desk's loop is told besides the startups: the same for all desks."""

    funders: list[Funder]
    seen: Seen
    rule: Rule
    table: np.ndarray
    places: Places
    words: Words
    cap: Cap

    @property
    def records(self) -> tuple[Seen, Rule, np.ndarray, Places, Words, Cap]:
        """In the order in which each desk's loop takes them."""
        return self.seen, self.rule, self.table, self.places, self.words, self.cap


def open_desk(
    model: World,
    kinds: tuple[str, ...],
    streams: tuple[str, str, str],
    rule: Rule,
    cap: Cap,
    reach: np.ndarray,
) -> Asked | None:
    """The desk of the funders of some kinds that work this month; None when nobody does.

    Args:
        model: the world.
        kinds: of the funders at this desk.
        streams: names of the streams of meetings, choices and tickets.
        rule: how often they meet.
        cap: how much they may choose.
        reach: of all funders (funders, cities), falls with distance.
    """
    funders, has = [], []
    for funder in model.funders:
        if funder.kind in kinds and (terms := funder.terms_at(model.month)):
            used = funder.funded_this_year, funder.central_this_year, funder.spent_this_year
            funders.append(funder)
            has.append((funder.index, kinds.index(funder.kind), terms.number, *used, terms.envelope, *terms.law))
    if not funders:
        return None
    startups, before = model.startups, model.before
    seen = Seen(
        startups.key, startups.city, startups.region, startups.hub, startups.introduced, startups.quality,
        before.competence[0], before.log_revenue,
    )  # fmt: skip
    words = Words(*(model.streams[name].at(model.month) for name in streams))
    return Asked(
        funders,
        seen,
        rule,
        np.array(has, dtype=float),
        Places(reach, model.attention, model.central_region),
        words,
        cap,
    )


def renew(model: World, kinds: Container[str]) -> None:
    """In January, renew the yearly numbers and envelopes of the funders of these kinds that work."""
    if model.month_of_year == 0:
        for funder in model.funders:
            if funder.kind in kinds and funder.terms_at(model.month):
                funder.new_year()


def rule(model: World, rate: float, *, recommends: bool = True, boost: float = 1.0) -> Rule:
    """The rule of a desk with a rate of its own."""
    law = model.parameters.funding
    strength = referral.strength(model) if recommends else 0.0
    return Rule(rate, strength, boost, law.quality_weight, law.finance_weight, law.revenue_weight)


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
def callers(of: Seen, rule: Rule, words: Words) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the startups whose draw may mean a meeting, and the draws of all; nobody else can meet anybody."""
    draws, rows = uniforms(of.key, words.meeting), np.empty(of.key.size, dtype=np.int64)
    highest = rule.rate * (1 + rule.strength) * rule.boost * MARGIN
    count = 0
    for row in range(of.key.size):
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
    return -np.log(drawn(key, word)) / merit


@inlined
def released(number: float, month_of_year: int) -> int:
    """How many of a yearly number N are free by the end of a month, so that a year's money is not gone in January."""
    return int(number * (month_of_year + 1) / 12 + 1e-9)


@inlined
def ticket_size(median: float, log_sd: float, smallest: float, largest: float, normal: float) -> float:
    """Log-normal ticket in kMAD for a standard normal draw, clipped to what a funder offers."""
    return min(max(median * exp(log_sd * normal), smallest), largest)


@inlined
def choose(
    queue: Queue, count: int, of: Seen, funders: Funders, central_region: np.ndarray, word: np.uint64, cap: Cap
) -> Chosen:
    """Let each funder choose among the first `count` of a queue; their places in line are used up."""
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
            may = room[met[candidate]] > 0 or not central_region[of.region[rows[candidate]]]
            if may and allowance[met[candidate]] > 0 and line[candidate] < shortest:
                first, shortest = candidate, line[candidate]
        if first < 0:
            break
        line[first] = np.inf
        row, funder = rows[first], met[first]
        is_central = central_region[of.region[row]]
        allowance[funder] -= 1
        room[funder] -= is_central
        law = funders.median[funder], funders.log_sd[funder], funders.smallest[funder], funders.largest[funder]
        amount = ticket_size(law[0], law[1], law[2], law[3], drawn_normal(of.key[row], word))
        if funders.promised[funder] + amount <= funders.envelope[funder] * cap.factor:
            funders.promised[funder] += amount
            chosen[done], positions[done], tickets[done], central[done] = row, funder, amount, is_central
            done += 1
    return Chosen(chosen[:done], positions[:done], tickets[:done], central[:done])


def promise(model: World, funders: list[Funder], chosen: Chosen) -> None:
    """Let the chosen enter the due diligence of their funders."""
    if chosen.rows.size:
        numbers = model.startups.number[chosen.rows].tolist()
        whose = (column.tolist() for column in (chosen.funders, chosen.tickets, chosen.central))
        for number, position, ticket, central in zip(numbers, *whose, strict=True):
            funders[position].promise(number, ticket, model.month, central=central)


def pay(model: World, flows: dict[str, str]) -> list[tuple[Funder, int, float]]:
    """Pay what is due this month; the deals of startups that have closed meanwhile lapse.

    Returns the funder, the row and the amount in kMAD of each payment. `flows` names the payments of each kind of
    funder in the ledger.
    """
    row_of, cash = model.startups.row_of, model.startups.cash
    paid = []
    for funder in model.funders:
        if funder.kind in flows and (due := funder.due(model.month)):
            total = 0.0
            for number, ticket in due:
                row = row_of.item(number)
                if row >= 0:
                    cash[row] += ticket
                    total += ticket
                    paid.append((funder, row, ticket))
            funder.given += total
            model.ledger.flow("funders", "startups", flows[funder.kind], total)
    return paid
