"""Whom hubs, fairs, missions and funders reach in a month, computed anew from the equations and declarations alone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from laboratory import everyone
from scipy import stats
from variants import lively
from watched import FAIR, NEXT_FAIR, Scenes, crowd

from sim.declare.states import Cause, FounderKind, LeftHub, Sector
from sim.kernel.randomness import combine
from sim.model.ecosystem import EcosystemModel
from sim.processes import follow_up
from sim.processes.contacts import ATTENDANCE
from sim.processes.network import approach


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return crowd()


@pytest.fixture(scope="module")
def world() -> EcosystemModel:
    model = EcosystemModel(lively(**{"acquisition.rate": 1.0}), rng=5)
    model.run_until(model.end)
    return model


# --- hubs and founders ---------------------------------------------------------------------------------------


def test_the_nearest_open_hub_is_sought_and_of_two_at_one_place_the_emptier(scenes):
    for s in scenes["network"]:
        now, closeness = s.after, s.world.closeness
        plans = s.world.plans[0]
        pull = closeness[:, [plan.city for plan in plans]] * now.hubs.is_open
        assert np.allclose(now.access, pull.max(axis=1))
        free = 1 - (now.hubs.residents + now.hubs.waiting) / np.maximum(now.hubs.places, 1)
        for city, hub in enumerate(now.nearest_hub):
            best = np.flatnonzero(pull[city] == pull[city].max())
            assert hub in best and free[hub] == free[best].max()
        assert np.allclose(closeness, np.exp(-s.world.geography.distance / s.parameters.network.catchment))


def test_where_no_hub_is_open_none_is_near(world):
    pull, hubs = world.bundle.pull, world.bundle.hubs
    access, nearest = np.full(pull.shape[:2], 9.0), np.full(pull.shape[:2], 9)
    approach(pull, hubs._replace(is_open=np.zeros_like(hubs.is_open)), access, nearest)
    assert (nearest == -1).all() and not access.any()


def test_base_founders_are_those_of_their_draws(world):
    bundle = world.bundle
    p, streams, country = bundle.past.population, bundle.streams, bundle.geography
    base, months = bundle.base_founders(), np.arange(bundle.months)
    mean = p.entries_per_year * p.scale / 12 * country.potential
    for region, expected in enumerate(mean):
        chance = streams["population.number"].uniform(months, np.full(months.size, combine(np.array([region]))[0]))
        counts = np.bincount(base["founded"][base["region"] == region].astype(int), minlength=months.size)
        assert np.array_equal(counts, stats.poisson.ppf(chance, expected))
    month, key = base["founded"].astype(int), base.key

    def normal(name: str) -> np.ndarray:
        return streams[f"population.{name}"].normal(month, key)

    competence = (
        p.initial_competence + p.competence_per_quality * normal("quality") + p.competence_sd * normal("competence")
    )
    for name in ("finance", "market_access", "skills"):
        assert np.allclose(base[name], np.clip(competence, 0, 1))
    assert np.allclose(base["quality"], normal("quality"))
    assert np.allclose(base["revenue"], p.initial_revenue * np.exp(p.initial_revenue_log_sd * normal("revenue")))
    assert np.allclose(base["cash"], p.initial_cash * np.exp(p.initial_cash_log_sd * normal("cash")))
    chance = streams["population.sector"].uniform(month, key)
    sector = np.select(
        [chance < p.share_green, chance < p.share_green + p.share_creative], [Sector.GREEN, Sector.CREATIVE], Sector.ICT
    )
    assert np.array_equal(base["sector"], sector)
    place = streams["population.city"].uniform(month, key)
    assert np.array_equal(base["city"], country.draw_city(base["region"].astype(int), place))


def test_hubs_draw_founders_by_access_and_hours_and_some_of_them_move(scenes):
    moved_in_all = 0
    for s in scenes["induced_entry"]:
        p, now = s.parameters.induced_entry, s.after
        country, population = s.world.geography, s.world.past.population
        hours = s.parameters.accompaniment.hours_per_startup * now.attention[now.nearest_hub]
        value = -np.expm1(-hours / p.hours_scale) / -np.expm1(-8 / p.hours_scale)
        rise = np.expm1(p.response * now.access * value)
        mean = population.entries_per_year * population.scale / 12 * country.city_potential * rise
        chance = s.uniform("induced_entry.number", s.world.city_keys)
        arrivals = stats.poisson.ppf(chance, mean).astype(int)
        city = np.repeat(np.arange(arrivals.size), arrivals)
        ordinal = np.concatenate([np.arange(count) for count in arrivals])
        key = combine(s.world.streams.world, FounderKind.INDUCED, city, np.full(city.size, s.month), ordinal)
        moves = s.uniform("induced_entry.displaced", key) < p.displaced_share
        new = [batch for batch in now.new if batch not in s.before.new]
        assert np.array_equal(np.concatenate([batch.key for batch in new]), key[~moves]) and (~moves).any()
        (base,) = [batch for batch in now.new if "relocated" in batch.columns]
        home = base["city"].astype(int)
        here, free = home.copy(), np.ones(home.size, bool)
        away = country.city_region[:, None] != country.city_region
        weight = away * np.exp(-country.distance / p.displacement_length)
        for arrival, target in zip(key[moves], city[moves], strict=True):
            draws = s.uniform("induced_entry.mover", combine(np.full(home.size, arrival), base.key))
            rate = weight[target, home] * free
            times = np.where(rate > 0, -np.log(draws) / np.where(rate > 0, rate, 1), np.inf)
            if np.isfinite(times.min(initial=np.inf)):
                free[times.argmin()], here[times.argmin()] = False, target
        moved, region, relocated = base.own[:, 0]
        assert np.array_equal(moved, here) and np.array_equal(region, country.city_region[here])
        assert np.array_equal(relocated, ~free)
        moved_in_all += (~free).sum()
    assert moved_in_all


def test_who_failed_founds_again_after_the_delay_if_the_draw_says_so(world):
    columns, p, bundle = everyone(world), world.parameters.refounding, world.bundle
    assert np.count_nonzero(columns["cause"] == Cause.ACQUIRED) > 3
    failed = (columns["cause"] > Cause.ACQUIRED) & (columns["closed"] + p.delay < world.months_done)
    key, closed = columns["key"][failed], columns["closed"][failed].astype(int)
    again = bundle.streams["refounding.decision"].uniform(closed, key) < p.probability
    attempt = columns["attempt"][failed].astype(int) + 1
    child = combine(bundle.streams.world, FounderKind.REFOUNDED, key, attempt)[again]
    found = columns["kind"] == FounderKind.REFOUNDED
    assert set(child.tolist()) == set(columns["key"][found].tolist())
    row = {one: place for place, one in enumerate(columns["key"].tolist())}
    children = np.array([row[one] for one in child.tolist()])
    assert np.array_equal(columns["founded"][children], closed[again] + p.delay)
    for name in ("sector", "quality", "city", "region"):
        assert np.array_equal(columns[name][children], columns[name][failed][again]), name


def test_whom_seekers_meet_is_drawn_by_place_then_sector_then_position(scenes):
    met = 0
    for s in scenes["contacts"]:
        p, of = s.parameters.contacts, s.before
        inside = p.rate_inside * s.parameters.accompaniment.mix.contacts * of.attention[of.hub]
        rate = np.where(of.hub >= 0, inside * of.introductions[of.hub], p.rate_outside)
        seeks = (s.uniform("contacts.search") < -np.expm1(-rate)) & of.alive
        position, pairs = s.uniform("contacts.position"), set()
        for seeker in np.flatnonzero(seeks):
            if of.hub[seeker] >= 0:
                there, place, close = of.alive & (of.hub >= 0), of.hub, np.eye(of.introductions.size)
            else:
                there, place, close = of.alive & (position < ATTENDANCE), of.city, s.world.closeness
            weight = there * close[place[seeker], place] * np.where(of.sector == of.sector[seeker], p.same_sector, 1)
            group = place * 3 + of.sector
            groups, where = np.unique(group, return_inverse=True)
            total = np.bincount(where, weight)
            if total.sum() <= 0:
                continue
            reached = np.cumsum(total) > s.uniform("contacts.group")[seeker] * total.sum()
            members = np.flatnonzero(there & (group == groups[reached.argmax()]))
            point = s.uniform("contacts.member")[seeker] * (1 if of.hub[seeker] >= 0 else ATTENDANCE)
            ahead = (position[members] - point) % 1 if of.hub[seeker] >= 0 else (position[members] - point) % ATTENDANCE
            members = members[np.argsort(ahead)]
            members = members[members != seeker]
            if members.size:
                pairs.add(tuple(sorted((int(of.number[seeker]), int(of.number[members[0]])))))
        first, second, _ = s.after.ties_of
        now = set(zip(s.after.number[first].tolist(), s.after.number[second].tolist(), strict=True))
        old = {tuple(s.before.numbers[list(tie)].tolist()) for tie in s.before.ties_of[:2].T}
        assert pairs <= now and now - old <= pairs
        met += len(pairs - old)
    assert met > 100


# --- fairs and missions ---------------------------------------------------------------------------------------


def best(score: np.ndarray, among: np.ndarray, room: float) -> np.ndarray:
    """Whether each is one of the `room` highest scores among some."""
    rows = np.flatnonzero(among)
    chosen = rows[np.argsort(-score[rows], kind="stable")][: int(room)]
    return np.isin(np.arange(score.size), chosen)


def test_the_fair_takes_the_highest_scores_in_and_outside_hubs(scenes):
    held = 0
    for s in scenes["fairs"]:
        p, of, fee = s.parameters.fairs, s.before, s.parameters.costs.fair_place
        due = s.month in (FAIR, NEXT_FAIR)
        score = of.start.competence[1] + p.noise * s.normal("fairs.score") if due else np.zeros(of.hub.size)
        kept = round(p.places * p.hub_share)
        goes = best(score, of.alive & (of.hub >= 0), kept) | best(score, of.alive & (of.hub < 0), p.places - kept)
        goes &= due
        assert np.array_equal(s.after.fair, np.where(goes, s.month, of.fair))
        assert np.allclose(s.after.cash, of.cash - goes * fee * (1 - p.subsidy))
        assert s.paid("startups", "organisers", "fair fees") == pytest.approx(goes.sum() * fee * (1 - p.subsidy))
        assert s.after.costs["fairs"] == pytest.approx(goes.sum() * fee * p.subsidy)
        assert s.counted("fair_places") == goes.sum() and s.counted("fair_places_residents") == goes[of.hub >= 0].sum()
        held += due
    assert held == 2


def test_missions_take_the_highest_scores_of_each_hub_that_do_not_export(scenes):
    sent = 0
    for s in scenes["missions"]:
        p, of = s.parameters.missions, s.before
        month = s.world.month_of_year
        due = (month + 1) * p.per_year // 12 - month * p.per_year // 12
        goes = np.zeros(of.hub.size, bool)
        score = of.start.competence[1] + p.noise * s.normal("missions.score")
        for hub in np.flatnonzero(of.hubs.is_open):
            goes |= best(score, (of.hub == hub) & ~of.exporter, due * p.places)
        assert np.array_equal(s.after.mission, np.where(goes, s.month, of.mission))
        assert s.counted("mission_places") == goes.sum()
        assert s.after.costs["missions"] == pytest.approx(goes.sum() * s.parameters.costs.mission_place)
        sent += goes.sum()
    assert sent > 20


# --- what is asked, and what is paid ---------------------------------------------------------------------------


def test_follow_up_asks_after_two_and_five_years():
    model = EcosystemModel(lively(), rng=5)
    model.run_until(model.end)
    bundle, month = model.bundle, model.month
    startups, random, used = bundle.startups, np.random.default_rng(1), bundle.startups.used
    for name, values in {
        "admitted": [-1, month - 60, month - 59, month - 25, month - 24, month - 23],
        "left": [-1, month - 61, month - 60, month - 59], "left_reason": [LeftHub.GRADUATED, LeftHub.HUB_CLOSED],
        "months_above": [0, 1, 2, 3, 4], "exporter": [False, True], "operating_24": [False], "operating_60": [False],
        "exporting_60": [False], "graduate_60": [False],
    }.items():  # fmt: skip
        startups.column(name, 0)[:] = random.choice(values, used)
    before = [bundle.cohorts.success_24[0].copy(), bundle.cohorts.success_60[0].copy()]
    follow_up.act(bundle)
    now = SimpleNamespace(**{name: startups.column(name, 0) for name in startups.columns})
    alive = (startups.alive[:used] & 1).astype(bool)
    operates = alive & (now.months_above >= 3)
    two, five = now.admitted == month - 24, now.admitted == month - 60
    assert np.array_equal(now.operating_24, operates & two) and (operates & two).any()
    assert np.array_equal(now.operating_60, operates & five)
    assert np.array_equal(now.exporting_60, alive & five & now.exporter)
    graduated = (now.left == month - 60) & (now.left_reason == LeftHub.GRADUATED)
    assert np.array_equal(now.graduate_60, operates & graduated) and (operates & graduated & ~five & ~two).any()
    for counts, old, age, those in zip(bundle.cohorts[3:], before, (24, 60), (two, five), strict=True):
        assert counts[0][month - age] - old[month - age] == (operates & those).sum()
        assert counts[0].sum() - old.sum() == (operates & those).sum()


def test_the_month_pays_for_places_hours_and_programmes(scenes):
    for s in scenes["costs"]:
        prices, of, now = s.parameters.costs, s.before, s.after
        running = of.hubs.places.sum() * prices.running_cost_per_place_year / 12
        mentors = (of.hubs.mentor_hours.sum() + of.counts["remote_hours"]) * prices.mentor_hour
        expected = of.costs | {"running": running, "mentors": mentors}
        assert now.costs == pytest.approx(expected) and of.counts["remote_hours"] == now.counts["remote_hours"]
        for kind in ("capital", "running", "mentors", "missions", "fairs"):
            assert s.paid("ministry", "hubs and organisers", kind) == pytest.approx(expected[kind])
