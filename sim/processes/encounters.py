"""Whom those who look for a partner meet: circles of those who can be met, and the search; see `contacts`.

A group's members stand on a circle at the positions that they have drawn; a seeker finds the first whose position
follows its own draw. A startup more or less therefore changes only the choices next to it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.declare.states import SECTORS
from sim.kernel.compiled import inlined
from sim.kernel.masks import bit, holds
from sim.kernel.randomness import drawn
from sim.kernel.records import columns, draws


@columns
class Seekers(NamedTuple):
    """Columns of those who look for a partner, and of those whom they find."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    sector: np.ndarray
    hub: np.ndarray
    city: np.ndarray


@draws("contacts")
class Words(NamedTuple):
    """This month's words of the process's streams."""

    search: np.uint64
    position: np.uint64
    group: np.uint64
    member: np.uint64
    duration: np.uint64


class Pairs(NamedTuple):
    """Who met whom, and under which policies: rows of seekers and of their partners, and months in which ties end."""

    seekers: np.ndarray
    partners: np.ndarray
    policies: np.ndarray
    ends: np.ndarray


class Circles(NamedTuple):
    """Those who can be met, on a circle for each group of one place and sector, in the order of their positions.

    One who is at different places under different policies stands on several circles.

    Attributes:
        size: members of each group under each policy, (policies, places, sectors).
        first_slot: of each group, and at the end the number of all, (places * sectors + 1,).
        first_on_arc: a group's circle has as many arcs as slots; the first slot on each, (slots + 1,).
        rows, position, policies: of each slot, position in [0, 1).
    """

    size: np.ndarray
    first_slot: np.ndarray
    first_on_arc: np.ndarray
    rows: np.ndarray
    position: np.ndarray
    policies: np.ndarray


@inlined
def _together(place: np.ndarray, row: int, word: np.uint32, policies: int) -> tuple[int, np.uint32]:
    """Where a startup is under the first policy of the word, and under which others of it it is there too."""
    here, found = -1, np.uint32(0)
    for policy in range(policies):
        if holds(word, policy):
            if here < 0:
                here = int(place[policy, row])
            if place[policy, row] == here:
                found |= bit(policy)
    return here, found


@inlined
def circles(
    of: Seekers, place: np.ndarray, rows: np.ndarray, words: np.ndarray, position: np.ndarray, places: int
) -> Circles:
    """Order those in `rows`, who can be met under the policies of `words`, around the circles of their groups."""
    policies, most = place.shape[0], rows.size * place.shape[0]
    size = np.zeros((policies, places, SECTORS), dtype=np.int64)
    first_slot = np.zeros(places * SECTORS + 1, dtype=np.int64)
    who, group, word_of = (
        np.empty(most, dtype=np.int32),
        np.empty(most, dtype=np.int32),
        np.empty(most, dtype=np.uint32),
    )
    count = 0
    for row in rows:
        left, sector = words[row], of.sector[row]
        while left != 0:
            here, word = _together(place, row, left, policies)
            left &= ~word
            for policy in range(policies):
                size[policy, here, sector] += holds(word, policy)
            who[count], group[count], word_of[count] = row, here * SECTORS + sector, word
            first_slot[group[count] + 1] += 1
            count += 1
    for place_and_sector in range(places * SECTORS):
        first_slot[place_and_sector + 1] += first_slot[place_and_sector]
    arc, first_on_arc = np.empty(count, dtype=np.int32), np.zeros(count + 2, dtype=np.int64)
    for entry in range(count):
        begin, arcs = first_slot[group[entry]], first_slot[group[entry] + 1] - first_slot[group[entry]]
        arc[entry] = begin + min(int(position[who[entry]] * arcs), arcs - 1)
        first_on_arc[arc[entry] + 2] += 1
    for place_on_all in range(1, count + 2):
        first_on_arc[place_on_all] += first_on_arc[place_on_all - 1]
    start, slots, at = first_on_arc.copy(), np.empty(count, dtype=np.int32), np.empty(count)
    for entry in range(count):
        begin, slot = start[arc[entry] + 1], first_on_arc[arc[entry] + 1]
        while slot > begin and at[slot - 1] > position[who[entry]]:
            slots[slot], at[slot] = slots[slot - 1], at[slot - 1]
            slot -= 1
        slots[slot], at[slot] = entry, position[who[entry]]
        first_on_arc[arc[entry] + 1] += 1
    return Circles(size, first_slot, first_on_arc, who[slots], at, word_of[slots])


