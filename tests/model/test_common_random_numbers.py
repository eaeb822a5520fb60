"""Two policies with the same replication number are the same world: the same people, the same luck."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from laboratory import (
    branch,
    by_key,
    common_draws,
    differences,
    everyone,
    literature,
    number_of_draws,
    recorded_draws,
    run,
)

from sim.declare.states import FounderKind
from sim.model.ecosystem import EcosystemModel
from sim.model.history import Record
from sim.model.setup import common_months
from sim.scenario import load_scenario
from sim.studies.study import Chunk
from sim.studies.worlds import run_policies

HUBS = ["Casablanca", "Rabat", "Tanger", "Cité de l'innovation", "Agadir", "Essaouira"]
NO_HUBS = {"network.closures": [{"hub": hub, "closes": "2024-07"} for hub in HUBS]}

WITHOUT_CONSEQUENCE = {
    "network.openings": {"network.openings": [{"hub": "Fès", "opens": "2028-01"}]},
    "network.hubs_by_2027": {"network.hubs_by_2027": 6},
    "network.closures": {"network.closures": [{"hub": "Agadir", "closes": "2028-01"}]},
    "admission.rule": NO_HUBS | {"admission.rule": "ranked"},
    "admission.stay": NO_HUBS | {"admission.stay": 12},
    "accompaniment.hours_per_startup": NO_HUBS | {"accompaniment.hours_per_startup": 16},
    "accompaniment.mix.finance": NO_HUBS | {"accompaniment.mix": {"finance": 1.0, "market_access": 0.0, "skills": 0.0}},
    "accompaniment.mix.market_access": NO_HUBS
    | {"accompaniment.mix": {"finance": 0.0, "market_access": 1.0, "skills": 0.0}},
    "accompaniment.mix.skills": NO_HUBS | {"accompaniment.mix": {"finance": 0.0, "market_access": 0.0, "skills": 1.0}},
    "accompaniment.mix.contacts": NO_HUBS | {"accompaniment.mix.contacts": 3.0},
    "accompaniment.mentor_hours_total": NO_HUBS | {"accompaniment.mentor_hours_total": 5000},
    "accompaniment.remote_fraction": {
        "accompaniment.remote_fraction": 0.5,
        "accompaniment.remote_oldest": 0,
    },
    "accompaniment.remote_oldest": {"accompaniment.remote_oldest": 12},
    "fairs.places": {"fairs.places": 400, "time.end": "2025-03"},
    "fairs.hub_share": {"fairs.hub_share": 0.9, "time.end": "2025-03"},
    "fairs.subsidy": {"fairs.subsidy": 0.0, "time.end": "2025-03"},
    "missions.per_year": NO_HUBS | {"missions.per_year": 12},
    "missions.places": {"missions.places": 300},
    "grants.envelope_factor": {"grants.envelope_factor": 3, "grants.enabled": False},
    "grants.regional_quota": {"grants.regional_quota": 1, "grants.envelope_factor": 0},
    "loans.envelope_factor": {"loans.envelope_factor": 3, "loans.enabled": False},
    "equity.envelope_factor": {"equity.envelope_factor": 3, "equity.enabled": False},
    "equity.regional_quota": {"equity.regional_quota": 1, "equity.envelope_factor": 0},
}
"""For every lever, a setting in which it cannot act; compared with the same setting without the lever."""


def test_every_lever_has_a_setting_without_consequence(today):
    assert set(WITHOUT_CONSEQUENCE) == set(today.schema.levers)


@pytest.mark.parametrize("lever", WITHOUT_CONSEQUENCE)
def test_a_lever_that_cannot_act_changes_no_number(short, world_now, lever):
    values = {"time.end": "2025-12"} | WITHOUT_CONSEQUENCE[lever]
    group = "accompaniment.mix" if lever.startswith("accompaniment.mix.") else lever
    still = {path: value for path, value in values.items() if path not in (lever, group)}
    policies = [short.with_values(changed) for changed in (values, still)]
    if policies[0].history_digest == short.history_digest:
        worlds = [branch(world_now, policy) for policy in policies]
    else:
        past = {"time.start": "2018-01", "time.present": "2020-06", "time.end": "2022-06"}
        worlds = [run(policy.with_values(past)) for policy in policies]
    assert not differences(*worlds)


def test_an_override_equal_to_the_default_changes_no_number(short, world_now, world_short):
    values = {path: short.values[path] for path in short.schema.levers}
    written = short.with_values(values)
    assert written.digest == short.digest
    assert not differences(branch(world_now, written), world_short)
    spelt_out = short.with_values({"accompaniment.mentor_hours_total": 8.0 * 624})
    assert not differences(branch(world_now, spelt_out), world_short)


def test_the_same_seed_gives_the_same_bits(compact, world_compact):
    assert not differences(run(compact), world_compact)


def test_checking_accounts_changes_no_number(compact, world_compact):
    assert not differences(run(compact, check_accounts=True), world_compact)


@pytest.mark.parametrize("key", ["ten-hubs-2027", "no-hubs", "export-push"])
def test_a_fork_is_a_run_from_the_start(world_now, key):
    policy = literature(key).with_values({"time.end": "2027-12"})
    assert not differences(run(policy), branch(world_now, policy))


def test_a_fork_leaves_its_trunk_alone(short, ten_hubs):
    trunk = EcosystemModel(short)
    trunk.run_until(short.present_months)
    branch(trunk, ten_hubs, months=40)
    trunk.run_until(short.months)
    assert not differences(trunk, run(short))


def test_a_world_is_forked_only_while_policies_are_alike_and_with_its_own_past(world_now, world_today, today, ten_hubs):
    with pytest.raises(ValueError, match="to ten-hubs-2027 after 174 to 196 months, not after 300"):
        world_today.fork(ten_hubs)
    with pytest.raises(ValueError, match="after 174 to 300 months, not after 0"):
        EcosystemModel(today).fork(today)
    with pytest.raises(ValueError, match="another history"):
        world_now.fork(today.with_values({"cash.margin": 0.5}))


def test_worlds_are_alike_until_the_first_hub_that_only_one_of_them_opens(today, ten_hubs):
    late, none = literature("ten-hubs-late"), literature("no-hubs")
    eight, nine = (today.with_values({"network.hubs_by_2027": hubs}) for hubs in (8, 9))
    pairs = {
        (today, today): 300,
        (today, ten_hubs): 196,  # Tiznit, in May 2026
        (ten_hubs, late): 196,
        (today, late): 220,
        (eight, nine): 196,
        (today, eight): 198,  # Fès, in July 2026
        (today, none): 174,
        (ten_hubs, none): 174,
        (today, today.with_values({"cash.margin": 0.5})): 0,
    }
    found = {(one.key, other.key): common_months(one, other) for one, other in pairs}
    assert found == {(one.key, other.key): months for (one, other), months in pairs.items()}
    assert all(common_months(other, one) == months for (one, other), months in pairs.items())


@pytest.mark.parametrize("months", [1, 18])
def test_policies_part_when_the_first_new_hub_opens(short, world_now, months):
    """The trunk itself plans a hub that opens later."""
    policy = literature("ten-hubs-2027").with_values({"time.end": "2027-12"})
    later = short.with_values({"network.openings": [{"hub": "Guelmim", "opens": "2027-11", "places": 30}]})
    trunk = branch(world_now, later, months=months)
    twin = trunk.fork(policy)
    twin.run_until(policy.months)
    assert not differences(twin, run(policy))


def test_what_policies_share_is_run_once_and_each_fails_for_itself(short, monkeypatch):
    late = {"time.end": "2027-12", "network.openings": [{"hub": "Fès", "opens": "2027-03", "places": 66}]}
    policies = (
        short,
        literature("ten-hubs-2027").with_values({"time.end": "2027-12"}),
        short.with_values(late, "late"),
    )
    lived, record = [], Record.record

    def watched(self, world):
        lived.extend((one.key, world.month) for one in world.scenarios)
        if world.month == failing and "today" in [one.key for one in world.scenarios]:
            raise ZeroDivisionError
        record(self, world)

    monkeypatch.setattr(Record, "record", watched)
    for month, lost in ((None, set()), (208, {"today"}), (200, {"today"})):
        failing = month
        lived.clear()
        found = {one.scenario: one.stage for one in run_policies(Chunk("one", 0, policies), 1, ())}
        assert found == {one.key: "run" if one.key in lost else None for one in policies}
        if failing is None:
            present = [(key, when) for key, when in lived if when >= short.present_months]
            starts = {key: min(when for one, when in present if one == key) for key, _ in present}
            assert starts == {"today": 174, "ten-hubs-2027": 196, "late": 206}


def test_a_nearer_end_changes_nothing_before_it(world_short, world_today, short):
    assert not differences(world_short, world_today, months=short.months)


def test_policies_that_differ_after_present_share_their_past(world_now, world_today, world_ten, world_none, today):
    for world in (world_today, world_ten, world_none):
        assert not differences(world, world_now, months=today.present_months)
    assert differences(world_today, world_ten) and differences(world_today, world_none)
    assert {"history.national.residents", "history.hubs.residents", "history.regions.residents"} <= set(
        differences(world_ten, world_today)
    )


def test_levers_keep_their_defaults_before_present(compact):
    policy = compact.with_values({"accompaniment.hours_per_startup": 40, "fairs.places": 0, "loans.envelope_factor": 9})
    world, plain = EcosystemModel(policy), EcosystemModel(compact)
    for one in (world, plain):
        one.run_until(compact.present_months)
    assert not differences(world, plain)
    world.step()
    plain.step()
    assert differences(world, plain)


@pytest.mark.parametrize(("seed", "replication"), [(1, 1), (2, 0), (2**63 - 1, 0)])
def test_other_seeds_and_replications_are_other_worlds(compact, world_compact, seed, replication):
    other = run(compact.with_values({"time.end": "2020-12"}), seed=seed, replication=replication)
    mine, theirs = everyone(world_compact), everyone(other)
    assert not np.isin(theirs["key"], mine["key"]).any()
    shared = min(1000, theirs["quality"].size)
    assert abs(np.corrcoef(mine["quality"][:shared], theirs["quality"][:shared])[0, 1]) < 0.13


def test_a_hub_more_renumbers_nobody(world_today, world_ten, world_none, today):
    """Base founders are the same people with the same endowment; a policy may only move them."""
    plain = by_key(world_today)
    base = {name: column[plain["kind"] == FounderKind.BASE] for name, column in plain.items()}
    for world in (world_ten, world_none):
        other = by_key(world)
        chosen = other["kind"] == FounderKind.BASE
        for name in ("key", "founded", "quality", "sector"):
            assert np.array_equal(other[name][chosen], base[name]), name
        stayed = ~other["relocated"][chosen] & ~base["relocated"]
        for name in ("city", "region"):
            assert np.array_equal(other[name][chosen][stayed], base[name][stayed]), name
        assert stayed.mean() > 0.9


def test_the_luck_of_those_whom_no_lever_touches_stays_their_own(short, world_now):
    """Every draw for the same stream, month and startup is the same, whatever the policy."""
    policies = [short.with_values({"time.end": "2026-12"} | values) for values in ({}, {"network.hubs_by_2027": 10})]
    draws = []
    for policy in policies:
        with recorded_draws() as recorded:
            branch(world_now, policy)
        draws.append(recorded)
    common, different = common_draws(*draws)
    assert different == 0 and common > 0.99 * min(map(number_of_draws, draws)) > 0


def test_startups_of_untouched_regions_live_the_same_lives(world_today, world_ten):
    """Far from the new hubs only ties to others, and what follows from them, can change a life."""
    far = [world_today.geography.region_index[name] for name in ("Dakhla-Oued Ed-Dahab", "Drâa-Tafilalet")]
    plain, other = by_key(world_today), by_key(world_ten)
    _, mine, theirs = np.intersect1d(plain["key"], other["key"], return_indices=True)
    kept = np.isin(plain["region"][mine], far) & (plain["founded"][mine] >= world_today.scenario.present_months)
    mine, theirs = mine[kept], theirs[kept]
    assert kept.sum() > 50
    assert np.mean(plain["closed"][mine] == other["closed"][theirs]) > 0.8
    assert np.mean((plain["cause"][mine] > 1) == (other["cause"][theirs] > 1)) > 0.95


@pytest.fixture(scope="module")
def paired() -> pd.DataFrame:
    """Outcomes of 24 worlds under today's policy and under ten hubs, by (scenario, replication)."""
    policies = tuple(load_scenario(f"builtin:{key}") for key in ("today", "ten-hubs-2027"))
    rows = [
        {"scenario": run.scenario, "replication": replication, **run.outcomes}
        for replication in range(24)
        for run in run_policies(Chunk("pair", replication, policies), 1, ())
    ]
    return pd.DataFrame(rows).set_index(["scenario", "replication"]).sort_index()


