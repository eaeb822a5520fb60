"""CSV files that spreadsheets open: texts that begin like a formula are written so that they stay text.

Such a text gets an apostrophe in front, which reading removes. Numbers do not change.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

import pandas as pd

NAME_COLUMNS = ("scenario", "reference", "other", "group", "hub", "region")
"""Columns of names, which stay text even if they look like something else: `2030`, `NA`, `true`."""
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠].", re.DOTALL)


def harmless(text: str) -> str:
    """A text as a cell that no spreadsheet reads as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """The text from which `harmless` made a cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csv_of(frame: pd.DataFrame, **options: Any) -> str:
    """A frame as CSV; `options` are those of `pandas.DataFrame.to_csv`; the index is left out by default."""
    safe = _texts(frame, harmless).rename(columns=lambda name: harmless(name) if isinstance(name, str) else name)
    written = safe.to_csv(**{"index": False, "lineterminator": "\n", **options})
    if "\r" in written:  # Python 3.12 leaves a lone carriage return without quotes, and readers break the row there
        written = safe.to_csv(**{"index": False, "lineterminator": "\n", "quoting": csv.QUOTE_NONNUMERIC, **options})
    return str(written)


def write_csv(path: Path, frame: pd.DataFrame, **options: Any) -> None:
    """Write a frame as a CSV file; see `csv_of`."""
    path.write_text(csv_of(frame, **options), encoding="utf-8", newline="\n")


def read_csv(file: Path | IO[bytes], rows: int | None = None, *, exact: bool = False) -> pd.DataFrame:
    """Read a CSV file that `write_csv` wrote, or its first `rows`; only empty cells are undefined.

    `exact` reads every number as it was before it was written, which takes longer; otherwise last bits may differ.
    """
    names: Any = str if exact else dict.fromkeys(NAME_COLUMNS, str)
    found = pd.read_csv(file, dtype=names, keep_default_na=False, na_values=[""], nrows=rows)
    for name in found.columns.difference([*NAME_COLUMNS]) if exact else ():
        with suppress(ValueError):  # a column of text
            found[name] = found[name].astype(float)
    return _texts(found.rename(columns=original), original)


def _texts(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """The frame with `change` applied to its texts."""
    words = [place for place, kind in enumerate(frame.dtypes) if not pd.api.types.is_numeric_dtype(kind)]
    if not words:
        return frame
    found = frame.copy(deep=False)
    for place in words:
        values = frame.iloc[:, place]
        texts = {text: change(text) for text in values.drop_duplicates() if isinstance(text, str)}
        if any(text != changed for text, changed in texts.items()):
            found.isetitem(place, values.map(partial(_one_of, texts)).array)
    return found


def _one_of(texts: Mapping[str, str], value: Any) -> Any:
    return texts[value] if isinstance(value, str) else value
