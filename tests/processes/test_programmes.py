"""Hubs, contacts, exports and funders against the closed forms of their equations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from laboratory import BARE, NO_GROWTH, branch, everyone, run, series
from scipy import stats

from sim.declare.states import LeftHub
from sim.model.ecosystem import EcosystemModel
from sim.processes import fairs
from sim.processes.meetings import ticket_size

# --- hubs: hours, learning, queue ---------------------------------------------------------------------------


def test_competence_is_learnt_as_the_equation_says(small):
    values = {"spillovers.enabled": False, "accompaniment.mix": {"finance": 0.5, "market_access": 0.2, "skills": 0.3}}
    model = EcosystemModel(small.with_values(values))
    model.run_until(60)
    before = everyone(model)
    model.step()
    startups, p = model.startups, model.parameters.competence
    old = startups.number < before["number"].size
    number, hours = startups.number[old], startups.hours[old]
    assert np.count_nonzero(hours > 0) > 300 and np.count_nonzero(hours == 0) > 300
    for name, weight in (("finance", 0.5), ("market_access", 0.2), ("skills", 0.3)):
        s = before[name][number]
        rate = p.learning * 3 * weight * (1 - np.exp(-hours / p.hours_scale)) + p.by_doing
        assert np.allclose(getattr(startups, name)[old], s + rate * (1 - s) - p.forgetting * s, rtol=1e-12)


def test_competence_outside_hubs_tends_to_its_fixed_point(small):
    """Without mentors `s* = kappa0 / (kappa0 + delta)`, approached at the rate of their sum."""
    bare = BARE | {"competence.enabled": True}
    model = run(small.with_values(bare))
    first, skills = model.bundle.base_founders()["skills"], everyone(model)["skills"]
    months = model.month - everyone(model)["founded"] + 1
    expected = 0.5 + (first - 0.5) * (1 - 0.006 - 0.006) ** months
    assert np.allclose(skills, expected, rtol=1e-9)


def test_hours_are_the_intensity_diluted_by_the_staff(world_now, ten_hubs):
    """`m = I min(1, H / (I n))` in every hub, also in those that open half empty."""
    policy = ten_hubs.with_values({"accompaniment.mentor_hours_total": 3000})
    model = branch(world_now, policy, months=48)
    for hub in model.hubs:
        hours = model.startups.hours[model.startups.hub == hub.index]
        assert hub.mentor_hours == pytest.approx(3000 * hub.places / 836)
        assert np.allclose(hours, 8 * min(1.0, hub.mentor_hours / (8 * hub.residents)))
    never_inside = model.startups.admitted < 0
    assert not model.startups.hours[never_inside].any() and never_inside.any()


def test_the_queue_obeys_littles_law(world_today):
    """Mean number waiting = arrivals a month times mean months on the list, from 2024 to 2033."""
    columns, done = everyone(world_today), world_today.months_done
    first, last = 168, 288
    listed = (columns["applied"] >= first) & (columns["applied"] < last)
    listed &= columns["score"] > world_today.parameters.admission.threshold
    never = np.iinfo(np.int32).max
    admitted = np.where(columns["admitted"] >= 0, columns["admitted"], never)
    closed = np.where(columns["closed"] >= 0, columns["closed"], never)
    patience = columns["applied"] + int(world_today.parameters.admission.patience) + 1
    until = np.minimum.reduce([admitted, closed, patience, np.full(admitted.size, done)])
    stay = (until - columns["applied"])[listed]
    rate = listed.sum() / (last - first)
    waiting = series(world_today, "waiting")[first:last].mean()
    assert waiting == pytest.approx(rate * stay.mean(), rel=0.05)
    assert waiting > 30 and stay.max() <= 13


def test_first_come_is_first_served(world_today):
    """Those admitted together at a full hub applied no later than those who go on waiting there."""
    startups = world_today.startups
    for hub in world_today.hubs:
        new = startups.applied[(startups.hub == hub.index) & (startups.admitted == world_today.month)]
        waiting = startups.applied[startups.waiting_at == hub.index]
        if new.size and waiting.size:
            assert new.max() <= waiting.min()


def test_ranked_admission_takes_the_best_scores(world_now, today):
    world = branch(world_now, today.with_values({"admission.rule": "ranked"}), months=6)
    startups, checked = world.startups, 0
    for hub in world.hubs:
        new = startups.score[(startups.home_hub == hub.index) & (startups.admitted == world.month)]
        waiting = startups.score[startups.waiting_at == hub.index]
        if new.size and waiting.size:
            assert new.min() >= waiting.max()
            checked += 1
    assert checked


def test_nobody_stays_longer_than_allowed_and_each_applies_once(world_today):
    columns = everyone(world_today)
    hosted = columns["admitted"] >= 0
    graduated = columns["left_reason"] == LeftHub.GRADUATED
    assert set((columns["left"] - columns["admitted"])[graduated].tolist()) == {60}
    stays = np.where(columns["left"] >= 0, columns["left"], world_today.month) - columns["admitted"]
    assert stays[hosted].max() == 60
    applied = columns["applied"] >= 0
    assert np.all((columns["applied"] - columns["founded"])[applied] <= 24)
    assert np.all(applied[hosted]) and np.all(columns["admitted"][hosted] >= columns["applied"][hosted])


def test_scores_correlate_with_quality_as_declared(world_today):
    columns = everyone(world_today)
    applied = columns["applied"] >= 0
    quality, score = columns["quality"][applied], columns["score"][applied]
    error = score - 0.4 * quality
    assert abs(np.corrcoef(error, quality)[0, 1]) < 4 / np.sqrt(quality.size)
    assert error.std() == pytest.approx(np.sqrt(1 - 0.16), rel=0.03)
    assert quality.mean() > columns["quality"].mean() + 0.05


# --- contacts, exports, funders -----------------------------------------------------------------------------


def test_ties_last_two_years_on_average(small):
    """Ties formed and not yet dissolved, when nobody closes: an exponential life of mean 24 months."""
    model = EcosystemModel(small.with_values(BARE | {"contacts.enabled": True}))
    model.run_until(60)
    first = set(zip(model.contacts.first.tolist(), model.contacts.second.tolist(), strict=True))
    model.run_until(72)
    left = first & set(zip(model.contacts.first.tolist(), model.contacts.second.tolist(), strict=True))
    share = len(left) / len(first)
    expected = np.exp(-12 / 24)
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / len(first))


def test_ties_across_sectors_are_preferred(small):
    model = run(small.with_values(BARE | {"contacts.enabled": True, "contacts.same_sector": 0.0}))
    sector = everyone(model)["sector"]
    assert model.contacts.count > 1000
    assert np.all(sector[model.contacts.first] != sector[model.contacts.second])


def test_exporters_stop_at_the_declared_rates(world_today):
    """6 % a month in the first year: `1 - exp(-12 x 0.06)` of new exporters are out within the year."""
    entries, stops = series(world_today, "export_entries"), series(world_today, "export_stops")
    exporters = series(world_today, "exporters")
    assert entries[174:].sum() == pytest.approx(stops[174:].sum() + exporters[-1] - exporters[173], rel=0.15)
    assert 0.022 < stops[200:].sum() / exporters[199:-1].sum() < 0.06


def test_export_entry_costs_and_lifts_revenue_as_declared(small):
    values = BARE | NO_GROWTH | {
        "exports.enabled": True, "revenue.volatility": 0.0, "cash.margin": 1.0, "cash.fixed_cost": 1000.0,
        "cash.reserve": 600.0, "exports.stop_first_year": 0.0, "exports.attempts": 3.0,
    }  # fmt: skip
    model = EcosystemModel(small.with_values(values))
    model.run_until(12)
    columns, base = everyone(model), model.bundle.base_founders()
    count = columns["revenue"].size
    exporter = columns["exporter"]
    assert exporter.sum() > 20
    assert np.allclose(columns["revenue"], base["revenue"][:count] * np.where(exporter, 1.15, 1.0))
    age = model.month - columns["founded"] + 1
    after = np.where(exporter, model.month - columns["export_since"], 0)
    income = base["revenue"][:count] * ((age - after) + 1.15 * after) - 1000.0 * age
    assert np.allclose(columns["cash"], base["cash"][:count] + income - 100.0 * exporter)


def test_a_grant_doubles_the_chance_of_meeting_a_fund(small):
    """Howell 2017: with caps that do not bind, holders of a grant are funded twice as often, others as before."""
    free = {
        "equity.envelope_factor": 20, "grants.envelope_factor": 20, "equity.rate": 0.006, "acquisition.enabled": False,
        "equity.revenue_lift": 0.0, "equity.pause": 120,
    }  # fmt: skip
    worlds = [run(small.with_values(free | {"equity.grant_factor": factor})) for factor in (1.0, 2.0)]
    funded = []
    for world in worlds:
        columns = everyone(world)
        holder = np.maximum(columns["grant"], columns["honour_loan"])
        decided = columns["equity"] - 3
        with_grant = (columns["equity"] > 0) & (holder >= 0) & (holder <= decided)
        funded.append((with_grant.sum(), ((columns["equity"] > 0) & ~with_grant).sum()))
    assert funded[0][0] > 20
    assert funded[1][0] / funded[0][0] == pytest.approx(2, abs=0.35)
    assert funded[1][1] == pytest.approx(funded[0][1], rel=0.05)


def test_tickets_are_log_normal_within_their_limits(world_now):
    normals = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    for funder in world_now.funders:
        terms = funder.terms_at(world_now.month)
        if terms is None:
            continue
        tickets = np.array([ticket_size(*terms.law, normal) for normal in normals])
        assert terms.smallest <= tickets.min() and tickets.max() <= terms.largest
        inside = (tickets > terms.smallest) & (tickets < terms.largest)
        expected = np.log(terms.median) + terms.log_sd * normals
        assert np.allclose(np.log(tickets)[inside], expected[inside])
        assert np.median(tickets) == pytest.approx(terms.median, rel=0.01)


def test_money_arrives_after_the_due_diligence(world_now, today):
    model = world_now.fork(today)
    model.run_until(model.months_done + 4)
    startups = model.startups
    for funder in model.funders:
        if funder.kind in ("seed", "venture"):
            waiting = [startups.row_of[number] for _, number, _ in funder.pipeline]
            assert startups.in_due_diligence[[row for row in waiting if row >= 0]].all()
        assert all(model.month < due <= model.month + funder.due_diligence for due, _, _ in funder.pipeline)


def test_a_funder_chooses_by_the_terms_that_it_has_now(world_now, today):
    model = world_now.fork(today)
    lender = next(funder for funder in model.funders if funder.kind == "loan")
    assert lender.pipeline
    offered = model.bundle.funders
    nothing = tuple(replace(terms, number=0.0) for terms in lender.terms)
    model.bundle.funders = tuple(replace(plan, terms=nothing) if plan.kind == "loan" else plan for plan in offered)
    model.run_until(model.months_done + lender.due_diligence + 1)
    assert not lender.pipeline
    model.bundle.funders = offered
    model.run_until(model.months_done + 1)
    assert lender.pipeline


def test_venture_money_is_central_and_concentrated(world_today):
    """P-patterns of venture money: most of it near the funds, the three largest of a year most of the money."""
    columns = everyone(world_today)
    funded = columns["equity_total"] > 0
    assert world_today.central_region[columns["region"][funded]].mean() > 0.55
    size = np.sort(columns["equity_total"][funded])[::-1]
    assert size[: size.size // 10].sum() / size.sum() > 0.5


# --- the fair -----------------------------------------------------------------------------------------------


def test_the_fair_is_in_may_until_2024_and_then_in_april(world_short):
    places = world_short.history.set_index("month")["fair_places"]
    held = places[places > 0]
    assert held.index.tolist() == ["2023-05", "2024-05", "2025-04", "2026-04", "2027-04"]
    assert held.tolist() == [100, 200, 200, 200, 200]


@pytest.mark.parametrize("month", [1, 5, 12])
def test_the_month_of_later_fairs_can_be_set_and_past_ones_stay(today, month):
    world = EcosystemModel(today.with_values({"fairs.month": month, "time.start": "2024-01", "time.end": "2026-12"}))
    assert fairs.calendar(world.months_until, month, world.end) == [-8, 4, 12 + month - 1, 24 + month - 1]
