"""A comparison that runs shows its table so far, where that can be seen, and never on standard output."""

from __future__ import annotations

import io
import re
import sys

import pytest
from fake_worlds import TEN, TODAY, run_fake

from sim.cli.progress import shown_progress
from sim.studies.comparison import compare
from sim.studies.execution import Progress


@pytest.fixture
def running(tmp_path, monkeypatch):
    """Compares four fake worlds, of which each takes six seconds of a clock that stands still in between."""

    def compare_slowly(watch, **arguments):
        def slow(progress):
            monkeypatch.setattr(Progress, "seconds", 6.0 * progress.done / 2)
            watch(progress)

        return compare([TODAY, TEN], replications=8, workers=1, out=tmp_path / "slow", runner=run_fake,
                       parameters="fixed", progress=slow, **arguments)  # fmt: skip

    return compare_slowly


def test_a_comparison_that_runs_shows_its_table_again_when_it_rests_on_twice_as_many_worlds(running, capsys):
    with shown_progress("runs") as watch:
        found = running(watch)
    out, err = capsys.readouterr()
    assert out == "" and found.replications == 8
    assert re.findall(r"So far, from (.*?):", err) == ["2 worlds of 8", "4 worlds of 8"], "none at the end"
    assert re.search(r"^ten-hubs +\+\d+ \(\d+ to \d+\), P 1.00 clear", err, re.MULTILINE)
    assert "95 % intervals (chance of so many worlds, parameters fixed)" in " ".join(err.split())


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_terminal_redraws_the_table_if_it_can(running, monkeypatch, term):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "40")
    with shown_progress("runs") as watch:
        running(watch)
    redrawn = "\x1b[2K" in shown.getvalue()
    assert redrawn is (term == "xterm") and "So far, from 2 worlds" in shown.getvalue()
    assert ("So far, from 7 worlds" in shown.getvalue()) is redrawn


def test_a_quiet_comparison_shows_no_table(running, capsys):
    with shown_progress("runs", quiet=True) as watch:
        running(watch)
    assert capsys.readouterr() == ("", "")
