"""The moments that are compared with facts equal the outcomes of `sim.model.outcomes` in the same worlds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from laboratory import by_key, run
from variants import lively

from sim.country.data import table
from sim.declare.states import FounderKind
from sim.inference import moments as of_moments
from sim.inference.dated import months_of
from sim.inference.entry import net_founders
from sim.inference.moments import NULL_SERVICES, PlaceboPair, treatment
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


def test_the_same_founders_come_whether_hubs_help_or_only_promise_to(twins):
    done, found = twins.placebo.model.months_done, []
    for world in (twins.actual.register, twins.placebo.register):
        first = world.anew & (world.founded < done)
        found.append(set(zip(world.key[first].tolist(), world.founded[first].tolist(), strict=True)))
    assert found[0] == found[1]
    assert (twins.placebo.register.kind == FounderKind.INDUCED).any(), "some come because of a hub"


def test_dates_of_facts():
    assert months_of("2024-05") == ("2024-05", "2024-05")
    assert months_of("2018") == ("2018-01", "2018-12")
    assert months_of("2015-2016") == ("2015-01", "2016-12")


def test_net_founders_leave_out_those_who_only_move(today):
    values = dict(today.values)
    expected = [net_founders(values | {"induced_entry.displaced_share": share}).item() for share in (0.0, 0.25, 1.0)]
    assert expected[0] > 0 and expected[1] == pytest.approx(0.75 * expected[0]) and expected[2] == 0


def test_selection_is_the_success_of_the_admitted_without_help_minus_that_of_all(monkeypatch):
    for name in ("export_start", "revenue_effect", "half_life"):
        monkeypatch.setattr(of_moments, name, lambda *_: 1.0)

    def world(success: list[int], all_founders: list[int]) -> SimpleNamespace:
        key, months = np.array([1, 2, 3, 4]), np.zeros(4, dtype=int)
        register = SimpleNamespace(base=np.ones(4, bool), founded=months, key=key)
        return SimpleNamespace(
            register=register, model=SimpleNamespace(months_until=lambda _: 0),
            success=lambda keys, _: np.array(success if keys.size == 2 else all_founders),
            funded_24=lambda keys, _: np.ones(keys.size),
        )  # fmt: skip

    cohort = (np.array([1, 2]), np.zeros(2, dtype=int))
    twins = SimpleNamespace(cohort=cohort, actual=world([1, 1], [1, 1, 1, 1]), placebo=world([1, 0], [1, 0, 0, 0]))
    found = treatment(twins)
    assert found["effect_survival_5y"] == 0.5 and found["selection"] == 0.25


def test_the_hubs_of_a_placebo_house_startups_and_do_nothing():
    """Those housed live as they would if nobody was; only who is near whom, in the same hub, is left out here."""
    idle = NULL_SERVICES | {
        "revenue.crowding": 0.0, "missions.per_year": 0, "network.closures": [], "time.start": "2021-06",
        "time.end": "2024-05",
    }  # fmt: skip
    housed, nobody = (by_key(run(lively(**idle | {"admission.enabled": on}))) for on in (True, False))
    assert (housed["hub"] >= 0).sum() > 20 and not (nobody["hub"] >= 0).any()
    for name in ("key", "revenue", "cash", "skills", "finance", "market_access", "ties", "exporter", "cause", "closed",
                 "grant", "loan", "equity_total", "fair"):  # fmt: skip
        assert np.array_equal(housed[name], nobody[name]), name
