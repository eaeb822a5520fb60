"""Contacts: an explicit undirected graph of ties that form by meeting and dissolve with time.

A resident looks for a partner among the residents of its hub, a startup outside among all startups,
at most once a month. The rate inside rises with attention, with the mix's factor c and with the
coordinators' factor k; a partner at distance d is drawn with weight w; a tie lasts L months:

    rate = eta (m / I) c k  inside,  eta_out  outside;   P(search) = 1 - exp(-rate)
    w = exp(-d / catchment),   times same_sector for a partner of the same sector
    L ~ Exponential(mean duration)

Ties across sectors spill over most (Roche, Oettl and Catalini 2024), meetings raise revenue (Cai and
Szeidl 2018).

Who is met: first the group (city or hub, and sector) by inverse distribution function, then the
group's member whose keyed position on a circle follows the seeker's own draw. A startup more or less
therefore changes only the choices next to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Mechanism, Short, parameter
from sim.declare.states import SECTORS
from sim.kernel.compiled import inlined
from sim.kernel.randomness import drawn, uniforms
from sim.kernel.records import columns, draws, kernel, read, read_from, streams_of

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {"ties": Column(Short, "ties", "Number of partners.")}

ATTENDANCE = 0.25
"""Share of startups, by chance, that can be met outside hubs in a month. All are met equally often, so
the share changes no weight; it only shortens the search."""


class Parameters(Mechanism):
    """Parameters of contacts."""

    rate_inside: float = parameter(
        0.4612,
        unit="1/month",
        symbol="eta",
        low=0,
        high=5,
        meaning="How often a resident with full attention finds a partner in its hub.",
        origin="calibrated: the typical draw, at percentile 100. Range: between "
        "one tie in two months and in twenty, around Cai and Szeidl 2018 (QJE 133)",
        prior=(0.05, 0.5),
    )
    rate_outside: float = parameter(
        0.06743,
        unit="1/month",
        symbol="eta_out",
        low=0,
        high=5,
        meaning="How often a startup outside hubs finds a partner.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 63. Range: a fifth of "
        "the rate inside",
        prior=(0.02, 0.1),
    )
    duration: float = parameter(
        24.0,
        unit="month",
        low=1,
        high=600,
        meaning="Mean life of a tie.",
        origin="assumed: two years; the gains of Cai and Szeidl 2018 lasted more than one",
    )
    inside_hubs: bool = parameter(
        True,
        unit="-",
        meaning="Whether residents meet in their hub; if not, they meet like everybody else.",
        origin="assumed: it is switched off only to measure what the meetings in hubs do",
    )
    same_sector: float = parameter(
        0.5,
        unit="-",
        low=0,
        high=1,
        meaning="Weight of a partner of the same sector relative to another sector.",
        origin="assumed: direction from Roche, Oettl and Catalini 2024, Management Science 70",
    )


@columns
class Seekers(NamedTuple):
    """Columns of those who look for a partner, and of those whom they find."""

    key: np.ndarray
    hub: np.ndarray
    city: np.ndarray
    sector: np.ndarray


@columns
class Tied(NamedTuple):
    """Columns that ties change or depend on."""

    number: np.ndarray
    coordinator: np.ndarray
    ties: np.ndarray
    introduced: np.ndarray


@read_from(Parameters)
class Rates(NamedTuple):
    """What becomes of those who look for a partner."""

    duration: float
    same_sector: float


@draws("contacts")
class Words(NamedTuple):
    """This month's words of the process's streams."""

    search: np.uint64
    position: np.uint64
    group: np.uint64
    member: np.uint64
    duration: np.uint64


STREAMS = streams_of(Words)


class Closeness(NamedTuple):
    """Weight of a meeting between two hubs, (hubs, hubs), and between two cities, (cities, cities)."""

    hubs: np.ndarray
    cities: np.ndarray


class Pairs(NamedTuple):
    """Who met whom: rows of seekers and of their partners, and the months in which their ties end."""

    seekers: np.ndarray
    partners: np.ndarray
    ends: np.ndarray


NOBODY = Pairs(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))
"""The pairs of a month without meetings."""


def act(model: World) -> None:
    """Dissolve and form ties, then count each startup's partners."""
    startups, contacts = model.startups, model.contacts
    new = _meet(model) if model.parameters.contacts.enabled else NOBODY
    table, old = contacts.with_room(new.seekers.size), contacts.count
    count = _renew(model.month, table, old, contacts.numbers, new, startups.see(Tied), startups.row_of)
    contacts.resize(count, startups.number.copy())


def _meet(model: World) -> Pairs:
    """The pairs that form this month."""
    parameters, of = model.parameters.contacts, model.startups.see(Seekers)
    if not parameters.inside_hubs:
        of = Seekers(of.key, np.full_like(of.hub, -1), of.city, of.sector)
    rate = parameters.rate_inside * model.parameters.accompaniment.mix.contacts * model.attention * model.introductions
    rate[-1] = parameters.rate_outside
    closeness, words = Closeness(model.same_hub, model.closeness), model.streams.words(Words, model.month)
    return _match(model.month, of, rate, read(Rates, parameters), closeness, words)


