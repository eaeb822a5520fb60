"""The prior of a calibration: a flat box, and spikes on worlds in which a part of the model does nothing.

A box of mechanisms gives hardly any probability to worlds in which all of them are idle, so that no interval could
contain such a world. A spike-and-slab prior (Mitchell and Beauchamp 1988, Journal of the American Statistical
Association 83) gives each part a stated probability of doing nothing at all. It is sampled in the product space of
Carlin and Chib 1995 (Journal of the Royal Statistical Society B 57): each spike has a switch of its own, and the
parameters that it holds keep their flat prior meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr


@dataclass(frozen=True)
class Spike:
    """A part of the model that does nothing with a `probability`, and the `values` of parameters that say so."""

    name: str
    probability: float
    values: Mapping[str, float]
    source: str

    def holds(self, parameters: Sequence[str], points: np.ndarray) -> np.ndarray:
        """Which points (draws, parameters) have the spike's values."""
        columns = [parameters.index(path) for path in self.values]
        found: np.ndarray = (points[:, columns] == list(self.values.values())).all(axis=1)
        return found


class Prior:
    """A flat law over ranges with spikes, in probits, where it is a standard normal law and no proposal leaves it.

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
        """Parameters (draws, parameters) of probits (draws, dimensions); the last probits are the switches."""
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
        """Proposals that redraw one spike's switch and parameters from the prior, and their log ratio of proposing.

        The steps with which walkers change between a spike and the box.
        """
        one = random.randint(len(self.spikes))
        columns = np.append(self.held[one], self.low.size + one)
        proposed = probits.copy()
        proposed[:, columns] = random.standard_normal((len(probits), columns.size))
        return proposed, self.log_density(probits) - self.log_density(proposed)
