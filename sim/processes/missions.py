"""Export missions: hubs take residents to foreign markets, who then attempt to export more often.

A lever without a past: the ministry's grant is to help startups explore international markets, but
no mission programme with numbers was found. Each open hub offers y missions a year, evenly spread
over the same months each year; places go to the highest scores among residents that do not export:

    sent = floor(m y / 12)   by the end of month m of the year
    score = market_access + noise z,   z ~ N(0, 1)
    x_a attempt_factor   for lasts months afterwards

Export promotion works on the extensive margin (Volpe Martincus and Carballo 2010), so a mission
raises the rate of attempts `x_a`, not their odds (see `exports`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.randomness import normals
from sim.kernel.ranking import first_of_each
from sim.kernel.records import by_policy, columns, kernel
from sim.kernel.rows import marked

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {"mission": Column(Short, "month", "Month of the last export mission.", NEVER)}

COUNTS = {"mission_places": Count("startups", "Startups taken on an export mission.")}

SYMBOLS = {"sent": "missions", "m": "month", "score": "0-1", "z": "-"}


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
        short="Export attempts after a mission",
        unit="-",
        low=1,
        high=20,
        meaning="Factor on the rate of export attempts after a mission.",
        origin="assumed: promotion acts on entry, Volpe Martincus and Carballo 2010 (Rev. World Econ. 146)",
    )
    lasts: int = parameter(
        12,
        short="How long a mission acts",
        unit="month",
        low=1,
        high=120,
        meaning="Months during which a mission raises attempts.",
        origin="assumed: a year",
    )
    noise: float = parameter(
        0.3,
        short="Errors in choosing for missions",
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


@columns
class Residents(NamedTuple):
    """Columns of those who may be sent."""

    used: int
    key: np.ndarray
    hub: np.ndarray
    exporter: np.ndarray
    mission: np.ndarray


def act(world: World) -> None:
    """Send this month's missions; the programme pays for them."""
    rules = world.by_policy(_rules)
    if not rules.per_year.any():
        return
    due = (world.month_of_year + 1) * rules.per_year // 12 - world.month_of_year * rules.per_year // 12
    room = ((rules.enabled * due * rules.places)[:, None] * world.hubs.is_open).astype(np.int64)
    if not room.any():
        return
    word = world.streams["missions.score"].at(world.month)
    sent = _send(world.month, world.startups.see(Residents), world.before.competence, rules.noise, room, word)
    world.programme["missions"] += (rules.cost[:, None] * sent).sum(axis=1)
    world.tally["mission_places"] += sent.sum(axis=1)


@kernel
def _send(
    month: int, of: Residents, competence: np.ndarray, noise: np.ndarray, room: np.ndarray, word: np.uint64
) -> np.ndarray:
    """Send those of the highest scores in each hub; how many, (policies, hubs). `room` (policies, hubs) are places.

    Of equal scores, which a jury without error gives, the draw decides: rows have another order beside other policies.
    """
    sent, error = np.zeros(room.shape, dtype=np.int64), normals(of.key[: of.used], word)
    able, rank = np.empty(of.used, dtype=np.bool_), np.empty(of.used)
    for policy in range(noise.size):
        if room[policy].sum() == 0:
            continue
        hub, market_access = of.hub[policy], competence[policy, 1]
        for row in range(of.used):
            able[row] = (hub[row] >= 0) & ~of.exporter[policy, row]
            rank[row] = -(market_access[row] + noise[policy] * error[row])
        rows = marked(able)
        for place in first_of_each(hub[rows], rank[rows], error[rows], room[policy]):
            of.mission[policy, rows[place]] = month
            sent[policy, hub[rows[place]]] += 1
    return sent
