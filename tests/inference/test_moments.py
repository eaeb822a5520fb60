"""The moments that are compared with facts equal the outcomes of `sim.model.outcomes` in the same worlds."""

from __future__ import annotations

import numpy as np
import pytest

from sim.country.data import table
from sim.inference.dated import months_of
from sim.inference.moments import PlaceboPair
from sim.inference.observables import COHORT, FactReader
from sim.model.outcomes import measure


@pytest.fixture(scope="module")
def twins(today):
    return PlaceboPair.run(today, 1, 0)


@pytest.fixture(scope="module")
def moments(twins):
    return twins.measure()


def test_every_judged_fact_has_a_moment(moments):
    facts = table("facts")
    judged = facts[facts["low"].notna() | facts["high"].notna()]
    assert set(judged["id"]) <= set(moments)
    unknown = {name for name in judged["id"] if np.isnan(moments[name])}
    assert unknown <= {"hubs_2027"}, "only the future cannot be shown"


def test_the_witness_counts_success_as_the_outcomes_do(twins):
    measured = measure(twins.actual.model, COHORT)
    keys, admitted = twins.cohort
    for months, outcome in ((60, "cohort_success_rate"), (24, "success_24m")):
        share = twins.actual.success(keys, admitted, months).mean()
        assert share == pytest.approx(measured[outcome], abs=1e-12)
    exporting = twins.actual.at("exporting", keys, admitted + 60).mean()
    assert exporting == pytest.approx(measured["cohort_export_rate"], abs=1e-12)


def test_dated_facts_read_the_series_at_their_date(twins, moments):
    history = twins.actual.model.history.set_index("month")
    assert moments["residents_2024"] == history.loc["2024-05", "residents"]
    assert moments["export_share_2021"] == pytest.approx(history.loc["2021-12", "export_rate"])
    year = history.loc["2024-01":"2024-12"]
    assert moments["vc_deals_2024"] == pytest.approx(year["deals"].sum())
    assert moments["fair_hub_startups"] == history.loc["2024-05", "fair_places_residents"]


def test_exporters_outside_hubs_are_those_of_the_startups_that_no_hub_has_admitted(twins):
    world, month = twins.actual, twins.actual.model.months_until("2022-12")
    shot = world.snapshots["2022-12"]
    rows, known = world.find(shot["key"])
    admitted = world.register.admitted[rows]
    alone = known & ((admitted < 0) | (admitted > month))
    assert known.all() and 0 < alone.sum() < known.size
    read = FactReader(world)._read({"outcome": "exporters_outside_share", "date": "2022-12"}, {})
    assert read == pytest.approx(shot["exporter"][alone].mean(), abs=1e-12)


def test_idle_hubs_admit_the_same_startups_and_give_them_nothing(twins):
    keys, admitted = twins.cohort
    rows, known = twins.placebo.find(keys)
    replayed = known & (twins.placebo.register.admitted[rows] == admitted)
    assert replayed.mean() > 0.9, "most of the admitted live in both worlds"
    register = twins.placebo.register
    assert not register.hours_total.any()
    residents = twins.placebo.model.startups.hub >= 0
    ties = twins.placebo.model.startups.ties
    assert ties[residents].mean() < 2 * ties[~residents].mean(), "residents of idle hubs meet like everybody else"


def test_dates_of_facts():
    assert months_of("2024-05") == ("2024-05", "2024-05")
    assert months_of("2018") == ("2018-01", "2018-12")
    assert months_of("2015-2016") == ("2015-01", "2016-12")
