"""A sweep of many runs needs little memory in the process that leads it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HELPERS = Path(__file__).parents[1] / "helpers"
MOST = 300
"""Largest memory in MB, of which the libraries need half."""


@pytest.mark.slow
def test_a_hundred_thousand_runs_need_little_memory(tmp_path):
    program = f"from large_sweep import main; main({str(tmp_path)!r}, '100000')"
    environment = os.environ | {"PYTHONPATH": str(HELPERS)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    runs, _, _, peak = map(int, done.stdout.split())
    assert runs == 100_000 and peak < MOST
