"""Quantiles of scaled points beside those of all products."""

from __future__ import annotations

import numpy as np
import pytest

from sim.studies.effect_distribution import QUANTILES
from sim.studies.scaled_points import scaled_quantiles

SHAPES = {
    "even": lambda rng, size: rng.normal(size=size),
    "skewed": lambda rng, size: rng.exponential(size=size) - 1,
    "very skewed": lambda rng, size: np.exp(2 * rng.normal(size=size)) - 7,
    "above zero": lambda rng, size: rng.exponential(size=size) + 0.1,
    "below zero": lambda rng, size: -rng.exponential(size=size),
    "few values": lambda rng, size: rng.integers(-1, 2, size=size).astype(float),
    "nothing": lambda rng, size: np.zeros(size),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [16, 64])
def test_quantiles_have_the_bits_of_those_of_all_products(shape, count):
    rng = np.random.default_rng(count)
    points = SHAPES[shape](rng, (40, 100))
    scales = np.sort(rng.gamma(1, size=(40, count)) * rng.integers(0, 2, size=(40, 1)), axis=1)
    scales[:10] += 1  # narrow distributions of the scale as well as wide ones
    centre = rng.normal(size=40)
    products = (centre[:, None, None] + scales[:, :, None] * points[:, None, :]).reshape(40, -1)
    found = scaled_quantiles(centre, scales, points, QUANTILES)
    np.testing.assert_array_equal(found, np.quantile(products, QUANTILES, axis=1))
