"""Tests of accuracy with random points, TARP: whether a posterior is where it should be in all coordinates at once.

Lemos, Coogan, Hezaveh and Perreault-Levasseur 2023 ("Sampling-based accuracy testing of posterior estimators for
general inference", ICML): around a reference point, the share of draws nearer than the truth is uniform if the
posterior is right. A posterior that ignores the data passes if the reference does, too; so the reference is predicted
from the data, by a linear regression on simulations without the truth.
"""

from __future__ import annotations

import numpy as np

from sim.inference.uniformity import rank


def distance_rank(truth: np.ndarray, draws: np.ndarray, reference: np.ndarray, rng: np.random.Generator) -> int:
    """Number of draws (draws, coordinates) that are nearer to a reference point than the truth is; ties by chance."""
    distances = np.linalg.norm(np.vstack([truth, draws]) - reference, axis=1)
    return rank(float(distances[0]), distances[1:], rng)


def reference_point(coordinates: np.ndarray, facts: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Coordinates that a linear regression predicts.

    Args:
        coordinates: of the simulations, without the truth's own, (simulations, coordinates).
        facts: of the same simulations, (simulations, facts); undefined ones count as average.
        seen: the facts of the truth, (facts,).
    """
    middle = np.nanmean(facts, axis=0)
    design = np.column_stack([np.ones(len(facts)), np.nan_to_num(facts - middle)])
    slopes = np.linalg.lstsq(design, coordinates, rcond=None)[0]
    found: np.ndarray = np.append(1.0, np.nan_to_num(seen - middle)) @ slopes
    return found
