"""Follow-up: what becomes of the admitted 24 and 60 months later, and of graduates 60 months on.

    operating(t) = R > R_op in each of the months t - 2, t - 1 and t
    asked at t = admitted + 24, admitted + 60, and graduation + 60

The answers are state of the startup, so that every success rate of `sim.model.outcomes` counts the same
thing. Closed startups need no question: their month and cause of leaving say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Constant
from sim.declare.states import LeftHub
from sim.kernel.records import columns, kernel
from sim.processes.revenue import OPERATING_REVENUE

if TYPE_CHECKING:
    from sim.kernel.world import World

CONSTANTS = {"R_op": Constant(OPERATING_REVENUE, "kMAD/month", "revenue above which a startup operates")}

COLUMNS = {
    "operating_24": Column(bool, "-", "Whether it operated 24 months after admission.", False),
    "operating_60": Column(bool, "-", "Whether it operated 60 months after admission.", False),
    "exporting_60": Column(bool, "-", "Whether it exported 60 months after admission.", False),
    "graduate_60": Column(bool, "-", "Whether it operated 60 months after graduating.", False),
}


OPERATING_MONTHS = 3
"""Months in a row with revenue above 5 kMAD that make a startup operating."""


def operating(model: World) -> np.ndarray:
    """Whether each active startup had revenue above 5 kMAD in each of the last three months."""
    found: np.ndarray = model.startups.months_above >= OPERATING_MONTHS
    return found


@columns
class Followed(NamedTuple):
    """Columns that the questions are about, and those of the answers."""

    months_above: np.ndarray
    exporter: np.ndarray
    admitted: np.ndarray
    left: np.ndarray
    left_reason: np.ndarray
    operating_24: np.ndarray
    operating_60: np.ndarray
    exporting_60: np.ndarray
    graduate_60: np.ndarray


def act(model: World) -> None:
    """Ask those whose turn it is, and count the successes by month of admission."""
    _ask(model.month, model.startups.see(Followed), model.cohorts.success_24, model.cohorts.success_60)


@kernel
def _ask(month: int, of: Followed, success_24: np.ndarray, success_60: np.ndarray) -> None:
    """Write down the answers, and add those that operate to the counts by month of admission."""
    for row in range(of.admitted.size):
        operates = of.months_above[row] >= OPERATING_MONTHS
        if of.admitted[row] == month - 24 and month >= 24:
            of.operating_24[row] = operates
            success_24[month - 24] += operates
        elif of.admitted[row] == month - 60 and month >= 60:
            of.operating_60[row] = operates
            success_60[month - 60] += operates
            of.exporting_60[row] = of.exporter[row]
        if of.left[row] == month - 60 and month >= 60 and of.left_reason[row] == LeftHub.GRADUATED:
            of.graduate_60[row] = operates
