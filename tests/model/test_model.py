"""Founders, revenue, cash and closing against closed forms, and the patterns that nobody put in."""

from __future__ import annotations

import numpy as np
import pytest
from laboratory import BARE, NO_GROWTH, everyone, run
from scipy import stats

from sim.declare.states import Cause
from sim.model.ecosystem import EcosystemModel

# --- founders -----------------------------------------------------------------------------------------------


def test_founders_are_poisson_with_the_mean_of_their_region(world_today):
    """520 a year times the region's potential; 300 months give a chi-square for mean and for spread."""
    base, country = world_today.bundle.base_founders(), world_today.geography
    counts = np.zeros((300, len(country.regions)))
    np.add.at(counts, (base["founded"].astype(int), base["region"].astype(int)), 1)
    mean = 520 / 12 * country.potential
    z = (counts.sum(axis=0) - 300 * mean) / np.sqrt(300 * mean)
    assert np.abs(z).max() < stats.norm.isf(1e-4 / 24)
    spread = ((counts - mean) ** 2 / mean).sum(axis=0)
    assert np.all((spread > stats.chi2.ppf(1e-4 / 24, 300)) & (spread < stats.chi2.isf(1e-4 / 24, 300)))
    assert np.abs(np.corrcoef(counts.T) - np.eye(12)).max() < stats.norm.isf(1e-4 / 132) / np.sqrt(300)


def test_founders_live_in_the_cities_of_their_region_by_population(world_today):
    base, country = world_today.bundle.base_founders(), world_today.geography
    cities = base["city"].astype(int)
    assert np.array_equal(country.city_region[cities], base["region"])
    counts = np.bincount(cities, minlength=len(country.cities))
    for region in range(12):
        here = country.city_region == region
        expected = counts[here].sum() * country.city_share[here]
        if here.sum() > 1 and expected.min() > 5:
            assert stats.chisquare(counts[here], expected).pvalue > 1e-4 / 12


def test_founders_bring_the_declared_laws(world_today):
    base = world_today.bundle.base_founders()
    p = world_today.parameters.population
    size = base["quality"].size
    assert stats.kstest(base["quality"], "norm").pvalue > 1e-4
    for name, median, spread in (
        ("revenue", p.initial_revenue, p.initial_revenue_log_sd),
        ("cash", p.initial_cash, p.initial_cash_log_sd),
    ):
        assert stats.kstest(np.log(base[name] / median) / spread, "norm").pvalue > 1e-4
    assert np.array_equal(base["finance"], base["skills"]) and np.array_equal(base["skills"], base["market_access"])
    slope = np.polyfit(base["quality"], base["skills"], 1)
    assert slope == pytest.approx([p.competence_per_quality, p.initial_competence], abs=4 * 0.05 / np.sqrt(size))
    shares = np.bincount(base["sector"].astype(int), minlength=3)
    assert stats.chisquare(shares, size * np.array([0.7, 0.15, 0.15])).pvalue > 1e-4


def test_scale_multiplies_the_country(small):
    larger = EcosystemModel(small.with_values({"population.scale": 10}))
    keys = EcosystemModel(small).bundle.base_founders().key
    assert larger.bundle.base_founders().key.size == pytest.approx(10 * keys.size, rel=0.1)
    assert np.isin(keys, larger.bundle.base_founders().key).all()


def test_induced_founders_follow_the_access_to_a_hub(world_today):
    """Arrivals in a city: `lambda (exp(xi a) - 1)`; half of them move there from elsewhere."""
    columns = everyone(world_today)
    late = columns["founded"] >= 174
    induced = np.count_nonzero(late & (columns["kind"] == 1))
    moved = np.count_nonzero(late & columns["relocated"])
    base = 520 / 12 * world_today.geography.city_potential
    arrivals = 126 * (base * np.expm1(0.15 * world_today.bundle.access[0])).sum()
    assert abs(induced + moved - arrivals) < 4 * np.sqrt(arrivals)
    assert abs(induced - moved) < 4 * np.sqrt(arrivals)
    assert np.all(columns["kind"][columns["relocated"]] == 0)


# --- revenue and cash ---------------------------------------------------------------------------------------


def test_revenue_without_shocks_follows_its_closed_form(small):
    """`ln R = ln R0 + (mu0 + b_q q) sum exp(-k / tau)` over the months of age."""
    model = run(small.with_values(BARE | NO_GROWTH | {
        "revenue.base_growth": 0.016, "revenue.quality_effect": 0.026, "revenue.volatility": 0.0,
    }))  # fmt: skip
    columns = everyone(model)
    age = model.month - columns["founded"]
    months = (1 - np.exp(-(age + 1) / 28)) / (1 - np.exp(-1 / 28))
    expected = model.bundle.base_founders()["revenue"] * np.exp((0.016 + 0.026 * columns["quality"]) * months)
    assert np.array_equal(columns["key"], model.bundle.base_founders().key)
    assert np.allclose(columns["revenue"], expected, rtol=1e-10)


