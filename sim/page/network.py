"""The hub network on the map of the page: where hubs are, may be, and when those of the roadmap open."""

from __future__ import annotations

from typing import Any

from sim.country.data import table
from sim.country.geography import east_north, geography
from sim.page.frames import centre
from sim.words.language import language


def network(code: str) -> dict[str, Any]:
    """The map in distances between cells, east and north: cells with their regions, cities, hubs of the record.

    A hub of the roadmap has the month in which it is announced to open and its places; names are in the language
    beside those of scenario files.
    """
    t, country = language(code), geography()
    records = table("hubs").astype(object)
    rows = records.where(records.notna(), None).to_dict("records")
    east, north = east_north(country.latitude, country.longitude)
    return {
        "cells": [
            [*(round(part, 3) for part in centre(*cell)), int(region)]
            for cell, region in zip(country.cells, country.cell_region, strict=True)
        ],
        "cities": [
            {"name": name, "title": t.place(name), "x": round(float(x), 3), "y": round(float(y), 3)}
            for name, x, y in zip(country.cities, east, north, strict=True)
        ],
        "open": [
            {"hub": row["hub"], "title": t.place(row["hub"]), "city": row["city"], "places": int(row["places"])}
            for row in rows
            if row["status"] == "open"
        ],
        "roadmap": [
            {"hub": row["hub"], "opens": row["opens"], "city": row["city"], "places": int(row["places"])}
            for row in rows
            if row["status"] == "announced"
        ],
    }
