"""Graduation: after the longest stay a startup leaves its hub, and its place is free next month.

The longest stay is `admission.stay`:

    leaves when  t - admitted >= stay
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Count
from sim.declare.states import LeftHub
from sim.kernel.compiled import compiled, inlined

if TYPE_CHECKING:
    from sim.kernel.world import World

COUNTS = {
    "graduations": Count("startups", "Residents that left a hub at the end of the longest stay."),
    "leavers": Count("startups", "Residents that left a hub for any reason."),
}


def act(model: World) -> None:
    """Let those go who have stayed as long as they may."""
    startups = model.startups
    admitted_until = model.month - model.parameters.admission.stay
    leave(model, _stayed(admitted_until, startups.hub, startups.admitted), LeftHub.GRADUATED)


@compiled
def _stayed(admitted_until: int, hub: np.ndarray, admitted: np.ndarray) -> np.ndarray:
    """Rows of the residents who were admitted by this month."""
    rows = np.empty(hub.size, dtype=np.int64)
    count = 0
    for row in range(hub.size):
        rows[count] = row
        count += (hub[row] >= 0) & (admitted[row] <= admitted_until)
    return rows[:count]


def leave(model: World, rows: np.ndarray, reason: LeftHub) -> None:
    """Take startups out of their hubs and record when and why."""
    startups = model.startups
    if rows.size == 0:
        return
    if reason == LeftHub.GRADUATED:
        model.tally["graduations"] += rows.size
    model.tally["leavers"] += rows.size
    graduations = model.hub_tally["graduations"]
    _depart(rows, model.month, int(reason), startups.hub, startups.left, startups.left_reason, graduations)


@inlined
def depart(row: int, month: int, reason: int, hub: np.ndarray, left: np.ndarray, left_reason: np.ndarray) -> None:
    """Take one startup out of its hub."""
    hub[row] = -1
    left[row] = month
    left_reason[row] = reason


@compiled
def _depart(
    rows: np.ndarray,
    month: int,
    reason: int,
    hub: np.ndarray,
    left: np.ndarray,
    left_reason: np.ndarray,
    graduations: np.ndarray,
) -> None:
    """Take startups out of their hubs and count the graduations of each."""
    for row in rows:
        graduations[hub[row]] += reason == LeftHub.GRADUATED
        depart(row, month, reason, hub, left, left_reason)
