"""Whether the facts lie within what the prior expects of them, before any of them is fitted.

A fact far outside says that no value of the parameters within their ranges shows it: then the model lacks something, or
the fact means something else (Box 1980, Journal of the Royal Statistical Society A 143). The histories are those of the
first wave, so they include chance, and are weighted by the priors on moments; the error of a fact and the model's own
are added.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.inference.calibration_file import Calibration
from sim.inference.sampling import Facts, effects_of
from sim.inference.surrogate import Surrogate

OUTSIDE = 0.005
"""A fact is outside if less than this share of the histories is beyond it on one side."""


def prior_predictive(calibration: Calibration, surrogate: Surrogate, bank: pd.DataFrame) -> pd.DataFrame:
    """Position of each fact among the histories of the first wave.

    Args:
        calibration: the calibration.
        surrogate: its surrogate, for the priors on moments.
        bank: parameters and moments, one row per draw.

    Returns:
        Columns `fact`; `low, median, high`: ends of the central 99 % of the histories, and their median, in the fact's
        unit; `below`: share of the histories below the fact's band or value; `above`: share above it; `outside`.
    """
    wave = bank[bank.index < calibration.bank.whole]
    points = wave[list(calibration.priors)].to_numpy()
    names = [effect.name for effect in calibration.effects]
    found = effects_of(surrogate.only(names), calibration.base.values, points) if names else {}
    score = sum((effect.log_density(found[effect.name]) for effect in calibration.effects), np.zeros(len(points)))
    weights = np.exp(score - score.max())
    facts = Facts.of(calibration.targets, surrogate, calibration.discrepancy)
    rng = np.random.default_rng(calibration.seed)
    rows = []
    for target, column, own in zip(calibration.targets, facts.columns, facts.own, strict=True):
        values = wave[target.name].to_numpy(dtype=float)
        known = np.isfinite(values)
        values, share = values[known], weights[known] / weights[known].sum()
        logarithmic = surrogate.floor[column] > 0
        error = own * rng.standard_normal(values.size)
        shown = np.maximum(values, surrogate.floor[column]) * np.exp(error) if logarithmic else values + error
        order = np.argsort(shown)
        ends = np.searchsorted(np.cumsum(share[order]), [OUTSIDE, 0.5, 1 - OUTSIDE])
        low, median, high = shown[order][np.minimum(ends, values.size - 1)].tolist()
        below, above = float(share[shown < target.ends[0]].sum()), float(share[shown > target.ends[1]].sum())
        row = {"fact": target.name, "low": low, "median": median, "high": high, "below": below, "above": above}
        rows.append({**row, "outside": above > 1 - OUTSIDE or below > 1 - OUTSIDE})
    return pd.DataFrame(rows)
