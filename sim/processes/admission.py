"""Admission: free places go to those on the list, first come first served, or by rank.

A startup whose score is above the threshold waits; it leaves the list when its patience ends. Each
month a hub with p places and n residents admits from its list

    the p - n smallest (priority, lottery)
    by priority: the month of application (queue), or -score (ranked)

with a lottery number that each startup draws once. In steady state the list obeys Little's law.
Ranking lets late good applicants jump the queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Short, parameter
from sim.declare.states import LeftHub, listed
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.randomness import uniforms
from sim.kernel.ranking import first_of_each
from sim.kernel.records import by_policy, columns, kernel
from sim.kernel.rows import marked
from sim.kernel.state import HubStates

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {
    "hub": Column(Short, "-", "Hub that houses it; -1 if none.", -1),
    "home_hub": Column(Short, "-", "Hub that admitted it; -1 if none.", -1),
    "admitted": Column(Short, "month", "Month of admission; -1 if never.", -1),
    "left": Column(Short, "month", "Month in which it left the hub; -1 before.", -1),
    "left_reason": Column(Short, "-", f"Why it left the hub: {listed(LeftHub)}."),
}

COUNTS = {"admissions": Count("startups", "Startups admitted to a hub.")}


class Parameters(Mechanism):
    """Parameters of admission and stay."""

    rule: str = parameter(
        "queue",
        short="Rule of admission",
        unit="-",
        choices=("queue", "ranked"),
        meaning="Who gets a free place: the one who waits longest, or the one with the best score.",
        origin="assumed: ranking would make waiting times shorter than the 3-4 months reported in 2015 "
        "(https://www.lavieeco.com/?p=62704)",
        lever=True,
    )
    threshold: float = parameter(
        -0.3544,
        short="Score needed for a place",
        unit="s.d.",
        low=-5,
        high=5,
        meaning="Score above which a startup is put on the list.",
        origin="calibrated: the typical draw, at percentile 2. Fitted to: waiting lists of 30-40",
        prior=(-0.5, 1.2),
    )
    patience: float = parameter(
        4.333,
        short="Patience of those waiting",
        unit="month",
        low=0,
        high=120,
        meaning="Months after which a waiting startup gives up.",
        origin="calibrated: the typical draw, at percentile 9. Fitted to: waiting lists of 30-40",
        prior=(4, 16),
    )
    stay: int = parameter(
        60,
        short="Longest stay",
        unit="month",
        low=1,
        high=240,
        meaning="Longest stay in a hub.",
        origin="source: five years of accompaniment, "
        "https://www.jeuneafrique.com/1377073/economie/maroc-technopark-plongee-au-coeur-dune-pepiniere-de-start-up/",
        lever=True,
    )


STREAMS = ("admission.lottery",)

Admissions = dict[int, tuple[np.ndarray, np.ndarray]]
"""Keys of the startups admitted in each month, sorted, and the hubs that admit them."""


def admission_log(model: World) -> Admissions:
    """Who was admitted when and where in a world that has run, for a replay in another world."""
    startups = model.startups
    admitted = startups.everyone("admitted")
    hosted = np.flatnonzero(admitted >= 0)
    key, hub = startups.everyone("key")[hosted], startups.everyone("home_hub")[hosted]
    order = np.lexsort((key, admitted[hosted]))
    months, first = np.unique(admitted[hosted][order], return_index=True)
    ends = [*first[1:], order.size]
    return {
        int(month): (key[order[begin:end]], hub[order[begin:end]])
        for month, begin, end in zip(months, first, ends[: months.size], strict=True)
    }


def act(world: World) -> None:
    """Impatient applicants leave the lists, then free places are filled; or another world's admissions are replayed."""
    if world.admissions is not None:
        _replay(world, world.admissions)
        return
    rules, waiting, to = world.by_policy(_rules), world.startups.see(Waiting), _counts(world)
    lottery = world.streams["admission.lottery"].at(0) if world.acts(_rules) else np.uint64(0)
    _admit(world.month, waiting, world.hubs, rules, lottery, to, world.choosing)
    if world.choosing < world.policies:
        startups = world.startups
        chosen = np.flatnonzero(startups.column("admitted", 0) == world.month)
        chosen = chosen[np.argsort(startups.key[chosen])]
        rows, hubs = _found_again(world, startups.key[chosen], startups.column("home_hub", 0)[chosen])
        _house_all(world.month, waiting, world.hubs, rows, hubs, to, world.choosing)


class Counts(NamedTuple):
    """Where admissions are counted: by hub in this month, (policies, hubs), by month, (policies, months), and in all.

    Attributes:
        total: in this month, (policies,).
    """

    by_hub: np.ndarray
    by_month: np.ndarray
    total: np.ndarray


