"""Effects and levels with their uncertainty, and the verdict on an effect.

We have one country and do not know its parameters. An *effect* is the expected difference between two policies in
that country; its distribution is over draws of the parameters, with the chance of finite worlds taken out
(`sim.studies.effect_distribution`). Its interval consists of quantiles. `p_positive` is the probability that the
effect is above zero, plus half the probability that it is exactly zero. A level is *expected* in the same sense, or
*predictive*: it then includes the chance of one world, because it is compared with an observed fact.

Without draws the parameters are fixed: an effect is one number. Its interval is Student's (1908, "The probable error of
a mean", Biometrika 6, 1-25) and covers only the chance that is left in the mean of the worlds.

A value may be NaN if it is not defined in a world, such as the rate of an empty group. It is left out, and `n` is the
number of values used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from sim.studies.effect_distribution import (
    FEW_DRAWS,
    QUANTILES,
    SCALES,
    cut_at_zero,
    draw_variance,
    effect_quantiles,
    same_sure_sign,
    share_above,
    sign_bound,
)

LEVEL = 0.95
"""Probability that an interval covers the true value."""
CLEAR, LIKELY = 0.95, 0.90
"""An effect is clear when the lower `BOUND` bound (`sign_bound`) of the probability of its sign is above `CLEAR`."""
MUCH_CHANCE = 0.5
_TOGETHER = 128
"""Number of columns that are computed together, so that their distributions stay in the processor's cache."""

Verdict = Literal["practically none", "clear", "likely", "open", "too few draws", "not defined"]
"""The statement that an effect allows:

- practically none: the interval lies inside the smallest size that matters;
- clear: the lower 90 % bound of the probability of one sign is above 0.95;
- likely: the probability of one sign is at least 0.9. An effect whose variance is more than half chance is at most
  likely, unless the mean of each draw is so far from zero that its sign is sure, as for the cost of a building;
- open: none of these;
- too few draws: at most 15 draws and more than half chance, or fewer than two draws;
- not defined: no world defines the outcome.
"""
Kind = Literal["expected", "predictive"]


@cache
def student_quantile(n: int) -> float:
    """Half-width of a `LEVEL` interval of a mean of `n` values, in standard errors; NaN for n < 2."""
    return float(stdtrit(n - 1, 0.5 + LEVEL / 2)) if n >= 2 else math.nan


@dataclass(frozen=True)
class Effect:
    """The expected change that a policy makes, in the outcome's unit.

    Attributes:
        mean: mean of the paired differences.
        median, low, high: quantiles (50, 2.5 and 97.5 %) of the expected difference over draws; with fixed
            parameters the mean, and Student's interval.
        p_positive: probability that the effect is above zero, plus half the probability that it is zero.
        chance_share: share of chance in the variance of the draws' means; 1 with fixed parameters, NaN if unknown
            because no draw has two worlds.
        n, draws: numbers of pairs, and of draws (0 with fixed parameters).
        sd, sd_unpaired: standard deviation of one paired difference, and of a difference between independent worlds.
        verdict: the statement that the effect allows.
        sure_sign: whether the sign of every draw's mean is sure in spite of chance.
    """

    mean: float = math.nan
    median: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p_positive: float = math.nan
    chance_share: float = math.nan
    n: int = 0
    draws: int = 0
    sd: float = math.nan
    sd_unpaired: float = math.nan
    verdict: Verdict = "not defined"
    sure_sign: bool = False

    @property
    def sign(self) -> int:
        """The more probable direction: 1, -1, or 0 for neither."""
        return 0 if math.isnan(self.p_positive) else int(np.sign(round(self.p_positive - 0.5, 12)))

    @property
    def p_sign(self) -> float:
        """Probability of the more probable direction."""
        return max(self.p_positive, 1 - self.p_positive)

    @property
    def has_direction(self) -> bool:
        """Whether the verdict states a direction: clear or likely."""
        return self.verdict in ("clear", "likely")

    @property
    def more_worlds_help(self) -> bool:
        """Whether more worlds per draw would help: chance is above half, and the sign of some draws is not sure."""
        return self.chance_share > MUCH_CHANCE and not self.sure_sign

    @property
    def ratio(self) -> float:
        """Ratio of the standard deviations with and without pairing; NaN if the outcome does not vary."""
        return self.sd / self.sd_unpaired if self.sd_unpaired > 0 else math.nan


