"""Studies run beside other threads, inside another pool, on many processors, and in Mesa's tools."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading

import mesa
import numpy as np
import pytest

import sim
from sim.errors import StudyError
from sim.studies import execution
from sim.studies.execution import ProcessWorkers, ThisProcess, workers_for
from sim.system.processes import WORKER_SETTINGS, isolated_spawn


def test_threads_that_start_processes_at_once_leave_the_script_and_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    script, before, inside = sys.modules["__main__"], dict(os.environ), threading.Event()

    def first():
        with isolated_spawn():
            inside.set()
            threading.Event().wait(0.1)

    def second():
        inside.wait(5)
        with isolated_spawn():
            assert os.environ.items() >= WORKER_SETTINGS.items()
            threading.Event().wait(0.2)

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sys.modules["__main__"] is script and dict(os.environ) == before


def test_what_a_user_has_set_for_memory_stays(monkeypatch):
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0:glibc.malloc.arena_max=1")
    with isolated_spawn():
        found = dict(one.split("=") for one in os.environ["GLIBC_TUNABLES"].split(":"))
    assert found == {"glibc.malloc.hugetlb": "0", "glibc.malloc.arena_max": "1"}
    assert os.environ["GLIBC_TUNABLES"].startswith("glibc.malloc.hugetlb=0")


def test_a_process_that_may_have_no_children_does_the_work_itself(monkeypatch):
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    assert isinstance(workers_for(2, 100), ThisProcess)
    assert isinstance(workers_for(None, 100), ThisProcess)


def test_no_more_processes_than_the_system_waits_for(monkeypatch):
    monkeypatch.setattr(execution, "MAX_PROCESSES", 61)
    crew = workers_for(200, 1000)
    assert isinstance(crew, ProcessWorkers) and crew.count == 61


def test_a_script_without_a_guard_and_without_a_file_uses_processes():
    script = """
import sys
from sim.studies.execution import ProcessWorkers
main = sys.modules["__main__"]
with ProcessWorkers(1) as crew:
    print("once", crew.submit(abs, -3).result(), sys.modules["__main__"] is main)
"""
    told = subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True, check=False)
    assert told.stdout.splitlines() == ["once 3 True"], told.stderr


@pytest.fixture(scope="module")
def brief(today):
    values = {"time.start": "2015-11", "time.present": "2016-02", "time.end": "2016-06", "population.scale": 0.05}
    return today.with_values(values)


def test_a_model_stops_at_its_end(brief):
    beyond, whole, steps = (sim.EcosystemModel(brief) for _ in range(3))
    beyond.run_until(np.int64(10**6))
    whole.run_model()
    while steps.running:
        steps.step()
    for model in (beyond, whole, steps):
        assert not model.running and model.months_done == model.end == model.steps == 8
        model.step()
        model.run_for(5)
        assert not model.running and model.months_done == 8
        assert model.history.equals(whole.history)


@pytest.mark.parametrize("end", ["2016-06", None, float("nan"), True])
def test_a_model_runs_until_a_number_of_months(brief, end):
    with pytest.raises(StudyError, match=r"months since the start, such as model.end \(8\)"):
        sim.EcosystemModel(brief).run_until(end)


def test_batches_of_mesa_read_the_monthly_series(brief):
    rows = mesa.batch_run(
        sim.EcosystemModel,
        {"scenario": [brief, brief.with_values({}, key="other")]},
        rng=[1, 2],
        data_collection_period=1,
        display_progress=False,
    )
    model = sim.EcosystemModel(brief, rng=2)
    model.run_model()
    mine = [row for row in rows if row["rng"] == 2 and row["scenario"].key == brief.key]
    assert [row["month"] for row in mine] == [f"2016-0{month}" for month in range(1, 7)]
    assert [row["Step"] for row in mine] == list(range(3, 9)) and len(rows) == 24
    assert [row["active"] for row in mine] == model.history["active"].tolist()
    assert model.datacollector.get_model_vars_dataframe().equals(model.history)