@inlined
def weights_of(circles: Circles, closeness: np.ndarray, same_sector: np.ndarray) -> np.ndarray:
    """Weight of meeting somebody at each place or one before it, for seekers of each place and sector.

    (places, sectors, policies, places)
    """
    policies, places = circles.size.shape[0], circles.size.shape[1]
    weights = np.empty((places, SECTORS, policies, places))
    for policy in range(policies):
        size = circles.size[policy]
        for own in range(places):
            for sector in range(SECTORS):
                total, weight = 0.0, weights[own, sector, policy]
                for place in range(places):
                    people = size[place, 0] + size[place, 1] + size[place, 2]
                    total += closeness[own, place] * (people - (1 - same_sector[policy]) * size[place, sector])
                    weight[place] = total
    return weights


class Crowd(NamedTuple):
    """Those who can be met: place of all startups (policies, startups), circles, weights, and that of a same sector."""

    place: np.ndarray
    circles: Circles
    weights: np.ndarray
    same_sector: np.ndarray


@inlined
def _group(weight: np.ndarray, size: np.ndarray, sector: int, same: float, chance: float) -> int:
    """Number of the group in which one of a sector finds a partner, by the draw; -1 where nobody is.

    `weight` (places,) is that of each place and those before it, `size` (places, sectors) how many can be met.
    """
    chance *= weight[-1]
    first, last = 0, weight.size - 1  # the first place whose weight is above the chance
    if weight[last] <= 0:
        return -1
    while first < last:
        middle = (first + last) // 2
        if weight[middle] > chance:
            last = middle
        else:
            first = middle + 1
    before = weight[first - 1] if first > 0 else 0.0
    people = size[first, 0] + size[first, 1] + size[first, 2] - (1 - same) * size[first, sector]
    left, group = (chance - before) / (weight[first] - before) * people, -1
    for other in range(SECTORS):
        if size[first, other] > 0:
            group = first * SECTORS + other
            left -= size[first, other] * (same if other == sector else 1.0)
            if left < 0:
                break
    return group


@inlined
def find(
    pairs: Pairs, count: int, seekers: np.ndarray, wants: np.ndarray, of: Seekers, crowd: Crowd, words: Words
) -> int:
    """Write down whom each seeker finds in the crowd, from place `count` on; how many pairs there are then.

    On the circle of its group it is the first whose position follows the seeker's own draw, wherever it can be met.
    """
    policies, circles = crowd.place.shape[0], crowd.circles
    group = np.empty(policies, dtype=np.int64)
    for seeker in seekers:
        left, sector = wants[seeker], int(of.sector[seeker])
        chance, point = drawn(of.key[seeker], words.group), drawn(of.key[seeker], words.member)
        for policy in range(policies):
            if holds(left, policy):
                weight, size = crowd.weights[crowd.place[policy, seeker], sector, policy], circles.size[policy]
                group[policy] = _group(weight, size, sector, crowd.same_sector[policy], chance)
        for policy in range(policies):
            if not holds(left, policy):
                continue
            word = np.uint32(0)
            for other in range(policy, policies):
                if holds(left, other) and group[other] == group[policy]:
                    word |= bit(other)
            left &= ~word
            if group[policy] < 0:
                continue
            begin, end = circles.first_slot[group[policy]], circles.first_slot[group[policy] + 1]
            slot = circles.first_on_arc[begin + min(int(point * (end - begin)), end - begin - 1)]
            while slot < end and circles.position[slot] < point:
                slot += 1
            for _ in range(end - begin):
                slot = begin if slot == end else slot
                met = circles.policies[slot] & word
                if met != 0 and circles.rows[slot] != seeker:
                    pairs.seekers[count], pairs.partners[count] = seeker, circles.rows[slot]
                    pairs.policies[count] = met
                    count += 1
                    word &= ~met
                    if word == 0:
                        break
                slot += 1
    return count
