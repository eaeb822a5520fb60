"""One family of errors with its exit codes, and one way to suggest a name."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import sim
from sim.cli.console import app, command
from sim.country.data.sheet import TableError
from sim.declare import UndeclaredError
from sim.declare.plugins import PluginError
from sim.errors import Mistake, StudyError, StudyInterrupted, StudyStoppedError, did_you_mean, nearest, suggestion
from sim.scenario import ScenarioError
from sim.scenario.errors import Origin, Problem
from sim.studies.store import UnreadableTableError
from sim.system.held import HeldError

MISTAKES = [
    StudyError("told"),
    TableError("told"),
    PluginError("told"),
    ScenarioError([Problem(Origin(text="file"), "told")]),
]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        *((mistake, 2) for mistake in MISTAKES),
        (StudyStoppedError("told"), 1),
        (StudyInterrupted(Path("told"), "again", 3), 130),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_end_has_its_exit_code_and_no_traceback(error, code, monkeypatch, capsys):
    from typer.testing import CliRunner

    monkeypatch.setattr(app, "registered_commands", [])

    @command
    def first() -> None:
        """Fail."""
        raise error

    @command
    def second() -> None:
        """A second command, so that both have names."""

    result = CliRunner().invoke(app, ["first"])
    assert result.exit_code == code and "Traceback" not in result.output
    assert isinstance(error, KeyboardInterrupt) or "told" in result.output + capsys.readouterr().err


def test_all_mistakes_are_of_one_kind():
    assert all(isinstance(mistake, Mistake) for mistake in MISTAKES)
    assert issubclass(Mistake, ValueError), "who caught ValueError still does"


def test_the_nearest_name_is_found_without_its_accents_and_only_if_it_is_near():
    assert nearest("fes", ["Fès", "Rabat"]) == "Fès"
    assert nearest("tody", ["today", "ten-hubs-2027"]) == "today"
    assert nearest("x", ["today"]) is None and nearest("today", []) is None
    assert did_you_mean("tody", ["today"]) == "; did you mean 'today'?" and did_you_mean("x", ["today"]) == ""
    assert suggestion("x", ["a", "b"]) == " (allowed: a, b)" and suggestion("x", []) == " (allowed: none)"


def test_doors_suggest_the_same_name_for_the_same_slip():
    slips = {
        "reference": lambda word: sim.compare(["today", "ten-hubs-2027"], reference=word),
        "policy": lambda word: sim.compare([word, "ten-hubs-2027"]),
        "file": lambda word: sim.load_scenario(f"builtin:{word}"),
    }
    for door, ask in slips.items():
        with pytest.raises(Mistake, match=r"did you mean '?(builtin:)?today"):
            ask("todai")
        with pytest.raises(Mistake) as caught:
            ask("xyzzy")
        assert "did you mean" not in str(caught.value), door


@pytest.mark.parametrize(
    "error",
    [
        *MISTAKES,
        StudyInterrupted(Path("told"), "again", 3),
        UnreadableTableError(Path("runs.parquet"), "no footer"),
        HeldError(Path("held")),
        UndeclaredError.of("count", "exort", ["export"], "COUNTS"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_says_the_same_when_it_comes_from_another_process(error):
    came = pickle.loads(pickle.dumps(error))
    assert type(came) is type(error) and str(came) == str(error)
