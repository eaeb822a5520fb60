"""Differences taken apart by twins: they add up in every world; each startup goes to the first channel that fits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from laboratory import by_key, literature, run

from sim.experiment.draws import draws_of
from sim.experiment.results import outcome_names
from sim.experiment.study import Chunk, Study
from sim.experiment.worlds import run_policies
from sim.history import History
from sim.outcomes import Register, measure
from sim.processes.acquisition import ACQUIRED, ACTIVE
from sim.scenario import load_scenario
from sim.twins import CHANNELS, COHORTS, COUNTS, RATES, SHIFTS, Lives, column, taken_apart

POLICIES = ("ten-hubs-2027", "no-hubs", "remote-accompaniment", "export-push")
WORLDS = (0, 1)


def lives(model):
    register = Register(model)
    return Lives.of(model, register, measure(model, register=register))


@pytest.fixture(scope="module")
def runs():
    """Runs by (world, policy), under two draws of the posterior; `twin` is the reference by another name."""
    today = load_scenario("builtin:today")
    policies = (today, today.with_values({}, "twin"), *(load_scenario(f"builtin:{key}") for key in POLICIES))
    study = Study("compare", policies, options={"reference": "today"}, draws=draws_of("posterior"))
    chunks = [study.chunk(2 * world) for world in WORLDS]
    return {(world, one.scenario): one for world, chunk in enumerate(chunks) for one in run_policies(chunk, 1, ())}


def differences(runs, world, policy):
    policy, reference = runs[world, policy].outcomes, runs[world, "today"].outcomes
    return {name: policy[name] - reference[name] for name in (*COUNTS, *RATES)}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("world", WORLDS)
def test_the_channels_of_counts_add_up_in_every_world(runs, world, policy):
    found, wanted = runs[world, policy].channels, differences(runs, world, policy)
    parts = {name: [found[column(name, channel)] for channel in CHANNELS] for name in COUNTS}
    assert sum(parts["survivors_5y"]) == wanted["survivors_5y"]
    twelfths = 12 * np.array([*parts["exporters"], wanted["exporters"]])
    assert np.abs(twelfths - np.rint(twelfths)).max() < 1e-8, "a mean of twelve whole numbers"
    assert np.rint(twelfths[:-1]).sum() == np.rint(twelfths[-1])
    assert sum(parts["jobs"]) == pytest.approx(wanted["jobs"], rel=1e-9)
    assert np.any(parts["exporters"]) and np.any(parts["jobs"])


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("world", WORLDS)
def test_change_and_composition_add_up_to_the_difference_of_a_rate(runs, world, policy):
    found, wanted = runs[world, policy].channels, differences(runs, world, policy)
    for name in RATES:
        change, composition = (found[column(name, shift)] for shift in SHIFTS)
        if math.isnan(wanted[name]):
            assert math.isnan(change) and math.isnan(composition)
        else:
            assert change + composition == pytest.approx(wanted[name], abs=1e-15)
    undefined = {name for name, difference in wanted.items() if math.isnan(difference)}
    assert undefined == (set(RATES) - {"survival_5y"} if policy == "no-hubs" else set())


def test_what_policies_cannot_do_is_exactly_zero(runs):
    for world in WORLDS:
        twin = runs[world, "twin"].channels
        assert set(twin.values()) == {0.0} and len(twin) == len(COUNTS) * len(CHANNELS) + len(RATES) * len(SHIFTS)
        remote, ten, none = (runs[world, key].channels for key in ("remote-accompaniment", "ten-hubs-2027", "no-hubs"))
        for count in COUNTS:
            assert remote[column(count, "extra_founders")] == 0, "nobody founds for hours from afar"
            assert ten[column(count, "extra_founders")] > 0 > none[column(count, "extra_founders")]
        for count in ("survivors_5y", "exporters"):
            assert all(found[column(count, "founded_again")] == 0 for found in (remote, ten, none)), "not counted"
        assert not runs[world, "today"].channels


def test_every_survivor_of_two_worlds_recounted(world_today, world_ten, world_none):
    """Startup by startup, as the module's first lines say it."""
    present = world_today.scenario.present_months
    window = [world_today.months_until(month) for month in ("2025-01", "2029-12")]

    def register(model):
        columns = by_key(model)
        rows = zip(*(columns[name].tolist() for name in columns), strict=True)
        return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}

    def survives(one):
        if one is None or one["kind"] == 2 or not window[0] <= one["founded"] <= window[1]:
            return 0
        failed = one["cause"] not in (ACTIVE, ACQUIRED) and one["closed"] - one["founded"] <= 60
        return not failed

    def channel(*twins):
        if None in twins:
            return "founded_again" if any(one and one["kind"] == 2 for one in twins) else "extra_founders"
        if any(one["relocated"] for one in twins):
            return "relocated"
        housed = any(one["admitted"] >= 0 and not 0 <= one["left"] < present for one in twins)
        return "housed" if housed else "never_housed"

    reference = register(world_today)
    for world in (world_ten, world_none):
        policy, counted = register(world), dict.fromkeys(CHANNELS, 0)
        for key in policy.keys() | reference.keys():
            one, other = policy.get(key), reference.get(key)
            counted[channel(one, other)] += survives(one) - survives(other)
        found = taken_apart(lives(world), lives(world_today))
        assert {name: found[column("survivors_5y", name)] for name in CHANNELS} == counted
        assert counted["extra_founders"] and counted["housed"]


