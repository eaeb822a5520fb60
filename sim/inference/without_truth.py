"""The surrogate of a bank without one of its rows, in closed form: what `fit` would learn with the same penalties.

A truth must not have taught the surrogate that looks for it, and to fit anew for each of hundreds of truths is slow.
Ridge coefficients without row i are `b - A^-1 x_i e_i / (1 - h_i)`, where `A = X'X + P`, `e` the residuals, `h` the
leverages, and `P` the penalties (Cook and Weisberg 1982, "Residuals and influence in regression", for least squares;
an unpenalized intercept is a column of ones). Penalties, and the rows that a moment was learnt from, need not be known:
`X'e = P b` tells them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve

from sim.inference.surrogate import Surrogate, _correlation, _features

SMALLEST_SCATTER = 1e-6


@dataclass(frozen=True)
class _Penalties:
    """Penalties of linear terms, and of squares and products; `misfit` is above 0 if the moment has other rows."""

    linear: float
    curved: float
    misfit: float


@dataclass(frozen=True)
class _Regression:
    """Moments that were learnt from the same rows with the same penalties: one factorization.

    Attributes:
        moments: their columns.
        rows: positions of the rows, (rows,).
        residuals: of the learnt values, (rows, moments).
        leverages: (rows,).
        place: place of each row that can be left out among the next two.
        hat: rows of the hat matrix, (rows to leave out, rows).
        influence: `A^-1 X'`, (features, rows to leave out).
    """

    moments: np.ndarray
    rows: np.ndarray
    residuals: np.ndarray
    leverages: np.ndarray
    place: dict[int, int]
    hat: np.ndarray
    influence: np.ndarray

    def change(self, position: int) -> np.ndarray:
        """Coefficients without a row minus those with it, (features, moments)."""
        row, place = int(np.searchsorted(self.rows, position)), self.place[position]
        found: np.ndarray = -np.outer(self.influence[:, place], self.residuals[row]) / (1 - self.leverages[row])
        return found

    def deviations(self, position: int) -> np.ndarray:
        """Leave-one-out residuals (rows, moments) of a regression without a row, whose own are undefined."""
        if position not in self.place:
            alone: np.ndarray = self.residuals / (1 - self.leverages[:, None])
            return alone
        row, shared = int(np.searchsorted(self.rows, position)), self.hat[self.place[position]]
        own = 1 - self.leverages[row]
        determinant = own * (1 - self.leverages) - shared**2
        determinant[row] = np.nan
        errors = own * self.residuals + np.outer(shared, self.residuals[row])
        found: np.ndarray = errors / determinant[:, None]
        return found


class LeftOut:
    """A surrogate without one of the rows that it was learnt from.

    Args:
        surrogate: learnt by `fit` from the bank.
        bank: parameters and moments, one row per draw.
        positions: rows that will be left out.
        local: mask of the rows over which `fit` measured scatter; all by default.
    """

    def __init__(
        self, surrogate: Surrogate, bank: pd.DataFrame, positions: Sequence[int], local: np.ndarray | None = None
    ):
        self.surrogate = surrogate
        self.local = np.ones(len(bank), dtype=bool) if local is None else local
        points = bank[list(surrogate.parameters)].to_numpy(dtype=float)
        self._features = _features((points - surrogate.low) / (surrogate.high - surrogate.low) * 2 - 1)
        self._values = learnt_values(surrogate, bank[list(surrogate.moments)].to_numpy(dtype=float))
        self._regressions = list(self._solved(set(positions)))

    def without(self, position: int) -> Surrogate:
        """The surrogate without the row at a position; its R2 is that of all rows."""
        weights = self.surrogate.weights.copy()
        deviations = np.full(self._values.shape, np.nan)
        for one in self._regressions:
            deviations[np.ix_(one.rows, one.moments)] = one.deviations(position)
            if position in one.place:
                weights[:, one.moments] += one.change(position)
        kept = deviations[self.local]
        scatter = np.maximum(np.sqrt(np.nanmean(kept**2, axis=0)), SMALLEST_SCATTER)
        return replace(self.surrogate, weights=weights, scatter=scatter, correlation=_correlation(kept))

    def _solved(self, positions: set[int]) -> Iterator[_Regression]:
        """Solve the regressions, one for all moments that have the same rows and penalties."""
        groups: dict[tuple[bytes, str], list[int]] = defaultdict(list)
        first: dict[tuple[bytes, str], _Penalties] = {}
        for moment in range(len(self.surrogate.moments)):
            known = np.isfinite(self._values[:, moment])
            masks = [known] if self.local.all() else [known, known & self.local]
            rows, found = min(((rows, self._penalties(moment, rows)) for rows in masks), key=lambda one: one[1].misfit)
            key = rows.tobytes(), f"{found.linear:.6g} {found.curved:.6g}"
            groups[key].append(moment)
            first.setdefault(key, found)
        linear = len(self.surrogate.parameters)
        for key, moments in groups.items():
            rows = np.flatnonzero(np.frombuffer(key[0], dtype=bool))
            features, penalties = self._features[rows], first[key]
            repeats = [1, linear, features.shape[1] - linear - 1]
            ridge = np.repeat([0.0, penalties.linear, penalties.curved], repeats)
            influence = cho_solve(cho_factor(features.T @ features + np.diag(ridge)), features.T)
            chosen = [row for row, position in enumerate(rows.tolist()) if position in positions]
            yield _Regression(
                np.array(moments),
                rows,
                self._values[np.ix_(rows, moments)] - features @ self.surrogate.weights[:, moments],
                np.einsum("rf,fr->r", features, influence),
                {int(rows[row]): place for place, row in enumerate(chosen)},
                np.array([features[row] @ influence for row in chosen]),  # one by one: bits without regard to others
                influence[:, chosen],
            )

    def _penalties(self, moment: int, rows: np.ndarray) -> _Penalties:
        """Penalties if a moment was learnt from some rows; 1 for coefficients that are all zero."""
        coefficients, features = self.surrogate.weights[:, moment], self._features[rows]
        pull = features.T @ (self._values[rows, moment] - features @ coefficients)
        linear = len(self.surrogate.parameters)
        found, left = [], [pull[:1]]
        for part in (slice(1, linear + 1), slice(linear + 1, None)):
            size = float(coefficients[part] @ coefficients[part])
            found.append(float(coefficients[part] @ pull[part]) / size if size else 1.0)
            left.append(pull[part] - found[-1] * coefficients[part])
        return _Penalties(found[0], found[1], float(np.linalg.norm(np.concatenate(left))))


def learnt_values(surrogate: Surrogate, moments: np.ndarray) -> np.ndarray:
    """Moments (draws, moments) on the scale on which the surrogate learns them: logarithms for some."""
    logarithmic = surrogate.floor > 0
    raised = np.maximum(moments, np.where(logarithmic, surrogate.floor, -np.inf))
    return np.where(logarithmic, np.log(np.where(logarithmic, raised, 1.0)), moments)