@pytest.fixture(scope="module")
def drifting(small):
    """Log revenue by month and startup when only shocks move it, alike for all sizes; NaN before founding."""
    model = EcosystemModel(small.with_values(BARE | NO_GROWTH | {"revenue.size_exponent": 0.0, "population.scale": 2}))
    record = np.full((small.months, model.bundle.base_founders().key.size), np.nan)
    while model.months_done < small.months:
        model.step()
        columns = everyone(model)
        record[model.month, : columns["revenue"].size] = np.log(columns["revenue"])
    return model, record


def test_annual_growth_is_laplace(drifting):
    """One exponential variance a year makes the year's sum exactly Laplace, with the declared spread."""
    model, record = drifting
    founded = everyone(model)["founded"]
    growth = []
    for year in range(3):
        begin, end = founded + 12 * year - 1, founded + 12 * year + 11
        known = (begin >= founded) & (end < record.shape[0])
        rows = np.flatnonzero(known)
        growth.append(record[end[rows], rows] - record[begin[rows], rows])
    growth = np.concatenate(growth)
    assert growth.size > 5000
    assert stats.kstest(growth, stats.laplace(scale=0.45 / np.sqrt(2)).cdf).pvalue > 1e-4
    assert growth.std() == pytest.approx(0.45, rel=0.05)
    assert 2 < stats.kurtosis(growth) < 4.5
    monthly = np.diff(record[:, founded == 0], axis=0)
    assert abs(np.corrcoef(monthly[:-1].ravel(), monthly[1:].ravel())[0, 1]) < 0.05


def test_annual_growth_of_survivors_is_peaked_and_shrinks_with_size(world_now, today):
    """P9: s.d. 0.35-0.60, excess kurtosis above 1, spread falling with size by 0.10-0.25."""
    model = world_now.fork(today)
    before = dict(zip(model.startups.number.tolist(), model.startups.revenue.tolist(), strict=True))
    model.run_until(model.months_done + 12)
    startups = model.startups
    pairs = [(before[number], after) for number, after in
             zip(startups.number.tolist(), startups.revenue.tolist(), strict=True) if number in before]  # fmt: skip
    first, second = np.array(pairs).T
    growth = np.log(second / first)
    assert 0.35 < growth.std() < 0.60
    assert stats.kurtosis(growth) > 1
    size = np.digitize(np.log(first), np.quantile(np.log(first), np.linspace(0, 1, 9)[1:-1]))
    spread = [np.log(np.abs(growth[size == group] - np.median(growth)).mean()) for group in range(8)]
    middle = [np.log(first[size == group]).mean() for group in range(8)]
    assert 0.08 < -np.polyfit(middle, spread, 1)[0] < 0.27


def test_profit_above_the_reserve_is_distributed(world_now, today):
    """Cash beyond 24 months of cost does not grow by trade, and what is below is left alone."""
    model = world_now.fork(today)
    before = {name: getattr(model.startups, name).copy() for name in ("number", "cash", "revenue", "hub", "grant")}
    model.step()
    row = model.startups.row_of[before["number"]]
    quiet = (row >= 0) & (before["hub"] < 0)
    for event in ("grant", "honour_loan", "loan", "equity", "export_since", "fair", "admitted"):
        quiet &= getattr(model.startups, event)[row] < 0
    cash, revenue, p = before["cash"][quiet], before["revenue"][quiet], model.parameters.cash
    profit = p.margin * revenue - p.fixed_cost
    cost = (1 - p.margin) * revenue + p.fixed_cost
    most = np.maximum(p.reserve * cost, cash + np.minimum(profit, 0))
    assert np.allclose(model.startups.cash[row[quiet]], np.minimum(cash + profit, most))
    assert np.mean(cash + profit > most) > 0.1


def test_crowding_slows_growth_by_the_log_of_neighbours(small):
    values = BARE | NO_GROWTH | {"revenue.volatility": 0.0, "revenue.fading": 600, "revenue.crowding": 0.01}
    model = EcosystemModel(small.with_values(values))
    model.run_until(24)
    before = model.startups.revenue.copy()
    neighbours = np.array([
        np.count_nonzero((model.startups.city == city) & (model.startups.sector == sector)) - 1
        for city, sector in zip(model.startups.city, model.startups.sector, strict=True)
    ])  # fmt: skip
    new = model.bundle.base_founders().first[25] - model.bundle.base_founders().first[24]
    model.step()
    growth = np.log(model.startups.revenue[: before.size] / before)
    age = model.month - model.startups.founded[: before.size]
    least = -0.01 * np.log1p(neighbours + new) * np.exp(-age / 600)
    most = -0.01 * np.log1p(neighbours) * np.exp(-age / 600)
    assert np.all((least - 1e-12 <= growth) & (growth <= most + 1e-12)) and growth.min() < -0.03


