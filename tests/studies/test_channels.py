"""Channels of differences: they add up in every world, and each startup counts in the first channel that fits."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fake_worlds import TEN, TODAY, FakeScenario, run_fake
from laboratory import by_key, literature, run

from sim.declare.states import Cause
from sim.model.history import Record
from sim.model.outcomes import measure
from sim.model.twins import CHANNELS, COHORTS, COUNTS, RATES, SHIFTS, Lives, column, taken_apart
from sim.parameters.draws import Draws, draws_of
from sim.report.text import as_dict, table
from sim.scenario import load_scenario
from sim.studies.channels import FRAME, channel_labels, channels_of, means_of, rounded, sentence
from sim.studies.comparison import Comparison, compare
from sim.studies.results import outcome_names
from sim.studies.study import Chunk, Study
from sim.studies.worlds import run_policies
from sim.words.language import LANGUAGES, language

POLICIES = ("ten-hubs-2027", "no-hubs", "remote-accompaniment", "export-push")
WORLDS = (0, 1)


def lives(model):
    return Lives.of(model, measure(model))


@pytest.fixture(scope="module")
def runs():
    """Runs by (world, policy) under two posterior draws; `twin` is the reference under another name."""
    today = load_scenario("builtin:today")
    policies = (today, today.with_values({}, "twin"), *(load_scenario(f"builtin:{key}") for key in POLICIES))
    answering = tuple(draw | {"induced_entry.response": 0.5} for draw in draws_of("posterior").values)
    study = Study("compare", policies, options={"reference": "today"}, draws=Draws("posterior", answering))
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
    """Counts startup by startup, by the definitions in the module's docstring."""
    present = world_today.scenario.present_months
    window = [world_today.months_until(month) for month in ("2025-01", "2029-12")]

    def register(model):
        columns = by_key(model)
        rows = zip(*(columns[name].tolist() for name in columns), strict=True)
        return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}

    def survives(one):
        if one is None or one["kind"] == 2 or not window[0] <= one["founded"] <= window[1]:
            return 0
        failed = one["cause"] not in (Cause.ACTIVE, Cause.ACQUIRED) and one["closed"] - one["founded"] <= 60
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
    1: (None, (False, True, True, 1)),  # an extra founder under the reference, although other channels fit too
    2: ((False, False, True, 1), None),
    3: ((True, False, True, 1), None),
    4: ((False, True, False, 1), (False, False, True, 0)),  # relocated, though housed
    5: ((False, False, False, 0), (False, True, False, 1)),
    6: ((False, False, False, 0), (False, False, True, 1)),  # housed under the reference alone
    7: ((False, False, True, 1), (False, False, False, 0)),
    8: ((True, False, True, 1), (True, False, False, 0)),  # founded again under both: an ordinary twin
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
    """Policies for a year after the present: one opens a hub in that year, one ends earlier, one has another past."""
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
    record = Record.record

    def watched(self, world):
        if (broken, world.month) in [(one.key, one.months - 1) for one in world.scenarios]:
            raise ZeroDivisionError
        record(self, world)

    monkeypatch.setattr(Record, "record", watched)
    found = {one.scenario: one for one in run_policies(Chunk("one", 0, short_policies(), reference="today"), 1, ())}
    assert found[broken].stage == "run" and len(found) == 4
    assert {key for key, one in found.items() if one.channels} == taken
    assert all(one.lives is None for one in found.values()), "not kept"


def test_a_chunk_without_its_reference_has_no_channels():
    today = short_policies()[0]
    for reference in (None, "elsewhere"):
        [one] = run_policies(Chunk("one", 0, (today,), reference=reference), 1, ())
        assert one.outcomes and not one.channels and one.lives is None


def test_a_world_is_taken_apart_at_its_end(world_now):
    with pytest.raises(ValueError, match="today has lived 174 of 300 months"):
        lives(world_now)


def test_a_channel_is_no_outcome():
    columns = ["scenario", "jobs", "jobs/housed", "export_rate", "export_rate_n", "residents:Aïn Sebaâ/Fès (hub)"]
    assert outcome_names(pd.DataFrame(columns=columns)) == ["jobs", "export_rate", "residents:Aïn Sebaâ/Fès (hub)"]


