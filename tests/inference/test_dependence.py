"""Dependence finds the parameters that determine a simulated difference, and does not select noise."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, spearmanr

from sim.cli.main import main
from sim.errors import StudyError
from sim.inference.dependence import (
    DEPENDENCE_COLUMNS,
    MIN_DRAWS,
    dependence,
    dependence_of,
    parameters_of,
    write_dependence,
)
from sim.parameters.draws import draws_of
from sim.report.text.dependence import table
from sim.studies.comparison import Comparison, compare
from sim.studies.worlds import RunResult

from fake_worlds import TEN, TODAY, FakeScenario  # isort: skip

POSTERIOR = draws_of("posterior").frame.set_index("draw")
RESPONSE, DISPLACED = "induced_entry.response", "induced_entry.displaced_share"


def sample(random, count=50):
    """Parameters of a number of different draws."""
    return POSTERIOR.iloc[random.choice(len(POSTERIOR), count, replace=False)]


def test_rank_correlations_are_spearmans_and_partial_ones_those_of_what_is_left_over():
    random = np.random.default_rng(1)
    drawn = sample(random)
    effect = (drawn[RESPONSE] * (1 - drawn[DISPLACED])).to_numpy()
    found = dependence(drawn, effect).set_index("parameter")
    assert set(found.index[:2]) == {RESPONSE, DISPLACED} and found["leads"].iloc[:2].tolist() == [1, 2]
    for path in (RESPONSE, "cash.margin"):
        assert found.loc[path, "rank"] == pytest.approx(spearmanr(drawn[path], effect).statistic)
    ranks = drawn[[RESPONSE, DISPLACED]].rank().assign(effect=pd.Series(effect, drawn.index).rank())
    inverse = np.linalg.inv(ranks.corr())
    by_hand = -inverse[0, 2] / np.sqrt(inverse[0, 0] * inverse[2, 2])
    assert found["leads"].notna().sum() == 2 and found.loc[RESPONSE, "partial"] == pytest.approx(by_hand)
    assert found.loc[RESPONSE, "partial"] > 0.5 and found.loc[DISPLACED, "partial"] < -0.5
    assert found["explained"].iloc[0] > 0.6


def test_a_monotone_change_of_the_effect_changes_nothing():
    random = np.random.default_rng(2)
    drawn = sample(random)
    effect = random.normal(size=50) + 3 * drawn[RESPONSE].to_numpy()
    pd.testing.assert_frame_equal(dependence(drawn, effect), dependence(drawn, np.exp(effect)))


def test_noise_leads_as_rarely_as_is_said():
    """In at most 5 of 100 comparisons; fails for a correct procedure in one of 1,000 (binomial test, one-sided)."""
    random = np.random.default_rng(3)
    named = sum(dependence(sample(random), np.exp(random.normal(size=50)))["leads"].notna().any() for _ in range(200))
    assert binomtest(int(named), 200, 0.05, alternative="greater").pvalue > 0.001, named


@pytest.mark.parametrize("strength", [0.0, 0.6, 0.9])
def test_intervals_of_rank_correlations_cover_them(strength):
    """Of a bivariate normal distribution it is 6 / pi asin(r / 2); 95 % of intervals hold it (binomial test, 0.001)."""
    random, truth, covered = np.random.default_rng(4), 6 / np.pi * np.arcsin(strength / 2), 0
    for _ in range(400):
        one, other = random.multivariate_normal([0, 0], [[1, strength], [strength, 1]], 50).T
        found = dependence(pd.DataFrame({"one": one}), other).iloc[0]
        covered += found["rank_low"] <= truth <= found["rank_high"]
    assert binomtest(covered, 400, 0.95).pvalue > 0.001, covered


def test_nothing_is_said_of_few_draws_or_of_no_difference():
    drawn = sample(np.random.default_rng(5), MIN_DRAWS)
    effect = drawn[RESPONSE].to_numpy().copy()
    assert dependence(drawn, effect)["leads"].notna().any()
    effect[0] = np.nan
    assert dependence(drawn, effect).empty and dependence(drawn, np.zeros(MIN_DRAWS)).empty


def run_responding(chunk, seed, record):
    """Effects of ten hubs: survivors follow the draw's parameter `response`, exporters are chance only."""
    response = chunk.draw.values[RESPONSE] if chunk.draw else 0.1
    for scenario in chunk.scenarios:
        luck = np.random.default_rng([seed, chunk.replication, len(scenario.key)]).normal()
        brings = {"today": 0, "ten-hubs": 100, "other": 50}[scenario.key]
        yield RunResult(scenario.key, {"survivors_5y": 1000 + brings * response + luck, "exporters": 200 + 5 * luck})


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared") / "result"
    policies = (TODAY, TEN, FakeScenario("other", effect=0.1))
    return compare(policies, replications=60, workers=1, out=folder, runner=run_responding)


