"""The work of one process of the page's pool: it owns models, and sends only finished, immutable parts.

A task is a picklable object with a generator `parts(memory, stopped)`. It calls `stopped()` every month: True means
that the visitor has left, or that another visitor's first look is more urgent. A task that `resumes` keeps its work
until then.
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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare.calendar import months_between
from sim.page.frames import Camera, Standstill, Year, past_parts
from sim.page.running import Continued, Stopped, advance
from sim.system.processes import give_memory_back

if TYPE_CHECKING:
    from sim.model.bundle import Bundle
    from sim.model.ecosystem import EcosystemModel
    from sim.model.twins import Lives
    from sim.parameters.draw import Draw
    from sim.scenario import Scenario

FIRST_LOOK = "2027-12"
"""Month at which the first look at a run ends."""
SHOWN_FROM = "2022-01"
COMPARED_SERIES = ("cohort_success_rate", "survival_5y", "export_rate", "exporters", "outside_centre", "cost")
"""Monthly series of a comparison; `cost` is the discounted cost since the present, in the outcome's unit."""
BY_REGION = "survivors_5y:"
"""Prefix of the only regional outcome that is shown."""
REPLICATIONS = 100
"""Number of worlds, as in `hubsim compare`: fewer than 45 draws that agree would never make an effect clear."""
WORLDS_KEPT, LIVED_KEPT = 120, 120
"""Worlds at their present (5 MB each) and references that have been run (1 MB each), over all processes."""
TIDIED_AFTER = 16
"""Number of tasks after which all unused models are collected: agents refer to models, and some references are cycles.

Those of one task are collected when it ends: to look through all worlds that are kept takes a third of a task.
"""
LESS_URGENT = 10
"""How much the server, and a browser on the same machine, come before the worlds that run for them (`nice`)."""
PAUSED_KEPT, PASTS_KEPT = 6, 4
"""Comparisons that were stopped on the way, and films at their present, per process (10 MB each)."""


@dataclass(frozen=True)
class Failure:
    """Why a task has no result, for the log."""

    error: str


@dataclass(frozen=True)
class Run:
    """One policy in one world: series (len(SERIES), months from `SHOWN_FROM`), and outcomes once it has ended."""

    series: np.ndarray
    outcomes: dict[str, float] | None

    @property
    def ended(self) -> bool:
        """Whether the world has reached the end of its scenario."""
        return self.outcomes is not None


@dataclass(frozen=True)
class WorldPair:
    """A policy and its reference in one world; once both have ended, also the parts of their differences.

    `channels` are those of `sim.model.twins`, by column; empty when both policies are the same.
    """

    policy: Run
    against: Run
    channels: dict[str, float]

    @property
    def ended(self) -> bool:
        """Whether both have reached the end of their scenarios."""
        return self.policy.ended and self.against.ended


class Lived(NamedTuple):
    """A run, with the fate of each startup once it has ended."""

    run: Run
    lives: Lives | None


