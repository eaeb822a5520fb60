"""Bundles that are taken apart, checked and refused, and sums that no order of rows may change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from laboratory import differences, run
from variants import beside, lively

from sim.declare.states import Cause
from sim.kernel.sums import PAYMENT, from_steps, steps
from sim.model.branches import branches
from sim.model.ecosystem import EcosystemModel
from sim.model.exit import close
from sim.model.ledger import AccountsError
from sim.model.side_by_side import SideBySide


@pytest.fixture(scope="module")
def base():
    return lively()


@pytest.fixture
def present(base):
    model = EcosystemModel(base, check_accounts=True)
    model.run_until(base.present_months)
    return model


def test_what_those_that_leave_hold_and_owe_is_added_exactly(present):
    """Beyond 2**53 steps of money, floats would lose the last of them in an order that bundles do not share."""
    startups, [bank, *_] = present.startups, (one for one in present.funders if one.kind == "loan")
    startups.cash[:], startups.loan_debt[:] = 1e5 * np.pi**startups.quality, 1e5 * np.e**startups.quality
    columns = {"cash": startups.cash, "loan_debt": startups.loan_debt}
    amounts = {name: [from_steps(steps(one, PAYMENT), PAYMENT) for one in column] for name, column in columns.items()}
    assert min(map(sum, amounts.values())) > 2**53 / 2**36
    before = bank.written_off
    close(present.bundle, np.full((1, startups.count), Cause.CLOSED, dtype=np.int8))
    present.bundle.ledger.close_month(np.zeros(1))
    assert present.ledger.last()["startups", "founders", "liquidation"] == math.fsum(amounts["cash"])
    assert bank.written_off == before + math.fsum(amounts["loan_debt"])


def test_what_entries_abroad_cost_is_added_exactly():
    rich = {"exports.cash_cost": 10_000.0, "exports.sunk_cost": 10_050.0, "exports.score_scale": 10.0}
    base = lively(**rich, **{"exports.attempts": 20.0, "exports.ties_effect": 0.01, "exports.horizon": 240.0})
    found = beside([base.with_values({"network.enabled": False, "contacts.enabled": False}, "other"), base])
    alone = run(base)
    dearest = max(month["startups", "abroad", "export entry"] for month in alone.ledger.months)
    assert dearest > 2**53 / 2**36 and not differences(found["lively"], alone)


def test_founders_of_any_quality_close_as_they_do_alone(base):
    """Where competence decides under one policy and quality under another, nobody is passed over."""
    strict = base.with_values({"closure.competence_effect": 20.0, "closure.quality_effect": 0.0}, "strict")
    steep = base.with_values({"closure.competence_effect": 0.0, "closure.quality_effect": 5.0}, "steep")
    found = beside([strict, steep])
    assert not differences(found["strict"], run(strict)) and not differences(found["steep"], run(steep))


def test_equals_are_chosen_as_they_are_alone():
    """All startups are equally competent and juries make no error: the order of rows must not decide who goes."""
    equal = {f"population.{name}": 0.0 for name in ("initial_competence", "competence_per_quality", "competence_sd")}
    equal |= {f"{name}.enabled": False for name in ("competence", "spillovers")} | {
        "fairs.noise": 0.0,
        "missions.noise": 0.0,
    }
    base = lively(**equal)
    found = beside([base.with_values({"network.enabled": False, "closure.rate": 0.02}, "other"), base])
    alone = run(base)
    assert min(alone.recorder.national(name).sum() for name in ("fair_places", "mission_places")) > 50
    assert not differences(found["lively"], alone)


def test_a_policy_that_differs_by_now_is_not_taken(present, base):
    more = base.with_values({"missions.per_year": 12}, "more")
    past = base.with_values({"population.scale": 0.3}, "past")
    with pytest.raises(ValueError, match="past does the same as lively for 0 months, but 36 are done"):
        present.bundle.taken([0], [past])
    worlds = SideBySide(present.bundle.taken([0, 0], [base, more]))
    worlds.live()
    with pytest.raises(
        ValueError, match="more does the same as lively for 36 months, but 37 are done; take it earlier"
    ):
        worlds.bundle.taken([0, 0], [base, more])
    assert worlds.bundle.taken([1, 0], [more, base]).scenarios == (more, base)


def test_policies_that_branch_off_have_the_bits_of_worlds_from_the_start(present, base):
    """Also where founders answer to hours that hubs offered in the month before."""
    new = base.as_dict()["network"]["openings"]
    nador = {"hub": "Nador", "opens": "2024-03", "places": 20}
    closures = [{"hub": hub, "closes": "2023-03"} for hub in ("Casablanca", "Rabat", "Tanger")]
    policies = [
        base,
        base.with_values({"network.openings": new[:1]}, "fewer"),
        base.with_values({"network.openings": [*new, nador]}, "more"),
        base.with_values({"network.closures": closures}, "closing"),
        base.with_values({"time.end": "2024-10", "accompaniment.hours_per_startup": 2.0}, "brief"),
    ]
    found = {model.scenario.key: differences(model, run(model.scenario)) for model in branches(present, policies)}
    assert found == {one.key: [] for one in policies}


def test_those_that_admit_whom_another_admits_do_so_when_one_of_them_has_ended(base):
    idle = [base.with_values({"rent.enabled": False, "coordinators.factor": factor}, f"{factor}") for factor in (1, 5)]
    ends = []
    for parting in (None, 20):
        worlds = SideBySide.begin([base, *idle], 1, 0)
        worlds.bundle.choosing = 1
        while worlds.now < base.months:
            worlds.live()
            if worlds.now == parting:
                worlds = SideBySide(worlds.bundle.taken([0, 2], [base, idle[1]]))
        place = worlds.bundle.policies - 1
        ends.append(EcosystemModel.of(worlds.bundle.taken([0, place], [base, idle[1]]).taken([0], [base])))
        ends.append(worlds.models[place].startups_table().sort_values("key").drop(columns="number"))
    (first, whole, second, parted) = ends
    assert not differences(first, second)
    assert np.array_equal(whole.to_numpy(), parted.to_numpy())
    with pytest.raises(ValueError, match="that admit whom the first one admits are taken after it"):
        worlds.bundle.taken([1], [idle[1]])


def test_accounts_are_checked_under_each_policy_where_those_of_the_past_are(present, base):
    policies = [
        base,
        base.with_values({"missions.per_year": 12}, "more"),
        base.with_values({"admission.stay": 9}, "brief"),
    ]
    assert all(model.check_accounts for model in branches(present, policies))
    worlds = SideBySide(present.bundle.taken([0] * 3, policies), check_accounts=True)
    worlds.live()
    startups = worlds.bundle.startups
    startups.cash[1, startups.active(1)[0]] += 1000.0
    with pytest.raises(AccountsError, match="month 37: cash was"):
        worlds.live()
    present.check_accounts = False
    assert not any(model.check_accounts for model in branches(present, policies))
