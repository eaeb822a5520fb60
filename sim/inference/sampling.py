"""Samples the posterior by an affine-invariant ensemble sampler on the surrogate, and reports convergence.

emcee (Foreman-Mackey, Hogg, Lang and Goodman 2013, PASP 125) needs no gradients and no tuning, and evaluates hundreds
of points at once by one matrix product. With a smooth surrogate it takes a minute, so every variant and every synthetic
truth gets its own chains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.inference.calibration_file import Calibration, EffectPrior, Target
from sim.inference.prior import Prior, Spike
from sim.inference.surrogate import Surrogate
from sim.studies.extras import needs

WALKERS_PER_PARAMETER = 4
BURN_IN, START_TEMPER = 0.5, 0.2
REDRAWN = 0.3
"""Share of the steps that may move walkers to or off a spike."""


@dataclass(frozen=True)
class Likelihood:
    """Log posterior of parameters, up to a constant: targets with tolerances, priors on effects, ranges with spikes.

    The variance of a target is the sum of those of the fact, of the model's own error and of one history's chance.
    """

    surrogate: Surrogate
    targets: tuple[Target, ...]
    effects: tuple[EffectPrior, ...]
    discrepancy: float
    temper: float = 1.0
    spikes: tuple[Spike, ...] = ()

    @property
    def prior(self) -> Prior:
        """The uniform prior over the surrogate's ranges, with spikes."""
        return Prior(self.surrogate.parameters, self.surrogate.low, self.surrogate.high, self.spikes)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Log posterior of points (walkers, parameters), shape (walkers,); minus infinity outside the ranges."""
        surrogate = self.surrogate
        inside = ((points >= surrogate.low) & (points <= surrogate.high)).all(axis=1)
        total = np.full(points.shape[0], -np.inf)
        if not inside.any():
            return total
        moments = surrogate(points[inside])
        spread = surrogate.spread(moments)
        place = {name: index for index, name in enumerate(surrogate.moments)}
        score = np.zeros(moments.shape[0])
        for target in self.targets:
            column = place[target.name]
            own = target.tolerance * np.hypot(1.0, self.discrepancy)
            deviation = np.hypot(own, spread[:, column])
            score -= 0.5 * (target.misfit(moments[:, column]) / deviation) ** 2 + np.log(deviation)
        for effect in self.effects:
            score += effect.log_density(moments[:, place[effect.name]])
        total[inside] = self.temper * score
        return total


@dataclass(frozen=True)
class Chains:
    """A posterior sample (draws, parameters), and the convergence report of its chains."""

    parameters: tuple[str, ...]
    draws: np.ndarray
    report: dict[str, float]

    def thinned(self, count: int, seed: int = 1) -> np.ndarray:
        """A random choice of `count` draws, without repetition if there are enough."""
        rng = np.random.default_rng(seed)
        return self.draws[rng.choice(len(self.draws), count, replace=len(self.draws) < count)]


def ask_for_sampler(what: str) -> None:
    """Raise StudyError if the sampler is not installed; called before the first run."""
    with needs("analysis", what):
        import emcee  # noqa: F401


def sample(likelihood: Likelihood, steps: int = 3000, seed: int = 1) -> Chains:
    """Sample the posterior with chains of a number of steps in probits of the prior; drops the first half of each."""
    with needs("analysis", "sampling the posterior"):
        import emcee

    surrogate, prior = likelihood.surrogate, likelihood.prior
    walkers = WALKERS_PER_PARAMETER * prior.dimensions

    def log_posterior(probits: np.ndarray) -> np.ndarray:
        found: np.ndarray = likelihood(prior.points(probits)) + prior.log_density(probits)
        return found

    rng = np.random.default_rng(seed)
    start = _starts(likelihood, walkers, rng)
    # No snooker moves: up to emcee 3.1.6 they lack their acceptance ratio (its pull request 531), so that variances
    # are 7 % too small in 40 dimensions.
    moves = [(emcee.moves.DEMove(), 0.9), (emcee.moves.StretchMove(), 0.1)]
    if prior.spikes:
        moves = [(move, (1 - REDRAWN) * share) for move, share in moves]
        moves.append((emcee.moves.MHMove(prior.redraw), REDRAWN))
    sampler = emcee.EnsembleSampler(walkers, prior.dimensions, log_posterior, vectorize=True, moves=moves)
    # emcee supports only NumPy's old generator, so its state is set from the seed.
    sampler.random_state = np.random.RandomState(seed % 2**32).get_state()
    sampler.run_mcmc(start, steps)
    burnt = int(BURN_IN * steps)
    probits = sampler.get_chain(discard=burnt)
    chain = prior.points(probits.reshape(-1, prior.dimensions)).reshape(*probits.shape[:2], -1)
    correlation = sampler.get_autocorr_time(discard=burnt, quiet=True, tol=0)
    thin = max(1, int(np.nanmedian(correlation) / 2))
    report = {
        "walkers": float(walkers),
        "steps": float(steps),
        "acceptance": float(sampler.acceptance_fraction.mean()),
        "autocorrelation_median": float(np.nanmedian(correlation)),
        "autocorrelation_longest": float(np.nanmax(correlation)),
        "effective_draws": float(chain.shape[0] * walkers / np.nanmedian(correlation)),
        "r_hat_worst": float(np.max(r_hat(chain))),
    }
    return Chains(surrogate.parameters, chain[::thin].reshape(-1, chain.shape[2]), report)


def _starts(likelihood: Likelihood, walkers: int, rng: np.random.Generator) -> np.ndarray:
    """Initial probits of walkers: draws from the prior, selected in proportion to a flattened posterior."""
    prior = likelihood.prior
    probits = rng.standard_normal((100 * walkers, prior.dimensions))
    score = START_TEMPER * likelihood(prior.points(probits))
    weight = np.exp(score - score.max())
    # Efraimidis and Spirakis 2006: these keys give a weighted sample without repetition.
    keys = np.log(rng.random(weight.size)) / np.maximum(weight, 1e-300)
    return probits[np.argsort(keys)[-walkers:]]


def r_hat(chain: np.ndarray) -> np.ndarray:
    """Split R-hat (Gelman and Rubin 1992) by parameter, over walkers, of a chain (steps, walkers, parameters)."""
    half = chain.shape[0] // 2
    parts = np.concatenate([chain[:half], chain[half : 2 * half]], axis=1)
    within = parts.var(axis=0, ddof=1).mean(axis=0)
    between = parts.mean(axis=0).var(axis=0, ddof=1)
    found: np.ndarray = np.sqrt((half - 1) / half + between / np.maximum(within, 1e-300))
    return found


def likelihood_of(calibration: Calibration, surrogate: Surrogate, temper: float = 1.0) -> Likelihood:
    """The log posterior of a calibration on a surrogate; `temper` below 1 flattens it."""
    surrogate = surrogate.only(calibration.moments)
    targets, effects, spikes = calibration.targets, calibration.effects, calibration.spikes
    return Likelihood(surrogate, targets, effects, calibration.discrepancy, temper, spikes)


def identified(
    draws: np.ndarray, priors: Mapping[str, tuple[float, float]], spikes: Sequence[Spike] = ()
) -> dict[str, float]:
    """Ratio of posterior to prior standard deviation by parameter, without draws on spikes: near 1 if unidentified."""
    ratios, names = {}, tuple(priors)
    for column, (path, (low, high)) in enumerate(priors.items()):
        held = [spike.holds(names, draws) for spike in spikes if path in spike.values]
        free = draws[~np.any(held, axis=0), column] if held else draws[:, column]
        ratios[path] = float(free.std() / ((high - low) / np.sqrt(12)))
    return ratios


def weights_of_readings(
    moments: Mapping[str, np.ndarray], value: float, spread: float, prior: Mapping[str, float]
) -> dict[str, float]:
    """Posterior weights of the possible readings of the operator's rate, from moments (draws,) of each reading.

    Args:
        moments: predicted moments of each reading.
        value: the operator's rate.
        spread: its standard deviation.
        prior: prior weight of each reading.
    """
    evidence = {
        name: weight * float(np.mean(np.exp(-0.5 * ((moments[name] - value) / spread) ** 2)))
        if moments[name].size
        else 0.0
        for name, weight in prior.items()
    }
    total = sum(evidence.values()) or 1.0
    return {name: part / total for name, part in evidence.items()}


def medoid(draws: np.ndarray) -> int:
    """Row of the draw with the smallest sum of distances to the others, in standard deviations."""
    scaled = (draws - draws.mean(axis=0)) / np.maximum(draws.std(axis=0), 1e-12)
    distance = np.sqrt(((scaled[:, None, :] - scaled[None, :, :]) ** 2).sum(axis=2))
    return int(distance.sum(axis=1).argmin())
