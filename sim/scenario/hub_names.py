"""The names of hubs and cities that a scenario may use, from the tables `hubs.csv` and `cities.csv`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from sim.country.data import sheet
from sim.country.hubs import open_hubs, roadmap


@dataclass(frozen=True)
class HubNames:
    """Names of the open hubs, of the roadmap's hubs in their order, and of cities; `spellings` maps other spellings."""

    open_hubs: tuple[str, ...]
    roadmap: tuple[str, ...]
    cities: tuple[str, ...]
    spellings: Mapping[str, str] = field(default_factory=dict)


@cache
def hub_names() -> HubNames:
    """Read the names from the country's tables."""
    cities = sheet("cities").records()
    return HubNames(
        open_hubs=open_hubs(),
        roadmap=tuple(roadmap()),
        cities=tuple(row["city"] for row in cities),
        spellings={row["name_ar"]: row["city"] for row in cities if row.get("name_ar")},
    )