@dataclass(frozen=True)
class Effects:
    """Effects on m outcomes: the attributes of `Effect` as arrays (m,)."""

    mean: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_positive: np.ndarray
    chance_share: np.ndarray
    n: np.ndarray
    draws: np.ndarray
    sd: np.ndarray
    sd_unpaired: np.ndarray
    verdict: np.ndarray
    sure_sign: np.ndarray

    def __len__(self) -> int:
        return len(self.mean)

    def __iter__(self) -> Iterator[Effect]:
        names = [field.name for field in fields(self)]
        columns = [getattr(self, name).tolist() for name in names]
        for values in zip(*columns, strict=True):
            yield Effect(**dict(zip(names, values, strict=True)))


def effect(
    policy: ArrayLike,
    reference: ArrayLike,
    draws: ArrayLike | None = None,
    *,
    smallest: float = 0.0,
    off: ArrayLike | None = None,
) -> Effect:
    """Effect of a policy on one outcome, `policy - reference`, with one pair per world (n,).

    Arguments as in `effects`.

    Raises:
        ValueError: `policy` and `reference` have different shapes.
    """
    left, right = np.asarray(policy, dtype=float), np.asarray(reference, dtype=float)
    if left.shape != right.shape:
        raise ValueError(f"pairs need as many values on both sides, not {left.shape} and {right.shape}")
    return next(iter(effects(left[:, None], right[:, None], draws, smallest=smallest, off=off)))


def effects(
    policy: ArrayLike,
    reference: ArrayLike,
    draws: ArrayLike | None = None,
    *,
    smallest: ArrayLike = 0.0,
    off: ArrayLike | None = None,
    comparisons: ArrayLike = 0,
    most_draws: int | None = None,
) -> Effects:
    """Effects of a policy on several outcomes, or of several policies: `policy - reference`.

    Args:
        policy: values under the policy by world and outcome, (n, m); a pair counts only if both values are defined.
        reference: values under the reference, (n, m).
        draws: number of the parameter draw of each world, (n,); None if the parameters are fixed.
        smallest: smallest size that matters, a number or (m,); 0 if none is declared.
        off: mask (n,) or (n, m) of worlds whose draw is idle: a spike turns off everything by which the policies
            differ. The effect of these draws is exactly zero.
        comparisons: number of the comparison to which each column belongs, (m,). A comparison has the same bits alone
            as beside others.
        most_draws: largest number of draws on which verdicts may rest: the effective one if draws have weights.
    """
    left, right = (np.atleast_2d(np.asarray(values, dtype=float)) for values in (policy, reference))
    pairs = left - right
    width = pairs.shape[1]
    known = ~np.isnan(pairs)
    idle = np.zeros(pairs.shape, bool) if off is None else np.broadcast_to(np.asarray(off, bool).T, pairs.T.shape).T
    sizes = np.broadcast_to(np.asarray(smallest, dtype=float), width)
    found = _nothing(width)
    for columns, rows, zero in _alike(known, idle, np.broadcast_to(comparisons, width)):
        values = np.where(zero[:, None], 0.0, pairs[np.ix_(rows, columns)])
        _fill(found, columns, values, None if draws is None else np.asarray(draws)[rows], zero)
        deviations = (side[np.ix_(rows, columns)].var(axis=0, ddof=1) for side in (left, right))
        found.sd_unpaired[columns] = np.sqrt(sum(deviations)) if len(rows) > 1 else math.nan
    if most_draws is not None:
        found.draws[:] = np.minimum(found.draws, most_draws)
    found.verdict[:] = verdicts(found, sizes)
    return found


