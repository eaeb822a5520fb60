"""Trials: a mutant in a copy of the program, and the tests of its module until one of them fails.

The machine code of all that has not changed is copied, too, so that only the mutated loops and those that contain them
are compiled.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal

import pytest

from tools.mutation.mutants import ROOT, Mutant

COPIED = ("sim", "tests", "tools", "scenarios", "experiments", "examples", "benchmarks")
SECONDS = 300
"""Processor time that the tests of a mutant may take, several times what they need."""
MEMORY = 8 * 2**30

_STATISTICS = ("tests/studies/test_statistics.py", "tests/studies/test_effect_distribution.py",
               "tests/studies/test_prices.py")  # fmt: skip
_EQUATIONS = tuple(f"tests/processes/test_equations{of}.py" for of in ("", "_of_programmes", "_of_funders"))
PLAIN = {*_EQUATIONS, *_STATISTICS, "tests/studies/test_contrasts.py", "tests/report/test_report_words.py"}
"""Tests that are quick without compiling, too: they run first, and what they kill is not compiled."""
_WORLDS = (
    *_EQUATIONS, "tests/model/test_relations.py", "tests/processes/test_programmes.py",
    "tests/processes/test_levels_and_paths.py", "tests/model/test_model.py", "tests/model/test_accounts.py",
    "tests/processes/test_levers.py", "tests/processes/test_mechanisms.py", "tests/model/test_outcomes.py",
    "tests/model/test_model_invariants.py", "tests/model/test_common_random_numbers.py", "tests/model/test_bundle.py",
    "tests/model/test_parameters_beside.py",
)  # fmt: skip
TESTS: dict[str, tuple[str, ...]] = {
    "sim/processes/": _WORLDS,
    **{f"sim/processes/{name}.py": (_EQUATIONS[1], *_WORLDS) for name in (
        "costs", "encounters", "fairs", "follow_up", "induced_entry", "missions", "network", "population",
        "refounding")},
    **{f"sim/processes/{name}.py": (_EQUATIONS[2], *_WORLDS) for name in (
        "equity", "funding", "grants", "loans", "meetings", "referral")},
    "sim/model/": ("tests/model/test_outcomes.py", "tests/studies/test_channels.py", *_WORLDS),
    "sim/model/delays": ("tests/model/test_delays.py",),
    "sim/model/twins": ("tests/studies/test_channels.py",),
    "sim/studies/statistics": (*_STATISTICS, "tests/studies/test_compare.py"),
    "sim/studies/effect_distribution": _STATISTICS,
    "sim/studies/ranking": _STATISTICS,
    "sim/studies/cost_per_effect": _STATISTICS,
    "sim/studies/smallest": ("tests/studies/test_smallest.py", *_STATISTICS),
    "sim/studies/channels": ("tests/studies/test_channels.py", "tests/report/test_report_words.py"),
    "sim/studies/store": ("tests/studies/test_store.py", "tests/studies/test_folders.py"),
    "sim/inference/moments": ("tests/inference/test_moments.py", "tests/processes/test_levels_and_paths.py"),
    "sim/inference/entry": ("tests/inference/test_moments.py", "tests/inference/test_calibration.py"),
    "sim/inference/missing_data": ("tests/inference/test_missing_data.py",),
    "sim/inference/contraction": ("tests/inference/test_contraction.py",),
    "sim/inference/regret": ("tests/inference/test_regret.py",),
    "sim/inference/forecast_scores": ("tests/inference/test_forecast_scores.py",),
}  # fmt: skip
"""Tests of a module, by the beginning of its path: the longest that fits. The numbers of the small study, which differ
for any change, are not among them: a test that notices must say what is right."""

_OPTIONS = ("-o", "addopts=", "-m", "not slow", "-x", "-q", "-rfE", "--no-header", "-p", "no:cacheprovider",
            "-p", "no:playwright")  # fmt: skip
_BROKEN = 70
"""Exit code of a child whose tests did not run."""
_LIBRARIES = ("mesa", "pandas", "pyarrow.parquet", "scipy.stats", "pydantic", "networkx")

Fate = Literal["killed", "too long", "survived"]


@dataclass(frozen=True)
class Trial:
    """What became of a mutant: which test failed first, and how long it took (seconds, as the clock says)."""

    fate: Fate
    test: str
    seconds: int


def tests_of(file: str) -> tuple[str, ...]:
    """The files with the tests of a module."""
    found = max((start for start in TESTS if file.startswith(start)), key=len)
    return tuple(name for name in dict.fromkeys(TESTS[found]) if (ROOT / name).exists())


class Copy:
    """A copy of the program, in which one file at a time is wrong.

    Args:
        folder: a new folder.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name, symlinks=True)
        for path in ROOT.iterdir():
            if path.name not in (*COPIED, ".git", ".venv", ".uv", ".pytest_cache") and path != folder:
                (folder / path.name).symlink_to(path)
        for name in _LIBRARIES:
            import_module(name)

    def try_out(self, mutant: Mutant) -> Trial:
        """Run the tests on a mutant, and put the copy in order again.

        Raises:
            RuntimeError: the tests did not run.
        """
        file = self.folder / mutant.file
        file.write_text(mutant.source, encoding="utf-8")
        began = time.monotonic()
        tests = tests_of(mutant.file)
        plain = tuple(test for test in tests if test in PLAIN)
        code, said = 0, ""
        try:
            for some, compiled in ((plain, False), (tuple(test for test in tests if test not in plain), True)):
                if some and code == 0:
                    code, said = self._run(some, compiled)
        finally:
            self._restore(mutant.file)
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
        fates: dict[int, Fate] = {0: "survived", 1: "killed", -signal.SIGKILL: "too long", -signal.SIGXCPU: "too long"}
        if code not in fates and not failed:
            raise RuntimeError(f"the tests of {mutant.file} did not run:\n{said[-2000:]}")
        return Trial(fates.get(code, "killed"), failed[1] if failed else "", round(time.monotonic() - began))

    def _run(self, tests: tuple[str, ...], compiled: bool) -> tuple[int, str]:
        """Exit code of the tests, negative for a signal, and what they said; libraries are imported once for all."""
        said = self.folder / "said.txt"
        if child := os.fork():
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            return code, said.read_text(encoding="utf-8", errors="replace")
        try:
            with said.open("w") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            os.chdir(self.folder)
            os.environ["NUMBA_DISABLE_JIT"] = "0" if compiled else "1"
            sys.path[0] = str(self.folder)
            for name in [name for name in sys.modules if name.partition(".")[0] in ("tools", "tests", "sim")]:
                del sys.modules[name]
            code = int(pytest.main([*_OPTIONS, *tests]))
            sys.stdout.flush()
            os._exit(code)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(_BROKEN)

    def _restore(self, name: str) -> None:
        """Bring back a file, its time, and the machine code beside it."""
        shutil.copy2(ROOT / name, self.folder / name)
        kept, mine = (root / Path(name).parent / "__pycache__" for root in (ROOT, self.folder))
        shutil.rmtree(mine, ignore_errors=True)
        if kept.exists():
            shutil.copytree(kept, mine)
