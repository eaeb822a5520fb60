"""Founders drawn by a hub: some are new, some would have founded elsewhere and move.

Arrivals in city c are Poisson with mean `lambda_c (exp(xi a_c) - 1)`, where `a_c` is the access to
the nearest open hub (one accelerator in a region raises seed deals of outsiders: Fehder and Hochberg
2019; subsidies raise creation: Accetturo 2022). A share `phi` is displaced (Dilaver, Bleda and
Uyarra 2014): a base founder of the same month in another region, chosen with weights that fall
exponentially with distance, founds in c instead and keeps everything else, so it is counted once.
When no such founder exists that month, nobody moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Mechanism, parameter
from sim.processes.population import BASE, INDUCED, endow
from sim.randomness import combine

if TYPE_CHECKING:
    from sim.model import EcosystemModel


class Parameters(Mechanism):
    """Parameters of induced and relocated entry."""

    response: float = parameter(
        0.15,
        unit="log points",
        low=0,
        high=2,
        meaning="Rise of founding at a hub's door (xi).",
        origin="assumed: within Fehder and Hochberg 2019 and Accetturo 2022 (ICC 31), which bound it",
        prior=(0, 0.5),
    )
    displaced_share: float = parameter(
        0.5,
        unit="share",
        low=0,
        high=1,
        meaning="Share of the arrivals who would have founded in another region (phi).",
        origin="assumed: middle of the range; enterprise-zone studies find both extremes",
        prior=(0, 1),
    )
    displacement_length: float = parameter(
        200.0,
        unit="km",
        low=10,
        high=2000,
        meaning="Distance over which the readiness to move falls to 1/e.",
        origin="assumed: founders move between neighbouring regions rather than across the country",
    )


STREAMS = ("induced_entry.number", "induced_entry.displaced", "induced_entry.mover")


def act(model: EcosystemModel) -> None:
    """Found this month's induced startups and move this month's relocated ones."""
    parameters, geography, month = model.parameters.induced_entry, model.geography, model.month
    if not parameters.enabled:
        return
    population = model.parameters.population
    base = population.entries_per_year * population.scale / 12 * geography.city_potential
    mean = base * np.expm1(parameters.response * model.access)
    arrivals = model.streams["induced_entry.number"].poisson(month, model.city_keys, mean)
    if not arrivals.any():
        return
    some = np.flatnonzero(arrivals)
    city = np.repeat(some, arrivals[some])
    ordinal = np.concatenate([np.arange(number) for number in arrivals[some].tolist()])
    key = combine(model.streams.world, INDUCED, city, month, ordinal)
    displaced = model.streams["induced_entry.displaced"].below(month, key, parameters.displaced_share)
    _relocate(model, key[displaced], city[displaced])
    key, city = key[~displaced], city[~displaced]
    model.found(
        key,
        kind=INDUCED,
        founded=month,
        city=city,
        region=geography.city_region[city],
        **endow(model, month, key),
    )


def _relocate(model: EcosystemModel, arrivals: np.ndarray, cities: np.ndarray) -> None:
    """Move one base founder of this month to the city of each arrival, nearest ones most likely."""
    startups, geography = model.startups, model.geography
    length = model.parameters.induced_entry.displacement_length
    new = np.flatnonzero((startups.founded == model.month) & (startups.kind == BASE))
    stream = model.streams["induced_entry.mover"]
    region, home = startups.region[new], startups.city[new]
    key, free = startups.key[new], ~startups.relocated[new]
    for arrival, city in zip(arrivals.tolist(), cities.tolist(), strict=True):
        target = geography.city_region[city]
        candidates = np.flatnonzero(free & (region != target))
        if candidates.size == 0:
            continue
        weight = np.exp(geography.distance[home[candidates], city] / -length)
        race = stream.exponential(model.month, combine(arrival, key[candidates])) / weight
        chosen = candidates[np.argmin(race)]
        mover, free[chosen] = new[chosen], False
        model.founded_by_month[model.month, region[chosen]] -= 1
        model.founded_by_month[model.month, target] += 1
        startups.city[mover] = city
        startups.region[mover] = target
        startups.relocated[mover] = True