def test_parts_change_their_sign_with_the_reference(world_today, world_ten):
    ten, today = lives(world_ten), lives(world_today)
    there, back = taken_apart(ten, today), taken_apart(today, ten)
    sums = [name for name in there if name.startswith("jobs/")]
    assert [there[name] for name in sums] == pytest.approx([-back[name] for name in sums], rel=1e-9)
    assert all(there[name] == -back[name] for name in there if name not in sums)


# --- by hand ----------------------------------------------------------------------------------------------------

BY_HAND = {
    # key: (again, relocated, housed, survivor) under the policy, and under the reference.
    1: (None, (False, True, True, 1)),  # an extra founder of the reference, whatever else is true of it
    2: ((False, False, True, 1), None),
    3: ((True, False, True, 1), None),
    4: ((False, True, False, 1), (False, False, True, 0)),  # relocated, though housed
    5: ((False, False, False, 0), (False, True, False, 1)),
    6: ((False, False, False, 0), (False, False, True, 1)),  # housed under the reference alone
    7: ((False, False, True, 1), (False, False, False, 0)),
    8: ((True, False, True, 1), (True, False, False, 0)),  # founded again under both: twins like others
    9: ((False, False, False, 1), (False, False, False, 0)),
    10: ((False, False, False, 1), (False, False, False, 1)),
}
EXPECTED = {"extra_founders": 0, "founded_again": 1, "relocated": 0, "housed": 1, "never_housed": 1}


def made(side: int) -> Lives:
    """A world of the startups above: survivors, exporters in twice as many months, jobs in three times as many."""
    rows = {key: pair[side] for key, pair in BY_HAND.items() if pair[side]}
    again, relocated, housed, counts = np.array(list(rows.values())).T
    nobody = np.zeros((12, len(rows)), dtype=bool)
    return Lives(
        np.array(list(rows), dtype=np.uint64),
        *(flags.astype(bool) for flags in (again, relocated, housed)),
        np.stack([counts, 2 * counts, 3 * counts]).astype(float),
        np.zeros((len(COHORTS), 2, len(rows)), dtype=bool),
        nobody,
        nobody,
        dict.fromkeys((*COUNTS, *RATES), 0.0),
    )


def test_each_startup_goes_to_the_first_channel_that_fits():
    found = taken_apart(made(0), made(1))
    for count, unit in zip(COUNTS, (1, 2 / 12, 3 / 12), strict=True):
        assert {name: found[column(count, name)] for name in CHANNELS} == {
            name: pytest.approx(unit * number, abs=1e-15) for name, number in EXPECTED.items()
        }


