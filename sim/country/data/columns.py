"""The columns that the program reads from each table, the values they may hold, and the names that must agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from sim.country.data.sheet import CsvSheet, Fault
from sim.errors import said, suggestion

MONTH_PATTERN = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", re.ASCII)
Sheets = Callable[[str], CsvSheet]
"""Function that returns another table of the same country, checked."""


@dataclass(frozen=True)
class CellKind:
    """The values that a cell may hold.

    Args:
        low: smallest number; None for text.
        high: largest number.
        whole: whether only whole numbers are allowed.
        empty: whether the cell may be empty.
        lacking: whether the table may lack the column.
        unique: whether no two rows may have the same value.
        choices: the allowed words.
        month: whether the value is a month.
        of: the table in which the value must be a name; empty if none.
    """

    low: float | None = None
    high: float = float("inf")
    whole: bool = False
    empty: bool = False
    lacking: bool = False
    unique: bool = False
    choices: tuple[str, ...] = ()
    month: bool = False
    of: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the cell holds a number."""
        return self.low is not None

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        if self.month:
            return "a month written YYYY-MM, for example 2026-07"
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.low is None:
            return "a name"
        words = "a whole number" if self.whole else "a number"
        if self.high < float("inf"):
            return f"{words} from {self.low:g} to {self.high:g}"
        return words if self.low == -float("inf") else f"{words} of at least {self.low:g}"


TEXT, MONTHS = CellKind(), CellKind(month=True)
ANY = CellKind(low=-float("inf"), empty=True)
AMOUNT, COUNT, FLAG = CellKind(low=0), CellKind(low=0, whole=True), CellKind(low=0, high=1, whole=True)
MAYBE = CellKind(low=0, empty=True, lacking=True)
TILE = CellKind(low=0, whole=True, empty=True, lacking=True)
OPTIONAL_TEXT = CellKind(empty=True, lacking=True)
FOUNDED = (
    "founded_before_1956", "founded_1956_1980", "founded_1981_1990", "founded_1991_2000", "founded_2001_2010",
    "founded_2011_2019", "founded_2020_plus",
)  # fmt: skip
"""Periods of founding of the establishments of the census."""
COLUMNS: dict[str, dict[str, CellKind]] = {
    "regions": {
        "region": CellKind(unique=True),
        "population": CellKind(low=1),
        "created_2023": AMOUNT,
        "created_2024": AMOUNT,
        "registrations_counted": CellKind(low=0, high=1),
        "ict_intensity": AMOUNT,
        "central": FLAG,
        "latitude": CellKind(low=-90, high=90),
        "longitude": CellKind(low=-180, high=180),
        "name_fr": OPTIONAL_TEXT,
        "name_ar": OPTIONAL_TEXT,
        "main_city": OPTIONAL_TEXT,
        "tile_column": TILE,
        "tile_row": TILE,
    },
    "cities": {
        "city": CellKind(unique=True),
        "region": CellKind(of="regions"),
        "latitude": CellKind(low=-90, high=90),
        "longitude": CellKind(low=-180, high=180),
        "population": CellKind(low=1),
        "name_fr": OPTIONAL_TEXT,
        "name_ar": OPTIONAL_TEXT,
    },
    "cells": {
        "column": COUNT,
        "row": COUNT,
        "region": CellKind(of="regions"),
        "agrees_1": CellKind(low=0, high=1, whole=True, lacking=True),
        "agrees_2": CellKind(low=0, high=1, whole=True, lacking=True),
    },
    "map": {"name": CellKind(unique=True), "value": CellKind(low=-360, high=360)},
    "hubs": {
        "hub": CellKind(unique=True),
        "name_fr": OPTIONAL_TEXT,
        "name_ar": OPTIONAL_TEXT,
        "city": CellKind(of="cities"),
        "status": CellKind(choices=("open", "announced")),
        "opens": MONTHS,
        "not_open_by": CellKind(month=True, empty=True, lacking=True),
        "places": CellKind(low=1, whole=True),
        "capital_kmad": MAYBE,
    },
    "hub_places": {"hub": CellKind(of="hubs"), "from": MONTHS, "places": COUNT},
    "funders": {
        "funder": TEXT,
        "kind": CellKind(choices=("grant", "honour_loan", "loan", "seed", "venture")),
        "city": CellKind(of="cities"),
        "from": MONTHS,
        "until": CellKind(month=True, empty=True),
        "number_per_year": AMOUNT,
        "envelope_per_year_kmad": AMOUNT,
        "ticket_median_kmad": AMOUNT,
        "ticket_log_sd": AMOUNT,
        "ticket_min_kmad": AMOUNT,
        "ticket_max_kmad": AMOUNT,
        "repay_months": CellKind(low=0, whole=True, empty=True),
        "interest_per_year": CellKind(low=0, empty=True),
        "due_diligence_months": CellKind(low=0, whole=True, empty=True),
    },
    "country": {"name": CellKind(unique=True), "en": TEXT, "fr": OPTIONAL_TEXT, "ar": OPTIONAL_TEXT},
    "facts": {
        "id": CellKind(unique=True),
        "pattern": CellKind(empty=True),
        "fact": CellKind(empty=True),
        "label": OPTIONAL_TEXT,
        "label_fr": OPTIONAL_TEXT,
        "label_ar": OPTIONAL_TEXT,
        "value": ANY,
        "low": ANY,
        "high": ANY,
        "outcome": CellKind(empty=True),
        "use": TEXT,
        "unit": CellKind(empty=True),
        "date": TEXT,
    },
    "hcp_establishments": {
        "region": CellKind(unique=True, of="regions"),
        **dict.fromkeys(("establishments", "jobs", "size_1", *FOUNDED), COUNT),
    },
    "prices": {"name": CellKind(unique=True), "value": AMOUNT, "low": ANY, "high": ANY},
    "opening_delays": {"hub": CellKind(of="hubs"), "months": COUNT, "opened": FLAG},
    "delay_law": {"on_time": CellKind(low=0, high=1), "late_months": CellKind(low=0.1)},
}
"""Columns by table; tables that are not listed are read without checks."""
NEEDED = ("regions", "cities", "cells", "map")
"""Tables that every country must have, with at least one row."""
NEEDED_ROWS = {
    "map": ("origin_latitude", "origin_longitude", "true_parallel"),
    "country": ("title", "currency", "money"),
}
"""Rows that a table must have, by their `name`."""


