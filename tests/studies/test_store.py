"""A result folder survives crashes and damage, and has the same bytes for any number of workers."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from fake_worlds import TEN, TODAY, FakeScenario, run_fake
from living import is_alive

from sim.errors import StudyError, StudyInterrupted, StudyStoppedError
from sim.studies import tables
from sim.studies.disk import DISK, Disk
from sim.studies.environment import changes, environment
from sim.studies.execution import ProcessWorkers, Task, ThisProcess, Work, execute
from sim.studies.lock import locked
from sim.studies.session import open_session
from sim.studies.store import ResultStore
from sim.studies.study import Chunk, Extent, Study, folder_name

STUDY = Study("compare", (TODAY, TEN), options={"reference": "today"})


def run(folder, study=STUDY, replications=4, **arguments):
    with open_session(study, Extent(replications), folder, runner=run_fake, **{"workers": 1, **arguments}) as (
        store,
        session,
    ):
        if session:
            session.expect(replications * len(study.scenarios))
            session.run(study.chunk(position) for position in range(replications))
    return store


def bytes_of(store):
    return {path.name: path.read_bytes() for path in sorted(store.folder.glob("*.parquet"))}


def test_a_folder_holds_what_was_run(tmp_path):
    store = run(tmp_path / "result")
    runs, monthly = store.frame("runs"), store.frame("monthly")
    assert list(runs.columns[:6]) == ["scenario", "replication", "seed", "status", "stage", "error"]
    assert runs[["scenario", "replication"]].values.tolist() == [
        [scenario, replication] for scenario in ("ten-hubs", "today") for replication in range(4)
    ]
    assert len(monthly) == 2 * 4 * 12 and monthly["active"].dtype == "float32"
    assert runs["survival_5y"].dtype == "float64"
    assert list(monthly.columns[:3]) == ["scenario", "replication", "month"]
    assert sorted(path.name for path in (store.folder / "resolved").iterdir()) == [
        "ten-hubs.yaml",
        "today.yaml",
    ]
    manifest = store.manifest()
    assert manifest["state"] == "finished"
    assert manifest["runs"] == {"ok": 8, "failed": 0}
    assert manifest["environment"] == environment(run_fake) and manifest["sessions"][0]["hosts"] == 1
    assert not list(store.folder.rglob(".*")), "no lock and no temporary file stay behind"


def test_the_bytes_do_not_depend_on_the_workers_or_on_their_order(tmp_path):
    alone = run(tmp_path / "one")
    together = run(tmp_path / "two", workers=2)
    backwards = Study("compare", (TEN, TODAY), options={"reference": "today"})
    assert backwards.digest == STUDY.digest
    with open_session(backwards, Extent(4), tmp_path / "three", runner=run_fake, workers=1) as (reverse, session):
        session.run(backwards.chunk(position) for position in (3, 1, 0, 2))
    assert bytes_of(alone) == bytes_of(together) == bytes_of(reverse)
    assert set(bytes_of(alone)) == {f"{name}.parquet" for name in ("runs", "monthly", "hubs", "regions", "survival")}


def test_a_column_of_runs_has_one_type_and_null_where_nothing_is_known():
    rows = [
        {"replication": 3, "scenario": "a", "stage": None, "none": float("nan"), "mixed": 1, "yes": True, "late": None},
        {"replication": 3, "scenario": "b", "stage": None, "none": float("nan"), "mixed": 2.5, "yes": False, "more": 7},
    ]
    table = tables.runs_to_arrow(rows)
    types = dict(zip(table.column_names, map(str, table.schema.types), strict=True))
    assert types == {
        "scenario": "string", "replication": "int32", "stage": "string", "none": "double", "mixed": "double",
        "yes": "bool", "late": "string", "more": "double",
    }  # fmt: skip
    assert table.column_names[:2] == ["scenario", "replication"], "what identifies a row comes first"
    assert table.to_pylist()[0] == {
        "scenario": "a", "replication": 3, "stage": None, "none": None, "mixed": 1.0, "yes": True, "late": None,
        "more": None,
    }  # fmt: skip


def test_a_series_has_the_same_types_and_values_from_arrays_as_from_a_frame():
    columns = {
        "month": np.array(["2020-01", None], object),
        "rate": np.array([0.1, np.nan]),
        "count": np.array([1, 2]),
        "open": np.array([True, False]),
        "age_months": np.array([0, 60]),
    }
    table = tables.to_arrow("survival", columns, scenario="a", replication=3)
    assert table.equals(tables.to_arrow("survival", pd.DataFrame(columns), scenario="a", replication=3))
    assert dict(zip(table.column_names, map(str, table.schema.types), strict=True)) == {
        "scenario": "string", "replication": "int32", "age_months": "int32", "month": "string", "rate": "float",
        "count": "float", "open": "bool",
    }  # fmt: skip
    assert table["rate"].to_pylist() == [np.float32(0.1), None] and table["month"].to_pylist() == ["2020-01", None]
    assert (
        tables.to_arrow("survival", {name: values[:0] for name, values in columns.items()}, scenario="a").num_rows == 0
    )


@pytest.mark.parametrize("series", [1, 2**20])
def test_large_studies_are_joined_in_pieces_with_the_same_rows(tmp_path, monkeypatch, series):
    whole = run(tmp_path / "whole").frame("monthly")
    monkeypatch.setattr(tables, "_BYTES_IN_MEMORY", 1)
    monkeypatch.setattr(tables, "_BYTES_OF_SERIES", series)
    pd.testing.assert_frame_equal(run(tmp_path / "pieces").frame("monthly"), whole)


def test_a_study_goes_on_where_it_stopped_and_ends_as_if_it_had_not(tmp_path):
    whole = run(tmp_path / "whole", replications=6)
    with open_session(STUDY, Extent(6), tmp_path / "part", runner=run_fake, workers=1) as (store, session):
        session.run(STUDY.chunk(position) for position in (4, 1))
    store.note(state="running")  # as after kill -9
    (store.folder / "parts" / "runs" / ".replication-00002.parquet.x.tmp").write_bytes(b"PAR1 half")
    store.part("runs", "replication-00003").write_bytes(b"PAR1 broken by somebody")
    stamp = store.part("runs", "replication-00004").stat().st_mtime_ns
    resumed = run(tmp_path / "part", replications=6)
    assert resumed.folder == store.folder
    assert bytes_of(resumed) == bytes_of(whole)
    assert resumed.part("runs", "replication-00004").stat().st_mtime_ns == stamp, "finished parts are kept"
    assert not list(resumed.folder.rglob("*.tmp"))


@pytest.mark.parametrize("damage", ["removed", "cut", "overwritten"])
def test_a_part_that_somebody_damages_is_made_again(tmp_path, damage):
    """Also one of a series: earlier its rows were missing, or the join ended in a traceback."""
    whole = run(tmp_path / "whole")
    with open_session(STUDY, Extent(4), tmp_path / "part", runner=run_fake, workers=1) as (store, session):
        session.run(STUDY.chunk(position) for position in range(2))
    store.note(state="interrupted")
    part = store.part("monthly", "replication-00001")
    content = part.read_bytes()
    if damage == "overwritten":  # the end, by which a part is known to be complete, stays
        part.write_bytes(content[:4] + bytes(200) + content[204:])
        with pytest.raises(StudyStoppedError, match=r"replication-00001.parquet cannot be read; .* Go on with"):
            run(tmp_path / "part")
    else:
        part.unlink()
        if damage == "cut":
            part.write_bytes(content[:100])
    assert bytes_of(run(tmp_path / "part")) == bytes_of(whole)


def test_a_study_is_not_finished_without_a_part_that_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.studies.session._PATIENCE", 1)
    monkeypatch.setattr(Disk, "pause", lambda *_: None)
    with (
        pytest.raises(StudyStoppedError, match=r"1 parts that were written cannot be read.*Go on with"),
        open_session(STUDY, Extent(2), tmp_path, runner=run_fake, workers=1) as (store, session),
    ):
        session.run(STUDY.chunk(position) for position in range(2))
        store.part("runs", "replication-00001").unlink()
    assert store.manifest()["state"] == "stopped"
    assert bytes_of(run(tmp_path, replications=2)) == bytes_of(run(tmp_path / "whole", replications=2))


def test_a_finished_study_is_not_run_again(tmp_path):
    store = run(tmp_path / "result")
    before = store.manifest()
    said = []
    assert run(tmp_path / "result", remark=said.append).manifest() == before
    assert "nothing was run again" in said[0]


def test_more_replications_run_only_the_new_ones(tmp_path):
    store = run(tmp_path / "result", replications=2)
    run(tmp_path / "result", replications=5)
    assert [session["runs"] for session in store.manifest()["sessions"]] == [4, 6]
    assert bytes_of(store) == bytes_of(run(tmp_path / "straight", replications=5))


def test_what_is_different_takes_a_numbered_folder(tmp_path):
    first = run(tmp_path / "result")
    fewer = run(tmp_path / "result", replications=2)
    other_seed = run(tmp_path / "result", Study("compare", (TODAY, TEN), seed=2, options={"reference": "today"}))
    other_policy = run(tmp_path / "result", Study("compare", (TODAY, FakeScenario("ten-hubs", 0.5))))
    names = [store.folder.name for store in (first, fewer, other_seed, other_policy)]
    assert names == ["result", "result-2", "result-3", "result-4"]


def test_an_unfinished_study_of_other_packages_is_refused_with_the_reason(tmp_path):
    store = run(tmp_path / "result")
    manifest = store.manifest()
    store.note(state="interrupted", environment={**manifest["environment"], "numpy": "1.0", "data": "other"})
    with pytest.raises(StudyError, match=r"data has changed; numpy 1\.0 is now"):
        run(tmp_path / "result")
    store.note(state="finished")
    assert run(tmp_path / "result").folder.name == "result-2", "a finished one is left alone"


def test_changes_of_the_environment_are_named():
    assert changes({"numpy": "1", "old": "2"}, {"numpy": "1", "model": "x"}) == [
        "the model's source has changed",
        "old 2 is now absent",
    ]


def test_folders_that_are_not_ours_are_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("everything")
    with pytest.raises(StudyError, match=r"not empty and holds no result of hubsim \(it has thesis.txt\)"):
        run(tmp_path)
    with pytest.raises(StudyError, match="cannot be used"):
        run(tmp_path / "thesis.txt")
    with pytest.raises(StudyError, match="cannot be"):
        run(tmp_path / "thesis.txt" / "below")


def test_two_at_once_are_refused_and_a_dead_holder_is_not_waited_for(tmp_path):
    folder = tmp_path / "result"
    folder.mkdir()
    holding = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from sim.studies.lock import locked\n"
            "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)",
            str(folder),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holding.stdout.readline() == "held\n"
        with pytest.raises(StudyError, match=f"is being written by process {holding.pid}, since "):
            run(folder)
    finally:
        holding.kill()
        holding.communicate()
    assert (folder / ".lock").exists()
    assert run(folder).manifest()["state"] == "finished"


def test_a_lock_is_given_back(tmp_path):
    for _ in range(2):
        with locked(tmp_path), pytest.raises(StudyError), locked(tmp_path):
            pass
    assert not (tmp_path / ".lock").exists()


def test_one_failed_run_costs_nobody_else_and_says_how_to_repeat_it(tmp_path):
    broken = FakeScenario("broken", trouble="error")
    store = run(tmp_path / "result", Study("compare", (TODAY, broken), seed=7))
    runs = store.frame("runs")
    assert runs["status"].value_counts().to_dict() == {"ok": 7, "failed": 1}
    manifest = store.manifest()
    assert manifest["state"] == "finished" and manifest["runs"] == {"ok": 7, "failed": 1}
    assert manifest["failures"] == [
        {
            "scenario": "broken",
            "replication": 1,
            "seed": 7,
            "stage": "run",
            "error": "ZeroDivisionError: division by zero",
            "command": f"hubsim run {store.folder}/resolved/broken.yaml --seed 7 --replication 1",
        }
    ]


def test_what_kills_its_worker_twice_is_recorded_and_tried_again_next_time(tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_DEATHS", str(tmp_path / "deaths"))
    study = Study("compare", (TODAY, FakeScenario("deadly", trouble="killed twice")))
    store = run(tmp_path / "result", study, replications=6, workers=ProcessWorkers(1))
    manifest = store.manifest()
    assert manifest["state"] == "incomplete" and manifest["runs"] == {"ok": 10, "failed": 2}
    assert {failure["replication"] for failure in manifest["failures"]} == {2}
    assert "worker process died" in manifest["failures"][0]["error"]
    assert sorted(set(store.frame("runs")["replication"])) == [0, 1, 3, 4, 5]
    again = run(tmp_path / "result", study, replications=6)
    assert again.folder == store.folder and again.manifest()["state"] == "finished"
    assert [sitting["runs"] for sitting in again.manifest()["sessions"]] == [12, 2]
    assert again.manifest()["runs"] == {"ok": 12, "failed": 0}


class DyingWorkers(ThisProcess):
    """Workers that die of every task, as a pool of processes reports it."""

    def submit(self, work, chunk):
        future = Future()
        future.set_exception(BrokenProcessPool())
        return future


class ForgetfulWorkers(ProcessWorkers):
    """A pool that runs chunks, but dies of every other task."""

    asked = 0

    def submit(self, work, task):
        if isinstance(task, Chunk):
            return super().submit(work, task)
        self.asked += 1
        return DyingWorkers().submit(work, task)


def test_series_are_joined_here_when_the_workers_die_of_it(tmp_path):
    crew = ForgetfulWorkers(1)
    assert bytes_of(run(tmp_path / "two", workers=crew)) == bytes_of(run(tmp_path / "one"))
    assert crew.asked == len(STUDY.record)


def process_of(_):
    return os.getpid()


def test_a_pool_entered_again_stays_and_an_error_drops_what_it_does(tmp_path):
    crew = ProcessWorkers(1)
    with crew:
        with crew:
            first = crew.submit(process_of, 0).result()
        with crew:
            assert crew.submit(process_of, 0).result() == first
        with suppress(ValueError), crew:
            raise ValueError
        assert not is_alive(first)
        second = crew.submit(process_of, 0).result()
    assert not is_alive(second)


def test_workers_that_all_die_stop_the_study(tmp_path):
    chunks = (Chunk(f"chunk-{number}", 2, (TODAY,)) for number in range(20))
    work = Work(ResultStore(tmp_path), 1, (), run_fake)
    with pytest.raises(StudyStoppedError, match="died 3 times in a row"):
        list(execute((Task(chunk, work) for chunk in chunks), DyingWorkers()))
    assert next(chunks, None), "the others were not tried"


def test_a_full_disk_stops_with_a_clear_error_and_can_be_resumed(tmp_path):
    study = Study("compare", (TODAY, FakeScenario("greedy", trouble="unwritable")))
    with pytest.raises(StudyStoppedError, match=r"No space left on device.*Go on with: hubsim compare"):
        run(tmp_path / "result", study, command="hubsim compare")
    store = ResultStore(tmp_path / "result")
    assert store.manifest()["state"] == "stopped"
    assert store.done() == {"replication-00000"}
    assert len(store.frame("runs")) == 2


def test_a_file_is_whole_or_absent(tmp_path, monkeypatch):
    path = tmp_path / "table.parquet"
    DISK.write(path, b"what was there")

    def no_space(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"), DISK.writing(path) as file:
        tables.write(file, [pa.table({"x": [2]})], pa.schema({"x": pa.int64()}))
    assert path.read_bytes() == b"what was there"
    assert [file.name for file in tmp_path.iterdir()] == ["table.parquet"]


def test_an_interrupt_leaves_a_usable_folder_and_the_line_that_resumes(tmp_path):
    study = Study("compare", (TODAY, FakeScenario("ten-hubs", trouble="interrupt")))
    with pytest.raises(StudyInterrupted) as caught:
        run(tmp_path / "result", study, replications=6, command="hubsim compare a.yaml")
    assert caught.value.command == "hubsim compare a.yaml" and caught.value.done == 6
    store = ResultStore(tmp_path / "result")
    assert store.manifest()["state"] == "interrupted"
    assert sorted(set(store.frame("runs")["replication"])) == [0, 1, 2]


def test_folder_names_are_safe():
    scenarios = tuple(FakeScenario(key) for key in ("today", "../a b", "c", "d"))
    assert folder_name(scenarios[:2]) == "today-vs-a-b"
    assert folder_name(scenarios) == "today-vs-a-b-vs-c-and-1-more"


def test_scenarios_of_one_name_cannot_be_told_apart():
    with pytest.raises(StudyError, match="two scenarios are called today"):
        Study("compare", (TODAY, FakeScenario("today", 0.1)))


def test_the_part_that_says_that_a_chunk_is_done_is_written_last(tmp_path):
    class Watched(Disk):
        def writing(self, path):
            written.append(path.parent.name)
            return super().writing(path)

    written: list[str] = []
    part = pa.table({"replication": [0]})
    ResultStore(tmp_path, Watched()).write_part("r0", {"runs": part, "regions": part, "monthly": part})
    assert written[-1] == "runs" and sorted(written) == ["monthly", "regions", "runs"]
