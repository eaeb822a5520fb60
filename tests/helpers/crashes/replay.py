"""Lives through schedules and checks after each life what must hold: `uv run poe crash-schedules NUMBER [LAST]`."""

from __future__ import annotations

import copy
import json
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from greenlet import getcurrent, greenlet

from crashes.disk import SimulatedDisk
from crashes.machine import Content, DiedError, Machine, Process
from crashes.schedule import REPLICATIONS, schedule_of
from crashes.study import FOLDER, Crew, LocalCrew, light, run_study, shard_of, world
from sim.errors import StudyError, StudyInterrupted, StudyStoppedError
from sim.studies.merging import merge_shards
from sim.studies.status import status_of
from sim.studies.store import ResultStore
from sim.studies.study import Chunk

WAY_ON = re.compile(r"--out FOLDER|Go on with: hubsim|go on with: hubsim|run the command again|Wait until it ends")
"""What an error says where a study must stop."""
SEEDS = {"first": 1, "other": 2}
SHARDS = [Path("/results/shard-1"), Path("/results/shard-2")]


class Broken(AssertionError):  # noqa: N818
    """Something that must hold does not."""


class Here(Crew):
    """The process itself runs its chunks."""

    count, room, apart = 1, 1, False
    __init__ = Crew.__init__


CREWS: dict[str, type[Crew]] = {"here": Here, "pool": LocalCrew, "far": Crew}


