"""Founders drawn by a hub: some are new, some would have founded elsewhere and move.

Arrivals in city c are Poisson with mean A_c, where `a_c` is the access to the nearest open hub (one
accelerator in a region raises seed deals of outsiders: Fehder and Hochberg 2019; subsidies raise
creation: Accetturo 2022):

    A_c = lambda_c (exp(xi a_c) - 1)
    P(displaced) = phi,   mover drawn with weight exp(-d / d_m)

A displaced arrival (Dilaver, Bleda and Uyarra 2014) is a base founder of the same month in another
region, at distance d, who founds in c instead and keeps everything else, so it is counted once. When
no such founder exists that month, nobody moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Mechanism, parameter
from sim.declare.states import FounderKind
from sim.kernel.compiled import compiled
from sim.kernel.founders import Founders
from sim.kernel.randomness import combine, poisson_exceeds, poisson_quantile
from sim.kernel.records import kernel
from sim.processes.population import endow

if TYPE_CHECKING:
    from sim.kernel.world import World


class Parameters(Mechanism):
    """Parameters of induced and relocated entry."""

    response: float = parameter(
        0.0689,
        unit="log points",
        symbol="xi",
        low=0,
        high=2,
        meaning="Rise of founding at a hub's door.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 9. Range: within "
        "Fehder and Hochberg 2019 and Accetturo 2022 (ICC 31), which bound it",
        prior=(0, 0.5),
    )
    displaced_share: float = parameter(
        0.556,
        unit="share",
        symbol="phi",
        low=0,
        high=1,
        meaning="Share of the arrivals who would have founded in another region.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 54. Range: middle of "
        "the range; enterprise-zone studies find both extremes",
        prior=(0, 1),
    )
    displacement_length: float = parameter(
        200.0,
        unit="km",
        symbol="d_m",
        low=10,
        high=2000,
        meaning="Distance over which the readiness to move falls to 1/e.",
        origin="assumed: founders move between neighbouring regions rather than across the country",
    )


STREAMS = ("induced_entry.number", "induced_entry.displaced", "induced_entry.mover")


class PossibleFounders(NamedTuple):
    """Everyone whom hubs would draw in the whole horizon if each city had one at its door.

    Attributes:
        founders: all of them, in order of month, city and `ordinal`.
        ordinal (-): which of the arrivals of that month and city.
        chance (0-1): the draw that decides on all arrivals of that month and city.
        displaced (-): whether a base founder would move instead.
    """

    founders: Founders
    ordinal: np.ndarray
    chance: np.ndarray
    displaced: np.ndarray


def possible_founders(model: World) -> PossibleFounders:
    """Draw everyone whom hubs would draw in the whole horizon."""
    parameters, streams, months = model.parameters.induced_entry, model.streams, model.scenario.months
    cities = len(model.geography.cities)
    month, city = np.divmod(np.arange(months * cities), cities)
    chance = streams["induced_entry.number"].uniform(month, model.city_keys[city])
    number = poisson_quantile(chance, _mean(model, city, 1.0))
    ordinal = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    month, city = np.repeat(month, number), np.repeat(city, number)
    key = combine(streams.world, FounderKind.INDUCED, city, month, ordinal)
    region = model.geography.city_region[city]
    founders = Founders.bringing(
        key, kind=FounderKind.INDUCED, founded=month, region=region, city=city, **endow(model, month, key)
    )
    founders.first = np.searchsorted(month, np.arange(months + 1)).tolist()
    displaced = streams["induced_entry.displaced"].below(month, key, parameters.displaced_share)
    return PossibleFounders(founders, ordinal, np.repeat(chance, number), displaced)


def readiness(model: World) -> np.ndarray:
    """Weight with which a founder moves to a city (rows) from another (columns), 0 within a region."""
    geography, length = model.geography, model.parameters.induced_entry.displacement_length
    elsewhere = geography.city_region[:, None] != geography.city_region
    found: np.ndarray = elsewhere * np.exp(geography.distance.T / -length)
    return found


def _mean(model: World, city: np.ndarray, access: np.ndarray | float) -> np.ndarray:
    """Mean monthly number of arrivals in each city at this access to a hub."""
    base = _base(model) * model.geography.city_potential[city]
    found: np.ndarray = base * np.expm1(model.parameters.induced_entry.response * access)
    return found


def _base(model: World) -> float:
    """Mean monthly number of base founders."""
    population = model.parameters.population
    found: float = population.entries_per_year * population.scale / 12
    return found


def act(model: World) -> None:
    """Found this month's induced startups and move this month's relocated ones."""
    if not model.parameters.induced_entry.enabled:
        return
    possible = model.possible_founders
    founders = possible.founders
    first, end = founders.first[model.month : model.month + 2]
    if first == end:
        return
    law = Law(model.parameters.induced_entry.response, _base(model), model.geography.city_potential)
    draws = Drawn(possible.ordinal, possible.chance, possible.displaced)
    moving, new = _arrive(first, end, founders["city"], model.access, law, draws)
    if moving.size:
        _relocate(model, founders.key[moving], founders["city"][moving].astype(np.int64))
    if new.size:
        model.newcomers.append(founders.part(new))


class Law(NamedTuple):
    """Rise of founding at a hub's door, mean monthly base founders of the country, and the share of each city."""

    response: float
    base: float
    potential: np.ndarray


class Drawn(NamedTuple):
    """What was drawn of possible founders, (founders,) each; see `PossibleFounders`."""

    ordinal: np.ndarray
    chance: np.ndarray
    displaced: np.ndarray


@kernel
def _arrive(
    first: int, end: int, city: np.ndarray, access: np.ndarray, law: Law, drawn: Drawn
) -> tuple[np.ndarray, np.ndarray]:
    """Of the possible founders from `first` to `end` those who arrive: the displaced ones, and the others."""
    rows = np.empty((2, end - first), dtype=np.int64)
    moving = new = 0
    for row in range(first, end):
        here = int(city[row])
        mean = law.base * law.potential[here] * np.expm1(law.response * access[here])
        if poisson_exceeds(drawn.ordinal[row], drawn.chance[row], mean):
            rows[0, moving] = rows[1, new] = row
            moving += drawn.displaced[row]
            new += not drawn.displaced[row]
    return rows[0, :moving], rows[1, :new]


def _relocate(model: World, arrivals: np.ndarray, cities: np.ndarray) -> None:
    """Move one base founder of this month to the city of each arrival, nearest ones most likely."""
    base = next((batch for batch in model.newcomers if "relocated" in batch.columns), None)
    if base is None:
        return
    city = base["city"]
    mover = model.streams["induced_entry.mover"].race(
        model.month, arrivals, cities, base.key, city.astype(np.int64), model.readiness
    )
    _move(mover, cities, model.geography.city_region, base["relocated"], city, base["region"])


@compiled
def _move(
    mover: np.ndarray,
    cities: np.ndarray,
    city_region: np.ndarray,
    relocated: np.ndarray,
    city: np.ndarray,
    region: np.ndarray,
) -> None:
    """Send each mover, if there is one (not -1), to the city of the arrival whose place it takes."""
    for arrival in range(mover.size):
        founder = mover[arrival]
        if founder >= 0:
            relocated[founder], city[founder], region[founder] = 1, cities[arrival], city_region[cities[arrival]]
