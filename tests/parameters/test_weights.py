"""Weights of draws: which draws worlds use, what files are refused, and what studies say of them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from fake_worlds import TEN, TODAY, run_fake

import sim
from sim.errors import StudyError
from sim.parameters.draws import WORLDS_PER_DRAW, Draws, draws_of
from sim.parameters.posterior import load_posterior
from sim.parameters.weights import FEW_EFFECTIVE, Weights, weights_of
from sim.report.text import as_dict, table
from sim.studies.picks import effective_draws
from sim.studies.results import Results
from sim.studies.study import Study

COUNT, WORLDS = len(load_posterior()), 60


def written(folder, values, numbers=None, name="weights.csv"):
    path = folder / name
    pd.DataFrame({"draw": range(len(values)) if numbers is None else numbers, "weight": values}).to_csv(
        path, index=False
    )
    return path


def skewed(count=COUNT, seed=3, scale=1.0):
    return np.exp(scale * np.random.default_rng(seed).standard_normal(count))


def used(draws, worlds):
    return [draws.of(replication).number for replication in range(worlds)]


@pytest.mark.parametrize("size", [0.1, 1.0, 1e300, 7e-300])
def test_equal_weights_give_every_world_the_draw_that_it_has_without(tmp_path, size):
    plain = draws_of("posterior")
    count = len(plain.values)
    even = draws_of("posterior", written(tmp_path, [size] * count))
    assert used(even, 5 * count) == used(plain, 5 * count)
    assert [even.of(world).values for world in range(9)] == [plain.of(world).values for world in range(9)]
    assert even.weights.effective == pytest.approx(count)


@pytest.mark.parametrize("count", [10, 11, 97, 128, 200, 1000])
def test_any_number_of_draws_keeps_its_order_under_equal_weights(count):
    order = np.random.default_rng(0).permutation(count)
    assert Weights("even", (1 / count,) * count).picks(order).tolist() == order.tolist()


def test_a_scoreboard_takes_draws_in_their_order_or_by_their_weights(tmp_path):
    plain = [dict(draw) for draw in draws_of("posterior").values]
    assert draws_of("posterior", written(tmp_path, [1.0] * COUNT)).picked == plain
    values = skewed()
    values[5] = 0
    assert plain[5] not in draws_of("posterior", written(tmp_path, values)).picked


def test_each_draw_is_used_in_proportion_to_its_weight_at_any_moment():
    values = skewed()
    share = values / values.sum()
    picks = Weights("skewed", tuple(share)).picks(np.random.default_rng(0).permutation(COUNT))
    found = np.bincount(picks, minlength=COUNT)
    assert (np.abs(found - COUNT * share) < 1).all(), "systematic resampling: rounded down or up"
    heavy = np.argmax(share)
    for worlds in (25, 50, 100):
        assert abs(np.count_nonzero(picks[:worlds] == heavy) - worlds * share[heavy]) < 2


def test_draws_of_weight_zero_are_never_used(tmp_path):
    values = skewed()
    values[::3] = 0
    draws = draws_of("posterior", written(tmp_path, values))
    numbers = set(used(draws, 4 * COUNT))
    assert numbers and not numbers & set(range(0, COUNT, 3))
    assert {draw.number for draw in draws} == numbers


def test_a_mean_over_picks_is_the_mean_over_weights():
    """Systematic resampling of n draws misses a weighted mean by less than independent resampling: sd / sqrt(n)."""
    values, effect = skewed(), np.random.default_rng(5).standard_normal(COUNT)
    share = values / values.sum()
    picks = Weights("skewed", tuple(share)).picks(np.random.default_rng(0).permutation(COUNT))
    exact = share @ effect
    error = np.sqrt(share @ (effect - exact) ** 2 / COUNT)
    assert abs(effect[picks].mean() - exact) < 3 * error
    assert abs(effect[picks[:50]].mean() - exact) < 3 * 2 * error


def test_draws_keep_the_numbers_of_their_file(tmp_path):
    file = tmp_path / "mine.csv"
    count = 20
    numbers = [7 * number + 3 for number in range(count)]
    rates = np.linspace(0.001, 0.005, count)
    pd.DataFrame({"draw": numbers, "closure.rate": rates}).to_csv(file, index=False)
    draws = draws_of(str(file))
    assert set(used(draws, 2 * count)) == set(numbers)
    assert draws.at(17).of(4).values == {"closure.rate": pytest.approx(rates[2])}
    assert draws.frame["draw"].tolist() == numbers
    with pytest.raises(StudyError, match=r"no such draw; .*mine\.csv has draws from 3 to 136"):
        draws.at(4)
    weighted = draws_of(str(file), written(tmp_path, [1.0] * count, numbers))
    assert used(weighted, 2 * count) == used(draws, 2 * count)
    renumbered = pd.read_csv(file).assign(draw=range(count))
    renumbered.to_csv(tmp_path / "other.csv", index=False)
    assert draws_of(str(tmp_path / "other.csv")).digest != draws.digest


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ("0,0", r"mine\.csv:3:1: draw 0 is in line 2 too"),
        ("0,1.5", r"mine\.csv:3:1: draw is 1\.5, but must be a whole number from 0 to 2147483647"),
        ("0,-1", r"mine\.csv:3:1: draw is -1, but must be"),
        ("one,2", r"mine\.csv:2:1: draw is one, but must be"),
    ],
)
def test_numbers_of_draws_that_cannot_be_are_refused(tmp_path, numbers, told):
    rows = "".join(f"{number},0.002\n" for number in numbers.split(","))
    (tmp_path / "mine.csv").write_text("draw,closure.rate\n" + rows, encoding="utf-8")
    with pytest.raises(StudyError, match=told):
        draws_of(str(tmp_path / "mine.csv"))


MISTAKES = {
    "no column": ("draw,wieght\n0,1\n", r"w\.csv:1:1: .*no column weight.*did you mean 'weight'"),
    "empty": ("", r"w\.csv:1:1: the table is empty"),
    "unknown draw": ("draw,weight\n40,1\n", r"w\.csv:2:1: draw is 40, but must be .* from 0 to 19"),
    "half a draw": ("draw,weight\n0.5,1\n", r"w\.csv:2:1: draw is 0\.5"),
    "no draw": ("draw,weight\n,1\n", r"w\.csv:2:1: draw is empty"),
    "negative": ("draw,weight\n0,-1\n", r"w\.csv:2:3: weight is -1, but must be a number of 0 or more"),
    "infinite": ("draw,weight\n0,inf\n", r"w\.csv:2:3: weight is inf, but must be"),
    "too large": ("draw,weight\n0,1e999\n", r"w\.csv:2:3: weight is 1e999, but must be"),
    "a word": ("draw,weight\n0,much\n", r"w\.csv:2:3: weight is much, but must be"),
    "no weight": ("draw,weight\n0,\n", r"w\.csv:2:3: weight is empty, but must be"),
    "twice": ("draw,weight\n0,1\n0,1\n", r"w\.csv:3:1: draw 0 is there twice"),
    "missing": ("draw,weight\n0,1\n3,1\n", r"w\.csv:1:1: 18 of 20 draws have no weight: 1, 2, 4, 5, 6, ….*write 0"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_mistakes_in_weights_are_told_with_their_place(tmp_path, what):
    text, told = MISTAKES[what]
    (tmp_path / "w.csv").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=told):
        weights_of(str(tmp_path / "w.csv"), range(20))


def test_weights_that_leave_too_few_draws_are_refused_and_few_are_remarked(tmp_path):
    with pytest.raises(StudyError, match="all weights are 0"):
        weights_of(str(written(tmp_path, [0.0] * 20)), range(20))
    with pytest.raises(StudyError, match=r"effective number of draws is 1\.0 of 20, but must be 10 or more"):
        weights_of(str(written(tmp_path, [1.0] + [0.0] * 19)), range(20))
    few = weights_of(str(written(tmp_path, [1.0] * 20)), range(20))
    assert few.effective == pytest.approx(20) and f"below {FEW_EFFECTIVE}" in few.sentence
    assert "few" not in weights_of(str(written(tmp_path, [1.0] * 60)), range(60)).sentence


@pytest.mark.parametrize("parameters", ["fixed", "evidence-weighted"])
def test_only_several_draws_can_be_weighted(tmp_path, parameters):
    with pytest.raises(StudyError, match=r"cannot be weighted; .*--parameters posterior"):
        draws_of(parameters, written(tmp_path, [1.0]))
    with pytest.raises(StudyError, match=r"--weights nothing\.csv: there is no such file; .*hubsim calibrate --fact"):
        draws_of("posterior", "nothing.csv")


def test_studies_with_other_weights_are_other_studies():
    draws = Draws("posterior", tuple({"a": float(number)} for number in range(20)))
    weights = [Weights("w.csv", (1 / 20,) * 20), Weights("w.csv", (0.06, 0.04) * 10)]
    kinds = [draws, *(Draws("posterior", draws.values, weights=one) for one in weights)]
    assert len({Study("compare", (TODAY, TEN), draws=one).digest for one in kinds}) == 3


def flat(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weighted")
    weights = written(folder, skewed(scale=1.6))
    remarks = []
    arguments = {"workers": 1, "replications": WORLDS, "runner": run_fake, "remark": remarks.append}
    found = sim.compare((TODAY, TEN), weights=weights, out=folder / "result", **arguments)
    return found, weights, remarks, arguments


def test_a_weighted_comparison_says_so_everywhere(compared):
    found, weights, remarks, _ = compared
    draws = draws_of("posterior", weights)
    effective = draws.weights.effective
    assert 10 < effective < FEW_EFFECTIVE
    assert any(f"effective number {effective:.0f} of {COUNT}. That is few" in remark for remark in remarks)
    options = json.loads((found.folder / "manifest.json").read_text())["options"]
    assert options["weights"] == str(weights) and options["effective_draws"] == pytest.approx(effective, abs=0.05)
    assert f"weighted by {weights} (effective number of draws {effective:.0f} of {COUNT})" in flat(
        table(found, width=400)
    )
    assert as_dict(found)["weights"] == found.weighting
    kept = pd.read_csv(found.folder / "weights.csv")
    assert kept["weight"].to_numpy() == pytest.approx(draws.weights.values)


def test_each_pick_counts_as_a_draw_and_verdicts_rest_on_the_effective_number(compared):
    found, *_ = compared
    runs = found.runs.query("scenario == 'today'")
    picks = runs.drop_duplicates("pick")
    assert len(picks) == WORLDS // WORLDS_PER_DRAW and picks["draw"].nunique() < len(picks)
    assert (runs.groupby("pick")["draw"].nunique() == 1).all() and (runs.groupby("pick").size() == 2).all()
    most = effective_draws(found.runs)
    assert most == found.effective_draws and most < len(picks)
    effect = found.difference("ten-hubs", "survivors_5y")
    assert effect.draws == most and effect.n == WORLDS
    assert found.idle <= set(picks["pick"]), "idle draws are told as picks"
    assert found.draw_numbers.tolist() == runs["draw"].tolist()


def test_the_report_says_what_the_weights_are_worth(compared, monkeypatch):
    from sim.report.writing import write_report

    monkeypatch.setattr("sim.report.page.sheets_of", lambda *_: ())
    found, *_ = compared
    [path] = write_report(found.folder, "en")
    assert f"The draws are weighted by what else is known (weights.csv): the {COUNT} draws are worth" in flat(
        path.read_text(encoding="utf-8")
    )


def test_the_same_weights_continue_a_study_and_others_begin_another(compared, tmp_path):
    found, weights, remarks, arguments = compared
    again = sim.compare((TODAY, TEN), weights=weights, out=found.folder, **arguments)
    assert again.folder == found.folder and "holds this study already" in remarks[-1]
    other = sim.compare((TODAY, TEN), weights=written(tmp_path, skewed()), out=found.folder, **arguments)
    assert other.folder != found.folder
    plain = sim.compare((TODAY, TEN), out=found.folder, **arguments)
    assert plain.folder not in (found.folder, other.folder) and plain.weighting is None


def test_a_failed_run_can_be_repeated_with_its_weights(compared):
    found, *_ = compared
    command = found.store.repeat_command("today", 1, 7)
    assert f"--parameters {found.folder}/draws.csv --weights {found.folder}/weights.csv" in command
    again = draws_of(str(found.folder / "draws.csv"), found.folder / "weights.csv")
    assert used(again, WORLDS) == found.runs.query("scenario == 'today'")["draw"].tolist()


def test_a_file_of_equal_weights_moves_no_number(tmp_path):
    arguments = {"workers": 1, "replications": 30, "runner": run_fake}
    plain = sim.compare((TODAY, TEN), out=tmp_path / "plain", **arguments)
    even = sim.compare((TODAY, TEN), out=tmp_path / "even", weights=written(tmp_path, [2.0] * COUNT), **arguments)
    pd.testing.assert_frame_equal(plain.runs, even.runs.drop(columns="pick"))
    columns = ["difference", "median", "ci_low", "ci_high", "p_positive", "n", "draws", "chance_share"]
    pd.testing.assert_frame_equal(plain.differences[columns], even.differences[columns], rtol=1e-12, check_exact=False)
    assert plain.differences["verdict"].tolist() == even.differences["verdict"].tolist()


def test_worlds_of_the_model_live_under_their_weighted_draws(tmp_path, monkeypatch):
    """End to end: a command, two small policies, and the worlds that `hubsim run` repeats; without figures."""
    monkeypatch.setattr("sim.cli.publish.illustrate", lambda *_: None)
    from typer.testing import CliRunner

    from sim.cli.main import app
    from sim.studies.comparison import Comparison

    early = "time: {start: 2016-01, present: 2018-06, end: 2019-06}\n"
    for name in ("today", "ten-hubs-2027"):
        (tmp_path / f"{name}.yaml").write_text(f"format: 1\nextends: builtin:{name}\n{early}", encoding="utf-8")
    weights = written(tmp_path, np.where(np.arange(COUNT) < 40, skewed(scale=0.5), 0))
    policies = [str(tmp_path / f"{name}.yaml") for name in ("today", "ten-hubs-2027")]
    out = tmp_path / "compared"
    told = CliRunner().invoke(
        app, ["compare", *policies, "--replications", "4", "--weights", str(weights), "--workers", "1",
              "--out", str(out), "--json"],
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    found = Comparison(out)
    assert set(found.runs["draw"]) <= set(range(40)) and isinstance(found, Results)
    arguments = ["--replication", "3", "--parameters", "posterior", "--weights", str(weights), "--json"]
    alone = CliRunner().invoke(app, ["run", policies[1], *arguments, "--out", str(tmp_path / "alone")])
    assert alone.exit_code == 0, alone.output
    [row] = found.runs.query("scenario == 'ten-hubs-2027' and replication == 3").to_dict("records")
    answer = json.loads(alone.stdout)
    assert answer["draw"] == row["draw"] and row["draw"] in range(COUNT)
    assert answer["outcomes"]["residents"]["value"] == row["residents"] > 0


def test_a_wrong_file_ends_the_command_with_a_sentence(tmp_path):
    from typer.testing import CliRunner

    from sim.cli.main import app

    told = CliRunner().invoke(app, ["compare", "--weights", str(tmp_path / "no.csv"), "--workers", "1"])
    assert told.exit_code == 2 and "there is no such file" in told.output and "Traceback" not in told.output
