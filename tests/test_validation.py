"""The scoreboard marks what it should, misses keep a sentence, and useless data are worth nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analysis.calibration import load_calibration
from sim.analysis.designs import DESIGNS
from sim.analysis.surrogate import Surrogate
from sim.analysis.validation import data_worth, patterns, readings, scoreboard
from sim.data import table
from sim.figures.scoreboard import observed_against_simulated
from sim.figures.style import save


@pytest.fixture
def runs():
    """Runs that meet every fact, but for one, which they miss, and one that they cannot show."""
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
    calibration = load_calibration(Path(__file__).parent.parent / "experiments" / "calibration.yaml")
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


def test_a_fact_that_shows_the_effect_is_worth_more_than_noise():
    names = ["effect_survival_5y", *(name for design in DESIGNS.values() for name in design)]
    weights = np.zeros((3, len(names)))
    weights[1, 0] = 1.0
    weights[1, names.index("near_threshold_gap")] = 1.0
    ones, zeros = np.ones(len(names)), np.zeros(len(names))
    surrogate = Surrogate(("x",), tuple(names), zeros[:1], ones[:1], zeros, weights, ones, 0.2 * ones)
    draws = np.random.default_rng(1).random((200, 1))
    found = data_worth(surrogate, draws).set_index("fact")["reduction"]
    assert found["outcomes of rejected applicants"] > 0.5
    assert found["waiting times"] < 0.02
