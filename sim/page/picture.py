"""What the page shows of two policies in the worlds that have been run: bands by month, outcomes, effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from sim.declare.calendar import month_after
from sim.model.twins import CHANNELS, column
from sim.page.marks import Mark
from sim.page.worker import COMPARED_SERIES, SHOWN_FROM, Run, WorldPair
from sim.scenario import Scenario
from sim.studies.bands import bands
from sim.studies.channels import PRINTED
from sim.studies.outcome_effects import outcome_effects
from sim.studies.statistics import Effect

EFFECT_FIELDS = ("mean", "median", "low", "high", "p_positive", "chance_share", "verdict", "n", "draws")
"""Fields of an effect that are shown."""


class Picture(NamedTuple):
    """A picture as plain data, its effects by outcome, the mean of each channel of the counts, and months to mark."""

    shown: dict[str, Any]
    effects: dict[str, Effect]
    channels: dict[str, dict[str, float]]
    marks: tuple[list[Mark], list[Mark]] = ([], [])


def picture(
    pairs: list[WorldPair],
    policy: Scenario,
    against: Scenario,
    draws: Sequence[int] | None,
    idle: frozenset[int] = frozenset(),
) -> Picture:
    """The picture of these worlds, all of which have reached the month of the first; None stands for undefined values.

    Args:
        pairs: one or more; either all have ended, or none has.
        policy: the policy that was run.
        against: the policy with which it is compared.
        draws: number of the draw under which each world lives; None for fixed parameters.
        idle: draws in which a spike turns a part of the model off.
    """
    numbers = None if draws is None else np.asarray(draws)
    months, series = _series(pairs, numbers)
    names, left, right = _outcomes(pairs)
    found = dict(zip(names, outcome_effects(left, right, names, numbers, idle), strict=True)) if names else {}
    shown = {
        "worlds": len(pairs),
        "draws": 0 if draws is None else len(set(draws)),
        "ended": pairs[0].ended,
        "months": [month_after(max(SHOWN_FROM, policy.start), index) for index in range(months)],
        "same": policy.digest == against.digest,
        "series": series,
        "outcomes": {
            name: {
                "policy": _number(_mean(with_policy)),
                "against": _number(_mean(without)),
                "difference": _plain(effect),
            }
            for (name, effect), with_policy, without in zip(found.items(), left.T, right.T, strict=True)
        },
    }
    return Picture(shown, found, _channels(pairs))


def _series(pairs: list[WorldPair], draws: np.ndarray | None) -> tuple[int, dict[str, Any]]:
    """Number of months, and by series the low end, median and high end of the expected value.

    For each policy and for their difference, by month. Months in which both are the same are not computed twice.
    """
    months = min(run.series.shape[1] for pair in pairs for run in (pair.policy, pair.against))
    left, right = (
        np.stack([run.series[:, :months].ravel() for run in side])
        for side in zip(*((pair.policy, pair.against) for pair in pairs), strict=True)
    )
    parted = ~((left == right) | (np.isnan(left) & np.isnan(right))).all(axis=0)
    size = left.shape[1]
    ends = bands(np.concatenate([left, right[:, parted]], axis=1), draws)
    policy, against, difference = ends[:, :size], ends[:, :size].copy(), np.where(np.isnan(ends[:, :size]), np.nan, 0.0)
    against[:, parted] = ends[:, size:]
    difference[:, parted] = bands(left[:, parted] - right[:, parted], draws, differences=True)
    shaped = (3, len(COMPARED_SERIES), months)
    sides = {
        "policy": policy.reshape(shaped),
        "against": against.reshape(shaped),
        "difference": difference.reshape(shaped),
    }
    return months, {
        name: {side: [_plain_row(end) for end in values[:, row]] for side, values in sides.items()}
        for row, name in enumerate(COMPARED_SERIES)
    }


def _outcomes(pairs: list[WorldPair]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Outcomes that both policies have, and their values, (worlds, outcomes); empty while the worlds have not ended."""
    sides = [[_values(run) for run in (pair.policy, pair.against)] for pair in pairs]
    names = [name for name in sides[0][0] if name in sides[0][1]]
    left, right = (
        np.array([[side[place].get(name, math.nan) for name in names] for side in sides]) for place in (0, 1)
    )
    return names, left, right


def _values(run: Run) -> dict[str, float]:
    return run.outcomes or {}


def _channels(pairs: list[WorldPair]) -> dict[str, dict[str, float]]:
    """Mean over worlds of each channel of the counts; empty until all worlds have ended."""
    if not all(pair.channels for pair in pairs):
        return {}
    return {
        name: {
            channel.replace("_", " "): _mean(np.array([pair.channels[column(name, channel)] for pair in pairs]))
            for channel in CHANNELS
        }
        for name in PRINTED
    }


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else math.nan


def _plain(effect: Effect) -> dict[str, Any]:
    """An effect for JSON."""
    values = asdict(effect)
    return {name: _number(values[name]) if isinstance(values[name], float) else values[name] for name in EFFECT_FIELDS}


def _number(value: float, digits: int = 10) -> float | None:
    return None if math.isnan(value) else float(f"{value:.{digits}g}")


def _plain_row(values: np.ndarray) -> list[float | None]:
    """Numbers of six digits, for charts."""
    with np.errstate(divide="ignore"):
        digits = 5 - np.floor(np.log10(np.abs(values)))
    power = 10.0 ** np.abs(digits)
    with np.errstate(invalid="ignore"):
        found = np.where(digits >= 0, np.rint(values * power) / power, np.rint(values / power) * power)
    found[values == 0] = 0
    return [None if value != value else value for value in found.tolist()]
