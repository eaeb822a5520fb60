"""Points that fill the space beside a grid: the group `fill` of an experiment file.

    design: grid
    factors:
      network.hubs_by_2027: [6, 7, 8, 9, 10]
      accompaniment.hours_per_startup: [0, 4, 8, 12, 16]
    fill:
      samples: 39
      factors:
        missions.per_year: {from: 0, to: 8}
        admission.rule: [queue, ranked]

The grid holds the factors of `fill` at their values in the base. The further points vary all factors at once: those of
the grid between their lowest and highest value. They are a Latin hypercube that SciPy makes even (the centred
discrepancy falls with each exchange), so that few points tell what many levers do together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim.declare import Block, parameter
from sim.scenario.checks.values import check_values, shown_value
from sim.scenario.errors import Problems
from sim.scenario.loading import without
from sim.scenario.reader import Node
from sim.scenario.schema import Schema
from sim.studies.factors import Factor, read_factors, value_at_share

MOST_FILLING = 10_000
"""Largest number of points that fill a space; making them even takes seconds for as many."""
_DIGITS = 3
"""Significant digits of values beside the grid, which people type and links hold."""


class FillSettings(Block):
    """The values of the group `fill` except its factors."""

    samples: int = parameter(
        32,
        unit="points",
        low=2,
        high=MOST_FILLING,
        meaning="Number of points beside the grid, which vary all factors at once.",
        origin="assumed: chosen by whoever runs the study",
    )


def read_fill(
    tree: Node, design: str, grid: tuple[Factor, ...], of: Schema, problems: Problems
) -> tuple[int, tuple[Factor, ...]]:
    """Read the group `fill`: number of points, and the factors that only these points vary; 0 without the group."""
    node = tree.at(("fill",))
    if node is None:
        return 0, ()
    place = node.key or node.origin
    if design != "grid":
        problems.note(place, f"fill has no meaning in the design {design}; write design: grid, or remove it")
        return 0, ()
    if not isinstance(node.value, dict):
        message = f"fill is {shown_value(node.value)}, but must be {{samples: 32, factors: …}}"
        problems.note(node.place, message)
        return 0, ()
    checked = check_values(without(node, "factors"), FillSettings, problems, ("fill",), beside=("factors",))
    found = read_factors(node, "lhs", of, problems) if node.at(("factors",)) is not None else ()
    twice = {factor.path for factor in grid} & {factor.path for factor in found}
    for factor in found:
        if factor.path in twice:
            problems.note(factor.origin, f"{factor.path} is a factor of the grid already; remove it here or there")
    return 0 if checked is None else checked.samples, tuple(replace(factor, filling=True) for factor in found)


def fill(factors: tuple[Factor, ...], samples: int, seed: int) -> tuple[dict[str, Any], ...]:
    """The points beside a grid, each as values by path; none for 0 samples."""
    if not samples:
        return ()
    from scipy.stats import qmc

    random = np.random.default_rng([seed, samples])
    shares = qmc.LatinHypercube(len(factors), optimization="random-cd", rng=random).random(samples)
    ranges = [_range_of(factor) for factor in factors]
    return tuple(
        {factor.path: _at_share(factor, float(share)) for factor, share in zip(ranges, row, strict=True)}
        for row in shares
    )


def _range_of(factor: Factor) -> Factor:
    """A factor of a grid as a range from its lowest to its highest value, if these are numbers; else as it is."""
    values = [value for value in factor.values or () if isinstance(value, int | float) and not isinstance(value, bool)]
    if not values or len(values) < len(factor.values or ()):
        return factor
    return replace(factor, values=None, low=float(min(values)), high=float(max(values)))


def _at_share(factor: Factor, share: float) -> Any:
    """The value at a share (0 to 1) of a factor's range or list."""
    values = factor.values
    if values is not None:
        return values[min(int(share * len(values)), len(values) - 1)]
    value = value_at_share(factor, share)
    return value if factor.whole else min(max(float(f"{value:.{_DIGITS}g}"), factor.low or 0.0), factor.high or 0.0)
