"""Ranks policies: the probability that each is the best, and the expected loss from choosing it.

`p_best` is the share of parameter draws in which a policy has the best expected value (tied policies share it). The
expected regret of a policy is the mean, over draws, of what the best policy gives more than it: the cost of choosing
it under uncertainty (Savage 1951, "The theory of statistical decision", J. Am. Stat. Assoc. 46, 55-67). Expected
values have the chance of finite worlds removed (`sim.studies.effect_distribution.joint_points`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.studies.effect_distribution import draw_variance, joint_points

_RESAMPLES = 1000


class Rank(NamedTuple):
    """Probability of being the best, and expected regret in the outcome's unit; shape (policies,) each."""

    p_best: np.ndarray
    regret: np.ndarray


def rank(gains: np.ndarray, draws: np.ndarray | None) -> Rank:
    """Rank policies by their gains.

    Args:
        gains: values by world and policy, (worlds, policies), where more is better; a world with NaN is left out.
        draws: number of each world's parameter draw, (worlds,); None if the parameters are fixed: then bootstrapped
            means of the worlds take the place of draws.

    Returns:
        The ranks; NaN if no world is left.
    """
    known = ~np.isnan(gains).any(axis=1)
    gains = gains[known]
    count = gains.shape[1]
    if not gains.size:
        return Rank(np.full(count, np.nan), np.full(count, np.nan))
    gains = gains - gains.mean(axis=1, keepdims=True)  # a gain common to all policies of a world does not affect ranks
    if draws is None:
        chosen = np.random.default_rng(0).integers(len(gains), size=(_RESAMPLES, len(gains)))
        values = gains[chosen].mean(axis=1)
    else:
        values = joint_points(draw_variance(gains, np.asarray(draws)[known]))
    best = values.max(axis=1, keepdims=True)
    tied = np.isclose(values, best, rtol=0, atol=1e-12 * max(1.0, float(np.abs(values).max())))
    return Rank((tied / tied.sum(axis=1, keepdims=True)).mean(axis=0), (best - values).mean(axis=0))
