"""Whatever a policy sets within the allowed ranges, nothing is made or lost and history stays history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bookkeeping import simulate_with_books
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laboratory import SWITCHED, differences

from sim.declare import Declaration
from sim.model.ecosystem import EcosystemModel
from sim.processes import COLUMNS
from sim.scenario import Scenario, load_scenario, schema
from sim.scenario.hub_names import hub_names

PAST = 30
MONTHS = 14
PLACES = hub_names()


def months_between(first: str, last: str) -> st.SearchStrategy[str]:
    years = range(int(first[:4]), int(last[:4]) + 1)
    every = [f"{year}-{month:02}" for year in years for month in range(1, 13)]
    return st.sampled_from([month for month in every if first <= month <= last])


def shares() -> st.SearchStrategy[dict[str, float]]:
    """Three weights that sum to one, and a factor on meetings."""

    def mix(weights: tuple[int, int, int, float]) -> dict[str, float]:
        *three, contacts = weights
        parts = [weight / sum(three) for weight in three]
        return dict(zip(("finance", "market_access", "skills", "contacts"), [*parts, contacts], strict=True))

    weight = st.integers(0, 10)
    return st.tuples(st.integers(1, 10), weight, weight, st.floats(0, 5)).map(mix)


def openings() -> st.SearchStrategy[list[dict]]:
    opening = st.fixed_dictionaries(
        {
            "hub": st.sampled_from([*PLACES.roadmap, "Nador", "Laâyoune", "Errachidia"]),
            "opens": months_between("2018-07", "2020-06"),
            "places": st.integers(1, 300),
            "mentor_hours": st.none() | st.floats(0, 2000),
        }
    )
    return st.lists(opening, max_size=4, unique_by=lambda opening: opening["hub"])


def closures() -> st.SearchStrategy[list[dict]]:
    closure = st.fixed_dictionaries(
        {"hub": st.sampled_from(PLACES.open_hubs), "closes": months_between("2018-07", "2019-12")}
    )
    return st.lists(closure, max_size=3, unique_by=lambda closure: closure["hub"])


def anything(declared: Declaration) -> st.SearchStrategy[Any]:
    """Any value that a lever may take."""
    low, high = declared.range
    if isinstance(declared.default, bool):
        return st.booleans()
    if isinstance(declared.default, int):
        return st.integers(int(low), int(high))
    return st.floats(low, high) if isinstance(declared.default, float) else st.sampled_from(declared.choices)


OF_THEIR_OWN = {
    "network.openings": openings(),
    "network.closures": closures(),
    "network.hubs_by_2027": st.none(),
    "accompaniment.mix": shares(),
    "accompaniment.mentor_hours_total": st.none() | st.floats(0, 20_000),
}
"""Levers whose values depend on each other or on the country; `hubs_by_2027` only cuts the list of openings."""
LEVERS = OF_THEIR_OWN | {
    path: anything(declared)
    for path, declared in schema().declarations.items()
    if declared.lever and not {path, path.rpartition(".")[0]} & OF_THEIR_OWN.keys()
}


@pytest.fixture(scope="module")
def past() -> EcosystemModel:
    """A world of 2016 to mid 2018, with every mechanism on."""
    today = load_scenario("builtin:today").with_values({f"{name}.enabled": True for name in SWITCHED})
    scenario = today.with_values({"time.start": "2016-01", "time.present": "2018-06", "time.end": "2019-08"})
    model = EcosystemModel(scenario, check_accounts=True)
    model.run_until(PAST)
    assert scenario.present_months == PAST and scenario.months == PAST + MONTHS
    return model


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.fixed_dictionaries({}, optional=LEVERS))
def test_invariants_hold_under_any_policy(past, values):
    policy: Scenario = past.scenario.with_values(values)
    model = past.fork(policy)
    residents: list[bool] = []

    def visit(_: object) -> None:
        inside = np.bincount(model.startups.hub + 1, minlength=len(model.hubs) + 1)[1:]
        residents.append(all(inside <= [hub.places for hub in model.hubs]))

    simulate_with_books(model, MONTHS, visit)
    assert all(residents)
    assert not differences(model, past, months=PAST)
    startups = model.startups
    for name in ("finance", "market_access", "skills"):
        level = getattr(startups, name)
        assert np.all((level >= 0) & (level <= 1))
    assert np.all(startups.revenue > 0) and np.all(np.isfinite(startups.cash))
    assert np.all(startups.hours >= 0) and np.all(startups.ties >= 0)
    for name in COLUMNS:
        assert np.all(np.isfinite(startups.everyone(name).astype(float))), name
    assert np.unique(startups.everyone("key")).size == startups.founded_total
    for funder in model.funders:
        terms = funder.terms_at(model.month)
        block = {"grant": "grants", "honour_loan": "grants", "loan": "loans"}.get(funder.kind, "equity")
        if terms is not None:
            factor = max(1.0, getattr(policy.parameters, block).envelope_factor)
            assert funder.spent_this_year <= terms.envelope * factor * (1 + 1e-12)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.fixed_dictionaries({}, optional=LEVERS))
def test_a_policy_twice_gives_the_same_bits(past, values):
    policy = past.scenario.with_values(values)
    worlds = [past.fork(policy) for _ in range(2)]
    for world in worlds:
        world.run_until(policy.months)
    assert not differences(*worlds)
