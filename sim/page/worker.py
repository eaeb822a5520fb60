"""What one process of the page's pool does: it owns models, and sends away only finished, immutable parts.

A task is a picklable object with `parts(memory, stopped)`, a generator; `stopped()` says whether the visitor has
gone on to something else, or somebody's first look is more urgent, and is asked every month. A task that `resumes`
keeps what it has done until then.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import math
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

from sim.declare.calendar import months_between
from sim.page.frames import Camera, Year
from sim.page.running import Stopped, advance

if TYPE_CHECKING:
    from sim.model.twins import Lives
    from sim.parameters.draw import Draw
    from sim.scenario import Scenario

FIRST_LOOK = "2027-12"
"""A run is shown first as far as here, then to its end."""
SHOWN_FROM = "2022-01"
SERIES = ("cohort_success_rate", "survival_5y", "export_rate", "exporters", "outside_centre", "cost")
"""Monthly series of a comparison; `cost` is that since the present, discounted to it, in the unit of the outcome."""
BY_REGION = "survivors_5y:"
"""The one outcome of regions that is shown."""
READY = 40
"""So many first worlds of a comparison are kept at their present; the others, which come later, begin anew."""
WORLDS_KEPT, LIVED_KEPT = 2 * READY, 120
"""Worlds at their present (6 MB each), and references that have been run (1 MB each), in all processes together."""
TIDIED_AFTER = 4
"""Tasks after which models that nobody keeps are looked for: their agents know them, and some are cycles."""
PAUSED_KEPT, FILMS_KEPT = 12, 12
"""In each process. Films are made year by year in turn: fewer than are made at once would begin again each year."""


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


@dataclass(frozen=True)
class Pair:
    """A policy and what it is compared with in one world, and, of pairs that have ended, the parts of the differences.

    `channels` are those of `sim.model.twins`, by column; empty when both are the same policy.
    """

    policy: Run
    against: Run
    channels: dict[str, float]

    @property
    def ended(self) -> bool:
        """Whether both have reached the end of their scenarios."""
        return self.policy.ended and self.against.ended


class Memory:
    """Models and runs that may be asked for again; the oldest are forgotten.

    Args:
        processes: how many processes share the work: together they keep so much, however many they are.
    """

    def __init__(self, processes: int = 1) -> None:
        self.worlds_kept, self.lived_kept = (math.ceil(most / processes) for most in (WORLDS_KEPT, LIVED_KEPT))
        self.worlds: OrderedDict[Any, Any] = OrderedDict()
        self.lived: OrderedDict[Any, tuple[Run, Lives]] = OrderedDict()
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
class Compare:
    """Run two policies from the present on, in the world (seed, replication); they resume where they were stopped.

    They live under a draw of the parameters, or, without one, under their own. A first `look` goes as far as
    `FIRST_LOOK` and pauses; without it both go on from there, or begin, and end.
    """

    policy: Scenario
    against: Scenario
    seed: int
    replication: int
    draw: Draw | None = None
    look: bool = False
    resumes = True

    def parts(self, memory: Memory, stopped: Callable[[], bool]) -> Iterator[Pair]:
        """The pair as far as it is to go, in one part."""
        from sim.model.twins import taken_apart

        policy, against = (one if self.draw is None else self.draw.under(one) for one in (self.policy, self.against))
        reference, theirs = self._reference(against, memory, stopped)
        if policy.digest == against.digest:
            yield Pair(reference, reference, {})
            return
        run, mine = self._lived(policy, memory, stopped)
        yield Pair(run, reference, taken_apart(mine, theirs) if mine and theirs else {})

    def _reference(self, against: Scenario, memory: Memory, stopped: Callable[[], bool]) -> tuple[Run, Lives | None]:
        """As `_lived`, but kept: most policies are compared with the same."""
        key = against.digest, self.seed, self.replication
        found = memory.lived.get(key) or self._lived(against, memory, stopped)
        if found[1] is not None:
            memory.keep(memory.lived, key, found, memory.lived_kept)
        return found

    def _lived(self, scenario: Scenario, memory: Memory, stopped: Callable[[], bool]) -> tuple[Run, Lives | None]:
        """One policy as far as it is to go, with what became of each startup when it has ended."""
        from sim.model.outcomes import measure
        from sim.model.twins import Lives

        key, months = (scenario.digest, self.seed, self.replication), scenario.months
        model = memory.paused.pop(key, None) or self._present(scenario, memory, stopped).fork(scenario)
        until = min(months, months_between(scenario.start, FIRST_LOOK) + 1) if self.look else months
        try:
            advance(model, until, stopped)
        except Stopped:
            memory.keep(memory.paused, key, model, PAUSED_KEPT)
            raise
        if self.look:
            memory.keep(memory.paused, key, model, PAUSED_KEPT)
            return Run(shown_series(model), None), None
        outcomes = measure(model)
        shown = {name: float(value) for name, value in outcomes.items() if is_shown(name)}
        return Run(shown_series(model), shown), Lives.of(model, outcomes)

    def _present(self, scenario: Scenario, memory: Memory, stopped: Callable[[], bool]) -> Any:
        from sim.model.ecosystem import EcosystemModel

        key = scenario.history_digest, self.seed, self.replication
        model = memory.worlds.get(key)
        if model is None:
            model = EcosystemModel(scenario, rng=self.seed, replication=self.replication)
        if self.replication < READY:
            memory.keep(memory.worlds, key, model, memory.worlds_kept)
        advance(model, scenario.present_months, stopped)
        return model


def is_shown(outcome: str) -> bool:
    """Whether the page speaks of an outcome: national ones and one of the regions, no denominators."""
    return outcome.startswith(BY_REGION) or not (":" in outcome or outcome.endswith("_n"))


@dataclass(frozen=True)
class FilmYear:
    """One year of frames of the world (seed, replication 0); years are asked for in order."""

    scenario: Scenario
    seed: int
    year: int
    resumes = False

    def parts(self, memory: Memory, stopped: Callable[[], bool]) -> Iterator[Year]:
        """The year, in one part."""
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


def shown_series(model: Any) -> np.ndarray:
    """The series of a comparison so far, (len(SERIES), months from `SHOWN_FROM`)."""
    from sim.model.outcomes import costs_to_date
    from sim.studies.series import COHORT_SERIES, yearly_mean

    scenario, done = model.scenario, model.months_done
    first = max(0, months_between(scenario.start, SHOWN_FROM))
    cost = np.zeros(done)
    cost[scenario.present_months :] = 1000 * costs_to_date(model).sum(axis=1)
    rows = []
    for name in SERIES:
        row = cost if name == "cost" else model.recorder.national(name)[:done]
        rows.append((yearly_mean(row) if name in COHORT_SERIES else row)[first:])
    return np.array(rows, dtype=np.float32)


def _end_with(server: Any) -> None:
    """End this process when the server ends, however that comes about and whatever is being done here."""
    server.join()
    os._exit(1)


def serve(connection: Connection, unwanted: Any, processes: int = 1) -> None:
    """Work on tasks as they come, until the connection closes or the server is gone.

    Args:
        connection: brings `(number, task)`; takes `(number, part, last)`.
        unwanted: shared integer, the number of the task that is to be given up.
        processes: how many share the work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    import sim.model.ecosystem  # noqa: F401 (takes seconds: before the first task comes)
    from sim.studies.worlds import describe

    memory = Memory(processes)
    gc.freeze()  # libraries stay
    with contextlib.suppress(EOFError, OSError):
        for done in itertools.count(1):
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
            if done % TIDIED_AFTER == 0:
                gc.collect()
