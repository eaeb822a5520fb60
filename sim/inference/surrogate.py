"""The surrogate: predicts moments and their scatter from the parameters, and is learnt from the bank.

It is a quadratic ridge regression of each moment on all parameters, their squares and products (a Gaussian process with
a polynomial kernel). Leave-one-out errors choose the penalties, and whether to include draws far from the posterior.
Money, counts and ratios are learnt as logarithms. The scatter is the leave-one-out error, so it includes the chance of
one history and the error of the regression; both belong in the likelihood. So does the correlation of these errors: a
history in which many survive three years has many who survive five.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

PENALTIES = np.logspace(-1, 3.5, 19)
CURVATURES = (0.03, 0.1, 0.3, 1.0)
"""Candidate scales of squares and products relative to linear terms; a smaller scale means a stronger penalty."""
LOGARITHM_FLOORS = {"firms": 1.0, "kMAD": 1.0, "ratio": 0.05}
"""Smallest value, by unit, whose logarithm is taken; smaller moments are raised to it."""


def logarithmic(moments: Sequence[str]) -> np.ndarray:
    """Smallest value of each moment whose logarithm is taken, (moments,); 0 if the moment is learnt without one."""
    from sim.country.data import table

    units = table("facts").set_index("id")["unit"].to_dict()
    found = []
    for name in moments:
        unit = str(units.get(name, "ratio" if "ratio" in name else ""))
        floor = next((small for word, small in LOGARITHM_FLOORS.items() if unit.startswith(word)), 0.0)
        found.append(0.0 if name.startswith("hazard") else floor)
    return np.array(found)


@dataclass(frozen=True)
class Surrogate:
    """Predicts moments (draws, moments) from parameters (draws, parameters).

    Attributes:
        low, high: ranges of the parameters.
        floor: smallest value whose logarithm is taken, (moments,); 0 without a logarithm.
        weights: coefficients, (features, moments).
        r2: leave-one-out R2 of each moment.
        scatter: standard deviation of each moment around its prediction, on the learnt scale.
        correlation: correlation of these deviations, (moments, moments).
    """

    parameters: tuple[str, ...]
    moments: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    floor: np.ndarray
    weights: np.ndarray
    r2: np.ndarray
    scatter: np.ndarray
    correlation: np.ndarray

    def learnt(self, points: np.ndarray) -> np.ndarray:
        """Predicted moments on the learnt scale (logarithms for some)."""
        unit = (points - self.low) / (self.high - self.low) * 2 - 1
        ones = np.hstack([np.ones((len(unit), 1)), unit])
        half = (ones @ self._forms).reshape(len(ones), ones.shape[1], -1)
        found: np.ndarray = np.matmul(ones[:, None, :], half)[:, 0]
        return found

    @cached_property
    def _forms(self) -> np.ndarray:
        """The weights as quadratic forms of one and the scaled parameters, (1 + parameters, (1 + parameters) moments).

        Two products of small matrices are several times as fast as a product of each point's features.
        """
        size = 1 + len(self.parameters)
        forms = np.zeros((size, size, len(self.moments)))
        forms[0, 0], forms[0, 1:] = self.weights[0], self.weights[1:size]
        first, second = np.triu_indices(size - 1)
        forms[1 + first, 1 + second] = self.weights[size:]
        return forms.reshape(size, -1)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Predicted moments in their own units."""
        return self.in_units(self.learnt(points))

    def in_units(self, learnt: np.ndarray) -> np.ndarray:
        """Moments in their own units, from those on the learnt scale."""
        return np.where(self.floor > 0, np.exp(np.minimum(learnt, 30.0)), learnt)

    def spread(self, predicted: np.ndarray) -> np.ndarray:
        """Standard deviation of one history's moments around their prediction, in their own units."""
        return np.where(self.floor > 0, self.scatter * np.abs(predicted), self.scatter)

    def only(self, moments: Sequence[str]) -> Surrogate:
        """The surrogate for some of its moments."""
        place = [self.moments.index(name) for name in moments]
        return replace(
            self,
            moments=tuple(moments),
            floor=self.floor[place],
            weights=self.weights[:, place],
            r2=self.r2[place],
            scatter=self.scatter[place],
            correlation=self.correlation[np.ix_(place, place)],
        )

    def quality(self) -> dict[str, float]:
        """Leave-one-out R2 by moment."""
        return dict(zip(self.moments, self.r2.tolist(), strict=True))


def _features(unit: np.ndarray) -> np.ndarray:
    """Features (draws, features): one, the parameters scaled to [-1, 1], and all their products."""
    first, second = np.triu_indices(unit.shape[1])
    return np.hstack([np.ones((unit.shape[0], 1)), unit, unit[:, first] * unit[:, second]])


