"""How sure a result is: effects and levels over what the facts allow, and the verdict on an effect.

We have one country and do not know its parameters. An *effect* is the expected difference between two policies in
that country; its distribution is over draws of the parameters, with the chance of finite worlds taken out
(`sim.studies.effect_distribution`). Its interval consists of quantiles. `p_positive` is the probability that the
effect is above zero, plus half the probability that it is exactly zero. A level is *expected* in the same sense, or
*predictive*: it then includes the chance of one world, because it is compared with an observed fact.

Without draws the parameters are fixed: an effect is one number, and its interval is Student's (1908, "The probable
error of a mean", Biometrika 6, 1-25), about the chance that is left in the mean of so many worlds.

A value may be NaN (not defined in that world, such as a rate of nobody): it is left out, and `n` says how many
values were used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, stdtr, stdtrit

from sim.studies.effect_distribution import (
    FEW_DRAWS,
    QUANTILES,
    SCALES,
    draw_variance,
    quantiles,
    same_sure_sign,
    share_above,
)

LEVEL = 0.95
"""Probability that an interval covers the true value."""
CLEAR, BOUND, LIKELY = 0.95, 0.90, 0.90
"""An effect is clear when the lower `BOUND` bound of the probability of its sign is above `CLEAR`."""
MUCH_CHANCE = 0.5
_COARSE = 16
"""Points of the law of the scale behind what is only drawn."""

Verdict = Literal["practically none", "clear", "likely", "open", "too few draws", "not defined"]
"""What may be said of an effect:

- practically none: the interval lies inside the smallest size that matters;
- clear: the lower 90 % bound of the probability of one sign is above 0.95;
- likely: the probability of one sign is at least 0.9, or it would be clear if chance were not above half (unless
  the mean of each draw is so far from zero that chance hides the sign of none, as that of the cost of a building);
- open: neither;
- too few draws: 15 or fewer with much chance, or fewer than two;
- not defined: in no world.
"""
Kind = Literal["expected", "predictive"]


@cache
def student_quantile(n: int, level: float = LEVEL) -> float:
    """Half-width of a `level` interval of a mean of `n` values, in standard errors; NaN for n < 2."""
    return float(stdtrit(n - 1, 0.5 + level / 2)) if n >= 2 else math.nan


@dataclass(frozen=True)
class Effect:
    """What a policy is expected to change, in the outcome's unit.

    Attributes:
        mean: mean of the paired differences.
        median, low, high: quantiles (50, 2.5 and 97.5 %) of the expected difference over draws; with fixed
            parameters the mean, and Student's interval.
        p_positive: probability that it is above zero, half of that of zero added.
        chance_share: share of chance in the variance of the draws' means; 1 with fixed parameters, NaN when chance
            cannot be told (no draw has two worlds).
        n, draws: numbers of pairs, and of draws (0 with fixed parameters).
        sd, sd_unpaired: standard deviation of one difference, and what it would be between independent worlds.
        verdict: what may be said of it.
        sure_sign: whether chance hides the sign of no draw.
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
        """Direction that is more probable: 1, -1, or 0."""
        return 0 if math.isnan(self.p_positive) else int(np.sign(round(self.p_positive - 0.5, 12)))

    @property
    def p_sign(self) -> float:
        """Probability of the direction that is more probable."""
        return max(self.p_positive, 1 - self.p_positive)

    @property
    def has_direction(self) -> bool:
        """Whether a direction may be named: clear or likely, or practically none with a sure sign."""
        return self.verdict in ("clear", "likely")

    @property
    def more_worlds_help(self) -> bool:
        """Whether chance is above half and hides signs of draws, so that more worlds a draw would say more."""
        return self.chance_share > MUCH_CHANCE and not self.sure_sign

    @property
    def ratio(self) -> float:
        """Standard deviation with pairing over the one without; NaN when neither world varies."""
        return self.sd / self.sd_unpaired if self.sd_unpaired > 0 else math.nan


