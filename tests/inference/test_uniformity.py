"""Ranks and their bands, on a linear model with normal chance whose posterior is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from sim.inference.expected_coverage import distance_rank, reference_point
from sim.inference.uniformity import band, chance_of, cumulative, rank

TRUTHS, DRAWS = 200, 199
SLOPES = np.array([[1.0, 0.5, 0.0, 0.2], [0.0, 1.0, 0.4, -0.3], [0.3, 0.0, 0.2, 0.8]])
"""What each of three parameters does to four facts, whose errors have the standard deviation one."""
COVARIANCE = np.linalg.inv(np.eye(3) + SLOPES @ SLOPES.T)


def histories(seed: int, count: int = TRUTHS) -> tuple[np.ndarray, np.ndarray]:
    """Truths (count, 3) from a standard normal prior, and their facts (count, 4)."""
    rng = np.random.default_rng(seed)
    truths = rng.standard_normal((count, 3))
    return truths, truths @ SLOPES + rng.standard_normal((count, 4))


def posterior(facts: np.ndarray, rng: np.random.Generator, width: float = 1.0, shift: float = 0.0) -> np.ndarray:
    """Draws (truths, draws, 3) of the posterior of facts, which is exact if nothing is changed."""
    middle = facts @ SLOPES.T @ COVARIANCE + shift * np.sqrt(np.diag(COVARIANCE))
    chance = rng.multivariate_normal(np.zeros(3), COVARIANCE, (len(facts), DRAWS))
    return middle[:, None] + width * chance


def ranks_of(truths: np.ndarray, draws: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ranks of the first parameter."""
    return np.array([rank(truth[0], found[:, 0], rng) for truth, found in zip(truths, draws, strict=True)])


def distance_ranks(truths: np.ndarray, facts: np.ndarray, draws: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    found = []
    for place, truth in enumerate(truths):
        others = np.arange(len(truths)) != place
        reference = reference_point(truths[others], facts[others], facts[place])
        found.append(distance_rank(truth, draws[place], reference, rng))
    return np.array(found)


@pytest.mark.parametrize(("truths", "draws", "error_rate"), [(50, 19, 0.1), (100, 99, 0.05)])
def test_uniform_ranks_leave_a_band_as_often_as_it_says(truths, draws, error_rate):
    """Of 8000 sets of uniform ranks; the bound is four standard errors. The band is discrete, so it may err less."""
    low, high = band(truths, draws, error_rate)
    rng = np.random.default_rng(1)
    left = 0
    for _ in range(8000):
        found = cumulative(rng.integers(0, draws + 1, truths), draws)
        left += bool(((found < low - 1e-9) | (found > high + 1e-9)).any())
    assert 0.7 * error_rate < left / 8000 < error_rate + 4 * np.sqrt(error_rate / 8000)


def test_the_chance_of_ranks_and_the_band_say_the_same():
    low, high = band(60, 19, 0.05)
    rng = np.random.default_rng(2)
    for _ in range(300):
        ranks = np.minimum(rng.integers(0, 22, 60), 19)
        found = cumulative(ranks, 19)
        outside = bool(((found < low - 1e-9) | (found > high + 1e-9)).any())
        assert outside == (chance_of(ranks, 19) <= 0.05)


def test_ties_are_broken_by_chance():
    """Of 4000 ranks among nine equal draws, each of ten is as likely: a chi-squared test at one in ten thousand."""
    rng = np.random.default_rng(3)
    found = np.bincount([rank(0.0, np.zeros(9), rng) for _ in range(4000)], minlength=10)
    assert ((found - 400) ** 2 / 400).sum() < 33.7
    assert rank(1.0, np.array([0.0, 0.5, 2.0]), rng) == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_exact_posterior_passes(seed):
    """Two tests in each of five studies, each at one in ten thousand."""
    rng = np.random.default_rng(100 + seed)
    truths, facts = histories(seed)
    draws = posterior(facts, rng)
    assert chance_of(ranks_of(truths, draws, rng), DRAWS) > 1e-4
    assert chance_of(distance_ranks(truths, facts, draws, rng), DRAWS) > 1e-4


@pytest.mark.parametrize(("wrong", "power"), [({"width": 0.6}, 0.9), ({"shift": 0.5}, 0.9)])
def test_a_posterior_that_is_too_sure_or_shifted_is_caught(wrong, power):
    """At the error rate of one of 45 quantities, by 200 truths."""
    caught = 0
    for seed in range(20):
        rng = np.random.default_rng(200 + seed)
        truths, facts = histories(seed)
        caught += chance_of(ranks_of(truths, posterior(facts, rng, **wrong), rng), DRAWS) <= 0.01 / 45
    assert caught / 20 >= power


def test_a_posterior_that_ignores_the_facts_has_uniform_ranks_and_is_caught_by_expected_coverage():
    rng = np.random.default_rng(4)
    truths, facts = histories(4)
    blind = rng.standard_normal((TRUTHS, DRAWS, 3))
    assert chance_of(ranks_of(truths, blind, rng), DRAWS) > 1e-4
    assert chance_of(distance_ranks(truths, facts, blind, rng), DRAWS) < 1e-4
