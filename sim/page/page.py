"""Data for the scripts of the page: words, policies, sliders, the map."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from functools import cache
from typing import Any, get_args

from sim.country.data import table
from sim.country.geography import geography
from sim.country.hubs import open_hubs
from sim.model.outcomes import shown_of
from sim.page.frames import centre
from sim.page.levers import MIX, sliders
from sim.page.sentences import SERIES_SUBJECT
from sim.page.visit import COMMAND, IN_ONE_COUNTRY, OF_REFERENCE, Visit
from sim.page.words import words
from sim.page.worker import COMPARED_SERIES
from sim.scenario import Scenario
from sim.studies.series import COHORT_SERIES
from sim.studies.statistics import Verdict
from sim.words.language import Language, language

ROOMS = ("compare", "watch", "mesa")
FRONT = (
    "network.hubs_by_2027",
    "accompaniment.hours_per_startup",
    "accompaniment.remote_fraction",
    "fairs.places",
    "missions.per_year",
    "grants.envelope_factor",
)
"""The levers on the front of the page."""


def page_data(visit: Visit, presets: dict[str, Scenario], room: str) -> dict[str, Any]:
    """The data for the scripts when a room opens, with the mistakes in the address."""
    speak, titles = language(visit.language), titles_of(presets, visit.language)
    shown = [
        asdict(slider) | {"unit": speak.unit(slider.unit), "meaning": speak(slider.meaning)}
        for slider in sliders(visit.policy)
    ]
    sliding = {slider["path"] for slider in shown}
    return {
        "room": room,
        "language": visit.language,
        "direction": speak.direction,
        "number": {"decimal": speak.decimal, "thousands": speak.thousands},
        "words": words(visit.language) | {f"verdict.{verdict}": speak(verdict) for verdict in get_args(Verdict)},
        "problem": speak("; ").join(visit.mistakes),
        "ignored": speak(", ").join(visit.ignored),
        "preset": visit.preset,
        "against": visit.base,
        "seed": visit.seed,
        "parameters": visit.parameters,
        "command": COMMAND,
        "in_one_country": IN_ONE_COUNTRY,
        "typed": visit.typed,
        "names": _names(visit, speak),
        "wrong": visit.wrong,
        "query": visit.query,
        "present": visit.policy.present,
        "presets": [
            {
                "key": key,
                "title": titles[key],
                "text": speak.typeset(" ".join(scenario.describe(visit.language).split())),
                "values": {
                    path: value
                    for path, value in scenario.values.items()
                    if value != scenario.schema.declarations[path].default or path in sliding
                },
            }
            for key, scenario in presets.items()
        ],
        "sliders": shown,
        "open_hubs": len(open_hubs()),
        "front": [path for path in FRONT if any(slider["path"] == path for slider in shown)],
        "mix": MIX,
        "subjects": SERIES_SUBJECT,
        "measures": {name: measure(name, speak) for name in (*COMPARED_SERIES, "active", "residents")},
        "map": _map(visit.language) if room == "watch" else None,
        "regions": {name: speak.place(name) for name in geography().regions},
        "tiles": tiles(),
    }


def _names(visit: Visit, speak: Language) -> dict[str, str]:
    """Short names of the parameters in the address, by path."""
    known = visit.policy.schema.declarations
    paths = {name.removeprefix(OF_REFERENCE) for name in visit.typed}
    return {path: speak(known[path].label) for path in sorted(paths & known.keys())}


def titles_of(presets: dict[str, Scenario], code: str) -> dict[str, str]:
    """The titles of policies by key; those of one title have their keys beside it."""
    speak = language(code)
    titles = {key: speak.typeset(scenario.title(code)) for key, scenario in presets.items()}
    several = {title for title, count in Counter(titles.values()).items() if count > 1}
    return {key: f"{title} ({key})" if title in several else title for key, title in titles.items()}


def measure(series: str, speak: Language) -> dict[str, Any]:
    """How a chart shows a series: its unit, that of a difference, scale of the stored numbers, decimals."""
    shown, said = shown_of(series), words(speak.code)
    unit, gap = speak(shown.unit), speak(shown.named(difference=True))
    if series in COHORT_SERIES:
        unit, gap = said["unit.percent.year"], said["gap.percent.year"]
    return {"unit": unit, "gap": gap, "scale": shown.scale, "decimals": int(shown.unit == "%")}


@cache
def tiles() -> dict[str, tuple[int, int]]:
    """Column and row of each region on a map of equal hexagons, with odd rows half a hexagon to the right.

    `regions.csv` gives them; without them, rows go from north to south and columns from west to east.
    """
    regions = table("regions")
    if not {"tile_column", "tile_row"} <= set(regions) or regions[["tile_column", "tile_row"]].isna().any(axis=None):
        regions = regions.sort_values("latitude", ascending=False, ignore_index=True)
        wide = math.ceil(math.sqrt(len(regions)))
        regions["tile_row"] = regions.index // wide
        regions["tile_column"] = regions.groupby("tile_row")["longitude"].rank(method="first") - 1
    places = regions.set_index("region")[["tile_column", "tile_row"]].astype(int)
    return {str(name): (column, row) for name, column, row in places.itertuples()}


def _map(code: str) -> dict[str, Any]:
    """Centres of the cells with their regions, and the names of places."""
    country, speak = geography(), language(code)
    names = {*country.cities, *table("hubs")["hub"]}
    return {
        "places": {name: speak.place(name) for name in names},
        "cells": [
            [*(round(part, 4) for part in centre(*cell)), int(region)]
            for cell, region in zip(country.cells, country.cell_region, strict=True)
        ],
        "cities": [speak.place(name) for name in country.cities],
    }
