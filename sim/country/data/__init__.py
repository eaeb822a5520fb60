"""The facts that the model stands on: one CSV file a table, every row with unit, date, source and confidence.

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
from sim.country.data.sheet import Sheet, TableError, read
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
    "facts",
    "claims",
)

WORLD = TABLES[:8]
"""What a world, and what is said of it, is made of; the rest is for calibration and reports."""


class CountryError(TableError):
    """A folder of tables that is not there, lacks one that is asked for, or has one that is wrong."""


def is_home() -> bool:
    """Whether the tables are those of Morocco, for which the defaults, the posterior and the prices were found."""
    return folder() == Path(__file__).parent


@cache
def folder() -> Path:
    """Where the country's tables are: `HUBSIM_DATA` if it is set, otherwise here.

    Raises:
        CountryError: when the variable names no folder.
    """
    named = os.environ.get("HUBSIM_DATA")
    if not named:
        return Path(__file__).parent
    found = Path(on_disk(named))
    if not found.is_dir():
        raise CountryError(f"HUBSIM_DATA is {named}, but there is no such folder of tables")
    return found.resolve()


def path(name: str) -> Path:
    """The file of one of `TABLES`.

    Raises:
        CountryError: when there is no such table, or the country has no such file.
    """
    if name not in TABLES:
        raise CountryError(f"there is no table {name!r}; the tables are {', '.join(TABLES)}")
    found = Path(on_disk(str(folder() / f"{name}.csv")))
    if not found.is_file():
        raise CountryError(f"{folder()} has no table {found.name}, which this needs")
    return found


@cache
def sheet(name: str) -> Sheet:
    """The cells of one of `TABLES`, checked against its columns and against the tables that it names.

    Raises:
        CountryError: when there is none, or it is wrong: every mistake with file, line and column.
    """
    try:
        found = read(path(name))
        check(name, found, sheet)
    except CountryError:
        raise
    except TableError as error:
        raise CountryError(str(error)) from None
    return found


def check_country() -> None:
    """Check every table that a world is made of.

    Raises:
        CountryError: as `sheet`, for the first table that is wrong.
    """
    for name in WORLD:
        sheet(name)


@cache
def _frame(name: str) -> pd.DataFrame:
    return sheet(name).frame(numbers(name))


def table(name: str) -> pd.DataFrame:
    """One of `TABLES` as a data frame of its own: changing it changes nobody else's.

    Raises:
        CountryError: as `sheet`.
    """
    return _frame(name).copy()
