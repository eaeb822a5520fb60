"""Contacts: an explicit undirected graph of ties that form by meeting and dissolve with time.

A resident looks for a partner among the residents of its hub, a startup outside among all startups,
at most once a month; when two look for each other, the one founded earlier is heard. The rate inside rises
with attention, with the mix's factor c and with the coordinators' factor k; a partner at distance d is drawn
with weight w; a tie lasts L months:

    rate = eta (m / I) c k  inside,  eta_out  outside;   P(search) = 1 - exp(-rate)
    w = exp(-d / catchment),   times same_sector for a partner of the same sector
    L ~ Exponential(duration)

Ties across sectors spill over most (Roche, Oettl and Catalini 2024), meetings raise revenue (Cai and
Szeidl 2018).

Who is met: first the group (city or hub, and sector) by inverse distribution function, then the
group's member whose keyed position on a circle follows the seeker's own draw. A startup more or less
therefore changes only the choices next to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Mechanism, Short, parameter
from sim.kernel.compiled import inlined
from sim.kernel.masks import bit, everywhere, holds
from sim.kernel.mathematics import exp, log
from sim.kernel.randomness import drawn, uniforms
from sim.kernel.records import by_policy, columns, kernel, streams_of
from sim.kernel.rows import marked
from sim.processes.encounters import Crowd, Pairs, Seekers, Words, circles, find, weights_of

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {"ties": Column(Short, "ties", "Number of partners.")}

ATTENDANCE = 0.25
"""Share of startups, by chance, that can be met outside hubs in a month. All are met equally often, so
the share changes no weight; it only shortens the search."""

SYMBOLS = {
    "rate": "1/month", "m": "hours", "I": "accompaniment.hours_per_startup", "c": "accompaniment.mix.contacts",
    "k": "coordinators.factor", "w": "-", "d": "km", "catchment": "network.catchment", "L": "month",
}  # fmt: skip


class Parameters(Mechanism):
    """Parameters of contacts."""

    rate_inside: float = parameter(
        0.4386,
        short="Meetings in hubs",
        unit="1/month",
        symbol="eta",
        low=0,
        high=5,
        meaning="How often a resident with full attention finds a partner in its hub.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 94. Range: between one tie in "
        "two months and in twenty, around Cai and Szeidl 2018 (QJE 133)",
        prior=(0.05, 0.5),
    )
    rate_outside: float = parameter(
        0.05961,
        short="Meetings outside hubs",
        unit="1/month",
        symbol="eta_out",
        low=0,
        high=5,
        meaning="How often a startup outside hubs finds a partner.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 45. Range: a fifth of the rate "
        "inside",
        prior=(0.02, 0.1),
    )
    duration: float = parameter(
        24.0,
        short="Life of a tie",
        unit="month",
        low=1,
        high=600,
        meaning="Mean life of a tie.",
        origin="assumed: two years; the gains of Cai and Szeidl 2018 lasted more than one",
        shared=True,
    )
    inside_hubs: bool = parameter(
        True,
        short="Residents meet in their hub",
        unit="-",
        meaning="Whether residents meet in their hub; if not, they meet like everybody else.",
        origin="assumed: it is switched off only to measure what the meetings in hubs do",
    )
    same_sector: float = parameter(
        0.5,
        short="Preference for the own sector",
        unit="-",
        low=0,
        high=1,
        meaning="Weight of a partner of the same sector relative to another sector.",
        origin="assumed: direction from Roche, Oettl and Catalini 2024, Management Science 70",
    )


@columns
class Tied(NamedTuple):
    """Columns that ties change or depend on."""

    used: int
    alive: np.ndarray
    number: np.ndarray
    coordinator: np.ndarray
    ties: np.ndarray
    introduced: np.ndarray


@by_policy
class Rates(NamedTuple):
    """How often startups look for a partner inside hubs and outside, and whom they meet, (policies,) each."""

    enabled: Any
    inside: Any
    outside: Any
    inside_hubs: Any
    same_sector: Any


def _rates(parameters: Any) -> Rates:
    own, factor = parameters.contacts, parameters.accompaniment.mix.contacts
    inside = own.rate_inside * factor
    return Rates(own.enabled, inside, own.rate_outside, own.inside_hubs, own.same_sector)


STREAMS = streams_of(Words)


_NO_ROWS = np.empty(0, dtype=np.int32)
NOBODY = Pairs(_NO_ROWS, _NO_ROWS, np.empty(0, dtype=np.uint32), _NO_ROWS)
"""The pairs of a month without meetings."""


class Help(NamedTuple):
    """What makes residents meet more often, of each hub, (policies, hubs + 1): attention and introductions."""

    attention: np.ndarray
    introductions: np.ndarray


def act(world: World) -> None:
    """Dissolve and form ties, then count each startup's partners."""
    contacts = world.contacts
    pairs = _meet(world, world.by_policy(_rates)) if world.acts(_rates) else NOBODY
    rows, policies = contacts.with_room(pairs.seekers.size)
    tied, ties = world.startups.see(Tied), Graph(rows, policies, contacts.numbers, world.startups.row_of)
    count = _renew(world.month, ties, contacts.count, pairs, tied)
    contacts.resize(count, world.startups.number[: world.startups.used].copy())


