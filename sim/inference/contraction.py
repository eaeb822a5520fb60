"""Prior beside posterior: how far the published facts narrow what hubs do.

The prior is all that a calibration says before any fact of the country: the ranges of its parameters, its spikes and
its priors on moments, which come from evaluations elsewhere. The posterior adds the facts. Both are read off the same
surrogate. The prior is drawn independently from ranges and spikes and weighted by the priors on moments, which needs no
chain; the posterior is the chains of the calibration.

Contraction, `1 - variance of the posterior / variance of the prior` (Schad, Betancourt and Vasishth 2021, Psychological
Methods 26), is 1 where the facts tell everything, 0 where they tell nothing, and below 0 where they spread a quantity.
Its interval resamples independent groups of draws: of the posterior whole walkers, so that draws of one chain do not
count as several.
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
from sim.inference.entry import net_founders
from sim.inference.prior import Prior
from sim.inference.sampling import Chains
from sim.inference.surrogate import Surrogate
from sim.system.spreadsheet import read_csv, write_csv

FILE = "prior_posterior.csv"
MAX_WIDTH = 0.3
"""Width of a contraction's interval beyond which it is not told."""
HARDLY, MOSTLY = 1 - 0.9**2, 1 - 0.5**2
"""Contractions from which the facts take a tenth, and half, of a standard deviation."""
MOVED = 0.5
"""Distance between the medians, in standard deviations of the prior, from which facts move a quantity."""
DRAWS, GROUPS, BATCH = 100_000, 200, 2000
"""Draws of the prior, the groups in which they are resampled, and how many the surrogate reads at once."""
BOOTSTRAPS = 2000
ENDS = {"median": 0.5, "low": 0.025, "high": 0.975, "low_90": 0.05, "high_90": 0.95}

Finding = Literal["cannot be told", "hardly", "moved", "somewhat", "mostly"]


@dataclass(frozen=True)
class Quantity:
    """Something that hubs do, as people read it.

    Attributes:
        label: what it is, in English; languages translate it.
        unit: its unit, likewise.
        idle: a free parameter that a spike holds where there is nothing of it; empty if no spike may.
        scale: what a value is multiplied with to be in the unit.
        decimals: decimals that its sampling error deserves.
    """

    label: str
    unit: str
    idle: str = ""
    scale: float = 1.0
    decimals: int = 2


SERVICES, RESPONSE, FAIR, FOUNDERS = (
    "competence.learning", "induced_entry.response", "exports.fair_effect", "net_founders",
)  # fmt: skip
QUANTITIES: Mapping[str, Quantity] = {
    "effect_survival_5y": Quantity("Effect of accompaniment on five-year survival", "points", SERVICES, 100, 1),
    "effect_log_revenue_12m": Quantity("Effect of accompaniment on revenue a year later", "log points", SERVICES),
    "effect_funding_ratio_24m": Quantity(
        "Share funded in two years, with over without accompaniment", "ratio", SERVICES
    ),
    "effect_export_ratio_24m": Quantity(
        "Share that begin to export in two years, with over without accompaniment", "ratio", SERVICES
    ),
    FAIR: Quantity("Effect of a fair on the value of exporting", "log points", FAIR),
    FOUNDERS: Quantity("Net new founders that today's hubs bring", "founders a year", RESPONSE, decimals=0),
}
"""What is set beside: moments with a prior of their own, a free parameter, and what follows from several."""


