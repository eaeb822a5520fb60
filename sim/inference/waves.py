"""Waves of a bank: training runs over the whole prior, then only where the facts have not ruled the parameters out.

History matching (Vernon, Goldstein and Bower 2010, Bayesian Analysis 5; for agent-based models McCulloch and others
2022, JASSS 25(2)1): a point is ruled out if the surrogate's prediction of a fact is more than `LIMIT` standard
deviations away, with the scatter of one history, the error of the fact and the model's own error; one such fact is
forgiven, because a model may be wrong in one respect. Each wave is drawn where the waves before rule nothing out, and
teaches the surrogate there. The waves end when the share of the prior that is not ruled out hardly shrinks any more.

The first two batches are the first wave: draws of the whole prior with its spikes, and draws of the prior with its
priors on moments, too; histories whose parameters are to be found again are chosen from the latter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.inference.calibration_file import Calibration
from sim.inference.prior import Prior
from sim.inference.sampling import Likelihood, likelihood_of, sample
from sim.inference.surrogate import Surrogate
from sim.inference.training_runs import run_bank
from sim.parameters.draw import Values

LIMIT, FORGIVEN = 3.0, 1
"""Deviations beyond which a fact rules a point out, and number of such facts that are forgiven."""
SHRINKS = 0.9
"""The waves end when the share that is not ruled out is more than this part of the share before."""
LOOKED_AT, PER_CALL = 200_000, 2000
"""Draws of the prior by which this share is estimated, and draws per call of the surrogate."""
TEMPER, STEPS = 0.25, 4000
"""A wave is drawn from the posterior density raised to this power, by chains of so many steps."""

Learn = Callable[..., Surrogate]


@dataclass(frozen=True)
class Wave:
    """A wave that has been looked at.

    Attributes:
        draws: number of draws of the bank up to it.
        share: share of the prior that the facts do not rule out by it.
    """

    draws: int
    share: float


@dataclass(frozen=True)
class Bank:
    """Parameters and moments, one row per draw, and the waves in which they were run."""

    frame: pd.DataFrame
    waves: tuple[Wave, ...]


def run_waves(
    calibration: Calibration, folder: Path, learn: Learn, first_wave: pd.DataFrame | None = None, **options: Any
) -> Bank:
    """Run or continue a bank; batch n is in the folder `bank-n`.

    Args:
        calibration: the calibration.
        folder: its folder.
        learn: `sim.inference.run_calibration.learn`, which fits the surrogate of a calibration to a bank.
        first_wave: rows of the first wave, by number of draw, if they are known: it does not depend on the facts.
        options: options of `run_bank`.
    """
    plan, seed = calibration.bank, calibration.seed
    frames: list[pd.DataFrame] = []
    waves: list[Wave] = []

    def run_batch(draws: list[Values], batch: int, first: int) -> None:
        frames.append(run_bank(calibration.base, draws, folder / f"bank-{batch}", seed=seed, first=first, **options))

    if first_wave is not None:
        frames.append(first_wave)
    else:
        run_batch(whole_prior(calibration, plan.whole), 1, 0)
        if plan.believed:
            believed = replace(calibration, targets=())
            surrogate = learn(believed, frames[0], moments=believed.moments)
            chains = sample(likelihood_of(believed, surrogate), STEPS, seed)
            run_batch(_named(calibration, chains.thinned(plan.believed, seed)), 2, plan.whole)
    for number in range(plan.waves + 1):
        bank = pd.concat(frames)
        surrogate = learn(calibration, bank, moments=calibration.moments)
        likelihood = likelihood_of(calibration, surrogate)
        waves.append(Wave(len(bank), share_left(likelihood, seed)))
        settled = number > 0 and waves[-1].share > SHRINKS * waves[-2].share
        if settled or number == plan.waves:
            break
        chains = sample(likelihood_of(calibration, surrogate, TEMPER), STEPS, seed + number)
        points = chains.thinned(20 * plan.wave, seed + number)
        kept = points[~ruled_out(likelihood, points)]
        points = kept if len(kept) >= plan.wave else points  # where all is ruled out, the nearest is looked at
        batch = number + (3 if plan.believed else 2)
        run_batch(_named(calibration, points[: plan.wave]), batch, plan.whole + plan.believed + number * plan.wave)
    return Bank(pd.concat(frames), tuple(waves))


def whole_prior(calibration: Calibration, count: int) -> list[Values]:
    """A scrambled Sobol sequence over the ranges of the parameters, and over the spikes."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    low, high = np.array(list(calibration.priors.values())).T
    prior = Prior(tuple(calibration.priors), low, high, calibration.spikes)
    power = max(1, int(np.ceil(np.log2(count))))
    uniform = qmc.Sobol(prior.dimensions, rng=calibration.seed).random_base2(power)[:count]
    return _named(calibration, prior.points(ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))))


def _named(calibration: Calibration, points: np.ndarray) -> list[Values]:
    return [dict(zip(calibration.priors, point, strict=True)) for point in points.tolist()]


def ruled_out(likelihood: Likelihood, points: np.ndarray) -> np.ndarray:
    """Mask (points,) of the points (points, parameters) that the facts rule out."""
    facts, surrogate = likelihood.facts, likelihood.surrogate
    spread = np.hypot(facts.own, surrogate.scatter[facts.columns])
    found = np.empty(len(points), dtype=bool)
    for first in range(0, len(points), PER_CALL):
        part = slice(first, first + PER_CALL)
        away = np.abs(facts.deviations(surrogate.learnt(points[part]))) / spread
        found[part] = (away > LIMIT).sum(axis=1) > FORGIVEN
    return found


def share_left(likelihood: Likelihood, seed: int) -> float:
    """Share of the prior, without priors on moments, that the facts do not rule out."""
    prior = likelihood.prior
    probits = np.random.default_rng(seed).standard_normal((LOOKED_AT, prior.dimensions))
    return float(1 - ruled_out(likelihood, prior.points(probits)).mean())
