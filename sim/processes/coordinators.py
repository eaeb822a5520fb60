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
from sim.kernel.records import columns, kernel, read, read_from

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
        unit="month",
        low=0,
        high=240,
        meaning="Months in the hub before a startup can coordinate.",
        origin="assumed: two years",
    )
    top_share: float = parameter(
        0.1,
        unit="share",
        low=0,
        high=1,
        meaning="Share of a hub's residents, by ties, that can coordinate.",
        origin="assumed: the top tenth",
    )


@columns
class Members(NamedTuple):
    """Columns of the residents of hubs."""

    hub: np.ndarray
    ties: np.ndarray
    number: np.ndarray
    admitted: np.ndarray
    coordinator: np.ndarray


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters."""

    factor: float
    seniority: int
    top_share: float


def act(model: World) -> None:
    """Name this month's coordinators and set `model.introductions` (hubs + 1,), the meeting factor."""
    parameters, members = model.parameters.coordinators, model.startups.see(Members)
    hubs = len(model.hubs)
    if parameters.enabled:
        model.introductions = _appoint(model.month, members, read(Rates, parameters), hubs)
    else:
        members.coordinator[:] = False
        model.introductions = np.ones(hubs + 1)


@kernel
def _appoint(month: int, of: Members, rates: Rates, hubs: int) -> np.ndarray:
    """Mark as coordinators the senior ones among the residents with most ties; their hubs get the factor.

    Returns the factor of each hub and, at the end, of those outside.
    """
    introductions, size = np.ones(hubs + 1), np.zeros(hubs)
    rows = np.empty(of.hub.size, dtype=np.int64)
    count = 0
    for row in range(of.hub.size):
        of.coordinator[row] = False
        rows[count] = row
        count += of.hub[row] >= 0
    residents = rows[:count]
    for row in residents:
        size[of.hub[row]] += 1
    room = np.ceil(rates.top_share * size).astype(np.int64)
    for position in first_of_each(of.hub[residents], -1.0 * of.ties[residents], 1.0 * of.number[residents], room):
        row = residents[position]
        if of.ties[row] > 0 and month - of.admitted[row] >= rates.seniority:
            of.coordinator[row] = True
            introductions[of.hub[row]] = rates.factor
    return introductions
