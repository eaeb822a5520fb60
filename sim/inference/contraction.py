"""Compares prior and posterior: how far the published facts narrow the effects of hubs.

The prior is what a calibration states before any fact of the country: the ranges of its parameters, its spikes, and its
priors on moments, which come from evaluations elsewhere. The posterior adds the facts. Both use the same surrogate. The
prior needs no chains: it is drawn independently from ranges and spikes, and weighted by the priors on moments. The
posterior consists of the chains of the calibration.

Contraction, `1 - variance of the posterior / variance of the prior` (Schad, Betancourt and Vasishth 2021, Psychological
Methods 26), is 1 if the facts determine a quantity, 0 if they say nothing about it, and below 0 if they widen it. Its
interval resamples independent groups of draws; for the posterior these are whole walkers, because draws of one chain
depend on each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from sim.inference.calibration_file import Calibration
from sim.inference.entry import FOUNDERS, net_founders
from sim.inference.prior import Prior
from sim.inference.sampling import Chains, effects_of
from sim.inference.surrogate import Surrogate
from sim.system.spreadsheet import read_csv, write_csv

FILE = "prior_posterior.csv"
MAX_WIDTH = 0.3
"""Largest width of a contraction's interval for which a finding is stated."""
HARDLY, MOSTLY = 1 - 0.9**2, 1 - 0.5**2
"""Contractions at which the facts reduce the standard deviation by a tenth, and by half."""
MIN_SHIFT = 0.5
"""Smallest distance between the medians, in standard deviations of the prior, that counts as moved."""
PRIOR_DRAWS, GROUPS, DRAWS_PER_CALL = 100_000, 200, 2000
"""Number of draws of the prior, number of groups that are resampled, and draws per call of the surrogate."""
BOOTSTRAPS = 2000
SUMMARY_SHARES = {"median": 0.5, "low": 0.025, "high": 0.975, "low_90": 0.05, "high_90": 0.95}

Finding = Literal["cannot be told", "hardly", "moved", "somewhat", "mostly"]


@dataclass(frozen=True)
class Quantity:
    """How an effect of hubs is shown to readers.

    Attributes:
        label: name in English; the catalogue translates it.
        unit: unit in English; the catalogue translates it.
        idle: a free parameter that a spike sets if the effect is absent; empty if no spike concerns it.
        scale: factor that converts a value to the unit.
        decimals: number of decimals, according to the sampling error.
    """

    label: str
    unit: str
    idle: str = ""
    scale: float = 1.0
    decimals: int = 2


LEARNING, RESPONSE, FAIR = "competence.learning", "induced_entry.response", "exports.fair_effect"
QUANTITIES: Mapping[str, Quantity] = {
    "effect_survival_5y": Quantity("Effect of accompaniment on five-year survival", "points", LEARNING, 100, 1),
    "effect_log_revenue_12m": Quantity("Effect of accompaniment on revenue a year later", "log points", LEARNING),
    "effect_funding_ratio_24m": Quantity(
        "Share funded in two years, with over without accompaniment", "ratio", LEARNING
    ),
    "effect_export_ratio_24m": Quantity(
        "Share that begin to export in two years, with over without accompaniment", "ratio", LEARNING
    ),
    FOUNDERS: Quantity("Net new founders that today's hubs bring", "founders a year", RESPONSE, decimals=0),
    FAIR: Quantity("Effect of a fair on the value of exporting", "log points", FAIR),
}
"""The quantities to compare: moments with a prior, a free parameter, and a function of several parameters."""


