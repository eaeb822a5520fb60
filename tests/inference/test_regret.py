"""Regret is what a choice made now loses on average; benefits are counted at equal money."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.country.data import folder
from sim.errors import StudyError
from sim.inference.regret import CHOICES, Benefits, Choice, expected_effects, extra_costs, regret
from sim.inference.responses import OUTCOMES_OF, POLICIES
from sim.system.spreadsheet import read_csv


def test_regret_is_the_mean_of_the_best_less_the_best_mean():
    benefits = np.array([[0.0, 4.0], [0.0, -2.0], [0.0, -2.0], [0.0, 4.0]])
    assert regret(benefits) == pytest.approx([1.0])
    weights = np.array([[0.5, 0.0, 0.0, 0.5], [0.25, 0.75, 0.0, 0.0]])
    assert regret(benefits[:1]) == 0, "a policy that is best in every draw is not regretted"
    assert regret(benefits, weights) == pytest.approx([0.0, 1.0]), (
        "a policy that is best in every draw is not regretted"
    )


def test_money_counts_as_the_startups_it_buys_elsewhere_and_break_even_is_hardest():
    effects = np.column_stack([np.zeros(4), [-150.0, -50.0, -120.0, -80.0]])
    choice = Choice("keep or close the hubs", "survivors_5y", effects, np.array([0.0, -300.0]))
    assert choice.benefits(3.0)[:, 1] == pytest.approx([-50, 50, -20, 20])
    assert choice.hardest == pytest.approx(3.0, rel=0.02)
    assert choice.hardest in choice.prices


def test_each_choice_has_today_first_and_every_policy_is_in_one():
    effects = pd.DataFrame(1.0, index=range(3), columns=list(OUTCOMES_OF))
    choices = list(Benefits(effects, dict.fromkeys(POLICIES, 2.0)).choices())
    assert sorted(policy for policies in CHOICES.values() for policy in policies) == sorted(POLICIES)
    assert all(not choice.effects[:, 0].any() and choice.costs[0] == 0 for choice in choices)
    assert {choice.outcome for choice in choices} == {"survivors_5y", "exporters"}


def test_expected_effects_keep_the_means_of_the_runs_and_lose_their_chance():
    runs = read_csv(folder() / "responses.csv")
    found = expected_effects(None, len(runs))
    for name in OUTCOMES_OF:
        assert found[name].mean() == pytest.approx(runs[name].mean(), abs=1e-9)
        assert found[name].std() < runs[name].std()


def test_responses_of_other_draws_are_refused_and_missing_ones_are_not_made_up(tmp_path):
    with pytest.raises(StudyError, match="one `hubsim calibrate`"):
        expected_effects(None, 3)
    assert expected_effects(tmp_path / "posterior.csv", 3) is None


def test_costs_are_those_of_whole_worlds_against_today():
    costs = extra_costs()
    assert list(costs) == list(POLICIES)
    assert costs["no-hubs"] < -100 and min(costs[policy] for policy in CHOICES["what to add"]) > 50
