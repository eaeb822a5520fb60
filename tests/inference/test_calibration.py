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
from scipy.stats import norm

from sim.inference.calibration_file import Target, load_calibration
from sim.inference.fitted_sets import misfit, pinned, write_set
from sim.inference.prior import Spike
from sim.inference.sampling import Likelihood, likelihood_of, sample, sample_until, weights_of_readings
from sim.inference.surrogate import fit
from sim.inference.training_runs import run_bank
from sim.inference.waves import run_waves, share_left, whole_prior
from sim.parameters.posterior import load_manifest, load_posterior, medoid
from sim.scenario import ScenarioError, load_scenario

FILE = Path(__file__).parents[2] / "experiments" / "calibration.yaml"
PRIORS = {"revenue.base_growth": (0.01, 0.05), "closure.rate": (0.0005, 0.006)}


@pytest.fixture(scope="module")
def calibration():
    return load_calibration(FILE)


def draws_of_prior(count: int) -> list[dict[str, float]]:
    """Draws of the two parameters `PRIORS`, which fill their ranges."""
    low, high = np.array(list(PRIORS.values())).T
    uniform = np.random.default_rng(7).random((count, 2))
    return [dict(zip(PRIORS, row, strict=True)) for row in (low + uniform * (high - low)).tolist()]


