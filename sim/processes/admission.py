"""Admission: free places go to those on the list, first come first served, or by rank.

A startup whose score is above the threshold waits; it leaves the list when its patience ends. Each
month a hub with p places and n residents admits from its list

    the p - n smallest (priority, lottery)
    priority = month of application (queue), or -score (ranked)

with a lottery number that each startup draws once. In steady state the list obeys Little's law.
Ranking lets late good applicants jump the queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Short, parameter
from sim.declare.states import LeftHub, listed
from sim.kernel.randomness import uniforms
from sim.kernel.ranking import first_of_each
from sim.kernel.records import columns, kernel

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
        0.5579,
        unit="s.d.",
        low=-5,
        high=5,
        meaning="Score above which a startup is put on the list.",
        origin="calibrated: the typical draw, at percentile 63. Fitted to: waiting lists of 30-40",
        prior=(-0.5, 1.2),
    )
    patience: float = parameter(
        6.315,
        unit="month",
        low=0,
        high=120,
        meaning="Months after which a waiting startup gives up.",
        origin="calibrated: the typical draw, at percentile 60. Fitted to: waiting lists of 30-40",
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


def act(model: World) -> None:
    """Let the impatient leave the lists, then fill the free places, or replay another world's admissions."""
    if model.admissions is not None:
        _replay(model, model.admissions)
        return
    parameters, startups = model.parameters.admission, model.startups
    admits = parameters.enabled
    lists = Lists(
        np.array([hub.places if admits else 0 for hub in model.hubs]),
        np.zeros(len(model.hubs), dtype=np.int64),
        np.zeros(len(model.hubs), dtype=np.int64),
    )
    lottery = model.streams["admission.lottery"].at(0) if admits else np.uint64(0)
    ranked = int(parameters.rule == "ranked")
    rows = _choose(model.month - parameters.patience, ranked, startups.see(Waiting), lists, lottery)
    if rows.size:
        admissions = _admit(model, rows, startups.waiting_at[rows])
        lists.residents[:] += admissions
        lists.waiting[:] -= admissions
    for hub, inside, outside in zip(model.hubs, lists.residents.tolist(), lists.waiting.tolist(), strict=True):
        hub.residents, hub.waiting = inside, outside


@columns
class Waiting(NamedTuple):
    """Columns of those on a list or in a hub."""

    key: np.ndarray
    score: np.ndarray
    applied: np.ndarray
    hub: np.ndarray
    waiting_at: np.ndarray


class Lists(NamedTuple):
    """Of each hub, (hubs,): its places, and how many live in it and wait for it."""

    places: np.ndarray
    residents: np.ndarray
    waiting: np.ndarray


def _admit(model: World, rows: np.ndarray, hub: np.ndarray) -> np.ndarray:
    """House startups in hubs and return the number of admissions by hub."""
    startups = model.startups
    startups.hub[rows] = hub
    startups.home_hub[rows] = hub
    startups.admitted[rows] = model.month
    startups.waiting_at[rows] = -1
    admissions = np.bincount(hub, minlength=len(model.hubs))
    model.hub_tally["admissions"][:] = admissions
    model.cohorts.admitted[model.month] = rows.size
    model.tally["admissions"] = rows.size
    return admissions


def _replay(model: World, admissions: Admissions) -> None:
    """Admit the startups of the log that are still active, whatever the places."""
    startups = model.startups
    startups.waiting_at[:] = -1
    if model.month in admissions:
        key, hub = admissions[model.month]
        position = np.minimum(np.searchsorted(key, startups.key), key.size - 1)
        rows = np.flatnonzero(key[position] == startups.key)
        _admit(model, rows, hub[position[rows]])
    residents = np.bincount(startups.hub + 1, minlength=len(model.hubs) + 1)[1:]
    for one, inside in zip(model.hubs, residents.tolist(), strict=True):
        one.residents, one.waiting = inside, 0


@kernel
def _choose(since: float, ranked: int, of: Waiting, lists: Lists, lottery: np.uint64) -> np.ndarray:
    """Remove applicants from before `since`, count residents and queue of each hub; return the rows admitted."""
    rows = np.empty((2, of.hub.size), dtype=np.int64)
    inside = outside = count = 0
    for row in range(of.hub.size):
        rows[0, inside] = rows[1, outside] = row
        inside += of.hub[row] >= 0
        outside += (of.hub[row] < 0) & (of.waiting_at[row] >= 0)
    for row in rows[0, :inside]:
        lists.residents[of.hub[row]] += 1
    waiting = rows[1]
    for row in waiting[:outside]:
        if of.applied[row] < since:
            of.waiting_at[row] = -1
        else:
            lists.waiting[of.waiting_at[row]] += 1
            waiting[count] = row
            count += 1
    waiting = waiting[:count]
    room = np.minimum(np.maximum(lists.places - lists.residents, 0), lists.waiting)
    priority = -of.score[waiting] if ranked else of.applied[waiting] * 1.0
    found: np.ndarray = waiting[
        first_of_each(of.waiting_at[waiting], priority, uniforms(of.key[waiting], lottery), room)
    ]
    return found
