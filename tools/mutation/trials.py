"""Trials: a mutant in a copy of the program, and the tests of its module until one of them fails.

All of the program and of its tests is loaded once, with its machine code. Each trial is a fork of that: the functions
of the wrong file get their wrong code there, and run as plain Python, as do the compiled loops that contain them, while
all others run as machine code. So nothing is compiled. What survives is tried once more in a process that loads the
program anew with the wrong file in it, which is also done at once where more than the inside of functions differs.

A test that fails is believed only when it passes on the right program, run in the same way.
"""

from __future__ import annotations

import ast
import gc
import os
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Literal

import numpy as np
import pytest

from tools.mutation.mutants import ROOT, Mutant

COPIED = ("sim", "tests", "tools", "scenarios", "experiments", "examples", "benchmarks")
SECONDS = 240
"""Processor time that the tests of a mutant may take, several times what they need."""
MEMORY = 8 * 2**30

_STATISTICS = ("tests/studies/test_effects_anew.py", "tests/studies/test_statistics.py",
               "tests/studies/test_effect_distribution.py", "tests/studies/test_prices.py",
               "tests/studies/test_contrasts.py", "tests/studies/test_compare.py",
               "tests/report/test_report_words.py")  # fmt: skip
_EQUATIONS = tuple(f"tests/processes/test_equations{of}.py" for of in ("", "_of_programmes", "_of_funders"))
_NAMED = ("test_relations", "test_mechanisms", "test_programmes", "test_levels_and_paths", "test_outcomes",
          "test_parameters_beside")  # fmt: skip