@dataclass(frozen=True)
class PriorPosterior:
    """One quantity under prior and posterior, in its unit: a row of `prior_posterior.csv`.

    Attributes:
        quantity: key in `QUANTITIES`, or the name of another moment.
        prior_median, prior_low, prior_high, prior_low_90, prior_high_90: median, 95 % and 90 % interval of the prior.
        prior_idle: share of the prior in which a spike makes the part idle; NaN without a spike.
        prior_draws: effective number of independent draws for the mean of this quantity.
        posterior_…: the same of the posterior.
        contraction, contraction_low, contraction_high: contraction with its 95 % bootstrap interval.
        width_ratio: width of the posterior's 90 % interval divided by the width of the prior's.
        shift: posterior median minus prior median, in standard deviations of the prior.
    """

    quantity: str
    prior_median: float
    prior_low: float
    prior_high: float
    prior_low_90: float
    prior_high_90: float
    prior_idle: float
    prior_draws: float
    posterior_median: float
    posterior_low: float
    posterior_high: float
    posterior_low_90: float
    posterior_high_90: float
    posterior_idle: float
    posterior_draws: float
    contraction: float
    contraction_low: float
    contraction_high: float
    width_ratio: float
    shift: float

    @property
    def words(self) -> Quantity:
        """Label, unit and number format of the quantity."""
        return QUANTITIES.get(self.quantity, Quantity(self.quantity, ""))

    @property
    def finding(self) -> Finding:
        """What the facts do to the quantity; it is narrowed only if the whole interval of the contraction says so."""
        if not self.contraction_high - self.contraction_low <= MAX_WIDTH:
            return "cannot be told"
        if self.contraction_low >= HARDLY:
            return "mostly" if self.contraction_low >= MOSTLY else "somewhat"
        return "moved" if abs(self.shift) >= MIN_SHIFT else "hardly"