@kernel
def _match(month: int, of: Seekers, rate: np.ndarray, rates: Rates, closeness: Closeness, words: Words) -> Pairs:
    """Pairs of this month: residents meet in their hub, the others everybody who can be met in a city.

    `rate` (hubs + 1,) is how often one looks for a partner in each hub and, at the end, outside.
    """
    probability = -np.expm1(-rate)
    rows = np.empty((4, of.hub.size), dtype=np.int32)
    draw, position = uniforms(of.key, words.search), uniforms(of.key, words.position)
    inside = outside = residents = attending = 0
    for row in range(of.hub.size):
        seeks = draw[row] < probability[of.hub[row]]
        resident = of.hub[row] >= 0
        rows[0, inside] = rows[1, outside] = rows[2, residents] = rows[3, attending] = row
        inside += seeks & resident
        outside += seeks & ~resident
        residents += resident
        attending += position[row] < ATTENDANCE
    seekers, partners = np.empty(inside + outside, dtype=np.int32), np.empty(inside + outside, dtype=np.int64)
    for index in range(seekers.size):
        seekers[index] = rows[0, index] if index < inside else rows[1, index - inside]
        partners[index] = -1
    in_hubs = Crowd(rows[2, :residents], position, 1.0, of.hub, of.sector, closeness.hubs)
    in_cities = Crowd(rows[3, :attending], position, ATTENDANCE, of.city, of.sector, closeness.cities)
    _find(partners[:inside], seekers[:inside], in_hubs, of.key, words, rates.same_sector)
    _find(partners[inside:], seekers[inside:], in_cities, of.key, words, rates.same_sector)

    ends = np.empty(seekers.size, dtype=np.int32)
    count = 0
    for index in range(seekers.size):
        if partners[index] >= 0:
            lasts = -np.log(drawn(of.key[seekers[index]], words.duration)) * rates.duration
            ends[count] = month + 1 + int(np.floor(lasts))
            seekers[count], partners[count] = seekers[index], partners[index]
            count += 1
    return Pairs(seekers[:count], partners[:count], ends[:count])


class Crowd(NamedTuple):
    """Those who can be met.

    Attributes:
        rows: of the candidates, (candidates,).
        position: of all startups, below `width` for candidates, (startups,): their place on the circle of their group.
        width: largest position of candidates.
        place: hub or city of all startups, (startups,).
        sector: of all startups, (startups,).
        closeness: weight of a meeting between two places, (places, places).
    """

    rows: np.ndarray
    position: np.ndarray
    width: float
    place: np.ndarray
    sector: np.ndarray
    closeness: np.ndarray


class Circles(NamedTuple):
    """The candidates of each group, of one place and sector, on a circle with as many arcs as the group has members.

    So a search looks at one or two arcs.

    Attributes:
        size, first_arc: members of each group, and its first arc, (places, sectors).
        people: candidates at each place, (places,).
        position: of each candidate on its circle, in [0, 1), (candidates,).
        candidates, first_slot: those on arc a are `candidates[first_slot[a] : first_slot[a + 1]]`.
    """

    size: np.ndarray
    first_arc: np.ndarray
    people: np.ndarray
    position: np.ndarray
    candidates: np.ndarray
    first_slot: np.ndarray


@inlined
def _circles(crowd: Crowd) -> Circles:
    """Order the candidates by the arcs on which they stand."""
    places, count = crowd.closeness.shape[0], crowd.rows.size
    size, first_arc = np.zeros((places, SECTORS), dtype=np.int64), np.empty((places, SECTORS), dtype=np.int64)
    for row in crowd.rows:
        size[crowd.place[row], crowd.sector[row]] += 1
    people, arcs = np.zeros(places), 0
    for place in range(places):
        for sector in range(SECTORS):
            first_arc[place, sector] = arcs
            arcs += size[place, sector]
            people[place] += size[place, sector]
    position, arc_of = np.empty(count), np.empty(count, dtype=np.int64)
    first_slot = np.zeros(count + 2, dtype=np.int64)
    for candidate in range(count):
        row = crowd.rows[candidate]
        group = crowd.place[row], crowd.sector[row]
        position[candidate] = crowd.position[row] / crowd.width
        arc_of[candidate] = first_arc[group] + min(int(position[candidate] * size[group]), size[group] - 1)
        first_slot[arc_of[candidate] + 2] += 1
    for arc in range(1, first_slot.size):
        first_slot[arc] += first_slot[arc - 1]
    candidates = np.empty(count, dtype=np.int64)
    for candidate in range(count):
        candidates[first_slot[arc_of[candidate] + 1]] = candidate
        first_slot[arc_of[candidate] + 1] += 1
    return Circles(size, first_arc, people, position, candidates, first_slot)