class Replay:
    """A schedule on its machine; `watched` keeps all calls."""

    def __init__(self, number: int, watched: bool = False):
        self.number = number
        self.schedule, chance = schedule_of(number)
        self.machine = beginning(self.schedule.task, chance)
        self.machine.watched = watched
        self.machine.stale = self.schedule.stale
        self.disk = SimulatedDisk(self.machine)
        self.disk.links = self.schedule.links
        self.finished: dict[Path, bytes] = {}
        """The parts of chunks of which a process was told that they are done."""

    def run(self) -> None:
        """Live through the schedule; raises Broken."""
        schedule = self.schedule
        for life, faults in enumerate(schedule.lives):
            first = Process(f"life {life + 1}", list(map(copy.copy, faults)))
            others = [] if life else self._second()
            self._together([(first, partial(self._task, "first")), *others])
            self._look()
        self._end("first")
        if schedule.second == "other":
            self._end("other")

    def _second(self) -> list[tuple[Process, Callable[[], object]]]:
        schedule = self.schedule
        process = Process("second", list(map(copy.copy, schedule.second_faults)))
        match schedule.second:
            case "same":
                return [(process, partial(self._task, "first"))]
            case "other":
                return [(process, partial(self._task, "other"))]
            case "watcher":
                return [(process, self._watch)]
        return []

    def _task(self, whose: str) -> ResultStore:
        if self.schedule.task == "merged" and whose == "first":
            return self._merge(ResultStore(FOLDER, self.disk))
        crew = CREWS[self.schedule.crew](self.machine, self._told, self.schedule.crew == "far")
        return run_study(self.disk, SEEDS[whose], REPLICATIONS, self.schedule.order, crew)

    def _merge(self, store: ResultStore) -> ResultStore:
        try:
            return merge_shards(SHARDS, store, "hubsim again")
        except StudyError:
            there = store.manifest() if store.has("manifest.json") else {}
            if there.get("state") == "finished" or there.get("seed") == SEEDS["other"]:
                return store  # an earlier life has done it, or another study was here first
            raise

    def _watch(self) -> None:
        for _ in range(6):
            status_of(ResultStore(FOLDER, self.disk))

    def _told(self, store: ResultStore, chunk: Chunk, ended: bool) -> None:
        """A chunk begins, or its worker has said that it ended."""
        machine, path = self.machine, store.part("runs", chunk.key)
        if ended:
            self.finished |= {one: machine.names[str(one)].seen for one in (path, store.part("monthly", chunk.key))}
        elif path in self.finished and str(path) not in machine.late and not self._broken:
            raise Broken(f"{path} was finished, and is run again")

    @property
    def _broken(self) -> bool:
        """Whether a call may have failed that looked for what is done."""
        return any(
            fault.kind == "broken call"
            for faults in (*self.schedule.lives, self.schedule.second_faults)
            for fault in faults
        )

    def _together(self, jobs: list[tuple[Process, Callable[[], object]]]) -> None:
        """Let processes act in turns, which change at calls by chance."""
        machine, hub = self.machine, getcurrent()
        if len(jobs) == 1:
            self._live(*jobs[0])
            return

        def switch() -> None:
            if machine.chance.random() < self.schedule.turns:
                mine = machine.current
                hub.switch()
                machine.current = mine

        machine.switch = switch
        bodies = [greenlet(partial(self._live, *job)) for job in jobs]
        try:
            while bodies:
                bodies[int(machine.chance.integers(len(bodies)))].switch()
                bodies = [body for body in bodies if not body.dead]
        finally:
            machine.switch = lambda: None
            for process, _ in jobs:
                machine.die(process)
            for body in bodies:
                with suppress(DiedError):
                    body.throw(DiedError)

    def _live(self, process: Process, job: Callable[[], object]) -> object | None:
        """Let a process do its work; returns what it made, or None if it died or said why it stopped."""
        self.machine.start(process)
        troubled = bool(process.faults)
        try:
            return job()
        except DiedError:
            if not process.dead:
                raise Broken(f"{process.name} ended as if it had died") from None
        except (StudyError, StudyStoppedError, StudyInterrupted) as error:
            said = str(error)
            if self.machine.watched:
                self.machine.trace.append(f"{process.name}: {type(error).__name__}: {said}")
            known = job == self._watch and "holds no result" in said
            if not known and not WAY_ON.search(said):
                raise Broken(f"{process.name} says no way on: {said}") from error
            if not known and not troubled and not re.search("being written by|has just written", said):
                raise Broken(f"nothing was wrong with {process.name}, which says: {said}") from error
        except Broken:
            raise
        except BaseException as error:
            if not isinstance(error, KeyboardInterrupt):  # outside of a session; the command line reports it
                raise Broken(f"{process.name} raised {type(error).__name__}: {error}") from error
        finally:
            self.machine.end(process)
        return None

    def _end(self, whose: str) -> None:
        """A life without faults: it must give what an undisturbed one gives."""
        for attempt in range(self.schedule.stale + 1):
            store = self._live(Process(f"last life {attempt + 1} of {whose}"), partial(self._task, whose))
            self._look()
            if store is not None:
                break
        else:
            raise Broken(f"the task of {whose} does not end")
        if self._merges(whose) and store.manifest()["seed"] != SEEDS[whose]:
            return  # another study was first in the folder that the merge named
        found, wanted = self._result(store.folder), expected(whose, "merged" if self._merges(whose) else "fresh")
        if found.keys() != wanted.keys():
            raise Broken(f"files that differ: {sorted(found.keys() ^ wanted.keys())}")
        if different := [name for name, content in wanted.items() if found[name] != content]:
            raise Broken(f"files with other content: {different}")

    def _merges(self, whose: str) -> bool:
        return self.schedule.task == "merged" and whose == "first"

    def _result(self, folder: Path) -> dict[str, bytes | str]:
        return result_of(self.machine, folder)

    def _look(self) -> None:
        """Look at the disk after all processes have ended: nothing is broken, and what was finished is there."""
        machine = self.machine
        machine.current, machine.late = Process("visitor"), {}
        for path, content in machine.names.items():
            if not path.rpartition("/")[2].startswith(".") and not is_whole(path, content.seen):
                raise Broken(f"{path} is broken: {content.seen[:80]!r}")
        for path, content in self.finished.items():
            there = machine.names.get(str(path))
            if there is None or there.seen != content:
                raise Broken(f"{path} was finished, and is {'gone' if there is None else 'different'}")
        for folder in (FOLDER, FOLDER.with_name("study-2")):
            store = ResultStore(folder, self.disk)
            if str(folder) not in machine.folders or not store.has("manifest.json"):
                continue
            status, manifest = status_of(store), store.manifest()
            if status.state == "running" and not machine.stale:
                raise Broken(f"{folder} is said to be running")
            self._is_complete(folder, manifest)

    def _is_complete(self, folder: Path, manifest: dict) -> None:
        """A folder that says that it is finished holds all tables of its study."""
        if manifest["state"] != "finished" or manifest["replications"] != REPLICATIONS:
            return
        whose = "first" if manifest["seed"] == SEEDS["first"] else "other"
        wanted = expected(whose, "merged" if "shard" in manifest and self._merges(whose) else "fresh")
        found = self._result(folder)
        if different := [
            name for name, content in wanted.items() if content is not None and found.get(name) != content
        ]:
            raise Broken(f"{folder} says that it is finished, but {different} differ")


