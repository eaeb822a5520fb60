"""Sensitivity of outcomes to uncertain parameters, and the share of chance: `hubsim sensitivity`.

Morris (1991), "Factorial sampling plans for preliminary computational experiments", Technometrics 33:
elementary effects over the whole range of a factor; `mu_star` is the mean of their absolute values,
`sigma` their standard deviation (curvature and interaction). Saltelli et al. (2010), "Variance based
sensitivity analysis of model output", Comput. Phys. Commun. 181: `S1` is the share of the variance of
point means that a factor explains alone, `ST` with all its interactions. SALib computes both, with
bootstrap intervals over trajectories or base samples.

The design is analysed on the means over replications, which still include some chance. Analysis of variance gives its
share: `single` is the share of chance in the variance of one run (one-way, points against replications); `means` is its
share in the variance of the point means, without the effect of a world that is common to all points (two-way).
Parameters that are not factors are drawn from the posterior, the same at every point of a world; their effect on a run
counts as chance.

This concerns the level of an outcome under one policy, over ranges in which the factors vary independently.
`sim.inference.dependence` shows on which parameters the difference between two policies depends, over posterior draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.errors import StudyError, said
from sim.parameters.draws import FIXED
from sim.studies.codebook import write_codebook
from sim.studies.design import MORRIS_LEVELS, Design, problem_of
from sim.studies.extras import needs
from sim.studies.store import ResultStore
from sim.studies.sweep_results import Sweep

if TYPE_CHECKING:
    from sim.studies.experiment import Experiment

RESAMPLES = 1000
MEASURES = {"morris": ("mu_star",), "sobol": ("S1", "ST")}
"""Measures with an interval for each design."""
NOT_DEFINED, CONSTANT = "not defined at enough points", "does not vary"
"""Reasons why an outcome has no indices."""


@dataclass(frozen=True)
class Sensitivity:
    """Indices by outcome and factor, and the share of chance by outcome.

    Attributes:
        design: `morris` or `sobol`.
        indices: outcome, factor, the measures of the design, each with `_low` and `_high`; `samples` is the number of
            usable trajectories or base samples.
        chance: outcome, points, replications, `single` and `means` (shares from 0 to 1), and `without`: the reason why
            an outcome has no indices, else empty.
        parameters: the parameters besides the factors, as in `--parameters`.
    """

    design: str
    indices: pd.DataFrame
    chance: pd.DataFrame
    parameters: str = FIXED

    def ranked(self, outcome: str) -> pd.DataFrame:
        """Indices of an outcome, the most important factor first."""
        rows = self.indices[self.indices["outcome"] == outcome]
        return rows.sort_values(MEASURES[self.design][-1], ascending=False, ignore_index=True)

    @property
    def outcomes(self) -> list[str]:
        """Outcomes that have indices."""
        return list(dict.fromkeys(self.indices["outcome"]))

    def write(self, store: ResultStore) -> None:
        """Write `sensitivity.csv` and `chance.csv` into a result folder."""
        store.write_csv("sensitivity", self.indices)
        store.write_csv("chance", self.chance)
        write_codebook(store)


def analyse(result: Sweep, experiment: Experiment, resamples: int = RESAMPLES) -> Sensitivity:
    """Compute the indices of a finished sweep of the design morris or sobol.

    If an outcome is not defined at a point, the whole trajectory or base sample of the point is left out.

    Args:
        result: the finished sweep.
        experiment: its experiment.
        resamples: number of bootstrap samples.

    Raises:
        StudyError: the experiment has another design, no outcome has indices, or SALib is missing.
    """
    if experiment.design not in MEASURES:
        raise StudyError(
            said(
                "{key} has the design {design}; sensitivity needs morris (to screen many factors) or sobol (to share "
                "out the variance among a few)",
                key=experiment.key,
                design=experiment.design,
            )
        )
    design = Design(experiment)
    keys = [design.key(index) for index in range(design.size)]
    indices, chance, without = [], [], {}
    for outcome in result.shown:
        matrix = result.matrix(outcome).reindex(keys).to_numpy()
        found = _indices(design, np.array([_mean(row) for row in matrix]), resamples)
        if isinstance(found, str):
            without[outcome] = found
        else:
            indices.append(found.assign(outcome=outcome))
        chance.append({"outcome": outcome, **share_of_chance(matrix), "without": without.get(outcome, "")})
    if not indices:
        raise StudyError(
            said("no outcome of {key} has indices: {reasons}", key=experiment.key, reasons=reasons(without))
        )
    table = pd.concat(indices, ignore_index=True)
    ordered = table[["outcome", *table.columns.drop("outcome")]]
    return Sensitivity(experiment.design, ordered, pd.DataFrame(chance), result.parameters)


def _indices(design: Design, means: np.ndarray, resamples: int) -> pd.DataFrame | str:
    """Indices of one outcome from its means at all points in the design's order; or the reason why there are none."""
    experiment, factors = design.experiment, len(design.factors)
    assert design.unit is not None
    group = factors + (2 if experiment.design == "sobol" else 1)
    whole = ~np.isnan(means.reshape(-1, group)).any(axis=1)
    used = np.repeat(whole, group)
    problem = problem_of(experiment)
    table = pd.DataFrame({"factor": problem["names"]})
    options = {"num_resamples": resamples, "conf_level": 0.95, "seed": experiment.seed % 2**32}
    if whole.sum() < 2:
        return NOT_DEFINED
    if np.ptp(means[used]) == 0:
        return CONSTANT
    with needs("analysis", "hubsim sensitivity"), np.errstate(all="ignore"):
        if experiment.design == "morris":
            from SALib.analyze import morris

            unit, values = design.unit[used], means[used]
            found = morris.analyze(problem, unit, values, num_levels=MORRIS_LEVELS, **options)
            table = table.assign(mu=np.asarray(found["mu"]), sigma=np.asarray(found["sigma"]))
        else:
            from SALib.analyze import sobol

            # As in SALib's examples: the estimator of S1 has the least variance if the mean is zero.
            centred = means[used] - means[used].mean()
            found = sobol.analyze(problem, centred, calc_second_order=False, **options)
    for name in MEASURES[experiment.design]:
        value, half = np.asarray(found[name], dtype=float), np.asarray(found[f"{name}_conf"], dtype=float)
        table = table.assign(**{name: value, f"{name}_low": value - half, f"{name}_high": value + half})
    return table.assign(samples=int(whole.sum()))


