"""Policies that claim equal cost do cost the same, and their hours are computed for that."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_worlds import FakeScenario
from laboratory import branch, literature

from sim.model.outcomes import measure
from sim.scenario import ScenarioError, builtin_scenarios, load_scenario
from sim.studies.equal_money import equal_money_groups
from sim.studies.experiment import load_experiment
from sim.studies.prices import at_prices
from tools.equal_money import HOURS, costs, first_draws, solve, with_hours

ROOT = Path(__file__).resolve().parents[2]
PAIRS = {"six-hubs-deeper": "ten-hubs-2027"}
"""Packaged policies that claim to cost as much as another policy."""


@pytest.fixture(scope="module")
def policies():
    return {key: load_scenario(path) for key, path in builtin_scenarios()}


@pytest.fixture(scope="module")
def few(policies):
    """Mean cost under three draws of all policies that a claim concerns."""
    keys = [*PAIRS, *PAIRS.values(), "today", "ministry-grant"]
    return dict(zip(keys, costs([policies[key] for key in keys], 3).mean(axis=0), strict=True))


def test_the_claims_are_these_and_make_these_groups(policies):
    assert {key: one.same_cost_as for key, one in policies.items() if one.same_cost_as} == PAIRS
    assert [sorted(group) for group in equal_money_groups(policies.values())] == [["six-hubs-deeper", "ten-hubs-2027"]]


@pytest.mark.parametrize("key", PAIRS)
def test_the_same_money_is_spent(few, key):
    assert few[key] == pytest.approx(few[PAIRS[key]], rel=0.01)


def test_the_same_money_is_spent_under_the_parameters_of_the_literature_too(world_now, world_ten):
    deeper = branch(world_now, literature("six-hubs-deeper"))
    assert measure(deeper)["cost"] == pytest.approx(measure(world_ten)["cost"], rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("key", PAIRS)
def test_the_same_money_is_spent_in_expectation_over_the_posterior(policies, key):
    mean = costs([policies[key], policies[PAIRS[key]]], 100).mean(axis=0)
    assert mean[0] == pytest.approx(mean[1], rel=0.002)


def test_at_other_prices_nobody_claims_equal_money(policies):
    """Hours are computed for median prices; at other prices the costs of a pair differ."""
    assert not equal_money_groups(at_prices(list(policies.values()), "low"))
    assert equal_money_groups(at_prices(list(policies.values()), "median"))


def test_what_texts_say_of_money_is_true(few):
    """The grant is about 70 million dirhams; the search may spend what the roadmap costs beyond today."""
    assert few["ministry-grant"] - few["today"] == pytest.approx(70e6, rel=0.05)
    extra = load_experiment(ROOT / "experiments" / "search.yaml").extra
    for key in ("ten-hubs-2027", "six-hubs-deeper"):
        assert 1 <= 1e6 * extra / (few[key] - few["today"]) < 1.02, "the money suffices, and hardly more"


def test_groups_are_joined_through_whom_they_name_and_nobody_stands_alone():
    claims = {"a": None, "b": "a", "c": "gone", "d": "b", "e": None, "f": "gone", "g": "absent", "h": "h"}
    scenarios = [FakeScenario(key, same_cost_as=other) for key, other in claims.items()]
    assert equal_money_groups(scenarios) == [["a", "b", "d"], ["c", "f"]]
    assert equal_money_groups(reversed(scenarios)) == [["f", "c"], ["d", "b", "a"]]
    assert equal_money_groups([]) == []


def test_the_solver_finds_hours_that_are_known(small):
    """A policy that differs only in its hours has equal cost at equal hours only."""
    other = small.with_values({HOURS: 13}, key="other")
    hours, left = solve(small.with_values({HOURS: 7}, key="ours"), other, 1)
    assert hours == pytest.approx(13, rel=0.005) and abs(left) <= 0.0005


def test_hours_that_move_no_cost_are_not_solved(small):
    fixed = small.with_values({"accompaniment.mentor_hours_total": 100}, key="fixed")
    with pytest.raises(RuntimeError, match="no hours were found at which fixed costs as much as dear"):
        solve(fixed, small.with_values({HOURS: 20}, key="dear"), 1)


def test_worlds_are_the_first_ones_of_a_study_with_different_draws():
    found = first_draws(5)
    assert len({draw.number for _, draw in found}) == 5
    assert [replication for replication, _ in found] == sorted(replication for replication, _ in found)
    assert found[0][0] == 0 and len(first_draws(10_000)) == 400


def test_only_the_hours_of_a_file_are_written_anew():
    text = "# hours_per_startup: 3\naccompaniment:\n  hours_per_startup: 17.2  # solved\nfairs: {places: 3}\n"
    assert with_hours(text, 15.125) == text.replace("17.2", "15.125")
    with pytest.raises(ValueError, match="0 times, not once"):
        with_hours("accompaniment: {remote_fraction: 0.5}\n", 3)


def test_a_claim_is_the_files_own_and_ends_with_its_values(tmp_path):
    (tmp_path / "scenarios").mkdir()
    first, second = tmp_path / "scenarios" / "first.yaml", tmp_path / "scenarios" / "second.yaml"
    first.write_text("same_cost_as: second\naccompaniment: {hours_per_startup: 9}\n")
    second.write_text("extends: first.yaml\n")
    claiming = load_scenario(first)
    assert claiming.same_cost_as == "second" and load_scenario(second).same_cost_as is None
    assert claiming.with_values({"fairs.places": 9}).same_cost_as is None
    assert claiming.with_values({"name": "A"}).same_cost_as == claiming.with_values({}).same_cost_as == "second"
    resolved = tmp_path / "first.yaml"
    resolved.write_text(claiming.to_yaml(origins=True))
    assert load_scenario(resolved) == claiming != claiming.with_values({"same_cost_as": "third"})
    first.write_text("same_cost_as: 3\n")
    with pytest.raises(ScenarioError, match="must be the name of a scenario, such as today"):
        load_scenario(first)
