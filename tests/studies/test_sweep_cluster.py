"""A study on a real Dask scheduler on loopback, with workers that are killed, gives the same bytes."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from design_worlds import run_numbers
from test_sweep import GRID, numbers, run, written

from sim.errors import StudyError

pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
HELPERS = Path(__file__).parents[1] / "helpers"


class Cluster:
    """A scheduler and its workers, from the `dask` command line."""

    def __init__(self, folder: Path):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        port = self.address.rpartition(":")[2]
        self.processes = [self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")]

    def worker(self, pause: float = 0.0) -> subprocess.Popen:
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
        self.processes.append(self._start("worker", self.address, *options, pause=pause))
        return self.processes[-1]

    def _start(self, *arguments: str, pause: float = 0.0) -> subprocess.Popen:
        paths = os.pathsep.join([str(HELPERS), str(HELPERS.parents[1])])
        environment = os.environ | {"PYTHONPATH": paths, "HUBSIM_TEST_PAUSE": str(pause)}
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.studies.cluster.PATIENCE", 300)  # a busy machine starts a scheduler slowly
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


@pytest.mark.parametrize("rounds", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_two_dask_workers_give_the_same_bytes_and_one_is_killed(cluster, tmp_path, rounds):
    experiment = written(tmp_path, GRID.replace("replications: 3", f"replications: {10 * rounds}"))
    workers = [cluster.worker(pause=0.002) for _ in range(2)]
    chance = random.Random(5)
    moments = [300 * number + chance.randrange(60, 240) for number in range(rounds)]

    def kill(progress):
        if moments and progress.done > moments[0]:
            moments.pop(0)
            os.kill(workers.pop(0).pid, signal.SIGKILL)
            workers.extend([cluster.worker(pause=0.002)] if moments else [])

    there = run(experiment, tmp_path / "dask", workers=None, cluster=cluster.address, progress=kill)
    assert not moments and there.manifest["runs"] == {"ok": 300 * rounds, "failed": 0}
    assert numbers(there) == numbers(run(experiment, tmp_path / "here"))


@pytest.mark.slow
def test_a_worker_is_killed_each_minute(cluster, tmp_path):
    """A sweep that sleeps nearly four minutes on two workers; whoever is killed has a successor at once."""
    experiment = written(tmp_path, GRID.replace("replications: 3", "replications: 150"))
    workers = [cluster.worker(pause=0.1) for _ in range(2)]
    minutes = [time.monotonic()]

    def kill(progress):
        if time.monotonic() - minutes[-1] > 60:
            minutes.append(time.monotonic())
            os.kill(workers.pop(0).pid, signal.SIGKILL)
            workers.append(cluster.worker(pause=0.1))

    there = run(experiment, tmp_path / "dask", workers=None, cluster=cluster.address, progress=kill)
    assert len(minutes) > 3 and there.manifest["runs"] == {"ok": 4500, "failed": 0}
    assert numbers(there) == numbers(run(experiment, tmp_path / "here"))


def test_nobody_answers(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.studies.cluster.PATIENCE", 0.5)
    with pytest.raises(StudyError, match="no Dask scheduler answers"):
        run(written(tmp_path, GRID), tmp_path / "x", workers=None, cluster="tcp://127.0.0.1:1", runner=run_numbers)
