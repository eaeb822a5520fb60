"""The ladder adds up; services without effect get zero, and random admission selects nobody."""

from __future__ import annotations

from io import StringIO
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from sim.figures.style import save
from sim.figures.waterfall import renewed, waterfall
from sim.inference.ladder import LADDER_STEPS, RATES, SERVICES, TOTALS, TREATMENT, LadderWorlds, shapley
from sim.inference.observables import COHORT
from sim.inference.run_explanation import RUNGS, explain, ladder_table
from sim.parameters.draws import draws_of
from sim.report.related_results import Companions
from sim.scenario import load_scenario
from sim.studies.statistics import effect, student_quantile
from sim.studies.worlds import RunResult
from sim.words.language import language

NOTHING_HELPS = {
    "competence.learning": 0.0,
    "rent.multiplier": 1.0,
    "referral.strength": 0.0,
    "levels.ties_effect": 0.0,
    "closure.advice_effect": 0.0,
    "exports.competence_effect": 0.0,
    "spillovers.strength": 0.0,
    "exports.ties_effect": 0.0,
    "fairs.enabled": False,
}
NOBODY_CHOOSES = {"application.self_selection": 0.0, "application.screening_skill": 0.0}


@pytest.fixture(scope="module")
def idle_worlds(today):
    return LadderWorlds(today.with_values(NOTHING_HELPS), 1, 0)


@pytest.mark.parametrize("rate", RATES)
def test_the_steps_add_up_to_the_operators_rate(idle_worlds, rate):
    ladder = idle_worlds.ladder(rate)
    assert ladder["reference"] + sum(ladder[step] for step in LADDER_STEPS) == pytest.approx(
        ladder["operator"], abs=1e-12
    )
    reached = ladder["reference"] + sum(ladder[step] for step in LADDER_STEPS[:-1])
    assert reached == pytest.approx(ladder["cohort"], abs=1e-12)


@pytest.mark.parametrize("rate", RATES)
def test_services_that_do_nothing_have_no_effect(idle_worlds, rate):
    ladder = idle_worlds.ladder(rate)
    assert [ladder[service] for service in TREATMENT] == pytest.approx([0.0] * 4, abs=1e-12)


def test_shapley_values_share_the_whole_and_follow_who_brings_it():
    def worth(group: frozenset[str]) -> float:
        return 3.0 * ("mentoring" in group) + 2.0 * ({"contacts", "rent"} <= group)

    value = {group: worth(group) for size in range(5) for group in map(frozenset, combinations(SERVICES, size))}
    assert shapley(value, TREATMENT) == pytest.approx({"mentoring": 3, "contacts": 1, "funding": 0, "rent": 1})


@pytest.mark.slow
def test_random_admission_selects_nobody(today):
    fair = today.with_values(NOBODY_CHOOSES)
    found = [LadderWorlds(fair, 1, replication).ladder("success")["selection"] for replication in range(12)]
    half = 2.2 * np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found)) < half


def worlds_of(random, draws=50):
    """Two worlds under each draw, with skewed effects and a little chance, as in `explain`."""
    expected = random.gamma(2.0, 0.01, (draws, len(RUNGS)))
    values = np.repeat(expected, 2, axis=0) + random.normal(0, 0.002, (2 * draws, len(RUNGS)))
    return pd.DataFrame(values, columns=list(RUNGS)), np.repeat(np.arange(draws), 2)


def test_values_and_intervals_come_from_the_same_draws():
    worlds, draws = worlds_of(np.random.default_rng(1))
    table = ladder_table(worlds, draws).set_index("rung")
    assert list(table.index) == list(RUNGS) and (table["draws"] == 50).all() and (table["n"] == 100).all()
    assert table["value"].to_numpy() == pytest.approx(worlds.mean().to_numpy())
    for column in ("value", "median"):
        assert table[column].between(table["low"], table["high"]).all()
    found = effect(worlds["mentoring"], np.zeros(100), draws)
    row = table.loc["mentoring"]
    assert (row["low"], row["high"], row["p_positive"]) == (found.low, found.high, found.p_positive)
    assert set(table.index[table["p_positive"].isna()]) == set(TOTALS), "the height of a rate has no sign"


def test_with_fixed_parameters_an_interval_is_students():
    worlds, _ = worlds_of(np.random.default_rng(2))
    row = ladder_table(worlds, None).set_index("rung").loc["screening"]
    half = student_quantile(100) * worlds["screening"].std() / 10
    assert (row["low"], row["high"]) == pytest.approx((row["value"] - half, row["value"] + half)) and row["draws"] == 0


