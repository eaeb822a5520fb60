"""Samples the posterior by an affine-invariant ensemble sampler on the surrogate, and reports convergence.

emcee (Foreman-Mackey, Hogg, Lang and Goodman 2013, PASP 125) needs no gradients and no tuning, and evaluates hundreds
of points at once by one matrix product. With a smooth surrogate it takes a minute, so every variant and every synthetic
truth gets its own chains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtr

from sim.inference.calibration_file import Calibration, EffectPrior, Target
from sim.inference.entry import FOUNDERS, net_founders
from sim.inference.prior import Prior, Spike
from sim.inference.surrogate import Surrogate
from sim.studies.extras import needs

WALKERS_PER_PARAMETER = 4
BURN_IN, START_TEMPER = 0.5, 0.2
REDRAWN = 0.3
"""Share of the steps that may move walkers to or off a spike."""
ENSEMBLES, LENGTH, ALIKE = 4, 50, 1.01
"""Number of independent ensembles of the final sample, autocorrelation times that each keeps, and largest R-hat."""
FIRST_STEPS, KEPT_EVERY = 5_000, 20
"""Steps of the ensembles after which they are first looked at; one step in `KEPT_EVERY` is kept."""


@dataclass(frozen=True)
class Likelihood:
    """Log posterior of parameters, up to a constant: targets with tolerances, priors on effects, ranges with spikes.

    On the surrogate's scale (logarithms for some moments), the facts are normal around the predicted moments. Their
    covariance is the sum of that of the surrogate's deviations, which are correlated and include one history's chance,
    of the error of each fact, and of the model's own error. A fact of which only a band is known may be anywhere in
    it: its place in the band is one more unknown number, uniform a priori.

    Attributes:
        base: values of all parameters by path, of which those of the surrogate are replaced.
        temper: power of the likelihood; below 1 flattens it.
    """

    surrogate: Surrogate
    targets: tuple[Target, ...]
    effects: tuple[EffectPrior, ...]
    discrepancy: float
    base: Mapping[str, Any]
    temper: float = 1.0
    spikes: tuple[Spike, ...] = ()

    @property
    def prior(self) -> Prior:
        """The uniform prior over the surrogate's ranges, with spikes."""
        return Prior(self.surrogate.parameters, self.surrogate.low, self.surrogate.high, self.spikes)

    @property
    def bands(self) -> int:
        """Number of facts of which only a band is known."""
        return sum(target.value is None for target in self.targets)

    @cached_property
    def facts(self) -> Facts:
        """The targets on the surrogate's scale."""
        return Facts.of(self.targets, self.surrogate, self.discrepancy)

    def __call__(self, points: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
        """Log posterior of points (walkers, parameters), shape (walkers,); minus infinity outside the ranges.

        Args:
            points: parameters.
            places: places of the facts in their bands, from 0 to 1, (walkers, bands); by default those nearest to the
                predicted moments.
        """
        surrogate = self.surrogate
        inside = ((points >= surrogate.low) & (points <= surrogate.high)).all(axis=1)
        total = np.full(points.shape[0], -np.inf)
        if not inside.any():
            return total
        learnt = surrogate.learnt(points[inside])
        score = np.zeros(learnt.shape[0])
        if self.targets:
            score -= 0.5 * self.facts.distances(learnt, None if places is None else places[inside])
        if self.effects:
            found = effects_of(surrogate, self.base, points[inside], learnt)
            for effect in self.effects:
                score += effect.log_density(found[effect.name])
        total[inside] = self.temper * score
        return total


@dataclass(frozen=True)
class Facts:
    """Targets on the scale of a surrogate.

    Attributes:
        columns: their moments among those of the surrogate, (targets,).
        low, high: ends of each fact's band; both are the value of a fact that has one, (targets,).
        bands: numbers of the targets of which only a band is known.
        own: standard deviation of each fact's own error and the model's, (targets,).
        whitening: inverse of the Cholesky factor of the facts' covariance, (targets, targets).
    """

    columns: np.ndarray
    low: np.ndarray
    high: np.ndarray
    bands: np.ndarray
    own: np.ndarray
    whitening: np.ndarray

    @classmethod
    def of(cls, targets: Sequence[Target], surrogate: Surrogate, discrepancy: float) -> Facts:
        """The facts of targets whose moments the surrogate predicts."""
        columns = np.array([surrogate.moments.index(target.name) for target in targets])
        floor, scatter = surrogate.floor[columns], surrogate.scatter[columns]
        known = np.array([target.value is not None for target in targets])
        ends = np.array([target.ends for target in targets])
        middle = np.maximum(ends.mean(axis=1), floor)
        smallest = np.where(floor > 0, floor, 1.0)
        low, high = np.where(floor > 0, np.log(np.maximum(ends.T, smallest)), ends.T)
        own = np.array([target.tolerance for target in targets]) / np.where(floor > 0, middle, 1.0)
        own = own * np.where(known, np.hypot(1.0, discrepancy), discrepancy)
        covariance = np.outer(scatter, scatter) * surrogate.correlation[np.ix_(columns, columns)] + np.diag(own**2)
        whitening = np.linalg.inv(np.linalg.cholesky(covariance))
        return cls(columns, low, high, np.flatnonzero(~known), own, whitening)

    def deviations(self, learnt: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
        """Predicted moments minus facts, (walkers, targets); facts in bands are at `places`, or as near as they can."""
        moments = learnt[:, self.columns]
        facts = np.clip(moments, self.low, self.high)
        if places is not None:
            low, high = self.low[self.bands], self.high[self.bands]
            facts[:, self.bands] = low + places * (high - low)
        found: np.ndarray = moments - facts
        return found

    def distances(self, learnt: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
        """Squared Mahalanobis distances of predicted moments from the facts, (walkers,)."""
        scaled = self.deviations(learnt, places) @ self.whitening.T
        found: np.ndarray = (scaled**2).sum(axis=1)
        return found


def effects_of(
    surrogate: Surrogate, base: Mapping[str, Any], points: np.ndarray, learnt: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Moments by name at points, (walkers,) each; net founders by their equation and not by the surrogate."""
    learnt = surrogate.learnt(points) if learnt is None else learnt
    found = dict(zip(surrogate.moments, surrogate.in_units(learnt).T, strict=True))
    if FOUNDERS in found:
        found[FOUNDERS] = net_founders({**base, **dict(zip(surrogate.parameters, points.T, strict=True))})
    return found


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
    ensemble = Ensemble(likelihood, seed)
    ensemble.run(steps)
    return merged([ensemble])


def sample_until(likelihood: Likelihood, seed: int = 1, longest: int = 100_000) -> Chains:
    """Sample the posterior with independent ensembles until all chains are long and alike, or have `longest` steps.

    They are long if what is kept of each is `LENGTH` times its longest autocorrelation time, and alike if R-hat over
    the ensembles is below `ALIKE`.
    """
    ensembles = [Ensemble(likelihood, seed + 1000 * number) for number in range(ENSEMBLES)]
    steps = min(longest, FIRST_STEPS)
    while True:
        for ensemble in ensembles:
            ensemble.run(steps - ensemble.steps)
        chains = merged(ensembles)
        enough = chains.report["kept_autocorrelation_times"] >= LENGTH and chains.report["r_hat_worst"] < ALIKE
        if enough or steps >= longest:
            return chains
        needed = 1.1 * LENGTH * chains.report["autocorrelation_longest"] / (1 - BURN_IN)
        steps = min(longest, 2 * steps, max(steps + FIRST_STEPS, int(needed)))


class Ensemble:
    """One ensemble of walkers (Goodman and Weare 2010) that can be run on.

    Attributes:
        steps: number of steps so far.
    """

    def __init__(self, likelihood: Likelihood, seed: int):
        with needs("analysis", "sampling the posterior"):
            import emcee

        self.likelihood, self.prior, self.steps = likelihood, likelihood.prior, 0
        dimensions = self.prior.dimensions + likelihood.bands
        walkers = WALKERS_PER_PARAMETER * dimensions
        # No snooker moves: up to emcee 3.1.6 they lack their acceptance ratio (its pull request 531), so that variances
        # are 7 % too small in 40 dimensions.
        moves = [(emcee.moves.DEMove(), 0.9), (emcee.moves.StretchMove(), 0.1)]
        if self.prior.spikes:
            moves = [(move, (1 - REDRAWN) * share) for move, share in moves]
            moves.append((emcee.moves.MHMove(self.prior.redraw), REDRAWN))
        self.sampler = emcee.EnsembleSampler(walkers, dimensions, self._log_posterior, vectorize=True, moves=moves)
        # emcee supports only NumPy's old generator, so its state is set from the seed.
        self.sampler.random_state = np.random.RandomState(seed % 2**32).get_state()
        self.state: Any = self._starts(walkers, np.random.default_rng(seed))

    def _log_posterior(self, probits: np.ndarray) -> np.ndarray:
        own = self.prior.dimensions
        points, places = self.prior.points(probits[:, :own]), ndtr(probits[:, own:])
        found: np.ndarray = self.likelihood(points, places) + self.prior.log_density(probits)
        return found

    def _starts(self, walkers: int, rng: np.random.Generator) -> np.ndarray:
        """Initial probits of walkers: draws from the prior, selected in proportion to a flattened posterior."""
        probits = rng.standard_normal((100 * walkers, self.prior.dimensions + self.likelihood.bands))
        points = self.prior.points(probits[:, : self.prior.dimensions])
        score = START_TEMPER * np.concatenate([self.likelihood(part) for part in np.array_split(points, 100)])
        weight = np.exp(score - score.max())
        # Efraimidis and Spirakis 2006: these keys give a weighted sample without repetition.
        keys = np.log(rng.random(weight.size)) / np.maximum(weight, 1e-300)
        return probits[np.argsort(keys)[-walkers:]]

    def run(self, steps: int) -> None:
        """Run on for a number of steps, a multiple of `KEPT_EVERY`."""
        kept = max(1, steps // KEPT_EVERY)
        self.state = self.sampler.run_mcmc(self.state, kept, thin_by=KEPT_EVERY)
        self.steps += kept * KEPT_EVERY

    def kept(self) -> np.ndarray:
        """Probits (kept steps, walkers, dimensions) after `BURN_IN`."""
        found: np.ndarray = self.sampler.get_chain(discard=int(BURN_IN * self.sampler.iteration))
        return found


def merged(ensembles: Sequence[Ensemble]) -> Chains:
    """The draws of ensembles with the same number of steps, and how far they have converged."""
    import emcee

    prior, steps = ensembles[0].prior, float(ensembles[0].steps)
    probits = [ensemble.kept() for ensemble in ensembles]
    times = np.array([emcee.autocorr.integrated_time(one, tol=0, quiet=True) for one in probits])
    own = prior.dimensions
    chains = [prior.points(one[..., :own].reshape(-1, own)).reshape(*one.shape[:2], -1) for one in probits]
    typical, slowest = float(np.nanmedian(times)), float(np.nanmax(times))
    kept, walkers = chains[0].shape[0], sum(one.shape[1] for one in chains)
    thin = max(1, int(typical / 2))
    alike = np.stack([one.reshape(-1, one.shape[2]) for one in chains], axis=1) if len(chains) > 1 else chains[0]
    report = {
        "ensembles": float(len(chains)),
        "walkers": float(walkers),
        "steps": steps,
        "acceptance": float(np.mean([one.sampler.acceptance_fraction.mean() for one in ensembles])),
        "autocorrelation_median": KEPT_EVERY * typical,
        "autocorrelation_longest": KEPT_EVERY * slowest,
        "kept_autocorrelation_times": kept / slowest,
        "effective_draws": kept * walkers / typical,
        "r_hat_worst": float(np.nanmax(r_hat(alike))),
    }
    draws = np.concatenate(chains, axis=1)[::thin]
    return Chains(ensembles[0].likelihood.surrogate.parameters, draws.reshape(-1, draws.shape[2]), report)


def r_hat(chain: np.ndarray) -> np.ndarray:
    """Split R-hat (Gelman and Rubin 1992) by parameter, over chains, of draws (steps, chains, parameters)."""
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
    return Likelihood(surrogate, targets, effects, calibration.discrepancy, calibration.base.values, temper, spikes)


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
