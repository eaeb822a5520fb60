"""Policies side by side: each has the bits that it has alone, after every process of every month."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256

import numpy as np
import pytest
from laboratory import differences, literature, run

from sim.declare.states import Cause
from sim.errors import StudyError
from sim.kernel.masks import MOST_POLICIES
from sim.model import bundle as bundles
from sim.model.branches import branches
from sim.model.bundle import Bundle, acts_on_one
from sim.model.ecosystem import EcosystemModel
from sim.model.outcomes import measure
from sim.model.side_by_side import SideBySide
from sim.processes import COLUMNS, MONTH
from sim.scenario import builtin_scenarios

MONTHS = 27
"""Months after the present that policies live: a fair, a January, missions, and hubs that open."""
SOON = {"time.end": "2026-09"}
EARLY = SOON | {
    "network.openings": [
        {"hub": "F\u00e8s", "opens": "2024-09", "places": 66},
        {"hub": "Oujda", "opens": "2025-02", "places": 40},
    ]
}


@pytest.fixture(scope="module")
def present(today):
    model = EcosystemModel(today.with_values(SOON))
    model.run_until(today.present_months)
    return model


@pytest.fixture(scope="module")
def policies(today):
    """The shipped policies, and some that do more at once."""
    shipped = [literature(name).with_values(SOON) for name, _ in builtin_scenarios()]
    more = {
        "missions.per_year": 12, "fairs.subsidy": 0.2, "admission.rule": "ranked", "admission.stay": 6,
        "accompaniment.remote_fraction": 0.5, "grants.envelope_factor": 3, "loans.envelope_factor": 4,
        "equity.envelope_factor": 5, "equity.regional_quota": 0.5,
    }  # fmt: skip
    less = {"network.closures": [{"hub": "Rabat", "closes": "2024-11"}], "accompaniment.hours_per_startup": 0}
    return [
        *(one for one in shipped if one.history_digest == today.with_values(SOON).history_digest),
        today.with_values(EARLY, "early"),
        today.with_values(SOON | more, "more"),
        today.with_values(SOON | less, "less"),
    ]


def _bits(world: Bundle, key: str) -> str:
    """The columns of a policy's startups, in the order of their keys."""
    policy = [one.key for one in world.scenarios].index(key)
    startups = world.startups
    here = np.flatnonzero((startups.alive[: startups.used] >> np.uint32(policy)) & np.uint32(1))
    rows = here[np.lexsort((startups.founded[here], startups.key[here]))]
    columns = (startups.column(name, policy)[rows] for name in ("key", *COLUMNS) if name != "number")
    return sha256(b"".join(column.tobytes() for column in columns)).hexdigest()


@pytest.fixture(scope="module")
def after_each_process(present, policies):
    """Bits of some policies after each process of each month, beside all others and alone, by policy and process."""
    watched = {"today", "ten-hubs-2027", "early", "more", "less", "no-hubs"} & {one.key for one in policies}
    beside, alone = defaultdict(list), defaultdict(list)
    noted = beside

    def watching(process, act):
        def watch(world):
            act(world)
            for one in world.scenarios:
                if one.key in watched:
                    noted[one.key, process].append(_bits(world, one.key))

        return watch

    with pytest.MonkeyPatch.context() as patch:
        for process in MONTH:
            patch.setattr(process, "act", watching(process, process.act))
        for _ in branches(present, policies):
            pass
        noted = alone
        for one in policies:
            if one.key in watched:
                present.fork(one).run_until(one.months)
    return watched, beside, alone


@pytest.mark.parametrize("process", MONTH, ids=lambda process: process.__name__.rpartition(".")[2])
def test_a_policy_has_the_same_bits_alone_and_beside_others_after_each_process(after_each_process, process):
    watched, beside, alone = after_each_process
    assert len(watched) == 6
    for key in watched:
        months = len(alone[key, process])  # beside others it is run from where it parts from another policy
        assert months == MONTHS and 0 < len(beside[key, process]) <= months
        assert beside[key, process] == alone[key, process][-len(beside[key, process]) :]


