"""A sweep that is killed at random moments, or fills its disk, ends with the same numbers."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from sweeps import GRID, numbers, run, written

from sim.errors import StudyStoppedError
from sim.studies.disk import Disk
from sim.studies.status import status_of
from sim.studies.store import ResultStore

HELPERS = Path(__file__).parents[1] / "helpers"
SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from design_worlds import run_numbers
from sim.studies.sweep import sweep
from sim.studies.experiment import load_experiment
sweep(load_experiment(sys.argv[1]), workers=2, out=sys.argv[2], runner=run_numbers, command="again",
      progress=lambda progress: print(progress.done, flush=True))
"""

needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


@contextmanager
def started(folder):
    """A sweep of 360 runs in another process that has finished 20 of them; it is killed at the end of the test."""
    script = folder / "script.py"
    script.write_text(SCRIPT.format(tests=str(HELPERS)))
    with subprocess.Popen(
        [sys.executable, str(script), str(folder / "study.yaml"), str(folder / "killed")],
        env=os.environ | {"HUBSIM_TEST_PAUSE": "0.004"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            while (line := process.stdout.readline()) and int(line) < 20:
                pass
            yield process
        finally:
            process.kill()


def workers_of(process: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return [child for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()]


@needs_proc
@pytest.mark.parametrize("rounds", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_the_parent_is_killed_again_and_again(tmp_path, rounds):
    experiment = written(tmp_path, GRID.replace("replications: 3", "replications: 12"))
    whole = run(experiment, tmp_path / "whole")
    chance = random.Random(4)
    for _ in range(rounds):
        with started(tmp_path) as process:
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
        status = status_of(ResultStore(tmp_path / "killed"))
        assert status.state == "stopped" and 0 < status.done <= 360 == status.total
        assert "Go on with: again" in str(status)
    resumed = run(experiment, tmp_path / "killed")
    assert resumed.manifest["sessions"][0]["runs"] < 360
    assert numbers(resumed) == numbers(whole)
    assert not list(resumed.folder.rglob("*.tmp"))


@needs_proc
def test_status_is_told_from_outside_and_a_killed_worker_costs_nothing(tmp_path):
    experiment = written(tmp_path, GRID.replace("replications: 3", "replications: 12"))
    with started(tmp_path) as process:
        status = status_of(ResultStore(tmp_path / "killed"))
        assert status.state == "running" and 20 <= status.done <= status.total == 360
        assert str(status).startswith("running: ")
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        process.communicate(timeout=300)
    said = []
    ended = run(experiment, tmp_path / "killed", remark=said.append)
    assert "nothing was run again" in said[0] and ended.manifest["runs"] == {"ok": 360, "failed": 0}
    assert numbers(ended) == numbers(run(experiment, tmp_path / "whole"))


def test_a_full_disk(tmp_path, monkeypatch):
    experiment, room = written(tmp_path, GRID), 300_000

    class OnFullDisk(FileIO):
        """A file on a disk with room for a limited number of bytes."""

        def write(self, content):
            nonlocal room
            room -= memoryview(content).nbytes
            if room < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(content)

    with monkeypatch.context() as full:
        full.setattr(Disk, "create", lambda disk, path: OnFullDisk(path, "wb"))
        with pytest.raises(StudyStoppedError, match=r"No space left on device.*Go on with"):
            run(experiment, tmp_path / "result", replications=60)
    files = list(tmp_path.rglob("*.parquet"))
    assert ResultStore(tmp_path / "result").done() and all(parquet.read_metadata(path).num_rows for path in files)
    assert not list(tmp_path.rglob("*.tmp"))
    resumed = run(experiment, tmp_path / "result", replications=60)
    assert resumed.manifest["sessions"][-1]["runs"] < 1800
    assert numbers(resumed) == numbers(run(experiment, tmp_path / "whole", replications=60))
