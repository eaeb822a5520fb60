"""Intervals keep their promise, and known cases give their known values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.experiment.statistics import (
    acceptability,
    estimate,
    paired_difference,
    precise_enough,
    ratio_of_differences,
    student_quantile,
)

TRIALS = 4000
# A coverage estimated from 4,000 trials has a standard error of sqrt(0.95 * 0.05 / 4000) = 0.0034; an
# honest interval fails a bound of four standard errors once in 16,000 seeds, and the seed is fixed.
TOLERANCE = 4 * math.sqrt(0.95 * 0.05 / TRIALS)


def test_mean_and_interval_of_a_textbook_sample():
    found = estimate([1, 2, 3, 4, 5])
    assert found.mean == 3
    assert found.sd == pytest.approx(math.sqrt(2.5))
    assert found.half_width == pytest.approx(2.776445 * math.sqrt(2.5 / 5), rel=1e-6)
    assert (found.low + found.high) / 2 == pytest.approx(3)


@pytest.mark.parametrize(("n", "quantile"), [(2, 12.706205), (5, 2.776445), (10, 2.262157), (100, 1.984217)])
def test_quantiles_are_students(n, quantile):
    assert student_quantile(n) == pytest.approx(quantile, rel=1e-6)


def test_one_value_has_a_mean_and_no_interval():
    found = estimate([7.0])
    assert (found.mean, found.n) == (7.0, 1)
    assert math.isnan(found.sd) and math.isnan(found.low) and math.isnan(found.high)
    assert not paired_difference([2.0], [1.0]).distinguishable


def test_nothing_defined_is_not_zero():
    assert math.isnan(estimate([]).mean)
    assert estimate([math.nan, math.nan]).n == 0


@pytest.mark.parametrize("n", [2, 5, 20])
def test_student_interval_covers_as_often_as_it_says(n):
    random = np.random.default_rng(1)
    covered = 0
    for sample in random.normal(3.0, 2.0, (TRIALS, n)):
        found = estimate(sample)
        covered += found.low <= 3.0 <= found.high
    assert covered / TRIALS == pytest.approx(0.95, abs=TOLERANCE)


def test_pairs_count_only_when_both_are_defined():
    found = paired_difference([1.0, math.nan, 4.0, 5.0], [0.5, 2.0, math.nan, 4.0])
    assert found.n == 2
    assert found.mean == pytest.approx(0.75)
    assert found.sd_unpaired == pytest.approx(math.sqrt(8 + 6.125))


def test_pairs_need_equal_lengths():
    with pytest.raises(ValueError, match="as many values"):
        paired_difference([1.0], [1.0, 2.0])


def test_equal_worlds_differ_by_exactly_zero():
    world = np.random.default_rng(2).normal(size=30)
    found = paired_difference(world, world)
    assert (found.mean, found.sd, found.low, found.high) == (0.0, 0.0, 0.0, 0.0)
    assert found.ratio == 0 and found.variance_saved == 1
    assert not found.distinguishable


def test_pairing_saves_what_correlation_promises():
    """Var(a - b) = 2 (1 - rho) sigma^2 against 2 sigma^2: the share saved is rho."""
    random = np.random.default_rng(3)
    shared, left, right = random.normal(size=(3, 20_000))
    found = paired_difference(np.sqrt(0.9) * shared + np.sqrt(0.1) * left, np.sqrt(0.9) * shared + np.sqrt(0.1) * right)
    assert found.variance_saved == pytest.approx(0.9, abs=0.01)
    assert paired_difference(left, right).variance_saved == pytest.approx(0, abs=0.05)


def test_worlds_without_chance_have_no_ratio():
    assert math.isnan(paired_difference([1.0, 1.0], [2.0, 2.0]).ratio)


@pytest.mark.parametrize(("n", "correlation"), [(10, 0.0), (10, 0.8), (50, -0.5)])
def test_fieller_interval_covers_as_often_as_it_says(n, correlation):
    """The effect is strong (nine standard errors or more), so that practically no set is unbounded."""
    random = np.random.default_rng(4)
    covariance = [[400.0, correlation * 20 * 0.35], [correlation * 20 * 0.35, 0.35**2]]
    covered = bounded = 0
    for sample in random.multivariate_normal([50.0, 1.0], covariance, size=(TRIALS, n)):
        found = ratio_of_differences(sample[:, 0], sample[:, 1])
        bounded += found.verdict == "gain"
        covered += found.low <= 50.0 <= found.high
    assert bounded >= TRIALS - 1
    assert covered / TRIALS == pytest.approx(0.95, abs=TOLERANCE)


def test_fieller_with_an_effect_known_exactly_is_the_scaled_student_interval():
    cost = np.array([10.0, 12.0, 14.0, 16.0])
    found, cost_alone = ratio_of_differences(cost, np.full(4, 2.0)), estimate(cost)
    assert found.value == pytest.approx(6.5)
    assert found.low == pytest.approx(cost_alone.low / 2)
    assert found.high == pytest.approx(cost_alone.high / 2)


def test_ratio_is_silent_exactly_when_the_effect_is_not_distinguishable():
    random = np.random.default_rng(5)
    silent = 0
    for effect in random.normal(0.6, 1.0, (300, 12)):
        found = ratio_of_differences(random.normal(100, 10, 12), effect)
        distinguishable = paired_difference(effect, np.zeros(12)).distinguishable
        assert (found.verdict == "no distinguishable effect") == (not distinguishable)
        assert math.isnan(found.value) == (not distinguishable)
        silent += not distinguishable
    assert 0 < silent < 300


def test_ratio_says_gain_loss_or_nothing():
    cost = [10.0, 11.0, 9.0]
    assert ratio_of_differences(cost, [1.0, 1.1, 0.9]).verdict == "gain"
    assert ratio_of_differences(cost, [-1.0, -1.1, -0.9]).verdict == "loss"
    assert ratio_of_differences(cost, [0.0, 0.0, 0.0]).verdict == "no distinguishable effect"
    assert ratio_of_differences([10.0], [1.0]).verdict == "undefined"


def test_acceptability_counts_the_worlds_in_which_the_policy_pays():
    found = acceptability(cost=[10.0, 20.0, 30.0, 40.0], effect=[1.0, 1.0, 1.0, math.nan], willingness=[5, 15, 25, 35])
    assert found.n == 3
    assert found.share == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert (found.low <= found.share).all() and (found.share <= found.high).all()
    assert found.low[0] == 0 and found.high[0] == pytest.approx(0.5615, abs=1e-4)  # Wilson for 0 of 3


def test_precision_asks_every_defined_difference():
    random = np.random.default_rng(6)
    sharp = paired_difference(random.normal(0, 0.001, 30), np.zeros(30))
    vague = paired_difference(random.normal(0, 1.0, 30), np.zeros(30))
    nobody = paired_difference([math.nan] * 30, np.zeros(30))
    single = paired_difference([0.1], [0.0])
    assert precise_enough([sharp, nobody], 0.005)
    assert not precise_enough([sharp, vague], 0.005)
    assert not precise_enough([single], 0.005)
