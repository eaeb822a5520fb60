"""A session of work on a study: run the chunks that are missing, keep those that exist, write the tables on exit."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from sim.country.data import check_country
from sim.errors import StudyInterrupted, StudyStoppedError, said
from sim.kernel.compiled import tell_whether_kept
from sim.studies.claim import claim_folder
from sim.studies.environment import environment
from sim.studies.execution import (
    FailedRun,
    ProcessWorkers,
    Progress,
    Receipt,
    Task,
    ThisProcess,
    Work,
    Workers,
    cannot_write,
    execute,
    workers_for,
)
from sim.studies.lock import locked
from sim.studies.program import digest_of, source_files
from sim.studies.record import RECORD, TABLES, fingerprint_of, hashes, mend, seal, write_record
from sim.studies.status import Journal
from sim.studies.store import ResultStore
from sim.studies.study import Chunk, Extent, Study
from sim.studies.worlds import Runner, run_policies

WHOLE = ("finished", "incomplete")
"""States of a study whose folder gets a record."""
MAX_LISTED_FAILURES = 1000
"""Largest number of failures that the manifest lists; `runs` has all."""
_PATIENCE = 90
"""Seconds to wait for parts that another machine wrote: network drives keep what they know of a folder for a minute."""

OnProgress = Callable[[Progress], None]
Summary = Callable[[ResultStore], None]


class Session:
    """An open study; `run` runs its chunks."""

    def __init__(self, store: ResultStore, study: Study, workers: Workers, work: Work, watch: OnProgress):
        self.store, self.study = store, study
        self.progress = Progress(None)
        self.lost: list[FailedRun] = []
        self._asked: list[str] = []
        self._written: set[str] = set()
        self._hosts: set[str] = set()
        self._workers, self._work, self._watch = workers, work, watch
        self._there = store.done()
        self._rows: dict[Callable[[str], bool] | None, dict[str, pd.DataFrame]] = {}
        self._began = store.disk.now()
        self._journal = Journal(store)

    @property
    def keys(self) -> list[str]:
        """Keys of the requested chunks that are done, sorted."""
        return sorted(self.store.done().intersection(self._asked))

    def expect(self, runs: int) -> None:
        """Set the total number of runs, for the progress."""
        self.progress.total = runs
        self.store.note(expected=runs)

    def run(self, chunks: Iterable[Chunk], keys: Iterable[str] | None = None, *, beside: Beside | None = None) -> None:
        """Run the chunks that are not done yet; return when each has a part or has failed.

        If the `keys` of all chunks are given, `chunks` may be an iterator that creates one chunk at a time.
        Chunks of another session, `beside`, follow in the same queue, so that no worker is idle meanwhile.
        """
        if keys is None:
            chunks = list(chunks)
            keys = [chunk.key for chunk in chunks]
        shares = [(self, chunks, keys)]
        if beside is not None:
            other, others = beside
            shares.append((other, others, [chunk.key for chunk in others]))
        for session, _, asked in shares:
            session._asked.extend(asked)
            session._tell()
        owners = {id(session._work): session for session, _, _ in shares}
        tasks = chain.from_iterable(session._tasks(wanted) for session, wanted, _ in shares)
        for task, receipt in execute(tasks, self._workers):
            owners[id(task.work)]._receive(receipt)
        for session, _, _ in shares:
            session._tell()

    def _tasks(self, chunks: Iterable[Chunk]) -> Iterator[Task]:
        return (Task(chunk, self._work) for chunk in self._missing(chunks))

    def _receive(self, receipt: Receipt) -> None:
        self.progress.done += receipt.runs
        self.progress.failed += len(receipt.failures)
        if receipt.written:
            self._hosts.add(receipt.host)
            self._written.add(receipt.key)
        else:
            self.lost.extend(receipt.failures)
        self._tell()

    def measure[Result](self, work: Callable[[Chunk], Result], chunk: Chunk) -> Result | None:
        """Run other work on a chunk in a worker, such as timing it; returns None if the worker dies."""
        try:
            return self._workers.submit(work, chunk).result()
        except BrokenExecutor:
            self._workers.restart()
            return None

    @property
    def workers(self) -> int:
        """Number of chunks that run at a time."""
        return self._workers.count

    def _missing(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            if chunk.key in self._there:
                self.progress.done += len(chunk.scenarios)
                self.progress.kept += len(chunk.scenarios)
                self._written.add(chunk.key)
            else:
                yield chunk

    def _tell(self) -> None:
        self._watch(self.progress)
        self._journal.write(self.progress)

    def runs(self, wanted: Callable[[str], bool] | None = None) -> pd.DataFrame:
        """Rows of `runs` so far, sorted by chunk, with all columns or those that are `wanted`.

        Each part is read only once for the same function `wanted`.
        """
        read = self._rows.setdefault(wanted, {})
        for key in self.keys:
            if key not in read:
                read[key] = self.store.runs_of([key], wanted)
        return pd.concat([read[key] for key in sorted(read)], ignore_index=True) if read else pd.DataFrame()

    def end(self, state: str, summarise: Summary, joiners: Workers) -> int:
        """Join the finished parts, write the tables, and note the `state` of the study; returns the number of runs.

        Raises:
            StudyStoppedError: the study is said to be finished, but parts that were written are not there.
        """
        keys = self._all_keys() if state == "finished" else self.keys
        failures: list[dict[str, Any]] = []
        runs = 0
        if keys:
            self._join(keys, summarise, joiners)
            _write_codebook(self.store)
            failures = self.store.failures()
            runs = self.store.rows()
        kept = {"ok": runs - len(failures), "failed": len(failures) + len(self.lost)}
        for lost in self.lost:
            command = self.store.repeat_command(lost.scenario, self.study.seed, lost.replication)
            failures.append({**asdict(lost), "seed": self.study.seed, "command": command})
        session = {
            "began": self._began.isoformat(timespec="seconds"),
            "seconds": round(self.progress.seconds, 1),
            "workers": self._workers.count,
            "hosts": len(self._hosts),
            "runs": self.progress.done - self.progress.kept,
        }
        sessions = [*self.store.manifest().get("sessions", []), session]
        self._journal.close()
        self.store.remove_unfinished()
        files = hashes(self.store) if state in WHOLE else {}
        fingerprint = {"fingerprint": fingerprint_of(self.store.manifest(), files)} if files else {}
        self.store.note(
            state=state,
            chunks=len(keys),
            runs=kept,
            failures=failures[:MAX_LISTED_FAILURES],
            sessions=sessions,
            tables_by=_source(summarise),
            **fingerprint,
        )
        if files:
            write_record(self.store, files)
        return runs

    def _all_keys(self) -> list[str]:
        """As `keys`, when all parts are seen that were written: those of another machine may be seen late."""
        for _ in range(_PATIENCE):
            keys = self.keys
            unseen = self._written.difference(keys)
            if not unseen:
                return keys
            self.store.disk.pause(1.0)
        first = self.store.part("runs", min(unseen))
        raise StudyStoppedError(
            said("{unseen} parts that were written cannot be read, such as {first}", unseen=len(unseen), first=first)
        )

    def _join(self, keys: list[str], summarise: Summary, joiners: Workers) -> None:
        """Join the parts: `joiners` join the series, while this process joins and summarises the runs."""
        store = self._work.store
        try:
            series = [joiners.submit(partial(store.join, table), keys) for table in self.study.record]
            store.join("runs", keys)
            summarise(self.store)
            for joined in series:
                joined.result()
        except BrokenExecutor:  # a worker was killed: memory may suffice for one process
            joiners.restart()
            self._join(keys, summarise, ThisProcess())


Beside = tuple[Session, Sequence[Chunk]]
"""A session, and chunks of it that run beside those of another."""


def together(progress: OnProgress | None) -> tuple[OnProgress, OnProgress]:
    """The watchers of two sessions that share their workers: either calls `progress` with the progress of both."""
    seen: dict[int, Progress] = {}

    def watch(number: int, found: Progress) -> None:
        seen[number] = found
        if progress:
            progress(found + seen[1 - number] if 1 - number in seen else found)

    return partial(watch, 0), partial(watch, 1)


def _nothing(store: ResultStore) -> None:
    """Write no tables."""


def _write_codebook(store: ResultStore) -> None:
    """Describe the columns of all tables."""
    from sim.studies.codebook import write_codebook  # it loads the model

    write_codebook(store)


def _source(summarise: Summary) -> str:
    """Digest of the source that writes the tables and describes them."""
    return digest_of(source_files(summarise, _write_codebook))


def _first_of(stop: OSError | StudyStoppedError) -> OSError | StudyStoppedError:
    """What stopped a study at first: a session within another one has told already what it kept."""
    while isinstance(stop.__cause__, OSError | StudyStoppedError):
        stop = stop.__cause__
    return stop


def _stopped(stop: OSError | StudyStoppedError, store: ResultStore, command: str) -> StudyStoppedError:
    """What a person is told of a study that was stopped."""
    first = _first_of(stop)
    reason = first if isinstance(first, StudyStoppedError) else cannot_write(first)
    return StudyStoppedError(
        said(
            "{reason}. What is done is kept in {folder}. Go on with: {command}",
            reason=reason,
            folder=store.folder,
            command=command,
        )
    )


def _interrupted(
    store: ResultStore, session: Session | None, summarise: Summary, command: str
) -> StudyStoppedError | StudyInterrupted:
    """Keep what is done after Ctrl-C, and give the error to raise; a second Ctrl-C leaves the parts as they are."""
    kept = 0
    try:
        if session:
            kept = session.progress.done
            kept = session.end("interrupted", summarise, ThisProcess())
    except (OSError, StudyStoppedError) as stop:
        return _stopped(stop, store, command)
    except KeyboardInterrupt:
        pass
    return StudyInterrupted(store.folder, command, kept)


def _bring_up_to_date(store: ResultStore, summarise: Summary, remark: Callable[[str], None]) -> None:
    """Write the tables of a finished study again if other source code wrote them, and mark its figures as missing.

    Where a study was finished, but its process died before it wrote the record, that is written now.
    """
    source = _source(summarise)
    same = store.manifest().get("tables_by") == source or summarise is _nothing
    if same and store.has(RECORD):
        return
    try:
        with locked(store.folder, store.disk):
            store.remove_unfinished()
            mend(store)
            if same:
                return
            summarise(store)
            _write_codebook(store)
            store.note(tables_by=source, figures=[])
            seal(store, *(f"{table}.csv" for table in TABLES))
    except OSError as error:
        remark(f"the tables in {store.folder} stay as another version wrote them: {error.strerror or error}")


@contextmanager
def open_session(
    study: Study,
    extent: Extent,
    base: Path | ResultStore,
    *,
    command: str | None = None,
    workers: int | Workers | None = None,
    runner: Runner = run_policies,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
    summarise: Summary = _nothing,
) -> Iterator[tuple[ResultStore, Session | None]]:
    """Open a study in `base` or a numbered folder beside it; yields its store, and a session or None if it is finished.

    At the end of the block, also after an error, the parts are joined, `summarise` writes the tables, and the manifest
    records the state: `finished`, `incomplete` (some chunks failed and can be tried again), `interrupted` or `stopped`.

    Args:
        study: the study.
        extent: how far to run it.
        base: the result folder.
        command: command that repeats the study; the present command line by default.
        workers: number of processes (one per processor by default), or an existing pool.
        runner: function that runs a chunk.
        progress: called with a `Progress` after runs have ended.
        remark: called with sentences about the folder.
        summarise: writes the tables that are computed from `runs`.

    Raises:
        StudyError: the folder cannot be used.
        CountryError: a table of the country is wrong.
        StudyStoppedError: results cannot be written, or workers keep dying.
        StudyInterrupted: the user pressed Ctrl-C.
    """
    command = command or shlex.join(["hubsim", *sys.argv[1:]])
    check_country()
    made = environment(runner)
    with claim_folder(base, study, extent, made) as claimed:
        if claimed.remark and remark:
            remark(claimed.remark)
        store = claimed.store
        if claimed.finished:
            _bring_up_to_date(store, summarise, remark or (lambda text: None))
            yield store, None
            return
        if remark:
            tell_whether_kept(remark)
            if study.draws and study.draws.weights:
                remark(study.draws.weights.sentence)
        crew = workers_for(workers, extent.replications)
        work = Work(store.at(store.folder.absolute()), study.seed, study.record, runner)
        session = None
        try:
            store.begin(study, extent, command, made)
            session = Session(store, study, crew, work, progress or (lambda _: None))
            with crew:
                yield store, session
                # Files of another machine may become visible late, so only workers of this machine join parts.
                joiners = crew if isinstance(crew, ProcessWorkers) else ThisProcess()
                runs = session.end("incomplete" if session.lost else "finished", summarise, joiners)
        except (KeyboardInterrupt, StudyInterrupted):
            raise _interrupted(store, session, summarise, command) from None
        except (OSError, StudyStoppedError) as stop:
            if session:
                with suppress(OSError, StudyStoppedError):
                    store.note(state="stopped")
                    session.end("stopped", summarise, ThisProcess())
            raise _stopped(stop, store, command) from stop
        if session.lost and not runs:
            raise StudyStoppedError(
                said("no run was finished; the first failed with: {error}", error=session.lost[0].error)
            )
