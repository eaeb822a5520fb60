"""The ladder adds up, what does nothing gets nothing, and what is random selects nobody."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from sim.analysis.explaining import Explanation
from sim.analysis.explanation import RATES, SERVICES, STEPS, TREATMENT, Worlds, shapley
from sim.analysis.moments import COHORT
from sim.figures.style import save
from sim.figures.waterfall import waterfall

NOTHING_HELPS = {
    "competence.learning": 0.0,
    "rent.multiplier": 1.0,
    "referral.strength": 0.0,
    "revenue.ties_effect": 0.0,
    "spillovers.strength": 0.0,
    "exports.ties_effect": 0.0,
    "fairs.enabled": False,
}
NOBODY_CHOOSES = {"application.self_selection": 0.0, "application.screening_skill": 0.0}


@pytest.fixture(scope="module")
def idle_worlds(today):
    return Worlds(today.with_values(NOTHING_HELPS), 1, 0)


@pytest.mark.parametrize("rate", RATES)
def test_the_steps_add_up_to_the_operators_rate(idle_worlds, rate):
    ladder = idle_worlds.ladder(rate)
    assert ladder["reference"] + sum(ladder[step] for step in STEPS) == pytest.approx(ladder["operator"], abs=1e-12)
    reached = ladder["reference"] + sum(ladder[step] for step in STEPS[:-1])
    assert reached == pytest.approx(ladder["cohort"], abs=1e-12)


@pytest.mark.parametrize("rate", RATES)
def test_services_that_do_nothing_have_no_effect(idle_worlds, rate):
    ladder = idle_worlds.ladder(rate)
    assert [ladder[service] for service in TREATMENT] == pytest.approx([0.0] * 4, abs=1e-12)


def test_shapley_values_share_the_whole_and_follow_who_brings_it():
    def worth(group: frozenset[str]) -> float:
        return 3.0 * ("mentoring" in group) + 2.0 * ({"contacts", "rent"} <= group)

    value = {group: worth(group) for size in range(5) for group in map(frozenset, combinations(SERVICES, size))}
    assert shapley(value, TREATMENT) == pytest.approx({"mentoring": 3, "contacts": 1, "funding": 0, "rent": 1})


@pytest.mark.slow
def test_random_admission_selects_nobody(today):
    fair = today.with_values(NOBODY_CHOOSES)
    found = [Worlds(fair, 1, replication).ladder("success")["selection"] for replication in range(12)]
    half = 2.2 * np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found)) < half


def test_the_waterfall_is_drawn(idle_worlds, tmp_path):
    ladder = {f"{rate}:{rung}": value for rate in RATES for rung, value in idle_worlds.ladder(rate).items()}
    runs = pd.DataFrame([{"set": kind, **ladder} for kind in ("chance", "chance", "posterior", "posterior")])
    explanation = Explanation("today", runs, tmp_path)
    for rate in RATES:
        table = explanation.table(rate)
        assert table.set_index("rung").loc["operator", "value"] == pytest.approx(ladder[f"{rate}:operator"])
        assert all(file.stat().st_size > 1000 for file in save(waterfall(table, rate, COHORT), tmp_path, rate))
