"""Intervals have their nominal coverage, and known cases give their known values."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

from sim.studies.bands import bands
from sim.studies.cost_per_effect import acceptability, price
from sim.studies.effect_distribution import draw_variance
from sim.studies.precision import median_error, settled
from sim.studies.ranking import rank
from sim.studies.statistics import Effects, effect, effects, level, levels, student_quantile

TRIALS = 4000
# A coverage estimated from 4,000 trials has a standard error of sqrt(0.95 * 0.05 / 4000) = 0.0034; an
# honest interval fails a bound of four standard errors once in 16,000 seeds, and the seed is fixed.
TOLERANCE = 4 * math.sqrt(0.95 * 0.05 / TRIALS)


def test_a_level_under_fixed_parameters_is_a_mean_with_students_interval():
    found = level([1, 2, 3, 4, 5])
    assert (found.mean, found.median, found.n, found.draws) == (3, 3, 5, 0)
    assert found.sd == pytest.approx(math.sqrt(2.5))
    assert found.high - found.mean == pytest.approx(2.776445 * math.sqrt(2.5 / 5), rel=1e-6)
    assert (found.low + found.high) / 2 == pytest.approx(3)


@pytest.mark.parametrize(("n", "quantile"), [(2, 12.706205), (5, 2.776445), (10, 2.262157), (100, 1.984217)])
def test_quantiles_are_students(n, quantile):
    assert student_quantile(n) == pytest.approx(quantile, rel=1e-6)


def test_one_value_has_a_mean_and_no_interval():
    found = level([7.0])
    assert (found.mean, found.n) == (7.0, 1)
    assert math.isnan(found.sd) and math.isnan(found.low) and math.isnan(found.high)
    assert effect([2.0], [1.0]).verdict == "too few draws"


def test_nothing_defined_is_not_zero():
    assert math.isnan(level([]).mean) and level([math.nan, math.nan]).n == 0
    assert effect([math.nan], [1.0]).verdict == "not defined"
    assert level([], kind="predictive").n == 0


@pytest.mark.parametrize("n", [2, 5, 20])
def test_student_interval_covers_as_often_as_it_says(n):
    found = levels(np.random.default_rng(1).normal(3.0, 2.0, (n, TRIALS)))
    covered = sum(one.low <= 3.0 <= one.high for one in found)
    assert covered / TRIALS == pytest.approx(0.95, abs=TOLERANCE)


@pytest.mark.parametrize("drawn", [True, False])
def test_bands_are_the_expected_levels_but_for_what_they_say(drawn):
    """Columns that are defined everywhere, in some worlds, in one world, or nowhere."""
    chance = np.random.default_rng(3)
    values = np.repeat(chance.gamma(1.5, 1.0, (20, 40)), 2, axis=0) + chance.normal(0, 0.5, (40, 40))
    values[:7, 1], values[1:, 2], values[:, 3] = np.nan, np.nan, np.nan
    draws = np.arange(40) // 2 if drawn else None
    low, median, high = bands(values, draws)
    for place, found in enumerate(levels(values, draws)):
        if math.isnan(found.low):
            assert math.isnan(low[place]) and math.isnan(high[place]) and place in (2, 3)
            assert median[place] == found.mean or place == 3
        else:
            near = (0.03 if drawn else 1e-12) * (found.high - found.low)
            assert (low[place], median[place], high[place]) == pytest.approx(
                (found.low, found.median, found.high), abs=near
            )
    assert math.isnan(median[3])


def test_a_predictive_level_covers_a_further_world_as_often_as_it_says():
    """The smallest and largest of 39 worlds are the 2.5 and 97.5 % points for any distribution."""
    worlds = np.random.default_rng(8).gamma(1.5, 1.0, (40, TRIALS))
    found = levels(worlds[:39], kind="predictive")
    covered = sum(one.low <= world <= one.high for one, world in zip(found, worlds[39], strict=True))
    assert covered / TRIALS == pytest.approx(0.95, abs=TOLERANCE)


def test_a_predictive_level_keeps_the_chance_that_an_expected_one_takes_out():
    random = np.random.default_rng(9)
    draws = np.repeat(np.arange(200), 2)
    worlds = random.standard_normal(200)[draws] + 3 * random.standard_normal(400)
    expected, predictive = (level(worlds, draws, kind) for kind in ("expected", "predictive"))
    assert expected.high - expected.low == pytest.approx(2 * 1.96, rel=0.35)
    assert predictive.high - predictive.low == pytest.approx(2 * 1.96 * math.sqrt(10), rel=0.1)


def test_pairs_count_only_when_both_are_defined():
    found = effect([1.0, math.nan, 4.0, 5.0], [0.5, 2.0, math.nan, 4.0])
    assert found.n == 2
    assert found.mean == pytest.approx(0.75)
    assert found.sd_unpaired == pytest.approx(math.sqrt(8 + 6.125))


def test_pairs_need_equal_lengths():
    with pytest.raises(ValueError, match="as many values"):
        effect([1.0], [1.0, 2.0])


def test_the_probability_of_a_gain_under_fixed_parameters_is_that_of_students_test():
    for n in (2, 3, 12):
        values = np.random.default_rng(n).normal(0.3, 1.0, n)
        expected = stats.ttest_1samp(values, 0.0, alternative="less").pvalue
        assert effect(values, np.zeros(n)).p_positive == pytest.approx(expected)


@pytest.mark.parametrize("draws", [None, np.repeat(np.arange(15), 2)])
def test_equal_worlds_differ_by_exactly_zero(draws):
    world = np.random.default_rng(2).normal(size=30)
    found = effect(world, world, draws)
    assert (found.mean, found.sd, found.low, found.median, found.high) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert found.p_positive == 0.5 and found.ratio == 0
    assert found.verdict == "practically none"


def test_draws_whose_means_are_equal_are_judged_all_the_same():
    values, draws = np.array([1.0, 0.0, 0.0, 1.0, 2.0, -1.0]), np.array([0, 0, 1, 1, 2, 2])
    for rows in (slice(0, 2), slice(None)):
        found = effect(values[rows], np.zeros(values[rows].size), draws[rows])
        assert 0.5 < found.p_positive <= 1 and found.verdict == "too few draws"


@pytest.mark.parametrize(("mean", "p_positive"), [(0.0, 0.5), (1.0, 1.0)])
def test_draws_with_the_same_mean_are_judged_without_a_warning(mean, p_positive):
    """Worlds differ by chance: the two worlds of a draw are on both sides of the mean."""
    found = effect(mean + np.tile([1.0, -1.0], 20), np.zeros(40), np.arange(40) // 2)
    assert (found.mean, found.chance_share) == (mean, 1.0)
    assert found.p_positive == pytest.approx(p_positive, abs=0.02)


def test_pairing_saves_what_correlation_promises():
    """Var(a - b) = 2 (1 - rho) sigma^2 against 2 sigma^2: the share saved is rho."""
    random = np.random.default_rng(3)
    shared, left, right = random.normal(size=(3, 20_000))
    found = effect(np.sqrt(0.9) * shared + np.sqrt(0.1) * left, np.sqrt(0.9) * shared + np.sqrt(0.1) * right)
    assert 1 - found.ratio**2 == pytest.approx(0.9, abs=0.01)
    assert 1 - effect(left, right).ratio ** 2 == pytest.approx(0, abs=0.05)


def test_worlds_without_chance_have_no_ratio():
    assert math.isnan(effect([1.0, 1.0], [2.0, 2.0]).ratio)


def test_columns_are_judged_as_they_are_alone():
    """The effects do not depend on the other columns, with or without undefined pairs."""
    random = np.random.default_rng(4)
    draws = np.repeat(np.arange(20), 2)
    columns = random.normal(1, 2, (20, 5))[draws] + random.normal(0, 1, (40, 5))
    columns[3, 1] = columns[10:20, 4] = math.nan
    together = list(effects(columns, np.zeros_like(columns), draws, smallest=0.1))
    alone = [effect(column, np.zeros(40), draws, smallest=0.1) for column in columns.T]
    for one, other in zip(together, alone, strict=True):
        numbers, others = asdict(one), asdict(other)
        assert numbers.pop("verdict") == others.pop("verdict")
        assert numbers == pytest.approx(others, nan_ok=True, rel=1e-12)
    assert [one.n for one in alone] == [40, 39, 40, 40, 30]


def test_an_affine_change_of_unit_changes_nothing_but_the_unit():
    random = np.random.default_rng(5)
    draws = np.repeat(np.arange(50), 2)
    worlds = random.gamma(2, 1, 50)[draws] + random.normal(0, 0.5, 100)
    one, other = effect(worlds, np.zeros(100), draws), effect(-7 * worlds, np.zeros(100), draws)
    assert [other.high, other.median, other.low] == pytest.approx([-7 * one.low, -7 * one.median, -7 * one.high])
    assert other.p_positive == pytest.approx(1 - one.p_positive) and other.verdict == one.verdict


def test_parts_of_the_variance_add_up_in_a_balanced_study():
    """Searle, Casella and McCulloch 1992: total sum of squares = between + within."""
    random = np.random.default_rng(2)
    values = random.normal(0, 2, 30)[np.repeat(np.arange(30), 4)] + random.normal(0, 1, 120)
    found = draw_variance(values[:, None], np.repeat(np.arange(30), 4))
    assert 29 * found.between[0] + 90 * found.within[0] == pytest.approx(((values - values.mean()) ** 2).sum())
    assert found.size == 4


def test_the_share_of_chance_is_that_of_the_draws_means():
    random = np.random.default_rng(5)
    draws = np.repeat(np.arange(4000), 2)
    worlds = random.normal(0, 1, 4000)[draws] + random.normal(0, 1.5, 8000)
    assert effect(worlds, np.zeros(8000), draws).chance_share == pytest.approx(1.125 / 2.125, rel=0.05)
    assert effect(worlds[:30], np.zeros(30)).chance_share == 1, "with fixed parameters all is chance"
    assert math.isnan(effect(worlds[::2], np.zeros(4000), draws[::2]).chance_share), "one world a draw: not told"


def judged(low, high, p_positive, chance=0.1, draws=50, smallest=1.0, sure=False):
    """The verdict on an effect of these properties."""
    from sim.studies.statistics import verdicts

    one = [np.array([value], dtype=float) for value in (0, 0, low, high, p_positive, chance)]
    found = Effects(
        *one, np.array([100]), np.array([draws]), one[0], one[0], np.array(["open"], object), np.array([sure])
    )
    return verdicts(found, np.array([smallest]))[0]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (judged(-0.9, 0.9, 0.6), "practically none"),
        (judged(0.1, 0.9, 1.0), "practically none"),
        (judged(-0.9, 1.1, 0.6), "open"),
        (judged(0.1, 5, 1.0, draws=50), "clear"),
        (judged(0.1, 5, 1.0, draws=44), "likely"),
        (judged(-5, -0.1, 0.0, draws=45), "clear"),
        (judged(-1, 5, 0.9), "likely"),
        (judged(-1, 5, 0.89), "open"),
        (judged(-5, 1, 0.1), "likely"),
        (judged(0.1, 5, 1.0, chance=0.51), "likely"),
        (judged(0.1, 5, 1.0, chance=0.6, draws=15), "too few draws"),
        (judged(0.1, 5, 1.0, chance=0.4, draws=15), "likely"),
        (judged(100, 101, 1.0, chance=0.9), "likely"),
        (judged(100, 101, 1.0, chance=0.9, sure=True), "clear"),
        (judged(-0.9, 0.9, 0.6, smallest=0.0), "open"),
    ],
)
def test_verdicts_turn_where_they_are_said_to(found, verdict):
    """45 draws that all agree bound the probability of their sign from below by 0.1 ** (1 / 45) = 0.950."""
    assert found == verdict


def test_a_price_is_the_ratio_of_the_means_and_its_ends_are_quantiles_of_the_draws():
    """Every draw costs 100 and gains 1, 2, ... 100: the policy pays from 100 / gain on."""
    gain = np.arange(1.0, 101)
    found = price(np.full(200, 100.0), np.repeat(gain, 2), np.repeat(np.arange(100), 2))
    assert found.bargain == "price" and found.value == pytest.approx(100 / gain.mean())
    assert found.low == pytest.approx(100 / 97.5, rel=0.1) and found.median == pytest.approx(2, rel=0.05)
    assert found.high > 25 and (found.n, found.draws) == (200, 100)


def test_a_draw_without_gain_never_pays():
    gain = np.repeat(np.where(np.arange(50) < 5, -1.0, 4.0), 2)
    found = price(np.full(100, 10.0), gain, np.repeat(np.arange(50), 2))
    assert math.isinf(found.high) and math.isfinite(found.median)


@pytest.mark.parametrize(
    ("cost", "gain", "bargain"),
    [(-5.0, -1.0, "saving"), (-5.0, 1.0, "more for less"), (5.0, -1.0, "less for more"), (0.0, 0.0, "no change")],
)
def test_what_is_not_more_for_a_price_has_no_price(cost, gain, bargain):
    found = price(np.full(20, cost), np.full(20, gain), np.repeat(np.arange(10), 2))
    assert found.bargain == bargain and math.isnan(found.value)


def test_acceptability_is_the_probability_that_the_policy_pays():
    cost, gain = np.repeat([10.0, 20.0, 30.0, 40.0], 2), np.repeat([1.0, 1.0, 1.0, math.nan], 2)
    share, n = acceptability(cost, gain, [5, 15, 25, 45], np.repeat(np.arange(4), 2))
    assert n == 3 and (np.diff(share) >= 0).all()
    assert share[0] < 0.2 and share[1] == pytest.approx(1 / 3, abs=0.2) and share[-1] > 0.8


def test_the_best_policy_is_best_and_regret_is_what_the_best_gives_more():
    draws = np.repeat(np.arange(50), 2)
    base = np.random.default_rng(6).normal(0, 5, 100)
    gains = np.stack([base, base + 2.0, base + np.where(draws < 25, 3.0, 1.0)], axis=1)
    found = rank(gains, draws)
    assert found.p_best == pytest.approx([0, 0.5, 0.5], abs=0.05) and found.p_best.sum() == pytest.approx(1)
    assert found.regret == pytest.approx([2.5, 0.5, 0.5], abs=0.1)
    equal = rank(np.stack([base, base], axis=1), draws)
    assert equal.p_best.tolist() == [0.5, 0.5] and equal.regret.tolist() == [0, 0]


def test_the_monte_carlo_error_of_a_median_is_that_of_repetitions():
    """Woodruff's error against the standard deviation of medians of 300 repetitions, within a tenth."""
    random = np.random.default_rng(7)
    draws = np.repeat(np.arange(100), 2)
    worlds = random.normal(0, 1, (300, 100))[:, draws] + random.normal(0, 0.5, (300, 200))
    medians = [np.median(draw_variance(one[:, None], draws).means) for one in worlds]
    told = np.mean([median_error(one, draws) for one in worlds])
    assert told == pytest.approx(np.std(medians), rel=0.1)
    assert math.isinf(median_error(worlds[0][:1], draws[:1]))


def test_a_verdict_near_its_border_is_not_settled():
    draws = np.repeat(np.arange(100), 2)
    sure = effects(np.full((200, 1), 5.0) + np.sin(draws)[:, None], np.zeros((200, 1)), draws)
    border = effects(np.where(draws < 90, 1.0, -1.0)[:, None], np.zeros((200, 1)), draws)
    assert sure.verdict[0] == "clear" and settled(sure, np.array([0.1]), np.zeros(1))[0]
    assert not settled(border, np.array([0.1]), np.zeros(1))[0]


def test_where_every_draw_is_idle_the_effect_is_exactly_zero():
    """Under few draws a spike may turn all of them off; no mean of nothing is taken."""
    found = effects(np.ones((4, 1)), np.ones((4, 1)), np.array([0, 0, 1, 1]), off=np.ones(4, dtype=bool))
    assert (found.mean[0], found.p_positive[0], found.chance_share[0], found.draws[0]) == (0.0, 0.5, 0.0, 2)
