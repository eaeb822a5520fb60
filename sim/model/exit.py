"""Startups leave the market: hubs, lenders, founders and the record learn of it.

What is left of a startup that fails goes to its founders, some of whom will found again; the cash of
one that is acquired goes with it, and those that were admitted count as successes. Unpaid bills stay
with the creditors, open loans with the lenders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare.states import Cause, FounderKind, LeftHub
from sim.kernel.records import columns, kernel
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
    counts = Counts(model.cohorts.failed, model.cohorts.success_24, model.cohorts.success_60, model.closed_by_region)
    exits = _count_out(rows, causes, model.month, startups.see(Leavers), counts)
    ledger.flow("startups", "founders", "liquidation", exits.to_founders)
    ledger.flow("startups", "acquirers", "cash taken over", exits.to_acquirers)
    ledger.flow("creditors", "startups", "unpaid bills", exits.owed)
    tally["failed"] += rows.size - exits.bought
    tally["acquired"] += exits.bought
    tally["leavers"] += exits.left_hub
    startups.close(rows)


@columns
class Leavers(NamedTuple):
    """Columns of those that leave."""

    cash: np.ndarray
    kind: np.ndarray
    founded: np.ndarray
    region: np.ndarray
    admitted: np.ndarray
    hub: np.ndarray
    left: np.ndarray
    left_reason: np.ndarray
    closed: np.ndarray
    cause: np.ndarray


class Counts(NamedTuple):
    """Failures by month of founding and region, successes by month of admission, this month's closures by region."""

    failed: np.ndarray
    success_24: np.ndarray
    success_60: np.ndarray
    closed_by_region: np.ndarray


class Exits(NamedTuple):
    """Startups that were bought, those that left a hub, and where their cash goes, in kMAD."""

    bought: int
    left_hub: int
    to_founders: float
    to_acquirers: float
    owed: float


@kernel
def _count_out(rows: np.ndarray, causes: np.ndarray, month: int, of: Leavers, counts: Counts) -> Exits:
    """Write down how each startup ends, and bring the counts up to date."""
    bought = left_hub = 0
    to_founders = to_acquirers = owed = 0.0
    for place in range(rows.size):
        row, cause = rows[place], causes[place]
        cash = max(of.cash[row], 0.0)
        owed += cash - of.cash[row]
        if cause == Cause.ACQUIRED:
            bought += 1
            to_acquirers += cash
            if of.admitted[row] >= 0:
                stayed = month - of.admitted[row]
                counts.success_24[of.admitted[row]] += stayed <= 24
                counts.success_60[of.admitted[row]] += stayed <= 60
        else:
            to_founders += cash
            if of.kind[row] != FounderKind.REFOUNDED and month - of.founded[row] <= 60:
                counts.failed[of.founded[row], of.region[row]] += 1
        if of.hub[row] >= 0:
            reason = LeftHub.ACQUIRED if cause == Cause.ACQUIRED else LeftHub.FAILED
            depart(row, month, reason, of.hub, of.left, of.left_reason)
            left_hub += 1
        of.closed[row] = month
        of.cause[row] = cause
        counts.closed_by_region[of.region[row]] += 1
    return Exits(bought, left_hub, to_founders, to_acquirers, owed)
