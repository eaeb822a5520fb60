"""The first and the last month that an outcome counts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from laboratory import run, series
from variants import lively

from sim.declare.calendar import months_between
from sim.declare.states import Cause
from sim.model.ecosystem import EcosystemModel
from sim.model.outcomes import MIDWAY, WINDOW, Register, _by_hub, cohorts, stocks
from sim.model.twins import COUNTS, RATES, Lives


@pytest.fixture
def register() -> Register:
    """Of a world that began in January 2024 and of which months 0 to 131 are done."""
    return Register(SimpleNamespace(months_done=132, months_until=lambda month: months_between("2024-01", month)))


def test_an_event_counts_in_its_window_when_the_month_that_ends_its_follow_up_is_over(register):
    months = np.array([11, 12, 71, 72])
    assert register.between(months, WINDOW, 60).tolist() == [False, True, True, False]
    assert register.between(months, ("2024-01", "2034-12"), 60).tolist() == [True, True, True, False]


def test_who_was_admitted_or_exported_in_the_first_month_counts_and_who_never_was_does_not(register):
    of = {name: np.zeros(5) for name in ("kind", "cause", "closed", "founded", "left", "left_reason")}
    of |= {name: np.zeros(5, dtype=bool) for name in ("operating_24", "operating_60", "graduate_60", "exporting_60")}
    vars(register).update(of, admitted=np.array([-1, 0, 0, 0, 0]), first_export=np.array([0, -1, 0, 60, 61]))
    found = cohorts(register, ("2023-12", "2034-12"))
    for name in ("cohort_success_rate", "success_24m", "completion_rate", "ever_exported"):
        assert found[name][1].tolist() == [False, True, True, True, True]
    assert (found["ever_exported"][0] & found["ever_exported"][1]).tolist() == [False, False, True, True, False]


def test_sixty_months_are_within_sixty_months(register):
    vars(register).update(closed=np.array([71, 72, 73]), founded=np.full(3, 12), cause=np.full(3, Cause.CLOSED))
    assert register.survived(60).tolist() == [False, False, True]
    vars(register).update(cause=np.full(3, Cause.ACQUIRED))
    assert register.bought_within(register.founded, 60).tolist() == [True, True, False]
    assert register.survived(60).all()


def test_who_came_in_the_first_two_years_of_a_hub_is_followed_up_as_long_as_the_rate_says():
    admitted, seen = np.array([33, 34, 35]), {}
    register = SimpleNamespace(home_hub=np.zeros(3), admitted=admitted, success=lambda months: months)
    for done in (58, 94):
        hub = SimpleNamespace(index=0, name="new", plan=SimpleNamespace(opens=11))
        series = SimpleNamespace(**dict.fromkeys(("places", "residents", "waiting"), np.ones((done, 1))))
        model = SimpleNamespace(
            months_done=done, recorder=SimpleNamespace(hubs=series), hubs=[hub],
            scenario=SimpleNamespace(present_months=11),
        )  # fmt: skip
        counts = _by_hub(model, register, lambda name, success, whole, done=done: seen.update({(name, done): whole}))
        assert counts["admissions:new (hub)"] == 2 and counts["residents:new (hub)"] == 1
    assert seen["success_24m:new (hub)", 58].tolist() == [True, False, False]
    assert seen["success_24m:new (hub)", 94].tolist() == [True, True, False]
    assert seen["cohort_success_rate:new (hub)", 94].tolist() == [True, False, False]
    assert not seen["cohort_success_rate:new (hub)", 58].any()


def test_a_world_younger_than_a_year_has_means_of_the_months_that_it_has():
    model = EcosystemModel(lively(**{"time.start": "2021-06"}), rng=5)
    model.run_until(6)
    found = stocks(model)
    for name in ("hubs", "residents", "waiting", "jobs"):
        assert found[name] == pytest.approx(series(model, name).mean())
    assert found["residents"] > 0
    assert found["deals"] == pytest.approx(12 * series(model, "deals").mean())


def test_december_2027_is_told_when_it_is_over():
    months = {"time.start": "2027-04", "time.present": "2027-05", "time.end": "2028-03"}
    plans = {"network.openings": [], "network.closures": []}
    model = EcosystemModel(lively(**months, **plans), rng=5)
    model.run_until(model.end)
    told = model.months_until(MIDWAY)
    assert not [name for name in stocks(model, told) if name.endswith("_2027")]
    found = {name: value for name, value in stocks(model, told + 1).items() if name.endswith("_2027")}
    assert found["residents_2027"] == series(model, "residents")[told] > 0
    assert stocks(model).items() >= found.items()


def test_who_was_in_a_hub_after_the_present_is_housed_whenever_admitted():
    months = {"time.start": "2021-06", "time.present": "2021-12", "time.end": "2022-05"}
    model = run(lively(**months, **{"network.openings": [], "network.closures": []}))
    of, present = model.startups, model.scenario.present_months
    of.admitted[:], of.left[:] = -1, -1
    of.admitted[:5], of.left[:5] = [0, 1, 0, 0, 11], [-1, present, present - 1, 0, -1]
    found = Lives.of(model, dict.fromkeys((*COUNTS, *RATES), 0.0))
    housed = found.key[found.housed & np.isin(found.key, of.key)]
    assert set(housed.tolist()) == set(of.key[[0, 1, 4]].tolist())
