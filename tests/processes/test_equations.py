"""What each process does to startups in a month, computed anew from its equation and its declarations alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from variants import lively
from watched import CROWD, FAIR, FIRST, Scene, Scenes, watch

from sim.declare.states import Cause, LeftHub
from sim.kernel.masks import everywhere
from sim.model.ecosystem import EcosystemModel
from sim.processes import COLUMNS
from sim.processes.admission import _found_again, admission_log
from sim.processes.spillovers import Graph, _apart

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return watch()


@pytest.fixture(scope="module")
def edges() -> Scenes:
    """Months in which startups stand where a rule begins or ends to hold, without missions and rent relief."""

    def taught_for_minutes(world: Any) -> None:
        of = world.startups
        of.hours[0, : of.used] = np.random.default_rng(world.month).choice([0.0, 0.25, 3.0], of.used)

    def exporting_for_a_year(world: Any) -> None:
        of = world.startups
        of.export_since[0, : of.used][of.exporter[0, : of.used]] = world.month - 12
        of.mission[0, : of.used] = world.month - 1

    strong = {"exports.stop_first_year": 0.5, "exports.attempts": 6.0, "exports.competence_effect": 8.0}
    off = {"missions.enabled": False, "rent.enabled": False}
    rules = {"exports": exporting_for_a_year, "competence": taught_for_minutes}
    return watch((FIRST, FAIR), rules, **strong, **off)


def test_hours_are_the_intensity_diluted_and_a_fraction_of_it_outside(scenes):
    for s in scenes["accompaniment"]:
        p, hubs, of = s.parameters.accompaniment, s.after.hubs, s.after
        planned = np.where(np.isnan(hubs.planned_hours), p.hours_per_startup * hubs.places, hubs.planned_hours)
        staff = np.where(hubs.is_open, planned, 0.0)
        wanted = p.hours_per_startup * hubs.residents
        attention = np.where(wanted > 0, np.minimum(1, staff / np.maximum(wanted, 1e-9)), 1.0)
        assert np.allclose(hubs.mentor_hours, staff, **CLOSE) and np.allclose(s.after.attention[:-1], attention)
        remote = (of.hub < 0) & of.alive & (s.month - of.founded < p.remote_oldest)
        given = p.remote_fraction * p.hours_per_startup
        hours = np.where(of.hub >= 0, np.append(attention, 0)[of.hub] * p.hours_per_startup, remote * given)
        assert np.allclose(of.hours, hours) and np.allclose(of.hours_total, s.before.hours_total + hours)
        assert s.counted("remote_hours") == pytest.approx(given * remote.sum())
        assert remote.any() == (given > 0)


def test_competence_is_learnt_from_hours_and_by_doing_and_forgotten(scenes, edges):
    for s in (*scenes["competence"], *edges["competence"]):
        p, mix = s.parameters.competence, s.parameters.accompaniment.mix
        taught = 1 - np.exp(-s.after.hours / p.hours_scale)
        for place, name in enumerate(("finance", "market_access", "skills")):
            level = s.after.start.competence[place]
            rate = p.by_doing + p.learning * 3 * getattr(mix, name) * taught
            expected = level + rate * (1 - level) - p.forgetting * level
            assert np.allclose(getattr(s.after, name), np.clip(expected, 0, 1), **CLOSE)


def test_coordinators_are_senior_residents_among_those_with_most_ties(scenes):
    named = 0
    for s in scenes["coordinators"]:
        p, of = s.parameters.coordinators, s.after
        expected, factor = np.zeros(of.hub.size, bool), np.ones(of.introductions.size)
        for hub in range(factor.size - 1):
            rows = np.flatnonzero(of.hub == hub)
            best = rows[np.lexsort((of.number[rows], -of.ties[rows]))][: int(np.ceil(p.top_share * rows.size))]
            chosen = best[(of.ties[best] > 0) & (s.month - of.admitted[best] >= p.seniority)]
            expected[chosen] = True
            factor[hub] = p.factor if chosen.size else 1.0
        assert np.array_equal(of.coordinator, expected) and np.array_equal(of.introductions, factor)
        named += expected.sum()
    assert named


def test_partners_teach_those_who_know_less(scenes):
    for s in scenes["spillovers"]:
        p, of, level = s.parameters.spillovers, s.after, s.after.start.mean_competence
        first, second, _ = of.ties_of
        known = np.zeros(level.size)
        np.add.at(known, first, level[second])
        np.add.at(known, second, level[first])
        gap = np.maximum(0, known / np.maximum(of.ties, 1) - level)
        gain = p.strength * np.minimum(of.ties, p.enough_ties) / p.enough_ties * 4 * level * gap
        assert (of.ties > p.enough_ties).any() and gain.max() > 0
        for name in ("finance", "market_access", "skills"):
            assert np.allclose(getattr(of, name), np.minimum(getattr(s.before, name) + gain, 1))


def test_ties_of_some_policies_are_told_from_those_of_all():
    """Also where a single tie is apart, or all are."""
    rows = np.arange(4, dtype=np.int32)
    for words in ([3, 3, 3, 3], [3, 1, 3, 3], [3, 2, 1, 3], [1, 2, 1, 2]):
        ties = Graph(rows, rows + 10, np.array(words, dtype=np.uint32))
        first, second, others = _apart(ties, everywhere(2))
        common = [row for row, word in enumerate(words) if word == 3]
        assert first.tolist() == common and second.tolist() == [row + 10 for row in common]
        assert sorted([*common, *others.tolist()]) == rows.tolist()


@pytest.mark.parametrize("hours", ["enough", "scarce"])
def test_ties_end_in_their_month_and_are_counted(scenes, hours):
    scarce = {"accompaniment.mentor_hours_total": 150.0}
    for s in (scenes if hours == "enough" else watch((FIRST, FAIR), **scarce))["contacts"]:
        p, of = s.parameters.contacts, s.after
        first, second, ends = of.ties_of
        degree = np.bincount(first, minlength=of.ties.size) + np.bincount(second, minlength=of.ties.size)
        assert np.array_equal(of.ties, degree) and (ends > s.month).all() and (first != second).all()
        introduced = np.zeros(of.ties.size, bool)
        introduced[first[of.coordinator[second]]] = introduced[second[of.coordinator[first]]] = True
        assert np.array_equal(of.introduced, introduced)
        pairs = set(zip(of.number[first].tolist(), of.number[second].tolist(), strict=True))
        assert len(pairs) == first.size and all(one < other for one, other in pairs)
        numbers, row_of = s.before.numbers, s.world.row_of
        old = {
            (numbers[one], numbers[other]): end
            for one, other, end in zip(*s.before.ties_of.tolist(), strict=True)
            if end > s.month and row_of[numbers[one]] >= 0 and row_of[numbers[other]] >= 0
        }
        assert old.keys() <= pairs
        now = {(of.number[one], of.number[other]): end for one, other, end in zip(first, second, ends, strict=True)}
        assert all(now[pair] == end for pair, end in old.items())
        last = s.month + 1 + np.floor(-np.log(s.uniform("contacts.duration")) * p.duration)
        seeks = s.uniform("contacts.search") < 1 - np.exp(-rates_of_meeting(s))
        met = np.zeros(seeks.size, bool)
        for one, other in ((row_of[pair[0]], row_of[pair[1]]) for pair in pairs - old.keys()):
            end = now[of.number[one], of.number[other]]
            seekers = [row for row in (one, other) if seeks[row] and last[row] == end]
            assert seekers, "one of the two has looked for the other"
            assert of.hub[one] == of.hub[other] or any(of.hub[row] < 0 for row in seekers)
            met[seekers] = True
        assert met.sum() > 0.7 * seeks.sum()


def rates_of_meeting(s: Scene) -> np.ndarray:
    """How often each startup looks for a partner."""
    p, of, factor = s.parameters.contacts, s.after, s.parameters.accompaniment.mix.contacts
    inside = p.rate_inside * factor * of.attention[of.hub] * of.introductions[of.hub]
    return np.where(of.hub >= 0, inside, p.rate_outside)


def test_revenue_returns_to_its_path(scenes):
    for s in scenes["reversion"]:
        p, law, of = s.parameters.reversion, s.parameters.revenue, s.before
        ages = s.month - of.founded
        grown = np.array([np.exp(-np.arange(age) / law.fading).sum() for age in ages])
        gone = (law.base_growth + law.quality_effect * of.quality) * grown + of.lift
        gone += of.exporter * np.log1p(s.parameters.exports.export_share / 2)
        begins = np.where(of.has_path, of.path_begins, of.start.log_revenue - gone)
        assert s.after.has_path.all() and np.allclose(s.after.path_begins, begins, **CLOSE)
        away = of.start.log_revenue - begins - gone
        assert np.abs(away).max() > 0.1
        assert np.allclose(np.log(s.after.revenue / of.revenue), -p.speed * away, **CLOSE)


def test_levels_rise_and_fall_with_skills_and_partners(scenes):
    for s in scenes["levels"]:
        p, of = s.parameters.levels, s.before
        level = p.skills_effect * (of.start.competence[2] - 0.3) + p.ties_effect * np.log1p(of.ties.astype(float))
        gained = np.where(of.has_lift, level - of.lift, 0)
        assert np.allclose(s.after.lift, level) and s.after.has_lift.all()
        assert np.allclose(np.log(s.after.revenue / of.revenue), gained, **CLOSE)
        assert np.allclose(s.after.path_begins, of.path_begins - np.where(of.has_lift, 0, level), **CLOSE)
        assert not of.has_lift.all() and np.abs(gained).max() > 0


def test_exports_begin_and_end_as_their_draws_say(scenes, edges):
    entries = stops = 0
    for s in (*scenes["exports"], *edges["exports"]):
        p, missions, of, now = s.parameters.exports, s.parameters.missions, s.before, s.after
        young = s.month - of.export_since < 12
        leave = np.where(young, -np.expm1(-p.stop_first_year), -np.expm1(-p.stop_later))
        stop = of.exporter & of.alive & (s.uniform("exports.stop") < leave)
        lately = missions.enabled & (s.month - of.mission < missions.lasts)
        often = p.attempts / 12 * np.where(lately, missions.attempt_factor, 1)
        able = of.alive & ~of.exporter & (s.uniform("exports.product", month=0) < p.exportable)
        tries = able & (s.uniform("exports.attempt") < -np.expm1(-often))
        fading = np.maximum(0, 1 - (s.month - of.fair) / p.fair_fades)
        stake = s.parameters.cash.margin * p.export_share * p.horizon
        value = np.log(stake / p.sunk_cost) + of.start.log_revenue + p.ties_effect * of.ties + p.fair_effect * fading
        value += p.competence_effect * (of.start.competence[1] - 0.3)
        enter = tries & (s.uniform("exports.success") < 1 / (1 + np.exp(-value / p.score_scale)))
        assert np.array_equal(now.exporter, (of.exporter & ~stop) | enter)
        assert np.array_equal(now.export_since, np.where(enter, s.month, of.export_since))
        assert np.array_equal(now.first_export, np.where(enter & (of.first_export < 0), s.month, of.first_export))
        jump = (1 + p.export_share / 2) ** (enter.astype(float) - stop)
        assert np.allclose(now.revenue, of.revenue * jump)
        cost = np.minimum(p.cash_cost, p.sunk_cost * np.exp(-p.ties_effect * of.ties)) * enter
        assert np.allclose(of.cash - now.cash, cost, atol=1e-6)
        assert s.paid("startups", "abroad", "export entry") == pytest.approx(cost.sum(), abs=1e-5)
        counts = [s.counted(f"export_{name}") for name in ("attempts", "entries", "stops")]
        assert counts == [tries.sum(), enter.sum(), stop.sum()]
        entries, stops = entries + enter.sum(), stops + stop.sum()
    assert entries > 5 and stops > 3


def test_revenue_grows_as_its_equation_says(scenes):
    for s in scenes["revenue"]:
        p, of, now = s.parameters.revenue, s.before, s.after
        age, levels = s.month - of.founded, of.start.competence
        place = np.where(of.hub >= 0, of.hub, 100 + of.city) * 3 + of.sector
        crowd = np.array([np.log(max(1, np.count_nonzero((place == here) & of.alive))) for here in place])
        growth = p.base_growth + p.quality_effect * of.quality + p.skills_effect * (levels[2] - 0.3)
        growth += p.market_access_effect * (levels[1] - 0.3) + p.ties_effect * np.log1p(of.ties.astype(float))
        growth += p.export_effect * of.exporter - p.crowding * crowd * of.alive
        spread = p.volatility / np.sqrt(12) * np.exp(-p.size_exponent * (of.start.log_revenue - np.log(30)))
        year = np.sqrt(-np.log(s.uniform("revenue.year")))
        birthday = age % 12 == 0
        assert np.allclose(now.year_volatility, np.where(birthday, year, of.year_volatility)) and birthday.any()
        shock = np.minimum(spread, 0.5) * now.year_volatility * s.normal("revenue.shock")
        assert np.allclose(np.log(now.revenue / of.revenue), growth * np.exp(-age / p.fading) + shock, **CLOSE)
        assert np.array_equal(now.months_above, np.where(now.revenue > 5, of.months_above + 1, 0))


def test_cash_takes_profit_and_pays_what_is_above_the_reserve(scenes, edges):
    saved = 0
    for s in (*scenes["cash"], *edges["cash"]):
        p, rent, of = s.parameters.cash, s.parameters.rent, s.before
        fixed = p.fixed_cost * np.where(rent.enabled & (of.hub >= 0), rent.multiplier, 1)
        trouble = of.start.cash < p.trouble * fixed
        fixed = fixed * np.where(trouble, 1 - p.finance_saves * of.start.competence[0], 1)
        sold = of.start.revenue
        profit = p.margin * sold - fixed
        over = np.clip(np.minimum(of.cash + profit - p.reserve * ((1 - p.margin) * sold + fixed), profit), 0, None)
        assert np.allclose(s.after.cash, of.cash + profit - over)
        alive = of.alive
        for (source, target, kind), amounts in {
            ("customers", "startups", "revenue"): sold, ("startups", "suppliers", "fixed costs"): fixed,
            ("startups", "suppliers", "variable costs"): (1 - p.margin) * sold,
            ("startups", "founders", "distributions"): over,
        }.items():  # fmt: skip
            assert s.paid(source, target, kind) == pytest.approx(amounts[alive].sum(), rel=1e-6)
        saved += (trouble & alive).sum()
        assert over.any()
    assert saved


def test_who_leaves_the_market_is_drawn_with_its_hazard(scenes):
    causes: list[int] = []
    for s in scenes["acquisition"]:
        p = s.parameters.acquisition
        sold = s.before.alive & (s.before.equity >= 0) & (s.uniform("acquisition.event") < -np.expm1(-p.rate / 12))
        assert np.array_equal(s.after.leaving == Cause.ACQUIRED, sold)
        causes += s.after.leaving.tolist()
    for s in scenes["insolvency"]:
        of, p = s.before, s.parameters.insolvency
        broke = (of.cash < 0) & of.alive & (s.uniform("insolvency.event") < 1 / p.grace) & (of.leaving == 0)
        assert np.array_equal(s.after.leaving == Cause.INSOLVENT, broke)
        causes += s.after.leaving.tolist()
    for s in scenes["closure"]:
        of, p = s.before, s.parameters.closure
        index = p.quality_effect * of.quality + p.competence_effect * (of.start.mean_competence - 0.3)
        taught = 1 - np.exp(-of.hours / s.parameters.competence.hours_scale)
        hazard = p.rate * np.exp(-index) * (1 + p.advice_effect * taught * (of.quality < 0))
        ends = of.alive & (of.leaving == 0) & (s.uniform("closure.event") < -np.expm1(-hazard))
        assert np.array_equal(s.after.leaving == Cause.CLOSED, ends)
        causes += s.after.leaving.tolist()
    assert {Cause.INSOLVENT, Cause.CLOSED} <= set(causes)


def test_residents_graduate_in_the_month_in_which_their_stay_ends(scenes):
    left = 0
    for s in scenes["graduation"]:
        of, stay = s.before, s.parameters.admission.stay
        due = (of.hub >= 0) & (s.month - of.admitted >= stay)
        assert s.month == FIRST or (s.month - of.admitted)[due].max(initial=stay) == stay, (
            "longer before the policy only"
        )
        assert np.array_equal(s.after.hub, np.where(due, -1, of.hub))
        assert np.array_equal(s.after.left, np.where(due, s.month, of.left))
        assert np.array_equal(s.after.left_reason, np.where(due, LeftHub.GRADUATED, of.left_reason))
        assert s.counted("graduations") == s.counted("leavers") == due.sum()
        left += due.sum()
    assert left


def test_a_hub_that_closes_keeps_nobody_in_it_or_on_its_list():
    model = EcosystemModel(lively(), rng=5)
    model.run_until(40)
    startups, hub = model.startups, model.hubs[1]
    inside = startups.hub == hub.index
    startups.waiting_at[np.flatnonzero(startups.hub < 0)[:5]] = hub.index
    hub.close()
    assert inside.any() and not (startups.hub == hub.index).any() and not (startups.waiting_at == hub.index).any()
    assert np.all(startups.left_reason[inside] == LeftHub.HUB_CLOSED) and np.all(startups.left[inside] == 40)


@pytest.mark.parametrize(
    ("name", "columns"),
    [("accompaniment", ("hours_total",)), ("admission", ("admitted", "hub")), ("coordinators", ("coordinator",))],
)
def test_a_switch_that_is_off_leaves_its_columns_as_they_begin(name, columns):
    model = EcosystemModel(lively(**{f"{name}.enabled": False, "time.start": "2021-06"}), rng=5)
    model.run_until(24)
    for column in columns:
        assert np.all(getattr(model.startups, column) == COLUMNS[column].default)


def test_applicants_are_scored_once_and_listed_above_the_threshold(scenes):
    applied = listed = 0
    for s in scenes["application"]:
        p, of, now = s.parameters.application, s.before, s.after
        may = of.alive & (of.applied < 0) & (s.month - of.founded <= p.oldest)
        hazard = p.rate * of.access[of.city] * np.exp(p.self_selection * np.clip(of.quality, -3, 2))
        new = may & (s.uniform("application.decision") < -np.expm1(-hazard))
        error = s.normal("application.error", month=0)
        score = p.screening_skill * of.quality + np.sqrt(1 - p.screening_skill**2) * error
        assert np.array_equal(now.applied, np.where(new, s.month, of.applied))
        assert np.allclose(now.score, np.where(new, score, of.score))
        above = new & (score > s.parameters.admission.threshold)
        assert np.array_equal(now.waiting_at, np.where(above, of.nearest_hub[of.city], of.waiting_at))
        assert s.counted("applications") == new.sum()
        applied, listed = applied + new.sum(), listed + above.sum()
    assert applied > listed > 5


@pytest.mark.parametrize("rule", ["ranked", "queue"])
def test_free_places_go_to_the_first_of_the_list(scenes, rule):
    watched = scenes if rule == "ranked" else watch((FIRST, FAIR), **CROWD, **{"admission.rule": rule})
    admitted = passed = drawn = 0
    for s in watched["admission"]:
        p, of, now = s.parameters.admission, s.before, s.after
        stays = (of.waiting_at >= 0) & of.alive & (of.hub < 0) & (s.month - of.applied <= p.patience)
        lottery = s.uniform("admission.lottery", month=0)
        first = -of.score if rule == "ranked" else of.applied
        hub = of.hub.copy()
        for place, places in enumerate(of.hubs.places):
            free = max(0, places - np.count_nonzero(of.hub == place))
            rows = np.flatnonzero(stays & (of.waiting_at == place))
            chosen = rows[np.lexsort((lottery[rows], first[rows]))][:free]
            hub[chosen] = place
            left = rows[~np.isin(rows, chosen)]
            passed, drawn = passed + left.size, drawn + np.isin(first[left], first[chosen]).sum()
        new = hub != of.hub
        assert np.array_equal(now.hub, hub) and np.array_equal(now.home_hub, np.where(new, hub, of.home_hub))
        assert np.array_equal(now.admitted, np.where(new, s.month, of.admitted))
        assert np.array_equal(now.waiting_at, np.where(stays & ~new, of.waiting_at, -1))
        assert np.array_equal(now.hubs.residents, np.bincount(hub[hub >= 0], minlength=now.hubs.places.size))
        listed = now.waiting_at[now.waiting_at >= 0]
        assert np.array_equal(now.hubs.waiting, np.bincount(listed, minlength=now.hubs.places.size))
        assert s.counted("admissions") == new.sum()
        admitted += new.sum()
    assert admitted and passed and (drawn or rule == "ranked"), "the lottery has decided"


def test_who_was_admitted_is_told_by_month_with_hubs_in_the_order_of_keys():
    columns = {"admitted": [3, -1, 0, 3, 7], "key": [9, 8, 7, 6, 5], "home_hub": [0, -1, 2, 1, 4]}
    startups = SimpleNamespace(everyone=lambda name: np.array(columns[name]))
    found = admission_log(SimpleNamespace(startups=startups))
    assert {month: (keys.tolist(), hubs.tolist()) for month, (keys, hubs) in found.items()} == {
        0: ([7], [2]), 3: ([6, 9], [1, 0]), 7: ([5], [4]),
    }  # fmt: skip


def test_who_was_admitted_elsewhere_is_found_again_the_lowest_and_the_highest_key_too():
    keys = np.random.default_rng(3).integers(1, 2**63, 30).astype(np.uint64)
    gone, chosen = np.uint64(5), np.sort(keys)[[0, 4, 17, 29]]
    sought = np.sort(np.append(chosen, gone))
    startups = SimpleNamespace(key=np.append(keys, sought), used=keys.size)
    rows, hubs = _found_again(SimpleNamespace(startups=startups), sought, np.arange(sought.size))
    assert np.array_equal(np.sort(keys[rows]), chosen) and (rows < keys.size).all()
    assert np.array_equal(sought[hubs], keys[rows])
    nobody = _found_again(SimpleNamespace(startups=startups), sought[:0], np.arange(0))
    assert [one.size for one in nobody] == [0, 0]
