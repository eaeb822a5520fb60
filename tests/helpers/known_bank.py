"""A bank of a model that is what the surrogate assumes: quadratic moments with correlated normal deviations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sim.inference.calibration_file import BankPlan, Calibration
from sim.inference.sampling import likelihood_of, sample
from sim.inference.surrogate import Surrogate, _features, logarithmic
from sim.inference.waves import whole_prior

SCATTER = 0.25
"""Standard deviation of a moment's deviation, in that of its prediction over the prior."""


def known_model(calibration: Calibration, moments: tuple[str, ...], seed: int = 1) -> Surrogate:
    """A surrogate with random coefficients; over the prior, each moment varies about its fact, by two tolerances."""
    rng = np.random.default_rng(seed)
    low, high = np.array(list(calibration.priors.values())).T
    points = rng.uniform(-1, 1, (500, low.size))
    features = _features(points)
    weights = rng.standard_normal((features.shape[1], len(moments)))
    weights[1 + low.size :] *= 0.1
    floor, targets = logarithmic(moments), {target.name: target for target in calibration.targets}
    weights /= (features @ weights).std(axis=0)
    for column, name in enumerate(moments):
        middle, spread = 0.05, 0.05
        if name in targets:
            middle, spread = sum(targets[name].ends) / 2, 2 * targets[name].tolerance
        if floor[column] > 0:
            middle, spread = np.log(max(middle, 1.2)), spread / max(middle, 1.2)
        weights[:, column] *= spread
        weights[0, column] += middle - (features @ weights[:, column]).mean()
    spread = (features @ weights).std(axis=0)
    count = len(moments)
    correlation = np.full((count, count), 0.3) + 0.7 * np.eye(count)
    names = tuple(calibration.priors)
    return Surrogate(names, moments, low, high, floor, weights, np.ones(count), SCATTER * spread, correlation)


def known_bank(calibration: Calibration, model: Surrogate, seed: int = 1) -> pd.DataFrame:
    """The first wave of a model: draws of ranges and spikes, then draws of the prior with its priors on moments."""
    plan, rng = calibration.bank, np.random.default_rng(seed)
    points = pd.DataFrame(whole_prior(calibration, plan.whole)).to_numpy()
    if plan.believed:
        chains = sample(likelihood_of(replace(calibration, targets=()), model), 4000, seed)
        points = np.vstack([points, chains.thinned(plan.believed, seed)])
    deviations = rng.multivariate_normal(np.zeros(len(model.moments)), model.correlation, len(points)) * model.scatter
    moments = model.in_units(model.learnt(points) + deviations)
    frame = pd.DataFrame(np.hstack([points, moments]), columns=[*model.parameters, *model.moments])
    return frame.rename_axis(index="replication")


def small(calibration: Calibration, parameters: int, targets: int, plan: BankPlan) -> Calibration:
    """A calibration with the first parameters and targets, one effect, and one spike on the first parameter."""
    priors = dict(list(calibration.priors.items())[:parameters])
    spike = replace(calibration.spikes[0], values={next(iter(priors)): next(iter(priors.values()))[0]})
    return replace(
        calibration, priors=priors, targets=calibration.targets[:targets], effects=calibration.effects[:1],
        spikes=(spike,), bank=plan,
    )  # fmt: skip
