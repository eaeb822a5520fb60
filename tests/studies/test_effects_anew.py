"""Intervals and probabilities of effects, computed anew from their definitions, one column and one point at a time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.studies.effect_distribution import draw_variance, effect_quantiles, joint_points, share_above, sign_bound


def in_groups(columns: np.ndarray, draws: np.ndarray) -> list[list[np.ndarray]]:
    """The worlds of each draw, for each column."""
    return [[column[draws == draw] for draw in np.unique(draws)] for column in columns.T]


def scales_and_shape(groups: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The scales of an expected effect, the points of its standardized shape, and the standardized means."""
    n, k, worlds = sum(map(len, groups)), len(groups), np.concatenate(groups)
    means = np.array([group.mean() for group in groups])
    between = sum(len(group) * (group.mean() - worlds.mean()) ** 2 for group in groups) / (k - 1)
    within = sum(((group - group.mean()) ** 2).sum() for group in groups) / (n - k)
    size = (n - sum(len(group) ** 2 for group in groups) / n) / (k - 1)
    chance, scales = min(within / between, 1), []
    for number in range(1024):
        above = stats.chi2.isf((number + 0.5) / 1024, k - 1) / (k - 1)
        below = stats.chi2.isf((number * (np.sqrt(5) - 1) / 2 + 0.5) % 1, n - k) / (n - k)
        parameters = max(0.0, between / above - within / below) / size
        scales.append(np.sqrt(parameters * (1 + 1 / k) + within / below / n))
    scale = np.sort(scales).reshape(64, 16).mean(axis=1) * (1 + 0.06 * chance)
    z = np.sort((means - means.mean()) / np.sqrt(between / size))
    even, outer = (np.arange(100) + 0.5) / 100, k // 4
    points = np.interp(even * (k + 1) - 1, np.arange(k), z)
    points += np.log(np.maximum(1, 1 / ((k + 1) * (1 - even)))) * (z[-outer:] - z[-outer - 1]).mean()
    points += np.log(np.maximum(1, 1 / ((k + 1) * even))) * (z[:outer] - z[outer]).mean()
    skew = (z**3).mean()
    restored = skew * skew**2 / (skew**2 + 6 / k) * min(1 / max(1 - chance, 1e-6) - 1, 2)
    return scale, points + restored / 6 * (points**2 - 1), (means - means.mean()) / np.sqrt(between / size)


def likeliest(likelihood: np.ndarray, start: np.ndarray) -> tuple[float, np.ndarray]:
    """The likeliest distribution on a grid after 60 steps of EM, and its log likelihood."""
    part = start / start.sum()
    for _ in range(60):
        part = part * (likelihood / (likelihood @ part)[:, None]).mean(axis=0)
    return float(np.log(likelihood @ part).sum()), part


def share_by_hand(means: np.ndarray, noise: float) -> float:
    """The share above zero of the distributions that explain the means, with this variance of chance in each."""
    step = 2 * np.abs(means).max() / 60
    grid = step * (np.arange(60) - 29.5)
    distance = (means[:, None] - grid) ** 2 / (2 * max(noise, (step / 2) ** 2))
    likelihood = np.exp(distance.min(axis=1, keepdims=True) - distance) + 1e-200
    variance = means.var(ddof=1)
    start = np.exp(-((grid - means.mean()) ** 2) / (2 * max(variance - noise, 0.1 * variance))) + 1e-12
    free, part = likeliest(likelihood, start)
    odds = 8 * max(0.0, 2 * min(noise / variance, 1) - 1) ** 2 if means.size > 15 else 0.0
    up, down = (likeliest(likelihood[:, side], start[side])[0] for side in (slice(30, None), slice(30)))
    positive, negative = odds * np.exp(up - free), odds * np.exp(down - free)
    return float((part[30:].sum() + positive) / (1 + positive + negative))


@pytest.fixture(scope="module")
def columns() -> tuple[np.ndarray, np.ndarray]:
    """Worlds (worlds, columns) with little and much chance, skewed and not, and the draw of each; some have three."""
    random = np.random.default_rng(11)
    draws = np.sort(np.concatenate([np.repeat(np.arange(22), 2), np.arange(5)]))
    skewed = random.gamma(1.2, 1, (22, 2)) - 0.7
    expected = np.column_stack([skewed, 0.4 + random.standard_normal((22, 2))])[draws]
    return expected + np.array([0.2, 1.0, 1.6, 4.0]) * random.standard_normal(expected.shape), draws


def test_quantiles_and_joint_points_are_those_of_scales_and_shape(columns):
    worlds, draws = columns
    found = draw_variance(worlds, draws)
    quantiles, halved = effect_quantiles(found), effect_quantiles(found, idle=22)
    joint = joint_points(found).reshape(64, 22, 4)
    for column, groups in enumerate(in_groups(worlds, draws)):
        scale, shape, z = scales_and_shape(groups)
        centre = np.mean([group.mean() for group in groups])
        points = (centre + np.outer(scale, shape)).ravel()
        assert quantiles[:, column] == pytest.approx(np.quantile(points, (0.025, 0.5, 0.975)), rel=1e-9)
        points = np.concatenate([points, np.zeros(points.size)])
        assert halved[:, column] == pytest.approx(np.quantile(points, (0.025, 0.5, 0.975)), rel=1e-9)
        assert joint[:, :, column] == pytest.approx(centre + np.outer(scale, z), rel=1e-9)


def test_the_share_above_zero_is_that_of_the_likeliest_distributions(columns):
    worlds, draws = columns
    found = draw_variance(worlds, draws)
    expected = [share_by_hand(*one) for one in zip(found.means.T, found.noise, strict=True)]
    assert (found.noise / found.means.var(axis=0, ddof=1) > 0.5).sum() >= 1
    assert share_above(found) == pytest.approx(expected, rel=1e-9)
    few = draw_variance(worlds[draws < 12], draws[draws < 12])
    expected = [share_by_hand(*one) for one in zip(few.means.T, few.noise, strict=True)]
    assert share_above(few) == pytest.approx(expected, rel=1e-9)


def test_two_draws_vary_between_them_by_half_their_squared_difference():
    found = draw_variance(np.array([[1.0], [3.0], [7.0], [9.0]]), np.array([4, 4, 6, 6]))
    assert (found.between[0], found.within[0], found.size, found.noise[0]) == (36.0, 2.0, 2.0, 1.0)


def test_the_bound_of_a_sign_is_that_of_clopper_and_pearson():
    sure, draws = np.array([1.0, 0.9, 0.5, 0.99]), np.array([50, 50, 20, 0])
    found = sign_bound(sure, draws)
    assert found[0] == pytest.approx(0.1 ** (1 / 50))
    for place in (1, 2):
        agreeing = round(sure[place] * draws[place])
        assert stats.binom.sf(agreeing - 1, draws[place], found[place]) == pytest.approx(0.1)
    assert found[3] == pytest.approx(0.99 - 0.025)


def test_two_draws_give_an_interval_and_one_gives_none():
    for draws, known in (([0, 0, 1, 1], True), ([0, 0, 0, 0], False)):
        found = effect_quantiles(draw_variance(np.array([[1.0], [2.0], [4.0], [5.0]]), np.array(draws)))
        assert np.isfinite(found).all() == known and np.isnan(found).all() != known
