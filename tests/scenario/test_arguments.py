"""Numbers, names and paths from Python, flags and files are accepted, or refused before any run."""

from __future__ import annotations

import dataclasses
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from fake_worlds import TEN, TODAY, run_fake
from typer.testing import CliRunner

import sim
from sim.cli.main import app
from sim.errors import StudyError
from sim.inference.discovery import discover
from sim.inference.policy_search import search
from sim.inference.run_explanation import explain
from sim.page.start import view
from sim.report.writing import write_report
from sim.scenario import Origin, ScenarioError
from sim.scenario.arguments import MOST_WORLDS, NUMBERS, number
from sim.studies.comparison import Comparison, compare
from sim.studies.experiment import load_experiment
from sim.studies.single import run_single
from sim.studies.sweep import sweep

HOURS = "accompaniment.hours_per_startup"
WRONG = ("3", True, np.True_, math.nan, math.inf, 2**70, -(2**70), 10**5000, None, Decimal(3), [3], np.array([3]), b"3")
"""Values that are not valid for any number."""


def short(folder, **arguments):
    asked = {"scenarios": (TODAY, TEN), "replications": 2, "parameters": "fixed", "workers": 1, "out": folder}
    return compare(**{**asked, **arguments}, runner=run_fake)


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_no_number_is_refused_with_its_range(name):
    kind, declared = NUMBERS[name]
    ends = [limit for mark in declared.metadata for limit in (getattr(mark, "ge", None), getattr(mark, "le", None))]
    low, high = [end for end in ends if end is not None] or (None, None)
    for value in WRONG:
        if low is None and isinstance(value, int) and value != 10**5000 and not isinstance(value, bool):
            continue
        with pytest.raises(StudyError) as caught:
            number(name, value)
        told = str(caught.value)
        assert told.startswith(f"{name} is ") and "\n" not in told
        assert "must be a whole number" in told if kind is int else "must be a number" in told
        assert low is None or f"from {low} to {high}" in told
    for value in (low, high) if low is not None else (-1.5, 0):
        assert number(name, value) == number(name, np.array(value)) == value
        assert type(number(name, np.asarray(value)[()])) is kind
    if low is not None:
        for value in (low - 1, high + 1):
            with pytest.raises(StudyError, match=f"from {low} to {high}"):
                number(name, value)


def test_a_file_and_python_have_the_same_range(tmp_path):
    (tmp_path / "base.yaml").write_text("name: Base\n")
    text = "base: base.yaml\nfactors:\n  accompaniment.hours_per_startup: [4, 8]\n"
    for key, value in (("replications", 0), ("replications", MOST_WORLDS + 1), ("seed", -1), ("seed", 2**63)):
        (tmp_path / "study.yaml").write_text(f"{text}{key}: {value}\n")
        with pytest.raises(ScenarioError) as of_file:
            load_experiment(tmp_path / "study.yaml")
        with pytest.raises(StudyError) as of_python:
            number(key, value)
        assert str(of_python.value) in str(of_file.value)


def test_numbers_of_numpy_paths_and_generators_are_what_they_say(tmp_path):
    mine = short(tmp_path / "mine", seed=3)
    theirs = short(
        tmp_path / "théirs",
        scenarios=(one for one in (TODAY, TEN)),
        replications=np.int16(2),
        seed=np.array(3),
        workers=np.uint8(1),
    )
    assert theirs.manifest["study"] == mine.manifest["study"] and theirs.manifest["seed"] == 3
    assert str(theirs.folder) == str(tmp_path / "théirs")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replications": "2"}, "replications is the text '2'"),
        ({"seed": True}, "seed is true"),
        ({"workers": 1.5}, "workers is 1.5"),
        ({"precision": math.nan}, "precision is nan"),
        ({"parameters": 5}, "parameters is of the kind int"),
        ({"parameters": Path("nowhere.csv")}, "there is no such file"),
        ({"prices": 5}, "prices is 5, but must be text"),
        ({"reference": TODAY}, "reference is a FakeScenario, but must be text"),
        ({"out": "a\0b"}, "must be the path of a file or folder"),
        ({"scenarios": TODAY}, "scenarios is one FakeScenario, but must be a list"),
        ({"scenarios": "today"}, "scenarios is one str, but must be a list"),
        ({"scenarios": [TODAY, 5]}, "scenarios[1] is of the kind int"),
    ],
)
def test_nothing_is_run_for_what_cannot_be_asked(tmp_path, arguments, message):
    with pytest.raises(StudyError) as caught:
        short(**{"folder": tmp_path / "result", **{"out": tmp_path / "result"}, **arguments})
    assert message in str(caught.value) and not (tmp_path / "result").exists()