def test_the_numbers_do_not_depend_on_the_number_of_workers(tmp_path):
    one, two = (
        compare(short_policies(), replications=3, parameters="fixed", workers=workers, out=tmp_path / str(workers))
        for workers in (1, 2)
    )
    for name in ("runs.parquet", "channels.csv"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    assert set(one.channels["scenario"]) == {"late hub", "soon over", "another past"}


# --- over all worlds ---------------------------------------------------------------------------------------------


def run_apart(chunk, seed, record):
    """Fake worlds whose differences are seven tenths extra founders and three tenths housed startups."""
    for one in run_fake(chunk, seed, record):
        extra = 2500 * next(scenario.effect for scenario in chunk.scenarios if scenario.key == one.scenario)
        luck = np.random.default_rng([seed, chunk.replication]).normal()
        shares = {"extra_founders": 0.7, "founded_again": 0.0, "relocated": 0.0, "housed": 0.3, "never_housed": 0.0}
        parts = {column("survivors_5y", name): share * extra * (1 + luck / 10) for name, share in shares.items()}
        undefined = {column("success_rate", name): math.nan for name in SHIFTS}
        yield one if one.scenario == chunk.reference else replace(one, channels=parts | undefined)


@pytest.fixture(params=["fixed", "posterior"])
def compared(request, tmp_path):
    policies = (TODAY, TEN, FakeScenario("twin"))
    arguments = {"replications": 12, "workers": 1, "runner": run_apart, "parameters": request.param}
    return compare(policies, out=tmp_path / "result", **arguments)


def test_channels_are_effects_in_a_frame_a_table_and_plain_data(compared):
    found = compared.channels.set_index(["scenario", "outcome", "channel"]).sort_index()
    kept = pd.read_csv(compared.folder / "channels.csv")
    assert tuple(kept) == FRAME and set(kept["reference"]) == {"today"} == {compared.reference}
    pd.testing.assert_frame_equal(kept, compared.channels, check_dtype=False)
    by_hand = compared.values("ten-hubs", "survivors_5y/extra_founders")
    row = found.loc["ten-hubs", "survivors_5y", "extra founders"]
    assert row["difference"] == pytest.approx(by_hand.mean()) and row["ci_low"] < row["median"] < row["ci_high"]
    assert (found.loc["twin", "survivors_5y"].drop(columns="reference") == 0).all().all()
    assert found.loc["ten-hubs", "success_rate"]["difference"].isna().all()
    effect = channels_of(compared, "ten-hubs")["survivors_5y"]["extra founders"]
    assert (effect.mean, effect.low, effect.high) == (row["difference"], row["ci_low"], row["ci_high"])
    policies = {policy["scenario"]: policy for policy in as_dict(compared)["policies"]}
    assert policies["ten-hubs"]["channels"]["survivors_5y"]["housed"]["mean"] > 0
    assert "channels" not in policies["today"]
    assert policies["ten-hubs"]["channels"]["success_rate"]["change"]["mean"] is None
    text = " ".join(table(compared, width=160).split())
    assert "because more are founded" in text and "twin practically no difference not defined" in text


def test_draws_in_which_a_mechanism_is_off_add_exactly_nothing_to_a_channel():
    draws, chance = np.repeat(np.arange(40), 2), np.sin(np.arange(80))
    parts, runs = np.where(draws < 10, 0.0, 5.0 + chance)[:, None], pd.DataFrame(columns=["jobs/housed"])
    results = SimpleNamespace(runs=runs, worlds=lambda *_: parts, draws=draws, idle=frozenset(range(10)))
    assert channels_of(results, "any")["jobs"]["housed"].low == 0.0


def test_folders_without_channels_are_read_as_before(tmp_path):
    compare((TODAY, TEN), out=tmp_path / "old", replications=2, workers=1, runner=run_fake, parameters="fixed")
    old = Comparison(tmp_path / "old")
    assert old.channels.empty and tuple(old.channels) == FRAME
    assert "come from" not in table(old) and as_dict(old)["policies"][1]["channels"] == {}


# --- in words ----------------------------------------------------------------------------------------------------


def counted(extra=0.0, again=0.0, relocated=0.0, housed=0.0, never=0.0):
    names = ("extra founders", "founded again", "relocated", "housed", "never housed")
    return dict(zip(names, (extra, again, relocated, housed, never), strict=True))


@pytest.mark.parametrize(
    ("outcome", "means", "expected"),
    [
        (
            "survivors_5y",
            counted(15.1, relocated=1.1, housed=6.0, never=-0.2),
            "+22 survivors: 15 because more are founded, 7 because more survive",
        ),
        (
            "survivors_5y",
            counted(-199.15, housed=-21.5),
            "−221 survivors: 199 because fewer are founded, 22 because fewer survive",
        ),
        (
            "exporters",
            counted(3.2, housed=-1.0),
            "+2.2 exporters: +3.2 because more are founded, −1.0 because fewer export",
        ),
        (
            "jobs",
            counted(325, 12.4, 147, 405, 11),
            "+900 jobs: 325 because more are founded, 12 because more founders begin again, "
            "563 because startups employ more",
        ),
        (
            "export_rate",
            {"change": -0.0008, "composition": -0.0029},
            "−0.37 points: −0.08 among startups counted under both, −0.29 because others are counted",
        ),
        (
            "exporters",
            counted(0.3, housed=0.2),
            "+0.50 exporters: 0.30 because more are founded, 0.20 because more export",
        ),
        (
            "export_rate",
            {"change": 0.9, "composition": 0.05},
            "+95 points: +90 among startups counted under both, +5 because others are counted",
        ),
        ("survivors_5y", counted(), "practically no difference"),
        ("survival_5y", {"change": math.nan, "composition": math.nan}, "not defined"),
    ],
)
def test_a_difference_is_told_with_its_reasons(outcome, means, expected):
    assert sentence(language("en"), outcome, means) == expected


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_outcome_is_told_in_every_language(code):
    t = language(code)
    sentences = {sentence(t, outcome, counted(2, 3, housed=-1)) for outcome in COUNTS}
    sentences |= {sentence(t, outcome, {"change": 0.1, "composition": -0.2}) for outcome in RATES}
    assert len(sentences) == len(COUNTS) + 1 and not any("{" in text or ": " not in text for text in sentences)
    assert set(channel_labels(t)) == {channel.replace("_", " ") for channel in (*CHANNELS, *SHIFTS)}


def test_rounded_parts_add_up():
    for parts in np.random.default_rng(1).normal(0, (3, 0.01, 400), (200, 5, 3)).swapaxes(1, 2).reshape(-1, 5):
        amounts, decimals = rounded(parts.tolist())
        unit = 10.0**-decimals
        assert sum(amounts) == pytest.approx(round(sum(parts), decimals), abs=1e-9)
        assert np.abs(np.array(amounts) - parts).max() < unit
    assert rounded([0.0, 0.0]) == ([0.0, 0.0], 0)


def test_means_are_read_back_from_the_file(compared):
    kept = means_of(pd.read_csv(compared.folder / "channels.csv"))
    told = sentence(language("fr"), "survivors_5y", kept["ten-hubs"]["survivors_5y"])
    assert told.startswith("+") and "parce qu’il s’en crée davantage" in told
