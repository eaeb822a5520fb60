"""Insolvency: a startup that cannot pay its bills closes, after some months of grace.

    P(closes) = 1 / grace   while C < 0

No hazard by age is coded: the hump of young firms' mortality (Fichman and Levinthal 1991; Brüderl and
Schüssler 1990) has to come out of the cash with which they begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Mechanism, parameter
from sim.declare.states import Cause
from sim.kernel.compiled import compiled
from sim.kernel.randomness import drawn

if TYPE_CHECKING:
    from sim.kernel.world import World


class Parameters(Mechanism):
    """Parameters of insolvency."""

    grace: float = parameter(
        3.0,
        unit="month",
        low=1,
        high=60,
        meaning="Mean months that a startup lives without cash.",
        origin="assumed: one quarter of unpaid bills",
    )


STREAMS = ("insolvency.event",)


def act(model: World) -> None:
    """Mark this month's insolvencies."""
    parameters, startups = model.parameters.insolvency, model.startups
    if not parameters.enabled:
        return
    _fail(
        startups.cash,
        1 / parameters.grace,
        startups.key,
        model.streams["insolvency.event"].at(model.month),
        model.leaving,
    )


@compiled
def _fail(cash: np.ndarray, probability: float, key: np.ndarray, word: np.uint64, leaving: np.ndarray) -> None:
    """Mark in `leaving` those that fail without cash and do not leave for another cause."""
    for row in range(cash.size):
        if cash[row] < 0 and leaving[row] == Cause.ACTIVE and drawn(key[row], word) < probability:
            leaving[row] = Cause.INSOLVENT
