"""One world as a film: one immutable frame per month, with the changes since the month before.

A `Camera` owns the model. A startup keeps its number and its place on the map for life, so that a frame holds only the
startups that were founded, changed their state or closed: a film of two decades has some hundred kilobytes, and
drawing it needs no model. A film also keeps the lives of all startups (`sim.page.lives`).

A film comes in parts: the calendar years from `REPORTED_FROM` on, cut once more at the scenario's present. Policies
with one history share all parts before their present, and a camera that stands there can go on under each of them.
"""

from __future__ import annotations

import copy
import heapq
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.declare.calendar import month_after, months_between
from sim.model.history import REPORTED_FROM
from sim.page.lives import FilmedLives, Payment, Recorder
from sim.page.running import advance

if TYPE_CHECKING:
    from sim.model.bundle import Bundle
    from sim.scenario import Scenario

OUTSIDE, RESIDENT, GRADUATE, EXPORTER, RESIDENT_EXPORTER = range(5)
"""States of a startup; a graduate has left a hub for any reason, and exporting comes before having left one."""
STARTUP_STATES = ("outside", "resident", "graduate", "exporter", "resident_exporter")

FRAME_SERIES = (
    "active",
    "residents",
    "places",
    "waiting",
    "exporters",
    "export_rate",
    "survival_5y",
    "cohort_success_rate",
)
"""National series in each frame."""

SPREAD = 0.036
"""n startups in one cell fill a disc of radius SPREAD √n cells where all of it is land: 3,300 fill two cells."""
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
SCALE = 1000
"""Places on the map are whole multiples of 1/SCALE of the distance between cells."""


FUNDERS_ASIDE = 0.62
"""Distance of the funders of a city from its centre, in distances between cells."""


@dataclass(frozen=True)
class Frame:
    """One month.

    Args:
        month: `YYYY-MM`.
        born: (number, x, y, state) of startups that are new on the map; x east and y north, in 1/`SCALE` cells.
        moved: (number, state) of startups whose state has changed.
        closed: numbers of startups that left the market.
        hubs: (residents, places, waiting) of each hub; without the last ones while nothing is there yet.
        series: values of `FRAME_SERIES`; None where not defined.
        deals: (funder, number, kMAD) of payments to startups.
    """

    month: str
    born: tuple[tuple[int, ...], ...]
    moved: tuple[tuple[int, ...], ...]
    closed: tuple[int, ...]
    hubs: tuple[tuple[int, ...], ...]
    series: tuple[float | None, ...]
    deals: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Year:
    """One part of a film, a year at most: its frames, also as JSON, the lives in it, the hubs and the funders."""

    frames: tuple[Frame, ...]
    lives: FilmedLives
    hubs: tuple[dict[str, Any], ...]
    funders: tuple[dict[str, Any], ...]
    last: bool

    def as_json(self) -> str:
        """The frames as the page reads them."""
        frames = [[one.month, one.born, one.moved, one.closed, one.hubs, one.series, one.deals] for one in self.frames]
        return json.dumps(frames, separators=(",", ":"))


def part_ends(scenario: Scenario) -> list[int]:
    """Months simulated at the end of each part of a film."""
    first, last = months_between(scenario.start, REPORTED_FROM), scenario.months
    first = min(max(0, first), last - 1)
    ends = {*range(first + 12, last, 12), last}
    return sorted(ends | {scenario.present_months} if first < scenario.present_months < last else ends)


def past_parts(scenario: Scenario) -> int:
    """Number of parts before the present, which policies with one history share; 0 if no part ends there."""
    ends = part_ends(scenario)
    return ends.index(scenario.present_months) + 1 if scenario.present_months in ends[:-1] else 0


@dataclass(frozen=True)
class Standstill:
    """A camera at the present of its world; it goes on under any policy with this history."""

    world: Bundle
    state: np.ndarray
    places: _Places
    recorder: Recorder


