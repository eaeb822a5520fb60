"""Bands of many columns, such as months, for figures: expected values with their intervals, fast."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from sim.studies.effect_distribution import FEW_DRAWS, cut_at_zero, draw_variance, share_above
from sim.studies.statistics import MUCH_CHANCE, defined_alike, expected_ends

_COARSE = 16
"""Number of points of the scale's distribution for intervals that are only drawn."""


def bands(values: ArrayLike, draws: ArrayLike | None = None, *, differences: bool = False) -> np.ndarray:
    """Low end, median and high end, (3, m), of the expected values of many columns, such as months, for figures.

    Arguments as in `sim.studies.statistics.levels`; those of `differences` are cut at zero as the intervals of
    `effects` are. The distribution has fewer points than there, which moves the ends by up to 3 % of the interval's
    width. Without an interval, the median is the mean over worlds; NaN if no world defines the value.
    """
    columns = np.asarray(values, dtype=float)
    found = np.full((3, columns.shape[1]), math.nan)
    for places, rows, known in defined_alike(columns):
        ends = expected_ends(known, draws, rows, scales=_COARSE)
        ends[1] = np.where(np.isnan(ends[1]), known.mean(axis=0), ends[1])
        if differences and draws is not None:
            around = (ends[0] < 0) & (ends[2] > 0)
            share = _share(known[:, around], np.asarray(draws)[rows])
            ends[0, around], ends[2, around] = cut_at_zero(ends[:, around], share)
        found[:, places] = ends
    return found


def _share(values: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Share above zero of columns (n, m), where it is known well; else one half."""
    found = draw_variance(values, draws)
    if found.draws <= FEW_DRAWS or not values.size:
        return np.full(values.shape[1], 0.5)
    return np.where(found.chance_share <= MUCH_CHANCE, share_above(found), 0.5)
