"""The scoreboard marks misses and explains them; data without information have no worth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sim.country.data import table
from sim.figures.scoreboard import observed_against_simulated
from sim.figures.style import save
from sim.inference.calibration_file import load_calibration
from sim.inference.validation import patterns, predictive_ends, readings, scoreboard
from sim.parameters.posterior import load_posterior
from sim.parameters.sets import parameter_set
from sim.scenario import schema


@pytest.fixture
def runs():
    """Runs that meet every fact except one that they miss and one that they do not show."""
    facts = table("facts")
    judged = facts[facts["low"].notna() | facts["high"].notna()]
    middle = judged["low"].fillna(judged["high"]) + (judged["high"] - judged["low"]).fillna(0) / 2
    frame = pd.DataFrame([dict(zip(judged["id"], middle, strict=True))] * 5)
    frame["turnover"] = [0.4, 0.41, 0.42, 0.43, 0.44]
    frame["hubs_2027"] = np.nan
    return frame


def test_marks_bands_and_sentences(runs):
    board = scoreboard(runs, ["turnover", "residents_2024"]).set_index("id")
    assert board.loc["turnover", ["passed", "used"]].tolist() == [False, "fitted"]
    assert "above the band" in board.loc["turnover", "remark"]
    assert board.loc["residents_2024", "passed"] is True or board.loc["residents_2024", "passed"]
    assert board.loc["hubs_2027", "passed"] is None
    assert board.loc["success_90", "used"] == "held out"
    assert (board.loc[board["passed"] == False, "remark"] != "").all()  # noqa: E712


def test_the_claim_is_scored_under_each_reading_and_none_is_forced():
    calibration = load_calibration(Path(__file__).parents[2] / "experiments" / "calibration.yaml")
    rates = {"graduate_survival": 0.9, "success_rate": 0.88, "completion_rate": 0.5, "cohort_success_rate": np.nan}
    runs = pd.DataFrame([{f"reading:{name}": rate for name, rate in rates.items()}] * 5)
    found = readings(runs, calibration).set_index("reading")
    assert found["prior"].sum() == pytest.approx(1) and found["posterior"].sum() == pytest.approx(1)
    assert found["passed"].tolist() == [True, True, False, None]
    assert found.loc["graduate_survival", "posterior"] > found.loc["graduate_survival", "prior"]
    assert found.loc["completion_rate", "posterior"] < 1e-6


def test_a_pattern_is_missed_with_any_of_its_facts(runs):
    marks = patterns(scoreboard(runs, []))
    assert list(marks) == [f"P{number}" for number in range(1, 16)]
    assert [name for name, passed in marks.items() if not passed] == ["P5"]


def test_the_board_is_drawn(runs, tmp_path):
    files = save(observed_against_simulated(scoreboard(runs, ["turnover"])), tmp_path, "scoreboard")
    assert all(file.stat().st_size > 1000 for file in files)


@pytest.fixture
def validate(runs, tmp_path, monkeypatch):
    """Replace the simulation of `hubsim validate`; gives the draws that it would run, and its exit code."""
    import sim.cli.main

    names = ("graduate_survival", "success_rate", "completion_rate", "cohort_success_rate")
    found = runs.assign(**{f"reading:{name}": 0.9 for name in names}, **{"reporting.unseen": 0.4})
    asked = []

    def bank_in(base, draws, folder, **_):
        folder.mkdir(parents=True, exist_ok=True)
        asked.append(draws)
        return folder, found

    monkeypatch.setattr("sim.inference.training_runs.bank_in", bank_in)
    monkeypatch.setattr("sim.figures.style.save", lambda *_: [])
    experiment = str(Path(__file__).parents[2] / "experiments" / "calibration.yaml")
    monkeypatch.chdir(tmp_path)

    def call(*options):
        asked.clear()
        code = CliRunner().invoke(sim.cli.main.app, ["validate", "--experiment", experiment, *options]).exit_code
        return code, asked

    return call


def test_the_board_is_scored_under_posterior_defaults_or_a_set(validate):
    posterior = load_posterior()
    code, [draws] = validate("--runs", "3")
    assert code == 0 and draws == posterior[:3] and Path("results/validate/scoreboard.csv").exists()
    code, [draws] = validate("--runs", "2", "--parameters", "fixed")
    declared = schema().declarations
    assert draws == [{path: declared[path].default for path in posterior[0]}] * 2
    assert code == 0 and Path("results/validate-fixed/scoreboard.csv").exists()
    code, [draws] = validate("--runs", "1", "--parameters", "operator-friendly")
    assert code == 0 and draws[0] == draws[0] | parameter_set("operator-friendly") and draws[0] != posterior[0]
    Path("mine.csv").write_text("draw,medoid,closure.rate\n0,1,0.002\n", encoding="utf-8")
    code, [draws] = validate("--runs", "1", "--posterior", "mine.csv")
    assert code == 0 and draws[0]["closure.rate"] == 0.002
    assert draws[0]["cash.margin"] == declared["cash.margin"].default, "what a file leaves out stays at the default"
    assert validate("--strict", "--parameters", "fixed")[0] == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--posterior", "missing.csv"],
        ["--posterior", "."],
        ["--parameters", "evidence"],
        ["--parameters", "fixed", "--posterior", "missing.csv"],
        ["--parameters", "fixed", "--data-worth"],
        ["--parameters", "fixed", "--hold-out", "2021"],
        ["--runs", "0"],
    ],
)
def test_what_cannot_be_scored_ends_with_two_and_runs_nothing(validate, options):
    assert validate(*options) == (2, [])


def test_forecasts_from_several_years_are_scored_together(validate, monkeypatch):
    import sim.cli.main

    monkeypatch.setattr("sim.cli.validate._draws_known_by", lambda calibration, month, count: [{}] * count)
    years = ["--hold-out", "2023", "--hold-out", "2021", "--hold-out", "2021"]
    code, asked = validate("--runs", "5", *years)
    assert code == 0 and [len(draws) for draws in asked] == [5, 5]
    folder = Path("results/validate-2021-2023")
    tables = [pd.read_csv(folder / year / "forecast.csv") for year in ("2021", "2023")]
    assert all(table["known"].all() and (table["crps"].dropna() >= 0).all() for table in tables)
    assert set(tables[1]["id"]) < set(tables[0]["id"]), "later, fewer facts are to come"
    told = CliRunner().invoke(sim.cli.main.app, ["validate", "--json", "--quiet", "--runs", "5", *years[2:]]).stdout
    found = json.loads(told)
    assert len(found["facts"]) == len(tables[0]) == found["coverage"]["facts"]
    assert [row["against"] for row in found["skill"]] == ["nothing changes"] * 2 + ["the trend goes on"] * 2
    assert Path("results/validate-2021/skill.csv").exists()
    text = CliRunner().invoke(sim.cli.main.app, ["validate", "--quiet", "--runs", "5", *years[2:]]).stdout
    assert "knew these facts" in text and "too few" in text


def test_what_stands_beside_a_fact_holds_chance_and_the_error_of_observing_it():
    """Runs without scatter leave only the error, whose 90 % interval reaches 1.645 standard deviations."""
    assert predictive_ends(np.full(50, 3.0), 0.2) == pytest.approx([3 - 0.329, 3 + 0.329], abs=0.01)
    runs = np.random.default_rng(1).normal(0, 1, 4000)
    assert predictive_ends(runs, 1.0)[1] == pytest.approx(1.645 * np.sqrt(2), rel=0.05)
    assert predictive_ends(runs, np.nan) == predictive_ends(runs, 0.0) == predictive_ends(runs[::-1], 0.0)
    assert predictive_ends(runs, 0.0) == pytest.approx(np.quantile(runs, [0.05, 0.95]).tolist(), abs=0.01)
