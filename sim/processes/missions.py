"""Export missions: hubs take residents to foreign markets, who then attempt to export more often.

A lever without a past: the ministry's grant is to help startups explore international markets, but
no mission programme with numbers was found. Each open hub offers y missions a year, evenly spread
over the same months each year; places go to the highest scores among residents that do not export:

    missions by the end of month m of the year = floor(m y / 12)
    score = market access + noise z,   z ~ N(0, 1)
    x_a attempt_factor   for lasts months afterwards

Export promotion works on the extensive margin (Volpe Martincus and Carballo 2010), so a mission
raises the rate of attempts `x_a`, not their odds (see `exports`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Column, Count, Mechanism, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.randomness import smallest

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {"mission": Column(Short, "month", "Month of the last export mission.", NEVER)}

COUNTS = {"mission_places": Count("startups", "Startups taken on an export mission.")}


class Parameters(Mechanism):
    """Parameters of export missions."""

    per_year: int = parameter(
        0,
        short="Export missions of a hub",
        unit="missions/year",
        symbol="y",
        low=0,
        high=12,
        meaning="Export missions that each open hub offers a year.",
        origin="assumed: none has been reported with numbers",
        lever=True,
    )
    places: int = parameter(
        10,
        short="Places on a mission",
        unit="startups",
        low=0,
        high=500,
        meaning="Places on each mission.",
        origin="assumed: a small delegation",
        lever=True,
    )
    attempt_factor: float = parameter(
        2.0,
        unit="-",
        low=1,
        high=20,
        meaning="Factor on the rate of export attempts after a mission.",
        origin="assumed: promotion acts on entry, Volpe Martincus and Carballo 2010 (Rev. World Econ. 146)",
    )
    lasts: int = parameter(
        12,
        unit="month",
        low=1,
        high=120,
        meaning="Months during which a mission raises attempts.",
        origin="assumed: a year",
    )
    noise: float = parameter(
        0.3,
        unit="0-1",
        low=0,
        high=5,
        meaning="Standard deviation of the selection error on the scale of competence.",
        origin="assumed: as for the fair",
    )


STREAMS = ("missions.score",)


def act(model: World) -> None:
    """Send this month's missions; the programme pays for them."""
    parameters, startups, month = model.parameters.missions, model.startups, model.month
    due = (model.month_of_year + 1) * parameters.per_year // 12 - model.month_of_year * parameters.per_year // 12
    if not parameters.enabled or due == 0:
        return
    residents = np.flatnonzero((startups.hub >= 0) & ~startups.exporter)
    noise = parameters.noise * model.streams["missions.score"].normal(month, startups.key[residents])
    rank = -(model.before.competence[1, residents] + noise)
    for hub in model.hubs:
        if hub.is_open:
            here = np.flatnonzero(startups.hub[residents] == hub.index)
            chosen = residents[here[smallest(rank[here], due * parameters.places)]]
            startups.mission[chosen] = month
            model.programme["missions"] += model.parameters.costs.mission_place * chosen.size
            model.tally["mission_places"] += chosen.size
