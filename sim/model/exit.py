"""Startups leave the market: hubs, lenders, founders and the record learn of it.

What is left of a startup that fails goes to its founders, some of whom will found again; the cash of
one that is acquired goes with it, and those that were admitted count as successes. Unpaid bills stay
with the creditors, open loans with the lenders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare.states import Cause, FounderKind, LeftHub
from sim.kernel.compiled import compiled
from sim.processes import loans, refounding
from sim.processes.graduation import depart

if TYPE_CHECKING:
    from sim.model.parts import Whole


def close(model: Whole, rows: np.ndarray, causes: np.ndarray) -> None:
    """Take the startups in these rows, which increase, off the market, each for its cause."""
    if rows.size == 0:
        return
    startups, ledger, tally = model.startups, model.ledger, model.tally
    refounding.remember(model, rows, causes)
    loans.write_off(model, rows)
    bought, leavers, liquidated, taken_over, unpaid = _count_out(
        rows,
        causes,
        model.month,
        startups.cash,
        startups.kind,
        startups.founded,
        startups.region,
        startups.admitted,
        startups.hub,
        startups.left,
        startups.left_reason,
        startups.closed,
        startups.cause,
        model.failed_by_month,
        model.success_24_by_month,
        model.success_60_by_month,
        model.closed_by_region,
    )
    ledger.flow("startups", "founders", "liquidation", liquidated)
    ledger.flow("startups", "acquirers", "cash taken over", taken_over)
    ledger.flow("creditors", "startups", "unpaid bills", unpaid)
    tally["failed"] += rows.size - bought
    tally["acquired"] += bought
    tally["leavers"] += leavers
    startups.close(rows)


@compiled
def _count_out(
    rows: np.ndarray,
    causes: np.ndarray,
    month: int,
    cash: np.ndarray,
    kind: np.ndarray,
    founded: np.ndarray,
    region: np.ndarray,
    admitted: np.ndarray,
    hub: np.ndarray,
    left: np.ndarray,
    left_reason: np.ndarray,
    closed: np.ndarray,
    cause: np.ndarray,
    failed_by_month: np.ndarray,
    success_24_by_month: np.ndarray,
    success_60_by_month: np.ndarray,
    closed_by_region: np.ndarray,
) -> tuple[int, int, float, float, float]:
    """Number acquired and number that leave a hub; cash to founders, to acquirers, and owed to creditors.

    Brings the columns from `hub` to `cause` and the counts up to date.
    """
    bought = leavers = 0
    liquidated = taken_over = unpaid = 0.0
    for place in range(rows.size):
        row, why = rows[place], causes[place]
        held = max(cash[row], 0.0)
        unpaid += held - cash[row]
        if why == Cause.ACQUIRED:
            bought += 1
            taken_over += held
            if admitted[row] >= 0:
                success_24_by_month[admitted[row]] += month - admitted[row] <= 24
                success_60_by_month[admitted[row]] += month - admitted[row] <= 60
        else:
            liquidated += held
            if kind[row] != FounderKind.REFOUNDED and month - founded[row] <= 60:
                failed_by_month[founded[row], region[row]] += 1
        if hub[row] >= 0:
            depart(row, month, LeftHub.ACQUIRED if why == Cause.ACQUIRED else LeftHub.FAILED, hub, left, left_reason)
            leavers += 1
        closed[row] = month
        cause[row] = why
        closed_by_region[region[row]] += 1
    return bought, leavers, liquidated, taken_over, unpaid
