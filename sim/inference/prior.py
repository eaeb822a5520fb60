"""The prior of a calibration: uniform over the parameters' ranges, with spikes where a part of the model does nothing.

A uniform prior gives almost no probability to worlds in which all mechanisms are idle, so no interval could contain
such a world. A spike-and-slab prior (Mitchell and Beauchamp 1988, Journal of the American Statistical Association 83)
gives each part a stated probability of doing nothing. It is sampled in the product space of Carlin and Chib 1995
(Journal of the Royal Statistical Society B 57): each spike has a switch, and while the spike holds, the parameters that
it sets keep their uniform prior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr


@dataclass(frozen=True)
class Spike:
    """A part of the model that does nothing with a prior `probability`, and the parameter `values` that mean so."""

    name: str
    probability: float
    values: Mapping[str, float]
    source: str

    def holds(self, parameters: Sequence[str], points: np.ndarray) -> np.ndarray:
        """Mask (draws,) of the points (draws, parameters) that have the spike's values."""
        columns = [parameters.index(path) for path in self.values]
        found: np.ndarray = (points[:, columns] == list(self.values.values())).all(axis=1)
        return found


class Prior:
    """A uniform prior over ranges, with spikes.

    It is expressed in probits, where it is a standard normal distribution, so that no proposal leaves the ranges.

    Args:
        parameters: names of the parameters.
        low: lower ends of their ranges.
        high: upper ends of their ranges.
        spikes: parts that may do nothing.
    """

    def __init__(self, parameters: Sequence[str], low: np.ndarray, high: np.ndarray, spikes: Sequence[Spike] = ()):
        self.low, self.width, self.spikes = low, high - low, tuple(spikes)
        self.held = [np.array([parameters.index(path) for path in spike.values]) for spike in spikes]
        self.dimensions = len(parameters) + len(self.spikes)

    def points(self, probits: np.ndarray) -> np.ndarray:
        """Convert probits (draws, dimensions), whose last columns are switches, to parameters (draws, parameters)."""
        uniform = ndtr(probits)
        points = self.low + self.width * uniform[:, : self.low.size]
        for spike, columns, switch in zip(self.spikes, self.held, uniform.T[self.low.size :], strict=True):
            points[np.ix_(switch < spike.probability, columns)] = list(spike.values.values())
        found: np.ndarray = points
        return found

    def log_density(self, probits: np.ndarray) -> np.ndarray:
        """Log density (draws,), up to a constant."""
        return -0.5 * (probits**2).sum(axis=1)

    def redraw(self, probits: np.ndarray, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        """Propose points with one spike's switch and parameters drawn from the prior again; moves walkers to or off it.

        Returns:
            The proposed probits (draws, dimensions), and the log ratios of the proposal densities (draws,).
        """
        one = random.randint(len(self.spikes))
        columns = np.append(self.held[one], self.low.size + one)
        proposed = probits.copy()
        proposed[:, columns] = random.standard_normal((len(probits), columns.size))
        return proposed, self.log_density(probits) - self.log_density(proposed)
