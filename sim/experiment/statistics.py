"""What chance alone does to a result: intervals, paired differences, ratios and acceptability.

Everything here is about replications with parameters held fixed. A value may be NaN (not defined in
that world, such as a rate of nobody): it is left out, and `n` says how many values were used.

Sources: Student (1908), "The probable error of a mean", Biometrika 6, 1-25; Fieller (1954), "Some
problems in interval estimation", J. R. Stat. Soc. B 16, 175-185; Stinnett and Mullahy (1998), "Net
health benefits", Med. Decis. Making 18, S68-S80; van Hout et al. (1994), "Costs, effects and
C/E-ratios alongside a clinical trial", Health Econ. 3, 309-319; Wilson (1927), "Probable inference,
the law of succession, and statistical inference", J. Am. Stat. Assoc. 22, 209-212.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

LEVEL = 0.95
"""Probability that an interval covers the true value."""

Verdict = Literal["undefined", "no distinguishable effect", "gain", "loss"]


@cache
def student_quantile(n: int, level: float = LEVEL) -> float:
    """Half-width of a `level` interval of a mean of `n` values, in standard errors; NaN for n < 2."""
    return float(stdtrit(n - 1, 0.5 + level / 2)) if n >= 2 else math.nan


@dataclass(frozen=True)
class Estimate:
    """Mean of one outcome over replications, in the outcome's unit, with Student's interval."""

    mean: float
    sd: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval; NaN when it is not defined."""
        return (self.high - self.low) / 2


def estimate(values: ArrayLike, level: float = LEVEL) -> Estimate:
    """Mean, standard deviation and Student interval of the defined values (shape `(replications,)`).

    With one value the mean is known and its error is not: sd and interval are NaN.
    """
    array = np.asarray(values, dtype=float)
    array = array[~np.isnan(array)]
    n = array.size
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, math.nan, 0)
    mean = float(array.mean())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, math.nan, 1)
    sd = float(array.std(ddof=1))
    half = student_quantile(n, level) * sd / math.sqrt(n)
    return Estimate(mean, sd, mean - half, mean + half, n)


