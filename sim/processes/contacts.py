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

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Column, Mechanism, Short, parameter
from sim.declare.states import SECTORS
from sim.kernel.compiled import compiled, inlined
from sim.kernel.randomness import drawn, uniforms

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {"ties": Column(Short, "ties", "Number of partners.")}

STREAMS = ("contacts.search", "contacts.position", "contacts.group", "contacts.member", "contacts.duration")


ATTENDANCE = 0.25
"""Share of startups, by chance, that can be met outside hubs in a month. All are met equally often, so
the share changes no weight; it only shortens the search."""

NOBODY = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))
"""Rows of seekers and partners and the ends of their ties in a month without meetings."""


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


def act(model: World) -> None:
    """Dissolve and form ties, then count each startup's partners."""
    startups, contacts = model.startups, model.contacts
    seekers, partners, ends = _meet(model) if model.parameters.contacts.enabled else NOBODY
    count = _renew(
        model.month,
        contacts.with_room(seekers.size),
        contacts.count,
        contacts.numbers,
        seekers,
        partners,
        ends,
        startups.number,
        startups.row_of,
        startups.coordinator,
        startups.ties,
        startups.introduced,
    )
    contacts.resize(count, startups.number.copy())


def _meet(model: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of the seekers who find somebody, of their partners, and the months in which the ties end."""
    parameters, startups, month = model.parameters.contacts, model.startups, model.month
    search, position, group, member, life = (model.streams[name].at(month) for name in STREAMS)
    return _match(
        month,
        parameters.rate_inside * model.parameters.accompaniment.mix.contacts,
        parameters.rate_outside,
        model.attention,
        model.introductions,
        parameters.duration,
        startups.key,
        search,
        position,
        group,
        member,
        life,
        startups.hub if parameters.inside_hubs else np.full_like(startups.hub, -1),
        model.same_hub,
        startups.city,
        model.closeness,
        startups.sector,
        parameters.same_sector,
    )


@compiled
def _match(
    month: int,
    rate_inside: float,
    rate_outside: float,
    attention: np.ndarray,
    introductions: np.ndarray,
    duration: float,
    key: np.ndarray,
    search: np.uint64,
    position: np.uint64,
    group: np.uint64,
    member: np.uint64,
    life: np.uint64,
    hub: np.ndarray,
    same_hub: np.ndarray,
    city: np.ndarray,
    closeness: np.ndarray,
    sector: np.ndarray,
    same_sector: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seekers, partners and ends: residents meet in their hub, the others everybody who can be met in a city.

    `attention` and `introductions` (hubs + 1,) are those of each hub and, at the end, of outside.
    """
    rate = rate_inside * attention * introductions
    rate[-1] = rate_outside
    probability = -np.expm1(-rate)
    rows = np.empty((4, hub.size), dtype=np.int32)
    seeking, standing = uniforms(key, search), uniforms(key, position)
    inside = outside = residents = attending = 0
    for row in range(hub.size):
        seeks = seeking[row] < probability[hub[row]]
        resident = hub[row] >= 0
        rows[0, inside] = rows[1, outside] = rows[2, residents] = rows[3, attending] = row
        inside += seeks & resident
        outside += seeks & ~resident
        residents += resident
        attending += standing[row] < ATTENDANCE
    seekers, partners = np.empty(inside + outside, dtype=np.int32), np.empty(inside + outside, dtype=np.int64)
    for place in range(seekers.size):
        seekers[place] = rows[0, place] if place < inside else rows[1, place - inside]
        partners[place] = -1
    here, there = rows[2, :residents], rows[3, :attending]
    _find(
        partners[:inside], seekers[:inside], here, standing, 1.0, key, group, member, hub, sector, same_hub, same_sector
    )
    others = partners[inside:], seekers[inside:]
    _find(*others, there, standing, ATTENDANCE, key, group, member, city, sector, closeness, same_sector)

    ends = np.empty(seekers.size, dtype=np.int32)
    count = 0
    for pair in range(seekers.size):
        if partners[pair] >= 0:
            lasts = -np.log(drawn(key[seekers[pair]], life)) * duration
            ends[count] = month + 1 + int(np.floor(lasts))
            seekers[count], partners[count] = seekers[pair], partners[pair]
            count += 1
    return seekers[:count], partners[:count], ends[:count]


@inlined
def _find(
    partner: np.ndarray,
    seekers: np.ndarray,
    candidates: np.ndarray,
    standing: np.ndarray,
    width: float,
    key: np.ndarray,
    group_word: np.uint64,
    member_word: np.uint64,
    place: np.ndarray,
    sector: np.ndarray,
    closeness: np.ndarray,
    same_sector: float,
) -> None:
    """Set the `partner` that each seeker finds among the candidates; it stays as it is where nobody is found.

    `standing` (startups,) is below `width` and gives each candidate a place in [0, 1) on the circle of
    its group; `place` (startups,) is the hub or city of each startup, `closeness` (places, places) the
    weight of a meeting between two places.
    """
    places, sectors = closeness.shape[0], SECTORS
    position = np.empty(candidates.size)
    size, start = np.zeros((places, sectors), dtype=np.int64), np.empty((places, sectors), dtype=np.int64)
    for row in candidates:
        size[place[row], sector[row]] += 1

    # Each group's circle has as many arcs as members, so that a search looks at one or two of them.
    crowd, members = np.zeros(places), 0
    for there in range(places):
        for kind in range(sectors):
            start[there, kind] = members
            members += size[there, kind]
            crowd[there] += size[there, kind]
    arc = np.empty(candidates.size, dtype=np.int64)
    first = np.zeros(candidates.size + 2, dtype=np.int64)
    for index in range(candidates.size):
        where = place[candidates[index]], sector[candidates[index]]
        position[index] = standing[candidates[index]] / width
        arc[index] = start[where] + min(int(position[index] * size[where]), size[where] - 1)
        first[arc[index] + 2] += 1
    for index in range(1, first.size):
        first[index] += first[index - 1]
    member = np.empty(candidates.size, dtype=np.int64)
    for index in range(candidates.size):
        member[first[arc[index] + 1]] = index
        first[arc[index] + 1] += 1

    cumulative = np.empty((places * sectors, places))
    cumulative[:, 0] = -1.0
    for index in range(seekers.size):
        own_place, own_sector = place[seekers[index]], sector[seekers[index]]
        weight = cumulative[own_place * sectors + own_sector]
        if weight[0] < 0:
            total = 0.0
            for other in range(places):
                met = crowd[other] - (1 - same_sector) * size[other, own_sector]
                total += closeness[own_place, other] * met
                weight[other] = total
        if weight[-1] == 0:
            continue
        chance = drawn(key[seekers[index]], group_word) * weight[-1]
        there = 0
        for other in range(places - 1):
            there += weight[other] <= chance
        chance -= weight[there - 1] if there > 0 else 0.0
        for kind in range(sectors):
            if size[there, kind] > 0:
                group = there, kind
                chance -= closeness[own_place, there] * size[group] * (same_sector if kind == own_sector else 1.0)
                if chance < 0:
                    break

        point = drawn(key[seekers[index]], member_word)
        begin, arcs = start[group], size[group]
        for turn in range(arcs + 1):
            here = begin + (int(point * arcs) + turn) % arcs
            nearest = 2.0
            for slot in range(first[here], first[here + 1]):
                candidate = member[slot]
                ahead = position[candidate] >= point or turn > 0
                if ahead and position[candidate] < nearest and candidates[candidate] != seekers[index]:
                    nearest = position[candidate]
                    partner[index] = candidates[candidate]
            if partner[index] >= 0:
                break


@compiled
def _renew(
    month: int,
    table: np.ndarray,
    old: int,
    numbers: np.ndarray,
    seekers: np.ndarray,
    partners: np.ndarray,
    new_ends: np.ndarray,
    number: np.ndarray,
    row_of: np.ndarray,
    coordinator: np.ndarray,
    ties: np.ndarray,
    introduced: np.ndarray,
) -> int:
    """Keep in the `table` of `old` ties those that last, and add those of new pairs; the number of both.

    A tie lasts while its time is not over and both startups are active; a pair that is tied already,
    or meets twice, gets no second tie. The rows of old ties are those of startups of these `numbers`.
    Counts `ties` and marks the partners of coordinators as `introduced`, both (startups,).
    """
    first, second, ends = table[0], table[1], table[2]
    new = seekers.size
    now = np.empty(numbers.size, dtype=np.int32)
    for row in range(numbers.size):
        now[row] = row_of[numbers[row]]

    # The new pairs of each lower number form a chain, so that only they are compared.
    chain = np.empty(number.size, dtype=np.int32)
    chain[:] = -1
    following = np.empty(new, dtype=np.int32)
    repeated = np.zeros(new, dtype=np.bool_)
    high = np.empty(new, dtype=np.int32)
    low = np.empty(new, dtype=np.int32)
    for pair in range(new):
        one, other = seekers[pair], partners[pair]
        if number[one] > number[other]:
            one, other = other, one
        low[pair], high[pair] = one, other
        link = chain[one]
        while link >= 0:
            repeated[pair] |= high[link] == high[pair]
            link = following[link]
        following[pair] = chain[one]
        chain[one] = pair

    # No branches here: which ties last cannot be guessed, and a wrong guess costs more than a tie.
    suspects = np.empty(old, dtype=np.int32)
    count = suspected = 0
    for tie in range(old):
        one, other = now[first[tie]], now[second[tie]]
        lasts = (ends[tie] > month) & (one >= 0) & (other >= 0)
        first[count], second[count], ends[count] = one, other, ends[tie]
        suspects[suspected] = count
        suspected += lasts & (chain[one] >= 0)
        count += lasts
    for tie in suspects[:suspected]:
        link = chain[first[tie]]
        while link >= 0:
            repeated[link] |= high[link] == second[tie]
            link = following[link]
    for pair in range(new):
        if not repeated[pair]:
            first[count], second[count], ends[count] = low[pair], high[pair], new_ends[pair]
            count += 1
    for row in range(number.size):
        ties[row], introduced[row] = 0, False
    for tie in range(count):
        one, other = first[tie], second[tie]
        ties[one] += 1
        ties[other] += 1
        introduced[one] |= coordinator[other]
        introduced[other] |= coordinator[one]
    return count