def numbers(table: str) -> list[str]:
    """Columns of a table that hold numbers."""
    return [name for name, kind in COLUMNS.get(table, {}).items() if kind.is_number]


def check(table: str, sheet: CsvSheet, other: Sheets) -> None:
    """Check a table against its columns and against the tables that it names.

    Raises:
        TableError: lists every mistake.
    """
    kinds = COLUMNS.get(table, {})
    sheet.refuse(_lacking(sheet, kinds))
    if table in (*NEEDED, "delay_law") and not sheet.rows:
        sheet.refuse([Fault(sheet.heading, 1, said("the table has no rows"))])
    faults = [fault for name, kind in kinds.items() if name in sheet.columns for fault in _cells(sheet, name, kind)]
    for name, kind in kinds.items():
        if kind.of:
            faults += _strangers(sheet, name, other(kind.of), COLUMNS[kind.of])
    sheet.refuse(sorted(faults, key=lambda fault: (fault.line, fault.column)))
    if table in NEEDED_ROWS:
        _rows(sheet, NEEDED_ROWS[table])
    if table in _RULES:
        _RULES[table](sheet, other)


def _lacking(sheet: CsvSheet, kinds: dict[str, CellKind]) -> Iterator[Fault]:
    for name, kind in kinds.items():
        if name not in sheet.columns and not kind.lacking:
            yield Fault(
                sheet.heading,
                1,
                said(
                    "there is no column {name}{suggestion}",
                    name=repr(name),
                    suggestion=suggestion(name, sheet.columns, said("it has")),
                ),
            )


def _cells(sheet: CsvSheet, name: str, kind: CellKind) -> Iterator[Fault]:
    column, first = sheet.columns.index(name), dict[str, int]()
    for row, cells in enumerate(sheet.rows):
        cell = cells[column]
        wrong = "" if cell == "" and kind.empty else _wrong(sheet, cell, kind)
        if wrong:
            yield Fault(
                *sheet.place(row, name),
                said("{name} is {cell}, but must be {wrong}", name=name, cell=repr(cell), wrong=wrong),
            )
        elif kind.unique and cell in first:
            yield Fault(
                *sheet.place(row, name),
                said(
                    "{name} {cell} is in line {value} already; keep one of them",
                    name=name,
                    cell=repr(cell),
                    value=first[cell],
                ),
            )
        first.setdefault(cell, sheet.lines[row])


