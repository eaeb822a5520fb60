"""Statistics of monthly series whose values may be undefined (NaN)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

COHORT_SERIES = frozenset({"survival_5y", "success_24m", "cohort_success_rate"})
"""Monthly rates of small monthly cohorts; figures show their mean over the last twelve months."""


def quantiles(values: np.ndarray, shares: Sequence[float], axis: int = 0) -> np.ndarray:
    """Quantiles along `axis` without NaN, linear between ranks; NaN if no value is left.

    NumPy's `nanquantile` is slow, because it makes one Python call per slice.
    """
    ordered = np.sort(np.moveaxis(values, axis, 0), axis=0)
    last = np.maximum(np.isfinite(ordered).sum(axis=0) - 1, 0)
    found = []
    for share in shares:
        rank = share * last
        below = np.floor(rank).astype(int)
        above = np.minimum(below + 1, last)
        low = np.take_along_axis(ordered, below[None], axis=0)[0]
        high = np.take_along_axis(ordered, above[None], axis=0)[0]
        found.append(low + (rank - below) * (high - low))
    return np.stack(found)


def yearly_mean(values: np.ndarray) -> np.ndarray:
    """Mean over the defined values of the last twelve months (last axis); NaN in the first eleven months."""
    known = np.isfinite(values)
    padding = [(0, 0)] * (values.ndim - 1) + [(12, 0)]
    total = np.cumsum(np.pad(np.where(known, values, 0.0), padding), axis=-1)
    count = np.cumsum(np.pad(known, padding), axis=-1)
    window_total, window_count = total[..., 12:] - total[..., :-12], count[..., 12:] - count[..., :-12]
    mean = np.where(window_count > 0, window_total / np.maximum(window_count, 1), np.nan)
    mean[..., : min(11, values.shape[-1] - 1)] = np.nan
    return mean
