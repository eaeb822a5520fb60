"""Founders drawn by a hub: some are new, some would have founded elsewhere and move.

Arrivals in city c are Poisson with mean A_c, where `a_c` is the access to the nearest open hub (one
accelerator in a region raises seed deals of outsiders: Fehder and Hochberg 2019; subsidies raise
creation: Accetturo 2022), and v what this hub offers in hours m to each resident:

    A_c = lambda_c (exp(xi a_c v) - 1)
    v = (1 - exp(-m / m_v)) / (1 - exp(-m_t / m_v)),   or 1 where founders answer to the building alone
    P(displaced) = phi,   w = exp(-d / d_m)   the weight with which the mover is drawn

A displaced arrival (Dilaver, Bleda and Uyarra 2014) is a base founder of the same month in another
region, at distance d, who founds in c instead and keeps everything else, so it is counted once. When
no such founder exists that month, nobody moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Constant, Mechanism, parameter
from sim.declare.states import FounderKind
from sim.kernel.compiled import inlined
from sim.kernel.founders import Founders
from sim.kernel.masks import bit, holds
from sim.kernel.mathematics import exp, exp_each
from sim.kernel.randomness import combine, poisson_exceeds, poisson_quantile, race
from sim.kernel.records import by_policy, kernel, read_from
from sim.kernel.rows import marked
from sim.processes.population import endow, monthly_mean

if TYPE_CHECKING:
    from sim.country.geography import Geography
    from sim.kernel.world import World


HOURS_TODAY = 8.0
"""Hours a month at which founders answer as they do today: the default of `accompaniment.hours_per_startup`."""

CONSTANTS = {"m_t": Constant(HOURS_TODAY, "h/month", "hours at which founders answer as they do today")}

SYMBOLS = {
    "A_c": "startups/month", "lambda_c": "startups/month", "a_c": "share", "v": "-", "m": "h/month", "w": "-",
    "d": "km",
}  # fmt: skip


class Parameters(Mechanism):
    """Parameters of induced and relocated entry."""

    response: float = parameter(
        0.2397,
        short="Founders drawn by a hub",
        unit="log points",
        symbol="xi",
        low=0,
        high=2,
        meaning="Rise of founding at a hub's door.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 73. Range: within Fehder and "
        "Hochberg 2019 and Accetturo 2022 (ICC 31), which bound it",
        prior=(0, 0.5),
        shared=True,
    )
    answers_hours: bool = parameter(
        True,
        short="Founders answer to hours",
        unit="-",
        meaning="Whether founders answer to the hours that a hub offers; if not, to its being there.",
        origin="assumed: programmes draw founders by what they offer, not by the building alone",
        shared=True,
    )
    hours_scale: float = parameter(
        6.751,
        short="Hours that draw founders",
        unit="h/month",
        symbol="m_v",
        low=0.5,
        high=50,
        meaning="Hours offered after which more of them hardly draw more founders.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 39. No study varies the hours; "
        "founders answer to nothing at 0 hours and as today at 8. Range: from nearly a step to nearly a line",
        prior=(1, 16),
        shared=True,
    )
    displaced_share: float = parameter(
        0.7286,
        short="Founders from other regions",
        unit="share",
        symbol="phi",
        low=0,
        high=1,
        meaning="Share of the arrivals who would have founded in another region.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 61. Range: middle of the "
        "range; enterprise-zone studies find both extremes",
        prior=(0, 1),
        shared=True,
    )
    displacement_length: float = parameter(
        200.0,
        short="How far founders move",
        unit="km",
        symbol="d_m",
        low=10,
        high=2000,
        meaning="Distance over which the readiness to move falls to 1/e.",
        origin="assumed: founders move between neighbouring regions rather than across the country",
        shared=True,
    )


STREAMS = ("induced_entry.number", "induced_entry.displaced", "induced_entry.mover")


class PossibleFounders(NamedTuple):
    """Everyone whom hubs would draw in the whole horizon if each city had the best of hubs at its door.

    Attributes:
        founders: all of them, in order of month, city and `ordinal`.
        city (-): where each arrives.
        ordinal (-): which of the arrivals of that month and city.
        chance (0-1): the draw that decides on all arrivals of that month and city.
        displaced (-): whether a base founder would move instead.
    """

    founders: Founders
    city: np.ndarray
    ordinal: np.ndarray
    chance: np.ndarray
    displaced: np.ndarray


def _value(hours: np.ndarray, scale: np.ndarray | float) -> np.ndarray:
    """What hours offered are worth to founders, 1 for those of today."""
    found: np.ndarray = (1 - exp_each(-hours / scale)) / (1 - exp_each(np.array(-HOURS_TODAY / scale)))
    return found


def possible_founders(world: World) -> PossibleFounders:
    """Draw everyone whom hubs would draw in the whole horizon, whatever they offer."""
    parameters, streams, months = world.past.induced_entry, world.streams, world.months
    cities = len(world.geography.cities)
    month, city = np.divmod(np.arange(months * cities), cities)
    chance = streams["induced_entry.number"].uniform(month, world.city_keys[city])
    most = _value(np.array(np.inf), parameters.hours_scale) if parameters.answers_hours else 1.0
    at_the_door = exp_each(np.array([parameters.response * most]))[0] - 1
    base = monthly_mean(world.past.population) * world.geography.city_potential[city]
    number = poisson_quantile(chance, base * at_the_door)
    ordinal = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    month, city = np.repeat(month, number), np.repeat(city, number)
    key = combine(streams.world, FounderKind.INDUCED, city, month, ordinal)
    region = world.geography.city_region[city]
    founders = Founders.bringing(
        key, kind=FounderKind.INDUCED, founded=month, region=region, city=city, **endow(world, month, key)
    )
    founders.first = np.searchsorted(month, np.arange(months + 1)).tolist()
    displaced = streams["induced_entry.displaced"].below(month, key, parameters.displaced_share)
    return PossibleFounders(founders, city, ordinal, np.repeat(chance, number), displaced)


def readiness(geography: Geography, length: float) -> np.ndarray:
    """Weight with which a founder moves to a city (rows) from another (columns), 0 within a region; `length` in km."""
    elsewhere = geography.city_region[:, None] != geography.city_region
    found: np.ndarray = elsewhere * exp_each(geography.distance.T / -length)
    return found


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    response: np.ndarray
    answers_hours: np.ndarray
    hours_scale: np.ndarray


@by_policy
class Offered(NamedTuple):
    """Hours that hubs promise each resident where mentors suffice, (policies,).

    A placebo, whose accompaniment is switched off, promises them too: the same founders come, and are not helped.
    """

    hours: Any


def _offered(parameters: Any) -> Offered:
    return Offered(parameters.accompaniment.hours_per_startup)


def act(world: World) -> None:
    """Found this month's induced startups and move this month's relocated ones."""
    if not world.acts(Rates):
        return
    possible = world.possible_founders
    founders = possible.founders
    first, end = founders.first[world.month : world.month + 2]
    if first == end:
        return
    base = monthly_mean(world.past.population)
    draws = Drawn(possible.city, possible.ordinal, possible.chance, base, world.geography.city_potential)
    near = Near(world.access, world.nearest_hub, world.attention)
    arriving = _arrive(first, end, near, world.rates(Rates), world.by_policy(_offered), draws)
    moving, new = _apart(first, arriving, possible.displaced)
    if moving.size:
        _relocate(world, founders.key[moving], possible.city[moving], arriving[moving - first])
    if new.size:
        newcomers = Founders(founders.key[new], founders.columns, founders.values[new])
        newcomers.policies = arriving[new - first]
        world.newcomers.append(newcomers)


class Near(NamedTuple):
    """What draws founders: access of each city to its nearest hub, and which it is, (policies, cities) each.

    Attributes:
        attention: of each hub, see `World.attention`.
    """

    access: np.ndarray
    hub: np.ndarray
    attention: np.ndarray


class Drawn(NamedTuple):
    """What was drawn of possible founders, (founders,) each, and what the mean number of arrivals depends on.

    Attributes:
        city, ordinal, chance: see `PossibleFounders`.
        base: mean monthly number of base founders of the country.
        potential: share of each city in them, (cities,).
    """

    city: np.ndarray
    ordinal: np.ndarray
    chance: np.ndarray
    base: float
    potential: np.ndarray


@inlined
def _response(rates: Rates, offered: Offered, policy: int, attention: float) -> float:
    """Rise of founding at the door of a hub under a policy."""
    response: float = rates.response[policy]
    if rates.answers_hours[policy]:
        hours, scale = offered.hours[policy] * attention, rates.hours_scale[policy]
        response *= (1 - exp(-hours / scale)) / (1 - exp(-HOURS_TODAY / scale))
    return response


@kernel
def _arrive(first: int, end: int, near: Near, rates: Rates, offered: Offered, drawn: Drawn) -> np.ndarray:
    """Words of the policies under which each of the possible founders from `first` to `end` arrives."""
    arriving = np.zeros(end - first, dtype=np.uint32)
    for row in range(first, end):
        city, known, arrives = int(drawn.city[row]), -1.0, False
        for policy in range(rates.enabled.size):
            if rates.enabled[policy]:
                attention = near.attention[policy, near.hub[policy, city]]
                response = _response(rates, offered, policy, attention) * near.access[policy, city]
                if response != known:  # most policies give a city the same access
                    mean = drawn.base * drawn.potential[city] * (exp(response) - 1)
                    known, arrives = response, poisson_exceeds(drawn.ordinal[row], drawn.chance[row], mean)
                if arrives:
                    arriving[row - first] |= bit(policy)
    return arriving


@kernel
def _apart(first: int, arriving: np.ndarray, displaced: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of those who arrive, counted from `first` on: places of those who move, and of those who are new."""
    places, moving, new = np.empty((2, arriving.size), dtype=np.int64), 0, 0
    for place in range(arriving.size):
        places[0, moving] = places[1, new] = first + place
        moving += (arriving[place] != 0) & displaced[first + place]
        new += (arriving[place] != 0) & ~displaced[first + place]
    return places[0, :moving], places[1, :new]


