"""Accompaniment: mentor hours, shared by the residents of a hub, diluted when there are too few.

A resident receives m hours a month, with intensity I, mentor hours H of the hub and n residents:

    m = I min(1, H / (I n))

By default H is the intensity times the places, so a hub that opens half empty has slack. Remote
accompaniment gives the fraction `remote_fraction` of I to startups outside hubs, at the same price
per hour. The mix shares the hours over three competences, and residents meet c times as often (see `contacts`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import model_validator

from sim.declare import Block, Column, Count, Mechanism, parameter
from sim.kernel.compiled import compiled

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
                f"finance, market_access and skills must sum to 1, not {total:.6g}; they are shares of the hours"
            )
        return self


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


def act(model: World) -> None:
    """Staff the hubs and share out this month's hours.

    Sets `hub.mentor_hours`, `model.attention` (hubs + 1,) = m / I per hub, whose last entry is 0 for
    startups outside (index -1), and the hours of each startup.
    """
    parameters, startups = model.parameters.accompaniment, model.startups
    intensity = parameters.hours_per_startup
    places = sum(hub.places for hub in model.hubs)
    attention = np.zeros(len(model.hubs) + 1)
    for hub in model.hubs:
        if parameters.mentor_hours_total is not None and places:
            hub.mentor_hours = parameters.mentor_hours_total * hub.places / places
        elif hub.plan.mentor_hours is not None:
            hub.mentor_hours = hub.plan.mentor_hours if hub.is_open else 0.0
        else:
            hub.mentor_hours = intensity * hub.places
        wanted = intensity * hub.residents
        attention[hub.index] = min(1.0, hub.mentor_hours / wanted) if wanted > 0 else 1.0
    model.attention = attention
    if not parameters.enabled:
        startups.hours[:] = 0.0
        return
    model.tally["remote_hours"] += _share_out(
        intensity * attention,
        parameters.remote_fraction * intensity,
        model.month - parameters.remote_oldest,
        startups.hub,
        startups.founded,
        startups.hours,
        startups.hours_total,
    )


@compiled
def _share_out(
    by_hub: np.ndarray,
    remote: float,
    founded_after: int,
    hub: np.ndarray,
    founded: np.ndarray,
    hours: np.ndarray,
    hours_total: np.ndarray,
) -> float:
    """Set the month's hours and add them to the total; the sum of the hours given remotely."""
    given = 0.0
    for row in range(hub.size):
        hours[row] = by_hub[hub[row]]
    if remote > 0:
        for row in range(hub.size):
            if hub[row] < 0 and founded[row] > founded_after:
                hours[row] = remote
                given += remote
    for row in range(hub.size):
        hours_total[row] += hours[row]
    return given
