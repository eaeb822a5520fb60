"""The tables of a result for other programs: CSV files, or files of Stata, with names that Stata and R accept."""

from __future__ import annotations

from collections.abc import Hashable
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from sim.errors import StudyError, did_you_mean, said
from sim.studies.codebook import tables_of
from sim.studies.described import aliases, described
from sim.studies.store import ResultStore
from sim.studies.study import result_folder
from sim.system.spreadsheet import csv_of
from sim.words.language import language

TARGETS = ("csv", "stata")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""The first bytes of a file by which Excel knows that its letters are Unicode."""
_STATA: Literal[118] = 118
"""Version of the format: that of Stata 14 and later, with Unicode."""
_LONGEST_LABEL, _LONGEST_TEXT, _EXACT = 80, 2045, 2**53
"""Most characters of a label and of a short text in Stata, and the largest whole number that is exact there."""


def export(
    result: Path | str | ResultStore,
    to: str = "csv",
    *,
    out: str | PathLike[str] | None = None,
    byte_order_mark: bool = False,
) -> list[Path]:
    """Write each table of a result as a file for other programs; columns are called as `alias` in its codebook says.

    Args:
        result: the result folder.
        to: `csv`, or `stata` (files of Stata 14 and later, with labels and months as dates).
        out: folder of the files, by default `export` in the result folder; files in it are replaced.
        byte_order_mark: whether CSV files begin with the mark by which Excel reads accents and Arabic rightly.

    Returns:
        Paths of the files, one for each table.

    Raises:
        StudyError: the folder holds no result, a table is damaged, an argument is wrong, or nothing can be written.
    """
    store = ResultStore.of(result)
    store.manifest()
    if to not in TARGETS:
        raise StudyError(
            said(
                "--to {to}: choose one of {names}{near}",
                to=to,
                names=", ".join(TARGETS),
                near=did_you_mean(to, TARGETS),
            )
        )
    if byte_order_mark and to != "csv":
        raise StudyError(said("--bom is for CSV files; leave it out with --to stata"))
    folder = store.folder / "export" if out is None else result_folder(out)
    try:
        store.disk.make(folder)
        paths = [_written(store, file, folder, to, byte_order_mark) for file in tables_of(store)]
    except OSError as error:
        raise StudyError(said("{folder} cannot be written: {reason}", folder=folder, reason=error.strerror)) from None
    return [*dict.fromkeys(paths)]  # a single run has its months in two files


def _written(store: ResultStore, file: str, folder: Path, to: str, byte_order_mark: bool) -> Path:
    """Write one table; `summary.csv` becomes `summary.dta`."""
    table = file.rpartition(".")[0]
    frame = store.frame(file if file.endswith(".csv") else table)
    names = aliases(map(str, frame.columns))
    renamed = frame.rename(columns=names)
    if to == "csv":
        path = folder / f"{table}.csv"
        store.disk.write(path, (BYTE_ORDER_MARK if byte_order_mark else b"") + csv_of(renamed).encode())
        return path
    t = language("en")
    labels: dict[Hashable, str] = {
        name: described(table, column, t).label[:_LONGEST_LABEL] for column, name in names.items()
    }
    path = folder / f"{table}.dta"
    store.disk.write(path, _stata(renamed, labels))
    return path


def _stata(frame: pd.DataFrame, labels: dict[Hashable, str]) -> bytes:
    """A table as a file of Stata; texts that are not there are empty."""
    fit = frame.copy(deep=False)
    long: list[Hashable] = []
    for name in fit:
        values = fit[name]
        if pd.api.types.is_integer_dtype(values) and len(values) and values.abs().max() > _EXACT:
            values = fit[name] = values.astype(str)
        if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_numeric_dtype(values):
            continue
        fit[name] = values.astype(object).where(values.notna(), "")
        if max((len(text.encode("utf-8")) for text in fit[name]), default=0) > _LONGEST_TEXT:
            long.append(name)
    held = BytesIO()
    months: Any = {name: "tm" for name in fit if pd.api.types.is_datetime64_any_dtype(fit[name])}
    fit.to_stata(
        held, version=_STATA, write_index=False, variable_labels=labels, convert_dates=months, convert_strl=long
    )
    return held.getvalue()
