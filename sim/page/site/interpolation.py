"""Interpolation between the points of a design, chosen by its measured error.

A number y that is known at points x of the unit cube is smoothed by a Gaussian process. Its covariance has one part
for each lever d, which are added up or multiplied:

    c(x, x') = 1 + sum_d s_d r(x_d, x'_d)        each lever does what it does alone
    c(x, x') = prod_d (1 + s_d r(x_d, x'_d))     levers may strengthen or weaken each other

with r a straight line through the reference, Matérn's function of smoothness 5/2, or the squared exponential. On a
grid, the product of lines is multilinear. The sizes s_d, the lengths and the noise have the largest likelihood; of the
six forms, the one with the smallest error is taken when each point in turn is left out (Rasmussen and Williams 2006,
*Gaussian Processes for Machine Learning*, sections 2.7 and 5.4.2). The error that is shown is measured anew: a fifth
of the points is held out, the numbers of the form are chosen without them, and so on for each fifth.
`interpolation.js` computes the same in the browser.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

Way = Literal["sum", "product"]
Curve = Literal["line", "matern", "gauss"]

FORMS: tuple[tuple[Way, Curve], ...] = (
    ("sum", "line"),
    ("product", "line"),
    ("sum", "matern"),
    ("product", "matern"),
    ("sum", "gauss"),
    ("product", "gauss"),
)
_SIZE, _LENGTH, _NOISE = (-8.0, 6.0), (math.log(0.15), math.log(20.0)), (math.log(1e-6), 0.0)
"""Ranges of the logarithms of sizes, lengths (the cube's edge is 1) and noise."""
_MOST_STEPS = 60
PARTS = 5
"""Number of parts of which each is held out once, to measure the error."""


@dataclass(frozen=True)
class Form:
    """A covariance: how levers are combined, the curve of each, and its numbers by coordinate.

    `noise`, times the mean of the diagonal, is added to it: what differs between near points by chance.
    """

    way: Way
    curve: Curve
    sizes: tuple[float, ...]
    lengths: tuple[float, ...]
    noise: float

    def between(self, some: np.ndarray, others: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Covariances of points, (n, m), of coordinates (n, d) and (m, d); lines pass through `origin`, (d,)."""
        parts = self.parts(some - origin, others - origin)
        found: np.ndarray = 1 + parts.sum(axis=0) if self.way == "sum" else (1 + parts).prod(axis=0)
        return found

    def parts(self, some: np.ndarray, others: np.ndarray) -> np.ndarray:
        """The part of each lever, (d, n, m), of coordinates from the origin."""
        left, right = some.T[:, :, None], others.T[:, None, :]
        sizes, lengths = (np.array(of)[:, None, None] for of in (self.sizes, self.lengths))
        found: np.ndarray = sizes * _curve(self.curve, left, right, lengths)
        return found


@dataclass(frozen=True)
class Fit:
    """A form for an outcome, and what it says of points that are held out.

    Attributes:
        form: the covariance.
        held_out: values at each point from the others, when it is held out, (n, m); NaN at the reference.
        tried: error of the first column by way and curve when each point in turn is left out.
    """

    form: Form
    held_out: np.ndarray
    tried: dict[str, float]


def fit(points: np.ndarray, values: np.ndarray, origin: np.ndarray) -> Fit:
    """The form with the smallest error for the first column of values.

    Args:
        points: coordinates of the points, (n, d), from 0 to 1.
        values: what is known at the points, (n, m); all columns are smoothed as the first one.
        origin: coordinates of the reference, (d,), which is never held out.
    """
    first = values[:, 0]
    found = {f"{way} {curve}": _likeliest(way, curve, points, first, origin) for way, curve in FORMS}
    tried = {name: root_mean_square(left_out(form, points, first, origin)) for name, form in found.items()}
    best = found[min(tried, key=lambda name: tried[name])]
    return Fit(best, held_out(best, points, values, origin), tried)


def left_out(form: Form, points: np.ndarray, values: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Errors at each point if its value is left out, (n,); the numbers of the form stay as they are."""
    inverse = cho_solve(_factor(form, points, origin), np.eye(len(points)))
    found: np.ndarray = inverse @ values / np.diag(inverse)
    return found


def held_out(form: Form, points: np.ndarray, values: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Values at each point from the others, (n, m); the numbers of the form are chosen without the held-out fifth."""
    others = np.flatnonzero((points != origin).any(axis=1))
    shuffled = np.random.default_rng(0).permutation(others)
    found = np.full(values.shape, np.nan)
    for part in np.array_split(shuffled, min(PARTS, len(shuffled))):
        rest = np.delete(np.arange(len(points)), part)
        anew = _likeliest(form.way, form.curve, points[rest], values[rest, 0], origin)
        found[part] = predict(anew, points[rest], values[rest], points[part], origin)
    return found


def root_mean_square(errors: np.ndarray) -> float:
    """Root of the mean square of the errors that are known."""
    return float(np.sqrt(np.nanmean(errors**2)))


def predict(form: Form, points: np.ndarray, values: np.ndarray, at: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Interpolated values at points (k, d): (k,) or (k, m) as `values`."""
    found: np.ndarray = form.between(at, points, origin) @ cho_solve(_factor(form, points, origin), values)
    return found


def plain(form: Form) -> dict[str, Any]:
    """A form for the browser."""
    return {
        "way": form.way, "curve": form.curve, "sizes": form.sizes, "lengths": form.lengths, "noise": form.noise,
    }  # fmt: skip


def _curve(curve: Curve, left: np.ndarray, right: np.ndarray, length: np.ndarray) -> np.ndarray:
    if curve == "line":
        found: np.ndarray = left * right
        return found
    far = np.abs(left - right) / length
    root = math.sqrt(5) * far
    smooth: np.ndarray = np.exp(-0.5 * far**2) if curve == "gauss" else (1 + root + root**2 / 3) * np.exp(-root)
    return smooth


def _slope(curve: Curve, points: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Derivative of `_curve` by the logarithm of the length, (d, n, n)."""
    far = np.abs(points.T[:, :, None] - points.T[:, None, :]) / length
    root = math.sqrt(5) * far
    found: np.ndarray = far**2 * np.exp(-0.5 * far**2) if curve == "gauss" else root**2 * (1 + root) / 3 * np.exp(-root)
    return found


def _factor(form: Form, points: np.ndarray, origin: np.ndarray) -> Any:
    return _with_noise(form.between(points, points, origin), form.noise)


def _with_noise(covariance: np.ndarray, noise: float) -> Any:
    return cho_factor(covariance + noise * np.diag(covariance).mean() * np.eye(len(covariance)), lower=True)


def _likeliest(way: Way, curve: Curve, points: np.ndarray, values: np.ndarray, origin: np.ndarray) -> Form:
    """The numbers of a form with the largest likelihood, where the variance of the whole is the likeliest, too."""
    (count, size), curved, here = points.shape, curve != "line", points - origin

    def form(numbers: np.ndarray) -> Form:
        given = np.exp(numbers).tolist()
        lengths = given[size:-1] if curved else [1.0] * size
        return Form(way, curve, tuple(given[:size]), tuple(lengths), given[-1])

    def cost(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus twice the logarithm of the likelihood, and its derivatives by the logarithms of the numbers."""
        tried = form(numbers)
        parts = tried.parts(here, here)
        if way == "sum":
            whole, beside = 1 + parts.sum(axis=0), np.ones((size, 1, 1))
        else:
            whole = (1 + parts).prod(axis=0)
            beside = np.array([np.delete(1 + parts, d, axis=0).prod(axis=0) for d in range(size)])
        factor = _with_noise(whole, tried.noise)
        weighed = cho_solve(factor, values)
        misfit = max(float(values @ weighed), 1e-300)
        pull = cho_solve(factor, np.eye(count)) - count / misfit * np.outer(weighed, weighed)
        slopes = [parts * beside]
        if curved:
            lengths = np.array(tried.lengths)[:, None, None]
            slopes.append(np.array(tried.sizes)[:, None, None] * _slope(curve, here, lengths) * beside)
        slope, noise = np.concatenate(slopes), tried.noise * np.trace(pull)
        gradient = [
            *((slope * pull).sum(axis=(1, 2)) + noise * np.trace(slope, axis1=1, axis2=2) / count),
            noise * np.trace(whole) / count,
        ]
        return count * math.log(misfit) + 2 * float(np.log(np.diag(factor[0])).sum()), np.array(gradient)

    values = values / (np.sqrt(np.mean(values**2)) or 1.0)
    start = np.array([*[0.0] * (size + curved * size), math.log(1e-3)])
    bounds = [*[_SIZE] * size, *[_LENGTH] * (curved * size), _NOISE]
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _MOST_STEPS})
    return form(found.x)
