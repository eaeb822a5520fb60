"""The names that a scenario may use for hubs, from the tables `hubs.csv` and `cities.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from sim.data import path


@dataclass(frozen=True)
class Names:
    """Hubs that are open, hubs of the roadmap in their order, cities, and other spellings of cities."""

    open_hubs: tuple[str, ...]
    roadmap: tuple[str, ...]
    cities: tuple[str, ...]
    spellings: Mapping[str, str] = field(default_factory=dict)


def _rows(table: str) -> list[dict[str, str]]:
    """A table by the csv module, because pandas takes longer to import than `--help` may take."""
    with path(table).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def names() -> Names:
    """The names in the country's tables."""
    hubs, cities = _rows("hubs"), _rows("cities")
    return Names(
        open_hubs=tuple(row["hub"] for row in hubs if row["status"] == "open"),
        roadmap=tuple(row["hub"] for row in hubs if row["status"] == "announced"),
        cities=tuple(row["city"] for row in cities),
        spellings={row["name_ar"]: row["city"] for row in cities if row.get("name_ar")},
    )
