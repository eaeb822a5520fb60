"""Startups leave the market: hubs, lenders, founders and the record learn of it.

What is left of a startup that fails goes to its founders, some of whom will found again; the cash of
one that is acquired goes with it, and those that were admitted count as successes. Unpaid bills stay
with the creditors, open loans with the lenders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare.states import Cause, FounderKind, LeftHub
from sim.kernel.records import booked, columns, kernel
from sim.kernel.state import Leavers
from sim.kernel.sums import PAYMENT, from_steps, steps
from sim.processes import loans, refounding
from sim.processes.graduation import depart

if TYPE_CHECKING:
    from sim.model.parts import Together


def close(world: Together, leaving: np.ndarray) -> None:
    """Take startups off the market.

    `leaving` (policies, startups) says why each leaves, 0 for those that stay; of startups the rows in use matter.
    """
    startups = world.startups
    leavers = _listed(leaving, startups.used)
    if leavers.rows.size == 0:
        return
    refounding.remember(world, leavers)
    loans.write_off(world, leavers)
    cohorts = world.cohorts
    counts = Counts(cohorts.failed, cohorts.success_24, cohorts.success_60, world.closed_by_region)
    _count_out(world.month, leavers, startups.see(Closing), counts, world.books(Booked))
    startups.close(leavers)


@kernel
def _listed(leaving: np.ndarray, count: int) -> Leavers:
    """Those that leave, by policy, in the order of their rows."""
    size = 0
    for policy in range(leaving.shape[0]):
        here = leaving[policy]
        for row in range(count):
            size += here[row] != 0
    leavers = Leavers(np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int8))
    place = 0
    for policy in range(leaving.shape[0]):
        for row in range(count):
            if leaving[policy, row] != Cause.ACTIVE:
                leavers.policies[place], leavers.rows[place] = policy, row
                leavers.causes[place] = leaving[policy, row]
                place += 1
    return leavers


@columns
class Closing(NamedTuple):
    """Columns of those that leave."""

    kind: np.ndarray
    founded: np.ndarray
    cash: np.ndarray
    region: np.ndarray
    admitted: np.ndarray
    hub: np.ndarray
    left: np.ndarray
    left_reason: np.ndarray
    closed: np.ndarray
    cause: np.ndarray


class Counts(NamedTuple):
    """Failures by policy, month of founding and region; successes by policy and month of admission.

    `closed_by_region` (policies, regions) counts this month's.
    """

    failed: np.ndarray
    success_24: np.ndarray
    success_60: np.ndarray
    closed_by_region: np.ndarray


@booked(
    to_founders=("startups", "founders", "liquidation"),
    to_acquirers=("startups", "acquirers", "cash taken over"),
    owed=("creditors", "startups", "unpaid bills"),
)
class Booked(NamedTuple):
    """Startups that failed, were bought, left a hub, and where their cash goes, in kMAD, (policies,) each."""

    failed: np.ndarray
    acquired: np.ndarray
    leavers: np.ndarray
    to_founders: np.ndarray
    to_acquirers: np.ndarray
    owed: np.ndarray


@kernel
def _count_out(month: int, leavers: Leavers, of: Closing, counts: Counts, to: Booked) -> None:
    """Write down how each startup ends, and bring the counts up to date."""
    money = np.zeros((3, counts.failed.shape[0]), dtype=np.int64)  # as steps, exact in any order
    to_founders, to_acquirers, owed = money[0], money[1], money[2]
    for place in range(leavers.rows.size):
        policy, row, cause = leavers.policies[place], leavers.rows[place], leavers.causes[place]
        cash, admitted = steps(of.cash[policy, row], PAYMENT), of.admitted[policy, row]
        owed[policy] += max(-cash, 0)
        if cause == Cause.ACQUIRED:
            to.acquired[policy] += 1
            to_acquirers[policy] += max(cash, 0)
            if admitted >= 0:
                counts.success_24[policy, admitted] += month - admitted <= 24
                counts.success_60[policy, admitted] += month - admitted <= 60
        else:
            to.failed[policy] += 1
            to_founders[policy] += max(cash, 0)
            if of.kind[row] != FounderKind.REFOUNDED and month - of.founded[row] <= 60:
                counts.failed[policy, of.founded[row], of.region[policy, row]] += 1
        if of.hub[policy, row] >= 0:
            reason = LeftHub.ACQUIRED if cause == Cause.ACQUIRED else LeftHub.FAILED
            depart(month, reason, of, policy, row)
            to.leavers[policy] += 1
        of.closed[policy, row] = month
        of.cause[policy, row] = cause
        counts.closed_by_region[policy, of.region[policy, row]] += 1
    for policy in range(owed.size):
        to.to_founders[policy] += from_steps(to_founders[policy], PAYMENT)
        to.to_acquirers[policy] += from_steps(to_acquirers[policy], PAYMENT)
        to.owed[policy] += from_steps(owed[policy], PAYMENT)