@dataclass(frozen=True)
class Sample:
    """Weighted draws in independent groups.

    Attributes:
        values: quantities by draw; the draws `i, i + groups, i + 2 groups, …` form one group.
        idle: whether a spike makes a quantity's part idle, by draw; only for quantities with a spike.
        weights: weight of each draw, (draws,), with the sum 1.
        groups: number of groups.
    """

    values: pd.DataFrame
    idle: pd.DataFrame
    weights: np.ndarray
    groups: int

    def quantile(self, name: str, shares: np.ndarray) -> np.ndarray:
        """Weighted quantiles of a quantity."""
        values = self.values[name].to_numpy()
        order = np.argsort(values)
        reached = np.searchsorted(np.cumsum(self.weights[order]), shares)
        return values[order][np.minimum(reached, len(order) - 1)]

    def summary(self, name: str) -> dict[str, float]:
        """Median, 95 % and 90 % interval of a quantity, and the share of draws in which it is idle."""
        ends = self.quantile(name, np.array(list(SUMMARY_SHARES.values()))).tolist()
        idle = float(self.weights @ self.idle[name]) if name in self.idle else np.nan
        return {**dict(zip(SUMMARY_SHARES, ends, strict=True)), "idle": idle}

    def spread(self, name: str) -> float:
        """Weighted standard deviation of a quantity."""
        values = self.values[name].to_numpy()
        return float(np.sqrt(self.weights @ (values - self.weights @ values) ** 2))

    def resampled(self, name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Means and variances of a quantity in `BOOTSTRAPS` resamples of the groups, (BOOTSTRAPS,) each."""
        values = self.values[name].to_numpy()
        values = values - self.weights @ values
        powers = self.weights * values ** np.arange(3)[:, None]
        sums = powers.reshape(3, -1, self.groups).sum(axis=1)
        whole, first, second = sums @ _chosen(self.groups, seed)
        mean = first / whole
        return mean, second / whole - mean**2


@cache
def _chosen(groups: int, seed: int) -> np.ndarray:
    """Number of times that each group (rows) is in each bootstrap sample (columns)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(groups, np.full(groups, 1 / groups), BOOTSTRAPS).T.astype(float)


def prior_sample(calibration: Calibration, surrogate: Surrogate, draws: int = PRIOR_DRAWS) -> Sample:
    """Sample of a calibration's prior: ranges and spikes, weighted by the priors on moments."""
    prior = Prior(surrogate.parameters, surrogate.low, surrogate.high, calibration.spikes)
    probits = np.random.default_rng(calibration.seed).standard_normal((draws, prior.dimensions))
    found = sample_of(calibration, surrogate, prior.points(probits), GROUPS)
    score = sum((effect.log_density(found.values[effect.name].to_numpy()) for effect in calibration.effects), 0.0)
    weights = np.exp(score - np.max(score)) * found.weights
    return replace(found, weights=weights / weights.sum())


def posterior_sample(calibration: Calibration, surrogate: Surrogate, chains: Chains) -> Sample:
    """Sample of a calibration's posterior, from its chains."""
    return sample_of(calibration, surrogate, chains.draws, int(chains.report["walkers"]))


def sample_of(calibration: Calibration, surrogate: Surrogate, points: np.ndarray, groups: int) -> Sample:
    """Make a sample of points (draws, parameters) with equal weights in a number of groups."""
    batches = np.array_split(points, max(1, len(points) // DRAWS_PER_CALL))
    values = pd.concat([quantities(calibration, surrogate, batch) for batch in batches], ignore_index=True)
    spikes = {path: spike for spike in calibration.spikes for path in spike.values}
    silent = {name: spikes.get(QUANTITIES[name].idle) for name in map(str, values) if name in QUANTITIES}
    idle = {name: spike.holds(surrogate.parameters, points) for name, spike in silent.items() if spike}
    return Sample(values, pd.DataFrame(idle), np.full(len(points), 1 / len(points)), groups)


def quantities(calibration: Calibration, surrogate: Surrogate, points: np.ndarray) -> pd.DataFrame:
    """Values by draw of the moments with priors, and of those `QUANTITIES` that free parameters determine."""
    effects = [effect.name for effect in calibration.effects]
    found = effects_of(surrogate.only(effects), calibration.base.values, points)
    free = dict(zip(surrogate.parameters, points.T, strict=True))
    if FAIR in free:
        found[FAIR] = free[FAIR]
    if RESPONSE in free:
        found[FOUNDERS] = net_founders(calibration.base.values | free)
    return pd.DataFrame(found)


def prior_posterior_table(prior: Sample, posterior: Sample, seed: int = 1) -> pd.DataFrame:
    """Table of all quantities of both samples: columns of `PriorPosterior`."""
    columns = [field.name for field in fields(PriorPosterior)]
    return pd.DataFrame([_row(name, prior, posterior, seed) for name in map(str, prior.values)], columns=columns)


def _row(name: str, prior: Sample, posterior: Sample, seed: int) -> dict[str, str | float]:
    before, after = prior.summary(name), posterior.summary(name)
    means, variances = prior.resampled(name, seed)
    later_means, later_variances = posterior.resampled(name, seed + 1)
    low, high = np.quantile(1 - later_variances / variances, [0.025, 0.975])
    spread, left = prior.spread(name), posterior.spread(name)
    return {
        "quantity": name,
        **{f"prior_{part}": value for part, value in before.items()},
        **{f"posterior_{part}": value for part, value in after.items()},
        "prior_draws": round(spread**2 / means.var()),
        "posterior_draws": round(left**2 / later_means.var()),
        "contraction": 1 - (left / spread) ** 2,
        "contraction_low": low,
        "contraction_high": high,
        "width_ratio": (after["high_90"] - after["low_90"]) / (before["high_90"] - before["low_90"]),
        "shift": (after["median"] - before["median"]) / spread,
    }


def write_prior_posterior(folder: Path, table: pd.DataFrame) -> None:
    """Write a table in the form that `load_prior_posterior` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / FILE, table, float_format="%.4g")


def rows_of(table: pd.DataFrame) -> tuple[PriorPosterior, ...]:
    """The rows of a table from `prior_posterior_table`."""
    return tuple(PriorPosterior(*row) for row in table.itertuples(index=False))


def load_prior_posterior(folder: Path) -> tuple[PriorPosterior, ...]:
    """Read the table of a folder; one row per quantity."""
    return rows_of(read_csv(folder / FILE))


@cache
def packaged_prior_posterior() -> tuple[PriorPosterior, ...]:
    """Read the packaged table; one row per quantity."""
    with as_file(files("sim.country.data").joinpath(FILE)) as file:
        return load_prior_posterior(file.parent)
