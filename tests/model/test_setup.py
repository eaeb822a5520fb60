"""Hubs that a policy adds: when they open, how many places they have, what they cost; and what ends are counted."""

from __future__ import annotations

import numpy as np
import pytest
from laboratory import everyone
from variants import lively

from sim.country.data import table
from sim.declare.states import Cause, FounderKind
from sim.model.ecosystem import EcosystemModel
from sim.model.setup import hub_plans

OPENINGS = [
    {"hub": "Fès", "opens": "2023-02", "places": 99},
    {"hub": "Settat", "opens": "2023-09", "places": 12},
    {"hub": "Oujda", "opens": "2024-01"},
]


@pytest.fixture(scope="module")
def model() -> EcosystemModel:
    model = EcosystemModel(lively(**{"network.openings": OPENINGS}), rng=5)
    model.run_until(37)
    return model


def test_a_new_hub_opens_in_its_month_and_costs_as_much_as_its_size_says(model):
    plans = {plan.name: plan for plan in hub_plans(model.scenario)}
    known = table("hubs").set_index("hub")
    per_place = model.parameters.costs.capital_per_place
    assert plans["Fès"].steps == ((37, 99),) and plans["Settat"].steps == ((44, 12),)
    assert plans["Oujda"].steps == ((48, known.loc["Oujda", "places"]),)
    assert plans["Fès"].capital == known.loc["Fès", "capital_kmad"] * 99 / known.loc["Fès", "places"]
    assert plans["Settat"].capital == per_place * 12 and plans["Oujda"].capital == known.loc["Oujda", "capital_kmad"]
    hub = next(hub for hub in model.hubs if hub.name == "Fès")
    assert not hub.is_open
    model.step()
    assert hub.is_open and hub.places == 99


def test_first_foundings_that_fail_within_five_years_are_counted_by_month_and_region():
    model = EcosystemModel(lively(**{"time.start": "2016-01", "time.end": "2023-06", "closure.rate": 0.03}), rng=5)
    model.run_until(model.end)
    of = everyone(model)
    first = of["kind"] != FounderKind.REFOUNDED
    failed = first & (of["cause"] > Cause.ACQUIRED) & (of["closed"] - of["founded"] <= 60)
    expected = np.zeros(model.cohorts.failed.shape)
    np.add.at(expected, (of["founded"][failed], of["region"][failed]), 1)
    assert np.array_equal(model.cohorts.failed, expected)
    assert (~first & (of["cause"] > Cause.ACQUIRED)).any()
    assert (first & (of["cause"] > Cause.ACQUIRED) & (of["closed"] - of["founded"] > 60)).any()