class Camera:
    """Runs one world (replication 0) and makes its film, part by part.

    Args:
        scenario: the policy.
        seed: root seed.
        past: where to go on, instead of the beginning.
    """

    def __init__(self, scenario: Scenario, seed: int, past: Standstill | None = None):
        from sim.model.ecosystem import EcosystemModel

        self.scenario, self.seed = scenario, seed
        self._ends = part_ends(scenario)
        self._first = min(max(0, months_between(scenario.start, REPORTED_FROM)), scenario.months - 1)
        if past is None:
            self.model = EcosystemModel(scenario, rng=seed)
            self.parts_done = 0
            self._state = np.full(0, -1, dtype=np.int8)
            self._places = _Places(self.model.geography)
            self._recorder = Recorder(self.model)
        else:
            self.model = EcosystemModel.of(past.world.taken([0], [scenario]))
            self.parts_done = past_parts(scenario)
            self._state, self._places = past.state, copy.deepcopy(past.places)
            self._recorder = past.recorder.beside(self.model)

    @property
    def at_present(self) -> bool:
        """Whether the part before the present was the last one."""
        return 0 < self.parts_done == past_parts(self.scenario)

    def stands_still(self) -> Standstill:
        """This camera as it is at the present, for other policies."""
        world = self.model.bundle.taken([self.model.place], [self.scenario])
        return Standstill(world, self._state, copy.deepcopy(self._places), self._recorder.beside(self.model))

    def shoot(self, stopped: Callable[[], bool]) -> Year:
        """The next part; raises `Stopped` when nobody waits for it."""
        model, frames = self.model, []
        while model.months_done < self._first:
            self._month(stopped)
        while model.months_done < self._ends[self.parts_done]:
            deals = self._month(stopped)
            frames.append(self._frame(deals))
            self._recorder.record()
        self.parts_done += 1
        last = model.months_done == self.scenario.months
        return Year(tuple(frames), self._recorder.part(), self._hubs(), self._funders(), last)

    def _month(self, stopped: Callable[[], bool]) -> tuple[tuple[int, int, int], ...]:
        """Simulate a month; returns its deals, as in `Frame`."""
        model, month = self.model, self.model.months_done
        due = [
            (funder.index, Payment(number, month, funder.kind, amount))
            for funder in model.funders
            for when, number, amount in funder.pipeline
            if when <= month
        ]
        advance(model, month + 1, stopped)
        paid = [(funder, one) for funder, one in due if model.startups.row_of[one.number] >= 0]
        self._recorder.turn(one for _, one in paid)
        return tuple((funder, one.number, round(one.amount)) for funder, one in paid)

    def _frame(self, deals: tuple[tuple[int, int, int], ...]) -> Frame:
        model = self.model
        startups = model.startups
        number = startups.number
        now = np.where(startups.left >= 0, GRADUATE, OUTSIDE).astype(np.int8)
        now[startups.hub >= 0] = RESIDENT
        now[startups.exporter] = EXPORTER
        now[startups.exporter & (startups.hub >= 0)] = RESIDENT_EXPORTER
        state = np.full(startups.founded_total, -1, dtype=np.int8)
        state[number] = now
        before = np.full(startups.founded_total, -1, dtype=np.int8)
        before[: self._state.size] = self._state
        closed = np.flatnonzero((before >= 0) & (state < 0))
        born = np.flatnonzero((before < 0) & (state >= 0))
        moved = np.flatnonzero((before >= 0) & (state >= 0) & (before != state))
        self._state = state
        self._places.free(closed)
        cities = startups.city[startups.row_of[born]]
        places = [self._places.take(*pair) for pair in zip(born.tolist(), cities.tolist(), strict=True)]
        values = [model.recorder.national(name)[model.month] for name in FRAME_SERIES]
        return Frame(
            month_after(model.scenario.start, model.month),
            tuple((who, *place, int(state[who])) for who, place in zip(born.tolist(), places, strict=True)),
            tuple((who, int(state[who])) for who in moved.tolist()),
            tuple(closed.tolist()),
            self._desks(),
            tuple(None if np.isnan(value) else round(float(value), 6) for value in values),
            deals,
        )

    def _desks(self) -> tuple[tuple[int, int, int], ...]:
        """Residents, places and those waiting at the end of the month, as the map has them.

        `hub.residents` are the occupied desks before the month's leavers went. Hubs that only this policy plans leave
        no trace before they open.
        """
        startups, hubs = self.model.startups, self.model.hubs
        inside, waiting = (
            np.bincount(column[column >= 0], minlength=len(hubs)) for column in (startups.hub, startups.waiting_at)
        )
        found = [(int(inside[hub.index]), hub.places, int(waiting[hub.index])) for hub in hubs]
        while found and not any(found[-1]):
            found.pop()
        return tuple(found)

    def _hubs(self) -> tuple[dict[str, Any], ...]:
        """Name, place on the map, and months of opening and closing (if any) of each hub of this world."""
        model, taken = self.model, set()
        hubs = []
        for hub in model.hubs:
            column, row = model.geography.city_cell[hub.city]
            x, y = centre(column, row)
            second = (column, row) in taken
            taken.add((column, row))
            closes = hub.plan.closes
            hubs.append(
                {
                    "name": hub.name,
                    "city": model.geography.cities[hub.city],
                    "x": x + 0.75 * second,
                    "y": y,
                    "opens": month_after(model.scenario.start, hub.plan.opens) if hub.plan.opens > 0 else None,
                    "closes": None if closes is None else month_after(model.scenario.start, closes),
                }
            )
        return tuple(hubs)

    def _funders(self) -> tuple[dict[str, Any], ...]:
        """Kind, name, place on the map, and first and last month of each funder: those of a city lie around it."""
        model, start = self.model, self.scenario.start
        in_city: dict[int, int] = {}
        funders = []
        for funder in model.funders:
            x, y = centre(*model.geography.city_cell[funder.city])
            place = in_city[funder.city] = in_city.get(funder.city, -1) + 1
            angle = math.pi / 2 + place * GOLDEN_ANGLE
            first, last = funder.terms[0].first, funder.terms[-1].last
            funders.append(
                {
                    "kind": funder.kind,
                    "name": funder.name,
                    "x": round(x + FUNDERS_ASIDE * math.cos(angle), 3),
                    "y": round(y + FUNDERS_ASIDE * math.sin(angle), 3),
                    "from": month_after(start, first),
                    "until": None if last >= self.scenario.months else month_after(start, last),
                }
            )
        return tuple(funders)


