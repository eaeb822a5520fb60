"""Accompaniment: mentor hours, shared by the residents of a hub, diluted when there are too few.

A resident receives m hours a month, with intensity I, mentor hours H of the hub and n residents:

    m = I min(1, H / (I n))

By default H is the intensity times the places, so a hub that opens half empty has slack. Remote
accompaniment gives the fraction `remote_fraction` of I to startups outside hubs, at the same price
per hour. The mix shares the hours over three competences, and residents meet c times as often (see `contacts`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import model_validator

from sim.declare import Block, Column, Count, Mechanism, parameter
from sim.errors import said
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.records import booked, by_policy, columns, kernel
from sim.kernel.state import HubStates

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {
    "hours": Column(float, "h/month", "Mentor hours received this month.", 0.0),
    "hours_total": Column(float, "h", "Mentor hours received so far.", 0.0),
}

COUNTS = {"remote_hours": Count("h", "Mentor hours given to startups outside hubs.")}

_THIRD = 1 / 3


class Mix(Block):
    """What the hours are spent on: three weights that sum to 1, and a factor on meetings."""

    finance: float = parameter(
        _THIRD,
        short="Hours on finance",
        unit="share",
        low=0,
        high=1,
        meaning="Share of the hours on finance.",
        origin="assumed: equal shares of the three needs named by the operator",
        lever=True,
    )
    market_access: float = parameter(
        _THIRD,
        short="Hours on access to markets",
        unit="share",
        low=0,
        high=1,
        meaning="Share of the hours on access to markets.",
        origin="assumed: equal shares of the three needs named by the operator",
        lever=True,
    )
    skills: float = parameter(
        _THIRD,
        short="Hours on skills",
        unit="share",
        low=0,
        high=1,
        meaning="Share of the hours on skills.",
        origin="assumed: equal shares of the three needs named by the operator",
        lever=True,
    )
    contacts: float = parameter(
        1.0,
        short="Meetings among residents",
        unit="-",
        symbol="c",
        low=0,
        high=5,
        meaning="Factor on how often residents meet each other.",
        origin="assumed: 1 is the network as it is",
        lever=True,
    )

    @model_validator(mode="after")
    def _sum_to_one(self) -> Mix:
        total = self.finance + self.market_access + self.skills
        if abs(total - 1) > 1e-6:
            raise ValueError(
                said(
                    "finance, market_access and skills must sum to 1, not {total}; they are shares of the hours",
                    total=f"{total:.6g}",
                )
            )
        return self


SYMBOLS = {"m": "hours", "H": "h/month", "n": "startups"}


class Parameters(Mechanism):
    """Parameters of accompaniment."""

    hours_per_startup: float = parameter(
        8.0,
        short="Mentor hours per startup",
        unit="h/month",
        symbol="I",
        low=0,
        high=80,
        meaning="Mentor hours offered to each resident (the intensity).",
        origin="assumed: two hours a week; no figure has been published",
        lever=True,
    )
    mix: Mix = Mix()
    mentor_hours_total: float | None = parameter(
        None,
        short="Mentor hours in all",
        unit="h/month",
        low=0,
        high=200_000,
        meaning="Mentor hours of the whole network, shared by places; intensity times places if not given.",
        origin="assumed: fully staffed hubs; neither mentors nor staff per site have been published",
        lever=True,
    )
    remote_fraction: float = parameter(
        0.0,
        short="Remote accompaniment",
        unit="share",
        low=0,
        high=1,
        meaning="Fraction of the intensity offered to startups outside hubs.",
        origin="assumed: no user of the remote platform, E-Technopark, has been reported",
        lever=True,
    )
    remote_oldest: int = parameter(
        60,
        short="Oldest accompanied remotely",
        unit="month",
        low=0,
        high=600,
        meaning="Age up to which startups outside hubs are accompanied remotely.",
        origin="assumed: as long as a stay in a hub",
        lever=True,
    )


@by_policy
class Services(NamedTuple):
    """What is offered under each policy, (policies,) each; NaN for hours in all that are not set."""

    enabled: Any
    intensity: Any
    total: Any
    remote_fraction: Any
    remote_oldest: Any


def _services(parameters: Any) -> Services:
    own = parameters.accompaniment
    total = np.nan if own.mentor_hours_total is None else own.mentor_hours_total
    return Services(own.enabled, own.hours_per_startup, total, own.remote_fraction, own.remote_oldest)


@booked()
class Booked(NamedTuple):
    """Hours that are given remotely, (policies,)."""

    remote_hours: np.ndarray


@columns
class Accompanied(NamedTuple):
    """Columns of startups that receive hours."""

    used: int
    alive: np.ndarray
    founded: np.ndarray
    hub: np.ndarray
    hours: np.ndarray
    hours_total: np.ndarray


def act(world: World) -> None:
    """Staff the hubs and share out this month's hours.

    Brings up to date the mentor hours of hubs, `world.attention` (policies, hubs + 1) = m / I per hub, whose last
    entry is 0 for startups outside (index -1), and the hours of each startup.
    """
    startups, services, to = world.startups.see(Accompanied), world.by_policy(_services), world.books(Booked)
    _accompany(world.month, startups, world.hubs, services, world.attention, to)


@inlined
def _staff(hubs: HubStates, services: Services, attention: np.ndarray) -> None:
    """Set the mentor hours of each hub, and the attention that its residents receive."""
    policies, size = hubs.places.shape
    for policy in range(policies):
        intensity, places = services.intensity[policy], 0
        for hub in range(size):
            places += hubs.places[policy, hub]
        for hub in range(size):
            hours = intensity * hubs.places[policy, hub]
            if not np.isnan(services.total[policy]) and places > 0:
                hours = services.total[policy] * hubs.places[policy, hub] / places
            elif not np.isnan(hubs.planned_hours[policy, hub]):
                hours = hubs.planned_hours[policy, hub] if hubs.is_open[policy, hub] else 0.0
            hubs.mentor_hours[policy, hub] = hours
            wanted = intensity * hubs.residents[policy, hub]
            attention[policy, hub] = min(1.0, hours / wanted) if wanted > 0 else 1.0
        attention[policy, size] = 0.0


@kernel
def _accompany(
    month: int, of: Accompanied, hubs: HubStates, services: Services, attention: np.ndarray, to: Booked
) -> None:
    """Set the month's hours and add them to the total."""
    _staff(hubs, services, attention)
    for policy in range(attention.shape[0]):
        hub, hours, total = of.hub[policy], of.hours[policy], of.hours_total[policy]
        by_hub = attention[policy] * services.intensity[policy]
        if not services.enabled[policy]:
            by_hub[:] = 0.0
        for row in range(of.used):
            hours[row] = by_hub[hub[row]]
        remote = services.remote_fraction[policy] * services.intensity[policy]
        if remote > 0 and services.enabled[policy]:
            founded_after, receive = month - services.remote_oldest[policy], 0
            for row in range(of.used):
                if hub[row] < 0 and of.founded[row] > founded_after and holds(of.alive[row], policy):
                    hours[row] = remote
                    receive += 1
            to.remote_hours[policy] += remote * receive
        for row in range(of.used):
            total[row] += hours[row]
