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
from fake_worlds import SLOW, TODAY, run_fake
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
from fake_worlds import SLOW, TODAY, run_fake
import sim.studies.comparison as comparison
comparison.compare([TODAY, SLOW], replications=500, workers=2, out=sys.argv[1], runner=run_fake, parameters="fixed",
                   progress=lambda p: print(p.done, flush=True), command="python script.py")
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
