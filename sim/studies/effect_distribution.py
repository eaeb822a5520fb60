"""The distribution of a policy's expected effect over draws of the parameters, without the chance of finite worlds.

Each draw of the parameters has a few worlds. The mean over these worlds is the draw's expected effect plus chance. From
the means of all draws this module computes

- the *distribution* of the expected effect. Its location and shape are those of the means. Its scale is that of the
  parameters alone, `(between - within) / size`; generalized pivots integrate out its uncertainty (Weerahandi 1993).
  Chance is symmetric and reduces skewness; the lost skewness is restored in proportion to how well skewness is known
  (the second term of Cornish and Fisher 1938);
- the *share above zero*, by deconvolution: the distribution on a grid under which the means are most likely, given
  normal chance (Kiefer and Wolfowitz 1956; few steps of the EM algorithm from a normal start keep it smooth). If chance
  is above half, this free distribution partly fits chance; then it is averaged with distributions of one sign,
  weighted by likelihood, with prior odds that increase with chance.

Beyond the extreme draws the distribution continues as an exponential one, with the mean excess of the outer quarter
(Pickands 1975). `tests/studies/test_effect_distribution.py` measures the accuracy by simulation, also for distributions
that were not used to find the two simulated constants, and for no effect at all.

Sources: Weerahandi (1993), "Generalized confidence intervals", J. Am. Stat. Assoc. 88, 899-905; Searle, Casella and
McCulloch (1992), "Variance Components", section 3.6; Cornish and Fisher (1938), "Moments and cumulants in the
specification of distributions", Rev. Inst. Int. Stat. 5, 307-320; Kiefer and Wolfowitz (1956), "Consistency of the
maximum likelihood estimator", Ann. Math. Stat. 27, 887-906; Laird (1978), "Nonparametric maximum likelihood
estimation of a mixing distribution", J. Am. Stat. Assoc. 73, 805-811; Pickands (1975), "Statistical inference using
extreme order statistics", Ann. Stat. 3, 119-131.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import betaincinv, chdtri

from sim.studies.scaled_points import scaled_quantiles

QUANTILES = (0.025, 0.5, 0.975)
"""Ends of an interval, and the median."""
BOUND = 0.90
"""Probability with which the true probability of a sign is above its lower bound."""
_PIVOTS, SCALES, _SHAPE = 16, 64, 100
"""Pivots for each point of the distribution of the scale, number of these points, and number of points of the shape."""
_GOLDEN = (math.sqrt(5) - 1) / 2
_FEWEST = 512
"""Smallest number of pivots: with fewer, the ends of an interval move by more than a twentieth of its width."""
_WIDER = 0.06
"""Share by which the scale is widened if all variance is chance; found by simulation."""
_OUTER = 4
"""The tail beyond the extreme draws has the mean excess of one in `_OUTER` draws as its scale."""
_MOST_SKEW = 2.0
"""Largest restored skewness, as a multiple of the skewness of the means."""
_GRID, _EM_STEPS = 60, 60
"""Number of grid points, and of steps of the EM algorithm."""
_TOGETHER = 16
"""Number of columns that are deconvolved together, so that their likelihoods stay in the processor's cache."""
_NARROWEST = 0.1
"""Smallest variance of the initial distribution of the deconvolution, as a share of the variance of the means."""
FEW_DRAWS = 15
"""Up to this number, draws cannot distinguish a distribution of one sign from a free one."""
_ONE_SIGN = 8.0
"""Prior odds of a distribution of one sign against a free one if all variance is chance; found by simulation."""
_SURE = 5.0
"""A mean has a sure sign if it is more than this number of standard errors of chance from zero."""


@dataclass(frozen=True)
class DrawVariance:
    """One-way analysis of variance of m columns over draws; idle draws are not included.

    Attributes:
        means: mean of each draw, (draws, m).
        between, within: mean squares between and within draws, (m,); `within` is NaN if no draw has two worlds.
        size: typical number of worlds per draw.
        worlds: number of worlds.
    """

    means: np.ndarray
    between: np.ndarray
    within: np.ndarray
    size: float
    worlds: int

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.means)

    @property
    def noise(self) -> np.ndarray:
        """Variance of chance in the mean of a draw, (m,); 0 if unknown."""
        found: np.ndarray = np.nan_to_num(self.within) / self.size
        return found

    @property
    def chance_share(self) -> np.ndarray:
        """Share of chance in the variance of the draws' means, (m,); NaN if unknown, or if nothing varies."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: np.ndarray = np.minimum(self.within / self.between, 1.0)
            return found


def draw_variance(columns: np.ndarray, draws: np.ndarray) -> DrawVariance:
    """Analysis of variance of columns (n, m) without NaN by the draw of each world (n,), which may be any number."""
    _, group, sizes = np.unique(draws, return_inverse=True, return_counts=True)
    n, count = len(columns), len(sizes)
    means = np.zeros((count, columns.shape[1]))
    np.add.at(means, group, columns)
    means /= sizes[:, None]
    inside = ((columns - means[group]) ** 2).sum(axis=0)
    centre = columns.mean(axis=0) if n else 0.0
    among = (sizes[:, None] * (means - centre) ** 2).sum(axis=0)
    within = inside / (n - count) if n > count else np.full(columns.shape[1], np.nan)
    size = float((n - (sizes**2).sum() / n) / (count - 1)) if count > 1 else float(n)
    return DrawVariance(means, among / max(count - 1, 1), within, size, n)


@cache
def _pivots(above: int, below: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Two chi-square variables divided by their degrees of freedom, at `count` evenly spread points of the unit square.

    The points are Kronecker's sequence of the golden ratio (Niederreiter 1992, "Random Number Generation and
    Quasi-Monte Carlo Methods", chapter 3): as even as Sobol's, without the 50 MB and the second that SciPy's needs.
    """
    number = np.arange(count)
    return chdtri(above, (number + 0.5) / count) / above, chdtri(below, (number * _GOLDEN + 0.5) % 1) / below


