"""Weights by a new fact: the likelihood of a calibration, and what they move."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sim.cli.main import app
from sim.errors import StudyError
from sim.inference.calibration_file import Target, load_calibration
from sim.inference.new_fact import check_names, fact_of, weigh, weighted_summary
from sim.inference.run_calibration import learn
from sim.inference.sampling import likelihood_of
from sim.parameters.draws import Draws, draws_of
from sim.parameters.weights import weights_of

FILE = Path(__file__).parents[2] / "experiments" / "calibration.yaml"
PRIORS = {"revenue.base_growth": (0.01, 0.05), "closure.rate": (0.0005, 0.006)}


@pytest.fixture(scope="module")
def world():
    """A calibration of two parameters with a bank whose moments are known functions of them, and draws."""
    calibration = load_calibration(FILE)
    target = next(one for one in calibration.targets if one.name == "national_survival_5y")
    small = replace(calibration, priors=PRIORS, targets=(target,), effects=(), spikes=(), claim=("", {}))
    rng = np.random.default_rng(2)
    low, high = np.array(list(PRIORS.values())).T
    points = low + (high - low) * rng.random((400, 2))
    bank = pd.DataFrame(points, columns=list(PRIORS))
    growth, closure = points.T
    bank["national_survival_5y"] = 1 - 60 * closure + 0.01 * rng.standard_normal(400)
    bank["size_log_sd"] = 1 + 10 * growth + 0.02 * rng.standard_normal(400)
    values = low + (high - low) * rng.random((150, 2))
    return small, bank, Draws("mine.csv", tuple(dict(zip(PRIORS, row, strict=True)) for row in values.tolist()))


def test_a_fact_is_read_with_or_without_a_value():
    assert fact_of("residents_2024=480:460:500") == Target("residents_2024", 460, 500, 480, "", "")
    assert fact_of("turnover=0.22:0.3").value is None
    for text, told in {
        "residents_2024": "write NAME=VALUE:LOW:HIGH",
        "residents_2024=480": "write NAME=VALUE:LOW:HIGH",
        "residents_2024=many:460:500": "with numbers",
        "residents_2024=480:460:inf": "with numbers",
        "=480:460:500": "write NAME",
        "residents_2024=480:500:460": "from a lower to a higher number, not 500 to 460",
        "residents_2024=400:460:500": "the value 400 must be in its band, 460 to 500",
    }.items():
        with pytest.raises(StudyError, match=told):
            fact_of(text)


def test_names_must_be_moments_of_the_bank(world):
    calibration, bank, _ = world
    check_names([fact_of("size_log_sd=1:2")], calibration, bank)
    with pytest.raises(StudyError, match=r"size_lg_sd is no fact of .*did you mean 'size_log_sd'"):
        check_names([fact_of("size_lg_sd=1:2")], calibration, bank)
    with pytest.raises(StudyError, match="residents_2024 is a fact that the bank has no moment of"):
        check_names([fact_of("residents_2024=450:520")], calibration, bank)
    with pytest.raises(StudyError, match="given twice"):
        check_names([fact_of("size_log_sd=1:2"), fact_of("size_log_sd=1:3")], calibration, bank)


def density_of_the_new_fact(calibration, bank, draws, deviation):
    """Its normal density given the fitted fact, with which its chance is correlated; two conditional moments."""
    surrogate = learn(calibration, bank, moments=["national_survival_5y", "size_log_sd"])
    [fitted] = calibration.targets
    points = np.array([[draw[path] for path in surrogate.parameters] for draw in draws.values])
    beside = surrogate(points)[:, 0] - fitted.value
    own = np.array([fitted.tolerance, 0.05]) * np.hypot(1, calibration.discrepancy)
    covariance = np.outer(surrogate.scatter, surrogate.scatter) * surrogate.correlation + np.diag(own**2)
    slope = covariance[0, 1] / covariance[0, 0]
    variance = covariance[1, 1] - slope * covariance[0, 1]
    return np.exp(-0.5 * (deviation - slope * beside) ** 2 / variance)


def test_weights_are_the_normal_likelihood_of_the_fact(world):
    calibration, bank, draws = world
    fact = fact_of("size_log_sd=1.3:1.2:1.4")
    found = weigh(calibration, bank, draws, [fact])
    predicted = found.weights["size_log_sd"].to_numpy()
    growth = np.array([draw["revenue.base_growth"] for draw in draws.values])
    assert predicted == pytest.approx(1 + 10 * growth, abs=0.02)
    by_hand = density_of_the_new_fact(calibration, bank, draws, predicted - 1.3)
    assert found.weights["weight"].to_numpy() == pytest.approx(by_hand / by_hand.sum())
    assert found.effective == pytest.approx(1 / (found.weights["weight"] ** 2).sum())
    [row] = found.moved.to_dict("records")
    assert row["after"] == pytest.approx(found.weights["weight"] @ predicted)
    assert row["shift"] == pytest.approx((row["after"] - predicted.mean()) / predicted.std())
    assert row["after_high"] - row["after_low"] < row["before_high"] - row["before_low"]


def test_a_fact_that_was_fitted_is_replaced_and_the_same_again_moves_nothing(world):
    calibration, bank, draws = world
    [fitted] = calibration.targets
    found = weigh(calibration, bank, draws, [replace(fitted, source="", date="")])
    assert found.replaced == (fitted.name,)
    assert found.weights["weight"].to_numpy() == pytest.approx(1 / len(draws.values))
    tighter = replace(fitted, low=fitted.low + 0.01, high=fitted.high - 0.01)
    moved = weigh(calibration, bank, draws, [tighter])
    surrogate = learn(calibration, bank, moments=[fitted.name])
    points = np.array([list(draw.values()) for draw in draws.values])
    new, old = (likelihood_of(replace(calibration, targets=(one,)), surrogate)(points) for one in (tighter, fitted))
    by_hand = np.exp(new - old)
    assert moved.weights["weight"].to_numpy() == pytest.approx(by_hand / by_hand.sum())


def test_a_fact_that_no_draw_agrees_with_asks_for_a_calibration(world):
    calibration, bank, draws = world
    with pytest.raises(StudyError, match=r"effective number .*size_log_sd: the draws say .* the fact 3 to 3\.02.*anew"):
        weigh(calibration, bank, draws, [fact_of("size_log_sd=3:3.02")])


def test_draws_must_have_the_free_parameters_in_their_ranges(world):
    calibration, bank, _ = world
    fact = [fact_of("size_log_sd=1:2")]
    with pytest.raises(StudyError, match=r"all 2 free parameters .* mine\.csv lacks closure\.rate"):
        weigh(calibration, bank, Draws("mine.csv", ({"revenue.base_growth": 0.02},) * 20), fact)
    outside = {"revenue.base_growth": 0.2, "closure.rate": 0.001}
    with pytest.raises(StudyError, match=r"draw 0 of mine\.csv has revenue\.base_growth = 0\.2, outside the range"):
        weigh(calibration, bank, Draws("mine.csv", (outside,) * 20), fact)


def test_a_weighted_interval_holds_nine_tenths_of_the_weight():
    values, weight = np.arange(1000.0), np.linspace(0, 1, 1000)
    weight /= weight.sum()
    mean, low, high = weighted_summary(values, weight)
    assert mean == pytest.approx(weight @ values)
    assert weight[(values >= low) & (values <= high)].sum() == pytest.approx(0.9, abs=0.005)


def test_the_command_writes_weights_that_other_commands_read(tmp_path):
    out = tmp_path / "facts"
    fact = "residents_2024=480:460:500"
    told = CliRunner().invoke(app, ["calibrate", str(FILE), "--fact", fact, "--out", str(out), "--json", "--quiet"])
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert answer["facts"][0]["replaces_what_was_fitted"] and len(answer["weights"]) == answer["draws"]
    assert json.loads((out / "weights_manifest.json").read_text())["effective_draws"] == answer["effective_draws"]
    read = weights_of(str(out / "weights.csv"), range(answer["draws"]))
    assert read.effective == pytest.approx(answer["effective_draws"], abs=0.06)
    weighted = draws_of("posterior", out / "weights.csv")
    moved = pd.read_csv(out / "moved.csv").set_index("quantity")
    assert {"effect_survival_5y", "residents_2024"} <= set(moved.index)
    picked = [weighted.of(world).number for world in range(0, 2 * answer["draws"], 2)]
    predicted = pd.read_csv(out / "weights.csv")["residents_2024"].to_numpy()
    assert predicted[picked].mean() == pytest.approx(moved.loc["residents_2024", "after"], abs=predicted.std() / 20)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fact", "a=1:2", "--defaults"], "--defaults and --fact exclude each other"),
        (["--posterior", "posterior.csv"], "--posterior names the draws that --fact weighs"),
        (["--fact", "residents_2024=1"], "write NAME=VALUE:LOW:HIGH"),
    ],
)
def test_what_cannot_be_asked_is_told(options, told):
    found = CliRunner().invoke(app, ["calibrate", str(FILE), *options])
    assert found.exit_code == 2 and told in found.output
