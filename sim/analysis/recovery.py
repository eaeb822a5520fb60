"""Whether the procedure finds parameters that are known: synthetic truths, the same surrogate, coverage.

Each truth is a row of the bank: its simulated moments stand in for the facts, its parameters and its
true effect are known. The surrogate is learnt without the truths. A 90 % interval should hold the
truth nine times in ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.calibrating import learn
from sim.analysis.calibration import Calibration
from sim.analysis.sampling import likelihood_of, sample
from sim.analysis.surrogate import Surrogate

QUANTITIES = ("effect_survival_5y", "selection")
"""Moments whose intervals are checked beside those of the parameters."""


def as_if_observed(calibration: Calibration, moments: pd.Series) -> Calibration:
    """The calibration with a simulated history in place of the facts, and no prior on the effects.

    Bands keep their widths; flat bands are centred on the simulated value.
    """
    targets = tuple(
        replace(
            target,
            value=float(moments[target.name]),
            low=float(moments[target.name]) - 2 * target.tolerance,
            high=float(moments[target.name]) + 2 * target.tolerance,
        )
        for target in calibration.targets
        if np.isfinite(moments[target.name])
    )
    return replace(calibration, targets=targets, effects=())


def infer(calibration: Calibration, surrogate: Surrogate, moments: pd.Series, steps: int) -> np.ndarray:
    """Posterior draws (draws, parameters) if `moments` had been observed."""
    return sample(likelihood_of(as_if_observed(calibration, moments), surrogate), steps).draws


def study(
    calibration: Calibration, bank: pd.DataFrame, truths: Sequence[int], *, steps: int = 1500, level: float = 0.9
) -> pd.DataFrame:
    """Intervals for every truth (rows of the bank, by position): `truth, quantity, true, low, high, covered`."""
    known = bank.iloc[list(truths)]
    kept = np.setdiff1d(np.arange(len(bank)), list(truths))
    surrogate = learn(calibration, bank.iloc[kept])
    ends = [(1 - level) / 2, (1 + level) / 2]
    rows: list[dict[str, Any]] = []
    for position, (_, row) in zip(truths, known.iterrows(), strict=True):
        draws = infer(calibration, surrogate, row, steps)
        intervals = dict(zip(surrogate.parameters, np.quantile(draws, ends, axis=0).T, strict=True))
        some = draws[np.random.default_rng(position).choice(len(draws), min(2000, len(draws)), replace=False)]
        predicted = surrogate(some)
        spread = surrogate.spread(predicted) * np.random.default_rng(position).standard_normal(predicted.shape)
        for name in QUANTITIES:
            intervals[name] = np.quantile((predicted + spread)[:, surrogate.moments.index(name)], ends)
        for name, (low, high) in intervals.items():
            true = float(row[name])
            if np.isfinite(true):
                covered = bool(low <= true <= high)
                rows.append(
                    {"truth": position, "quantity": name, "true": true, "low": low, "high": high, "covered": covered}
                )
    return pd.DataFrame(rows)


def coverage(found: pd.DataFrame) -> pd.DataFrame:
    """Share of truths inside their intervals, by quantity and over all: `quantity, coverage, n`."""
    by = found.groupby("quantity", sort=False)["covered"].agg(["mean", "size"]).reset_index()
    by.columns = pd.Index(["quantity", "coverage", "n"])
    total = pd.DataFrame([{"quantity": "all", "coverage": found["covered"].mean(), "n": len(found)}])
    return pd.concat([total, by], ignore_index=True)
