"""Acquisition: a funded startup may be bought. That is an exit and a success.

A startup that has ever had a round is bought at yearly rate a:

    P(bought) = 1 - exp(-a / 12)

About four significant exits in three years were counted in Morocco by 2024, against a stock of
roughly 120 startups ever funded, which is about one in a hundred a year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import Cause, listed
from sim.kernel.masks import holds
from sim.kernel.mathematics import exp
from sim.kernel.randomness import drawn, rows_below
from sim.kernel.records import columns, kernel, read_from

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
        short="Rate of acquisitions",
        unit="1/year",
        symbol="a",
        low=0,
        high=1,
        meaning="Rate at which startups with equity are bought.",
        origin="source: 4 exits in three years (https://abidjan24.info/maroc-les-startups-levent-un-record-de-94-"
        "millions-en-2024) among 46 seed and 75 venture startups ever funded by end 2023",
    )


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    rate: np.ndarray


@columns
class Sought(NamedTuple):
    """Columns that it looks at."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    equity: np.ndarray


STREAMS = ("acquisition.event",)


def act(world: World) -> None:
    """Mark this month's acquisitions."""
    if not world.acts(Rates):
        return
    word = world.streams["acquisition.event"].at(world.month)
    _buy(world.startups.see(Sought), world.rates(Rates), word, world.leaving)


@kernel
def _buy(of: Sought, rates: Rates, word: np.uint64, leaving: np.ndarray) -> None:
    """Mark in `leaving` those with equity that are bought."""
    policies, highest = rates.rate.size, 0.0
    for policy in range(policies):
        highest = max(highest, rates.rate[policy] / 12)
    for row in rows_below(of.key[: of.used], word, highest):
        draw = drawn(of.key[row], word)
        for policy in range(policies):
            sought = rates.enabled[policy] and of.equity[policy, row] >= 0 and holds(of.alive[row], policy)
            if sought and draw < 1 - exp(-rates.rate[policy] / 12):
                leaving[policy, row] = Cause.ACQUIRED