def effect_quantiles(found: DrawVariance, idle: int = 0, scales: int = SCALES) -> np.ndarray:
    """Low end, median and high end of the distribution of the expected effect, (3, m); NaN with fewer than two draws.

    Args:
        found: the analysis of variance of the draws with an effect.
        idle: number of further draws, whose effect is exactly zero.
        scales: number of points of the scale, a power of two; fewer are faster and suffice for figures.
    """
    if found.draws < 2:
        single = idle and not found.draws
        return np.full((3, found.means.shape[1]), 0.0 if single else np.nan)
    centre, scale, shape = found.means.mean(axis=0), _scales(found, scales), _shape(found)
    if not idle:
        return scaled_quantiles(centre, scale, shape, QUANTILES)
    points = (centre[:, None, None] + scale[:, :, None] * shape[:, None, :]).reshape(len(centre), -1)
    nothing = round(idle / found.draws * points.shape[1])
    points = np.concatenate([points, np.zeros((len(centre), nothing))], axis=1)
    answer: np.ndarray = np.quantile(points, QUANTILES, axis=1)
    return answer


def joint_points(found: DrawVariance) -> np.ndarray:
    """Equally probable points of the joint distribution of m expected effects, (points, m): each draw at each scale."""
    centre = found.means.mean(axis=0)
    if found.draws < 2:
        return centre[None]
    away = found.means - centre
    answer: np.ndarray = (centre + _scales(found).T[:, None, :] * (away / _unit(found))[None]).reshape(-1, len(centre))
    return answer


def _unit(found: DrawVariance) -> np.ndarray:
    """Standard deviation of the draws' means, (m,); 1 if they do not differ."""
    variance = found.between / found.size
    return np.sqrt(np.where(variance > 0, variance, 1.0))


def _scales(found: DrawVariance, count: int = SCALES) -> np.ndarray:
    """Equally probable points of the effect's scale, (m, count); the scale includes the error of the location."""
    draws, size, known = found.draws, found.size, not np.isnan(found.within).any()
    above, below = _pivots(draws - 1, found.worlds - draws if known else 1, max(_PIVOTS * count, _FEWEST))
    within = (np.nan_to_num(found.within)[:, None] / below) if known else np.zeros((len(found.between), 1))
    scale = found.between[:, None] / above  # in place from here on: with thousands of columns, new arrays cost more
    scale -= within
    scale /= size
    np.maximum(scale, 0, out=scale)
    scale *= 1 + 1 / draws
    within /= found.worlds
    scale += within
    np.sqrt(scale, out=scale)
    scale.sort(axis=1)
    wider = 1 + _WIDER * np.nan_to_num(found.chance_share)
    answer: np.ndarray = scale.reshape(len(scale), count, -1).mean(axis=2) * wider[:, None]
    return answer


