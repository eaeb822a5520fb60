"""Simulation-based calibration: the surrogate without a truth, synthetic facts, and the study on a known model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known_bank import known_bank, known_model, small
from typer.testing import CliRunner

from sim.cli.main import app
from sim.errors import StudyError
from sim.figures.truths import draw_truths
from sim.inference import surrogate as surrogates
from sim.inference.calibration_file import BankPlan, load_calibration
from sim.inference.rerun import rerun
from sim.inference.sampling import Facts
from sim.inference.simulated_truths import COORDINATES, learnt_from, stated_points, synthetic_facts, truths_of
from sim.inference.simulation_based import CALIBRATION_FILE, TRUTHS, Verified, correlation, verified_of, verify
from sim.inference.surrogate import fit
from sim.inference.without_truth import LeftOut
from sim.report.text.truths import movement_sentence, verified
from sim.studies.record import read_record
from sim.studies.store import ResultStore

FILE = Path(__file__).parents[2] / "experiments" / "calibration.yaml"
PLAN = BankPlan(whole=120, believed=80)


@pytest.fixture(scope="module")
def calibration():
    return small(load_calibration(FILE), parameters=4, targets=13, plan=PLAN)


@pytest.fixture(scope="module")
def first_wave(calibration):
    names = (*calibration.moments, "selection")
    return known_bank(calibration, known_model(calibration, names))


def test_a_surrogate_without_a_row_is_the_one_that_is_learnt_without_it(calibration, first_wave, monkeypatch):
    """Fitted again without the row, with the penalty that all rows chose; undefined moments and local rows included."""
    bank = first_wave.copy()
    bank.loc[bank.index[::7], "turnover"] = np.nan
    names = list(calibration.moments)
    local = np.arange(len(bank)) >= PLAN.whole
    chosen = PLAN.whole + 17
    everything = fit(bank, calibration.priors, names, local)
    found = LeftOut(everything, bank, [chosen], local).without(chosen)
    others = np.arange(len(bank)) != chosen
    for place, name in enumerate(names):
        candidates = [(penalty, scale) for penalty in surrogates.PENALTIES for scale in surrogates.CURVATURES]
        same = []
        for penalty, scale in candidates:
            with monkeypatch.context() as patch:
                patch.setattr(surrogates, "PENALTIES", np.array([penalty]))
                patch.setattr(surrogates, "CURVATURES", (scale,))
                whole = fit(bank, calibration.priors, [name], local)
                if np.allclose(whole.weights[:, 0], everything.weights[:, place], rtol=1e-9, atol=1e-12):
                    same.append(fit(bank[others], calibration.priors, [name], local[others]))
        again = next(iter(same))
        np.testing.assert_allclose(found.weights[:, place], again.weights[:, 0], rtol=1e-6, atol=1e-9)
        assert found.scatter[place] == pytest.approx(again.scatter[0], rel=1e-9)
        assert not np.array_equal(found.weights[:, place], everything.weights[:, place])


def test_a_row_that_did_not_teach_a_moment_changes_nothing_of_it(calibration, first_wave):
    bank = first_wave.copy()
    bank.iloc[5, bank.columns.get_loc("turnover")] = np.nan
    everything = fit(bank, calibration.priors, ["turnover"])
    np.testing.assert_array_equal(LeftOut(everything, bank, [5]).without(5).weights, everything.weights)


def test_synthetic_facts_err_as_the_likelihood_says(calibration, first_wave):
    """Scores of 400 facts of one moment have the variance one; the bounds are five standard errors.

    A band holds the fact anywhere with the same probability, so its place is uniform.
    """
    surrogate, _ = learnt_from(calibration, first_wave)
    row = first_wave.iloc[150]
    rng = np.random.default_rng(1)
    seen = [synthetic_facts(calibration, surrogate, row, rng) for _ in range(400)]
    for place, target in enumerate(calibration.targets):
        floor = surrogate.floor[surrogate.moments.index(target.name)]
        truth = np.log(row[target.name]) if floor else row[target.name]
        facts = [Facts.of(one.targets, surrogate, one.discrepancy) for one in seen]
        own = np.array([one.own[place] for one in facts])
        np.testing.assert_allclose(own, Facts.of(calibration.targets, surrogate, 0.5).own[place])
        low, high = (np.array([getattr(one, end)[place] for one in facts]) for end in ("low", "high"))
        score = ((low + high) / 2 - truth) / np.hypot(own, (high - low) / np.sqrt(12))
        assert abs(score.mean()) < 5 / np.sqrt(400)
        assert abs(score.var() - 1) < 5 * np.sqrt(2 / 400)
        assert all(one.targets[place].low > 0 for one in seen) or not floor


def test_facts_that_a_world_does_not_define_are_left_out(calibration, first_wave):
    surrogate, _ = learnt_from(calibration, first_wave)
    row = first_wave.iloc[150].copy()
    row["turnover"] = np.nan
    seen = synthetic_facts(calibration, surrogate, row, np.random.default_rng(1))
    assert {target.name for target in calibration.targets} - {target.name for target in seen.targets} == {"turnover"}


def test_rounded_points_are_on_their_spikes_and_in_their_ranges(calibration):
    (path, value), *_ = calibration.spikes[0].values.items()
    low, high = np.array(list(calibration.priors.values())).T
    points = np.vstack([low, high, (low + high) / 2]).astype(np.float32).astype(float)
    points[0, list(calibration.priors).index(path)] = value * (1 + 3e-8)
    found = stated_points(calibration, points)
    assert ((found >= low) & (found <= high)).all()
    assert calibration.spikes[0].holds(tuple(calibration.priors), found).tolist() == [True, False, False]


def test_a_truth_is_no_part_of_its_own_surrogate_nor_of_its_reference(calibration, first_wave):
    """The change is small, so that all rows choose the same penalties."""
    position = PLAN.whole + 3
    changed = first_wave.copy()
    changed.iloc[position, changed.columns.get_loc("selection")] += 1e-4
    before, after = (next(truths_of(calibration, bank, [position], 100)) for bank in (first_wave, changed))
    column = before.surrogate.moments.index("selection")
    np.testing.assert_allclose(
        after.surrogate.weights[:, column], before.surrogate.weights[:, column], rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(after.references["parameters"], before.references["parameters"], rtol=1e-12)
    assert after.realised["selection"] == pytest.approx(before.realised["selection"] + 1e-4)


def test_the_correlation_of_truth_and_middle():
    rng = np.random.default_rng(1)
    true = rng.standard_normal(300)
    told = pd.DataFrame({"true": true, "median": true + rng.standard_normal(300), "realised": np.nan})
    found = correlation(told)
    assert found["low"] < 0.707 < found["high"] and found["realised"] is None
    blind = correlation(told.assign(median=rng.standard_normal(300)))
    assert blind["low"] < 4 / np.sqrt(300) and blind["high"] > -4 / np.sqrt(300)


def test_a_study_goes_on_where_it_was_and_writes_its_tables(calibration, first_wave, tmp_path):
    positions = [PLAN.whole, PLAN.whole + 5, PLAN.whole + 9]
    verify(calibration, first_wave, positions[:2], tmp_path / "study", steps=200, workers=1)
    parts = {file: file.stat().st_mtime_ns for file in (tmp_path / "study" / "parts" / "runs").glob("truth-*.parquet")}
    found = verify(calibration, first_wave, positions, tmp_path / "study", steps=200, workers=1)
    assert len(parts) == 2 and all(file.stat().st_mtime_ns == when for file, when in parts.items())
    assert sorted(found.ranks["truth"].unique()) == positions
    assert found.ranks["rank"].between(0, 199).all()
    written = {file.name for file in (tmp_path / "study").iterdir()}
    assert {"sbc_ranks.csv", "sbc_ecdf.csv", "tarp.csv", "sbc.json"} <= written
    whole = verify(calibration, first_wave, positions, tmp_path / "whole", steps=200, workers=1)
    pd.testing.assert_frame_equal(found.ranks, whole.ranks)
    store = ResultStore(tmp_path / "study")
    again = rerun(store, read_record(store).fingerprint, 3)
    assert again.runs == 3 and again.numbers > 100 and again.moved == [], "bit for bit, also those found beside others"
    store.path(CALIBRATION_FILE).write_text(store.path(CALIBRATION_FILE).read_text().replace("0.5", "0.6"))
    with pytest.raises(StudyError, match="does not hold the calibration of this study"):
        rerun(store, "", 1)


@pytest.mark.slow
def test_the_procedure_passes_on_a_model_that_is_what_it_assumes(tmp_path):
    """Bands err once in a hundred studies."""
    calibration = small(load_calibration(FILE), parameters=6, targets=10, plan=BankPlan(whole=300, believed=300))
    bank = known_bank(calibration, known_model(calibration, (*calibration.moments, "selection")))
    positions = np.linspace(300, 599, TRUTHS).astype(int).tolist()
    found = verify(calibration, bank, positions, tmp_path, steps=2000).summary
    assert not found["outside"]
    assert all(group["inside"] for group in found["expected_coverage"].values())


def study_of(folder: Path, ranks: np.ndarray) -> Verified:
    """A finished study of 60 truths of two quantities, of which one has these ranks."""
    rng = np.random.default_rng(1)
    true = 0.03 + 0.05 * rng.standard_normal(60)
    frames = []
    for name, found in (("effect_survival_5y", ranks), ("selection", rng.integers(0, 200, 60))):
        ends = {f"{end}_{level}": true for end in ("low", "high") for level in (50, 90)}
        frames.append(
            pd.DataFrame({"replication": range(60), "true": true, "rank": found, "median": true, **ends}).assign(
                realised=true, quantity=name
            )
        )
    runs = pd.DataFrame({"replication": range(60), "status": "ok"})
    for frame in frames:
        name = frame["quantity"].iloc[0]
        for part in frame.columns.difference(["replication", "quantity"]):
            runs[f"{name}/{part}"] = frame[part]
    for group in COORDINATES:
        runs[f"{group}/distance_rank"] = rng.integers(0, 200, 60)
    return verified_of(runs.assign(**{"chains/r_hat_worst": 1.0, "chains/effective_draws": 900.0}), 1, folder)


def test_what_is_found_has_words_and_a_figure(tmp_path):
    right = study_of(tmp_path, np.random.default_rng(2).integers(0, 200, 60))
    wrong = study_of(tmp_path, np.full(60, 100))
    assert not right.summary["outside"] and wrong.summary["outside"] == ["effect_survival_5y"]
    assert "no ranks leave the bands" in verified(right.summary)
    assert "is not what it says for effect_survival_5y" in verified(wrong.summary)
    assert wrong.summary["coverage"]["effect_survival_5y"]["50"] == 1
    leaves = wrong.ecdf.query("ranks_below < low or ranks_below > high")
    assert set(leaves["quantity"]) == {"effect_survival_5y"}
    assert all(path.stat().st_size > 1000 for path in draw_truths(wrong))


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.8, 0.7, 0.9), "move with the truth"),
        ((0.28, 0.1, 0.4), "The data hardly tell effect_survival_5y"),
        ((0.1, -0.1, 0.3), "The data cannot tell effect_survival_5y"),
    ],
)
def test_a_sentence_says_whether_intervals_move_with_the_truth(numbers, words):
    found = dict(zip(("correlation", "low", "high"), numbers, strict=True))
    assert words in movement_sentence("effect_survival_5y", found)


def test_the_command_wants_a_bank_with_truths(tmp_path):
    bank = tmp_path / "bank.parquet"
    whole = load_calibration(FILE)
    columns = dict.fromkeys([*whole.priors, *whole.moments, "selection"], 0.5)
    pd.DataFrame(columns, index=pd.RangeIndex(20, name="replication")).to_parquet(bank)
    options = ["calibrate", str(FILE), "--bank", str(bank), "--out", str(tmp_path / "found"), "--simulation-based"]
    found = CliRunner().invoke(app, options)
    assert found.exit_code == 2 and "this bank has 20 of these" in found.stderr
    both = CliRunner().invoke(app, [*options, "--all-waves"])
    assert both.exit_code == 2 and "exclude each other" in both.stderr