# --- leaving the market -------------------------------------------------------------------------------------


def test_other_closures_follow_their_hazard(small):
    """With quality and competence without effect: `1 - exp(-h0 months)` of the founders have closed."""
    values = BARE | {"closure.enabled": True, "closure.quality_effect": 0.0, "closure.competence_effect": 0.0}
    model = run(small.with_values(values | {"closure.rate": 0.01}))
    columns = everyone(model)
    months = model.month - columns["founded"] + 1
    expected = 1 - np.exp(-0.01 * months)
    closed = columns["cause"] == Cause.CLOSED
    assert abs(closed.sum() - expected.sum()) < 4 * np.sqrt((expected * (1 - expected)).sum())


def test_insolvency_takes_three_months_on_average(small):
    """Without income, cash falls below zero in a known month; the wait until closing is geometric."""
    values = BARE | {"insolvency.enabled": True, "cash.margin": 0.0, "population.scale": 2}
    model = run(small.with_values(values))
    columns = everyone(model)
    broke = columns["founded"] + np.floor(model.bundle.base_founders()["cash"] / 19.0)
    old = broke + 40 < model.month
    wait = (columns["closed"] - broke)[old & (columns["closed"] >= 0)]
    assert wait.size > 0.99 * old.sum() and wait.min() == 0
    assert wait.mean() == pytest.approx(2, abs=4 * np.sqrt(6 / wait.size))


def test_acquisitions_follow_their_rate(small):
    model = run(small.with_values({"acquisition.rate": 0.2, "equity.envelope_factor": 3}))
    columns = everyone(model)
    funded = columns["equity"] >= 0
    end = np.where(columns["closed"] >= 0, columns["closed"], model.month)
    expected = -np.expm1(-0.2 / 12) * (end - columns["equity"] + 1)[funded].sum()
    bought = np.count_nonzero(columns["cause"] == Cause.ACQUIRED)
    assert bought > 20 and abs(bought - expected) < 4 * np.sqrt(expected) + 0.1 * expected


def test_failed_founders_try_again_after_a_year(world_today):
    columns = everyone(world_today)
    failed = (columns["cause"] > Cause.ACQUIRED) & (columns["closed"] <= world_today.month - 12)
    again = columns["kind"] == 2
    share = again.sum() / failed.sum()
    assert abs(share - 0.15) < 4 * np.sqrt(0.15 * 0.85 / failed.sum())
    assert np.all(columns["attempt"][again] >= 1) and np.all(columns["attempt"][~again] == 0)
    assert np.isin(columns["quality"][again], columns["quality"][failed]).all()


def test_the_hazard_has_a_hump_that_nobody_coded(world_today):
    """P2: the risk of failing rises after the first year and falls after the third."""
    columns = everyone(world_today)
    own = columns["kind"] < 2
    failed = (columns["cause"] > Cause.ACQUIRED) & own
    age_at_end = np.where(columns["closed"] >= 0, columns["closed"], world_today.month) - columns["founded"]
    hazard = [
        (failed & (age_at_end // 12 == year)).sum() / np.clip(age_at_end[own] - 12 * year, 0, 12).sum()
        for year in range(7)
    ]
    peak = int(np.argmax(hazard))
    assert 1 <= peak <= 3
    assert hazard[peak] > 1.2 * hazard[0] and hazard[peak] > 1.2 * hazard[6]


def test_time_counts_months_since_the_start(small):
    model = EcosystemModel(small)
    assert model.months_done == 0 and model.month == -1
    model.step()
    assert (model.time, model.month, model.months_done, model.steps) == (1.0, 0, 1, 1)
    model.run_until(12)
    assert model.month == 11 and len(model.ledger.months) == 12


def test_series_are_reported_from_2016_on(world_today, world_now):
    for world, last, months in ((world_today, "2034-12", 228), (world_now, "2024-06", 102)):
        for frame, members in ((world.history, 1), (world.region_history, 12)):
            assert frame["month"].iloc[0] == "2016-01" and frame["month"].iloc[-1] == last
            assert len(frame) == months * members
    assert set(world_now.hub_history["hub"]) == {hub.name for hub in world_now.hubs}
    opened = world_now.hub_history.groupby("hub")["month"].min()
    assert opened["Agadir"] == "2021-07" and opened["Essaouira"] == "2023-11" and opened["Rabat"] == "2016-01"
