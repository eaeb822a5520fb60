"""Whatever kills a study or fails below it: it goes on, and ends with the same bytes as if nothing had happened."""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from crashes.disk import SimulatedDisk
from crashes.replay import Broken, expected, replay
from crashes.schedule import KINDS, SECOND, TASKS, schedule_of
from crashes.study import light, small

from sim.studies.disk import Disk
from sim.studies.session import Session
from sim.studies.store import ResultStore

IN_EACH_RUN, IN_ALL, AT_ONCE = 2_000, 100_000, 5_000
ONCE_BROKEN = 33_856, 63_888, 74_908, 90_258
"""33,856: a merge that went on took for safe the name of a scenario's file whose writer had died before it flushed the
folder; a later power failure took it. Others: a power failure kept the temporary file of a record, whose study was
finished, and nobody removed it later."""


@pytest.fixture
def quick():
    with light():
        yield


def test_two_thousand_schedules(quick):
    for number in range(IN_EACH_RUN):
        replay(number)


@pytest.mark.parametrize("number", ONCE_BROKEN)
def test_schedules_that_once_broke(quick, number):
    replay(number)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, IN_ALL, AT_ONCE))
def test_a_hundred_thousand_schedules(quick, first):
    for number in range(first, first + AT_ONCE):
        replay(number)


def test_a_number_is_a_schedule_and_all_kinds_come():
    schedules = [schedule_of(number)[0] for number in range(300)]
    assert schedules == [schedule_of(number)[0] for number in range(300)]
    assert {fault.kind for one in schedules for life in one.lives for fault in life} == {*KINDS}
    assert {one.task for one in schedules} == {*TASKS} and {one.second for one in schedules} == {*SECOND}


def test_a_failure_names_its_schedule_and_how_to_see_it_again(quick):
    with patch.object(SimulatedDisk, "sync_folder", unflushed), pytest.raises(Broken) as caught:
        for number in range(100):
            replay(number)
    assert str(caught.value).startswith(f"schedule {number}: ")
    assert str(caught.value).endswith(f"replay it with: uv run poe crash-schedules {number}")


@pytest.mark.parametrize(("whose", "task"), [("first", "fresh"), ("first", "merged")])
def test_tables_that_are_computed_once_have_the_same_bytes(whose, task):
    with small():
        whole = expected.__wrapped__(whose, task)
    with light():
        assert expected.__wrapped__(whose, task) == whole
    assert {"manifest.json", "runs.parquet", "monthly.parquet", "summary.csv"} < whole.keys()


def unflushed(disk, what):
    disk.machine.call("sync", str(what))


@contextmanager
def renamed_before_it_is_flushed(disk, path):
    temporary = path.with_name(".early.tmp")
    with disk.create(temporary) as file:
        yield file
        disk.rename(temporary, path)
        disk.sync_folder(path.parent)
        disk.sync(file)


@contextmanager
def under_its_own_name(disk, path):
    with disk.create(path) as file:
        yield file
        disk.sync(file)
    disk.sync_folder(path.parent)


@contextmanager
def without_complaint(disk, path, *, writing=Disk.writing):
    with suppress(OSError), writing(disk, path) as file:
        yield file


def finished_before_the_tables(session, *arguments, join=Session._join):
    session.store.note(state="finished", chunks=3, runs={"ok": 3, "failed": 0})
    join(session, *arguments)


def nothing(*_):
    return None


MISTAKES = {
    "content is not flushed": partial(patch.object, SimulatedDisk, "sync", unflushed),
    "names are not flushed": partial(patch.object, SimulatedDisk, "sync_folder", unflushed),
    "a file is renamed before it is flushed": partial(patch.object, Disk, "writing", renamed_before_it_is_flushed),
    "a file is written under its own name": partial(patch.object, Disk, "writing", under_its_own_name),
    "a full disk is passed over": partial(patch.object, Disk, "writing", without_complaint),
    "the lock is passed over": partial(patch, "sim.studies.claim.locked", lambda *_: nullcontext()),
    "finished is said before the tables are there": partial(patch.object, Session, "_join", finished_before_the_tables),
    "temporary files stay": partial(patch.object, ResultStore, "remove_unfinished", nothing),
    "parts of other machines are not waited for": partial(patch.object, Session, "_all_keys", lambda one: one.keys),
    "what is done is forgotten": partial(patch.object, ResultStore, "done", lambda _: set()),
}
"""Deliberate mistakes of the store."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_schedules_notice_a_mistake_of_the_store(quick, mistake):
    with MISTAKES[mistake](), pytest.raises(Broken):
        for number in range(300):
            replay(number)


def test_the_real_disk_flushes_the_content_before_the_name_and_the_name_before_it_goes_on(tmp_path, monkeypatch):
    calls = []
    rename, sync = Path.replace, os.fsync
    monkeypatch.setattr(
        "os.fsync", lambda file: (calls.append(str(Path(f"/proc/self/fd/{file}").readlink())), sync(file))
    )
    monkeypatch.setattr(Path, "replace", lambda path, to: (calls.append("rename"), rename(path, to)))
    disk = Disk()
    disk.make(tmp_path / "new")
    disk.write(tmp_path / "new" / "file", b"content")
    made, content, renamed, names = calls
    assert (made, renamed, names) == (str(tmp_path), "rename", str(tmp_path / "new"))
    assert Path(content).parent == tmp_path / "new" and content.endswith(".tmp")
