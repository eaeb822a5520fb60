"""Follow-up: what becomes of the admitted 24 and 60 months later, and of graduates 60 months on.

    operating(t) = R > 5 kMAD in each of the months t - 2, t - 1 and t
    asked at t = admitted + 24, admitted + 60, and graduation + 60

The answers are state of the startup, so that every success rate of `sim.outcomes` counts the same
thing. Closed startups need no question: their month and cause of leaving say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Column
from sim.processes.admission import GRADUATED

if TYPE_CHECKING:
    from sim.model import EcosystemModel

COLUMNS = {
    "operating_24": Column(bool, "-", "Whether it operated 24 months after admission.", False),
    "operating_60": Column(bool, "-", "Whether it operated 60 months after admission.", False),
    "exporting_60": Column(bool, "-", "Whether it exported 60 months after admission.", False),
    "graduate_60": Column(bool, "-", "Whether it operated 60 months after graduating.", False),
}


def operating(model: EcosystemModel, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Whether each active startup, or each in `rows`, had revenue above 5 kMAD in each of the last three months."""
    return model.startups.months_above[rows] >= 3


def act(model: EcosystemModel) -> None:
    """Ask those whose turn it is, and count the successes by month of admission."""
    startups, month = model.startups, model.month
    for months, column, counts in (
        (24, startups.operating_24, model.success_24_by_month),
        (60, startups.operating_60, model.success_60_by_month),
    ):
        if month >= months:
            asked = np.flatnonzero(startups.admitted == month - months)
            column[asked] = works = operating(model, asked)
            counts[month - months] += np.count_nonzero(works)
            if months == 60:
                startups.exporting_60[asked] = startups.exporter[asked]
    if month >= 60:
        former = np.flatnonzero((startups.left == month - 60) & (startups.left_reason == GRADUATED))
        startups.graduate_60[former] = operating(model, former)
