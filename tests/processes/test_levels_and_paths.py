"""Levels, the own path, products for abroad, early closure and founders who answer to hours: what each does, exactly.

All are off by default; `tests/baseline` holds that then no number moves.
"""

from __future__ import annotations

import numpy as np
import pytest
from laboratory import BARE, everyone, literature, run

from sim.declare.states import Cause, FounderKind
from sim.inference.moments import PlaceboPair
from sim.kernel.randomness import Streams
from sim.model.ecosystem import EcosystemModel

TIME = {"time.start": "2018-01", "time.present": "2021-01", "time.end": "2023-12"}
SMOOTH = {"revenue.size_exponent": 0.0, "revenue.skills_effect": 0.0, "revenue.ties_effect": 0.0}
"""Volatility does not depend on revenue, so that what is multiplied stays multiplied."""
ALONE = BARE | TIME | SMOOTH | {"competence.enabled": True, "competence.by_doing": 0.0}


def at(scenario, month: int) -> EcosystemModel:
    model = EcosystemModel(scenario, rng=3)
    model.run_until(month)
    return model


def test_a_level_is_what_competence_gives_and_fades_as_it_is_forgotten():
    scenario = literature("today").with_values(
        ALONE | {"levels.enabled": True, "levels.skills_effect": 0.8, "competence.forgetting": 0.03}
    )
    taught, other = at(scenario, 24), at(scenario, 24)
    taught.startups.skills[:] = np.minimum(taught.startups.skills + 0.4, 1.0)
    known, gaps, before = other.startups.skills.size, [], np.empty(0)
    for month in range(25, 49):
        taught.run_until(month)
        other.run_until(month)
        gap = taught.startups.skills[:known] - other.startups.skills[:known]
        difference = np.log(taught.startups.revenue[:known]) - np.log(other.startups.revenue[:known])
        if month > 25:
            assert difference == pytest.approx(0.8 * before, abs=1e-9)
        before = gap.copy()
        gaps.append(difference.max())
    assert 0 < gaps[-1] < 0.8 * gaps[1]


def test_a_startup_begins_with_the_level_that_it_has():
    scenario = literature("today").with_values(ALONE | {"levels.enabled": True, "competence.enabled": False})
    plain = literature("today").with_values(ALONE | {"competence.enabled": False})
    assert np.array_equal(run(scenario).startups.revenue, run(plain).startups.revenue)


def test_partners_lift_revenue_and_who_loses_them_loses_it():
    values = TIME | SMOOTH | {"levels.enabled": True, "levels.skills_effect": 0.0, "levels.ties_effect": 0.1}
    startups = at(literature("today").with_values(values), 60).startups
    assert startups.lift == pytest.approx(0.1 * np.log1p(startups.ties.astype(float)), abs=1e-12)
    assert startups.ties.max() > 2


def test_half_of_a_shock_is_left_when_reversion_says():
    values = ALONE | {"competence.enabled": False, "reversion.enabled": True, "reversion.speed": 0.05}
    scenario = literature("today").with_values(values)
    shocked, other = at(scenario, 24), at(scenario, 24)
    known = len(other.startups)
    shocked.startups.revenue[:] *= 2
    for month in range(1, 15):
        shocked.run_until(24 + month)
        other.run_until(24 + month)
        left = np.log(shocked.startups.revenue[:known] / other.startups.revenue[:known])
        assert left == pytest.approx(np.log(2) * 0.95**month, rel=1e-9)


def test_without_luck_revenue_is_the_own_path_with_all_that_belongs_to_it():
    off = ("volatility", "skills_effect", "ties_effect", "crowding", "export_effect", "market_access_effect")
    scenario = literature("today").with_values(
        TIME
        | {f"revenue.{name}": 0.0 for name in off}
        | {"levels.enabled": True, "reversion.enabled": True, "reversion.speed": 0.5, "equity.envelope_factor": 20}
    )
    model = run(scenario)
    startups, law = model.startups, scenario.parameters.revenue
    month = scenario.months
    grown = np.array([np.exp(-np.arange(month - founded) / law.fading).sum() for founded in startups.founded])
    path = startups.path_begins + (law.base_growth + law.quality_effect * startups.quality) * grown + startups.lift
    path += startups.exporter * np.log1p(scenario.parameters.exports.export_share / 2)
    assert np.log(startups.revenue) == pytest.approx(path, abs=1e-9)
    assert startups.exporter.any() and (startups.equity >= 0).any() and (startups.lift != 0).any()


def spread(model: EcosystemModel, oldest: int) -> float:
    """Standard deviation of log revenue of those of at least this many months."""
    startups = model.startups
    return float(np.log(startups.revenue[model.month - startups.founded >= oldest]).std())


def test_luck_that_passes_spreads_revenue_less():
    values = TIME | {"insolvency.enabled": False, "closure.enabled": False}
    with_it = run(literature("today").with_values(values | {"reversion.enabled": True}))
    without = run(literature("today").with_values(values | {"reversion.enabled": False}))
    assert spread(with_it, 36) < 0.95 * spread(without, 36)


