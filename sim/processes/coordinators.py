"""Coordinators: well-connected long-time residents introduce the others of their hub.

The operator speaks of coordinator startups that make contacts easy; how many there are, or what they
do, was not found. Here a resident of a hub with n residents is a coordinator if

    months in the hub >= seniority,  ties > 0,  rank by ties <= ceil(top_share n)

A hub with a coordinator multiplies the meeting rate of its residents by the factor k (once, however many
coordinators there are; see `contacts`), and a coordinator passes referrals on to its partners, inside
the hub or outside (see `referral`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Mechanism, parameter
from sim.kernel.ranking import first_of_each
from sim.kernel.records import columns, kernel, read_from
from sim.kernel.rows import marked

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {
    "coordinator": Column(bool, "-", "Whether it introduces others this month.", False),
    "introduced": Column(bool, "-", "Whether it is a partner of a coordinator.", False),
}


class Parameters(Mechanism):
    """Parameters of coordinators."""

    factor: float = parameter(
        1.5,
        short="Meetings with a coordinator",
        unit="-",
        symbol="k",
        low=1,
        high=10,
        meaning="Factor on the meeting rate of residents whose hub has a coordinator.",
        origin="assumed: the operator names the role without a number "
        "(https://fr.allafrica.com/stories/202405310563.html)",
    )
    seniority: int = parameter(
        24,
        short="Months before coordinating",
        unit="month",
        low=0,
        high=240,
        meaning="Months in the hub before a startup can coordinate.",
        origin="assumed: two years",
    )
    top_share: float = parameter(
        0.1,
        short="Residents who can coordinate",
        unit="share",
        low=0,
        high=1,
        meaning="Share of a hub's residents, by ties, that can coordinate.",
        origin="assumed: the top tenth",
    )


@columns
class Members(NamedTuple):
    """Columns of the residents of hubs."""

    used: int
    number: np.ndarray
    hub: np.ndarray
    ties: np.ndarray
    admitted: np.ndarray
    coordinator: np.ndarray


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    factor: np.ndarray
    seniority: np.ndarray
    top_share: np.ndarray


def act(world: World) -> None:
    """Name this month's coordinators and set `world.introductions` (policies, hubs + 1), the meeting factor."""
    _appoint(world.month, world.startups.see(Members), world.rates(Rates), world.introductions)


@kernel
def _appoint(month: int, of: Members, rates: Rates, introductions: np.ndarray) -> None:
    """Mark as coordinators the senior ones among the residents with most ties; their hubs get the factor.

    Sets the factor of each hub and, at the end, of those outside, (policies, hubs + 1).
    """
    introductions[:], size = 1.0, np.empty(introductions.shape[1] - 1)
    housed = np.empty(of.used, dtype=np.bool_)
    for policy in range(rates.factor.size):
        hub, ties, coordinator = of.hub[policy], of.ties[policy], of.coordinator[policy]
        for row in range(of.used):
            coordinator[row] = False
            housed[row] = hub[row] >= 0
        if not rates.enabled[policy]:
            continue
        rows = marked(housed)
        count = rows.size
        size[:] = 0.0
        at, partners, number = np.empty(count, dtype=np.int64), np.empty(count), np.empty(count)
        for place in range(count):
            row = rows[place]
            at[place], partners[place], number[place] = hub[row], -1.0 * ties[row], of.number[row]
            size[hub[row]] += 1
        room = np.ceil(rates.top_share[policy] * size).astype(np.int64)
        for place in first_of_each(at, partners, number, room):
            row = rows[place]
            if ties[row] > 0 and month - of.admitted[policy, row] >= rates.seniority[policy]:
                coordinator[row] = True
                introductions[policy, hub[row]] = rates.factor[policy]
