"""Leaving out one mechanism: which worlds run, how draws are weighted, and what the table says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import StudyError
from sim.inference import leave_one_out as subject
from sim.inference.calibration_file import load_calibration
from sim.inference.leave_one_out import QUESTIONS, REFERENCE, Given, Refit, leave_one_out
from sim.inference.rerun import rerun
from sim.inference.run_calibration import learn
from sim.inference.sampling import likelihood_of
from sim.inference.without_mechanism import (
    COMPLETE,
    MECHANISMS,
    LeftOut,
    Reduced,
    RunReduced,
    mechanisms_of,
    run_reduced,
)
from sim.parameters.draws import Draw, Draws, draws_of
from sim.report.text.leave_out import NOT_HELD, table
from sim.studies.execution import ThisProcess
from sim.studies.record import hashes, read_record, write_record
from sim.studies.store import ResultStore
from sim.studies.study import Chunk

FILE = Path(__file__).parents[2] / "experiments" / "calibration.yaml"
PRIORS = {"revenue.base_growth": (0.01, 0.05), "closure.rate": (0.0005, 0.006)}
FACT = "national_survival_5y"
COUNT = 40
SPACING = LeftOut("closing", {"closure.rate": 0.0005})


@pytest.fixture(scope="module")
def world():
    """A calibration of two parameters with one fact, its bank, and draws."""
    calibration = load_calibration(FILE)
    target = next(one for one in calibration.targets if one.name == FACT)
    small = replace(calibration, priors=PRIORS, targets=(target,), effects=(), spikes=(), claim=("", {}))
    rng = np.random.default_rng(2)
    low, high = np.array(list(PRIORS.values())).T
    points = low + (high - low) * rng.random((300, 2))
    bank = pd.DataFrame(points, columns=list(PRIORS))
    bank[FACT] = 0.75 - 60 * points[:, 1] + 0.01 * rng.standard_normal(300)
    values = low + (high - low) * rng.random((COUNT, 2))
    return small, bank, Draws("mine.csv", tuple(dict(zip(PRIORS, row, strict=True)) for row in values.tolist()))


def test_every_mechanism_has_a_name_and_values_that_the_model_knows(today):
    assert len({one.name for one in MECHANISMS}) == len(MECHANISMS) == 8
    for one in MECHANISMS:
        off = today.with_values(one.off)
        assert all(off.values[path] == value for path, value in one.off.items())
    assert mechanisms_of(["levels"]) == (MECHANISMS[0],) and mechanisms_of([]) == MECHANISMS
    with pytest.raises(StudyError, match=r"no mechanism 'level' to leave out; did you mean 'levels'\?"):
        mechanisms_of(["level"])


def test_a_mechanism_stays_off_under_a_draw_that_switches_it_on():
    today = sim.load_scenario("builtin:today")
    draw = Draw(3, {"exports.exportable": 0.4, "closure.rate": 0.003})
    exportable = next(one for one in MECHANISMS if one.name == "exportable products")
    complete, without = (Reduced.of(today, one).under(draw) for one in (None, exportable))
    assert complete.values["exports.exportable"] == 0.4 and without.values["exports.exportable"] == 1
    assert complete.values["closure.rate"] == without.values["closure.rate"] == 0.003
    assert Reduced.of(today, exportable).with_draw(draw).values["exports.exportable"] == 1
    assert not Reduced.of(today, exportable).is_complete(draw)
    assert Reduced.of(today, exportable).is_complete(Draw(0, {"exports.exportable": 1.0}))


def test_openings_that_are_not_random_are_those_announced(ten_hubs):
    promised = ten_hubs.with_values({"network.random_openings": True})
    fixed = next(one for one in MECHANISMS if one.name == "random openings")
    draw = draws_of("posterior").of(0)
    late, announced = (Reduced.of(promised, one).under(draw) for one in (None, fixed))
    assert announced.values["network.hubs_by_2027"] == ten_hubs.values["network.hubs_by_2027"]
    assert announced.values["network.openings"] == ten_hubs.values["network.openings"]
    assert late.history_digest == announced.history_digest


def test_the_complete_world_is_that_of_a_comparison(small):
    """Worlds without the mechanism differ, and those with it are the ones that `hubsim compare` runs."""
    from sim.studies.worlds import run_policies

    draw = draws_of("posterior").of(4)
    variants = [Reduced.of(small, None), Reduced.of(small, LeftOut("closing", {"closure.rate": 0.0}))]
    chunks = [Chunk("a", 4, (one,), draw) for one in variants]
    [complete], [without] = (list(RunReduced()(chunk, 1, ())) for chunk in chunks)
    [alone] = run_policies(Chunk("b", 4, (small,), draw), 1, ())
    assert complete.outcomes == alone.outcomes and complete.factors == {"policy": small.key, "left_out": COMPLETE}
    assert without.outcomes["survivors_5y"] != alone.outcomes["survivors_5y"]


def test_a_study_of_reduced_worlds_resumes_and_grows(small, tmp_path):
    draws = draws_of("posterior")
    options = {"seed": 1, "bank": False, "workers": ThisProcess()}
    mechanisms = [LeftOut("closing", {"closure.rate": 0.0})]
    first = run_reduced([small], mechanisms, draws, 1, tmp_path / "policies", **options)
    assert sorted(first["left_out"].unique()) == ["closing", COMPLETE] and len(first) == 4
    remarks = []
    again = run_reduced([small], mechanisms, draws, 1, tmp_path / "policies", remark=remarks.append, **options)
    pd.testing.assert_frame_equal(first, again)
    assert any("nothing was run again" in remark for remark in remarks)
    run_reduced([small], mechanisms, draws, 1, tmp_path / "moments", **options | {"bank": True})
    store = ResultStore(tmp_path)
    write_record(store, hashes(store), command="hubsim leave-out")
    found = rerun(store, read_record(store).fingerprint, 6)
    assert sorted(found.worlds) == [
        f"{part}, world {world}, without {name}"
        for part, worlds in (("moments", (0,)), ("policies", (0, 1)))
        for world in worlds
        for name in ("closing", COMPLETE)
    ]
    assert found.runs == 6 and found.numbers > 900 and found.moved == []


def test_given_moments_have_the_likelihood_of_the_calibration(world):
    calibration, bank, draws = world
    surrogate = learn(calibration, bank, moments=[FACT])
    points = np.array([list(draw.values()) for draw in draws.values])
    given = Given.of(surrogate, surrogate.learnt(points))
    rows = np.arange(len(points), dtype=float)[:, None]
    found, real = likelihood_of(calibration, given)(rows), likelihood_of(calibration, surrogate)(points)
    assert found == pytest.approx(real)


def test_a_shift_weighs_draws_by_the_ratio_of_likelihoods(world):
    calibration, bank, draws = world
    surrogate = learn(calibration, bank, moments=[FACT])
    points = np.array([list(draw.values()) for draw in draws.values])
    fit = Refit(calibration, surrogate, points)
    complete = pd.DataFrame({"replication": range(2 * COUNT), FACT: 0.5})
    assert fit.weights(fit.shift(complete, complete)) == pytest.approx(1 / COUNT)
    without = complete.assign(**{FACT: 0.53})
    without.loc[4:5, FACT] = np.nan
    shift = fit.shift(without, complete)
    assert shift == pytest.approx(0.03), "a draw without a defined change has that of the others"
    [target] = calibration.targets
    before = surrogate(points)[:, 0]
    deviation = np.hypot(
        target.tolerance * np.hypot(1, calibration.discrepancy), surrogate.spread(before[:, None])[:, 0]
    )
    score = [-0.5 * (target.misfit(moment) / deviation) ** 2 for moment in (before + 0.03, before)]
    by_hand = np.exp(score[0] - score[1])
    assert fit.weights(shift) == pytest.approx(by_hand / by_hand.sum())
    assert fit.in_tolerances(shift) == {FACT: pytest.approx(0.03 / target.tolerance)}


def fake_runs(monkeypatch, shift):
    """Runs without worlds: without the mechanism the fact moves by `shift`, and ten hubs add growth, not closure."""

    def run(scenarios, mechanisms, draws, count, folder, *, bank, **_):
        rows = []
        for name in (COMPLETE, *(one.name for one in mechanisms)):
            for replication in range(2 * count):
                draw, luck = draws.of(replication), np.random.default_rng([replication])
                noise = luck.normal()
                head = {"left_out": name, "replication": replication, "draw": draw.number, "status": "ok"}
                if bank:
                    rows.append({**head, FACT: 0.5 + 0.01 * noise + shift * (name != COMPLETE)})
                    continue
                for policy in (REFERENCE, *QUESTIONS):
                    driver = "revenue.base_growth" if name == COMPLETE else "closure.rate"
                    gain = 1e4 * draw.values[driver] if policy == QUESTIONS[0] else 5.0
                    gain *= policy != REFERENCE
                    own = {"survivors_5y": 1500 + 10 * noise + gain + 0.1 * luck.normal(), "exporters": 200 + noise}
                    rows.append({**head, "policy": policy, **own})
        return pd.DataFrame(rows)

    monkeypatch.setattr(subject, "run_reduced", run)


@pytest.fixture
def asked(world, monkeypatch):
    def ask(folder, shift, mechanisms=(SPACING,)):
        fake_runs(monkeypatch, shift)
        calibration, bank, draws = world
        return leave_one_out(calibration, bank, draws, mechanisms, folder, count=COUNT, workers=1)

    return ask


def test_the_table_has_what_ten_hubs_add_as_drawn_and_refitted(asked, tmp_path, world):
    found = asked(tmp_path, 0.02)
    complete, without = found.rows
    draws = world[2]
    closing = 1e4 * np.array([draw["closure.rate"] for draw in draws.values])
    plain = without.answers[0]
    assert (plain.policy, plain.outcome) == (QUESTIONS[0], "survivors_5y")
    assert plain.as_drawn.mean == pytest.approx(closing.mean(), abs=0.2)
    assert complete.answers[0].as_drawn.mean != pytest.approx(closing.mean(), rel=0.1)
    assert 20 < without.effective < COUNT and plain.refitted is not None
    assert plain.refitted.draws <= COUNT
    calibration, bank, _ = world
    order = [draws.of(replication).number for replication in range(0, 2 * COUNT, 2)]
    surrogate = learn(calibration, bank, moments=[FACT])
    points = np.array([list(draws.values[number].values()) for number in order])
    weights = Refit(calibration, surrogate, points).weights(np.full((COUNT, 1), 0.02))
    exact = weights @ closing[order]
    error = np.sqrt(weights @ (closing[order] - exact) ** 2 / COUNT)
    assert plain.refitted.mean == pytest.approx(exact, abs=2 * error)


def test_a_refit_that_does_not_hold_is_told_and_not_shown(asked, tmp_path):
    found = asked(tmp_path, 0.6)
    [_, without] = found.rows
    assert without.effective < subject.FEWEST and not without.holds
    assert all(answer.refitted is None for answer in without.answers)
    assert NOT_HELD in table(found)
    told = json.loads((tmp_path / "leave_out.json").read_text(encoding="utf-8"))
    assert told["left_out"][1]["refit_holds"] is False
    assert {one["way"] for one in told["left_out"][1]["answers"]} == {"as drawn"}


def test_text_json_and_csv_agree(asked, tmp_path):
    idle = LeftOut("levels", {"levels.enabled": load_calibration(FILE).base.values["levels.enabled"]})
    found = asked(tmp_path, 0.01, (SPACING, idle))
    text = table(found, width=200)
    assert "Off already, so that nothing changes: levels" in text
    assert f"{QUESTIONS[0]}: survivors_5y" in text and "closing" in text and FACT in text
    kept = pd.read_csv(tmp_path / "leave_out.csv")
    assert set(kept["way"]) == {"as drawn", "refitted"} and set(kept["left_out"]) == {COMPLETE, "closing"}
    told = json.loads((tmp_path / "leave_out.json").read_text(encoding="utf-8"))
    first = told["left_out"][1]["answers"][0]
    assert first["median"] == pytest.approx(kept.query("left_out == 'closing'")["median"].iloc[0], rel=1e-5)
    moved = pd.read_csv(tmp_path / "leave_out_moments.csv")
    assert moved[["left_out", "moment"]].to_numpy().tolist() == [["closing", FACT]]


@pytest.mark.parametrize("count", [5, 41])
def test_too_few_or_too_many_draws_are_refused(world, tmp_path, count):
    calibration, bank, draws = world
    with pytest.raises(StudyError, match=f"draws is {count}, but must be from 20 to {COUNT}"):
        leave_one_out(calibration, bank, draws, [SPACING], tmp_path, count=count)


def test_draws_must_be_those_of_the_calibration(world, tmp_path):
    calibration, bank, _ = world
    with pytest.raises(StudyError, match=r"mine lacks closure\.rate, which is free"):
        leave_one_out(calibration, bank, Draws("mine", ({"revenue.base_growth": 0.02},) * 30), [], tmp_path, count=30)
    with pytest.raises(StudyError, match="fixed has 0 draws"):
        leave_one_out(calibration, bank, Draws(), [], tmp_path, count=30)


def test_draws_in_which_a_spike_holds_are_set_apart_as_in_a_comparison():
    """Without chance, an interval over idle draws ends at zero, exactly; a smooth law would pass it."""
    rng = np.random.default_rng(3)
    idle = np.arange(COUNT) < COUNT // 5
    effect = np.where(idle, 0.0, 5 + rng.random(COUNT))
    runs = pd.concat(
        pd.DataFrame(
            {"left_out": COMPLETE, "policy": policy, "replication": range(2 * COUNT)}
            | dict.fromkeys(subject.JUDGED, np.repeat(effect * (policy in QUESTIONS), 2))
        )
        for policy in (REFERENCE, *QUESTIONS)
    )
    for answer in subject._answers(runs, COMPLETE, np.full(COUNT, 1 / COUNT), idle):
        assert answer.as_drawn.low == answer.refitted.low == 0 and answer.as_drawn.draws == COUNT
