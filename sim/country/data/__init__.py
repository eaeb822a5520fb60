"""The facts of the country: one CSV file per table, every row with unit, date, source and confidence.

`source` is one or more public addresses or `assumed: why`, separated by ` ; `. `confidence` is `high`
(official statistic or several reports that agree), `med` (one credible report), `low` (old, conflicting or
unverified) or `assumed`. Money is in thousands of the country's currency unless the row's unit says otherwise.

Another country is another folder of such tables, named by the environment variable `HUBSIM_DATA`.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.country.data.columns import check, numbers
from sim.country.data.sheet import CsvSheet, TableError, read_sheet
from sim.errors import message_of, said
from sim.system.text import on_disk

if TYPE_CHECKING:
    import pandas as pd

TABLES = (
    "regions",
    "cities",
    "cells",
    "map",
    "hubs",
    "hub_places",
    "funders",
    "country",
    "vc_deals",
    "prices",
    "hcp_establishments",
    "facts",
    "claims",
    "opening_delays",
)

WORLD = TABLES[:8]
"""Tables that a world needs, and the texts about it; the others are for calibration and reports."""

SAMPLES = ("delay_law",)
"""Tables that a program of `tools/` draws from others; a country may lack them."""


class CountryError(TableError):
    """The folder of tables is missing, or a table in it is missing or wrong."""


def is_home() -> bool:
    """Whether the tables are Morocco's, for which the defaults, the posterior and the prices were found."""
    return folder() == Path(__file__).parent


@cache
def folder() -> Path:
    """The folder of the country's tables: `HUBSIM_DATA` if it is set, otherwise the folder of this module.

    Raises:
        CountryError: the variable names no folder.
    """
    named = os.environ.get("HUBSIM_DATA")
    if not named:
        return Path(__file__).parent
    found = Path(on_disk(named))
    if not found.is_dir():
        raise CountryError(said("HUBSIM_DATA is {named}, but there is no such folder of tables", named=named))
    return found.resolve()


def path(name: str) -> Path:
    """The file of one of `TABLES` or `SAMPLES`.

    Raises:
        CountryError: there is no such table, or the country has no such file.
    """
    if name not in TABLES + SAMPLES:
        raise CountryError(
            said("there is no table {name}; the tables are {names}", name=repr(name), names=", ".join(TABLES))
        )
    found = Path(on_disk(str(folder() / f"{name}.csv")))
    if not found.is_file():
        raise CountryError(said("{folder} has no table {name}, which this needs", folder=folder(), name=found.name))
    return found


def has(name: str) -> bool:
    """Whether the country has a table of `SAMPLES`."""
    return (folder() / f"{name}.csv").is_file()


@cache
def sheet(name: str) -> CsvSheet:
    """The cells of one of `TABLES` or `SAMPLES`, checked against its columns and against the tables that it names.

    Raises:
        CountryError: the table is missing or wrong; it lists every mistake with file, line and column.
    """
    try:
        found = read_sheet(path(name))
        check(name, found, sheet)
    except CountryError:
        raise
    except TableError as error:
        raise CountryError(message_of(error)) from None
    return found


def check_country() -> None:
    """Check every table that a world needs.

    Raises:
        CountryError: as `sheet`, for the first wrong table.
    """
    for name in WORLD:
        sheet(name)


@cache
def _frame(name: str) -> pd.DataFrame:
    return sheet(name).frame(numbers(name))


def table(name: str) -> pd.DataFrame:
    """A copy of one of `TABLES` or `SAMPLES` as a data frame.

    Raises:
        CountryError: as `sheet`.
    """
    return _frame(name).copy()
