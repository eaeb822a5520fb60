"""Machine code: compiled once for all processes, kept where it can be, and done without where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from enum import IntEnum
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sim.kernel.compiled import _linked, fastest, inlined, interrupted, tell_whether_kept

COMPILES = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="compiling is switched off")
SOURCE = """
def doubled(values):
    for i in range(values.size):
        values[i] *= 2
"""


@pytest.fixture
def module(tmp_path, monkeypatch) -> Callable[[], ModuleType]:
    """Load a module of one loop anew, as another process would; its machine code is kept in `tmp_path`."""
    path = tmp_path / "loops.py"
    path.write_text(SOURCE)
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "kept"))

    def load() -> ModuleType:
        spec = spec_from_file_location("loops", path)
        assert spec and spec.loader
        loaded = module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return loaded

    return load


def doubles(machine: Callable) -> bool:
    values = np.arange(3.0)
    machine(values)
    return values.tolist() == [0, 2, 4]


@COMPILES
def test_of_two_processes_that_begin_together_one_compiles(tmp_path):
    (tmp_path / "loops.py").write_text(SOURCE)
    go = tmp_path / "go"
    program = (
        "import sys, time, pathlib, numpy, numba, loops; from sim.kernel.compiled import fastest\n"
        "machine = fastest(loops.doubled, None); print('ready', flush=True)\n"
        "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.001)\n"
        "machine(numpy.ones(2)); print(sum(machine.stats.cache_misses.values()))"
    )
    root = str(Path(__file__).parents[2])
    here = os.environ | {
        "NUMBA_CACHE_DIR": str(tmp_path / "kept"),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), root]),
    }
    command = [sys.executable, "-c", program, str(go)]
    both = [subprocess.Popen(command, env=here, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.stdout and process.stdout.readline() == "ready\n"
    go.touch()
    assert sorted(process.communicate(timeout=60)[0] for process in both) == ["0\n", "1\n"]
    assert not list(tmp_path.rglob("*.lock"))


def test_machine_code_that_cannot_be_read_is_compiled_again(module, tmp_path):
    assert doubles(fastest(module().doubled, None))
    for kept in tmp_path.rglob("*.nb[ic]"):
        kept.write_bytes(kept.read_bytes()[:20])
    again = fastest(module().doubled, None)
    assert doubles(again) and doubles(again)


def test_a_disk_that_takes_no_machine_code_stops_nothing(module, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    machine = fastest(module().doubled, None)
    assert doubles(machine) and doubles(machine)


@COMPILES
def test_where_nothing_can_be_written_a_function_is_compiled_and_not_kept(module, monkeypatch):
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert doubles(fastest(module().doubled, None))
    monkeypatch.setattr(os, "access", lambda *_: False)
    said: list[str] = []
    for _ in range(2):
        tell_whether_kept(said.append)
    assert len(said) == 1 and "NUMBA_CACHE_DIR" in said[0]


def test_told_not_to_compile_the_same_world_comes_out():
    import sim

    months = {"time.start": "2024-01", "time.present": "2024-06", "time.end": "2025-01"}
    scenario = sim.load_scenario("builtin:ten-hubs-2027").with_values(months)
    model = sim.EcosystemModel(scenario, rng=1)
    model.run_until(scenario.months)
    program = (
        f"import sim; scenario = sim.load_scenario('builtin:ten-hubs-2027').with_values({months})\n"
        "model = sim.EcosystemModel(scenario, rng=1); model.run_until(scenario.months)\n"
        "print(model.history['revenue_total'].sum(), model.history['residents'].sum())"
    )
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    compiled = [model.history[series].sum() for series in ("revenue_total", "residents")]
    assert [float(number) for number in done.stdout.split()] == pytest.approx(compiled, rel=1e-12)


def test_machine_code_is_kept_under_what_it_takes_from_other_files():
    def loop_of(**used: object) -> Callable:
        rooms: dict[str, Any] = {"__name__": "loops", **used}
        exec("def loop(of): return Record(helper(of), State.ON)", rooms)
        return rooms["loop"]

    def helper(text: str) -> Callable:
        rooms: dict[str, Any] = {}
        exec(f"def helper(of): return {text}", rooms)
        return inlined(rooms["helper"])

    plain = {
        "Record": namedtuple("Record", "cash debt"),
        "State": IntEnum("State", {"ON": 1, "OFF": 2}),
        "helper": helper("of.cash"),
    }
    changed = {
        "Record": namedtuple("Record", "debt cash"),
        "State": IntEnum("State", {"ON": 2, "OFF": 1}),
        "helper": helper("of.debt"),
    }
    names = {_linked(loop_of(**plain | {name: value})).__qualname__ for name, value in changed.items()}
    assert len(names | {_linked(loop_of(**plain)).__qualname__}) == 4
    assert _linked(loop_of(**plain)).__qualname__ == _linked(loop_of(**plain)).__qualname__


def test_an_interrupt_is_found_however_often_it_is_wrapped():
    once, twice = SystemError("a result with an exception set"), SystemError("again")
    once.__cause__, twice.__cause__ = KeyboardInterrupt(), once
    assert isinstance(interrupted(twice), KeyboardInterrupt) and isinstance(interrupted(once), KeyboardInterrupt)
    alone = SystemError("not an interrupt")
    assert interrupted(alone) is alone
