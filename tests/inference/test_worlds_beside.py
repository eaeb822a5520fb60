"""Worlds with different mechanisms live side by side and admit the startups that the first admits, as by its log."""

from __future__ import annotations

import numpy as np
import pytest
from laboratory import literature

from sim.inference import ladder, moments
from sim.inference.ladder import LadderWorlds
from sim.inference.moments import FOLLOWED_TO, LAST, NULL_SERVICES, PlaceboPair
from sim.inference.observables import SNAPSHOTS
from sim.inference.panel import REVENUE_AGES, STATES, Panel
from sim.model import bundle as bundles
from sim.model.ecosystem import EcosystemModel
from sim.processes.admission import admission_log

SMALL = {"time.start": "2014-01", "population.entries_per_year": 250}


@pytest.fixture(scope="module")
def scenario():
    return literature("today").with_values(SMALL)


@pytest.fixture(scope="module")
def actual(scenario):
    """The actual world alone, recorded until the last fact."""
    model = EcosystemModel(scenario.with_values({"time.end": LAST}))
    panel = Panel(model, SNAPSHOTS)
    for month in range(model.end):
        model.run_until(month + 1)
        panel.note(month)
    return panel


def replayed(scenario, actual, values, months):
    """A world alone that admits by the log of the actual one."""
    return Panel.run(EcosystemModel(scenario.with_values(values), admissions=admission_log(actual.model)), months)


def assert_same(found, wanted):
    for age in REVENUE_AGES:
        assert all(map(np.array_equal, found.revenue_at(age), wanted.revenue_at(age)))
    for state in STATES:
        pairs = zip(found.noted[state], wanted.noted[state], strict=True)
        assert all(np.array_equal(np.sort(one), np.sort(other)) for one, other in pairs)
    one, other = found.register, wanted.register
    orders = [np.lexsort((register.founded, register.key)) for register in (one, other)]
    for name in ("key", "admitted", "home_hub", "left", "cause", "closed", "first_export", "equity_total"):
        assert np.array_equal(getattr(one, name)[orders[0]], getattr(other, name)[orders[1]]), name


def test_who_is_active_is_known_from_foundings_and_closings(scenario):
    model = EcosystemModel(scenario.with_values({"time.end": LAST}))
    panel, living = Panel(model), []
    for month in range(model.end):
        model.run_until(month + 1)
        panel.note(month)
        living.append(set(model.startups.key.tolist()))
    keys = panel.register.key
    for month, active in enumerate(living):
        assert set(keys[panel.at("active", keys, month)].tolist()) == active
    assert len(set.union(*living)) > len(living[-1]), "some have closed"


def test_a_pair_is_the_actual_world_and_one_that_replays_its_log(scenario, actual):
    pair = PlaceboPair.run(scenario, 1, 0)
    months = actual.model.months_until(FOLLOWED_TO) + 1
    assert_same(pair.actual, actual)
    idle = NULL_SERVICES | {"time.end": LAST}
    assert_same(pair.placebo, replayed(scenario, actual, idle, months))
    assert np.count_nonzero(pair.placebo.register.admitted >= 0) > 100
    found = pair.measure()
    assert found["effect_survival_5y"] == pytest.approx(moments.treatment(pair)["effect_survival_5y"])


def test_a_process_of_single_worlds_can_take_part(scenario, actual, monkeypatch):
    """What another package adds may write columns: then the worlds of a pair live in turn, with the same numbers."""
    seen = []

    class Guest:
        @staticmethod
        def act(model):
            seen.append(model.month)
            model.startups.cash[:] += 0.0

    beside = PlaceboPair.run(scenario, 1, 0)
    monkeypatch.setattr(bundles, "LIVING", (*bundles.LIVING, Guest))
    pair = PlaceboPair.run(scenario, 1, 0)
    assert_same(pair.actual, actual)
    assert_same(pair.placebo, beside.placebo)
    assert pair.measure() == pytest.approx(beside.measure(), nan_ok=True, rel=1e-12)
    assert len(seen) == pair.actual.model.months_done + pair.placebo.model.months_done


def test_coalitions_of_services_are_as_alone(scenario):
    worlds = LadderWorlds(scenario, 1, 0)
    for group in (frozenset(), frozenset({"rent"}), frozenset({"mentoring", "contacts"})):
        alone = replayed(
            worlds.actual.model.scenario, worlds.actual, ladder._off(group), worlds.actual.model.months_done
        )
        for rate, ask in ladder._ASKS.items():
            assert np.array_equal(worlds.replays[group][rate], ask(alone, worlds.keys, worlds.admitted)), (group, rate)
