"""What made a result besides the study itself: package versions, the model's source, the data."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sim.data import folder
from sim.plugins import installed

PACKAGE = Path(__file__).resolve().parent.parent
PACKAGES = ("hubsim", "mesa", "networkx", "numpy", "pandas", "pyarrow", "pydantic", "scipy")
_NOT_THE_MODEL = {
    "analysis", "app", "builtin", "catalogue.py", "cli.py", "data", "documentation", "experiment", "figures",
    "language.py", "locale", "report",
}  # fmt: skip
_NO_DATA = "prior_posterior.csv"
"""A table about the calibration that no world reads."""
_MEANING = {"model": "the model's source", "data": "the country's data", "machine": "the kind of processor"}


def _digest(files: Iterable[Path], root: Path = PACKAGE) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


@cache
def environment() -> dict[str, str]:
    """Versions and digests on which the numbers depend; results from two environments are not mixed.

    `model` covers the source that simulates and measures, not the commands, figures and reports, so
    that a changed figure does not ask for new runs.
    """
    sources = [file for file in PACKAGE.rglob("*.py") if file.relative_to(PACKAGE).parts[0] not in _NOT_THE_MODEL]
    return {
        **{package: _installed(package) for package in PACKAGES},
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": platform.machine(),
        "model": _digest([*sources, PACKAGE / "experiment" / "worlds.py"]),
        "data": _digest((file for file in folder().glob("*.csv") if file.name != _NO_DATA), folder()),
        **{f"the process {name}": package for name, package in installed().items()},
    }


def changes(earlier: dict[str, str], now: dict[str, str]) -> list[str]:
    """What differs between two environments, one phrase each: `numpy 2.1.0 is now 2.2.0`."""
    found = []
    for name in sorted(earlier.keys() | now.keys()):
        before, after = earlier.get(name, "absent"), now.get(name, "absent")
        if before != after:
            found.append(f"{_MEANING[name]} has changed" if name in _MEANING else f"{name} {before} is now {after}")
    return found


@cache
def source_revision() -> str | None:
    """Git commit of the source, with `+changes` when files differ from it; None outside a clone."""
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