def result_of(machine: Machine, folder: Path) -> dict[str, bytes | str | None]:
    """The files of a result, by name: of JSON files with times only what must be equal."""
    begin = f"{folder}/"
    found: dict[str, bytes | str | None] = {}
    for path, content in machine.names.items():
        if path.startswith(begin) and not path.endswith("/.lock"):  # a dead holder's file stays, and holds nobody
            found[path.removeprefix(begin)] = None if path.endswith(".json") else content.seen
    if "manifest.json" in found:
        entries = json.loads(machine.names[f"{folder}/manifest.json"].seen)
        kept = {name: value for name, value in entries.items() if name != "sessions"}
        found["manifest.json"] = json.dumps(kept, sort_keys=True)
    return found


@cache
def expected(whose: str, task: str) -> dict[str, bytes | str | None]:
    """The files of an undisturbed study."""
    machine = beginning(task, np.random.default_rng(0))
    disk = SimulatedDisk(machine)
    machine.start(Process("undisturbed"))
    if task == "merged":
        merge_shards([*SHARDS], ResultStore(FOLDER, disk), "hubsim again")
    else:
        run_study(disk, SEEDS[whose], REPLICATIONS, range(REPLICATIONS))
    return result_of(machine, FOLDER)


@cache
def _begun(task: str) -> Machine:
    machine = Machine(np.random.default_rng(0))
    machine.start(Process("before"))
    machine.folders.add("/results")
    disk = SimulatedDisk(machine)
    if task == "extended":
        run_study(disk, SEEDS["first"], 1, [0])
    if task == "merged":
        for number, folder in enumerate(SHARDS, 1):
            shard_of(disk, number, folder)
    return machine


def beginning(task: str, chance: np.random.Generator) -> Machine:
    """The machine before a task: empty, or with a finished study to extend, or with shards."""
    before, machine = _begun(task), Machine(chance)
    machine.folders, machine.safe_folders = set(before.folders), set(before.folders)
    machine.names = {path: Content(one.seen, one.seen) for path, one in before.names.items()}
    machine.safe_names = dict(machine.names)
    return machine


@cache
def _lines() -> set[str]:
    numbers = {
        repr(world(seed, place).outcomes["exporters"]) for seed in SEEDS.values() for place in range(REPLICATIONS)
    }
    return numbers | {"exporters", "file", "runs.parquet", "monthly.parquet"}


@cache
def is_whole(path: str, content: bytes) -> bool:
    """Whether a file is complete."""
    try:
        if path.endswith(".parquet"):
            return parquet.read_table(pa.BufferReader(content)) is not None
        text = content.decode()
        if path.endswith(".json"):
            return json.loads(text) is not None
    except (ValueError, OSError, pa.ArrowException):
        return False
    return text.endswith("\n") and (path.endswith(".yaml") or set(text.split()) <= _lines())


def replay(number: int, watched: bool = False) -> Replay:
    """Live through a schedule; raises Broken, with the command that replays it."""
    one = Replay(number, watched)
    try:
        one.run()
    except Broken as error:
        if watched:
            print("\n".join(one.machine.trace))
        again = f"uv run poe crash-schedules {number}"
        raise Broken(f"schedule {number}: {error}\n{one.schedule}\nreplay it with: {again}") from error
    return one


def main(arguments: list[str]) -> None:
    """Replay schedules: one with all its calls, or all from a first number to a last one."""
    first, last = int(arguments[0]), int(arguments[-1])
    broken = 0
    with light():
        for number in range(first, last + 1):
            try:
                one = replay(number, watched=len(arguments) == 1)
            except Broken as error:
                broken += 1
                if len(arguments) == 1:
                    traceback.print_exc()
                print(error)
            else:
                if len(arguments) == 1:
                    print("\n".join(one.machine.trace), "", one.schedule, sep="\n")
    print(f"{last - first + 1} schedules, {broken} broken")
    raise SystemExit(min(broken, 1))


if __name__ == "__main__":
    main(sys.argv[1:])
