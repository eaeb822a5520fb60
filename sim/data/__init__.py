"""The facts that the model stands on: one CSV file a table, every row with unit, date, source and confidence.

`source` is one or more public addresses or `assumed: why`, separated by ` ; `. `confidence` is `high`
(official statistic or several reports that agree), `med` (one credible report), `low` (old, conflicting or
unverified) or `assumed`. Money is in thousands of dirhams (kMAD) unless the row's unit says otherwise.

Another country is another folder of such tables, named by the environment variable `HUBSIM_DATA`.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

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
    "vc_deals",
    "prices",
    "facts",
    "claims",
)


class CountryError(Exception):
    """A folder of tables that is not there, or lacks one that is asked for."""


@cache
def folder() -> Path:
    """Where the country's tables are: `HUBSIM_DATA` if it is set, otherwise here.

    Raises:
        CountryError: when the variable names no folder.
    """
    named = os.environ.get("HUBSIM_DATA")
    if not named:
        return Path(__file__).parent
    if not Path(named).is_dir():
        raise CountryError(f"HUBSIM_DATA is {named}, but there is no such folder of tables")
    return Path(named).resolve()


def path(name: str) -> Path:
    """The file of one of `TABLES`.

    Raises:
        KeyError: when there is no such table.
        CountryError: when the country has no such file.
    """
    if name not in TABLES:
        raise KeyError(f"there is no table {name!r}; the tables are {', '.join(TABLES)}")
    file = folder() / f"{name}.csv"
    if not file.is_file():
        raise CountryError(f"{folder()} has no table {file.name}, which this needs")
    return file


@cache
def _read(name: str) -> pd.DataFrame:
    import pandas as pd  # here, because reading declarations and asking for help must not wait for it

    return pd.read_csv(path(name))


def table(name: str) -> pd.DataFrame:
    """One of `TABLES` as a data frame of its own: changing it changes nobody else's.

    Raises:
        KeyError: when there is no such table.
        CountryError: when the country has no such file.
    """
    return _read(name).copy()
