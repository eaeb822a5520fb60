"""Draws as units of analysis: if draws have weights, one that counts much is picked several times.

Worlds of one pick share a draw. Each pick counts as a draw of its own, so that draws count in proportion to their
weights. What several picks of one draw have in common is not known twice, so verdicts rest on the effective number of
draws among the picks.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

DRAW, PICK = "draw", "pick"
"""Columns of `runs`: the number of a run's draw and, if draws have weights, the number of its pick."""


def unit_of(columns: Collection[str]) -> str | None:
    """The column that numbers the draws, or picks, among the columns of `runs`; None if the parameters are fixed."""
    return next((name for name in (PICK, DRAW) if name in columns), None)


def idle_units(runs: pd.DataFrame, idle: frozenset[int]) -> frozenset[int]:
    """The idle draws as numbers in the column `unit_of`.

    Args:
        runs: rows of `runs` with its columns `draw` and, if there is one, `pick`.
        idle: numbers of the draws in which a declared spike holds.
    """
    return frozenset(runs.loc[runs[DRAW].isin(idle), PICK].tolist()) if PICK in runs else idle


def effective_draws(runs: pd.DataFrame) -> int | None:
    """Effective number of draws among the picks, (sum m)^2 / sum(m^2) with m picks of a draw; None without picks."""
    if PICK not in runs:
        return None
    picks = runs.drop_duplicates(PICK).groupby(DRAW).size().to_numpy()
    return int(picks.sum() ** 2 / (picks**2).sum())