def with_moments(frame: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Draws with moments that are known functions of the parameters, with noise whose correlation is 0.8."""
    noise = np.random.default_rng(seed).standard_normal((3, len(frame)))
    growth, closure = frame["revenue.base_growth"], frame["closure.rate"]
    together = 0.8 * noise[0] + 0.6 * noise[1]
    return frame.assign(
        survival_outside_5y=1 - 60 * closure + 5 * growth**2 + 0.01 * noise[0],
        survival_outside_3y=1 - 36 * closure + 3 * growth**2 + 0.01 * together,
        revenue_mean=np.exp(5 + 60 * growth + 0.05 * noise[2]),
    )


def small_bank(count: int = 300) -> pd.DataFrame:
    """A bank whose moments are known functions of the parameters, with noise."""
    return with_moments(pd.DataFrame(draws_of_prior(count)))


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
        "kind: calibration\nbase: builtin:today\nbank: {whole: 2}\n"
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
    chains = sample(Likelihood(surrogate, targets, (), 0.5, {}), steps=1000)
    assert chains.report["r_hat_worst"] < 1.1
    assert chains.draws.mean(axis=0) == pytest.approx([0.03, 0.003], rel=0.05)


def test_a_spike_gets_the_probability_that_bayes_gives_it():
    """Compared with quadrature over both ranges; five standard errors of a chain of this length are 0.05."""
    surrogate = fit(small_bank(), PRIORS, ["survival_outside_5y", "revenue_mean"])
    spike = Spike("closing", 0.3, {"closure.rate": 0.0005}, "a test")
    seen = surrogate(np.array([[0.03, 0.001]]))[0]
    target = Target("survival_outside_5y", seen[0] - 0.1, seen[0] + 0.1, seen[0], "2024", "a test")
    likelihood = Likelihood(surrogate, (target,), (), 0.5, {}, spikes=(spike,))
    rates = np.linspace(*PRIORS["closure.rate"], 400)
    growths = np.linspace(*PRIORS["revenue.base_growth"], 60)

    def evidence(rate: np.ndarray) -> float:
        points = np.stack(np.meshgrid(growths, rate), axis=-1).reshape(-1, 2)
        return float(np.exp(likelihood(points)).mean())

    with_spike, without = 0.3 * evidence(np.array([0.0005])), 0.7 * evidence(rates)
    chains = sample(likelihood, steps=2000)
    held = spike.holds(chains.parameters, chains.draws)
    assert held.mean() == pytest.approx(with_spike / (with_spike + without), abs=0.05)


def test_deviations_that_go_together_count_once():
    """Two facts that miss in the same direction, by the same history, tell little more than one."""
    surrogate = fit(small_bank(2000), PRIORS, ["survival_outside_5y", "survival_outside_3y"])
    assert surrogate.correlation[0, 1] == pytest.approx(0.8, abs=0.05)
    point = np.array([[0.03, 0.003]])
    five, three = surrogate(point)[0]
    both = tuple(
        Target(name, seen - 1e-4, seen + 1e-4, seen, "2024", "a test")
        for name, seen in (("survival_outside_5y", five + 0.02), ("survival_outside_3y", three + 0.02))
    )
    away = Likelihood(surrogate, both, (), 0.0, {}).facts.distances(surrogate.learnt(point))
    assert away == pytest.approx(2 * 2**2 / (1 + 0.8), rel=0.1)


def test_a_fact_known_by_its_band_may_be_anywhere_in_it():
    """The density of a history is then the mean over the band; compared with quadrature."""
    surrogate = fit(small_bank(), PRIORS, ["survival_outside_5y"])
    likelihood = Likelihood(surrogate, (Target("survival_outside_5y", 0.7, 0.9, None, "2024", "a test"),), (), 0.5, {})
    points = np.array([[0.03, rate] for rate in np.linspace(*PRIORS["closure.rate"], 12)])
    places = np.linspace(0.0025, 0.9975, 200)
    density = np.mean([np.exp(likelihood(points, np.full((12, 1), place))) for place in places], axis=0)
    own = np.hypot(surrogate.scatter[0], 0.5 * 0.05)
    moments = surrogate(points)[:, 0]
    expected = np.diff(norm.cdf((np.array([[0.7], [0.9]]) - moments) / own), axis=0)[0]
    assert density / density.max() == pytest.approx(expected / expected.max(), rel=0.02, abs=0.02)


def test_waves_go_where_no_fact_rules_out_and_end_when_nothing_more_is(calibration, tmp_path, monkeypatch):
    wanted = with_moments(pd.DataFrame([{"revenue.base_growth": 0.03, "closure.rate": 0.003}]), seed=2).iloc[0]
    targets = tuple(
        Target(name, 0.98 * wanted[name], 1.02 * wanted[name], wanted[name], "2022", "a test")
        for name in ("survival_outside_5y", "revenue_mean")
    )
    plan = calibration.bank.model_copy(update={"whole": 64, "believed": 0, "wave": 40, "waves": 4})
    small = replace(calibration, priors=PRIORS, targets=targets, effects=(), spikes=(), bank=plan)
    batches: list[pd.DataFrame] = []

    def simulated(base, draws, folder, *, seed, first):
        index = pd.RangeIndex(first, first + len(draws))
        batches.append(with_moments(pd.DataFrame(draws, index=index), seed=first))
        return batches[-1]

    monkeypatch.setattr("sim.inference.waves.run_bank", simulated)

    def learn(of, bank, moments):
        return fit(bank, of.priors, moments)

    bank = run_waves(small, tmp_path, learn)
    shares = [wave.share for wave in bank.waves]
    assert len(batches) == len(shares) and bank.frame.index.is_unique
    assert shares[-1] > 0.9 * shares[-2] or len(shares) == 5
    assert batches[-1]["revenue.base_growth"].std() < 0.5 * batches[0]["revenue.base_growth"].std()
    assert shares[-1] == share_left(likelihood_of(small, learn(small, bank.frame, small.moments)), small.seed)


def test_the_final_sample_goes_on_until_it_is_long_and_alike():
    surrogate = fit(small_bank(), PRIORS, ["survival_outside_5y", "revenue_mean"])
    seen = surrogate(np.array([[0.03, 0.003]]))[0]
    targets = (Target("revenue_mean", 0.9 * seen[1], 1.1 * seen[1], seen[1], "2022", "a test"),)
    likelihood = Likelihood(surrogate, targets, (), 0.5, {})
    long = sample_until(likelihood, 1, 40_000).report
    assert long["ensembles"] == 4 and long["r_hat_worst"] < 1.01 and long["kept_autocorrelation_times"] >= 50
    assert sample_until(likelihood, 1, 400).report["steps"] == 400


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("{effect_survival_5y: 0.15}", "{effect_survivl_5y: 0.15}", "unknown effect 'effect_survivl_5y'; did you mean"),
        ("rent.multiplier: 1}", "rent.multiplir: 1}", "unknown parameter 'rent.multiplir'; did you mean"),
        ("rent.multiplier: 1}", "rent.multiplier: 2}", "rent.multiplier must be within its range, 0.7 to 1, but is 2"),
    ],
)
def test_a_wrong_pin_or_spike_is_told_at_its_place(tmp_path, right, wrong, message):
    text = FILE.read_text(encoding="utf-8").replace("../scenarios/parameters/literature.yaml", "builtin:today")
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(ScenarioError, match=rf"wrong.yaml:\d+:\d+: {message}"):
        load_calibration(file)


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


def test_draws_of_the_first_wave_fill_the_prior_with_its_spikes_and_repeat(calibration):
    draws = whole_prior(calibration, 1024)
    assert draws == whole_prior(calibration, 1024)
    frame = pd.DataFrame(draws)
    for path, (low, high) in calibration.priors.items():
        assert frame[path].between(low, high).all()
    for spike in calibration.spikes:
        held = spike.holds(tuple(frame), frame.to_numpy()).mean()
        assert held == pytest.approx(spike.probability, abs=0.01)  # a Sobol sequence of 1,024 is nearly even


def test_the_posterior_comes_along_and_makes_scenarios(today):
    draws = load_posterior()
    assert len(draws) == 400
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
from sim.inference.training_runs import run_bank
from sim.scenario import load_scenario
draws = [{"revenue.base_growth": 0.02 + 0.01 * number} for number in range(3)]
run_bank(load_scenario("builtin:today"), draws, Path(sys.argv[1]), workers=1)
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
    today, draws = (
        load_scenario("builtin:today"),
        [{"revenue.base_growth": 0.02 + 0.01 * number} for number in range(3)],
    )
    resumed = run_bank(today, draws, tmp_path / "killed", workers=1)
    assert all((parts / name).stat().st_mtime_ns == when for name, when in kept.items())
    whole = run_bank(today, draws, tmp_path / "whole", workers=1)
    pd.testing.assert_frame_equal(resumed, whole, check_exact=True)
