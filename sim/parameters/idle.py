"""Idle draws: draws in which a part of the model does nothing, because a spike of the calibration holds."""

from __future__ import annotations

import numpy as np
import pandas as pd


def idle_draws(draws: pd.DataFrame) -> frozenset[int]:
    """Numbers of the draws in which a spike holds.

    A spike gives a part of the model a stated probability of doing nothing, and names the parameter values that mean
    so. The manifest of the posterior lists the spikes.

    Args:
        draws: one row per draw, with its number in `draw` and a column per parameter path.
    """
    from sim.parameters.posterior import load_manifest

    held = np.zeros(len(draws), dtype=bool)
    for spike in load_manifest()["spikes"].values():
        values = spike["values"]
        if set(values) <= set(draws):
            held |= (draws[list(values)].to_numpy() == list(values.values())).all(axis=1)
    return frozenset(draws.loc[held, "draw"].tolist())


def zero_by_structure(pairs: np.ndarray, draws: np.ndarray, idle: frozenset[int]) -> np.ndarray | None:
    """Mask (n, m) of the differences that are zero by structure: the draw is idle and all its worlds differ by zero.

    An idle draw alone does not imply zero: hubs without services may still attract more founders.

    Args:
        pairs: differences by world and outcome, (n, m).
        draws: number of each world's draw, (n,).
        idle: numbers of the idle draws.

    Returns:
        The mask, or None if there is no idle draw.
    """
    flagged = np.isin(draws, list(idle))
    if not flagged.any():
        return None
    _, group = np.unique(draws, return_inverse=True)
    moved = np.zeros((group.max() + 1, pairs.shape[1]))
    np.add.at(moved, group, np.nan_to_num(pairs) != 0)
    found: np.ndarray | None = flagged[:, None] & (moved[group] == 0)
    return found