def _meet(world: World, rates: Rates) -> Pairs:
    """The pairs that form this month."""
    seekers, words = world.startups.see(Seekers), world.streams.words(Words, world.month)
    hubs, duration = Help(world.attention, world.introductions), world.past.contacts.duration
    return _match(world.month, seekers, hubs, rates, world.closeness, duration, words)


@inlined
def _how_often(rates: Rates, hubs: Help) -> np.ndarray:
    """How often one looks for a partner in each hub and, at the end, outside, (policies, hubs + 1)."""
    rate = np.empty(hubs.attention.shape)
    for policy in range(rate.shape[0]):
        for hub in range(rate.shape[1] - 1):
            helped = rates.inside[policy] * hubs.attention[policy, hub] * hubs.introductions[policy, hub]
            rate[policy, hub] = helped * rates.enabled[policy]
        rate[policy, -1] = rates.outside[policy] * rates.enabled[policy]
    return rate


@kernel
def _match(
    month: int, of: Seekers, hubs: Help, rates: Rates, closeness: np.ndarray, duration: float, words: Words
) -> Pairs:
    """Pairs of this month: residents meet in their hub, the others everybody who can be met in a city.

    The seeker draws when the tie ends, on average after `duration` months.
    """
    rate = _how_often(rates, hubs)
    policies, most = rate.shape[0], rate.shape[1] - 1
    position = uniforms(of.key[: of.used], words.position)
    wishes = _wishes(of, rate, rates, uniforms(of.key[: of.used], words.search))
    inside, outside = _marked(wishes.inside), _marked(wishes.outside)
    whole = np.empty((3, policies * (inside.size + outside.size)), dtype=np.int32)
    pairs = Pairs(whole[0], whole[1], np.empty(whole.shape[1], dtype=np.uint32), whole[2])
    residents = _marked(wishes.housed)
    around = circles(of, of.hub, residents, wishes.housed, position, most)
    crowd = Crowd(of.hub, around, weights_of(around, np.eye(most), rates.same_sector), rates.same_sector)
    count = find(pairs, 0, inside, wishes.inside, of, crowd, words)
    attending = _attending(of, position)
    around = circles(of, of.city, attending, of.alive, position / ATTENDANCE, closeness.shape[0])
    crowd = Crowd(of.city, around, weights_of(around, closeness, rates.same_sector), rates.same_sector)
    count = find(pairs, count, outside, wishes.outside, of, crowd, words)
    for pair in range(count):
        lasts = -log(drawn(of.key[pairs.seekers[pair]], words.duration)) * duration
        pairs.ends[pair] = month + 1 + int(np.floor(lasts))
    return Pairs(pairs.seekers[:count], pairs.partners[:count], pairs.policies[:count], pairs.ends[:count])


