"""Runs chunks on processes: starts workers, replaces workers that die, and stops cleanly."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, cast

import pyarrow as pa

from sim.errors import StudyStoppedError, said
from sim.scenario.arguments import number
from sim.studies import tables
from sim.studies.store import ResultStore
from sim.studies.study import Chunk
from sim.studies.worlds import Runner, RunResult, describe, run_policies
from sim.system.processes import exit_with_parent, isolated_spawn

if TYPE_CHECKING:
    from sim.studies.results import Results

_MAX_DEATHS = 3
MAX_PROCESSES = 61 if sys.platform == "win32" else 1024
"""Largest number of processes; Windows cannot wait for more handles at a time."""


@dataclass(frozen=True)
class FailedRun:
    """A run that failed, with its stage (build, run, measure or write) and its error in one line."""

    scenario: str
    replication: int
    stage: str
    error: str


@dataclass(frozen=True)
class Receipt:
    """A worker's answer for a chunk: numbers and failures, but no results, because these are in the chunk's part."""

    key: str
    runs: int
    failures: tuple[FailedRun, ...] = ()
    host: str = ""
    written: bool = True


@dataclass(frozen=True)
class Task:
    """A chunk, and the work on it; chunks of several studies may be in one queue."""

    chunk: Chunk
    work: Callable[[Chunk], Receipt]


@dataclass(frozen=True)
class Work:
    """The work of a worker: it runs a chunk and writes its part. It is sent to the worker with each chunk."""

    store: ResultStore
    seed: int
    record: tuple[str, ...]
    runner: Runner = run_policies

    def __call__(self, chunk: Chunk) -> Receipt:
        """Run a chunk and write its part; raises OSError if the part cannot be written."""
        rows, failures = [], []
        series: dict[str, list[pa.Table]] = {name: [] for name in self.record}
        for run in self.runner(chunk, self.seed, self.record):
            frames, run = _tables_of(run, chunk.replication)
            for name, table in frames.items():
                series[name].append(table)
            if run.stage is not None:
                failures.append(FailedRun(run.scenario, chunk.replication, run.stage, run.error or ""))
            rows.append(
                {
                    "scenario": run.scenario,
                    "replication": chunk.replication,
                    "seed": self.seed,
                    "status": "ok" if run.stage is None else "failed",
                    "stage": run.stage,
                    "error": run.error,
                    **({} if chunk.draw is None else chunk.draw.columns),
                    **run.factors,
                    **run.outcomes,
                    **run.channels,
                }
            )
        parts = {name: tables.stack(found) for name, found in series.items() if found}
        self.store.write_part(chunk.key, {**parts, "runs": tables.runs_to_arrow(rows)})
        return Receipt(chunk.key, len(rows), tuple(failures), platform.node())


def _tables_of(run: RunResult, replication: int) -> tuple[dict[str, pa.Table], RunResult]:
    """Convert the series of a run to tables; if one cannot be converted, the run fails at the stage `write`."""
    try:
        return {
            name: tables.to_arrow(name, columns, scenario=run.scenario, replication=replication)
            for name, columns in run.series.items()
        }, run
    except Exception as error:
        return {}, RunResult(run.scenario, stage="write", error=describe(error), factors=run.factors)


class Workers(Protocol):
    """An object that runs chunks: this process, a pool of processes, or a cluster."""

    @property
    def count(self) -> int:
        """Number of chunks that run at a time."""

    @property
    def room(self) -> int:
        """Largest number of submitted chunks, running or queued."""

    def submit[Task, Result](self, work: Callable[[Task], Result], task: Task) -> Future[Result]:
        """Start or queue a task, usually a chunk."""

    def restart(self) -> None:
        """Replace workers that died."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class ThisProcess:
    """Runs each chunk immediately in this process."""

    count = room = 1

    def submit[Task, Result](self, work: Callable[[Task], Result], task: Task) -> Future[Result]:
        """Run a task and return its finished future."""
        future: Future[Result] = Future()
        try:
            future.set_result(work(task))
        except Exception as error:
            future.set_exception(error)
        return future

    def restart(self) -> None:
        """Do nothing: there are no workers to replace."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None


class ProcessWorkers:
    """A pool of fresh processes (method "spawn", which is safe with threads in the parent).

    Workers hold one end of a pipe. When the parent closes the other end, or dies, they exit at once. Their files are
    complete or absent, so only the runs in progress are lost.

    A `with` block may be nested in another one of the same pool: the workers and their loaded modules stay until the
    outermost block ends. An error cancels their work at once.
    """

    def __init__(self, count: int):
        self.count, self.room = count, 2 * count
        self._depth = 0

    def submit[Task, Result](self, work: Callable[[Task], Result], task: Task) -> Future[Result]:
        """Queue a task; start a process for it if none is idle."""
        with isolated_spawn():
            return self._pool.submit(work, task)

    def get_ready(self, preparation: Callable[[int], None]) -> None:
        """Start all processes, each with a preparation for its work; its argument is the number of the process."""
        for number_of_process in range(self.count):
            self.submit(preparation, number_of_process)

    def restart(self) -> None:
        """Stop the pool and start a new one."""
        self._stop()
        self._start()

    def __enter__(self) -> Self:
        if not self._depth:
            self._start()
        self._depth += 1
        return self

    def __exit__(self, *error: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._stop()
        elif any(error):
            self.restart()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._child_pipe, self._parent_pipe = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            self.count, mp_context=context, initializer=exit_with_parent, initargs=(self._child_pipe,)
        )

    def _stop(self) -> None:
        self._parent_pipe.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._child_pipe.close()


def workers_for(workers: int | Workers | None, tasks: int) -> Workers:
    """The workers for a number of tasks, such as chunks.

    Args:
        workers: number of processes, None for one per available processor, or existing workers, which are returned.
        tasks: number of tasks; no more processes than tasks are used.

    Returns:
        A pool, or this process if one process suffices or if it may not have children (a `daemon`).

    Raises:
        StudyError: `workers` is not a valid number of processes.
    """
    if hasattr(workers, "submit"):
        return cast("Workers", workers)
    if workers is None:
        processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    else:
        processes = number("workers", workers)
    count = min(processes, tasks, MAX_PROCESSES)
    return ProcessWorkers(count) if count > 1 and not multiprocessing.current_process().daemon else ThisProcess()


def execute(tasks: Iterable[Task], workers: Workers) -> Iterator[tuple[Task, Receipt]]:
    """Run tasks and yield each with its receipt as it finishes.

    If a worker dies (killed, or out of memory), any of the submitted tasks may be the cause. Each is run once more,
    alone: a chunk whose worker dies again is recorded as failed, and the others lose nothing.

    Raises:
        StudyStoppedError: results cannot be written, or workers keep dying.
    """
    waiting, suspects = iter(tasks), deque[Task]()
    flying: dict[Future[Receipt], Task] = {}
    deaths, more = 0, True
    while more or suspects or flying:
        alone = bool(suspects)
        source, room = (_drained(suspects), 1) if alone else (waiting, workers.room)
        broken = False
        while len(flying) < room and not broken:
            following = next(source, None)
            if following is None:
                more &= alone
                break
            try:
                flying[workers.submit(following.work, following.chunk)] = following
            except BrokenExecutor:
                broken = True
                suspects.append(following)
        if flying and not broken:
            wait(flying, return_when=FIRST_COMPLETED)
        lost = []
        for future in [future for future in flying if future.done()]:
            task = flying.pop(future)
            try:
                receipt = future.result()
            except BrokenExecutor:
                broken = True
                lost.append(task)
            except OSError as error:
                raise cannot_write(error) from error
            except CancelledError:
                raise StudyStoppedError(
                    said("the workers are gone: the scheduler has dropped what it was given")
                ) from None
            except Exception as error:
                yield task, _lost(task.chunk, "write", describe(error))
            else:
                deaths = 0
                yield task, receipt
        if not broken:
            continue
        lost.extend(flying.values())
        flying.clear()
        workers.restart()
        if alone and lost:
            deaths += 1
            yield lost[0], _lost(lost[0].chunk, "run", "the worker process died (killed, or out of memory), twice")
        else:
            suspects.extend(lost)
        if deaths == _MAX_DEATHS:
            raise StudyStoppedError(
                said(
                    "worker processes died {deaths} times in a row and finished nothing; is there enough memory?",
                    deaths=deaths,
                )
            )


def _drained(queue: deque[Task]) -> Iterator[Task]:
    while queue:
        yield queue.popleft()


def cannot_write(error: OSError) -> StudyStoppedError:
    """The error to raise when results cannot be written."""
    return StudyStoppedError(said("results cannot be written: {reason}", reason=error.strerror or error))


def _lost(chunk: Chunk, stage: str, error: str) -> Receipt:
    failures = tuple(FailedRun(one.key, chunk.replication, stage, error) for one in chunk.scenarios)
    return Receipt(chunk.key, len(failures), failures, written=False)


def duration(seconds: float) -> str:
    """A time as `2:07`, from an hour on as `41:45:59`."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


