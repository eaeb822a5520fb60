"""The same study on a real Dask scheduler, on loopback, with workers that are killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from design_worlds import run_numbers
from test_sweep import GRID, numbers, run, written

from sim.experiment.study import StudyError

pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
HERE = Path(__file__).parent


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
        paths = os.pathsep.join([str(HERE), str(HERE.parent)])
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
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


def test_two_dask_workers_give_the_same_bytes(cluster, tmp_path):
    experiment = written(tmp_path, GRID)
    for _ in range(2):
        cluster.worker()
    there = run(experiment, tmp_path / "dask", workers=None, cluster=cluster.address)
    assert numbers(there) == numbers(run(experiment, tmp_path / "here"))


@pytest.mark.slow
def test_a_dask_worker_is_killed_at_a_random_moment(cluster, tmp_path):
    experiment = written(tmp_path, GRID.replace("replications: 3", "replications: 20"))
    workers = [cluster.worker(pause=0.004) for _ in range(2)]
    killed = []

    def kill(progress):
        if progress.done > 60 and not killed:
            time.sleep(0.05)
            killed.append(workers[0].pid)
            os.kill(workers[0].pid, signal.SIGKILL)

    there = run(experiment, tmp_path / "dask", workers=None, cluster=cluster.address, progress=kill)
    assert killed and there.manifest["runs"] == {"ok": 600, "failed": 0}
    assert numbers(there) == numbers(run(experiment, tmp_path / "here"))


def test_nobody_answers(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.experiment.cluster.PATIENCE", 0.5)
    with pytest.raises(StudyError, match="no Dask scheduler answers"):
        run(written(tmp_path, GRID), tmp_path / "x", workers=None, cluster="tcp://127.0.0.1:1", runner=run_numbers)
