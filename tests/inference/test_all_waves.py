"""Truths through all waves, with a procedure that calibrates on a known model, and the whole command, which is slow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known_bank import known_bank, known_model, small

from sim.inference.all_waves import FILE, TRUTHS, through_all_waves
from sim.inference.calibration_file import BankPlan, load_calibration
from sim.inference.run_calibration import calibrate
from sim.inference.sampling import likelihood_of, sample
from sim.inference.simulated_truths import DRAWS, first_wave_of, spread_truths
from sim.inference.surrogate import Surrogate, fit
from sim.parameters.posterior import load_bank
from sim.report.text.truths import all_waves_sentence

CALIBRATION = Path(__file__).parents[2] / "experiments" / "calibration.yaml"
PLAN = BankPlan(whole=100, believed=60)


@dataclass
class Found:
    draws: np.ndarray
    surrogate: Surrogate


def test_each_truth_is_looked_for_once_with_its_own_facts_and_seed(tmp_path):
    calibration = small(load_calibration(CALIBRATION), parameters=3, targets=4, plan=PLAN)
    model = known_model(calibration, (*calibration.moments, "selection"))
    bank = known_bank(calibration, model)
    seen = []

    def procedure(of, shared, folder):
        assert len(shared) == len(bank) - 1, "the run of the truth itself teaches nothing"
        assert (tmp_path / FILE).exists(), "an interrupted study would be taken for a foreign folder"
        seen.append(of)
        own = known_bank(of, model, of.seed)
        surrogate = fit(own, of.priors, [*of.moments, "selection"])
        return Found(sample(likelihood_of(of, surrogate), 200, of.seed).draws, surrogate)

    truths = spread_truths(calibration, first_wave_of(calibration, bank), 3)
    found = through_all_waves(calibration, bank, truths[:2], tmp_path, procedure)
    again = through_all_waves(calibration, bank, truths, tmp_path, procedure)
    assert len(seen) == 3, "finished truths are kept"
    assert len({of.seed for of in seen} | {calibration.seed}) == 4
    assert len({tuple(target.low for target in of.targets) for of in seen}) == 3
    assert sorted(again["truth"].unique()) == truths
    assert again.head(len(found)).equals(found.astype(again.dtypes.to_dict())) and (tmp_path / FILE).exists()


def test_the_sentence_counts_intervals_that_hold_the_truth():
    ranks = {(1, "a"): 100, (1, "b"): 20, (2, "a"): 199, (2, "b"): 60}  # of 199 draws: middle, in 90 %, at the end
    found = pd.DataFrame([{"truth": truth, "quantity": name, "rank": rank} for (truth, name), rank in ranks.items()])
    sentence = all_waves_sentence(found)
    assert sentence == (
        "2 truths, 2 quantities: 50 % (± 0) of 50 % intervals and 75 % (± 25) of 90 % intervals hold the truth."
    )
    assert all_waves_sentence(found[found["truth"] == 1]).startswith("1 truth, 2 quantities: 50 % of 50 %")


def test_the_kept_truths_are_those_that_the_command_chooses_and_lie_in_their_intervals_as_often_as_these_say():
    """Of ten truths, the mean share is off by more than 4 standard errors once in 300 times (Student, 9 degrees)."""
    found = pd.read_csv(CALIBRATION.parent / "known-truths" / FILE)
    calibration = load_calibration(CALIBRATION)
    assert sorted(found["truth"].unique()) == spread_truths(
        calibration, first_wave_of(calibration, load_bank()), TRUTHS
    )
    assert found["rank"].between(0, DRAWS).all()
    away = ((found["rank"] + 0.5) / (DRAWS + 1) - 0.5).abs()
    for level in (0.5, 0.9):
        shares = (away < level / 2).groupby(found["truth"]).mean()
        assert abs(shares.mean() - level) < 4 * shares.sem(), level


@pytest.mark.slow
def test_a_truth_goes_through_real_waves(tmp_path):
    """One truth, few runs: that the parts fit together; `hubsim calibrate --all-waves` does it in earnest."""
    whole = load_calibration(CALIBRATION)
    plan = BankPlan(whole=24, believed=12, wave=12, waves=1)
    calibration = replace(whole, bank=plan, sets=())
    bank = calibrate(calibration, tmp_path / "first", checked=False, steps=400).bank

    def procedure(of, shared, folder):
        found = calibrate(of, folder, first_wave=shared, checked=False, steps=400)
        assert found.bank.index.tolist() == [*shared.index, *range(36, 48)]
        return found

    first_wave = first_wave_of(calibration, bank)
    found = through_all_waves(calibration, first_wave, [30], tmp_path / "again", procedure)
    assert found["rank"].between(0, 199).all() and len(found) >= 30
