"""Acquisition: a funded startup may be bought. That is an exit and a success.

A startup that has ever had a round is bought at yearly rate a:

    P(bought) = 1 - exp(-a / 12)

About four significant exits in three years were counted in Morocco by 2024, against a stock of
roughly 120 startups ever funded, which is about one in a hundred a year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import Cause, listed
from sim.kernel.compiled import compiled
from sim.kernel.randomness import drawn

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {
    "closed": Column(Short, "month", "Month in which it left the market; -1 while active.", -1),
    "cause": Column(Short, "-", f"Why it left the market: {listed(Cause)} (for other reasons)."),
}

COUNTS = {
    "failed": Count("startups", "Startups that failed."),
    "acquired": Count("startups", "Startups that were bought."),
}

PAYMENTS = {
    ("startups", "founders", "liquidation"): Payment("What is left of startups that fail."),
    ("startups", "acquirers", "cash taken over"): Payment("Cash of startups that are bought."),
    ("creditors", "startups", "unpaid bills"): Payment("What startups owe when they leave the market."),
}


class Parameters(Mechanism):
    """Parameters of acquisition."""

    rate: float = parameter(
        0.011,
        unit="1/year",
        symbol="a",
        low=0,
        high=1,
        meaning="Rate at which startups with equity are bought.",
        origin="source: 4 exits in three years (https://abidjan24.info/maroc-les-startups-levent-un-record-de-94-"
        "millions-en-2024) among 46 seed and 75 venture startups ever funded by end 2023",
    )


STREAMS = ("acquisition.event",)


def act(model: World) -> None:
    """Mark this month's acquisitions."""
    parameters, startups = model.parameters.acquisition, model.startups
    if not parameters.enabled:
        return
    chance = -np.expm1(-parameters.rate / 12)
    word = model.streams["acquisition.event"].at(model.month)
    _buy(startups.equity, chance, startups.key, word, model.leaving)


@compiled
def _buy(equity: np.ndarray, probability: float, key: np.ndarray, word: np.uint64, leaving: np.ndarray) -> None:
    """Mark in `leaving` those with equity that are bought."""
    rows, count = np.empty(equity.size, dtype=np.int64), 0
    for row in range(equity.size):
        rows[count] = row
        count += equity[row] >= 0
    for row in rows[:count]:
        if drawn(key[row], word) < probability:
            leaving[row] = Cause.ACQUIRED
