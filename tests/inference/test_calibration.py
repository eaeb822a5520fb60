"""Calibration: the file, the bank and its resumption, the surrogate, the sampler, the files of the posterior."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.inference.calibration_file import Target, load_calibration
from sim.inference.fitted_sets import misfit, pinned, write_set
from sim.inference.prior import Spike
from sim.inference.recovery import as_if_observed, recover
from sim.inference.sampling import Likelihood, sample, weights_of_readings
from sim.inference.surrogate import fit
from sim.inference.training_runs import near_draws, run_bank, sobol_draws
from sim.parameters.posterior import load_bank, load_manifest, load_posterior, medoid
from sim.scenario import ScenarioError, load_scenario

FILE = Path(__file__).parents[2] / "experiments" / "calibration.yaml"
PRIORS = {"revenue.base_growth": (0.01, 0.05), "closure.rate": (0.0005, 0.006)}


@pytest.fixture(scope="module")
def calibration():
    return load_calibration(FILE)


def small_bank(count: int = 300) -> pd.DataFrame:
    """A bank whose moments are known functions of the parameters, with noise."""
    frame = pd.DataFrame(sobol_draws(PRIORS, count))
    rng = np.random.default_rng(1)
    growth, closure = frame["revenue.base_growth"], frame["closure.rate"]
    frame["survival_outside_5y"] = 1 - 60 * closure + 5 * growth**2 + 0.01 * rng.standard_normal(count)
    frame["revenue_mean"] = np.exp(5 + 60 * growth + 0.05 * rng.standard_normal(count))
    return frame


def test_every_target_has_a_source_and_every_parameter_a_declared_prior(calibration):
    declared = calibration.base.schema.declarations
    assert all(declared[path].prior == pytest.approx(ends) for path, ends in calibration.priors.items())
    assert all(target.source and target.low < target.high for target in calibration.targets)
    assert {effect.name for effect in calibration.effects} >= {"effect_survival_5y"}


def test_what_was_published_after_2021_can_be_held_out(calibration):
    kept = {target.name for target in calibration.until("2021-12").targets}
    assert "export_share_2021" in kept
    assert not kept & {"export_share_2023", "export_share_2024", "residents_2024", "residents_2022"}


def test_mistakes_are_told_at_their_place(tmp_path):
    (tmp_path / "scenarios").mkdir()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "kind: calibration\nbase: builtin:today\nbank: {whole: 2, near: 2}\n"
        "parameters:\n  revenue.base_grwth: {from: 0, to: 1}\ntargets:\n  nothing: {band: {low: 0}}\n"
    )
    with pytest.raises(ScenarioError) as error:
        load_calibration(wrong)
    assert "wrong.yaml:5:3: unknown name 'revenue.base_grwth'" in str(error.value)
    assert "wrong.yaml:7" in str(error.value)


def test_the_surrogate_learns_what_is_there_and_knows_its_noise():
    found = fit(small_bank(), PRIORS, ["survival_outside_5y", "revenue_mean"])
    assert min(found.r2) > 0.95
    assert found.scatter == pytest.approx([0.01, 0.05], rel=0.2)
    middle = np.array([[0.03, 0.003]])
    assert found(middle)[0] == pytest.approx([1 - 0.18 + 5 * 0.0009, np.exp(6.8)], rel=0.02)


def test_the_sampler_finds_a_known_truth_and_says_that_it_has_converged():
    surrogate = fit(small_bank(), PRIORS, ["survival_outside_5y", "revenue_mean"])
    seen = surrogate(np.array([[0.03, 0.003]]))[0]
    targets = (
        Target("survival_outside_5y", seen[0] - 0.02, seen[0] + 0.02, seen[0], "2024", "a test"),
        Target("revenue_mean", 0.9 * seen[1], 1.1 * seen[1], seen[1], "2022", "a test"),
    )
    chains = sample(Likelihood(surrogate, targets, (), 0.5), steps=600)
    assert chains.report["r_hat_worst"] < 1.1
    assert chains.draws.mean(axis=0) == pytest.approx([0.03, 0.003], rel=0.05)


def test_a_spike_gets_the_probability_that_bayes_gives_it():
    """Compared with quadrature over both ranges; five standard errors of a chain of this length are 0.05."""
    surrogate = fit(small_bank(), PRIORS, ["survival_outside_5y", "revenue_mean"])
    spike = Spike("closing", 0.3, {"closure.rate": 0.0005}, "a test")
    seen = surrogate(np.array([[0.03, 0.001]]))[0]
    target = Target("survival_outside_5y", seen[0] - 0.1, seen[0] + 0.1, seen[0], "2024", "a test")
    likelihood = Likelihood(surrogate, (target,), (), 0.5, spikes=(spike,))
    rates = np.linspace(*PRIORS["closure.rate"], 400)
    growths = np.linspace(*PRIORS["revenue.base_growth"], 60)

    def evidence(rate: np.ndarray) -> float:
        points = np.stack(np.meshgrid(growths, rate), axis=-1).reshape(-1, 2)
        return float(np.exp(likelihood(points)).mean())

    with_spike, without = 0.3 * evidence(np.array([0.0005])), 0.7 * evidence(rates)
    chains = sample(likelihood, steps=2000)
    held = spike.holds(chains.parameters, chains.draws)
    assert held.mean() == pytest.approx(with_spike / (with_spike + without), abs=0.05)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("{effect_survival_5y: 0.15}", "{effect_survivl_5y: 0.15}", "unknown effect 'effect_survivl_5y'; did you mean"),
        ("rent.multiplier: 1}", "rent.multiplir: 1}", "unknown parameter 'rent.multiplir'; did you mean"),
        ("rent.multiplier: 1}", "rent.multiplier: 2}", "rent.multiplier must be within its range, 0.7 to 1, but is 2"),
        ("\nspikes:", "\nspiks:", "bank.spiked asks for draws on spikes, but the file has no spikes"),
    ],
)
def test_a_wrong_pin_or_spike_is_told_at_its_place(tmp_path, right, wrong, message):
    text = FILE.read_text(encoding="utf-8").replace("../scenarios/parameters/literature.yaml", "builtin:today")
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(ScenarioError, match=rf"wrong.yaml:\d+:\d+: {message}"):
        load_calibration(file)


def test_a_simulated_history_stands_in_for_the_facts(calibration):
    seen = small_bank().iloc[0]
    targets = tuple(t for t in calibration.targets if t.name in ("survival_outside_5y", "revenue_mean"))
    observed = as_if_observed(replace(calibration, targets=targets), seen)
    assert not observed.effects
    for target, before in zip(observed.targets, targets, strict=True):
        assert target.value == seen[target.name] == pytest.approx((target.low + target.high) / 2)
        assert target.tolerance == pytest.approx(before.tolerance)


def test_a_named_set_pins_its_effect_and_is_a_scenario(calibration, tmp_path):
    weighted, friendly = calibration.sets
    middle = {target.name: (target.low + target.high) / 2 for target in calibration.targets}
    facts = middle | {target.name: target.value for target in calibration.targets if target.value is not None}
    perfect = facts | {effect.name: effect.centre for effect in calibration.effects}
    assert misfit(pinned(calibration, weighted), perfect) == pytest.approx(0)
    assert misfit(pinned(calibration, friendly), perfect) > 1
    draw = medoid()
    write_set(friendly, draw, tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "today.yaml").write_text("name: Today\n")
    (tmp_path / "parameters").rename(tmp_path / "scenarios" / "parameters")
    found = load_scenario(tmp_path / "scenarios" / "parameters" / "operator-friendly.yaml")
    assert found.title() == "Operator-friendly"
    assert {path: found.values[path] for path in draw} == pytest.approx(draw, rel=1e-3)


def test_readings_of_the_claim_are_weighed_and_never_forced():
    moments = {"near": np.full(10, 0.9), "far": np.full(10, 0.6)}
    weights = weights_of_readings(moments, 0.9, 0.02, {"near": 0.1, "far": 0.9})
    assert weights["near"] > 0.99 and sum(weights.values()) == pytest.approx(1)


def test_draws_lie_in_their_ranges_and_repeat():
    for draws in (sobol_draws(PRIORS, 20), near_draws(PRIORS, {path: ends[0] for path, ends in PRIORS.items()}, 20)):
        assert all(PRIORS[path][0] <= value <= PRIORS[path][1] for draw in draws for path, value in draw.items())
    assert sobol_draws(PRIORS, 20) == sobol_draws(PRIORS, 20)


def test_the_posterior_comes_along_and_makes_scenarios(today):
    draws = load_posterior()
    assert len(draws) == 200
    chosen = today.with_values(medoid())
    assert chosen.values["revenue.base_growth"] == medoid()["revenue.base_growth"]
    assert load_manifest()["bank"]["worlds"] > 0


def test_the_defaults_are_the_medoid_of_the_posterior():
    """If this fails after a new calibration, write these values into `sim/processes`."""
    wanted = {path: float(f"{value:.4g}") for path, value in medoid().items()}
    today = load_scenario("builtin:today")
    assert {path: today.values[path] for path in wanted} == wanted


BANK = """
import sys
from pathlib import Path
from sim.inference.training_runs import run_bank, sobol_draws
from sim.scenario import load_scenario
priors = {"revenue.base_growth": (0.01, 0.05), "closure.rate": (0.0005, 0.006)}
run_bank(load_scenario("builtin:today"), sobol_draws(priors, 3), Path(sys.argv[1]), workers=1)
"""


def test_a_bank_that_was_killed_goes_on_and_ends_the_same(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", BANK, str(tmp_path / "killed")])
    parts = tmp_path / "killed" / "parts" / "runs"
    deadline = time.monotonic() + 120
    while not list(parts.glob("draw-*.parquet")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path.name: path.stat().st_mtime_ns for path in parts.glob("draw-*.parquet")}
    assert kept, "one draw was done before the kill"
    today, draws = load_scenario("builtin:today"), sobol_draws(PRIORS, 3)
    resumed = run_bank(today, draws, tmp_path / "killed", workers=1)
    assert all((parts / name).stat().st_mtime_ns == when for name, when in kept.items())
    whole = run_bank(today, draws, tmp_path / "whole", workers=1)
    pd.testing.assert_frame_equal(resumed, whole, check_exact=True)


@pytest.mark.slow
def test_intervals_cover_synthetic_truths(calibration, tmp_path):
    known, shares = recover(calibration, load_bank(), tmp_path)
    # Of 20 truths and 40 quantities each, correlated within a truth: 0.8 is four standard errors below 0.9.
    assert shares.loc[0, "coverage"] > 0.8
    # Eight intervals of 90 %: two or more miss in one study of five even if all is well.
    assert known["covered"].sum() >= 7
