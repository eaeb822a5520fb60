"""Whether ranks are uniform: exact simultaneous bands for their cumulative distribution.

If a posterior is right, the rank of the truth among its draws is uniform (Talts and others 2018, "Validating Bayesian
inference algorithms with simulation-based calibration"). Säilynoja, Bürkner and Vehtari 2022 (Statistics and Computing
32) hold the cumulative distribution of the ranks against a band that covers all its points at once. Here the
probability of the band is not simulated: a recursion over the points gives it exactly, because the number of ranks
below one point, given the number below the point before, is binomial.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import gammaln
from scipy.stats import binom

HALVINGS = 60
"""Steps of the search for the width of a band."""


def rank(truth: float, draws: np.ndarray, rng: np.random.Generator) -> int:
    """Number of draws below a truth, 0 to the number of draws; draws equal to it are below by chance."""
    return int((draws < truth).sum() + rng.integers(0, (draws == truth).sum() + 1))


def cumulative(ranks: np.ndarray, draws: int) -> np.ndarray:
    """Share of the ranks below 1, 2, …, `draws`, (draws,); about 1, 2, … over `draws + 1` if the ranks are uniform."""
    found: np.ndarray = np.cumsum(np.bincount(ranks, minlength=draws + 1))[:-1] / len(ranks)
    return found


def band(truths: int, draws: int, error_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits of `cumulative` for uniform ranks, (draws,) each.

    Args:
        truths: number of ranks.
        draws: number of draws among which each truth has its rank.
        error_rate: largest probability that uniform ranks leave the band anywhere.
    """
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _leaving(truths, draws, middle) <= error_rate else (low, middle)
    lower, upper = _limits(truths, draws, low)
    return lower / truths, upper / truths


def chance_of(ranks: np.ndarray, draws: int) -> float:
    """Probability that uniform ranks lie as far out somewhere as these do.

    It is at most the error rate of each band that these ranks leave.
    """
    counts = np.rint(cumulative(ranks, draws) * len(ranks)).astype(int)
    worst = float(_pointwise(len(ranks), draws)[np.arange(draws), counts].min())
    return _leaving(len(ranks), draws, worst)


@cache
def _pointwise(truths: int, draws: int) -> np.ndarray:
    """Two-sided probability of a count or one further out, by point and count, (draws, truths + 1)."""
    counts, shares = np.arange(truths + 1), _shares(draws)[:, None]
    below, above = binom.cdf(counts, truths, shares), binom.sf(counts - 1, truths, shares)
    found: np.ndarray = np.minimum(2 * np.minimum(below, above), 1.0)
    return found


def _shares(draws: int) -> np.ndarray:
    found: np.ndarray = np.arange(1, draws + 1) / (draws + 1)
    return found


def _limits(truths: int, draws: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest count at each point whose two-sided probability is above a level below 1."""
    accepted = _pointwise(truths, draws) > level
    return accepted.argmax(axis=1), truths - accepted[:, ::-1].argmax(axis=1)


def _leaving(truths: int, draws: int, level: float) -> float:
    """Probability that uniform ranks have a two-sided probability of at most `level` at some point."""
    if level >= 1:
        return 1.0
    factorials = gammaln(np.arange(truths + 1) + 1.0)
    counts, chance, before = np.array([0]), np.array([1.0]), 0.0
    for share, low, high in zip(_shares(draws), *_limits(truths, draws, level), strict=True):
        following = np.arange(low, high + 1)
        step = (share - before) / (1 - before)
        left, more = truths - counts[:, None], following - counts[:, None]
        possible = np.maximum(more, 0)
        log = factorials[left] - factorials[possible] - factorials[left - possible]
        log += possible * np.log(step) + (left - possible) * np.log1p(-step)
        chance = chance @ np.where(more >= 0, np.exp(log), 0.0)
        counts, before = following, share
    return max(0.0, float(1 - chance.sum()))
