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

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.randomness import smallest
from sim.kernel.records import by_policy

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


@by_policy
class Rules(NamedTuple):
    """What missions are under each policy, (policies,) each; the cost of a place in kMAD."""

    enabled: Any
    per_year: Any
    places: Any
    noise: Any
    cost: Any


def _rules(parameters: Any) -> Rules:
    own = parameters.missions
    return Rules(own.enabled, own.per_year, own.places, own.noise, parameters.costs.mission_place)


def act(world: World) -> None:
    """Send this month's missions; the programme pays for them."""
    rules = world.by_policy(_rules)
    if not rules.per_year.any():
        return
    due = (world.month_of_year + 1) * rules.per_year // 12 - world.month_of_year * rules.per_year // 12
    for policy in np.flatnonzero(rules.enabled * due > 0).tolist():
        _send(world, policy, int(due[policy] * rules.places[policy]))


def _send(world: World, policy: int, places: int) -> None:
    """Send residents of each open hub on missions under one policy; `places` are those of a hub."""
    rules, startups, month = Rules(*(values[policy] for values in world.by_policy(_rules))), world.startups, world.month
    hub = startups.column("hub", policy)
    residents = np.flatnonzero((hub >= 0) & ~startups.column("exporter", policy))
    error = rules.noise * world.streams["missions.score"].normal(month, startups.key[residents])
    rank = -(world.before.competence[policy, 1, residents] + error)
    for index in np.flatnonzero(world.hubs.is_open[policy]):
        here = np.flatnonzero(hub[residents] == index)
        chosen = residents[here[smallest(rank[here], places)]]
        startups.column("mission", policy)[chosen] = month
        world.programme["missions"][policy] += rules.cost * chosen.size
        world.tally["mission_places"][policy] += chosen.size
