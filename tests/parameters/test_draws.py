"""Parameter draws: the draw of each world, and the intervals over draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fake_worlds import TEN, TODAY, run_fake

import sim
from sim.errors import StudyError
from sim.parameters.draws import Draw, Draws, draws_of
from sim.parameters.posterior import load_bank, load_posterior
from sim.parameters.sets import SETS, parameter_set
from sim.report.text import table
from sim.scenario import ScenarioError
from sim.studies.study import Study
from sim.studies.worlds import run_policies


def test_two_worlds_in_a_row_share_a_draw_and_all_draws_are_used():
    draws = draws_of("posterior")
    numbers = [draws.of(replication).number for replication in range(2 * len(draws.values))]
    assert numbers[::2] == numbers[1::2] and sorted(numbers[::2]) == list(range(len(load_posterior())))
    assert draws.of(2 * len(draws.values)) == draws.of(0)
    assert draws.of(7).values == load_posterior()[draws.of(7).number]


def test_a_draw_leaves_what_the_scenario_sets_itself():
    ours = sim.load_scenario("builtin:today").with_values({"revenue.volatility": 0.61})
    draw = Draw(0, {"revenue.volatility": 0.4, "closure.rate": 0.003})
    assert draw.under(ours).values["revenue.volatility"] == 0.61
    assert draw.under(ours).values["closure.rate"] == 0.003
    written_out = sim.load_scenario("builtin:today").with_values(sim.load_scenario("builtin:today").as_dict())
    assert draw.under(written_out).values["revenue.volatility"] == 0.4, "a default written out is no wish"


def test_a_set_is_one_draw_and_a_file_may_hold_many(tmp_path):
    for name in SETS:
        assert draws_of(name).values == (parameter_set(name),)
    file = tmp_path / "posterior.csv"
    pd.DataFrame({"draw": [0, 1], "medoid": [1, 0], "closure.rate": [0.002, 0.003]}).to_csv(file, index=False)
    assert draws_of(str(file)).values == ({"closure.rate": 0.002}, {"closure.rate": 0.003})
    assert not draws_of("fixed")


@pytest.mark.parametrize("name", ["posteriori", "nothing.csv", "evidence"])
def test_unknown_parameters_are_refused_with_what_there_is(name):
    with pytest.raises(StudyError, match=r"no such file; choose posterior, fixed, evidence-weighted") as caught:
        draws_of(name)
    assert ("did you mean 'posterior'?" in str(caught.value)) == (name == "posteriori")


HEAD = "draw,medoid,closure.rate,revenue.volatility\n"
NO_DRAWS = {
    "an empty file": (b"", "runs.csv:1:1: the table is empty"),
    "no text": (bytes(range(128, 256)), "runs.csv:1:1: byte 0x80 is no UTF-8 text"),
    "another table": (b"scenario,value\ntoday,1\n", "it has no column draw"),
    "no row": (HEAD.encode(), "it holds no draw"),
    "no parameter": (b"draw,medoid\n0,1\n", "it holds no parameter"),
    "rows that are too long": (HEAD.encode() + b"0,1,0.002,0.4,7\n", "runs.csv:2:15: more cells than the 4 columns"),
}


@pytest.mark.parametrize("what", NO_DRAWS)
def test_a_file_that_holds_no_draws_is_refused(tmp_path, what):
    content, told = NO_DRAWS[what]
    file = tmp_path / "runs.csv"
    file.write_bytes(content)
    with pytest.raises(StudyError, match=f"runs.csv is not a file of draws as .*{told}"):
        draws_of(str(file))


def test_a_file_that_is_not_there_is_told_whatever_its_name(tmp_path):
    with pytest.raises(StudyError, match=r"draws\.txt: there is no such file; name the posterior\.csv"):
        load_posterior(tmp_path / "draws.txt")
    with pytest.raises(StudyError, match="this is a folder"):
        load_posterior(tmp_path)
    with pytest.raises(StudyError, match=r"this is a folder; name the bank\.parquet"):
        load_bank(tmp_path)
    (tmp_path / "bank.parquet").write_bytes(b"PAR1")
    with pytest.raises(StudyError, match="is not a bank as `hubsim calibrate` writes it"):
        load_bank(tmp_path / "bank.parquet")
    load_bank().head(3).drop(columns="closure.rate").to_parquet(tmp_path / "bank.parquet")
    with pytest.raises(StudyError, match=r"it has no column closure\.rate"):
        load_bank(tmp_path / "bank.parquet", ["cash.margin", "closure.rate"])


def test_all_mistakes_in_a_file_of_draws_are_told_with_their_places(tmp_path):
    file = tmp_path / "posterior.csv"
    file.write_text(HEAD + "0,1,0.002,\n1,0,many,0.4\n2,0,0.002,0.4\n3,0,0.5,0.4\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        draws_of(str(file))
    lines = str(caught.value).splitlines()
    assert [line.split("posterior.csv:")[1].split(",")[0] for line in lines] == [
        "2:11: revenue.volatility is empty",
        "3:5: closure.rate is the text 'many'",
        "5:5: closure.rate is 0.5",
    ]
    file.write_text(HEAD.replace("rate", "rte") + "0,1,0.002,0.4\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"posterior\.csv:1:13: .*did you mean 'closure\.rate'"):
        draws_of(str(file))


def test_studies_under_other_draws_are_other_studies():
    one, other = Draws("posterior", ({"a": 1.0},)), Draws("posterior", ({"a": 2.0},))
    digests = {Study("compare", (TODAY, TEN), draws=draws).digest for draws in (None, Draws(), one, other)}
    assert len(digests) == 3, "no draws and fixed parameters are the same"


def test_policies_of_a_world_live_under_the_same_draw_and_run_repeats_it(tmp_path):
    early = {"time.start": "2016-01", "time.present": "2018-06", "time.end": "2019-06"}
    today = sim.load_scenario("builtin:today").with_values(early)
    ten = sim.load_scenario("builtin:ten-hubs-2027").with_values(early)
    study = Study("compare", (today, ten), draws=draws_of("posterior"))
    chunk = study.chunk(5)
    found = {run.scenario: run for run in run_policies(chunk, 1, ("monthly",))}
    monthly = {key: pd.DataFrame(run.series["monthly"]) for key, run in found.items()}
    before = [monthly[key].query("month <= '2018-06'") for key in ("today", "ten-hubs-2027")]
    pd.testing.assert_frame_equal(*before)
    alone = sim.EcosystemModel(chunk.draw.under(today), rng=1, replication=5)
    alone.run_until(today.months)
    pd.testing.assert_frame_equal(alone.history, monthly["today"])
    fixed = next(run_policies(Study("compare", (today, ten)).chunk(5), 1, ("monthly",)))
    assert not pd.DataFrame(fixed.series["monthly"]).equals(monthly["today"])


def flat(text):
    """The text of a table, its lines joined."""
    return " ".join(text.split())


def test_runs_say_their_draw(tmp_path):
    arguments = {"workers": 1, "replications": 6, "runner": run_fake}
    found = sim.compare((TODAY, TEN), out=tmp_path / "posterior", **arguments)
    assert found.parameters == "posterior" and "draws of what the facts allow, chance taken out" in flat(table(found))
    numbers = found.runs.query("scenario == 'today'")["draw"].tolist()
    assert numbers == [draws_of("posterior").of(replication).number for replication in range(6)]
    fixed = sim.compare((TODAY, TEN), out=tmp_path / "fixed", parameters="fixed", **arguments)
    assert "draw" not in fixed.runs and "chance of so many worlds, parameters fixed" in flat(table(fixed))
    assert "draw" not in found.outcomes


def test_the_folder_holds_the_draws_and_those_in_which_a_spike_holds(tmp_path):
    found = sim.compare((TODAY, TEN), out=tmp_path / "posterior", workers=1, replications=4, runner=run_fake)
    kept = pd.read_csv(found.folder / "draws.csv")
    drawn = draws_of("posterior")
    assert kept["draw"].tolist() == list(range(len(drawn.values)))
    assert kept.drop(columns="draw").to_dict("records") == [dict(draw) for draw in drawn.values]
    by_hand = {number for number, draw in enumerate(drawn.values) if draw["levels.skills_effect"] == 0}
    assert by_hand and by_hand <= found.idle


def test_a_difference_is_zero_by_structure_only_where_all_worlds_of_an_idle_draw_agree():
    from sim.parameters.idle import zero_by_structure

    draws = np.array([0, 0, 1, 1, 2, 2])
    pairs = np.array([[0, 0], [0, 1], [0, 0], [0, 0], [0, 0], [0, 0]], dtype=float)
    found = zero_by_structure(pairs, draws, frozenset({0, 1}))
    assert found.tolist() == [[True, False], [True, False], [True, True], [True, True], [False, False], [False, False]]
    assert zero_by_structure(pairs, draws, frozenset()) is None