class Progress:
    """Numbers of runs: `total` (None if unknown), `done`, `failed`, and `kept` (done in earlier sessions).

    A comparison sets `so_far`: a function that gives the comparison of the worlds that have ended; None if none has.
    """

    def __init__(self, total: int | None):
        self.total, self.done, self.failed, self.kept = total, 0, 0, 0
        self.so_far: Callable[[], Results | None] | None = None
        self._began = time.perf_counter()

    def __add__(self, other: Progress) -> Progress:
        """The progress of two sessions that share their workers."""
        both = Progress(None if self.total is None or other.total is None else self.total + other.total)
        both.done, both.failed, both.kept = (
            getattr(self, name) + getattr(other, name) for name in ("done", "failed", "kept")
        )
        both._began = min(self._began, other._began)
        both.so_far = self.so_far or other.so_far
        return both

    @property
    def seconds(self) -> float:
        """Seconds since the session began."""
        return time.perf_counter() - self._began

    @property
    def rate(self) -> float | None:
        """Runs per second in this session; None before the first run has ended."""
        fresh = self.done - self.kept
        return fresh / self.seconds if fresh and self.seconds > 0 else None

    @property
    def remaining(self) -> float | None:
        """Estimated seconds until the end at the present rate; None if unknown."""
        fresh = self.done - self.kept
        return None if not fresh or self.total is None else self.seconds * (self.total - self.done) / fresh
