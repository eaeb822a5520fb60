"""Rows of `summary`, `differences` and `channels` for an outcome at all points of a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.parameters.idle import zero_by_structure
from sim.studies.channels import FRAME
from sim.studies.results import DIFFERENCES, SUMMARY
from sim.studies.smallest import smallest_of
from sim.studies.statistics import Effect, Effects, effects, levels

_AT_ONCE = 50
"""Number of points that are computed at a time, to limit memory."""
_PARTS = dict(
    zip(
        DIFFERENCES[3:],
        ("mean", "median", "low", "high", "p_positive", "n", "draws", "sd", "sd_unpaired", "chance_share", "verdict"),
        strict=True,
    )
)
"""Columns of `differences` and the attributes of an effect that they hold."""
_LEVEL = {name: name.removeprefix("ci_") for name in SUMMARY[3:-1]}
"""Columns of `summary` and the attributes of a level that they hold."""


def point_levels(
    outcome: str, values: pd.DataFrame, draws: np.ndarray | None, denominators: pd.DataFrame | None
) -> pd.DataFrame:
    """Expected level of an outcome at each point: columns of `SUMMARY`.

    Args:
        outcome: name of the outcome.
        values: values by point and replication; NaN where not defined.
        draws: number of the draw of each replication; None if the parameters are fixed.
        denominators: denominators of a rate, by point and replication; None for other outcomes.
    """
    found = [
        pd.DataFrame(
            [[getattr(one, part) for part in _LEVEL.values()] for one in levels(batch.T, draws)], columns=[*_LEVEL]
        )
        for batch in _batches(values)
    ]
    below = np.nan if denominators is None else denominators.mean(axis=1).to_numpy()
    table = pd.concat(found, ignore_index=True)
    return table.assign(scenario=values.index, outcome=outcome, kind="expected", denominator=below)[SUMMARY]


def point_differences(
    outcome: str,
    values: pd.DataFrame,
    reference: str,
    draws: np.ndarray | None,
    idle: frozenset[int],
    most_draws: int | None = None,
) -> pd.DataFrame:
    """Effect of each other point on an outcome against the reference: columns of `DIFFERENCES`.

    Args:
        outcome: name of the outcome.
        values: values by point and replication; NaN where not defined.
        reference: key of the point with which the others are compared.
        draws: number of the draw of each replication; None if the parameters are fixed.
        idle: numbers of the draws in which a declared spike turns off a part of the model.
        most_draws: largest number of draws on which verdicts may rest.
    """
    others, origin = values.drop(index=reference), values.loc[[reference]].to_numpy()
    table = _effects(others, origin, draws, idle, smallest_of(outcome), most_draws)
    return table.assign(reference=reference, outcome=outcome)[DIFFERENCES]


def point_channels(
    column: str, values: pd.DataFrame, reference: str, draws: np.ndarray | None, idle: frozenset[int]
) -> pd.DataFrame:
    """Contribution of a channel to the difference of each other point (see `sim.model.twins`): columns of `FRAME`.

    Arguments as in `point_differences`; `column` is a channel's column of `runs`, and `values` are its values.
    """
    outcome, _, channel = column.partition("/")
    others = values.drop(index=reference)
    table = _effects(others, np.zeros((1, values.shape[1])), draws, idle)
    table = table.assign(reference=reference, outcome=outcome, channel=channel.replace("_", " "))
    return table[list(FRAME)]


def effect_in(row: Mapping[Any, Any]) -> Effect:
    """The effect in a row of `differences`."""
    return Effect(**{part: row[column] for column, part in _PARTS.items()})


def _effects(
    points: pd.DataFrame,
    origin: np.ndarray,
    draws: np.ndarray | None,
    idle: frozenset[int],
    smallest: float = 0.0,
    most_draws: int | None = None,
) -> pd.DataFrame:
    """Effects at points (points, replications) against the reference `origin` (1, replications), one row per point."""
    found = []
    for batch in _batches(points):
        zero = None if draws is None else zero_by_structure((batch - origin).T, draws, idle)
        there = np.broadcast_to(origin, batch.shape)
        found.append(_rows(effects(batch.T, there.T, draws, smallest=smallest, off=zero, most_draws=most_draws)))
    return pd.concat(found, ignore_index=True).assign(scenario=points.index)


def _rows(found: Effects) -> pd.DataFrame:
    return pd.DataFrame({column: getattr(found, part) for column, part in _PARTS.items()})


def _batches(values: pd.DataFrame) -> Iterator[np.ndarray]:
    array = values.to_numpy(dtype=float)
    yield from (array[first : first + _AT_ONCE] for first in range(0, len(array), _AT_ONCE))
