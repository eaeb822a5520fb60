"""One world as a film: one immutable frame per month, with the changes since the month before.

A `Camera` owns the model. A startup keeps its number and its place on the map for life, so that a frame holds only the
startups that were founded, changed their state or closed: a film of two decades has some hundred kilobytes, and
drawing it needs no model. A film also keeps the months of every startup, for visitors who ask for one life.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.declare.calendar import month_after, months_between
from sim.model.history import REPORTED_FROM
from sim.page.running import advance

if TYPE_CHECKING:
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

MONTHLY_FACTS = ("revenue", "cash", "finance", "market_access", "skills", "hub")
"""What a life has for each month."""
YEARLY_FACTS = ("founded", "city", "sector", "admitted", "left", "mission", "fair")
"""What a life has once a year, or at the closing."""

SPREAD = 0.036
"""n startups in one cell fill a disc of radius SPREAD √n cells where all of it is land: 3,300 fill two cells."""
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
SCALE = 1000
"""Places on the map are whole multiples of 1/SCALE of the distance between cells."""


@dataclass(frozen=True)
class Frame:
    """One month.

    Args:
        month: `YYYY-MM`.
        born: (number, x, y, state) of startups that are new on the map; x east and y north, in 1/`SCALE` cells.
        moved: (number, state) of startups whose state has changed.
        closed: numbers of startups that left the market.
        hubs: (residents, places, waiting) of each hub.
        series: values of `FRAME_SERIES`; None where not defined.
    """

    month: str
    born: tuple[tuple[int, ...], ...]
    moved: tuple[tuple[int, ...], ...]
    closed: tuple[int, ...]
    hubs: tuple[tuple[int, ...], ...]
    series: tuple[float | None, ...]


@dataclass(frozen=True)
class FilmedLives:
    """The months of all startups in one year: `monthly[i]`, (n, len(MONTHLY)), belongs to `numbers[i]`, (n,).

    `money` holds payments received: startup number, month since the start, kind of funder, amount in kMAD.
    """

    numbers: tuple[np.ndarray, ...]
    monthly: tuple[np.ndarray, ...]
    yearly_numbers: np.ndarray
    yearly: np.ndarray
    money: tuple[tuple[int, int, str, float], ...]


@dataclass(frozen=True)
class Year:
    """Frames and lives of one year; the first year also lists the hubs."""

    frames: tuple[Frame, ...]
    lives: FilmedLives
    hubs: tuple[dict[str, Any], ...]
    last: bool


class Camera:
    """Runs one world (replication 0) and makes its film, year by year."""

    def __init__(self, scenario: Scenario, seed: int):
        from sim.model.ecosystem import EcosystemModel

        self.model = EcosystemModel(scenario, rng=seed)
        self.years_done = 0
        self._first = max(0, months_between(scenario.start, REPORTED_FROM))
        self._state = np.full(0, -1, dtype=np.int8)
        self._places = _Places(self.model.geography)

    def shoot(self, stopped: Callable[[], bool]) -> Year:
        """The next year, from January 2016 on; raises `Stopped` when nobody waits for it."""
        model = self.model
        money: list[tuple[int, int, str, float]] = []
        while model.months_done < min(self._first, model.scenario.months - 1):
            money += self._month(stopped)
        frames: list[Frame] = []
        numbers, monthly = [], []
        while len(frames) < 12 and model.months_done < model.scenario.months:
            money += self._month(stopped)
            frames.append(self._frame())
            numbers.append(model.startups.number.astype(np.int32))
            monthly.append(
                np.column_stack([getattr(model.startups, name) for name in MONTHLY_FACTS]).astype(np.float32)
            )
        self.years_done += 1
        everyone = np.column_stack([model.startups.everyone(name) for name in YEARLY_FACTS]).astype(np.int32)
        seen = np.unique(np.concatenate(numbers))
        order = np.argsort(model.startups.everyone("number"), kind="stable")
        lives = FilmedLives(tuple(numbers), tuple(monthly), seen, everyone[order[seen]], tuple(money))
        return Year(tuple(frames), lives, self._hubs(), model.months_done == model.scenario.months)

    def _month(self, stopped: Callable[[], bool]) -> list[tuple[int, int, str, float]]:
        """Simulate a month; returns the payments of that month, as in `FilmedLives`."""
        model, month = self.model, self.model.months_done
        due = [
            (number, month, funder.kind, amount)
            for funder in model.funders
            for when, number, amount in funder.pipeline
            if when <= month
        ]
        advance(model, month + 1, stopped)
        return [payment for payment in due if model.startups.row_of[payment[0]] >= 0]

    def _frame(self) -> Frame:
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
        )

    def _desks(self) -> tuple[tuple[int, int, int], ...]:
        """Residents, places and those waiting at the end of the month, as the map has them.

        `hub.residents` are the occupied desks before the month's leavers went.
        """
        startups, hubs = self.model.startups, self.model.hubs
        inside, waiting = (
            np.bincount(column[column >= 0], minlength=len(hubs)) for column in (startups.hub, startups.waiting_at)
        )
        return tuple((int(inside[hub.index]), hub.places, int(waiting[hub.index])) for hub in hubs)

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


def life(years: list[Year], number: int, start: str) -> dict[str, Any] | None:
    """The life of one startup as far as the film goes: its months, and the dates and facts of `YEARLY_FACTS`.

    None when the film has no such startup. `start` is the first month of the scenario.
    """
    months, rows, money, facts, closed = [], [], [], None, None
    for year in years:
        money += [
            [month_after(start, month), kind, round(amount, 1)]
            for who, month, kind, amount in year.lives.money
            if who == number
        ]
        at = np.searchsorted(year.lives.yearly_numbers, number)
        if at == year.lives.yearly_numbers.size or year.lives.yearly_numbers[at] != number:
            continue
        facts = dict(zip(YEARLY_FACTS, year.lives.yearly[at].tolist(), strict=True))
        for frame, numbers, values in zip(year.frames, year.lives.numbers, year.lives.monthly, strict=True):
            found = np.flatnonzero(numbers == number)
            if found.size:
                months.append(frame.month)
                rows.append(values[found[0]])
            elif months and closed is None:
                closed = frame.month
    if facts is None or not rows:
        return None
    for name in ("founded", "admitted", "left", "mission", "fair"):
        facts[name] = month_after(start, facts[name]) if facts[name] >= 0 else None
    table = np.array(rows)
    series = {name: [round(float(value), 4) for value in table[:, index]] for index, name in enumerate(MONTHLY_FACTS)}
    return {"number": number, "months": months, "closed": closed, "facts": facts, "money": money, **series}
