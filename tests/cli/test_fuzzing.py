"""Contents that a fuzzer has found end in a sentence, never in a traceback; a slow test lets it look for more."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import fuzz
import pytest
from fuzz_targets import CORPUS, TARGETS, attempt_all

SECONDS = 60


@pytest.mark.parametrize("door", TARGETS)
def test_what_was_found_stays_mended(door, tmp_path):
    attempt = TARGETS[door].prepare(tmp_path)
    for file in sorted((CORPUS / door).glob("*")):
        attempt_all(attempt, file.read_bytes())


def test_every_door_can_be_fuzzed_and_keeps_little():
    assert [*TARGETS] == fuzz.DOORS
    assert {folder.name for folder in CORPUS.iterdir()} <= {*TARGETS}
    assert sum(file.stat().st_size for file in CORPUS.rglob("*") if file.is_file()) < 100_000


@pytest.mark.slow
@pytest.mark.parametrize("door", TARGETS)
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="needs atheris, which only Linux and macOS have"
)
def test_a_minute_of_fuzzing_ends_in_no_traceback(door):
    done = subprocess.run(
        [sys.executable, str(Path(fuzz.__file__)), door, str(SECONDS)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