def fit(
    bank: pd.DataFrame,
    priors: Mapping[str, tuple[float, float]],
    moments: Sequence[str],
    local: np.ndarray | None = None,
) -> Surrogate:
    """Learn moments from a bank.

    Args:
        bank: parameters and moments, one row per draw; a draw is left out for moments that it does not define.
        priors: the free parameters and their ranges.
        moments: names of the moments to learn.
        local: mask of the rows over which scatter and R2 are measured; all by default. A moment is learnt from these
            rows alone if that fits them better than all rows.
    """
    low, high = np.array(list(priors.values())).T
    features = _features((bank[list(priors)].to_numpy() - low) / (high - low) * 2 - 1)
    floor = logarithmic(moments)
    whole = np.ones(len(bank), dtype=bool)
    near = whole if local is None else local
    choices = (whole,) if near.all() else (whole, near)
    weights, r2, scatter = [], [], []
    residuals = np.full((len(bank), len(moments)), np.nan)
    bases: dict[tuple[bytes, float], _Basis] = {}
    for column, (name, smallest) in enumerate(zip(moments, floor, strict=True)):
        values = bank[name].to_numpy(dtype=float)
        target = np.log(np.maximum(values, smallest)) if smallest > 0 else values
        best: tuple[float, float, np.ndarray, np.ndarray, np.ndarray] | None = None
        for rows, curvature in product(choices, CURVATURES):
            known = rows & np.isfinite(values)
            key = (known.tobytes(), curvature)
            if key not in bases:
                bases[key] = _Basis(features[known], curvature, len(priors))
            basis = bases[key]
            left_out = basis.left_out(target[known])
            errors = (left_out[near[known]] ** 2).mean(axis=0)
            chosen = int(errors.argmin())
            if best is None or errors[chosen] < best[0]:
                coefficients = basis.coefficients(target[known], PENALTIES[chosen])
                error, variance = float(errors[chosen]), float(target[known & near].var())
                best = (error, variance, coefficients, known, left_out[:, chosen])
        assert best is not None
        error, variance, found, known, missed = best
        residuals[known, column] = missed
        weights.append(found)
        r2.append(1 - error / max(variance, 1e-12))
        scatter.append(max(error**0.5, 1e-6))
    return Surrogate(
        tuple(priors),
        tuple(moments),
        low,
        high,
        floor,
        np.array(weights).T,
        np.array(r2),
        np.array(scatter),
        _correlation(residuals[near]),
    )


def _correlation(residuals: np.ndarray) -> np.ndarray:
    """Correlation of columns, from the rows that know all of two; 0 of a constant one, and never singular."""
    found = pd.DataFrame(residuals).corr(min_periods=10).fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(found, 1.0)
    values, vectors = np.linalg.eigh(found)  # of columns with different gaps, the matrix may be indefinite
    found = (vectors * np.maximum(values, 1e-3)) @ vectors.T
    deviation = np.sqrt(np.diag(found))
    answer: np.ndarray = found / np.outer(deviation, deviation)
    return answer


def _decomposed(design: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Singular value decomposition of a design by its smaller square, which is several times as fast.

    Directions whose singular value is a millionth of the largest are lost; every penalty would suppress them.
    """
    tall = design.shape[0] >= design.shape[1]
    values, found = np.linalg.eigh(design.T @ design if tall else design @ design.T)
    kept = values > 1e-12 * values[-1]
    singular, found = np.sqrt(values[kept]), found[:, kept]
    if tall:
        return design @ (found / singular), singular, found.T
    return found, singular, (design.T @ (found / singular)).T


class _Basis:
    """Ridge regression of many targets on one design, with leave-one-out residuals in closed form."""

    def __init__(self, features: np.ndarray, curvature: float, parameters: int):
        self.scale = np.full(features.shape[1], curvature)
        self.scale[1 : 1 + parameters] = 1.0
        design = features * self.scale
        design[:, 0] = 0.0
        self.centre = design.mean(axis=0)
        self.vectors, self.singular, self.directions = _decomposed(design - self.centre)
        squares = self.singular[:, None] ** 2
        self.shrunk = squares / (squares + PENALTIES)
        self.left = np.maximum(1 - self.vectors**2 @ self.shrunk - 1 / len(features), 1e-3)

    def left_out(self, target: np.ndarray) -> np.ndarray:
        """Leave-one-out residuals, (draws, penalties)."""
        centred = target - target.mean()
        fitted = self.vectors @ (self.shrunk * (self.vectors.T @ centred)[:, None])
        found: np.ndarray = (centred[:, None] - fitted) / self.left
        return found

    def coefficients(self, target: np.ndarray, penalty: float) -> np.ndarray:
        """Coefficients of `_features`, (features,), at a penalty."""
        rotated = self.vectors.T @ (target - target.mean())
        slopes = self.directions.T @ (self.singular * rotated / (self.singular**2 + penalty))
        found = slopes * self.scale
        found[0] = target.mean() - self.centre @ slopes
        answer: np.ndarray = found
        return answer
