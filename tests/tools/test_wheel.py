"""The same source gives the same wheel, byte for byte, wherever and whenever it is built."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT_FROM = ("sim", "scenarios", "experiments", "docs", "LICENSES")
FILES = ("pyproject.toml", "README.md", "LICENSE", "CITATION.cff")


def built(folder: Path, umask: int, moment: int) -> Path:
    """The wheel of a copy of the source whose files were written with this umask at this moment."""
    before = os.umask(umask)
    try:
        folder.mkdir(parents=True)
        for name in BUILT_FROM:
            ignored = shutil.ignore_patterns("__pycache__", "builtin")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored, copy_function=shutil.copyfile)
        for name in FILES:
            shutil.copyfile(ROOT / name, folder / name)
        for path in folder.rglob("*"):
            os.utime(path, (moment, moment))
        environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=300)
    finally:
        os.umask(before)
    [wheel] = (folder / "dist").glob("*.whl")
    return wheel


@pytest.mark.slow
def test_the_wheel_is_the_same_in_other_folders_at_other_times_under_another_umask(tmp_path):
    one = built(tmp_path / "one", 0o022, 1_700_000_000)
    other = built(tmp_path / "a longer name" / "other", 0o077, 1_800_000_001)
    assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()
    held = zipfile.ZipFile(one).namelist()
    assert {"sim/builtin/CITATION.cff", "sim/builtin/scenarios/today.yaml", "sim/page/static/vendor/NOTICE"} <= set(
        held
    )
    assert any(name.startswith("sim/builtin/incidents/20") for name in held)
    assert any(name.endswith("CC-BY-4.0.txt") for name in held)
