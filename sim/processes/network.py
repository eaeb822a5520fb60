"""The hub network: which hubs exist, when they open, how many places they have, when they close.

Six hubs are replayed from the record (`sim/country/data/hubs.csv`, `hub_places.csv`). A policy may add hubs
in a stated order, cut that order short, or close hubs; it acts after `present` only. Openings,
extensions and closings are Mesa events at the beginning of their month. The pull on city c falls with
the great-circle distance to the nearest open hub:

    a_c = max_h exp(-d_h / catchment)   over open hubs h

With `random_openings`, the month of a new hub is a promise. A draw of the parameters then says how many months D the
hub is late, the same under all policies, in all worlds and for all seeds of this draw (`sim.model.delays`):

    P(D > d) = 1 - P   for d of 0 and 1
    P(D > d) = (1 - P) exp(-(d - month) / M)   for d > 1

given that it was not open when the record was last looked at (`not_open_by` in `hubs.csv`); before, it does not open.
P and M are uncertain, too: `delay_law.csv` is a sample of what the seven sites of `opening_delays.csv` tell of them.
Three opened at most a month late, one after 24 months, three had not after 16 to 28 months
(https://www.theafricareport.com/315078/inside-moroccos-plans-to-become-a-new-start-up-hub/ and
https://www.daily8.com/en/article/cba5b7c22f3c73a2fbc4b847735f33f8). They cannot tell a law with more than two
parameters: one of those that are late comes to an end with the same probability each month. A policy that claims the
cost of another (`same_cost_as`) keeps its months, for which its hours were solved, and so does one world at the
default parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from sim.country.hubs import open_hubs, roadmap
from sim.declare import Block, Mechanism, parameter
from sim.declare.calendar import Month
from sim.kernel.records import kernel
from sim.kernel.state import HubStates

if TYPE_CHECKING:
    from sim.kernel.world import World


class Opening(Block):
    """One new hub of a policy."""

    hub: str = Field(description="A hub of the roadmap, or a city of the table cities.csv.")
    opens: Month = Field(description="Month in which it opens; after `present`.")
    places: int | None = Field(
        default=None, ge=1, le=2000, description="Startups it can house; the announced number if not given."
    )
    mentor_hours: float | None = Field(
        default=None, ge=0, le=20000, description="Mentor hours a month; the network's rule if not given."
    )


class Closure(Block):
    """One hub that a policy closes."""

    hub: str = Field(description="A hub that is open or that the policy opens.")
    closes: Month = Field(description="First month without the hub; after `present`.")


SYMBOLS = {"a_c": "share", "d_h": "km", "P": "share", "d": "month", "M": "month"}


class Parameters(Mechanism):
    """Parameters of the hub network; switched off, the country never has a hub."""

    openings: list[Opening] | None = parameter(
        None,
        short="Openings",
        unit="-",
        meaning="New hubs in the order of the roadmap; none of them if not given.",
        origin="source: six sites in May 2024, https://fr.allafrica.com/stories/202405310563.html",
        lever=True,
    )
    hubs_by_2027: int | None = parameter(
        None,
        short="Hubs by 2027",
        unit="hubs",
        low=len(open_hubs()),
        high=len(open_hubs()) + len(roadmap()),
        meaning="How many hubs there are by 2027: those open now, then new ones in the policy's order, or in the "
        "roadmap's if it names none.",
        origin="source: from 6 to 10 hubs by 2027, https://fr.allafrica.com/stories/202405310563.html",
        lever=True,
    )
    closures: list[Closure] = parameter(
        [],
        short="Closures",
        unit="-",
        meaning="Hubs that stop admitting and serving, with the month; residents leave.",
        origin="assumed: no closing has been announced",
        lever=True,
    )
    random_openings: bool = parameter(
        False,
        short="Random openings",
        unit="-",
        meaning="Whether new hubs open as late as each draw of the parameters says; if not, in the months announced.",
        origin="assumed: announced months are taken at their word unless a scenario asks how late hubs may be",
    )
    catchment: float = parameter(
        67.09,
        short="Reach of a hub",
        unit="km",
        low=5,
        high=500,
        meaning="Distance over which a hub's pull, and the chance to meet, fall to 1/e.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 40. Range: daily to weekly "
        "attendance; no Moroccan estimate found",
        prior=(30, 120),
        shared=True,
    )


def act(world: World) -> None:
    """Bring each city's access to open hubs up to date: nearest hub, emptiest of equally near ones.

    `world.access` (policies, cities) is `max_h exp(-d_h / catchment)`, 0 without an open hub;
    `world.nearest_hub` (policies, cities) is the hub's index, -1 without one.
    """
    approach(world.pull, world.hubs, world.access, world.nearest_hub)


@kernel
def approach(pull: np.ndarray, hubs: HubStates, access: np.ndarray, nearest: np.ndarray) -> None:
    """Set access and nearest hub of each city under each policy; `pull` (policies, cities, hubs)."""
    policies, cities, size = pull.shape
    access[:], nearest[:], free = 0.0, -1, np.empty(size)
    for policy in range(policies):
        for hub in range(size):
            taken = hubs.residents[policy, hub] + hubs.waiting[policy, hub]
            free[hub] = 1 - taken / hubs.places[policy, hub] if hubs.is_open[policy, hub] else np.nan
        for city in range(cities):
            best = -1.0
            for hub in range(size):
                attraction = pull[policy, city, hub] * (1 + 1e-9 * free[hub])
                if attraction > best:
                    best = attraction
                    access[policy, city], nearest[policy, city] = pull[policy, city, hub], hub