def test_each_world_ends_with_everything_that_it_has_alone_or_from_the_start(present, policies):
    found = {model.scenario.key: model for model in branches(present, policies)}
    assert set(found) == {one.key for one in policies} and len(policies) > 12
    for one in policies:
        alone = present.fork(one)
        alone.run_until(one.months)
        assert not differences(found[one.key], alone)
        mine, theirs = measure(found[one.key]), measure(alone)
        assert np.array_equal(list(mine.values()), list(theirs.values()), equal_nan=True)
    chosen = next(one for one in policies if one.key == "more")
    assert not differences(found["more"], run(chosen))


def test_the_order_of_policies_does_not_matter(present, policies):
    few = [one for one in policies if one.key in ("today", "early", "more")]
    one, other = ({model.scenario.key: model for model in branches(present, order)} for order in (few, few[::-1]))
    assert all(not differences(one[key], other[key]) for key in one)


def test_policies_may_end_in_different_months(present, policies, today):
    shorter = today.with_values({"time.end": "2025-01"}, "shorter")
    longer = [one for one in policies if one.key in ("today", "more")]
    ends = {model.scenario.key: model for model in branches(present, [*longer, shorter])}
    assert next(iter(ends)) == "shorter" and ends["shorter"].months_done == shorter.months
    for key, model in ends.items():
        one = next(one for one in (*longer, shorter) if one.key == key)
        alone = present.fork(one)
        alone.run_until(one.months)
        assert not differences(model, alone)


def test_what_is_measured_at_the_end_does_not_depend_on_the_bundle(present, policies):
    """A world that has parted from its bundle can be run on, looked at and forked like any other."""
    first = next(branches(present, [one for one in policies if one.key in ("today", "more")]))
    startups = first.startups
    assert np.array_equal(np.sort(startups.everyone("number")), np.arange(startups.founded_total))
    assert len(startups) == startups.count and startups.row_of[startups.number[3]] == 3
    assert np.array_equal(first.contacts.first, np.sort(first.contacts.first))


def test_more_policies_than_bits_live_in_turn(present, today):
    many = [today.with_values({"time.end": "2024-08", "fairs.hub_share": n / 100}, f"p{n}") for n in range(40)]
    assert len(list(branches(present, many))) == 40 > MOST_POLICIES
    with pytest.raises(StudyError, match="40 policies cannot live side by side; at most 32 can"):
        Bundle(many, 1, 0)


def test_removing_a_startup_closes_it_under_its_own_policy_only(present, policies):
    few = [one for one in policies if one.key in ("today", "less")]
    worlds = SideBySide(present.bundle.taken([present.place] * 2, few))
    first, second = worlds.models
    startup, twin = first.startups[5], second.startups[5]
    number = startup.number
    assert number == twin.number and startup.active and twin.active
    twin.remove()
    assert startup.active and not twin.active and twin.cause == Cause.CLOSED
    assert (first.startups.count, second.startups.count) == (present.startups.count, present.startups.count - 1)
    twin.remove()  # closed already: nothing happens
    assert second.startups.count == present.startups.count - 1


def test_a_process_of_single_worlds_sees_one_policy_at_a_time(present, policies, monkeypatch):
    """What another package adds is called with a model, whose arrays hold its own startups only."""
    seen = []

    class Guest:
        @staticmethod
        def act(model):
            seen.append((model.scenario.key, model.startups.count, model.startups.cash.shape))
            model.tally["mission_places"] += 1
            model.startups.cash[:] += 1.0

    assert acts_on_one(Guest) and not any(map(acts_on_one, MONTH))
    monkeypatch.setattr(bundles, "LIVING", (*bundles.LIVING, Guest))
    few = [one for one in policies if one.key in ("today", "less")]
    worlds = {model.scenario.key: model for model in branches(present, few)}
    assert {key for key, *_ in seen} == {"today", "less"} and all(shape == (count,) for _, count, shape in seen)
    assert all(model.recorder.national("mission_places")[-1] >= 1 for model in worlds.values())