def share_of_chance(values: np.ndarray) -> dict[str, float]:
    """Share of chance in the variance, by analysis of variance over points without NaN.

    Args:
        values: values by point and replication, (points, replications); NaN where not defined.

    Returns:
        points, replications, `single` = s_w / (s_w + s_b) with the mean squares within points and the
        component between them, and `means` = residual mean square / replications / variance of the
        point means. NaN with fewer than two replications or points.
    """
    complete = values[~np.isnan(values).any(axis=1)]
    points, replications = complete.shape
    shares = {"points": points, "replications": replications, "single": math.nan, "means": math.nan}
    if points < 2 or replications < 2:
        return shares
    means = complete.mean(axis=1)
    between = float(means.var(ddof=1))
    within = float(complete.var(axis=1, ddof=1).mean())
    component = max(0.0, between - within / replications)
    residual = complete - means[:, None] - complete.mean(axis=0) + complete.mean()
    noise = float((residual**2).sum()) / ((points - 1) * (replications - 1))
    if within + component > 0:
        shares["single"] = within / (within + component)
    if between > 0:
        shares["means"] = min(1.0, noise / replications / between)
    return shares


def _mean(row: np.ndarray) -> float:
    known = row[~np.isnan(row)]
    return float(known.mean()) if known.size else math.nan


def reasons(without: Mapping[str, str]) -> str:
    """Outcomes without indices, each with the reason: `exporters (does not vary)`."""
    return ", ".join(f"{outcome} ({why})" for outcome, why in without.items())
