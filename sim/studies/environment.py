"""The environment that a result depends on besides its study: package versions, the model's source, the data."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sim.country.data import folder
from sim.declare import plugins
from sim.parameters.draw import Draw
from sim.studies import tables
from sim.studies.program import PACKAGE, digest_of, source_files
from sim.studies.worlds import run_policies

PACKAGES = ("hubsim", "mesa", "numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy")
MODEL = ("declare", "kernel", "country", "processes", "scenario", "model")
"""Folders of source whose files all count, whether they are imported or not."""
_NO_DATA = "prior_posterior.csv"
"""A table about the calibration, which the model does not read."""
_MEANING = {
    "model": "the model's source",
    "runner": "the program that runs this study",
    "data": "the country's data",
    "machine": "the kind of processor",
}


def _digest(files: Iterable[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def _model() -> frozenset[Path]:
    """Source files that simulate, measure, and convert runs to tables."""
    whole = (file for folder in MODEL for file in (PACKAGE / folder).rglob("*.py"))
    return source_files(run_policies, Draw, tables.to_arrow).union(whole)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def environment(runner: Callable[..., Any] = run_policies) -> dict[str, str]:
    """Versions and digests on which the numbers depend; a result never mixes two environments.

    `model` covers the source that simulates and measures, `runner` the further source that runs a study. Neither
    covers commands, figures and reports, so a change of these does not require new runs.
    """
    further = source_files(runner) - _model()
    return {
        **_versions(),
        **({"runner": digest_of(further)} if further else {}),
        "data": _digest((file for file in folder().glob("*.csv") if file.name != _NO_DATA), folder()),
        **{f"the process {name}": package for name, package in plugins.installed().items()},
        **{f"the source of {name}": digest_of(files) for name, files in plugins.sources().items()},
    }


@cache
def _versions() -> dict[str, str]:
    return {
        **{package: _installed(package) for package in PACKAGES},
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": platform.machine(),
        "model": digest_of(_model()),
    }


def changes(earlier: dict[str, str], now: dict[str, str]) -> list[str]:
    """The differences between two environments, one phrase each: `numpy 2.1.0 is now 2.2.0`."""
    found = []
    for name in sorted(earlier.keys() | now.keys()):
        before, after = earlier.get(name, "absent"), now.get(name, "absent")
        if before != after:
            found.append(f"{_MEANING[name]} has changed" if name in _MEANING else f"{name} {before} is now {after}")
    return found


@cache
def source_revision() -> str | None:
    """Git commit of the source, with `+changes` if files differ from it; None outside a clone."""
    if not (PACKAGE.parent / ".git").exists():
        return None

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(PACKAGE.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        return commit + ("+changes" if git("status", "--porcelain", "--", "sim") else "")
    except (OSError, subprocess.SubprocessError):
        return None
