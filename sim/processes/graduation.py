"""Graduation: after the longest stay a startup leaves its hub, and its place is free next month.

The longest stay is `admission.stay`:

    leaves when  t - admitted >= stay
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Count
from sim.declare.states import LeftHub
from sim.kernel.compiled import inlined
from sim.kernel.records import booked, by_policy, columns, kernel
from sim.kernel.rows import marked

if TYPE_CHECKING:
    from sim.kernel.world import World

COUNTS = {
    "graduations": Count("startups", "Residents that left a hub at the end of the longest stay."),
    "leavers": Count("startups", "Residents that left a hub for any reason."),
}


@by_policy
class Stay(NamedTuple):
    """Longest stay in a hub, (policies,)."""

    stay: np.ndarray


def _stay(parameters: Any) -> Stay:
    return Stay(parameters.admission.stay)


@columns
class Leavers(NamedTuple):
    """Columns of residents that leave a hub."""

    used: int
    hub: np.ndarray
    admitted: np.ndarray
    left: np.ndarray
    left_reason: np.ndarray
    waiting_at: np.ndarray


@booked()
class Booked(NamedTuple):
    """How many graduate and leave, (policies,) each."""

    graduations: np.ndarray
    leavers: np.ndarray


def act(world: World) -> None:
    """Residents who have reached the longest stay leave their hubs."""
    leavers, by_hub = world.startups.see(Leavers), world.hub_tally["graduations"]
    _graduate(world.month, leavers, world.by_policy(_stay), by_hub, world.books(Booked))


@inlined
def depart(month: int, reason: int, of: Any, policy: int, row: int) -> None:
    """Take one startup out of its hub, and record when and why."""
    of.hub[policy, row] = -1
    of.left[policy, row] = month
    of.left_reason[policy, row] = reason


@kernel
def _graduate(month: int, of: Leavers, longest: Stay, by_hub: np.ndarray, to: Booked) -> None:
    """Take out of their hubs those who were admitted long enough ago; `by_hub` (policies, hubs) counts them, too."""
    due = np.empty(of.used, dtype=np.bool_)
    for policy in range(longest.stay.size):
        hub, admitted = of.hub[policy], of.admitted[policy]
        until = month - longest.stay[policy]
        for row in range(of.used):
            due[row] = (hub[row] >= 0) & (admitted[row] <= until)
        for row in marked(due):
            by_hub[policy, hub[row]] += 1
            depart(month, LeftHub.GRADUATED, of, policy, row)
            to.graduations[policy] += 1
            to.leavers[policy] += 1


@kernel
def empty(month: int, of: Leavers, policy: int, hub: int) -> int:
    """Take all residents out of a hub that closes under a policy, and all who wait off its list; how many leave."""
    leavers = 0
    for row in range(of.used):
        if of.hub[policy, row] == hub:
            depart(month, LeftHub.HUB_CLOSED, of, policy, row)
            leavers += 1
        if of.waiting_at[policy, row] == hub:
            of.waiting_at[policy, row] = -1
    return leavers
