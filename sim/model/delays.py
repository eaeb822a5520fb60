"""When hubs really open: the months that policies announce, and how late a draw of the parameters says that hubs are.

The law stands in `sim.processes.network`. Its parameters are rows of `delay_law.csv`: draw k has row k, counted again
from the first after the last. A hub's luck is keyed by the draw and its name alone, so that another hub, policy, world
or seed changes nobody's delay. A draw turns the promises of a scenario into months, which then hold like any others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.country.data import has, table
from sim.country.hubs import open_hubs
from sim.declare.calendar import month_after, months_between
from sim.kernel.randomness import Streams
from sim.model.setup import openings
from sim.scenario.errors import Origin

if TYPE_CHECKING:
    from sim.scenario import Scenario

LAW = "delay_law"
GRACE = 1
"""Months after the promise within which a hub still counts as opened on time; it is then not late at all."""
LAST_MONTH = "2199-12"
"""The last month that a scenario can hold; it is after the end of any run."""


def delay(on_time: float, late_months: float, luck: float, bound: int) -> int:
    """How many months a hub is late: the quantile `luck` of those that are later than `bound`, the luckiest at 1.

    Args:
        on_time: probability P that a hub opens on time.
        late_months: mean M of what the others need in addition to `GRACE`, months.
        luck: between 0 and 1.
        bound: months after the promise in which it was known not to be open; negative if the promise is later.
    """
    if bound < 0 and luck > 1 - on_time:
        return 0
    share = luck if bound >= 0 else luck / (1 - on_time)
    passed = max(bound, GRACE)
    return max(passed, passed + math.floor(-late_months * math.log(share))) + 1


def still_closed(on_time: np.ndarray, late_months: np.ndarray, months: int, bound: int) -> np.ndarray:
    """Probability that a hub is more than `months` late, given that it is later than `bound`; by parameters (n,)."""
    if months <= bound or months < 0:
        return np.ones_like(on_time)
    late = 1.0 if bound >= 0 else 1 - on_time
    found: np.ndarray = late * np.exp(-(max(months, GRACE) - max(bound, GRACE)) / late_months)
    return found


@lru_cache(maxsize=2**16)
def luck_of(draw: int, hub: str) -> float:
    """The luck of a hub under a draw, between 0 and 1."""
    stream = Streams(0, draw, 1)[f"network.delay of {hub}"]
    return float(stream.uniform(0, np.zeros(1, dtype=np.uint64))[0])


class Promise(NamedTuple):
    """What is known of a new hub of a policy.

    Attributes:
        item: its entry in `network.openings`.
        bound: months from its announcement until it was last known not to be open, negative if this comes later.
        earliest: the first month in which it can open.
        closes: the month in which the policy closes it; empty if it does not.
    """

    item: dict[str, Any]
    bound: int
    earliest: str
    closes: str


def promises(scenario: Scenario) -> list[Promise]:
    """What is known of each new hub of a policy, in its order.

    A hub of the roadmap is as late as from the month announced for it, whatever month the policy names. For other
    cities nothing is announced but by the policy, and nothing new was open when the roadmap was last looked at.
    """
    hubs = table("hubs")
    hubs = hubs[hubs["status"] == "announced"].set_index("hub")
    looks = hubs["not_open_by"].dropna() if "not_open_by" in hubs else hubs["opens"][:0]
    closes = {closure.hub: closure.closes for closure in scenario.parameters.network.closures}
    found = []
    for name, opens, places, mentor_hours in openings(scenario.parameters.network):
        announced = hubs["opens"].get(name, opens)
        look = looks.get(name) if name in hubs.index else looks.max() if len(looks) else None
        bound = -1 if look is None else months_between(announced, look)
        earliest = opens if look is None else max(opens, month_after(look, 1))
        item = {"hub": name, "opens": opens, "places": places, "mentor_hours": mentor_hours}
        found.append(Promise(item, bound, earliest, closes.get(name, "")))
    return found


def is_random(scenario: Scenario) -> bool:
    """Whether the months of a policy's new hubs depend on the draw of the parameters."""
    network = scenario.parameters.network
    return bool(network.random_openings and has(LAW) and scenario.same_cost_as is None and openings(network))


def under_draw(scenario: Scenario, draw: int) -> Scenario:
    """The scenario with the opening months of a draw; the announced ones hold if they are not random.

    A hub that would open in the month in which the policy closes it, or later, never opens. In the new scenario
    `network.random_openings` is off, so that a draw acts once.
    """
    network = scenario.parameters.network
    if not network.random_openings:
        return scenario
    values: dict[str, Any] = {"random_openings": False}
    if is_random(scenario):
        promised = promises(scenario)
        items = openings_under(promised, draw)
        new, kept = {promise.item["hub"] for promise in promised}, {item["hub"] for item in items}
        closures = [one for one in network.closures if one.hub in kept or one.hub not in new]
        values |= {"openings": items, "hubs_by_2027": None, "closures": closures}
    paths = {f"network.{name}": value for name, value in values.items() if value != getattr(network, name)}
    return scenario.with_values(paths, origins=dict.fromkeys(paths, Origin(text=f"draw {draw}")))


def openings_under(promised: Sequence[Promise], draw: int) -> list[dict[str, Any]]:
    """The entries of `network.openings` under a draw, for what `promises` gives."""
    law = table(LAW)
    on_time, late_months = law.iloc[draw % len(law)][["on_time", "late_months"]]
    found = []
    for item, bound, earliest, closes in promised:
        late = delay(on_time, late_months, luck_of(draw, item["hub"]), bound)
        months = min(late, months_between(item["opens"], LAST_MONTH))
        opens = max(earliest, month_after(item["opens"], months))
        if not closes or opens < closes:
            found.append(item | {"opens": opens})
    return found


def chances(scenario: Scenario, by: str) -> np.ndarray:
    """Probability that 0, 1, … hubs are open in the month `by`, after the present, over all that the law may be.

    Hubs are late independently of each other under one draw, but all draws are taken together.
    """
    network, law = scenario.parameters.network, table(LAW)
    on_time, late_months = law["on_time"].to_numpy(), law["late_months"].to_numpy()
    planned = promises(scenario)
    new = {promise.item["hub"] for promise in planned}
    closed = sum(one.closes <= by and one.hub not in new for one in network.closures)
    kept = len(open_hubs()) - closed
    count = np.zeros((kept + len(planned) + 1, len(law)))
    count[kept] = 1.0
    for item, bound, earliest, closes in planned:
        if by < earliest or (closes and closes <= by):
            continue
        is_open = 1 - still_closed(on_time, late_months, months_between(item["opens"], by), bound)
        count[1:] = count[1:] * (1 - is_open) + count[:-1] * is_open
        count[0] *= 1 - is_open
    found: np.ndarray = count.mean(axis=1)
    return found