def test_only_those_whose_product_can_be_sold_abroad_export():
    some = run(literature("today").with_values(TIME | {"exports.exportable": 0.3, "exports.attempts": 3.0}))
    columns = everyone(some)
    word = Streams(1, 0, some.scenario.months)["exports.product"]
    able = word.uniform(0, columns["key"]) < 0.3
    exported = columns["first_export"] >= 0
    assert exported.any() and not (exported & ~able).any()
    assert able.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / able.size))
    nobody = run(literature("today").with_values(TIME | {"exports.exportable": 0.0}))
    assert not (everyone(nobody)["first_export"] >= 0).any()


def test_advice_closes_weak_ideas_earlier_and_no_others():
    values = TIME | {"contacts.enabled": False, "induced_entry.enabled": False, "closure.competence_effect": 0.0}
    plain = everyone(run(literature("today").with_values(values)))
    told = everyone(run(literature("today").with_values(values | {"closure.advice_effect": 20.0})))
    by_kind = {}
    for name, columns in (("plain", plain), ("told", told)):
        closed, hosted = columns["cause"] == Cause.CLOSED, columns["admitted"] >= 0
        for quality in ("weak", "strong"):
            those = closed & hosted & ((columns["quality"] < 0) == (quality == "weak"))
            by_kind[name, quality] = {*columns["key"][those].tolist()}
    assert len(by_kind["told", "weak"]) > 1.5 * len(by_kind["plain", "weak"]) > 0
    assert len(by_kind["told", "strong"]) == pytest.approx(len(by_kind["plain", "strong"]), rel=0.15)


@pytest.fixture(scope="module")
def drawn():
    """Keys of the founders whom hubs draw once these offer so many hours."""

    def at_hours(hours: float, **values: bool | float) -> set[int]:
        own = {path if "." in path else f"induced_entry.{path}": value for path, value in values.items()}
        scenario = literature("today").with_values(
            TIME | {"accompaniment.hours_per_startup": hours, "induced_entry.response": 0.5} | own
        )
        columns = everyone(run(scenario))
        later = (columns["kind"] == FounderKind.INDUCED) & (columns["founded"] >= scenario.present_months)
        return {*columns["key"][later].tolist()}

    return at_hours


def test_founders_answer_to_the_hours_that_a_hub_offers(drawn):
    nothing, few, today, twice = (drawn(hours, answers_hours=True) for hours in (0.0, 3.0, 8.0, 16.0))
    assert not nothing and nothing < few < today < twice
    assert today == drawn(8.0, answers_hours=False) == drawn(3.0, answers_hours=False)
    assert len(today) - len(few) > len(twice) - len(today)


def test_a_placebo_draws_the_founders_whom_the_promise_draws(drawn):
    """Else an effect would count those who never came to the placebo as failed there."""
    helped = drawn(8.0, answers_hours=True)
    not_helped = drawn(8.0, answers_hours=True, **{"accompaniment.enabled": False})
    assert helped and len(helped - not_helped) < 0.02 * len(helped)


def test_levels_act_in_a_country_without_founders():
    empty = {"levels.enabled": True, "population.entries_per_year": 0}
    assert run(literature("today").with_values(TIME | empty)).startups.count == 0


def test_the_operator_counts_occupied_desks_and_closures_that_it_sees():
    values = TIME | {"time.start": "2010-01", "time.present": "2023-01", "population.scale": 1.5}
    plain = literature("today").with_values(values | {"reporting.enabled": False})
    told = plain.with_values({"reporting.enabled": True, "reporting.unseen": 0.4})
    worlds = [run(scenario) for scenario in (plain, told)]
    records = [model.recorder.hubs for model in worlds]
    assert np.array_equal(records[0].occupied, records[0].residents, equal_nan=True)
    assert np.array_equal(records[0].residents, records[1].residents, equal_nan=True)
    assert (records[1].occupied >= records[1].residents).mean() > 0.99
    assert records[1].occupied.sum() > records[1].residents.sum()


def test_of_closures_that_the_operator_does_not_see_it_reports_survival():
    plain = literature("today").with_values({"reporting.enabled": False})
    told = plain.with_values({"reporting.enabled": True, "reporting.unseen": 0.4})
    honest, silent = (PlaceboPair.run(scenario, 1, 0).measure() for scenario in (plain, told))
    of_the_operator = {"success_24m", "success_24m_tanger", "graduate_survival", "success_90", "durability_89"}
    assert all(silent[name] == pytest.approx(honest[name] + 0.4 * (1 - honest[name])) for name in of_the_operator)
    of_the_operator |= {name for name in honest if name.startswith("reading:")}
    moved = {name for name in honest if silent[name] != honest[name] and not np.isnan(honest[name])}
    assert moved <= of_the_operator | {name for name in honest if name.startswith("occupancy")}
