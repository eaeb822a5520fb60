"""The data tables with their sources, and the glossary."""

from __future__ import annotations

import csv
from pathlib import Path

from sim.country import data
from tools.documentation.markdown import fragment, paragraphs, table

MEANING = {
    "regions": "regions with population, registrations, ICT intensity, and whether they are the centre",
    "cities": "cities with coordinates and population",
    "cells": "hexagons of the map with their region",
    "map": "where the map lies on the globe",
    "hubs": "hubs that are open, and announced ones in the order of the roadmap",
    "hub_places": "steps in the number of places of a hub",
    "funders": "funders with place, tickets, yearly numbers and envelopes, by period",
    "country": "what is called otherwise in every country: the title of the page, the currency",
    "vc_deals": "venture rounds counted in a year",
    "prices": "prices that the costs of a policy are made of",
    "hcp_establishments": "business establishments of the census by region and period of founding",
    "facts": "what the model is fitted to or held against",
    "claims": "the statements that the project answers",
    "opening_delays": "sites with a promised date, and how late they opened or had not opened yet",
}


def tables() -> str:
    """Each table with its rows and their confidence."""
    rows = []
    for name in data.TABLES:
        frame = data.table(name)
        sure = frame["confidence"].value_counts()
        grades = ", ".join(f"{sure[grade]} {grade}" for grade in ("high", "med", "low", "assumed") if grade in sure)
        rows.append((f"`{name}.csv`", MEANING[name], len(frame), grades))
    return table(("table", "one row for each of", "rows", "confidence"), rows)


def page() -> str:
    """Tables, columns and all their sources."""
    parts = [fragment("data"), "## Tables", tables()]
    for name in data.TABLES:
        frame = data.table(name)
        columns = ", ".join(f"`{column}`" for column in frame.columns)
        parts += [f"### {name}.csv", f"{MEANING[name][0].upper()}{MEANING[name][1:]}. Columns: {columns}."]
        cited = [column for column in frame.columns if column.endswith("source")]
        found = {source for column in cited for text in frame[column] for source in text.split(" ; ")}
        addresses = sorted(source for source in found if not source.startswith("assumed: "))
        assumed = sorted(found - set(addresses))
        parts.append("\n".join(f"- <{source}>" for source in addresses))
        parts.append("\n".join(f"- {source}" for source in assumed))
    return paragraphs(*parts)


def glossary() -> str:
    """The words of the project in three languages, with their names in the code."""
    with (Path(__file__).parent / "glossary.csv").open(encoding="utf-8") as file:
        words = sorted(csv.DictReader(file), key=lambda word: word["en"].lower())
    rows = [
        (
            word["en"],
            word["fr"],
            f'<span lang="ar" dir="rtl">{word["ar"]}</span>',
            word["meaning"],
            f"`{word['code'].removeprefix('sim.')}`",
        )
        for word in words
    ]
    return paragraphs(fragment("glossary"), table(("English", "français", "العربية", "meaning", "in the code"), rows))