@dataclass(frozen=True)
class PriorPosterior:
    """One quantity before and after the facts, in its own unit: a row of `prior_posterior.csv`.

    Attributes:
        quantity: key in `QUANTITIES`, or the name of another moment.
        prior_median, prior_low, prior_high, prior_low_90, prior_high_90: median, 95 % and 90 % interval of the prior.
        prior_idle: share of the prior in which the part is idle by a spike; NaN without a spike.
        prior_draws: independent draws that the sample is worth for the mean of this quantity.
        contraction, contraction_low, contraction_high: contraction with its 95 % bootstrap interval.
        width_ratio: width of the posterior's 90 % interval over that of the prior's.
        shift: from the prior's median to the posterior's, in standard deviations of the prior.
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
        """Label, unit and how its numbers are written."""
        return QUANTITIES.get(self.quantity, Quantity(self.quantity, ""))

    @property
    def finding(self) -> Finding:
        """What the facts do to it: narrower only where the whole interval of the contraction says so."""
        if not self.contraction_high - self.contraction_low <= MAX_WIDTH:
            return "cannot be told"
        if self.contraction_low >= HARDLY:
            return "mostly" if self.contraction_low >= MOSTLY else "somewhat"
        return "moved" if abs(self.shift) >= MOVED else "hardly"


@dataclass(frozen=True)
class Sample:
    """Weighted draws in independent groups.

    Attributes:
        values: quantities by draw; draws `i, i + groups, i + 2 groups …` are one group.
        idle: whether a quantity's part is idle by a spike, by draw; quantities without a spike are left out.
        weights: (draws,), summing to 1.
        groups: their number.
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
        """Median, 95 % and 90 % interval of a quantity, and how often it is idle."""
        ends = self.quantile(name, np.array(list(ENDS.values()))).tolist()
        idle = float(self.weights @ self.idle[name]) if name in self.idle else np.nan
        return {**dict(zip(ENDS, ends, strict=True)), "idle": idle}

    def spread(self, name: str) -> float:
        """Weighted standard deviation of a quantity."""
        values = self.values[name].to_numpy()
        return float(np.sqrt(self.weights @ (values - self.weights @ values) ** 2))

    def resampled(self, name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Means and variances of a quantity in `BOOTSTRAPS` samples of as many groups."""
        values = self.values[name].to_numpy()
        values = values - self.weights @ values
        powers = self.weights * values ** np.arange(3)[:, None]
        sums = powers.reshape(3, -1, self.groups).sum(axis=1)
        whole, first, second = sums @ _chosen(self.groups, seed)
        mean = first / whole
        return mean, second / whole - mean**2


@cache
def _chosen(groups: int, seed: int) -> np.ndarray:
    """How often each group (rows) is in each bootstrap sample (columns)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(groups, np.full(groups, 1 / groups), BOOTSTRAPS).T.astype(float)


def prior_sample(calibration: Calibration, surrogate: Surrogate, draws: int = DRAWS) -> Sample:
    """What a calibration says before any fact: ranges and spikes, weighted by the priors on moments."""
    prior = Prior(surrogate.parameters, surrogate.low, surrogate.high, calibration.spikes)
    probits = np.random.default_rng(calibration.seed).standard_normal((draws, prior.dimensions))
    found = sample_of(calibration, surrogate, prior.points(probits), GROUPS)
    score = sum((effect.log_density(found.values[effect.name].to_numpy()) for effect in calibration.effects), 0.0)
    weights = np.exp(score - np.max(score)) * found.weights
    return replace(found, weights=weights / weights.sum())


def posterior_sample(calibration: Calibration, surrogate: Surrogate, chains: Chains) -> Sample:
    """What a calibration says with the facts."""
    return sample_of(calibration, surrogate, chains.draws, int(chains.report["walkers"]))


def sample_of(calibration: Calibration, surrogate: Surrogate, points: np.ndarray, groups: int) -> Sample:
    """Points (draws, parameters) of equal weight in so many groups."""
    batches = np.array_split(points, max(1, len(points) // BATCH))
    values = pd.concat([quantities(calibration, surrogate, batch) for batch in batches], ignore_index=True)
    spikes = {path: spike for spike in calibration.spikes for path in spike.values}
    silent = {name: spikes.get(QUANTITIES[name].idle) for name in map(str, values) if name in QUANTITIES}
    idle = {name: spike.holds(surrogate.parameters, points) for name, spike in silent.items() if spike}
    return Sample(values, pd.DataFrame(idle), np.full(len(points), 1 / len(points)), groups)


def quantities(calibration: Calibration, surrogate: Surrogate, points: np.ndarray) -> pd.DataFrame:
    """The calibration's priors on moments, and what of `QUANTITIES` its free parameters tell, by draw."""
    effects = [effect.name for effect in calibration.effects]
    found = dict(zip(effects, surrogate.only(effects)(points).T, strict=True))
    free = dict(zip(surrogate.parameters, points.T, strict=True))
    if FAIR in free:
        found[FAIR] = free[FAIR]
    if RESPONSE in free:
        found[FOUNDERS] = net_founders(calibration.base.values | free)
    return pd.DataFrame(found)


def prior_posterior_table(prior: Sample, posterior: Sample, seed: int = 1) -> pd.DataFrame:
    """Every quantity of both samples before and after the facts: the columns of `PriorPosterior`."""
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
    """Write a table as `load_prior_posterior` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / FILE, table, float_format="%.4g")


def rows_of(table: pd.DataFrame) -> tuple[PriorPosterior, ...]:
    """The rows of a table that `prior_posterior_table` made."""
    return tuple(PriorPosterior(*row) for row in table.itertuples(index=False))


def load_prior_posterior(folder: Path) -> tuple[PriorPosterior, ...]:
    """The table of a folder, a row a quantity."""
    return rows_of(read_csv(folder / FILE))


@cache
def packaged_prior_posterior() -> tuple[PriorPosterior, ...]:
    """The packaged table: how far the facts narrow what hubs do, by quantity."""
    with as_file(files("sim.country.data").joinpath(FILE)) as file:
        return load_prior_posterior(file.parent)
