"""The object model of the benchmarks and the model in columns are the same model.

Through the same streams both have the same startups with the same lives: counts, states and months are equal, money and
rates to 1e-9. One thing depends on the order of the rows, which the columns leave open: when two startups find
each other in the same month, the one in the lower row says how long the tie lasts. Objects stand in the order of
founding, so here the columns are kept in that order too. With Mesa's generator, as the benchmarks run the objects,
outcomes agree in distribution.
"""

from __future__ import annotations

import numpy as np
import pytest
from laboratory import BARE, SWITCHED, by_key, series
from scipy.stats import ttest_ind

from benchmarks.object_model import COVERED, ObjectModel, covered, name_of
from benchmarks.plain_mesa.luck import StreamLuck
from sim.kernel.randomness import Streams
from sim.model.ecosystem import EcosystemModel
from sim.model.history import NATIONAL
from sim.processes import MONTH

LEVERS = {
    "accompaniment.mentor_hours_total": 900.0,
    "accompaniment.mix": {"finance": 0.2, "market_access": 0.5, "skills": 0.3, "contacts": 1.5},
    "accompaniment.remote_fraction": 0.2,
    "admission.rule": "ranked",
    "admission.stay": 30,
    "equity.envelope_factor": 2.0,
    "equity.regional_quota": 0.5,
    "fairs.hub_share": 0.5,
    "grants.envelope_factor": 2.0,
    "grants.regional_quota": 0.4,
    "loans.envelope_factor": 0.5,
    "missions.per_year": 3,
    "network.closures": [{"hub": "Rabat", "closes": "2023-01"}],
}
MECHANISMS = {
    "acquisition.rate": 0.2,
    "cash.finance_saves": 0.2,
    "induced_entry.response": 1.0,
    "refounding.probability": 0.5,
    "revenue.crowding": 0.005,
    "revenue.market_access_effect": 0.02,
    "contacts.same_sector": 0.0,
}
"""Values under which everything happens, and often."""


SHARED = [name for name in SWITCHED if name in COVERED]
COLUMNS = ("key", *(column for one in MONTH if name_of(one) in COVERED for column in getattr(one, "COLUMNS", {})))
"""What both models know of a startup."""


@pytest.fixture(scope="module")
def early(today):
    """A country that begins in 2017 and has its present in 2020, so that policies act soon."""
    return today.with_values({"time.start": "2017-01", "time.present": "2019-12", "time.end": "2027-12"})


def both(scenario, months, seed=1):
    """The same world in columns and in objects."""
    scenario = covered(scenario)
    columns = EcosystemModel(scenario, rng=seed)
    objects = ObjectModel(scenario, luck=StreamLuck(Streams(seed, 0, scenario.months)))
    for model in (columns, objects):
        model.run_until(months)
    return columns, objects


def assert_same(columns, objects):
    for name in NATIONAL:
        found = [month.get(name, 0.0) for month in objects.history]
        np.testing.assert_allclose(found, series(columns, name), rtol=1e-9, atol=1e-9, err_msg=name)
    assert_same_startups(by_key(columns), sorted([*objects.former, *objects.startups], key=lambda one: one.key))
    for flows, others in zip(columns.ledger.months, objects.ledger, strict=True):
        for (*sides, kind), amount in flows.items():
            if "startups" not in sides or kind == "variable costs":  # these follow revenue
                continue
            assert others.get(kind, 0.0) == pytest.approx(amount, rel=1e-9, abs=1e-9), kind
    for funder, other in zip(columns.funders, objects.funders, strict=True):
        books = [(one.given, one.repaid, one.interest, one.written_off) for one in (funder, other)]
        assert books[0] == pytest.approx(books[1], rel=1e-9, abs=1e-9), funder


def assert_same_startups(table, startups):
    for name in COLUMNS:
        expected = table[name]
        found = [getattr(startup, name) for startup in startups]
        if name in ("hub", "home_hub", "waiting_at"):
            found = [-1 if hub is None else hub.index for hub in found]
        if expected.dtype == float:
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9, err_msg=name)
        else:
            np.testing.assert_array_equal(np.array(found, dtype=expected.dtype), expected, err_msg=name)


def test_both_models_have_the_same_startups_in_a_country_of_national_size(early):
    columns, objects = both(early, 66)
    assert len(objects.startups) > 1500 and objects.history[-1]["residents"] > 300
    assert_same(columns, objects)


def test_both_models_agree_when_every_lever_is_pulled(early):
    scenario = early.with_values({"population.entries_per_year": 150} | LEVERS | MECHANISMS)
    columns, objects = both(scenario, 84, seed=2)
    assert all(series(columns, name).max() > 0 for name in ("mission_places", "acquired"))
    assert_same(columns, objects)


@pytest.mark.parametrize("values", [{f"{name}.enabled": False} for name in SHARED] + [BARE], ids=[*SHARED, "all"])
def test_both_models_agree_when_a_mechanism_is_off(early, values):
    columns, objects = both(early.with_values({"population.entries_per_year": 60} | values), 48)
    assert_same(columns, objects)


@pytest.mark.slow
def test_both_models_agree_in_a_whole_history(ten_hubs):
    columns, objects = both(ten_hubs, ten_hubs.months, seed=3)
    assert_same(columns, objects)


COMPARED = (
    "active",
    "residents",
    "waiting",
    "exporters",
    "export_rate",
    "competence_skills",
    "ties",
    "revenue_total",
    "cash_total",
    "funded_share",
    "survival_5y",
    "success_24m",
)


@pytest.mark.slow
def test_with_mesas_generator_outcomes_agree_in_distribution(early):
    """Welch's test on each outcome after eight years, in 40 worlds each; false alarm once in a thousand runs."""
    scenario = early.with_values({"population.entries_per_year": 200})
    columns, objects = [], []
    for world in range(40):
        model = EcosystemModel(scenario, rng=5, replication=world)
        model.run_until(96)
        columns.append([series(model, name)[-1] for name in COMPARED])
        other = ObjectModel(scenario, rng=world)
        other.run_until(96)
        objects.append([other.history[-1][name] for name in COMPARED])
    chances = dict(zip(COMPARED, ttest_ind(columns, objects, equal_var=False).pvalue, strict=True))
    assert min(chances.values()) > 0.001 / len(COMPARED), chances