@inlined
def _marked(words: np.ndarray) -> np.ndarray:
    """Rows whose word is not 0."""
    marks = np.empty(words.size, dtype=np.bool_)
    for row in range(words.size):
        marks[row] = words[row] != 0
    return marked(marks)


@inlined
def _attending(of: Seekers, position: np.ndarray) -> np.ndarray:
    """Rows of those who can be met outside hubs this month."""
    rows, count = np.empty(position.size, dtype=np.int32), 0
    for row in range(position.size):
        rows[count] = row
        count += (position[row] < ATTENDANCE) & (of.alive[row] != 0)
    return rows[:count]


class Wishes(NamedTuple):
    """Under which policies a startup is housed, and looks for a partner in its hub, or outside, (startups,) each."""

    housed: np.ndarray
    inside: np.ndarray
    outside: np.ndarray


@inlined
def _wishes(of: Seekers, rate: np.ndarray, rates: Rates, draws: np.ndarray) -> Wishes:
    """Who looks for a partner where: a startup is drawn once, and looks wherever its rate is high enough."""
    policies, hubs, count = rate.shape[0], rate.shape[1] - 1, draws.size
    housed, inside = np.zeros(count, dtype=np.uint32), np.zeros(count, dtype=np.uint32)
    outside, highest = np.zeros(count, dtype=np.uint32), 0.0
    probability = np.empty(rate.shape)
    for policy in range(policies):
        for hub in range(hubs + 1):
            probability[policy, hub] = 1 - exp(-rate[policy, hub])
        highest = max(highest, probability[policy, hubs])
        if rates.inside_hubs[policy]:
            own, hub_of = bit(policy), of.hub[policy]
            for row in range(count):
                housed[row] |= own if hub_of[row] >= 0 else np.uint32(0)
    searches = np.empty(count, dtype=np.bool_)
    for row in range(count):
        searches[row] = (housed[row] != 0) | (draws[row] < highest)
    for row in marked(searches):
        if housed[row] != 0:
            for policy in range(policies):
                if holds(housed[row], policy) and draws[row] < probability[policy, of.hub[policy, row]]:
                    inside[row] |= bit(policy)
        if draws[row] < highest:
            for policy in range(policies):
                if draws[row] < probability[policy, hubs]:
                    outside[row] |= bit(policy)
            outside[row] &= of.alive[row] & ~housed[row]
    return Wishes(housed, inside, outside)


class Graph(NamedTuple):
    """The graph of the month before, with room for more.

    Attributes:
        rows: ends of the ties as rows of that month, and the months in which they end, (3, ties).
        policies: words of the policies under which each tie holds, (ties,).
        numbers: founding numbers of the startups by row, in that month.
        row_of: rows of startups now, by founding number.
    """

    rows: np.ndarray
    policies: np.ndarray
    numbers: np.ndarray
    row_of: np.ndarray


class Chains(NamedTuple):
    """New pairs, those of one startup in a chain, so that only they are compared.

    Attributes:
        last: of each startup that was founded earlier than its partner, its last pair; -1 without one, (startups,).
        before: the pair before in the chain, (pairs,).
        earlier, later: rows of those founded earlier and later, (pairs,).
        policies: under which they are to be tied, (pairs,).
    """

    last: np.ndarray
    before: np.ndarray
    earlier: np.ndarray
    later: np.ndarray
    policies: np.ndarray


