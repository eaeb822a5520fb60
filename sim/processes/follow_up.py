"""Follow-up: what becomes of the admitted 24 and 60 months later, and of graduates 60 months on.

    operating(t) = [R > R_op]   in each of the months t - 2, t - 1 and t
    asked in the months admitted + 24, admitted + 60, and graduation + 60

The answers are state of the startup, so that every success rate of `sim.model.outcomes` counts the same
thing. Closed startups need no question: their month and cause of leaving say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Constant
from sim.declare.states import LeftHub
from sim.kernel.masks import holds
from sim.kernel.records import columns, kernel
from sim.kernel.rows import marked
from sim.processes.revenue import OPERATING_REVENUE

if TYPE_CHECKING:
    from sim.kernel.world import World

CONSTANTS = {"R_op": Constant(OPERATING_REVENUE, "kMAD/month", "revenue above which a startup operates")}

SYMBOLS = {"t": "month", "operating(t)": "-", "R": "revenue"}

COLUMNS = {
    "operating_24": Column(bool, "-", "Whether it operated 24 months after admission.", False),
    "operating_60": Column(bool, "-", "Whether it operated 60 months after admission.", False),
    "exporting_60": Column(bool, "-", "Whether it exported 60 months after admission.", False),
    "graduate_60": Column(bool, "-", "Whether it operated 60 months after graduating.", False),
}


OPERATING_MONTHS = 3
"""Months in a row with revenue above 5 kMAD that make a startup operating."""


@columns
class Followed(NamedTuple):
    """Columns that the questions are about, and those of the answers."""

    used: int
    alive: np.ndarray
    months_above: np.ndarray
    exporter: np.ndarray
    admitted: np.ndarray
    left: np.ndarray
    left_reason: np.ndarray
    operating_24: np.ndarray
    operating_60: np.ndarray
    exporting_60: np.ndarray
    graduate_60: np.ndarray


def act(world: World) -> None:
    """Ask those whose turn it is, and count the successes by month of admission."""
    cohorts = world.cohorts
    _ask(world.month, world.startups.see(Followed), cohorts.success_24, cohorts.success_60)


@kernel
def _ask(month: int, of: Followed, success_24: np.ndarray, success_60: np.ndarray) -> None:
    """Write down the answers, and add those that operate to the counts by policy and month of admission."""
    due = np.empty(of.used, dtype=np.bool_)
    for policy in range(success_24.shape[0]):
        admitted, left = of.admitted[policy], of.left[policy]
        for row in range(of.used):
            admitted_then = (admitted[row] == month - 24) | (admitted[row] == month - 60)
            due[row] = admitted_then | (left[row] == month - 60)
        for row in marked(due):
            if not holds(of.alive[row], policy):
                continue
            operates = of.months_above[policy, row] >= OPERATING_MONTHS
            if admitted[row] == month - 24 and month >= 24:
                of.operating_24[policy, row] = operates
                success_24[policy, month - 24] += operates
            elif admitted[row] == month - 60 and month >= 60:
                of.operating_60[policy, row] = operates
                success_60[policy, month - 60] += operates
                of.exporting_60[policy, row] = of.exporter[policy, row]
            if left[row] == month - 60 and month >= 60 and of.left_reason[policy, row] == LeftHub.GRADUATED:
                of.graduate_60[policy, row] = operates
