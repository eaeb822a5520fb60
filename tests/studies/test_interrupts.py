"""Ctrl-C and a killed parent leave a usable folder, whatever was running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_worlds import SLOW, TEN, TODAY, run_fake
from living import is_alive

from sim.kernel.compiled import compiled
from sim.kernel.records import kernel
from sim.studies.comparison import compare
from sim.studies.store import ResultStore


def bytes_of(store):
    return {path.name: path.read_bytes() for path in sorted(store.folder.glob("*.parquet"))}


def test_an_interrupt_inside_compiled_code_is_an_interrupt(monkeypatch):
    """Compiled code raises SystemError at Ctrl-C; earlier it counted as a failed run, and the study continued."""

    def machine():
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

    def nothing() -> None: ...

    for make in compiled, kernel:
        monkeypatch.setattr(f"{make.__module__}.fastest", lambda *_: machine)
        with pytest.raises(KeyboardInterrupt):
            make(nothing)()


SLOW_SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from fake_worlds import SLOW, TEN, TODAY, run_fake
import sim.studies.comparison as comparison
from sim.studies.execution import ProcessWorkers
comparison.compare([TODAY, SLOW], replications=500, workers=ProcessWorkers(1), out=sys.argv[1], runner=run_fake,
                   parameters="fixed", progress=lambda p: print(p.done, flush=True), command="python script.py")
"""


@contextmanager
def slow_study(tmp_path):
    """A study in another process that has finished 4 runs; it is killed at the end of the test."""
    script = tmp_path / "script.py"
    script.write_text(SLOW_SCRIPT.format(tests=str(Path(__file__).parents[1] / "helpers")))
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "result")],
        env=os.environ | {"FAKE_PAUSE": "0.2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            while (line := process.stdout.readline()) and int(line) < 4:
                pass
            yield process
        finally:
            process.kill()


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


@needs_proc
def test_ctrl_c_ends_quietly_in_a_script_without_a_main_guard(tmp_path):
    with slow_study(tmp_path) as process:
        os.killpg(process.pid, signal.SIGINT)  # a terminal interrupts workers too
        _, error = process.communicate(timeout=300)
    assert "StudyInterrupted" in error and error.count("Traceback") <= 2 and "Process SpawnProcess" not in error
    store = ResultStore(tmp_path / "result")
    assert store.manifest()["state"] == "interrupted" and len(store.frame("runs")) >= 4


@needs_proc
def test_workers_go_when_the_parent_is_killed_and_the_study_ends_as_if_nothing_had_been(tmp_path):
    with slow_study(tmp_path) as process:
        children = children_of(process.pid)
        process.kill()
    deadline = time.monotonic() + 300
    while any(is_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children and not any(is_alive(child) for child in children)
    manifest = json.loads((tmp_path / "result" / "manifest.json").read_text())
    assert manifest["state"] == "running"

    done = ResultStore(tmp_path / "result").done()
    resumed, whole = (
        compare(
            [TODAY, SLOW],
            replications=len(done) + 2,
            workers=1,
            out=tmp_path / name,
            runner=run_fake,
            parameters="fixed",
        )
        for name in ("result", "whole")
    )
    assert done and resumed.folder == tmp_path / "result"
    assert bytes_of(resumed) == bytes_of(whole)


INTERRUPTED_TABLE = """
import importlib.abc, os, signal, sys
sys.path.insert(0, {tests!r})
from fake_worlds import TEN, TODAY, run_fake
import sim.cli.progress as progress
import sim.report.text.numbers, sim.studies.comparison as comparison
import sim.studies.outcome_effects, sim.studies.results, sim.studies.store
from sim.studies.execution import ProcessWorkers

def ctrl_c():
    print("interrupted in the table", flush=True)
    os.killpg(0, signal.SIGINT)  # a terminal interrupts workers too

def at(holder, name):
    function = getattr(holder, name)
    def interrupted(*arguments, **options):
        setattr(holder, name, function)
        ctrl_c()
        return function(*arguments, **options)
    setattr(holder, name, interrupted)

class AtImport(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "sim.report.text.so_far":
            sys.meta_path.remove(self)
            ctrl_c()

place = sys.argv[2]
if place == "import":
    sys.meta_path.insert(0, AtImport())
elif place == "text":
    import sim.report.text.so_far
    at(sim.report.text.so_far, "as_text")
else:
    places = {{
        "reading": (sim.studies.store.ResultStore, "runs_of"), "effects": (sim.studies.results, "outcome_effects")
    }}
    at(*places[place])
progress.FIRST_TABLE = 0.0
with progress.shown_progress("runs") as watch:
    comparison.compare([TODAY, TEN], replications=8, workers=ProcessWorkers(1), out=sys.argv[1], runner=run_fake,
                       parameters="fixed", progress=watch, command="python script.py")
"""


EIGHT = {"replications": 8, "workers": 1, "runner": run_fake, "parameters": "fixed"}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> dict[str, bytes]:
    """The tables of the same comparison that nobody interrupts."""
    return bytes_of(compare([TODAY, TEN], out=tmp_path_factory.mktemp("whole") / "whole", **EIGHT))


@needs_proc
@pytest.mark.parametrize("place", ["import", "reading", "effects", "text"])
def test_ctrl_c_in_the_first_table_of_a_running_comparison_ends_it_as_any_other(tmp_path, uninterrupted, place):
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED_TABLE.format(tests=str(Path(__file__).parents[1] / "helpers")))
    ended = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "result"), place],
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=300,
        check=False,
    )
    assert ended.stdout.splitlines() == ["interrupted in the table"], ended.stderr
    assert "StudyInterrupted: interrupted; " in ended.stderr and "Process SpawnProcess" not in ended.stderr
    store = ResultStore(tmp_path / "result")
    assert store.manifest()["state"] == "interrupted"
    runs, differences = store.frame("runs"), store.frame("differences.csv")
    assert 0 < len(runs) < 16 and set(runs["status"]) == {"ok"} and len(differences)
    resumed = compare([TODAY, TEN], out=tmp_path / "result", **EIGHT)
    assert resumed.folder == tmp_path / "result" and bytes_of(resumed) == uninterrupted
