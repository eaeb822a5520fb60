"""Insolvency: a startup that cannot pay its bills closes, after some months of grace.

    P(closes) = month / grace   while C < 0

No hazard by age is coded: the hump of young firms' mortality (Fichman and Levinthal 1991; Brüderl and
Schüssler 1990) has to come out of the cash with which they begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Mechanism, parameter
from sim.declare.states import Cause
from sim.kernel.masks import holds
from sim.kernel.randomness import drawn
from sim.kernel.records import columns, kernel, read_from
from sim.kernel.rows import marked

if TYPE_CHECKING:
    from sim.kernel.world import World


class Parameters(Mechanism):
    """Parameters of insolvency."""

    grace: float = parameter(
        3.0,
        short="Time that is lived without cash",
        unit="month",
        low=1,
        high=60,
        meaning="Mean months that a startup lives without cash.",
        origin="assumed: one quarter of unpaid bills",
    )


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    grace: np.ndarray


@columns
class Tills(NamedTuple):
    """Columns that it looks at."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    cash: np.ndarray


STREAMS = ("insolvency.event",)


def act(world: World) -> None:
    """Mark this month's insolvencies."""
    if not world.acts(Rates):
        return
    word = world.streams["insolvency.event"].at(world.month)
    _fail(world.startups.see(Tills), world.rates(Rates), word, world.leaving)


@kernel
def _fail(of: Tills, rates: Rates, word: np.uint64, leaving: np.ndarray) -> None:
    """Mark in `leaving` those that fail without cash and do not leave for another cause."""
    broke = np.empty(of.used, dtype=np.bool_)
    for policy in range(rates.grace.size):
        if not rates.enabled[policy]:
            continue
        cash = of.cash[policy]
        for row in range(of.used):
            broke[row] = cash[row] < 0
        for row in marked(broke):
            stays = leaving[policy, row] == Cause.ACTIVE and holds(of.alive[row], policy)
            if stays and drawn(of.key[row], word) < 1 / rates.grace[policy]:
                leaving[policy, row] = Cause.INSOLVENT
