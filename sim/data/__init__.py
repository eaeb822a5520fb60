"""The facts that the model stands on: one CSV file a table, every row with unit, date, source and confidence.

`source` is one or more public addresses or `assumed: why`, separated by ` ; `. `confidence` is `high`
(official statistic or several reports that agree), `med` (one credible report), `low` (old, conflicting or
unverified) or `assumed`. Money is in thousands of dirhams (kMAD) unless the row's unit says otherwise.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TABLES = (
    "regions",
    "cities",
    "cells",
    "hubs",
    "hub_places",
    "funders",
    "vc_deals",
    "prices",
    "facts",
    "claims",
)


@cache
def _read(name: str) -> pd.DataFrame:
    import pandas as pd  # here, because reading declarations and asking for help must not wait for it

    if name not in TABLES:
        raise KeyError(f"there is no table {name!r}; the tables are {', '.join(TABLES)}")
    with resources.files(__name__).joinpath(f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


def table(name: str) -> pd.DataFrame:
    """One of `TABLES` as a data frame of its own: changing it changes nobody else's.

    Raises:
        KeyError: when there is no such table.
    """
    return _read(name).copy()
