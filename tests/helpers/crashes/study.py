"""The tiny study of the crash schedules, and a table library that computes equal tables only once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from fake_worlds import FakeScenario

from crashes.machine import DiedError, Machine, Process
from crashes.schedule import REPLICATIONS
from sim.studies import merging, session, tables
from sim.studies.disk import Disk
from sim.studies.environment import environment
from sim.studies.execution import ProcessWorkers
from sim.studies.store import ResultStore
from sim.studies.study import Chunk, Extent, Study
from sim.studies.worlds import RunResult

FOLDER = Path("/results/study")
ONE = FakeScenario("today")
COMMAND = "hubsim again"
MONTHS = np.array(["2024-01"], object)


def study_of(seed: int) -> Study:
    """The study: one scenario, one table beside `runs`; another seed is another study."""
    return Study("compare", (ONE,), seed=seed, options={"reference": "today"}, record=("monthly",))


@cache
def world(seed: int, replication: int) -> RunResult:
    number = float(np.random.default_rng([seed, replication]).random())
    monthly = {"month": MONTHS, "active": np.array([number])}
    return RunResult("today", {"exporters": number}, {"monthly": monthly})


def run_tiny(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    yield world(seed, chunk.replication)


def summarise(store: ResultStore) -> None:
    """Write a table that follows from `runs`."""
    numbers = store.read("runs", ["exporters"])["exporters"].to_pylist()
    store.disk.write(store.path("summary.csv"), "\n".join(["exporters", *map(repr, numbers), ""]).encode())


class Crew:
    """Workers of the process that acts now: each piece of work is done at once, in a worker that can die."""

    count, room, apart = 2, 4, True

    def __init__(self, machine: Machine, told: Callable[[ResultStore, Chunk, bool], None], far: bool):
        self.machine, self.told, self.far = machine, told, far
        self.head = machine.current

    def submit(self, work: Callable, task: object) -> Future:
        future: Future = Future()
        worker = self.head
        if self.apart:
            worker = self.machine.start(Process(f"{self.head.name}, a worker", far=self.far, of=self.head))
        chunk = task if isinstance(task, Chunk) else None
        try:
            if chunk:
                self.told(work.store, chunk, False)
            future.set_result(work(task))
            if chunk:
                self.told(work.store, chunk, True)
        except DiedError:
            if self.head.dead:
                raise
            future.set_exception(BrokenProcessPool("a worker died"))
        except Exception as error:
            future.set_exception(error)
        finally:
            if self.apart:
                self.machine.end(worker)
                self.machine.current = self.head
        return future

    def restart(self) -> None:
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        pass


class LocalCrew(Crew, ProcessWorkers):
    """Workers on the machine of their process, which also join parts."""

    __init__ = Crew.__init__


def run_study(
    disk: Disk, seed: int, replications: int, order: Sequence[int], crew: Crew | None = None, folder: Path = FOLDER
) -> ResultStore:
    """Run the study in a folder, or go on with it; returns the store of the folder that it has taken."""
    study = study_of(seed)
    with session.open_session(
        study,
        Extent(replications),
        ResultStore(folder, disk),
        command=COMMAND,
        workers=crew or 1,
        runner=run_tiny,
        summarise=summarise,
    ) as (store, opened):
        if opened:
            opened.expect(replications)
            positions = [position for position in order if position < replications]
            opened.run([study.chunk(position) for position in positions])
    return store


def shard_of(disk: Disk, number: int, folder: Path) -> None:
    """A finished shard, one of two, of a study."""
    study = study_of(1)
    extent = Extent(REPLICATIONS, shard=f"{number}/2")
    store = ResultStore(folder, disk)
    with session.open_session(
        study, extent, store, command=COMMAND, workers=1, runner=run_tiny, summarise=summarise
    ) as (_, opened):
        opened.expect(REPLICATIONS)
        opened.run([study.chunk(position) for position in range(number - 1, REPLICATIONS, 2)])


class _Scratch(Disk):
    """Parts to join, and the file that they are joined to."""

    def __init__(self, parts: dict[Path, bytes]):
        self.parts = parts
        self.joined = b""

    def open(self, path: Path) -> pa.NativeFile:
        return pa.BufferReader(self.parts[path])

    @contextmanager
    def writing(self, path: Path) -> Iterator[pa.BufferOutputStream]:
        file = pa.BufferOutputStream()
        yield file
        self.joined = file.getvalue().to_pybytes()


def _content(store: ResultStore, path: Path) -> bytes:
    with store.disk.open(path) as file:
        return file.content


@contextmanager
def small() -> Iterator[None]:
    """Leave out what does not belong to the store: what the source is, and tables that need a model."""
    made = environment(run_tiny)
    with (
        patch.multiple(session, environment=lambda runner: made, check_country=lambda: None),
        patch.multiple(session, _source=lambda _: "source", _write_codebook=_codebook),
        patch.multiple(merging, write_codebook=_codebook, tabulate=summarise, Sweep=lambda store: store),
    ):
        yield


@contextmanager
def light() -> Iterator[None]:
    """As `small`, and compute equal tables once: the same bytes reach the disk, at a fifth of the work."""
    known: dict = {}

    def once(key: object, compute: Callable) -> object:
        if key not in known:
            known[key] = compute()
        return known[key]

    read_table, write, to_arrow, join_parts = tables.read_table, tables.write, tables.to_arrow, tables.join_parts
    runs_to_arrow, failures = tables.runs_to_arrow, ResultStore.failures

    def read(file, columns=None, *, coded=(), scenarios=None):
        if not hasattr(file, "content"):
            return read_table(file, columns, coded=coded, scenarios=scenarios)
        key = "read", file.content, tuple(columns or ()), tuple(coded), scenarios
        return once(key, lambda: read_table(file, columns, coded=coded, scenarios=scenarios))

    def written(file, found, schema, layout=tables.LAYOUT):
        found = list(found)
        key = "write", str([table.to_pylist() for table in found]), str(schema.names), str(schema.metadata), str(layout)

        def compute():
            memory = pa.BufferOutputStream()
            write(memory, found, schema, layout)
            return memory.getvalue().to_pybytes()

        file.write(once(key, compute))

    def joined(name, parts, path, disk, label=pa.schema):
        found: dict[Path, bytes] = {}
        for part in (*parts, *parts):  # once for the schema, once for the rows
            with disk.open(part) as file:
                found[part] = file.content

        def compute():
            scratch = _Scratch(found)
            with patch.multiple(tables, read_table=read_table, write=write):
                join_parts(name, parts, path, scratch, label)
            return scratch.joined

        content = once(("join", name, tuple(found.values())), compute)
        with disk.writing(path) as file:
            file.write(content)

    def failed(store):
        content = _content(store, store.path("runs"))
        one = SimpleNamespace(path=store.path, disk=_Scratch({store.path("runs"): content}))
        return list(once(("failures", content), lambda: failures(one)))

    def footer(store, path):
        content = _content(store, path)
        return once(("footer", content), lambda: parquet.read_metadata(pa.BufferReader(content)))

    def arrow(name, columns, **same):
        return once(("arrow", id(columns), str(same)), lambda: to_arrow(name, columns, **same))

    def runs(rows):
        return once(("runs", str(rows)), lambda: runs_to_arrow(rows))

    with (
        small(),
        patch.multiple(tables, read_table=read, write=written, join_parts=joined),
        patch.multiple(tables, to_arrow=arrow, runs_to_arrow=runs),
        patch.multiple(ResultStore, failures=failed, _footer=footer),
    ):
        yield


def _codebook(store: ResultStore) -> None:
    tables = [name for name in store.disk.names(store.folder) if name.endswith(".parquet")]
    store.disk.write(store.path("codebook.csv"), "\n".join(["file", *tables, ""]).encode())