def _wrong(sheet: CsvSheet, cell: str, kind: CellKind) -> str:
    """What a cell must be if its value is wrong; empty if it is right."""
    if kind.is_number:
        value = sheet.number(cell)
        assert kind.low is not None
        if value is not None and kind.low <= value <= kind.high and (value.is_integer() or not kind.whole):
            return ""
        plain = re.sub(r"[\s'’]", "", cell)
        if value is None and plain != cell and sheet.number(plain) is not None:
            return said("{allowed}; write {plain}", allowed=kind.allowed, plain=plain)
        if value is None and re.fullmatch(r"[-+]?\d+,\d+", cell):
            return said("{allowed}, with a decimal point", allowed=kind.allowed)
        return kind.allowed
    right = bool(MONTH_PATTERN.fullmatch(cell)) if kind.month else cell in kind.choices if kind.choices else bool(cell)
    return "" if right else kind.allowed


def _strangers(sheet: CsvSheet, name: str, known: CsvSheet, kinds: dict[str, CellKind]) -> Iterator[Fault]:
    """Names that are missing in the table that must have them."""
    key = next(column for column, kind in kinds.items() if kind.unique)
    names = {row[known.columns.index(key)]: None for row in known.rows}
    for row, cells in enumerate(sheet.rows):
        cell = cells[sheet.columns.index(name)]
        if cell and cell not in names:
            end = suggestion(cell, names, said("{file} has", file=known.name))
            yield Fault(
                *sheet.place(row, name), said("there is no {key} {cell}{end}", key=key, cell=repr(cell), end=end)
            )


def _regions(sheet: CsvSheet, other: Sheets) -> None:
    counted = ("registrations_counted", "ict_intensity")
    for row in sheet.records():
        value = {name: sheet.number(row[name]) or 0.0 for name in COLUMNS["regions"] if name in row}
        if (value["created_2023"] + value["created_2024"]) * value[counted[0]] * value[counted[1]] > 0:
            return
    sheet.refuse(
        [
            Fault(
                sheet.heading,
                1,
                said("no region has firms that count: created, {names} above 0", names=" and ".join(counted)),
            )
        ]
    )


def _cities(sheet: CsvSheet, other: Sheets) -> None:
    """Check that cities are listed by region, as the regions are, the largest first: draws of cities need it."""
    regions = other("regions")
    order = {row["region"]: place for place, row in enumerate(regions.records())}
    rows = [(order[row["region"]], -(sheet.number(row["population"]) or 0)) for row in sheet.records()]
    for row, (above, below) in enumerate(pairwise(rows), start=1):
        if below < above:
            what = "region" if below[0] < above[0] else "population"
            message = said("cities stand in the order of their regions in regions.csv, in each the largest first")
            sheet.refuse([Fault(*sheet.place(row, what), said("this row comes too late: {message}", message=message))])
    home = {place for place, _ in rows}
    regions.refuse(
        Fault(*regions.place(place, "region"), said("no city of {name} is in cities.csv", name=repr(name)))
        for name, place in order.items()
        if place not in home
    )


def _rows(sheet: CsvSheet, needed: tuple[str, ...]) -> None:
    present = [row["name"] for row in sheet.records()]
    sheet.refuse(
        Fault(sheet.heading, 1, said("there is no row {name}", name=repr(name)))
        for name in needed
        if name not in present
    )


def _hub_places(sheet: CsvSheet, other: Sheets) -> None:
    hubs, listed = other("hubs"), {row["hub"] for row in sheet.records()}
    hubs.refuse(
        Fault(
            *hubs.place(place, "hub"), said("{hub} is open, but hub_places.csv does not say its places", hub=row["hub"])
        )
        for place, row in enumerate(hubs.records())
        if row["status"] == "open" and row["hub"] not in listed
    )


_RULES: dict[str, Callable[[CsvSheet, Sheets], None]] = {
    "regions": _regions,
    "cities": _cities,
    "hub_places": _hub_places,
}