class Memory:
    """Worlds and runs that may be needed again; the oldest are dropped.

    Args:
        processes: number of processes that share the work; the limits hold for all of them together.

    Attributes:
        worlds: worlds at their present.
        lived: references that have been run.
        paused: what was stopped on the way: worlds before their present, and policies that go on from it.
        cameras: those of the films that are being made, by their slot (`sim.page.slots`).
        pasts: cameras at the present of their worlds, from which films of other policies go on.
    """

    def __init__(self, processes: int = 1) -> None:
        self.worlds_kept, self.lived_kept = (math.ceil(most / processes) for most in (WORLDS_KEPT, LIVED_KEPT))
        self.worlds: OrderedDict[Any, Bundle] = OrderedDict()
        self.lived: OrderedDict[Any, Lived] = OrderedDict()
        self.paused: OrderedDict[Any, Any] = OrderedDict()
        self.cameras: dict[int, Camera] = {}
        self.pasts: OrderedDict[Any, Standstill] = OrderedDict()

    @staticmethod
    def keep(shelf: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
        """Put a value on a shelf, and keep only the `most` newest values."""
        shelf[key] = value
        shelf.move_to_end(key)
        while len(shelf) > most:
            shelf.popitem(last=False)


@dataclass(frozen=True)
class Compare:
    """Run two policies from the present on, in the world (seed, replication); both resume where they were stopped.

    They live under a draw of the parameters, or, without one, under their own parameters, and side by side: what chance
    brings is drawn once for both. A reference that has been run before is not run again. A first `look` ends at
    `FIRST_LOOK`; without `look`, both continue from there, or begin, and run to their end.
    """

    policy: Scenario
    against: Scenario
    seed: int
    replication: int
    draw: Draw | None = None
    look: bool = False
    resumes = True

    def parts(self, memory: Memory, stopped: Callable[[], bool]) -> Iterator[WorldPair]:
        """The pair as far as this task goes, in one part."""
        from sim.model.twins import taken_apart

        policy, against = (
            scenario if self.draw is None else self.draw.under(scenario) for scenario in (self.policy, self.against)
        )
        key = against.digest, *self._world
        known = memory.lived.get(key)
        found = self._lived({one.digest: one for one in (policy, against)}, known, memory, stopped)
        reference = known or found[against.digest]
        if reference.lives is not None:
            memory.keep(memory.lived, key, reference, memory.lived_kept)
        if policy.digest == against.digest:
            yield WorldPair(reference.run, reference.run, {})
            return
        run, lives = found[policy.digest]
        parted = taken_apart(lives, reference.lives) if lives is not None and reference.lives is not None else {}
        yield WorldPair(run, reference.run, parted)

    def together(self, scenarios: Iterable[Scenario]) -> dict[str, Lived]:
        """Other policies in this world, side by side to their end, by digest."""
        return self._lived({one.digest: one for one in scenarios}, None, Memory(), lambda: False)

    @property
    def _world(self) -> tuple[int, int]:
        return self.seed, self.replication

    def _lived(
        self, both: dict[str, Scenario], reference: Lived | None, memory: Memory, stopped: Callable[[], bool]
    ) -> dict[str, Lived]:
        """The policies as far as this task goes, by digest; without a reference that is known, which is the last."""
        new = dict(list(both.items())[: -1 if reference else None])
        if not new:
            return {}
        worlds = memory.paused.pop((*both, *self._world), None) or memory.paused.pop((*new, *self._world), None)
        if worlds is None:
            worlds = Continued(self._shared(new.values(), memory, stopped))
        try:
            worlds.advance(FIRST_LOOK if self.look else None, stopped)
        except Stopped:
            memory.keep(memory.paused, (*new, *self._world), worlds, PAUSED_KEPT)
            raise
        if self.look:
            memory.keep(memory.paused, (*new, *self._world), worlds, PAUSED_KEPT)
            return {model.scenario.digest: Lived(Run(shown_series(model), None), None) for model in worlds.models()}
        ended = {model.scenario.digest: _ended(model) for model in worlds.models()}
        worlds.release()
        return ended

    def _shared(
        self, scenarios: Iterable[Scenario], memory: Memory, stopped: Callable[[], bool]
    ) -> list[tuple[Bundle, list[Scenario]]]:
        """The policies with their world at its present: those together that share it and end in the same month."""
        groups: dict[Any, list[Scenario]] = {}
        for scenario in scenarios:
            groups.setdefault((scenario.history_digest, scenario.months), []).append(scenario)
        return [(self._present(group[0], memory, stopped), group) for group in groups.values()]

    def _present(self, scenario: Scenario, memory: Memory, stopped: Callable[[], bool]) -> Bundle:
        from sim.model.ecosystem import EcosystemModel

        one_by_one = max(0, scenario.present_months + 12 - scenario.months)  # months of which startups are recorded
        key = scenario.history_digest, one_by_one, *self._world
        found = memory.worlds.get(key)
        if found is None:
            model = memory.paused.pop(key, None)
            if model is None:
                model = EcosystemModel(scenario, rng=self.seed, replication=self.replication)
            try:
                advance(model, scenario.present_months, stopped)
            except Stopped:
                memory.keep(memory.paused, key, model, PAUSED_KEPT)
                raise
            found = model.bundle.taken([model.place], [scenario])  # without spare room
            model.release()
        memory.keep(memory.worlds, key, found, memory.worlds_kept)
        return found


def pairs_of(
    policies: Sequence[Scenario], against: Scenario, world: tuple[int, int], draw: Draw | None
) -> dict[str, WorldPair]:
    """Several policies in one world, side by side, each beside the policy `against`, by key.

    Args:
        policies: policies that have one past and end together, with `against` among them or not.
        against: the policy with which they are compared.
        world: seed and replication.
        draw: the draw of the parameters; None for the policies' own.
    """
    from sim.model.twins import taken_apart

    def lived_in(scenario: Scenario) -> Scenario:
        return scenario if draw is None else draw.under(scenario)

    under = {policy.key: lived_in(policy) for policy in policies}
    reference = lived_in(against)
    found = Compare(against, against, *world, draw).together([*under.values(), reference])
    mine = found[reference.digest]
    pairs = {}
    for key, scenario in under.items():
        run, lives = found[scenario.digest]
        if scenario.digest == reference.digest or lives is None or mine.lives is None:
            pairs[key] = WorldPair(run, mine.run, {})
        else:
            pairs[key] = WorldPair(run, mine.run, taken_apart(lives, mine.lives))
    return pairs


def _ended(model: EcosystemModel) -> Lived:
    from sim.model.outcomes import measure
    from sim.model.twins import Lives

    outcomes = measure(model)
    shown = {name: float(value) for name, value in outcomes.items() if is_shown(name)}
    return Lived(Run(shown_series(model), shown), Lives.of(model, outcomes))


def is_shown(outcome: str) -> bool:
    """Whether the page shows an outcome: national ones and one regional outcome, without denominators."""
    return outcome.startswith(BY_REGION) or not (":" in outcome or outcome.endswith("_n"))


class FilmPart(NamedTuple):
    """One part of a film; its frames only as JSON, which takes a tenth of their memory."""

    year: Year
    text: str


@dataclass(frozen=True)
class FilmYear:
    """One part of the film of the world (seed, replication 0); parts are requested in order.

    Args:
        scenario: the policy.
        seed: root seed.
        part: number of the part, from 0.
        slot: where its camera is kept; another film's camera there is dropped.
    """

    scenario: Scenario
    seed: int
    part: int
    slot: int
    resumes = False

    def parts(self, memory: Memory, stopped: Callable[[], bool]) -> Iterator[FilmPart]:
        """The part, alone."""
        camera = memory.cameras.pop(self.slot, None)
        if camera is None or (camera.scenario.digest, camera.seed, camera.parts_done) != (
            self.scenario.digest, self.seed, self.part,
        ):  # fmt: skip
            camera = self._camera(memory)
        while True:
            asked = camera.parts_done == self.part
            year = camera.shoot(stopped)
            if camera.at_present:
                memory.keep(memory.pasts, past_of(self.scenario, self.seed), camera.stands_still(), PASTS_KEPT)
            if asked:
                break
        if not year.last:
            memory.cameras[self.slot] = camera
        yield FilmPart(replace(year, frames=()), year.as_json())

    def _camera(self, memory: Memory) -> Camera:
        """A camera at the present of this world, if one is kept and the part lies after it; else at the beginning."""
        known = memory.pasts.get(past_of(self.scenario, self.seed))
        return Camera(self.scenario, self.seed, known if self.part >= past_parts(self.scenario) else None)


def past_of(scenario: Scenario, seed: int) -> tuple[str, int, int]:
    """What films of one past have in common."""
    return scenario.history_digest, scenario.months, seed


def shown_series(model: Any) -> np.ndarray:
    """The series of a comparison so far, (len(SERIES), months from `SHOWN_FROM`)."""
    from sim.model.outcomes import costs_to_date
    from sim.studies.series import COHORT_SERIES, yearly_mean

    scenario, done = model.scenario, model.months_done
    first = max(0, months_between(scenario.start, SHOWN_FROM))
    cost = np.zeros(done)
    cost[scenario.present_months :] = 1000 * costs_to_date(model).sum(axis=1)
    rows = []
    for name in COMPARED_SERIES:
        row = cost if name == "cost" else model.recorder.national(name)[:done]
        rows.append((yearly_mean(row) if name in COHORT_SERIES else row)[first:])
    return np.array(rows, dtype=np.float32)


def _end_with(server: Any) -> None:
    """End this process when the server ends, whatever the process is doing."""
    server.join()
    os._exit(1)


def serve(connection: Connection, unwanted: Any, processes: int = 1) -> None:
    """Work on tasks as they arrive, until the connection closes or the server ends.

    Args:
        connection: receives `(number, task)`; sends `(number, part, last)`.
        unwanted: shared integer, the number of the cancelled task.
        processes: number of processes that share the work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(LESS_URGENT)
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
            gc.collect(1)
            if done % TIDIED_AFTER == 0:
                gc.collect()
                give_memory_back()
