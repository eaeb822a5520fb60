"""The codebook of a result folder: every column of every table, with its meaning and a name for Stata and R."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.studies.columns import CODEBOOK, TABLES, Described, Kind
from sim.studies.described import aliases, described
from sim.studies.store import ResultStore, UnreadableTableError
from sim.words.language import language


def codebook_of(store: ResultStore) -> pd.DataFrame:
    """The codebook of a folder: columns of `TABLES["codebook"]`; a row for each column of each table, its own too."""
    own = f"{CODEBOOK}.csv"
    tables = {file: types for file, types in tables_of(store).items() if file != own}
    rows = [
        row
        for file, types in (tables | {own: dict.fromkeys(TABLES[CODEBOOK], "str")}).items()
        for row in _rows(file, types)
    ]
    return pd.DataFrame(rows, columns=[*TABLES[CODEBOOK]])


def tables_of(store: ResultStore) -> dict[str, dict[str, str]]:
    """The types of the columns of each table of a folder, by file, sorted; without files that hold no table."""
    found = {}
    for file in store.disk.names(store.folder):
        if file.endswith((".parquet", ".csv")) and not file.startswith("."):
            try:
                found[file] = store.types(file.removesuffix(".parquet"))
            except UnreadableTableError as error:
                if isinstance(error.__context__, OSError):  # the disk fails: it may hold a table
                    raise error.__context__ from None
    return found


def _rows(file: str, types: Mapping[str, str]) -> list[dict[str, str]]:
    table, names = file.rpartition(".")[0], aliases(types)
    found = []
    for column, held in types.items():
        one, french, arabic = _in_languages(table, column)
        found.append(
            {
                "file": file,
                "column": column,
                "alias": names[column],
                "type": _kind(one, held),
                "unit": one.unit,
                "label": one.label,
                "label_fr": french.label,
                "label_ar": arabic.label,
                "meaning": one.meaning,
                "meaning_fr": french.meaning,
                "meaning_ar": arabic.meaning,
            }
        )
    return found


def _in_languages(table: str, column: str) -> tuple[Described, Described, Described]:
    english, french, arabic = (described(table, column, language(code)) for code in ("en", "fr", "ar"))
    return english, french, arabic


def _kind(one: Described, held: str) -> Kind:
    """The declared kind; a factor, which may be anything, is what is held."""
    if one.kind != "number" or held.startswith(("float", "double", "int")):
        return one.kind
    return "truth value" if held.startswith("bool") else "text"


def write_codebook(store: ResultStore) -> None:
    """Write `codebook.csv` of a folder; call it when all other tables are written."""
    store.write_csv(CODEBOOK, codebook_of(store))