def _shape(found: DrawVariance) -> np.ndarray:
    """Equally probable points of the standardized means, (m, _SHAPE); skewness that chance removed is restored."""
    draws = found.draws
    means = np.sort((found.means - found.means.mean(axis=0)) / _unit(found), axis=0)
    even = (np.arange(_SHAPE) + 0.5) / _SHAPE
    place = np.clip(even * (draws + 1) - 1, 0, draws - 1)
    below = place.astype(int)
    above = np.minimum(below + 1, draws - 1)
    inside = means[below] + (place - below)[:, None] * (means[above] - means[below])
    outer = max(1, draws // _OUTER)
    excess = (means[-outer:] - means[-outer - 1]).mean(axis=0), (means[:outer] - means[outer]).mean(axis=0)
    beyond = [np.log(1 / np.clip((draws + 1) * share, None, 1)) for share in (1 - even, even)]
    points = (inside + np.outer(beyond[0], excess[0]) + np.outer(beyond[1], excess[1])).T
    skew = (means**3).mean(axis=0)
    known = skew**2 / (skew**2 + 6 / draws)
    kept = np.clip(1 - np.nan_to_num(found.chance_share), 1e-6, None)
    restored = skew * known * np.minimum(1 / kept - 1, _MOST_SKEW)
    answer: np.ndarray = points + restored[:, None] / 6 * (points**2 - 1)
    return answer


def cut_at_zero(ends: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Low and high ends (m,) of intervals (3, m), cut at zero where the share above zero is beyond `QUANTILES`."""
    low, median, high = ends
    return (
        np.where(share >= QUANTILES[-1], np.maximum(low, np.minimum(median, 0)), low),
        np.where(share <= QUANTILES[0], np.minimum(high, np.maximum(median, 0)), high),
    )


def share_above(found: DrawVariance) -> np.ndarray:
    """Probability that the expected effect is above zero, plus half the probability that it is zero, (m,)."""
    means, noise = found.means.T, found.noise
    sign = np.sign(means)
    share = (0.5 + sign / 2).mean(axis=1)
    reach = np.abs(means).max(axis=1)
    blurred = (noise > (reach / _GRID / 2) ** 2) & (reach > 0)  # else chance is smaller than the grid's step, or zero
    columns = np.flatnonzero(blurred & ~same_sure_sign(found))
    for some in np.array_split(columns, -(-len(columns) // _TOGETHER)) if len(columns) else ():
        share[some] = _deconvolved(means[some], noise[some])
    return share


def same_sure_sign(found: DrawVariance) -> np.ndarray:
    """Whether all draws' means are on one side of zero, so far that chance cannot change the sign of any, (m,)."""
    reach = _SURE * np.sqrt(found.noise)
    return (found.means > reach).all(axis=0) | (found.means < -reach).all(axis=0)


def _deconvolved(means: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Share above zero of the distributions that explain the means, (m,).

    Args:
        means: the draws' means of each column, (m, draws); not all zero in any column.
        noise: variance of chance in a mean, (m,); above zero.
    """
    draws, noise = means.shape[1], noise[:, None]
    reach = np.abs(means).max(axis=1, keepdims=True)
    step = 2 * reach / _GRID
    grid = -reach + step * (np.arange(_GRID) + 0.5)
    chance = np.maximum(noise, (step / 2) ** 2)
    distance = (means[:, :, None] - grid[:, None, :]) ** 2 / (2 * chance)[:, :, None]
    likelihood = np.exp(distance.min(axis=2, keepdims=True) - distance) + 1e-200
    variance = means.var(axis=1, ddof=min(1, draws - 1), keepdims=True)
    wide = np.maximum(np.maximum(variance - noise, _NARROWEST * variance), (step / 2) ** 2)  # all means may be equal
    start = np.exp(-0.5 * (grid - means.mean(axis=1, keepdims=True)) ** 2 / wide) + 1e-12
    middle = _GRID // 2
    free, share = _likeliest(likelihood, start, middle)
    with np.errstate(divide="ignore"):  # all means may be equal; then everything may be chance
        ratio = np.minimum(noise / variance, 1.0)[:, 0]
    odds = _ONE_SIGN * np.maximum(0.0, 2 * ratio - 1) ** 2
    mixed = np.flatnonzero(odds) if draws > FEW_DRAWS else ()
    if len(mixed):
        up, _ = _likeliest(likelihood[mixed, :, middle:], start[mixed, middle:], 0)
        down, _ = _likeliest(likelihood[mixed, :, :middle], start[mixed, :middle], middle)
        positive, negative = (odds[mixed] * np.exp(side - free[mixed]) for side in (up, down))
        share[mixed] = (share[mixed] + positive) / (1 + positive + negative)
    return share


def _likeliest(likelihood: np.ndarray, weights: np.ndarray, middle: int) -> tuple[np.ndarray, np.ndarray]:
    """Fit distributions on grids by EM; returns their log likelihoods, and their shares from the index `middle` on.

    Args:
        likelihood: of the draws at the points of the grid, (m, draws, points).
        weights: the first distributions, (m, points).
        middle: index of a point.
    """
    draws = likelihood.shape[1]
    row = (weights / weights.sum(axis=1, keepdims=True))[:, None, :]
    for _ in range(_EM_STEPS):
        mixture = likelihood @ row.swapaxes(1, 2)
        row = row * ((1 / mixture).swapaxes(1, 2) @ likelihood) / draws
    logarithm = np.log(likelihood @ row.swapaxes(1, 2))[:, :, 0].sum(axis=1)
    return logarithm, row[:, 0, middle:].sum(axis=1)


def sign_bound(sure: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Lower `BOUND` bound of the probability of a sign that is estimated as `sure`.

    Clopper and Pearson's bound of a share of `draws`; with fixed parameters (0), the probability holds all the error.
    """
    agreeing = sure * draws
    bound: np.ndarray = np.where(
        draws > 0, betaincinv(agreeing, draws - agreeing + 1, 1 - BOUND), sure - (1 - QUANTILES[-1])
    )
    return bound