@dataclass(frozen=True)
class Difference(Estimate):
    """Mean of policy minus reference over the same replications; `sd` is that of the pairs."""

    sd_unpaired: float = math.nan

    @property
    def ratio(self) -> float:
        """Standard deviation with pairing over the one without; NaN when neither world varies."""
        return self.sd / self.sd_unpaired if self.sd_unpaired > 0 else math.nan

    @property
    def variance_saved(self) -> float:
        """Share of the variance that common random numbers take away; negative when they add some."""
        return 1 - self.ratio**2

    @property
    def distinguishable(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def paired_difference(policy: ArrayLike, reference: ArrayLike, level: float = LEVEL) -> Difference:
    """Student interval of `policy - reference`, one pair per replication (both of shape `(replications,)`).

    A pair counts only when both of its values are defined. `sd_unpaired` is the standard deviation
    that the difference would have between independent worlds, sqrt(var_policy + var_reference),
    over the same pairs.
    """
    left, right = np.asarray(policy, dtype=float), np.asarray(reference, dtype=float)
    if left.shape != right.shape:
        raise ValueError(f"pairs need as many values on both sides, not {left.shape} and {right.shape}")
    both = ~(np.isnan(left) | np.isnan(right))
    left, right = left[both], right[both]
    paired = estimate(left - right, level)
    unpaired = math.sqrt(left.var(ddof=1) + right.var(ddof=1)) if paired.n >= 2 else math.nan
    return Difference(paired.mean, paired.sd, paired.low, paired.high, paired.n, unpaired)


@dataclass(frozen=True)
class Ratio:
    """Extra cost per extra unit of effect, with Fieller's interval, and what may be said of it.

    `verdict` is "gain" or "loss" by the sign of the effect. When the interval of the effect holds
    zero, a ratio to it means nothing: the verdict is "no distinguishable effect" and the numbers
    are NaN. With fewer than two pairs it is "undefined".
    """

    value: float
    low: float
    high: float
    n: int
    verdict: Verdict


def ratio_of_differences(cost: ArrayLike, effect: ArrayLike, level: float = LEVEL) -> Ratio:
    """Ratio of the mean paired differences `cost` and `effect` (both of shape `(replications,)`).

    The interval is the set of ratios r for which mean(cost - r effect) does not differ from zero by
    Student's test (Fieller 1954). It is bounded exactly when the interval of the effect leaves zero
    out, so the verdict and the interval never disagree.
    """
    extra, gain = np.asarray(cost, dtype=float), np.asarray(effect, dtype=float)
    both = ~(np.isnan(extra) | np.isnan(gain))
    extra, gain = extra[both], gain[both]
    n = extra.size
    if n < 2:
        return Ratio(math.nan, math.nan, math.nan, n, "undefined")
    (cost_variance, covariance), (_, gain_variance) = np.cov(extra, gain) / n
    cost_mean, gain_mean = float(extra.mean()), float(gain.mean())
    squared = student_quantile(n, level) ** 2
    leading = gain_mean**2 - squared * gain_variance
    if leading <= 0:
        return Ratio(math.nan, math.nan, math.nan, n, "no distinguishable effect")
    middle = cost_mean * gain_mean - squared * covariance
    last = cost_mean**2 - squared * cost_variance
    root = math.sqrt(max(middle**2 - leading * last, 0.0))
    verdict: Verdict = "gain" if gain_mean > 0 else "loss"
    return Ratio(cost_mean / gain_mean, (middle - root) / leading, (middle + root) / leading, n, verdict)


@dataclass(frozen=True)
class Acceptability:
    """Share of worlds in which a policy pays at each willingness to pay (arrays of one shape)."""

    willingness: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int


def acceptability(cost: ArrayLike, effect: ArrayLike, willingness: ArrayLike, level: float = LEVEL) -> Acceptability:
    """Cost-effectiveness acceptability curve over paired worlds.

    At willingness w (money per unit of effect) a world counts when its net benefit `w effect - cost`
    is above zero (Stinnett and Mullahy 1998; van Hout et al. 1994). The share is taken over worlds,
    not over bootstrapped means: a mean over enough replications is as sharp as one likes, and its
    curve would only say how many replications were run. The interval is Wilson's (1927), for the
    finite number of worlds. Fed with posterior draws instead of replications, the same function
    gives the curve of parameter uncertainty.
    """
    extra, gain = np.asarray(cost, dtype=float), np.asarray(effect, dtype=float)
    both = ~(np.isnan(extra) | np.isnan(gain))
    extra, gain = extra[both], gain[both]
    price = np.asarray(willingness, dtype=float)
    n = extra.size
    if n == 0:
        nothing = np.full(price.shape, math.nan)
        return Acceptability(price, nothing, nothing, nothing, 0)
    share = (price[:, None] * gain - extra > 0).mean(axis=1)
    squared = float(ndtri(0.5 + level / 2)) ** 2
    centre = (share + squared / (2 * n)) / (1 + squared / n)
    half = np.sqrt(squared * (share * (1 - share) / n + squared / (4 * n**2))) / (1 + squared / n)
    return Acceptability(price, share, np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1), n)


def precise_enough(differences: Sequence[Difference], half_width: float) -> bool:
    """Whether every paired difference is known within `half_width`.

    A difference that no pair defines (an export rate where nobody is admitted) cannot become more
    precise and is left out.
    """
    return all(found.half_width <= half_width for found in differences if found.n > 0)


@dataclass(frozen=True)
class Shares:
    """Parts of the variance of one outcome: what is not known (parameters), and chance; they sum to 1."""

    parameters: float
    chance: float


def variance_shares(values: ArrayLike, draws: ArrayLike) -> Shares:
    """Shares of variance by one-way analysis of variance over parameter draws.

    `Var(Y) = Var(E[Y | draw]) + E[Var(Y | draw)]`; the first part is estimated without the chance that
    is left in the means of few replications (Searle, Casella and McCulloch 1992, "Variance
    Components", section 3.6), and is not below zero.

    Args:
        values: outcomes, shape `(runs,)`; NaN is left out.
        draws: which draw each run was made at; some draws need several runs.

    Returns:
        NaN for both when no draw has two runs, or nothing varies.
    """
    outcome, group = np.asarray(values, dtype=float), np.asarray(draws)
    known = ~np.isnan(outcome)
    outcome, (_, group) = outcome[known], np.unique(group[known], return_inverse=True)
    sizes = np.bincount(group)
    groups, n = sizes.size, outcome.size
    if groups < 2 or n <= groups:
        return Shares(math.nan, math.nan)
    means = np.bincount(group, outcome) / sizes
    within = float(((outcome - means[group]) ** 2).sum() / (n - groups))
    between = float((sizes * (means - outcome.mean()) ** 2).sum() / (groups - 1))
    typical = (n - (sizes**2).sum() / n) / (groups - 1)
    parameters = max(0.0, (between - within) / float(typical))
    total = parameters + within
    return Shares(parameters / total, within / total) if total > 0 else Shares(math.nan, math.nan)