class Movers(NamedTuple):
    """Who moves: keys of arrivals, the cities to which they come, and words of the policies, (arrivals,) each."""

    key: np.ndarray
    city: np.ndarray
    policies: np.ndarray


class Base(NamedTuple):
    """Base founders of a month: keys, cities and regions, (founders,) each."""

    key: np.ndarray
    city: np.ndarray
    region: np.ndarray


def _relocate(world: World, arrivals: np.ndarray, cities: np.ndarray, policies: np.ndarray) -> None:
    """Move one base founder of this month to the city of each arrival, nearest ones most likely."""
    base = next((batch for batch in world.newcomers if "relocated" in batch.columns), None)
    if base is None:
        return
    word, region_of = world.streams["induced_entry.mover"].at(world.month), world.geography.city_region
    movers, home = Movers(arrivals, cities, policies), Base(base.key, base["city"], base["region"])
    base.own = _move(movers, home, world.policies, world.readiness, region_of, word)
    base.own_columns = MOVED


MOVED = ("city", "region", "relocated")
"""Columns of which those who move bring other values than they would have brought."""


@kernel
def _move(
    movers: Movers, base: Base, policies: int, readiness: np.ndarray, region_of: np.ndarray, word: np.uint64
) -> np.ndarray:
    """What base founders bring under each policy, (`MOVED`, policies, founders)."""
    moved, home = np.empty((len(MOVED), policies, base.key.size)), base.city.astype(np.int64)
    for policy in range(policies):
        alike = policy
        for other in range(policy):  # the policies under which the same arrive
            same = True
            for word_of in movers.policies:
                same &= holds(word_of, policy) == holds(word_of, other)
            alike = min(alike, other) if same else alike
        if alike < policy:
            moved[:, policy] = moved[:, alike]
            continue
        moved[0, policy], moved[1, policy], moved[2, policy] = base.city, base.region, 0.0
        here = marked(_holding(movers.policies, policy))
        cities = movers.city[here]
        chosen = race(movers.key[here], cities, base.key, home, readiness, word)
        for place in range(chosen.size):
            if chosen[place] >= 0:
                city = cities[place]
                moved[0, policy, chosen[place]], moved[1, policy, chosen[place]] = city, region_of[city]
                moved[2, policy, chosen[place]] = 1.0
    return moved


@inlined
def _holding(words: np.ndarray, policy: int) -> np.ndarray:
    """Whether each word holds under a policy."""
    found = np.empty(words.size, dtype=np.bool_)
    for place in range(words.size):
        found[place] = holds(words[place], policy)
    return found