def test_a_rate_changes_among_those_counted_under_both():
    policy, reference = made(0), made(1)
    place = COHORTS.index("survival_5y")
    # Startups 2 to 10 under the policy; 1 and 4 to 10 under the reference.
    groups, others = np.zeros((len(COHORTS), 2, 9), dtype=bool), np.zeros((len(COHORTS), 2, 8), dtype=bool)
    groups[place, 1, [0, 2, 3, 4, 5]] = True  # 2, 4, 5, 6, 7 are counted under the policy,
    groups[place, 0, [0, 2, 3, 4]] = True  # and 2, 4, 5, 6 of them succeed;
    others[place, 1, [0, 1, 2, 3, 5]] = True  # 1, 4, 5, 6, 8 are counted under the reference,
    others[place, 0, [1, 5]] = True  # and 4 and 8 of them succeed.
    levels = dict.fromkeys((*COUNTS, *RATES), 0.0)
    found = taken_apart(
        replace(policy, groups=groups, levels=levels | {"survival_5y": 4 / 5}),
        replace(reference, groups=others, levels=levels | {"survival_5y": 2 / 5}),
    )
    assert found["survival_5y/change"] == pytest.approx(3 / 3 - 1 / 3), "4, 5 and 6 are counted under both"
    assert found["survival_5y/composition"] == pytest.approx(2 / 5 - 2 / 3)
    assert found["success_rate/change"] == 0, "nobody is counted under both"


# --- how worlds are run ------------------------------------------------------------------------------------------


def short_policies():
    """Policies over a year after the present: a hub opens in the last year, one ends earlier, one has another past."""
    early = {"time.start": "2018-01", "time.present": "2020-06", "time.end": "2021-12"}
    today = literature("today").with_values(early)
    opening = {"network.openings": [{"hub": "Fès", "opens": "2021-06", "places": 66}]}
    return (
        today,
        today.with_values(opening, "late hub"),
        today.with_values({"time.end": "2020-12"}, "soon over"),
        today.with_values({"cash.margin": 0.5}, "another past"),
    )


def test_shared_months_and_pasts_change_no_channel():
    policies = short_policies()
    found = {one.scenario: one for one in run_policies(Chunk("one", 0, policies, reference="today"), 1, ())}
    alone = {policy.key: lives(run(policy)) for policy in policies}
    for policy in policies[1:]:
        expected = taken_apart(alone[policy.key], alone["today"])
        assert found[policy.key].error is None
        assert pd.Series(found[policy.key].channels).equals(pd.Series(expected)), policy.key
        jobs = sum(expected[column("jobs", channel)] for channel in CHANNELS)
        level = [found[key].outcomes["jobs"] for key in (policy.key, "today")]
        assert jobs == pytest.approx(level[0] - level[1], rel=1e-9) and jobs != 0


@pytest.mark.parametrize(("broken", "taken"), [("today", set()), ("late hub", {"another past", "soon over"})])
def test_a_run_that_fails_has_no_channels_and_costs_no_other_its_own(monkeypatch, broken, taken):
    record = History.record

    def watched(self, model):
        if (model.scenario.key, model.month) == (broken, model.scenario.months - 1):
            raise ZeroDivisionError
        record(self, model)

    monkeypatch.setattr(History, "record", watched)
    found = {one.scenario: one for one in run_policies(Chunk("one", 0, short_policies(), reference="today"), 1, ())}
    assert found[broken].stage == "run" and len(found) == 4
    assert {key for key, one in found.items() if one.channels} == taken
    assert all(one.lives is None for one in found.values()), "not kept"


def test_a_chunk_without_its_reference_has_no_channels():
    today = short_policies()[0]
    for reference in (None, "elsewhere"):
        [one] = run_policies(Chunk("one", 0, (today,), reference=reference), 1, ())
        assert one.outcomes and not one.channels and one.lives is None


def test_a_channel_is_no_outcome():
    columns = ["scenario", "jobs", "jobs/housed", "export_rate", "export_rate_n", "residents:Aïn Sebaâ/Fès (hub)"]
    assert outcome_names(pd.DataFrame(columns=columns)) == ["jobs", "export_rate", "residents:Aïn Sebaâ/Fès (hub)"]