def test_every_door_checks(today, tmp_path):
    for call in (
        lambda: run_single(today, replication=-1, out=tmp_path),
        lambda: run_single(today, draw=True, out=tmp_path),
        lambda: sim.EcosystemModel(today, rng=-1),
        lambda: sim.EcosystemModel(today, rng=None),
        lambda: sim.EcosystemModel(today, replication="1"),
        lambda: view(port=70_000),
        lambda: view(processes=0),
        lambda: discover(None, "export_rate", below=0.3, density=0),
        lambda: discover(None, "export_rate", below="0.3"),
    ):
        with pytest.raises(StudyError, match=r"but must be a (whole )?number"):
            call()
    with pytest.raises(StudyError, match="but must be one that"):
        sim.EcosystemModel("today")


@pytest.mark.parametrize("value", [np.int64(4), np.float32(4), np.array(4), 4])
def test_a_value_may_be_a_number_of_numpy(today, value):
    assert today.with_values({HOURS: value}).digest == today.with_values({HOURS: 4.0}).digest


@pytest.mark.parametrize(
    "value",
    [np.True_, math.nan, 2**70, 10**5000, "\ud800", "a\0", {1}, {1: 2}, Path("4"), Decimal(4), object()],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_no_file_could_hold_is_refused_at_its_path(today, value):
    with pytest.raises(ScenarioError, match=HOURS):
        today.with_values({HOURS: value})


def test_values_are_named_by_text(today):
    with pytest.raises(ScenarioError, match="must be the path of a parameter"):
        today.with_values({1: 2})
    with pytest.raises(ScenarioError, match="must be a dict"):
        today.with_values([(HOURS, 4)])


@pytest.mark.parametrize("key", ["a/b", "a\\b", "..", ".", "", " ", "C:x", "a\0", "a\nb", 5, b"a", Path("a"), "\ud800"])
def test_a_key_never_names_another_folder(today, key):
    for call in (lambda: today.with_values({}, key=key), lambda: dataclasses.replace(today, key=key)):
        with pytest.raises(ScenarioError, match="key"):
            call()


def test_a_file_whose_name_is_no_key_is_refused_at_its_place(tmp_path):
    (tmp_path / "a\\b.yaml").write_text("name: A\n")
    with pytest.raises(ScenarioError, match=r"a\\b.yaml:1:1: the key"):
        sim.load_scenario(tmp_path / "a\\b.yaml")


@pytest.mark.parametrize("path", [5, None, b"x", ["x"], "a\0b", "é" * 3000, "x" * 3000])
def test_what_is_no_path_is_no_scenario(path):
    with pytest.raises(ScenarioError):
        sim.load_scenario(path)


def test_a_mistake_keeps_its_place(today):
    with pytest.raises(ScenarioError) as caught:
        today.with_values({HOURS: {1}}, origins={HOURS: Origin("file.yaml", 3, 7)})
    assert str(caught.value).startswith("file.yaml:3:7: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "builtin:today", "--seed", "x"], "seed is the text 'x', but must be a whole number from 0"),
        (["run", "builtin:today", "--draw", "1.5"], "draw is 1.5, but must be a whole number from 0"),
        (["compare", "--precision", "0,005"], "write only the number: 0.005"),
        (["compare", "--replications", "1e3"], "but must be a whole number from 1 to 100000; write 1000"),
        (["view", "--port", "65536"], "port is 65536, but must be a whole number from 0 to 65535"),
        (["validate", "--runs", "nan"], "runs is nan, but must be a whole number from 1 to 100000"),
        (["validate", "--hold-out", "1950"], "--hold-out is 1950, but must be a year from 1990 to 2023"),
    ],
)
def test_a_flag_is_checked_as_an_argument_is(arguments, told):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2 and told in result.output


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: sweep(5), "experiment is of the kind int, but must be one that load_experiment gives"),
        (lambda: search(None), "experiment is of the kind NoneType"),
        (lambda: explain(5, "nowhere"), r"scenarios\[0\] is of the kind int"),
        (lambda: Comparison(None), "the result is of the kind NoneType, but must be the path of a file or folder"),
    ],
)
def test_what_is_no_experiment_and_no_result_is_told(call, told):
    with pytest.raises(StudyError, match=told):
        call()


@pytest.mark.parametrize("result", [5, None, "", "a\0b"])
def test_a_report_on_what_is_no_folder_is_refused(result):
    with pytest.raises(StudyError, match="must be the path of a file or folder"):
        write_report(result)
