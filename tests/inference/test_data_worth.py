"""Data without information have no worth; data with it have the worth that can be computed by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sim.inference.calibration_file import load_calibration
from sim.inference.data_worth import EVERYTHING, THE_EFFECT, histories, narrowing, regrets
from sim.inference.missing_data import MISSING_DATA
from sim.inference.regret import Benefits
from sim.inference.responses import OUTCOMES_OF, POLICIES
from sim.inference.surrogate import Surrogate
from sim.parameters.draws import POSTERIOR, draws_of
from sim.parameters.posterior import load_posterior

COSTS = {"ten-hubs-2027": 0.0, "six-hubs-double-intensity": 0.0, "export-push": 0.0, "no-hubs": 0.0}


def telling(names, parameters=2, scatter=1.0):
    """A surrogate whose first parameter is the effect; `near_threshold_gap` and `wait_gap` show it with scatter."""
    moments = ["effect_survival_5y", *names]
    weights = np.zeros((1 + parameters + parameters * (parameters + 1) // 2, len(moments)))
    weights[1, [place for place, name in enumerate(moments) if name[:6] in ("effect", "near_t")]] = 1.0
    zeros, ones = np.zeros(len(moments)), np.ones(len(moments))
    paths = tuple(f"x{number}" for number in range(parameters))
    low, high = -np.ones(parameters), np.ones(parameters)
    return Surrogate(paths, tuple(moments), low, high, zeros, weights, ones, scatter * ones, np.eye(len(moments)))


def benefits(survivors):
    """The first policy adds these survivors at each draw and costs nothing; the others change nothing."""
    effects = pd.DataFrame(0.0, index=range(len(survivors)), columns=list(OUTCOMES_OF))
    effects["ten-hubs-2027: survivors_5y"] = survivors
    return Benefits(effects, COSTS)


def added(found):
    """The rows about adding, in survivors, at the hardest price, by fact."""
    chosen = (found["choice"] == "what to add") & (found["outcome"] == "survivors_5y") & found["hardest"]
    return found[chosen].set_index("fact")


ALL_NAMES = [name for design in MISSING_DATA.values() for name in design]


@pytest.fixture(scope="module")
def draws():
    return np.random.default_rng(1).normal(size=(400, 2))


def test_a_fact_that_shows_the_effect_narrows_it_and_noise_does_not(draws):
    found = narrowing(histories(telling(ALL_NAMES, scatter=0.2), draws[:200])).set_index("fact")["reduction"]
    assert found["outcomes of rejected applicants"] > 0.5
    assert found["waiting times"] < 0.02


def test_a_fact_half_of_which_is_chance_avoids_the_share_of_regret_that_a_normal_law_gives(draws):
    """With a normal benefit of mean zero, E max(0, m) is the spread of the foretold mean m over sqrt(2 pi).

    So the share avoided is the correlation of datum and benefit: sqrt(1/2) if chance is half of the datum's variance.
    """
    names = [*MISSING_DATA["outcomes of rejected applicants"], *MISSING_DATA["waiting times"]]
    seen = histories(telling(names), draws)
    survivors = 10 * (draws[:, 0] - draws[:, 0].mean())
    found = added(regrets(seen, benefits(survivors)))
    spread = survivors.std()
    assert found.loc[THE_EFFECT, "regret_now"] == pytest.approx(spread / np.sqrt(2 * np.pi), rel=0.1)
    share = found["avoided"]
    assert share["outcomes of rejected applicants"] == pytest.approx(np.sqrt(0.5), abs=0.05)
    assert share[THE_EFFECT] == pytest.approx(1, abs=0.01)
    assert share["waiting times"] < 0.05
    assert ((found["avoided_low"] <= share) & (share <= found["avoided_high"]))[
        ["outcomes of rejected applicants"]
    ].all()
    assert share[EVERYTHING] == pytest.approx(share["outcomes of rejected applicants"], abs=0.05)


def test_what_says_much_of_the_effect_may_say_nothing_of_the_choice(draws):
    """The benefit follows the other parameter, of which no datum knows anything."""
    seen = histories(telling(MISSING_DATA["outcomes of rejected applicants"]), draws)
    found = added(regrets(seen, benefits(draws[:, 1] - draws[:, 1].mean())))
    assert narrowing(seen).set_index("fact").loc["outcomes of rejected applicants", "reduction"] > 0.2
    told = found.drop(index="all of x1, exactly")
    assert (told["avoided"] < 0.1).all() and (told["avoided_low"] == 0).all()
    assert found.loc["all of x1, exactly", "avoided"] == pytest.approx(1, abs=0.01)
    assert found.loc["all of x1, exactly", "kind"] == "limit"


def test_nothing_is_avoided_where_nothing_is_regretted(draws):
    seen = histories(telling(MISSING_DATA["waiting times"]), draws[:100])
    found = regrets(seen, benefits(np.full(100, 3.0)))
    assert (found["regret_now"] == 0).all() and (found[["regret_then", "avoided", "avoided_high"]] == 0).all(axis=None)


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """`hubsim validate --data-worth` with a surrogate and costs that take no time, and few resampled draws."""
    import sim.cli.main

    experiment = Path(__file__).parents[2] / "experiments" / "calibration.yaml"
    parameters = load_calibration(experiment).priors
    names = [name for name in ALL_NAMES if not name.startswith("gave_up")]
    monkeypatch.setattr("sim.inference.run_calibration.learn", lambda *_: telling(names, len(parameters)))
    monkeypatch.setattr("sim.inference.data_worth._RESAMPLES", 40)
    monkeypatch.setattr("sim.inference.regret.extra_costs", lambda: dict.fromkeys(POLICIES, 100.0))
    monkeypatch.chdir(tmp_path)

    def call(*options):
        return CliRunner().invoke(
            sim.cli.main.app, ["validate", "--data-worth", "--experiment", str(experiment), *options]
        )

    return call


def test_the_command_prints_and_keeps_both_tables_and_what_to_ask_for(asked):
    done = asked("--json", "--out", "worth", "--lang", "fr")
    assert done.exit_code == 0, done.output
    assert "applicants who gave up waiting" in done.stderr, "what the bank has not measured is told"
    printed = json.loads(done.stdout)
    assert {row["fact"] for row in printed["facts"]} == {*MISSING_DATA, EVERYTHING} - {"applicants who gave up waiting"}
    kept = pd.read_csv("worth/regret.csv")
    assert len(kept) == len(printed["regrets"]) and (kept["regret_then"] <= kept["regret_now"]).all()
    assert kept.groupby(["fact", "choice", "outcome"])["hardest"].sum().eq(1).all()
    assert sorted(file.name for file in Path("worth").iterdir()) == [
        "data_worth.csv",
        "draws.json",
        "operator-applications.csv",
        "operator-totals.csv",
        "record.json",
        "regret.csv",
    ]
    about = json.loads(Path("worth/draws.json").read_text(encoding="utf-8"))
    assert about["draws_digest"] == draws_of(POSTERIOR).digest, "a report tells by it whether the worth is of its draws"
    text = asked("--out", "worth").stdout
    assert "regret now" in text and "equal money" in text


def test_draws_whose_policies_nobody_ran_have_no_regret(asked):
    draws = pd.DataFrame(load_posterior()[:30])
    draws.insert(0, "draw", range(30))
    Path("mine").mkdir()
    draws.to_csv("mine/posterior.csv", index=False)
    done = asked("--json", "--posterior", "mine/posterior.csv")
    assert done.exit_code == 0 and json.loads(done.stdout)["regrets"] == []
    assert "no regret" in done.stderr


def test_an_unknown_language_is_told_before_anything_is_computed(asked):
    done = asked("--lang", "de")
    assert done.exit_code == 2 and "choose en, fr, ar" in done.stderr