def centre(column: int, row: int) -> tuple[float, float]:
    """Centre of a cell, east and north, in distances between cells."""
    return column + 0.5 * (row % 2), row * math.sqrt(3) / 2


def _slot(cell: tuple[int, int], slot: int) -> tuple[float, float]:
    """A place on the spiral around a cell."""
    x, y = centre(*cell)
    radius, angle = SPREAD * math.sqrt(slot + 0.5), slot * GOLDEN_ANGLE
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def _cell_of(x: float, y: float) -> tuple[int, int]:
    """Column and row of the hexagon that contains a place."""
    below = math.floor(y * 2 / math.sqrt(3))
    near = [(round(x - 0.5 * (row % 2)), row) for row in (below, below + 1)]
    return min(near, key=lambda cell: math.dist(centre(*cell), (x, y)))


class _Places:
    """Gives each startup a place on land around its cell, on a spiral of constant density."""

    def __init__(self, geography: Any):
        self.cell = geography.city_cell
        self.land = {tuple(cell) for cell in geography.cells}
        self.free_slots: dict[tuple[int, int], list[int]] = {}
        self.next_slot: dict[tuple[int, int], int] = {}
        self.held: dict[int, tuple[tuple[int, int], int]] = {}

    def take(self, number: int, city: int) -> tuple[int, int]:
        cell = self.cell[city]
        free = self.free_slots.setdefault(cell, [])
        if free:
            slot = heapq.heappop(free)
        else:
            slot = self.next_slot.get(cell, 0)
            while _cell_of(*_slot(cell, slot)) not in self.land:
                slot += 1
            self.next_slot[cell] = slot + 1
        self.held[number] = cell, slot
        x, y = _slot(cell, slot)
        return round(SCALE * x), round(SCALE * y)

    def free(self, numbers: np.ndarray) -> None:
        for number in numbers.tolist():
            cell, slot = self.held.pop(number)
            heapq.heappush(self.free_slots[cell], slot)