def run_quickly(chunk, seed, record):
    """Ladders in which every rung is the draw's speed of learning plus a little chance."""
    for scenario in chunk.scenarios:
        living = scenario if chunk.draw is None else chunk.draw.under(scenario)
        luck = np.random.default_rng([seed, chunk.replication]).normal()
        value = living.values["competence.learning"] + 1e-4 * luck
        yield RunResult(scenario.key, {f"{rate}:{rung}": value for rate in RATES for rung in RUNGS})


def test_explain_lives_under_the_draws_of_a_comparison_and_goes_on(today, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.inference.run_explanation.run_ladders", run_quickly)
    ours = load_scenario("builtin:today")
    draws = draws_of("posterior")
    explain(ours, tmp_path / "result", replications=2, workers=1)
    found = explain(ours, tmp_path / "result", replications=6, workers=1)
    assert [session["runs"] for session in found.manifest["sessions"]] == [2, 4]
    assert found.runs["draw"].tolist() == [draws.of(world).number for world in range(6)]
    learning = [draws.of(world).values["competence.learning"] for world in range(6)]
    assert found.runs["success:rent"].to_numpy() == pytest.approx(learning, abs=1e-3)
    kept = pd.read_csv(found.folder / "explanation_success.csv")
    pd.testing.assert_frame_equal(kept, found.table("success"), check_dtype=False)
    two = explain(ours, tmp_path / "two", replications=6, workers=2)
    assert (two.folder / "runs.parquet").read_bytes() == (found.folder / "runs.parquet").read_bytes()
    fixed = explain(ours, tmp_path / "fixed", replications=3, workers=1, parameters="fixed")
    assert fixed.draws is None and "draw" not in fixed.runs and (fixed.table("export")["draws"] == 0).all()


def test_the_waterfall_is_drawn_and_says_what_its_intervals_hold(idle_worlds, tmp_path):
    for rate in RATES:
        rungs = idle_worlds.ladder(rate)
        worlds = pd.DataFrame([rungs] * 4)[list(RUNGS)]
        for draws, told in ((np.array([0, 0, 1, 1]), "95 % of draws"), (None, "95 %, chance")):
            table = ladder_table(worlds, draws)
            assert table.set_index("rung").loc["operator", "value"] == pytest.approx(rungs["operator"])
            figure = waterfall(table, rate, COHORT)
            assert told in said(figure)
            assert all(file.stat().st_size > 1000 for file in save(figure, tmp_path, rate))


def test_a_ladder_of_the_older_kind_is_read_and_says_so(tmp_path):
    older = pd.read_csv(StringIO(OLDER))
    assert renewed(older)[["low", "high"]].to_numpy().tolist() == [[0.45, 0.61], [0.1, 0.2]]
    assert "90 %, older kind" in said(waterfall(older, "success", COHORT))
    assert "a bar may lie outside its interval" in said(waterfall(older, "success", COHORT))


def test_the_report_tells_a_ladder_of_either_kind(tmp_path):
    worlds, draws = worlds_of(np.random.default_rng(3))
    for table, heading in (
        (ladder_table(worlds, draws), "Of every 1,000, with 95 % of what the facts allow"),
        (ladder_table(worlds, None), "Of every 1,000, with 95 % over worlds"),
        (
            pd.read_csv(StringIO(OLDER)),
            "Of every 1,000 at the default parameters, with 90 % of what the facts allow (older kind)",
        ),
        (pd.DataFrame({"rung": ["reference"], "value": [0.5]}), None),
    ):
        table.to_csv(tmp_path / "explanation_success.csv", index=False)
        missing: dict[str, str] = {}
        told = Companions(tmp_path, {}, language("en"), missing)
        assert (told.rungs.headings[1] if told.rungs else None) == heading
        assert ("explanation_success.csv" in missing) == (heading is None)
    (tmp_path / "explanation_success.csv").unlink()


OLDER = """\
rung,label,value,chance_low,chance_high,posterior_low,posterior_high
reference,"All founders, no hubs",0.54,0.53,0.545,0.45,0.61
operator,The operator's rate,0.15,0.1,0.2,,
"""


def said(figure):
    return " ".join(" ".join(text.get_text().split()) for text in figure.findobj(Text))
