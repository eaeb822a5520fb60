"""How sure a result is: intervals, paired differences, ratios and acceptability.

Without `draws`, intervals hold chance only: the parameters are fixed, and more replications make them
as narrow as one likes. With `draws` (which parameters each replication lived under), an interval is
about the effect in the one country there is, whose parameters we do not know: the part of the
parameters stays however many replications are run. A value may be NaN (not defined in that world, such
as a rate of nobody): it is left out, and `n` says how many values were used.

Sources: Student (1908), "The probable error of a mean", Biometrika 6, 1-25; Fieller (1954), "Some
problems in interval estimation", J. R. Stat. Soc. B 16, 175-185; Stinnett and Mullahy (1998), "Net
health benefits", Med. Decis. Making 18, S68-S80; van Hout et al. (1994), "Costs, effects and
C/E-ratios alongside a clinical trial", Health Econ. 3, 309-319; Wilson (1927), "Probable inference,
the law of succession, and statistical inference", J. Am. Stat. Assoc. 22, 209-212; Searle, Casella
and McCulloch (1992), "Variance Components", section 3.6, for parameters and chance apart; Weerahandi
(1993), "Generalized confidence intervals", J. Am. Stat. Assoc. 88, 899-905.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, ndtri, stdtrit

LEVEL = 0.95
"""Probability that an interval covers the true value."""

Verdict = Literal["undefined", "no distinguishable effect", "gain", "loss"]


@cache
def student_quantile(n: int, level: float = LEVEL) -> float:
    """Half-width of a `level` interval of a mean of `n` values, in standard errors; NaN for n < 2."""
    return float(stdtrit(n - 1, 0.5 + level / 2)) if n >= 2 else math.nan


@dataclass(frozen=True)
class Spread:
    """How far means may be from the truth, by a one-way analysis of variance over draws of the parameters.

    `Var(Y) = Var(E[Y | draw]) + E[Var(Y | draw)]`. Without draws every replication is a group of its own
    and all of the variance is chance.

    Attributes:
        between, within: mean squares and products, shape `(m, m)`.
        n: number of replications.
        groups: number of draws, or of replications without draws.
        size: typical number of replications of a draw.
        drawn: whether the groups are draws.
    """

    between: np.ndarray
    within: np.ndarray
    n: int
    groups: int
    size: float
    drawn: bool

    @property
    def told(self) -> bool:
        """Whether parameters and chance can be told apart: some draw has two replications."""
        return not self.drawn or self.n > self.groups

    @property
    def parameters(self) -> np.ndarray:
        """Covariance of the true means between draws, without the chance in means of few replications."""
        if not self.drawn:
            return np.zeros_like(self.between)
        found = (self.between - self.within) / self.size
        limit = np.sqrt(np.clip(np.diag(found), 0, None))
        return np.clip(found, -np.outer(limit, limit), np.outer(limit, limit))

    @property
    def chance(self) -> np.ndarray:
        """Covariance that chance leaves in the means of so many replications."""
        return (self.within if self.drawn else self.between) / self.n

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the error when the means found stand for the one truth."""
        return self.parameters * (1 + 1 / self.groups) + self.chance

    def half_width(self, column: int, level: float) -> float:
        """Half-width of the interval for the truth: Student's, or Weerahandi's (1993) for two variance components.

        In the second case the variance is not plugged in: the interval is that of a normal error whose
        two components have their own fiducial distributions, so it holds also where draws differ little.
        """
        between, within = float(self.between[column, column]), float(self.within[column, column])
        if not self.drawn:
            return student_quantile(self.groups, level) * math.sqrt(between / self.n)
        if not self.told:
            return student_quantile(self.groups, level) * math.sqrt(between * (1 + 1 / self.groups))
        error, above, below = _pivots(self.groups - 1, self.n - self.groups)
        chance = within / below
        parameters = np.clip((between / above - chance) / self.size, 0, None)
        return float(np.quantile(error * np.sqrt(parameters * (1 + 1 / self.groups) + chance / self.n), level))


