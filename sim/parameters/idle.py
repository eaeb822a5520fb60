"""Draws in which a part of the model does nothing, by a spike that the calibration declares."""

from __future__ import annotations

import numpy as np
import pandas as pd


def idle_draws(draws: pd.DataFrame) -> frozenset[int]:
    """Numbers of the draws (a row each, parameters by path, and their number in `draw`) in which a spike holds.

    A spike is a part that may do nothing with a stated probability, and the values of parameters that say so; the
    manifest of the posterior lists them.
    """
    from sim.parameters.posterior import load_manifest

    held = np.zeros(len(draws), dtype=bool)
    for spike in load_manifest()["spikes"].values():
        values = spike["values"]
        if set(values) <= set(draws):
            held |= (draws[list(values)].to_numpy() == list(values.values())).all(axis=1)
    return frozenset(draws.loc[held, "draw"].tolist())


def zero_by_structure(pairs: np.ndarray, draws: np.ndarray, idle: frozenset[int]) -> np.ndarray | None:
    """Worlds (n, m) of idle draws in whose worlds a difference (n, m) is zero: there it is zero by structure.

    A spike may turn off the services of hubs while more hubs still draw more founders: then nothing is zero. None
    when there is no idle draw.
    """
    flagged = np.isin(draws, list(idle))
    if not flagged.any():
        return None
    _, group = np.unique(draws, return_inverse=True)
    moved = np.zeros((group.max() + 1, pairs.shape[1]))
    np.add.at(moved, group, np.nan_to_num(pairs) != 0)
    found: np.ndarray | None = flagged[:, None] & (moved[group] == 0)
    return found
