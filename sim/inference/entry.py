"""The expected number of founders whom hubs bring, from the equation of `sim.processes.induced_entry`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from sim.country.data import table
from sim.country.geography import Geography, geography

FOUNDERS = "net_founders"
"""Name of this moment."""


def net_founders(values: Mapping[str, Any]) -> np.ndarray:
    """Expected number of new founders per year whom today's open hubs bring; those who only relocate do not count.

    With `a_c` the access of city c to the nearest open hub and `p_c` its share of the country's foundings:
    `(1 - phi) Lambda sum_c p_c (exp(xi a_c) - 1)`.

    Args:
        values: parameters by dotted path, each a number or an array (draws,).

    Returns:
        Startups a year (draws,).
    """
    column = {path: np.reshape(values[path], (-1, 1)) for path in ("network.catchment", "induced_entry.response")}
    distance = _to_nearest_hub(country := geography())
    access = np.exp(-distance / column["network.catchment"])
    rise = np.expm1(column["induced_entry.response"] * access) @ country.city_potential
    founders = np.multiply(values["population.entries_per_year"], values["population.scale"])
    found: np.ndarray = (1 - np.asarray(values["induced_entry.displaced_share"])) * founders * rise
    return found


@lru_cache(maxsize=2)
def _to_nearest_hub(country: Geography) -> np.ndarray:
    """Distance of each city to the nearest hub that is open today, in km, (cities,)."""
    hubs = table("hubs")
    cities = [country.city_index[city] for city in hubs.loc[hubs["status"] == "open", "city"]]
    found: np.ndarray = country.distance[:, cities].min(axis=1)
    return found