@inlined
def _chained(pairs: Pairs, of: Tied) -> Chains:
    """Pairs without those that meet twice: of two who look for each other, the one founded earlier is heard."""
    size = pairs.seekers.size
    chains = Chains(
        np.full(of.used, -1, dtype=np.int32),
        np.full(size, -1, dtype=np.int32),
        np.empty(size, dtype=np.int32),
        np.empty(size, dtype=np.int32),
        pairs.policies.copy(),
    )
    for turn in range(2):
        for pair in range(size):
            one, other = pairs.seekers[pair], pairs.partners[pair]
            by_earlier = of.number[one] < of.number[other]
            if by_earlier == (turn == 1):
                continue
            one, other = (one, other) if by_earlier else (other, one)
            chains.earlier[pair], chains.later[pair] = one, other
            link = chains.last[one]
            while link >= 0:
                if chains.later[link] == other:
                    chains.policies[pair] &= ~chains.policies[link]
                link = chains.before[link]
            chains.before[pair] = chains.last[one]
            chains.last[one] = pair
    return chains


@kernel
def _renew(month: int, ties: Graph, old: int, pairs: Pairs, of: Tied) -> int:
    """Keep of the `old` ties those that last, and add those of new pairs; the number of both. Partners are counted.

    A tie lasts while its time is not over and both startups are active; a pair that is tied already gets no second tie.
    """
    first, second, until, policies = ties.rows[0], ties.rows[1], ties.rows[2], ties.policies
    row_now = np.empty(ties.numbers.size, dtype=np.int32)
    for row in range(row_now.size):
        row_now[row] = ties.row_of[ties.numbers[row]]
    chains = _chained(pairs, of)

    # No branches here: which ties last cannot be guessed, and a wrong guess costs more than a tie.
    with_new = np.empty(old, dtype=np.int32)
    count = suspected = 0
    for tie in range(old):
        one, other = row_now[first[tie]], row_now[second[tie]]
        word = policies[tie] & of.alive[one] & of.alive[other]
        lasts = (until[tie] > month) & (one >= 0) & (other >= 0) & (word != 0)
        first[count], second[count], until[count], policies[count] = one, other, until[tie], word
        with_new[suspected] = count
        suspected += lasts & (chains.last[one] >= 0)
        count += lasts
    for tie in with_new[:suspected]:
        link = chains.last[first[tie]]
        while link >= 0:
            if chains.later[link] == second[tie]:
                chains.policies[link] &= ~policies[tie]
            link = chains.before[link]
    for pair in range(pairs.ends.size):
        if chains.policies[pair] != 0:
            first[count], second[count], until[count] = chains.earlier[pair], chains.later[pair], pairs.ends[pair]
            policies[count] = chains.policies[pair]
            count += 1
    _introduce(of, first[:count], second[:count], policies[:count])
    return count


@inlined
def _of_policy(words: np.ndarray, policy: int, all_policies: np.uint32) -> np.ndarray:
    """Which ties hold under a policy, of those that do not hold under all."""
    found, count = np.empty(words.size, dtype=np.int32), 0
    for tie in range(words.size):
        found[count] = tie
        count += holds(words[tie], policy) & (words[tie] != all_policies)
    return found[:count]


@inlined
def _introduce(of: Tied, first: np.ndarray, second: np.ndarray, words: np.ndarray) -> None:
    """Count the ties of each startup, and mark the partners of coordinators as introduced."""
    policies, all_policies = of.ties.shape[0], everywhere(of.ties.shape[0])
    common = np.zeros(of.used, dtype=np.int16)
    coordinates, introduced = np.zeros(of.used, dtype=np.uint32), np.zeros(of.used, dtype=np.uint32)
    for policy in range(policies):
        own, coordinator = bit(policy), of.coordinator[policy]
        for row in range(of.used):
            coordinates[row] |= own if coordinator[row] else np.uint32(0)
    for tie in range(words.size):
        one, other, word = first[tie], second[tie], words[tie]
        held = np.int16(word == all_policies)
        common[one] += held
        common[other] += held
        introduced[one] |= coordinates[other] & word
        introduced[other] |= coordinates[one] & word
    for policy in range(policies):
        ties, known = of.ties[policy], of.introduced[policy]
        for row in range(of.used):
            ties[row] = common[row]
            known[row] = holds(introduced[row], policy)
        for tie in _of_policy(words, policy, all_policies):
            ties[first[tie]] += 1
            ties[second[tie]] += 1
