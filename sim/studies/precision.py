"""Decides whether a comparison has enough worlds: its medians are precise, and its verdicts are stable.

A Monte-Carlo error is the standard deviation of a result over other sets of equally many draws and worlds. The error of
a median is half the range between the quantiles at `1/2 ± 1 / (2 sqrt(draws))` (Woodruff 1952, "Confidence intervals
for medians and other position measures", J. Am. Stat. Assoc. 47, 635-646); the error of a probability is binomial.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sim.studies.effect_distribution import draw_variance
from sim.studies.outcome_effects import outcome_effects
from sim.studies.picks import effective_draws, idle_units, unit_of
from sim.studies.smallest import smallest_of
from sim.studies.statistics import Effects, verdicts

WATCHED = ("survival_5y", "export_rate")
"""Outcomes whose medians and verdicts decide about the precision."""


def precise_enough(runs: pd.DataFrame, reference: str, precision: float, idle: frozenset[int] = frozenset()) -> bool:
    """Whether enough worlds have been run.

    Args:
        runs: rows of `runs` of complete replications, with a column `draw` if parameters are drawn.
        reference: key of the scenario with which the others are compared.
        precision: largest Monte-Carlo error of the median of each watched difference, in the outcome's unit.
        idle: numbers of the draws in which a declared spike holds.
    """
    worlds = {key: rows.set_index("replication") for key, rows in runs.groupby("scenario")}
    origin = worlds.pop(reference)
    unit = unit_of(origin.columns)
    draws = origin[unit].to_numpy() if unit and origin[unit].nunique() > 1 else None
    idle, most = (idle, None) if draws is None else (idle_units(origin, idle), effective_draws(origin))
    watched = [outcome for outcome in WATCHED if outcome in origin]
    for rows in worlds.values():
        policy, base = (frame.reindex(origin.index)[watched].to_numpy(dtype=float) for frame in (rows, origin))
        smallest = np.array([smallest_of(outcome) for outcome in watched])
        found = outcome_effects(policy, base, watched, draws, idle, most_draws=most)
        errors = np.array([median_error(column, draws) for column in (policy - base).T])
        defined = found.n > 0
        if (errors[defined] > precision).any() or not settled(found, errors, smallest)[defined].all():
            return False
    return True


def median_error(pairs: np.ndarray, draws: np.ndarray | None) -> float:
    """Monte-Carlo error of the median effect, from paired differences by world, (n,); infinite with fewer than two."""
    known = ~np.isnan(pairs)
    values = pairs[known]
    if draws is None:
        return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.inf
    if len(values) == 0:
        return np.inf
    means = draw_variance(values[:, None], draws[known]).means[:, 0]
    if len(means) < 2:
        return np.inf
    reach = 0.5 / np.sqrt(len(means))
    low, high = np.quantile(means, [0.5 - reach, 0.5 + reach])
    return float(high - low) / 2


def settled(found: Effects, errors: np.ndarray, smallest: np.ndarray) -> np.ndarray:
    """Whether each verdict (m,) stays if its probability and the ends of its interval change by their errors."""
    units = np.where(found.draws > 0, found.draws, found.n)
    spread = found.p_positive * (1 - found.p_positive)
    error = np.sqrt(np.maximum(spread, 0.25 / np.maximum(units, 1)) / np.maximum(units, 1))
    stays = np.ones(len(found), dtype=bool)
    for sign in (-1, 1):
        surer = np.clip(found.p_positive + sign * np.sign(found.p_positive - 0.5) * error, 0, 1)
        moved = replace(found, p_positive=surer, low=found.low - sign * errors, high=found.high + sign * errors)
        stays &= verdicts(moved, smallest) == found.verdict
    return stays
