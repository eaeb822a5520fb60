"""The missing data count those whom the month of the world treats as what they are called."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sim.inference.calibration_file import load_calibration
from sim.inference.missing_data import MISSING_DATA, _waiting, designs_in, missing_data_of
from sim.inference.moments import LAST, cohort
from sim.inference.observables import SNAPSHOTS
from sim.inference.panel import Panel
from sim.inference.run_calibration import learn
from sim.model.ecosystem import EcosystemModel
from sim.parameters.posterior import load_bank


def watched(scenario):
    """A world to the last fact, and the keys of those that were taken off a list alive without a place, as it lived."""
    scenario = scenario.with_values({"time.end": LAST})
    model = EcosystemModel(scenario, rng=1)
    panel, listed, gave_up = Panel(model, SNAPSHOTS), set(), set()
    for month in range(scenario.months):
        model.run_until(month + 1)
        panel.note(month)
        startups = model.startups
        waits, housed = startups.waiting_at >= 0, startups.admitted >= 0
        gave_up |= listed & set(startups.key[~waits & ~housed].tolist())
        listed = set(startups.key[waits].tolist())
    return panel, np.array(sorted(gave_up), dtype=np.uint64)


@pytest.fixture(scope="module")
def lived(today):
    return watched(today)


@pytest.fixture(scope="module")
def found(lived):
    return missing_data_of(lived[0], cohort(lived[0]))


def test_every_design_is_measured_in_a_world_under_its_names(found):
    assert set(found) == {name for names in MISSING_DATA.values() for name in names}
    assert all(np.isfinite(found[name]) for name in MISSING_DATA["applicants who gave up waiting"])


def test_those_who_gave_up_are_those_seen_to_leave_a_list_without_a_place(lived, found):
    world, gave_up = lived
    _, admitted = cohort(world)
    rows, _ = world.find(gave_up)
    applied = world.register.applied[rows]
    chosen = (applied >= admitted.min()) & (applied <= admitted.max())
    closing = world.register.closed[rows] > 0
    at_once = found["gave_up_count"] - chosen.sum()
    assert 0 <= at_once <= 0.05 * chosen.sum() + 2, "only those that closed in that very month were not seen"
    assert chosen.sum() > 20 and closing.any()
    success = world.success(gave_up[chosen], applied[chosen])
    assert found["gave_up_60m"] * found["gave_up_count"] == pytest.approx(success.sum(), abs=1e-9)


def test_the_gap_is_between_the_admitted_and_those_who_gave_up_both_from_their_application(lived, found):
    world = lived[0]
    register, (_, admitted) = world.register, cohort(world)
    hosted = (register.admitted >= 0) & (register.applied >= admitted.min()) & (register.applied <= admitted.max())
    assert world.model.months_done > register.applied[hosted].max() + 60, "sixty months of everybody are complete"
    success = world.success(register.key[hosted], register.applied[hosted]).mean()
    assert found["admitted_minus_gave_up"] == pytest.approx(success - found["gave_up_60m"])


def test_nobody_gives_up_where_patience_does_not_end(today):
    patient, gave_up = watched(today.with_values({"admission.patience": 120}))
    found = missing_data_of(patient, cohort(patient))
    assert gave_up.size == 0 and found["gave_up_count"] == 0
    assert np.isnan(found["gave_up_60m"]) and np.isnan(found["admitted_minus_gave_up"])


def test_foundings_rise_where_a_hub_opens_if_founders_respond_to_it_and_else_do_not(today):
    def gap(response):
        values = {"time.end": LAST, "induced_entry.response": response, "induced_entry.displaced_share": 0}
        scenario = today.with_values(values)
        world = Panel.run(EcosystemModel(scenario, rng=1), scenario.months, SNAPSHOTS)
        return missing_data_of(world, cohort(world))["foundings_opened_minus_not_yet"]

    without = gap(0.0)
    assert abs(without) < 0.5, "four standard errors of four counts of about a hundred"
    assert gap(1.0) > without + 0.3, "half of the rise of founding at a hub's door"


def test_designs_that_an_older_bank_lacks_are_not_learnt():
    known = [name for names in MISSING_DATA.values() for name in names if name != "gave_up_count"]
    assert set(MISSING_DATA) - set(designs_in(known)) == {"applicants who gave up waiting"}
    calibration = load_calibration(Path(__file__).parents[2] / "experiments" / "calibration.yaml")
    bank = load_bank().iloc[:60].drop(columns="wait_mean")
    learnt = learn(calibration, bank).moments
    assert "wait_gap" not in learnt and "near_threshold_gap" in learnt


def test_the_gap_of_waits_is_that_of_the_short_ones_minus_that_of_the_long_ones():
    register = SimpleNamespace(
        admitted=np.array([1, 2, 9, 9, 5, -1]), applied=np.array([1, 1, 1, 2, 3, 2]), key=np.arange(6)
    )
    world = SimpleNamespace(register=register, success=lambda keys, _: np.array([1, 1, 0, 1, 0, 1])[keys])
    found = _waiting(world, np.arange(6))
    assert found == {"wait_mean": pytest.approx((0 + 1 + 8 + 7 + 2) / 5), "wait_gap": 0.5}