def _spread(frame, outcome: str) -> tuple[float, float, float]:
    """Mean paired difference, its standard deviation, and that of the unpaired difference."""
    one, other = frame.loc["today", outcome], frame.loc["ten-hubs-2027", outcome]
    difference = other - one
    return difference.mean(), difference.std(), float(np.hypot(one.std(), other.std()))


def test_pairing_makes_the_national_difference_four_times_sharper(paired):
    _, with_pairs, without = _spread(paired, "survival_5y")
    assert 0 < with_pairs <= without / 4


@pytest.mark.parametrize("region", ["Fès-Meknès", "Oriental", "Souss-Massa", "Rabat-Salé-Kénitra"])
def test_pairing_sharpens_the_difference_in_regions_that_gain_a_hub(paired, region):
    mean, with_pairs, without = _spread(paired, f"survival_5y:{region}")
    assert 0 < with_pairs <= without / 2
    assert mean != 0


@pytest.mark.parametrize("region", ["Fès-Meknès", "Oriental"])
def test_regions_that_had_no_hub_gain_survivors(paired, region):
    mean, with_pairs, _ = _spread(paired, f"survivors_5y:{region}")
    assert mean > 2 * with_pairs / np.sqrt(len(paired) / 2)


def test_ten_hubs_house_more_startups_in_every_world(paired):
    change = paired.loc["ten-hubs-2027"] - paired.loc["today"]
    for outcome in ("residents", "admissions", "regional_balance", "cost", "residents:Oriental"):
        assert (change[outcome] > 0).all(), outcome