@inlined
def _find(
    partners: np.ndarray, seekers: np.ndarray, crowd: Crowd, key: np.ndarray, words: Words, same_sector: float
) -> None:
    """Set the row of the partner that each seeker finds in the crowd; it stays as it is where nobody is found."""
    places, circles = crowd.closeness.shape[0], _circles(crowd)
    size, position, first_slot = circles.size, circles.position, circles.first_slot
    weights = np.empty((places * SECTORS, places))  # of the places up to each, for seekers of a place and sector
    weights[:, 0] = -1.0
    for index in range(seekers.size):
        seeker = seekers[index]
        own_place, own_sector = crowd.place[seeker], crowd.sector[seeker]
        weight = weights[own_place * SECTORS + own_sector]
        if weight[0] < 0:
            total = 0.0
            for place in range(places):
                met = circles.people[place] - (1 - same_sector) * size[place, own_sector]
                total += crowd.closeness[own_place, place] * met
                weight[place] = total
        if weight[-1] == 0:
            continue
        chance = drawn(key[seeker], words.group) * weight[-1]
        met_at = 0
        for place in range(places - 1):
            met_at += weight[place] <= chance
        chance -= weight[met_at - 1] if met_at > 0 else 0.0
        for sector in range(SECTORS):
            if size[met_at, sector] > 0:
                group = met_at, sector
                similar = same_sector if sector == own_sector else 1.0
                chance -= crowd.closeness[own_place, met_at] * size[group] * similar
                if chance < 0:
                    break

        point, arcs = drawn(key[seeker], words.member), size[group]
        for turn in range(arcs + 1):  # the first arc may be looked at twice: before the point at last
            arc = circles.first_arc[group] + (int(point * arcs) + turn) % arcs
            nearest = 2.0
            for slot in range(first_slot[arc], first_slot[arc + 1]):
                candidate = circles.candidates[slot]
                ahead = position[candidate] >= point or turn > 0
                if ahead and position[candidate] < nearest and crowd.rows[candidate] != seeker:
                    nearest = position[candidate]
                    partners[index] = crowd.rows[candidate]
            if partners[index] >= 0:
                break


@kernel
def _renew(
    month: int, table: np.ndarray, old: int, numbers: np.ndarray, new: Pairs, of: Tied, row_of: np.ndarray
) -> int:
    """Keep in the `table` of `old` ties those that last, and add those of new pairs; the number of both.

    A tie lasts while its time is not over and both startups are active; a pair that is tied already, or meets twice,
    gets no second tie. The rows of old ties are those of startups of these `numbers`. Counts the ties of each startup
    and marks the partners of coordinators as introduced.
    """
    first, second, ends = table[0], table[1], table[2]
    row_now = np.empty(numbers.size, dtype=np.int32)
    for row in range(numbers.size):
        row_now[row] = row_of[numbers[row]]

    # The new pairs of each startup that was founded earlier form a chain, so that only they are compared.
    pairs = new.seekers.size
    last_pair = np.empty(of.number.size, dtype=np.int32)
    last_pair[:] = -1
    pair_before = np.empty(pairs, dtype=np.int32)
    repeated = np.zeros(pairs, dtype=np.bool_)
    earlier, later = np.empty(pairs, dtype=np.int32), np.empty(pairs, dtype=np.int32)
    for pair in range(pairs):
        one, other = new.seekers[pair], new.partners[pair]
        if of.number[one] > of.number[other]:
            one, other = other, one
        earlier[pair], later[pair] = one, other
        link = last_pair[one]
        while link >= 0:
            repeated[pair] |= later[link] == later[pair]
            link = pair_before[link]
        pair_before[pair] = last_pair[one]
        last_pair[one] = pair

    # No branches here: which ties last cannot be guessed, and a wrong guess costs more than a tie.
    with_new = np.empty(old, dtype=np.int32)
    count = suspected = 0
    for tie in range(old):
        one, other = row_now[first[tie]], row_now[second[tie]]
        lasts = (ends[tie] > month) & (one >= 0) & (other >= 0)
        first[count], second[count], ends[count] = one, other, ends[tie]
        with_new[suspected] = count
        suspected += lasts & (last_pair[one] >= 0)
        count += lasts
    for tie in with_new[:suspected]:
        link = last_pair[first[tie]]
        while link >= 0:
            repeated[link] |= later[link] == second[tie]
            link = pair_before[link]
    for pair in range(pairs):
        if not repeated[pair]:
            first[count], second[count], ends[count] = earlier[pair], later[pair], new.ends[pair]
            count += 1
    for row in range(of.number.size):
        of.ties[row], of.introduced[row] = 0, False
    for tie in range(count):
        one, other = first[tie], second[tie]
        of.ties[one] += 1
        of.ties[other] += 1
        of.introduced[one] |= of.coordinator[other]
        of.introduced[other] |= of.coordinator[one]
    return count