"""Files with many worlds, most of them of whole countries: for a process, only their tests that name it are run."""
_WORLDS = (
    "tests/processes/test_edges.py", "tests/processes/test_thresholds.py", *_EQUATIONS,
    "tests/model/test_relations.py", "tests/processes/test_mechanisms.py",
    "tests/processes/test_programmes.py", "tests/processes/test_levels_and_paths.py", "tests/model/test_outcomes.py",
    "tests/model/test_parameters_beside.py",
)  # fmt: skip
TESTS: dict[str, tuple[str, ...]] = {
    "sim/processes/": _WORLDS,
    "sim/model/": ("tests/model/test_setup.py", "tests/model/test_outcomes.py", *_EQUATIONS),
    "sim/model/outcomes": ("tests/model/test_windows.py", "tests/model/test_outcomes.py", *_EQUATIONS),
    "sim/model/delays": ("tests/model/test_delays.py",),
    "sim/model/twins": ("tests/model/test_windows.py", "tests/studies/test_channels.py"),
    "sim/studies/statistics": _STATISTICS,
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
            "-p", "no:playwright", "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip
_BROKEN = 70
"""Exit code of a child whose tests did not run."""
_LIBRARIES = ("mesa", "pandas", "pyarrow.parquet", "scipy.stats", "pydantic", "networkx", "numba")

Fate = Literal["killed", "too long", "survived"]
_FATES: dict[int, Fate] = {
    0: "survived", 1: "killed", -signal.SIGSEGV: "killed", -signal.SIGABRT: "killed",
    -signal.SIGKILL: "too long", -signal.SIGXCPU: "too long",
}  # fmt: skip


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
        self.folder = folder.resolve()
        for name in COPIED:
            shutil.copytree(ROOT / name, self.folder / name, symlinks=True)
        for path in ROOT.iterdir():
            if path.name not in (*COPIED, ".git", ".venv", ".uv", ".pytest_cache") and path != self.folder:
                (self.folder / path.name).symlink_to(path)
        for name in _LIBRARIES:
            import_module(name)
        os.chdir(self.folder)
        sys.path[0] = str(self.folder)
        self._right: set[tuple[str, str, bool]] = set()
        self._loops = _Loops()
        every = dict.fromkeys(name for names in TESTS.values() for name in names if (ROOT / name).exists())
        if pytest.main([*_OPTIONS, "--collect-only", "-qq", *every]):
            raise RuntimeError("the tests cannot be collected")
        if pytest.main([*_OPTIONS, "-k", "hours_are_the_intensity", _EQUATIONS[0]]):  # machine code is loaded
            raise RuntimeError("the tests fail without any mistake")
        gc.freeze()  # what is loaded stays, so that children need not look at it

    def try_out(self, mutant: Mutant) -> Trial:
        """Run the tests on a mutant, and put the copy in order again.

        Raises:
            RuntimeError: the tests did not run, or fail on the right program, too.
        """
        file, tests = self.folder / mutant.file, tests_of(mutant.file)
        right, was = file.read_text(encoding="utf-8"), file.stat()
        inside = _outline(mutant.source) == _outline(right)
        began = time.monotonic()
        try:
            file.write_text(mutant.source, encoding="utf-8")
            loaded = right if inside else None
            code, failed = self._run(mutant.file, tests, loaded)
            if code == 0 and inside:
                quick, loaded = tuple(name for name in tests if Path(name).stem not in _NAMED), None
                code, failed = self._run(mutant.file, quick or tests, loaded)
            if failed and not self._run(mutant.file, (failed.partition("[")[0],), loaded)[0]:
                raise RuntimeError(f"{failed} has failed once and then passed, as tests may on a busy machine")
        finally:
            file.write_text(right, encoding="utf-8")
            os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
        if failed and (mutant.file, failed, loaded is None) not in self._right:
            if self._run(mutant.file, (failed.partition("[")[0],), loaded)[0]:
                raise RuntimeError(f"{failed} fails without any mistake, when {mutant.file} is not compiled")
            self._right.add((mutant.file, failed, loaded is None))
        return Trial(_FATES[code], failed, round(time.monotonic() - began))

    def _run(self, file: str, tests: tuple[str, ...], loaded: str | None) -> tuple[int, str]:
        """Exit code of the tests, negative for a signal, and the first that failed.

        Args:
            file: the file that may be wrong, and that stays plain Python.
            tests: files with tests, or single tests.
            loaded: the text of the file as it was loaded, if the program need not be loaded anew.
        """
        said = self.folder / "said.txt"
        if child := os.fork():
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            told = said.read_text(encoding="utf-8", errors="replace")
            failed = re.search(r"^(?:FAILED|ERROR) ([^\[\s]+(?:\[[^\]]*\])?)", told, re.MULTILINE)
            if code not in _FATES and not failed:
                raise RuntimeError(f"the tests of {file} did not run:\n{told[-2000:]}")
            return (code if code in _FATES else 1), failed[1] if failed else ""
        try:
            with said.open("w") as output:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            if loaded is None:
                self._forget()
                self._loops = _Loops()
            else:
                _put_in(self.folder / file, loaded)
            self._loops.plain(str(self.folder / file))
            code = int(pytest.main([*_OPTIONS, *tests], plugins=[_NearestFirst(file)]))
            sys.stdout.flush()
            os._exit(code)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(_BROKEN)

    def _forget(self) -> None:
        """Let everything that was imported from the copy, or from here, be imported again."""
        ours = (str(self.folder), str(ROOT / "tools"))
        for name, module in list(sys.modules.items()):
            if name != "__main__" and (getattr(module, "__file__", None) or "").startswith(ours):  # workers look for it
                del sys.modules[name]


class _NearestFirst:
    """Lets those tests run first that name the module, and last that start workers.

    Of the files in `_NAMED`, it leaves out the tests that do not name it, if it is a process.
    """

    def __init__(self, file: str):
        self.module, self.process = Path(file).stem, file.startswith("sim/processes/")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.process:
            items[:] = [one for one in items if one.path.stem not in _NAMED or self._names(one)]
        items.sort(key=lambda item: ("worker" in item.name, not self._names(item)))

    def _names(self, item: Any) -> bool:
        return any(self.module in text for text in (item.name, *_texts(item.function.__code__)))


def _texts(code: CodeType) -> Iterator[str]:
    """The names and texts of a function, and of those inside it."""
    yield from code.co_names
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _texts(value)
        elif isinstance(value, str):
            yield value


# --- a wrong file in a program that is loaded already ------------------------------------------------------------


def _outline(text: str) -> str:
    """A file without what is inside its functions."""

    class Emptied(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
            node.body = []
            return node

    return ast.dump(Emptied().visit(ast.parse(text)))


def _put_in(file: Path, loaded: str) -> None:
    """Give the functions of a module, `loaded` from this text, the code that its file has now, wherever they stand."""
    rooms = sys.modules[".".join(file.relative_to(Path.cwd()).with_suffix("").parts)].__dict__
    was, now = (_codes(text, str(file)) for text in (loaded, file.read_text(encoding="utf-8")))
    gc.unfreeze()
    key_of = {(code.co_qualname, code.co_firstlineno): key for key, code in was.items()}
    for function in [one for one in gc.get_objects() if isinstance(one, FunctionType) and one.__globals__ is rooms]:
        key = key_of.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
        if key is not None and function.__code__.co_filename == str(file):
            function.__code__ = now[key]
    for one in gc.get_objects():
        if isinstance(one, _lru_cache_wrapper) and getattr(one.__wrapped__, "__globals__", None) is rooms:
            one.cache_clear()
    gc.freeze()


def _codes(text: str, name: str) -> dict[tuple[str, int], CodeType]:
    """The code of all functions of a file, by name and, of several with one name, the place among them."""
    found: dict[tuple[str, int], CodeType] = {}
    seen: Counter[str] = Counter()

    def walk(code: CodeType) -> None:
        for value in code.co_consts:
            if isinstance(value, CodeType):
                found[value.co_qualname, seen[value.co_qualname]] = value
                seen[value.co_qualname] += 1
                walk(value)

    walk(compile(text, name, "exec"))
    return found


class _Loop:
    """A loop of the program: machine code, or plain Python if it contains functions of the file that is wrong."""

    def __init__(self, function: Callable[..., Any], plain: Callable[..., Any] | None):
        self.function, self.code = function, plain or np.errstate(over="ignore")(function)

    def __call__(self, *arguments: Any) -> Any:
        return self.code(*arguments)


class _Loops:
    """All loops that are called from now on; nothing of the program may have been imported before."""

    def __init__(self) -> None:
        machinery = import_module("sim.kernel.compiled")
        self._compile, self._made, self._file = machinery.fastest, list[tuple[_Loop, Any]](), ""
        machinery.__dict__["fastest"] = self._fastest

    def _fastest(self, function: Callable[..., Any], plain: Callable[..., Any] | None = None) -> _Loop:
        loop = _Loop(function, plain)
        self._made.append((loop, loop.code))
        if not _contains(function, self._file):
            loop.code = self._compile(function, plain)
        return loop

    def plain(self, file: str) -> None:
        """Let all that contains functions of a file run as plain Python."""
        self._file = file
        for loop, code in self._made:
            if _contains(loop.function, file):
                loop.code = code


def _contains(function: Callable[..., Any], file: str) -> bool:
    """Whether a loop is a function of a file, or one of those inside it is."""
    found, waiting = set[Any](), [function]
    while waiting:
        found.add(one := waiting.pop())
        called = (one.__globals__.get(name) for name in one.__code__.co_names)
        waiting += {inner for each in called if (inner := getattr(each, "inlined", None)) is not None} - found
    return any(one.__code__.co_filename == file for one in found)