@dataclass(frozen=True)
class Effects:
    """Effects of several columns: the attributes of `Effect` as arrays (m,)."""

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
    """Effect of a policy, one pair per world: `policy - reference` (all of shape `(n,)`).

    Arguments as in `effects`. Raises ValueError when the two have not the same shape.
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
) -> Effects:
    """Effects of several outcomes: `policy - reference`, worlds by outcomes (n, m).

    Args:
        policy: values under the policy; a pair counts only when both are defined.
        reference: values under what it is compared with.
        draws: which draw of the parameters each world lives under, (n,); None when they are fixed.
        smallest: smallest size that matters, one for all or (m,); 0 when none is declared.
        off: worlds, (n,) or (n, m), of draws in which a declared spike turns off all by which the two differ:
            these draws count as exactly zero.
    """
    left, right = (np.atleast_2d(np.asarray(values, dtype=float)) for values in (policy, reference))
    pairs = left - right
    width = pairs.shape[1]
    known = ~np.isnan(pairs)
    idle = np.zeros(pairs.shape, bool) if off is None else np.broadcast_to(np.asarray(off, bool).T, pairs.T.shape).T
    sizes = np.broadcast_to(np.asarray(smallest, dtype=float), width)
    found = _nothing(width)
    for columns, rows, zero in _alike(known, idle):
        values = np.where(zero[:, None], 0.0, pairs[np.ix_(rows, columns)])
        _fill(found, columns, values, None if draws is None else np.asarray(draws)[rows], zero)
        deviations = (side[np.ix_(rows, columns)].var(axis=0, ddof=1) for side in (left, right))
        found.sd_unpaired[columns] = np.sqrt(sum(deviations)) if len(rows) > 1 else math.nan
    found.verdict[:] = verdicts(found, sizes)
    return found


def _nothing(width: int) -> Effects:
    """Effects that are not defined, to be filled."""

    def unknown() -> np.ndarray:
        return np.full(width, math.nan)

    def none() -> np.ndarray:
        return np.zeros(width, dtype=int)

    return Effects(
        mean=unknown(), median=unknown(), low=unknown(), high=unknown(), p_positive=unknown(), chance_share=unknown(),
        n=none(), draws=none(), sd=unknown(), sd_unpaired=unknown(), sure_sign=np.zeros(width, bool),
        verdict=np.full(width, "not defined", object),
    )  # fmt: skip


def _alike(known: np.ndarray, idle: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Columns that are known in the same worlds, these worlds, and which of them are idle."""
    if not known.size:
        return
    flags = np.concatenate([known, idle & known])
    bits = np.ascontiguousarray(np.packbits(flags, axis=0).T)  # compared as bytes: quick for thousands of columns
    keys = bits.view(np.dtype((np.void, bits.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    for number, pattern in enumerate(flags.T[first]):
        rows = np.flatnonzero(pattern[: len(known)])
        if len(rows):
            yield np.flatnonzero(which.ravel() == number), rows, pattern[len(known) :][rows]


def _fill(found: Effects, columns: np.ndarray, values: np.ndarray, draws: np.ndarray | None, off: np.ndarray) -> None:
    """Effects of columns without NaN, (n, m), into their places."""
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
    found.low[columns], found.median[columns], found.high[columns] = quantiles(living, idle)
    if living.draws:
        found.chance_share[columns] = np.where(living.within == 0, 0.0, living.chance_share)
        found.sure_sign[columns] = same_sure_sign(living)
        above = share_above(living)
        found.p_positive[columns] = (living.draws * above + 0.5 * idle) / (living.draws + idle)
    else:
        found.chance_share[columns], found.p_positive[columns] = 0.0, 0.5


def verdicts(found: Effects, smallest: np.ndarray) -> np.ndarray:
    """What may be said of each effect, given the smallest size that matters, (m,)."""
    sure = np.maximum(found.p_positive, 1 - found.p_positive)
    drawn = found.draws > 0
    # Clopper and Pearson's bound of a share; with fixed parameters the probability itself holds all the error.
    agreeing = sure * found.draws
    with np.errstate(invalid="ignore"):
        bound = np.where(drawn, betaincinv(agreeing, found.draws - agreeing + 1, 1 - BOUND), sure - (1 - LEVEL) / 2)
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
        median, low, high: quantiles (50, 2.5 and 97.5 %): of the expected value over draws, or (predictive) of
            worlds; with fixed parameters the expected value is one number with Student's interval.
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
    """Levels of several outcomes, worlds by outcomes (n, m), NaN where not defined.

    Args:
        values: of each world.
        draws: which draw of the parameters each world lives under, (n,); None when they are fixed.
        kind: `expected` takes the chance of finite worlds out; `predictive` is what one world may show.
    """
    columns = np.asarray(values, dtype=float)
    if kind == "predictive":
        return [_predictive(column[~np.isnan(column)], draws) for column in columns.T]
    found = [Level() for _ in columns.T]
    for places, rows, values in _defined(columns):
        mean, sd = values.mean(axis=0), values.std(axis=0, ddof=1) if len(rows) > 1 else np.full(len(places), np.nan)
        low, median, high = _ends(values, draws, rows)
        of = 0 if draws is None else len(np.unique(np.asarray(draws)[rows]))
        for place, *numbers in zip(places.tolist(), mean, median, low, high, sd, strict=True):
            middle, half_way, below, above, spread = map(float, numbers)
            found[place] = Level(middle, half_way, below, above, spread, len(rows), of)
    return found


def bands(values: ArrayLike, draws: ArrayLike | None = None) -> np.ndarray:
    """Low end, median and high end (3, m) of the expected values of very many columns, such as months: for drawing.

    Arguments and meaning as in `levels`, but from fewer points of the law, which moves ends by up to 3 % of the
    interval's width. Where there is no interval, the median is the mean over worlds; NaN where nothing is defined.
    """
    columns = np.asarray(values, dtype=float)
    found = np.full((3, columns.shape[1]), math.nan)
    for places, rows, known in _defined(columns):
        found[:, places] = _ends(known, draws, rows, scales=_COARSE)
        found[1, places] = np.where(np.isnan(found[1, places]), known.mean(axis=0), found[1, places])
    return found


def _defined(columns: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Columns that are defined in the same worlds, these worlds, and the values (worlds, columns)."""
    known = ~np.isnan(columns)
    for places, rows, _ in _alike(known, np.zeros(known.shape, bool)):
        yield places, rows, columns[np.ix_(rows, places)]


def _ends(values: np.ndarray, draws: ArrayLike | None, rows: np.ndarray, scales: int = SCALES) -> np.ndarray:
    """Low end, median and high end (3, m) of expected values, from values without NaN of the worlds `rows`."""
    if draws is not None:
        return quantiles(draw_variance(values, np.asarray(draws)[rows]), scales=scales)
    n, mean = len(values), values.mean(axis=0)
    half = student_quantile(n) * values.std(axis=0, ddof=1) / math.sqrt(n) if n > 1 else np.full(mean.shape, math.nan)
    return np.array([mean - half, mean, mean + half])


def _predictive(known: np.ndarray, draws: ArrayLike | None) -> Level:
    """Quantiles of worlds, plotted at i / (n + 1), so that a further world falls outside as often as they say."""
    if not len(known):
        return Level(kind="predictive")
    low, median, high = np.quantile(known, QUANTILES, method="weibull")
    sd = float(known.std(ddof=1)) if len(known) > 1 else math.nan
    count = 0 if draws is None else len(np.unique(np.asarray(draws)))
    return Level(float(known.mean()), float(median), float(low), float(high), sd, len(known), count, "predictive")