def test_a_comparison_says_what_its_difference_depends_on(comparison):
    found = dependence_of(comparison, TEN.key, "today", ["survivors_5y", "exporters"])
    assert list(found.columns) == list(DEPENDENCE_COLUMNS) and (found["draws"] == 30).all()
    leading = found[found["leads"].notna()]
    assert leading[["outcome", "parameter"]].to_numpy().tolist() == [["survivors_5y", RESPONSE]]
    told = " ".join(table(found, comparison, TEN.key, "today").split())
    assert RESPONSE in told and "No parameter stands out by more than chance for: exporters." in told
    assert "What the difference between 'ten-hubs' and 'today' depends on" in told and "posterior" in told
    other = dependence_of(comparison, "today", TEN.key, ["survivors_5y"])
    assert other["rank"].to_numpy() == pytest.approx(-found[found["outcome"] == "survivors_5y"]["rank"].to_numpy())


def test_the_table_keeps_the_pairs_that_were_asked_about(comparison):
    for policy in (TEN.key, "other", TEN.key):
        write_dependence(comparison, dependence_of(comparison, policy, "today", ["survivors_5y"]))
    kept = pd.read_csv(comparison.folder / "dependence.csv")
    assert list(kept.columns) == list(DEPENDENCE_COLUMNS)
    assert kept.groupby("scenario").size().to_dict() == {"other": 45, TEN.key: 45}


def test_parameters_are_those_that_the_worlds_had(comparison):
    pd.testing.assert_frame_equal(parameters_of(comparison), POSTERIOR)
    (comparison.folder / "draws.csv").rename(comparison.folder / "gone.csv")
    try:
        pd.testing.assert_frame_equal(parameters_of(comparison), POSTERIOR)
        older = Comparison(comparison.folder)
        older.manifest["options"]["draws_digest"] = "another"
        with pytest.raises(StudyError, match="the draws of posterior are others now"):
            parameters_of(older)
    finally:
        (comparison.folder / "gone.csv").rename(comparison.folder / "draws.csv")


def test_the_command_takes_a_result_or_an_experiment(comparison, capsys, monkeypatch):
    def hubsim(*arguments):
        monkeypatch.setattr("sys.argv", ["hubsim", "sensitivity", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        return leaving.value.code, *capsys.readouterr()

    folder = str(comparison.folder)
    code, output, _ = hubsim(folder, "--policy", TEN.key, "--quiet")
    assert code == 0 and f"between '{TEN.key}' and 'today'" in " ".join(output.split()) and RESPONSE in output
    code, output, said = hubsim(folder, "--policy", "other", "--against", TEN.key, "--json")
    assert code == 0 and {row["reference"] for row in json.loads(output)} == {TEN.key} and "dependence.csv" in said
    for arguments, told in (
        ((folder,), f"name one with --policy ({TEN.key}, other)"),
        (("experiments/sensitivity.yaml", "--policy", "other"), "is an experiment"),
    ):
        code, _, said = hubsim(*arguments)
        assert code == 2 and told in " ".join(said.split())


@pytest.mark.parametrize(
    ("policy", "against", "message"),
    [("ten-hub", "today", "did you mean 'ten-hubs'"), ("today", "today", "compared with itself")],
)
def test_what_cannot_be_asked_is_refused(comparison, policy, against, message):
    with pytest.raises(StudyError, match=message):
        dependence_of(comparison, policy, against, ["survivors_5y"])


def test_fixed_parameters_and_few_draws_tell_nothing(tmp_path):
    for name, parameters, worlds in (("fixed", "fixed", 40), ("few", "posterior", 38)):
        how = {"replications": worlds, "parameters": parameters, "runner": run_responding, "workers": 1}
        found = compare((TODAY, TEN), out=tmp_path / name, **how)
        with pytest.raises(StudyError, match=f"has {0 if name == 'fixed' else 19} draws .* needs {MIN_DRAWS} or more"):
            dependence_of(found, TEN.key, "today", ["survivors_5y"])