def _nothing(width: int) -> Effects:
    """Undefined effects of `width` outcomes, to be filled."""

    def unknown() -> np.ndarray:
        return np.full(width, math.nan)

    def none() -> np.ndarray:
        return np.zeros(width, dtype=int)

    return Effects(
        mean=unknown(), median=unknown(), low=unknown(), high=unknown(), p_positive=unknown(), chance_share=unknown(),
        n=none(), draws=none(), sd=unknown(), sd_unpaired=unknown(), sure_sign=np.zeros(width, bool),
        verdict=np.full(width, "not defined", object),
    )  # fmt: skip


def _alike(
    known: np.ndarray, idle: np.ndarray, comparisons: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Group columns that are known, and idle, in the same worlds: at most about `_TOGETHER` of them.

    NumPy adds the rows of several columns one after the other, but those of a single column in pairs. So a column that
    is the only one of its kind in its comparison stays alone, and no group is split into single columns.

    Yields:
        Indices of the columns, indices of the worlds, and the mask of idle ones among these worlds.
    """
    if not known.size:
        return
    flags = np.concatenate([known, idle & known])
    bits = np.ascontiguousarray(np.packbits(flags, axis=0).T)  # comparing bytes is fast for thousands of columns
    keys = bits.view(np.dtype((np.void, bits.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    for number, pattern in enumerate(flags.T[first]):
        rows = np.flatnonzero(pattern[: len(known)])
        if not len(rows):
            continue
        columns = np.flatnonzero(which.ravel() == number)
        _, place, count = np.unique(comparisons[columns], return_inverse=True, return_counts=True)
        single = count[place] == 1
        several = columns[~single]
        for some in (*np.array_split(several, -(-len(several) // _TOGETHER) or 1), *columns[single][:, None]):
            if len(some):
                yield some, rows, pattern[len(known) :][rows]


def _fill(found: Effects, columns: np.ndarray, values: np.ndarray, draws: np.ndarray | None, off: np.ndarray) -> None:
    """Compute the effects of columns without NaN, `values` (n, m), and write them into `found`."""
    n = len(values)
    found.mean[columns], found.n[columns] = values.mean(axis=0), n
    found.sd[columns] = values.std(axis=0, ddof=1) if n > 1 else math.nan
    if draws is None:
        mean, error = found.mean[columns], found.sd[columns] / math.sqrt(n)
        half = student_quantile(n) * error
        found.low[columns], found.median[columns], found.high[columns] = mean - half, mean, mean + half
        found.chance_share[columns] = 1.0
        if n > 1:
            score = np.divide(mean, error, out=np.copysign(np.inf, mean), where=error > 0)
            found.p_positive[columns] = np.where(mean == 0, 0.5, stdtr(n - 1, score))
        return
    idle = len(np.unique(draws[off]))
    living = draw_variance(values[~off], draws[~off])
    found.draws[columns] = living.draws + idle
    found.low[columns], found.median[columns], found.high[columns] = effect_quantiles(living, idle)
    if living.draws:
        found.chance_share[columns] = np.where(living.within == 0, 0.0, living.chance_share)
        found.sure_sign[columns] = same_sure_sign(living)
        above = share_above(living)
        found.p_positive[columns] = (living.draws * above + 0.5 * idle) / (living.draws + idle)
        _agree(found, columns)
    else:
        found.chance_share[columns], found.p_positive[columns] = 0.0, 0.5


def _agree(found: Effects, columns: np.ndarray) -> None:
    """Cut intervals at zero where the probability of a gain says that they end there, and knows the sign better."""
    low, median, high, share = (of[columns] for of in (found.low, found.median, found.high, found.p_positive))
    known = (found.draws[columns] > FEW_DRAWS) & (found.chance_share[columns] <= MUCH_CHANCE)
    found.low[columns], found.high[columns] = cut_at_zero(np.array([low, median, high]), np.where(known, share, 0.5))


def verdicts(found: Effects, smallest: np.ndarray) -> np.ndarray:
    """The verdict on each effect, given the smallest size that matters, (m,)."""
    sure = np.maximum(found.p_positive, 1 - found.p_positive)
    drawn = found.draws > 0
    with np.errstate(invalid="ignore"):
        bound = sign_bound(sure, found.draws)
        chance = (found.chance_share > MUCH_CHANCE) & ~found.sure_sign
        none = (smallest > 0) & (found.low > -smallest) & (found.high < smallest)
        clear = (bound >= CLEAR) & ~(chance & drawn)
        few = (drawn & (found.draws <= FEW_DRAWS) & chance) | ~np.isfinite(found.low)
        nothing = (found.low == 0) & (found.high == 0)
    conditions = [found.n == 0, few, none | nothing, clear, sure >= LIKELY]
    words = ["not defined", "too few draws", "practically none", "clear", "likely"]
    return np.select(conditions, words, "open").astype(object)


@dataclass(frozen=True)
class Level:
    """An outcome under one policy, in its unit.

    Attributes:
        mean, sd: mean and standard deviation over worlds.
        median, low, high: quantiles (50, 2.5 and 97.5 %), of the expected value over draws or, if predictive, of
            worlds. With fixed parameters the expected value is one number with Student's interval.
        n, draws: numbers of worlds, and of draws (0 with fixed parameters).
        kind: expected or predictive.
    """

    mean: float = math.nan
    median: float = math.nan
    low: float = math.nan
    high: float = math.nan
    sd: float = math.nan
    n: int = 0
    draws: int = 0
    kind: Kind = "expected"


def level(values: ArrayLike, draws: ArrayLike | None = None, kind: Kind = "expected") -> Level:
    """Level of one outcome by world, (n,); arguments as in `levels`."""
    return levels(np.asarray(values, dtype=float)[:, None], draws, kind)[0]


def levels(values: ArrayLike, draws: ArrayLike | None = None, kind: Kind = "expected") -> list[Level]:
    """Levels of several outcomes.

    Args:
        values: values by world and outcome, (n, m); NaN where not defined.
        draws: number of the parameter draw of each world, (n,); None if the parameters are fixed.
        kind: `expected` removes the chance of finite worlds; `predictive` keeps the chance of one world.
    """
    columns = np.asarray(values, dtype=float)
    if kind == "predictive":
        return [_predictive(column[~np.isnan(column)], draws) for column in columns.T]
    found = [Level() for _ in columns.T]
    for places, rows, values in defined_alike(columns):
        mean, sd = values.mean(axis=0), values.std(axis=0, ddof=1) if len(rows) > 1 else np.full(len(places), np.nan)
        low, median, high = expected_ends(values, draws, rows)
        of = 0 if draws is None else len(np.unique(np.asarray(draws)[rows]))
        for place, *numbers in zip(places.tolist(), mean, median, low, high, sd, strict=True):
            middle, half_way, below, above, spread = map(float, numbers)
            found[place] = Level(middle, half_way, below, above, spread, len(rows), of)
    return found


def defined_alike(columns: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Group columns that are defined in the same worlds; yields their indices, the worlds' and the values (n, m)."""
    known = ~np.isnan(columns)
    for places, rows, _ in _alike(known, np.zeros(known.shape, bool), np.zeros(known.shape[1], int)):
        yield places, rows, columns[np.ix_(rows, places)]


def expected_ends(values: np.ndarray, draws: ArrayLike | None, rows: np.ndarray, scales: int = SCALES) -> np.ndarray:
    """Low end, median and high end, (3, m), of expected values, from values (n, m) without NaN of the worlds `rows`."""
    if draws is not None:
        return effect_quantiles(draw_variance(values, np.asarray(draws)[rows]), scales=scales)
    n, mean = len(values), values.mean(axis=0)
    half = student_quantile(n) * values.std(axis=0, ddof=1) / math.sqrt(n) if n > 1 else np.full(mean.shape, math.nan)
    return np.array([mean - half, mean, mean + half])


def _predictive(known: np.ndarray, draws: ArrayLike | None) -> Level:
    """Quantiles of worlds at positions i / (n + 1), so that a new world falls outside with the stated probability."""
    if not len(known):
        return Level(kind="predictive")
    low, median, high = np.quantile(known, QUANTILES, method="weibull")
    sd = float(known.std(ddof=1)) if len(known) > 1 else math.nan
    count = 0 if draws is None else len(np.unique(np.asarray(draws)))
    return Level(float(known.mean()), float(median), float(low), float(high), sd, len(known), count, "predictive")