def _counts(world: World) -> Counts:
    return Counts(world.hub_tally["admissions"], world.cohorts.admitted, world.tally["admissions"])


@by_policy
class Rules(NamedTuple):
    """Whether hubs admit at all, whether by score, and after how many months applicants give up, (policies,)."""

    enabled: Any
    ranked: Any
    patience: Any


def _rules(parameters: Any) -> Rules:
    own = parameters.admission
    return Rules(own.enabled, own.rule == "ranked", own.patience)


@columns
class Waiting(NamedTuple):
    """Columns of those on a list or in a hub."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    score: np.ndarray
    applied: np.ndarray
    hub: np.ndarray
    home_hub: np.ndarray
    admitted: np.ndarray
    waiting_at: np.ndarray


@inlined
def _house(month: int, of: Waiting, policy: int, row: int, hub: int, to: Counts) -> None:
    """House a startup in a hub, and count it."""
    of.hub[policy, row] = of.home_hub[policy, row] = hub
    of.admitted[policy, row] = month
    of.waiting_at[policy, row] = -1
    to.by_hub[policy, hub] += 1
    to.by_month[policy, month] += 1
    to.total[policy] += 1


@inlined
def _choose(
    of: Waiting, policy: int, rows: np.ndarray, room: np.ndarray, ranked: bool, lottery: np.uint64
) -> np.ndarray:
    """Of the rows that wait, those who get the free places of each hub."""
    at, priority, key = np.empty(rows.size, dtype=np.int64), np.empty(rows.size), np.empty(rows.size, dtype=np.uint64)
    for place in range(rows.size):
        row = rows[place]
        at[place], key[place] = of.waiting_at[policy, row], of.key[row]
        priority[place] = -of.score[policy, row] if ranked else of.applied[policy, row] * 1.0
    found: np.ndarray = rows[first_of_each(at, priority, uniforms(key, lottery), room)]
    return found


@kernel
def _admit(
    month: int, of: Waiting, hubs: HubStates, rules: Rules, lottery: np.uint64, to: Counts, policies: int
) -> None:
    """Remove those whose patience is over, and fill free places; residents and lists of each hub are counted.

    The first `policies` admit this way.
    """
    known, size = np.empty(of.used, dtype=np.bool_), hubs.places.shape[1]
    for policy in range(policies):
        residents, waiting = hubs.residents[policy], hubs.waiting[policy]
        residents[:] = waiting[:] = 0
        housed, at, count = of.hub[policy], of.waiting_at[policy], 0
        for row in range(of.used):
            known[row] = (housed[row] >= 0) | (at[row] >= 0)
        rows = marked(known)
        for row in rows:
            if housed[row] >= 0:
                residents[housed[row]] += 1
            elif of.applied[policy, row] < month - rules.patience[policy] or not holds(of.alive[row], policy):
                at[row] = -1
            else:
                waiting[at[row]] += 1
                rows[count] = row
                count += 1
        room = np.zeros(size, dtype=np.int64)
        for hub in range(size if rules.enabled[policy] else 0):
            room[hub] = min(max(hubs.places[policy, hub] - residents[hub], 0), waiting[hub])
        for row in _choose(of, policy, rows[:count], room, rules.ranked[policy], lottery):
            hub = at[row]
            _house(month, of, policy, row, hub, to)
            residents[hub] += 1
            waiting[hub] -= 1


def _replay(world: World, admissions: Admissions) -> None:
    """Admit the startups of the log that are still active, whatever the places."""
    none = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    rows, hubs = _found_again(world, *admissions.get(world.month, none))
    _house_all(world.month, world.startups.see(Waiting), world.hubs, rows, hubs, _counts(world), 0)


def _found_again(world: World, key: np.ndarray, hub: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of startups with these keys, which increase, and the hubs that go with them.

    One that was founded again in different months under different policies has several rows.
    """
    keys = world.startups.key[: world.startups.used]
    if key.size == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(key, keys), key.size - 1)
    rows = np.flatnonzero(key[place] == keys)
    return rows, hub[place[rows]].astype(np.int64)


@kernel
def _house_all(
    month: int, of: Waiting, hubs: HubStates, rows: np.ndarray, at: np.ndarray, to: Counts, first: int
) -> None:
    """House these rows in these hubs under the policies from `first` on, empty their lists, and count as `_admit`."""
    for policy in range(first, to.total.size):
        hubs.residents[policy, :] = hubs.waiting[policy, :] = 0
        for row in range(of.used):
            of.waiting_at[policy, row] = -1
        for place in range(rows.size):
            if holds(of.alive[rows[place]], policy):
                _house(month, of, policy, rows[place], at[place], to)
        for row in range(of.used):
            if of.hub[policy, row] >= 0:
                hubs.residents[policy, of.hub[policy, row]] += 1