@cache
def _pivots(above: int, below: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sizes of a normal error, and two chi-squares over their degrees of freedom, at 4,096 even points."""
    from scipy.stats import qmc  # late: it costs every worker that starts a second

    uniform = qmc.Sobol(3, scramble=True, rng=np.random.default_rng(0)).random_base2(12).T
    return np.abs(ndtri(uniform[0])), chdtri(above, uniform[1]) / above, chdtri(below, uniform[2]) / below


def spread(columns: np.ndarray, draws: np.ndarray | None = None) -> Spread | None:
    """Parts of the uncertainty of the means of `columns` (shape `(n, m)`, no NaN), by draw (shape `(n,)`).

    None when there are fewer than two independent units.
    """
    n, width = columns.shape
    _, group = np.unique(np.arange(n) if draws is None else draws, return_inverse=True)
    sizes = np.bincount(group)
    groups = sizes.size
    if groups < 2:
        return None
    means = np.stack([np.bincount(group, column) for column in columns.T], axis=1) / sizes[:, None]
    among = (means - columns.mean(axis=0)) * np.sqrt(sizes)[:, None]
    inside = columns - means[group]
    within = inside.T @ inside / (n - groups) if n > groups else np.zeros((width, width))
    size = (n - (sizes**2).sum() / n) / (groups - 1)
    return Spread(among.T @ among / (groups - 1), within, n, groups, float(size), draws is not None)


@dataclass(frozen=True)
class Estimate:
    """Mean of one outcome over replications, in the outcome's unit, with Student's interval.

    Attributes:
        sd: standard deviation between worlds.
        simulation: half-width of the interval of the mean over repetitions of the study; without draws, all of it.
        chance: share of chance in the variance behind the interval, the rest being the parameters'; 1 without
            draws, NaN when the two cannot be told apart.
    """

    mean: float
    sd: float
    low: float
    high: float
    n: int
    simulation: float = math.nan
    chance: float = math.nan

    @property
    def half_width(self) -> float:
        """Half the length of the interval; NaN when it is not defined."""
        return (self.high - self.low) / 2


def estimate(values: ArrayLike, draws: ArrayLike | None = None, level: float = LEVEL) -> Estimate:
    """Mean, standard deviation and Student interval of the defined values (shape `(replications,)`).

    With one value, or one draw, the mean is known and its error is not: the interval is NaN.
    """
    array = np.asarray(values, dtype=float)
    known = ~np.isnan(array)
    array, n = array[known], int(known.sum())
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, math.nan, 0)
    mean = float(array.mean())
    sd = float(array.std(ddof=1)) if n > 1 else math.nan
    found = spread(array[:, None], None if draws is None else np.asarray(draws)[known])
    if found is None:
        return Estimate(mean, sd, math.nan, math.nan, n)
    half = found.half_width(0, level)
    simulation = student_quantile(found.groups, level) * math.sqrt(float(found.between[0, 0]) / n)
    variance, chance = float(found.covariance[0, 0]), float(found.chance[0, 0])
    share = chance / variance if variance > 0 and found.told else 1.0 if draws is None else math.nan
    return Estimate(mean, sd, mean - half, mean + half, n, simulation, share)


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


def paired_difference(
    policy: ArrayLike, reference: ArrayLike, draws: ArrayLike | None = None, level: float = LEVEL
) -> Difference:
    """Student interval of `policy - reference`, one pair per replication (all of shape `(replications,)`).

    A pair counts only when both of its values are defined. `sd_unpaired` is the standard deviation
    that the difference would have between independent worlds, sqrt(var_policy + var_reference),
    over the same pairs.
    """
    left, right = np.asarray(policy, dtype=float), np.asarray(reference, dtype=float)
    if left.shape != right.shape:
        raise ValueError(f"pairs need as many values on both sides, not {left.shape} and {right.shape}")
    both = ~(np.isnan(left) | np.isnan(right))
    left, right = left[both], right[both]
    paired = estimate(left - right, None if draws is None else np.asarray(draws)[both], level)
    unpaired = math.sqrt(left.var(ddof=1) + right.var(ddof=1)) if paired.n >= 2 else math.nan
    return Difference(**vars(paired), sd_unpaired=unpaired)


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


def ratio_of_differences(
    cost: ArrayLike, effect: ArrayLike, draws: ArrayLike | None = None, level: float = LEVEL
) -> Ratio:
    """Ratio of the mean paired differences `cost` and `effect` (all of shape `(replications,)`).

    The interval is the set of ratios r for which mean(cost - r effect) does not differ from zero by
    Student's test (Fieller 1954). It is bounded exactly when the interval of the effect leaves zero
    out, so the verdict and the interval never disagree.
    """
    extra, gain = np.asarray(cost, dtype=float), np.asarray(effect, dtype=float)
    both = ~(np.isnan(extra) | np.isnan(gain))
    extra, gain = extra[both], gain[both]
    n = extra.size
    found = spread(np.stack([extra, gain], axis=1), None if draws is None else np.asarray(draws)[both])
    if found is None:
        return Ratio(math.nan, math.nan, math.nan, n, "undefined")
    (cost_variance, covariance), (_, gain_variance) = found.covariance
    cost_mean, gain_mean = float(extra.mean()), float(gain.mean())
    quantile = student_quantile(found.groups, level)
    squared = found.half_width(1, level) ** 2 / gain_variance if gain_variance > 0 else quantile**2
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
    finite number of worlds. When worlds live under draws of the parameters, the curve holds both
    parameters and chance.
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
    """Whether every mean paired difference is known within `half_width`, as far as more replications can tell.

    A difference that no pair defines (an export rate where nobody is admitted) cannot become more
    precise and is left out.
    """
    return all(found.simulation <= half_width for found in differences if found.n > 0)
