"""Quantiles of a mixture of scales: of all products of m columns' scales with the points of their shapes.

The extreme products come from the extreme points at the largest scales, and the middle ones from the middle points. So
most products need not be computed; where a column is too skewed for that, all are. The answer has the same bits.
"""

from __future__ import annotations

from functools import cache

import numpy as np

_REACHES = (12, 24)
"""Points on each side of the middle among which the median is sought, first and then, of 100."""


def scaled_quantiles(
    centre: np.ndarray, scales: np.ndarray, shape: np.ndarray, ends: tuple[float, float, float]
) -> np.ndarray:
    """Quantiles `ends` of `centre + scale * point` over all scales and points, (3, m), as `numpy.quantile` has them.

    Args:
        centre: (m,).
        scales: not negative and rising in each column, (m, scales).
        shape: points, an even number for each column, (m, points).
        ends: a low probability, one half, and one minus the low one.
    """
    points = np.sort(shape, axis=1)
    low, _, high = (end * (scales.shape[1] * points.shape[1] - 1) for end in ends)
    return np.stack(
        [
            _outer(centre, scales, points, low),
            _median(centre, scales, points),
            _outer(centre, scales, points, high, top=True),
        ]
    )


def _outer(
    centre: np.ndarray, scales: np.ndarray, points: np.ndarray, place: float, *, top: bool = False
) -> np.ndarray:
    """The value at a place near the bottom or the top of the order, (m,).

    Below zero, the product of the i-th largest scale and the j-th smallest point has i * j products that are as small;
    above zero likewise. Columns with too few points on that side of zero need all products.
    """
    count, size = scales.shape[1], points.shape[1]
    wanted = count * size - int(place) if top else int(place) + 2
    of_scale, of_point = _smallest(count, size, wanted)
    last = (wanted - 1) // count
    if top:
        of_point, few = size - 1 - of_point, points[:, size - 1 - last] < 0
    else:
        few = points[:, last] > 0
    products = np.sort(centre[:, None] + scales[:, of_scale] * points[:, of_point], axis=1)
    found = _at(products, place - (count * size - products.shape[1] if top else 0))
    if few.any():
        found[few] = _at(np.sort(_products(centre[few], scales[few], points[few]), axis=1), place)
    return found


def _median(centre: np.ndarray, scales: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The median, (m,): sought in the middle first, then, where points outside of it may be nearer, among more."""
    found, columns = np.empty(len(centre)), np.arange(len(centre))
    half = points.shape[1] // 2
    for reach in (*_REACHES, half):
        first, end = half - reach, half + reach
        some = centre[columns], scales[columns], points[columns]
        products = _products(*some[:2], some[2][:, first:end])
        place = products.shape[1] // 2
        products.partition((place - 1, place), axis=1)
        found[columns] = _at(products, place - 0.5)
        if reach == half:
            break
        outside = some[0][:, None, None] + some[1][:, [0, -1], None] * some[2][:, None, [first - 1, end]]
        below, above = outside[:, :, 0].max(axis=1), outside[:, :, 1].min(axis=1)
        columns = columns[(below > products[:, place - 1]) | (above < products[:, place])]
        if not len(columns):
            break
    return found


def _products(centre: np.ndarray, scales: np.ndarray, points: np.ndarray) -> np.ndarray:
    found: np.ndarray = centre[:, None, None] + scales[:, :, None] * points[:, None, :]
    return found.reshape(len(centre), -1)


def _at(products: np.ndarray, place: float) -> np.ndarray:
    """Between two neighbours in each row, which are in their places, with the bits of `numpy.quantile`."""
    before = int(place)
    share = place - before
    below, above = products[:, before], products[:, before + 1]
    found: np.ndarray = below + (above - below) * share if share < 0.5 else above - (above - below) * (1 - share)
    return found


@cache
def _smallest(scales: int, points: int, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the scales and points whose products may be among the `wanted` smallest of a column."""
    order, place = np.indices((scales, points)).reshape(2, -1)
    chosen = (order + 1) * (place + 1) <= wanted
    return scales - 1 - order[chosen], place[chosen]
