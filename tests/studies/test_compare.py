"""`sim.compare`: pairs, stopping rule, written files, printed tables."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from fake_worlds import TEN, TODAY, FakeScenario, run_fake

from sim.errors import StudyError
from sim.report.text import as_dict, table
from sim.studies.comparison import Comparison, compare
from sim.studies.precision import precise_enough
from sim.studies.results import denominator_of, outcome_names
from sim.studies.smallest import smallest_of
from sim.studies.statistics import effect


def fake(tmp_path, scenarios=(TODAY, TEN), **arguments):
    return compare(
        scenarios,
        **{
            "out": tmp_path / "result",
            "workers": 1,
            "replications": 12,
            "runner": run_fake,
            "parameters": "fixed",
            **arguments,
        },
    )


def test_differences_are_paired_by_replication(tmp_path):
    found = fake(tmp_path)
    runs = found.runs.set_index(["scenario", "replication"])["survival_5y"]
    row = found.differences.set_index("outcome").loc["survival_5y"]
    by_hand = runs["ten-hubs"] - runs["today"]
    assert row["difference"] == pytest.approx(by_hand.mean()) and row["difference"] == pytest.approx(0.02, abs=0.002)
    assert row["sd_paired"] == pytest.approx(by_hand.std())
    assert row["sd_unpaired"] == pytest.approx(math.hypot(runs["ten-hubs"].std(), runs["today"].std()))
    assert row["sd_paired"] < row["sd_unpaired"] / 4
    assert row["n"] == 12 and row["ci_low"] < row["difference"] < row["ci_high"]


def test_the_csv_files_hold_the_frames(tmp_path):
    found = fake(tmp_path)
    summary = pd.read_csv(found.folder / "summary.csv")
    differences = pd.read_csv(found.folder / "differences.csv")
    assert list(summary)[:4] == ["scenario", "outcome", "kind", "mean"] and set(summary["kind"]) == {"expected"}
    assert list(differences)[:5] == ["scenario", "reference", "outcome", "difference", "median"]
    assert list(differences)[5:9] == ["ci_low", "ci_high", "p_positive", "n"]
    assert list(differences)[9:] == ["draws", "sd_paired", "sd_unpaired", "chance_share", "verdict"]
    pd.testing.assert_frame_equal(summary, found.summary, check_dtype=False)
    pd.testing.assert_frame_equal(differences, found.differences, check_dtype=False)
    assert summary["scenario"].iloc[0] == "today", "the reference comes first"
    assert set(summary["outcome"]) >= {"survival_5y", "survival_5y:Oriental"}
    assert summary.set_index(["scenario", "outcome"]).loc[("today", "survival_5y"), "denominator"] == 2500


def test_a_cost_per_survivor_is_the_ratio_of_mean_differences(tmp_path):
    found = fake(tmp_path)
    rows = found.differences.set_index("outcome")
    ratio = rows.loc["cost", "difference"] / rows.loc["survivors_5y", "difference"]
    assert rows.loc["cost_per_additional_survivor", "difference"] == pytest.approx(ratio)
    assert rows.loc["cost_per_additional_survivor", "ci_low"] < ratio
    assert math.isnan(rows.loc["cost_per_additional_exporter", "difference"]), "the fake policy exports nothing"
    curve = found.acceptability.query("effect == 'survivors_5y'")
    assert curve["share"].is_monotonic_increasing and curve["share"].iloc[[0, -1]].tolist() == [0, 1]


def test_a_policy_equal_to_the_reference_differs_by_exactly_nothing(tmp_path):
    found = fake(tmp_path, (TODAY, FakeScenario("twin")))
    differences = found.differences[~found.differences["outcome"].str.startswith("cost_per")]
    assert (differences[["difference", "ci_low", "ci_high", "sd_paired"]] == 0).all().all()
    assert set(differences["verdict"]) == {"practically none"} and set(differences["p_positive"]) == {0.5}
    assert {each.bargain for each in found.prices.values()} == {"no change"}


def test_scenarios_without_a_common_past_still_pair(tmp_path):
    found = fake(tmp_path, (TODAY, FakeScenario("elsewhere", 0.02, history_digest="other")))
    assert found.difference("elsewhere", "survival_5y").ratio < 0.25


def test_failed_runs_cost_their_pair_only(tmp_path):
    found = fake(tmp_path, (TODAY, TEN, FakeScenario("broken", 0.01, trouble="error")))
    counts = found.differences.query("outcome == 'survival_5y'").set_index("scenario")["n"]
    assert counts.to_dict() == {"ten-hubs": 12, "broken": 11}
    assert len(found.failures) == 1 and "--replication 1" in table(found)


def test_outcomes_that_nobody_defines_are_not_zero(tmp_path):
    found = fake(tmp_path, (TODAY, FakeScenario("no-hubs", trouble="nobody")))
    row = found.differences.set_index("outcome").loc["export_rate"]
    assert row["n"] == 0 and math.isnan(row["difference"])
    assert "undefined" in table(found)


def test_precision_stops_when_met_twice_in_a_row(tmp_path):
    wanted = 0.0006
    found = fake(tmp_path, precision=wanted)
    assert found.replications % 10 == 0 and 20 <= found.replications < 1000

    def met(replications):
        first = found.runs[found.runs["replication"] < replications]
        return precise_enough(first, "today", wanted)

    looks = [met(replications) for replications in range(10, found.replications + 10, 10)]
    assert looks[-2:] == [True, True]
    assert all(looks[i : i + 2] != [True, True] for i in range(len(looks) - 2))
    again = fake(tmp_path, precision=wanted / 2)
    assert again.folder == found.folder and again.replications > found.replications, "a finer one goes on"


def test_precision_judges_the_verdicts_of_the_table():
    """Draws in which a spike holds are zero by structure; if they counted as chance, the verdict would be stable."""
    random = np.random.default_rng(0)
    draws = np.repeat(np.arange(40), 2)
    living = draws >= 8
    expected = np.repeat(0.004 + 0.003 * random.standard_normal(40), 2)
    gain = np.where(living, expected + 0.008 * random.standard_normal(80), 0.0)
    today = pd.DataFrame({"scenario": "today", "replication": range(80), "draw": draws, "survival_5y": 0.5})
    runs = pd.concat([today, today.assign(scenario="ten", survival_5y=0.5 + gain)])
    table = effect(gain, np.zeros(80), draws, smallest=smallest_of("survival_5y"), off=~living)
    assert 0.85 < table.p_positive < 0.95, "near the border between open and likely"
    assert precise_enough(runs, "today", 0.01) and not precise_enough(runs, "today", 0.01, frozenset(range(8)))


def test_an_undefined_rate_does_not_keep_precision_waiting(tmp_path):
    assert fake(tmp_path, (TODAY, FakeScenario("none", trouble="nobody")), precision=0.01).replications == 20


def test_one_replication_has_means_and_no_intervals(tmp_path):
    found = fake(tmp_path, replications=1)
    assert found.summary["ci_low"].isna().all() and found.summary["mean"].notna().any()
    assert found.differences["ci_low"].isna().all() and set(found.differences["verdict"][:5]) <= {"too few draws"}
    assert json.loads(json.dumps(as_dict(found), allow_nan=False))["replications"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reference": "tody"}, "'tody' is not among the scenarios (today, ten-hubs); did you mean 'today'?"),
        ({"replications": 0}, "replications is 0, but must be a whole number from 1 to 100000"),
        ({"workers": 0}, "workers is 0, but must be a whole number from 1 to 1024"),
        ({"seed": -1}, "seed is -1, but must be a whole number from 0 to 9223372036854775807"),
        ({"precision": 5.0}, "(unit share: 0.005 is half a point)"),
        ({"scenarios": (TODAY,)}, "nothing to compare 'today' with"),
        ({"scenarios": ()}, "none were given"),
    ],
)
def test_mistakes_are_explained(tmp_path, arguments, message):
    with pytest.raises(StudyError) as caught:
        fake(tmp_path, **arguments)
    assert message in str(caught.value)
    assert not (tmp_path / "result").exists()


def test_a_finished_comparison_opens_from_its_folder(tmp_path):
    found = fake(tmp_path)
    again = Comparison(found.folder)
    assert table(again) == table(found)
    with pytest.raises(StudyError, match="holds no result"):
        Comparison(tmp_path)


def test_the_table_says_what_it_counts_and_fits(tmp_path):
    found = fake(tmp_path, (TODAY, TEN, FakeScenario("six-hubs-half-intensity", -0.02)))
    for width in (60, 80, 100, 120, 160):
        lines = table(found, width=width).splitlines()
        assert max(map(len, lines)) <= width
        assert not any("…" in line for line in lines), "nothing is cut off"
    told = table(found)
    assert "parameters fixed" in told and "Variance saved by pairing" in told
    assert "35 % of 40" in told, "small denominators are shown"


def test_plain_data_has_every_national_outcome(tmp_path):
    found = fake(tmp_path)
    today, ten = as_dict(found)["policies"]
    assert today["scenario"] == "today" and "difference" not in today["outcomes"]["cost"]
    assert set(ten["outcomes"]) == {"survival_5y", "export_rate", "survivors_5y", "exporters", "cost"}
    found = ten["outcomes"]["survival_5y"]["difference"]
    assert found["p_positive"] > 0.99 and found["verdict"] == "clear"
    assert ten["prices"]["cost_per_additional_survivor"]["bargain"] == "price"


def test_denominators_are_found_by_name():
    columns = [
        "scenario",
        "rate",
        "rate_n",
        "rate:Oriental",
        "rate_n:Oriental",
        "rate:Souss",
        "rate:Souss_n",
        "cost",
    ]
    assert outcome_names(pd.DataFrame(columns=columns)) == ["rate", "rate:Oriental", "rate:Souss", "cost"]
    assert denominator_of("rate", columns) == "rate_n"
    assert denominator_of("rate:Oriental", columns) == "rate_n:Oriental"
    assert denominator_of("rate:Souss", columns) == "rate:Souss_n"
    assert denominator_of("cost", columns) is None


def test_every_pair_is_contrasted_and_the_policies_are_ranked(tmp_path):
    found = fake(tmp_path, (TODAY, TEN, FakeScenario("six-hubs-half-intensity", -0.02)))
    pairs = found.contrasts[["scenario", "other"]].drop_duplicates()
    assert list(pairs.itertuples(index=False, name=None)) == [
        ("ten-hubs", "today"), ("six-hubs-half-intensity", "today"), ("six-hubs-half-intensity", "ten-hubs"),
    ]  # fmt: skip
    row = found.contrasts.query("other == 'ten-hubs' and outcome == 'survival_5y'").iloc[0]
    again = effect(*(found.values(key, "survival_5y") for key in ("six-hubs-half-intensity", "ten-hubs")))
    assert (row["median"], row["ci_low"], row["p_positive"]) == (again.median, again.low, again.p_positive)
    best = found.ranking.query("outcome == 'survival_5y' and group == 'all'").set_index("scenario")
    assert best.loc["ten-hubs", "p_best"] == 1 and best.loc["ten-hubs", "regret"] == 0
    assert best.loc["six-hubs-half-intensity", "regret"] == pytest.approx(0.04, abs=0.004)
    for name in ("contrasts", "ranking"):
        pd.testing.assert_frame_equal(
            pd.read_csv(found.folder / f"{name}.csv"), getattr(found, name), check_dtype=False
        )


def test_the_comparison_so_far_is_that_of_the_worlds_that_have_ended(tmp_path):
    seen = []
    arguments = {"workers": 1, "runner": run_fake, "parameters": "fixed"}
    watch = {"progress": lambda progress: seen.append(progress.so_far())}
    compare([TODAY, TEN], replications=4, out=tmp_path / "four", **arguments, **watch)
    assert seen[0] is None, "no world has ended"
    assert [found.replications for found in seen[1:]] == [1, 2, 3, 4, 4]
    for found in seen[2:4]:
        whole = compare([TODAY, TEN], replications=found.replications, out=tmp_path / str(id(found)), **arguments)
        for name in found.outcomes:
            assert found.difference("ten-hubs", name) == whole.difference("ten-hubs", name)
        assert set(whole.outcomes) - set(found.outcomes) == {"survival_5y:Oriental"}
