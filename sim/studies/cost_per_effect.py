"""Cost per additional startup: the price of an effect, and the probability that a policy pays at a willingness to pay.

At a willingness w (money per startup) a policy pays if its net benefit `w effect - cost` is above zero (Stinnett and
Mullahy 1998, "Net health benefits", Med. Decis. Making 18, S68-S80). Costs and effects are the expected ones of each
draw of the parameters, with the chance of finite worlds removed. So the share of draws in which a policy pays is the
probability that it pays (van Hout et al. 1994, "Costs, effects and C/E-ratios alongside a clinical trial", Health
Econ. 3, 309-319). With fixed parameters, bootstrapped means of the worlds take the place of draws (Efron 1979,
"Bootstrap methods", Ann. Stat. 7, 1-26).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sim.studies.effect_distribution import QUANTILES, draw_variance, joint_points

RESAMPLES = 1000

Bargain = Literal["price", "saving", "more for less", "less for more", "no change", "not defined"]
"""Mean change of effect and cost: more of both (`price`), less of both (`saving`), opposite signs, or none."""


@dataclass(frozen=True)
class Price:
    """Cost of one additional startup, in the unit of the cost.

    Attributes:
        value: E(cost difference) / E(effect) if `bargain` is `price`, else NaN.
        low, median, high: prices at which the probability that the policy pays reaches 2.5, 50 and 97.5 %; infinite
            if it never does, because a draw without gain never pays.
        bargain: kind of change; only `price` has a price.
        n, draws: numbers of worlds and of draws (0 with fixed parameters).
    """

    value: float = math.nan
    low: float = math.nan
    median: float = math.nan
    high: float = math.nan
    n: int = 0
    draws: int = 0
    bargain: Bargain = "not defined"


def expected(cost: ArrayLike, effect: ArrayLike, draws: ArrayLike | None = None) -> tuple[np.ndarray, int, int]:
    """Equally probable points of the joint distribution of expected cost and effect.

    Returns:
        Points (points, 2), number of worlds, number of draws (0 with fixed parameters).
    """
    pairs = np.stack([np.asarray(cost, dtype=float), np.asarray(effect, dtype=float)], axis=1)
    known = ~np.isnan(pairs).any(axis=1)
    pairs = pairs[known]
    if len(pairs) < 2:
        return pairs, len(pairs), 0
    if draws is not None:
        found = draw_variance(pairs, np.asarray(draws)[known])
        return joint_points(found), len(pairs), found.draws
    chosen = np.random.default_rng(0).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    return pairs[chosen].mean(axis=1), len(pairs), 0


def price(cost: ArrayLike, effect: ArrayLike, draws: ArrayLike | None = None) -> Price:
    """Price of an effect from paired differences of cost and effect by world, (n,) each; `draws` as in `effects`."""
    each, n, of = expected(cost, effect, draws)
    if n == 0:
        return Price()
    known = ~np.isnan(np.asarray(cost, dtype=float) + np.asarray(effect, dtype=float))
    extra, gain = (float(np.asarray(values, dtype=float)[known].mean()) for values in (cost, effect))
    if extra > 0 and gain > 0:
        if len(each) < 2:
            return Price(extra / gain, n=n, draws=of, bargain="price")
        low, median, high = np.quantile(_thresholds(each), QUANTILES, method="higher")
        return Price(extra / gain, float(low), float(median), float(high), n, of, "price")
    bargain: Bargain = (
        "no change" if extra == gain == 0
        else "saving" if extra < 0 and gain < 0
        else "more for less" if extra <= 0
        else "less for more"
    )  # fmt: skip
    return Price(n=n, draws=of, bargain=bargain)


def _thresholds(each: np.ndarray) -> np.ndarray:
    """The price from which each draw pays (draws,): 0 if it costs nothing, infinite if it has no gain."""
    cost, gain = each.T
    found = np.divide(cost, gain, out=np.full(len(each), np.inf), where=gain > 0)
    return np.where((cost <= 0) & (gain >= 0), 0.0, np.maximum(found, 0.0))


def acceptability(
    cost: ArrayLike, effect: ArrayLike, willingness: ArrayLike, draws: ArrayLike | None = None
) -> tuple[np.ndarray, int]:
    """Probability that a policy pays, with the shape of `willingness`, and the number of draws (or of worlds)."""
    each, n, of = expected(cost, effect, draws)
    wanted = np.asarray(willingness, dtype=float)
    if n == 0:
        return np.full(wanted.shape, math.nan), 0
    return (wanted[:, None] * each[:, 1] - each[:, 0] > 0).mean(axis=1), of or n
