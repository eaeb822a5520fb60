"""What one process of the page's pool does: it owns models, and sends away only finished, immutable parts.

A task is a picklable object with `parts(memory, stopped)`, a generator; `stopped()` says whether the visitor has
gone on to something else, or somebody's first look is more urgent, and is asked every month. A task that `resumes`
keeps what it has done until then.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import months_between

if TYPE_CHECKING:
    from sim.app.frames import Year
    from sim.scenario import Scenario

FIRST_LOOK = "2027-12"
"""A run is shown first as far as here, then to its end."""
SHOWN_FROM = "2022-01"
SERIES = ("cohort_success_rate", "survival_5y", "export_rate", "exporters", "outside_centre", "cost")
"""Monthly series of a comparison; `cost` is MAD million since the present, discounted to it."""
SMOOTHED = ("cohort_success_rate", "survival_5y")
"""Rates of the cohort of one month: shown as means of the last twelve."""
WORLDS_KEPT, PAUSED_KEPT, FILMS_KEPT = 40, 12, 12
"""Films are made year by year in turn: fewer than those that are made at once would begin again each year."""


class Stopped(Exception):  # noqa: N818 (a way out, not an error)
    """The visitor no longer wants it."""


@dataclass(frozen=True)
class Failure:
    """Why a task has no result, for the log."""

    error: str


@dataclass(frozen=True)
class Run:
    """One policy in one world: series (len(SERIES), months from `SHOWN_FROM`), and outcomes when it has ended."""

    series: np.ndarray
    outcomes: dict[str, float] | None

    @property
    def ended(self) -> bool:
        """Whether the world has reached the end of its scenario."""
        return self.outcomes is not None


class Memory:
    """Models that may be asked for again; the oldest are forgotten."""

    def __init__(self) -> None:
        self.worlds: OrderedDict[Any, Any] = OrderedDict()
        self.paused: OrderedDict[Any, Any] = OrderedDict()
        self.films: OrderedDict[Any, Any] = OrderedDict()

    @staticmethod
    def keep(shelf: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
        """Put a value on a shelf that holds the `most` newest."""
        shelf[key] = value
        shelf.move_to_end(key)
        while len(shelf) > most:
            shelf.popitem(last=False)


@dataclass(frozen=True)
class Continue:
    """Run one policy from the present on, in the world (seed, replication); it resumes where it was stopped.

    A first `look` goes as far as `FIRST_LOOK` and pauses; without it the run goes on from there, or begins, and ends.
    """

    scenario: Scenario
    seed: int
    replication: int
    look: bool = False
    resumes = True

    def parts(self, memory: Memory, stopped: Callable[[], bool]) -> Iterator[Run]:
        """The run as far as it is to go, in one part."""
        from sim.outcomes import measure

        key, months = (self.scenario.digest, self.seed, self.replication), self.scenario.months
        model = memory.paused.pop(key, None) or self._present(memory, stopped).fork(self.scenario)
        until = min(months, months_between(self.scenario.start, FIRST_LOOK) + 1) if self.look else months
        try:
            advance(model, until, stopped)
        except Stopped:
            memory.keep(memory.paused, key, model, PAUSED_KEPT)
            raise
        if self.look:
            memory.keep(memory.paused, key, model, PAUSED_KEPT)
            yield Run(shown_series(model), None)
            return
        yield Run(shown_series(model), {name: float(value) for name, value in measure(model).items()})

    def _present(self, memory: Memory, stopped: Callable[[], bool]) -> Any:
        from sim.model import EcosystemModel

        key = self.scenario.history_digest, self.seed, self.replication
        model = memory.worlds.get(key)
        if model is None:
            model = EcosystemModel(self.scenario, rng=self.seed, replication=self.replication)
        memory.keep(memory.worlds, key, model, WORLDS_KEPT)
        advance(model, self.scenario.present_months, stopped)
        return model


@dataclass(frozen=True)
class FilmYear:
    """One year of frames of the world (seed, replication 0); years are asked for in order."""

    scenario: Scenario
    seed: int
    year: int
    resumes = False

    def parts(self, memory: Memory, stopped: Callable[[], bool]) -> Iterator[Year]:
        """The year, in one part."""
        from sim.app.frames import Camera

        key = self.scenario.digest, self.seed
        camera = memory.films.get(key)
        if camera is None or camera.years_done != self.year:
            camera = Camera(self.scenario, self.seed)
            memory.keep(memory.films, key, camera, FILMS_KEPT)
            for _ in range(self.year):
                camera.shoot(stopped)
        try:
            year = camera.shoot(stopped)
        except Stopped:
            del memory.films[key]
            raise
        if year.last:
            del memory.films[key]
        yield year


def advance(model: Any, until: int, stopped: Callable[[], bool]) -> None:
    """Run a model month by month; raises `Stopped` when nobody waits for it any more."""
    for month in range(model.months_done + 1, until + 1):
        if stopped():
            raise Stopped
        model.run_until(month)


def shown_series(model: Any) -> np.ndarray:
    """The series of a comparison so far, (len(SERIES), months from `SHOWN_FROM`)."""
    from sim.history import NATIONAL
    from sim.processes.costs import KINDS, to_date

    scenario, done = model.scenario, model.months_done
    national = model.recorder.national[:done]
    present, first = scenario.present_months, max(0, months_between(scenario.start, SHOWN_FROM))
    costs = NATIONAL.index(f"cost_{KINDS[0]}")
    cost = np.zeros(done)
    cost[present:] = (
        to_date(national[present:, costs : costs + len(KINDS)], scenario.parameters.costs).sum(axis=1) / 1000
    )
    rows = []
    for name in SERIES:
        row = cost if name == "cost" else national[:, NATIONAL.index(name)]
        rows.append((_year_mean(row) if name in SMOOTHED else row)[first:])
    return np.array(rows, dtype=np.float32)


def _year_mean(row: np.ndarray) -> np.ndarray:
    """Mean of each month and the eleven before it, over the months that are defined."""
    known = ~np.isnan(row)
    total, count = np.cumsum(np.where(known, row, 0.0)), np.cumsum(known)
    total[12:], count[12:] = total[12:] - total[:-12], count[12:] - count[:-12]
    return np.divide(total, count, out=np.full(row.shape, np.nan), where=count > 0)


def _end_with(server: Any) -> None:
    """End this process when the server ends, however that comes about and whatever is being done here."""
    server.join()
    os._exit(1)


def serve(connection: Connection, unwanted: Any) -> None:
    """Work on tasks as they come, until the connection closes or the server is gone.

    Args:
        connection: brings `(number, task)`; takes `(number, part, last)`.
        unwanted: shared integer, the number of the task that is to be given up.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    import sim.model  # noqa: F401 (takes seconds: before the first task comes)
    from sim.experiment.worlds import describe

    memory = Memory()
    with contextlib.suppress(EOFError, OSError):
        while True:
            number, task = connection.recv()
            last: Any = None
            try:
                for part in task.parts(memory, lambda wanted=number: unwanted.value == wanted):
                    connection.send((number, part, False))
            except Stopped as stop:
                last = stop
            except Exception as error:
                last = Failure(describe(error))
            connection.send((number, last, True))
