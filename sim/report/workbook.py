"""The tables of a result as a workbook, `results.xlsx`: numbers as numbers, units in headings, in three languages.

A spreadsheet shows numbers by the habits of its own country; no number is written as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import StudyError
from sim.model.outcomes import shown_of
from sim.model.shown import Shown
from sim.studies.codebook import codebook_of
from sim.studies.columns import CHANNELS, OF_OUTCOME, SHARE
from sim.studies.described import described, place_label
from sim.studies.disk import DISK
from sim.studies.folder import ResultFolder
from sim.studies.manifest import fingerprint_in
from sim.studies.results import Results
from sim.words.language import Language, language

MOST_ROWS = 50_000
"""Sheets with more rows are left out; the tables hold them."""
_MADE = datetime(2000, 1, 1)
"""The date that every workbook states, so that equal tables give equal bytes."""
_WIDTH, _WIDEST = 12, 50
_POLICIES = ("scenario", "reference", "other")
_LEVELS = ("mean", "median", "ci_low", "ci_high")
_REGIONAL = ("difference", "median", "ci_low", "ci_high", "p_positive", "verdict")
"""Columns of the levels of a region, and of the differences beside them."""


@dataclass(frozen=True)
class _Sheet:
    """A sheet: one list of values by heading; the first `frozen` columns stay in view.

    `decimals` are those of the numbers in each row; None for a sheet whose numbers have any.
    """

    title: str
    columns: dict[str, Sequence[Any]]
    frozen: int
    decimals: Sequence[int] | None = None


def workbook_name(code: str) -> str:
    """Name of the workbook in a language: `results.xlsx`, `results-fr.xlsx`."""
    return "results.xlsx" if code == "en" else f"results-{code}.xlsx"


def write_workbook(result: Path | str | Results, code: str = "en") -> Path:
    """Write the tables of a result folder as a workbook into it, completely or not at all.

    Sheets: points of a design, summary, differences, channels, contrasts, regions and hubs, codebook, as far as the
    folder has their tables. Shares are per cent, and large amounts millions, as in the report.

    Args:
        result: the folder, or the result.
        code: language: `en`, `fr` or `ar`, whose sheets go from right to left.

    Returns:
        Path of the file.

    Raises:
        StudyError: a table is damaged, or the file cannot be written.
        ValueError: there is no such language.
    """
    folder = ResultFolder(result.store if isinstance(result, Results) else result)
    found = _Workbook(folder, language(code))
    sheets = [sheet for sheet in found.sheets() if len(next(iter(sheet.columns.values()))) <= MOST_ROWS]
    folder.refuse_damaged()
    path = folder.folder / workbook_name(code)
    try:
        DISK.write(path, _file(sheets, language(code)))
    except OSError as error:
        raise StudyError(f"{path} cannot be written: {error.strerror}") from None
    return path


class _Workbook:
    """The sheets of a folder in a language."""

    def __init__(self, folder: ResultFolder, t: Language):
        self.folder, self.t = folder, t
        self.policy = cache(self._policy)
        self.outcome = cache(self._outcome)

    def sheets(self) -> Iterator[_Sheet]:
        t = self.t
        if points := self._points():
            yield points
        titles = {
            "summary": t("Summary"),
            "differences": t("Differences"),
            "channels": t("Channels"),
            "contrasts": t("Contrasts"),
        }
        tables = {name: self.folder.optional(f"{name}.csv", ("scenario", "outcome")) for name in titles}
        for name, title in titles.items():
            table = tables[name]
            if table is not None:
                yield self._statistics(title, name, table[~_of_places(table)])
        summary, differences = tables["summary"], tables["differences"]
        if summary is not None and _of_places(summary).any():
            yield self._regions(summary[_of_places(summary)], differences)
        yield self._codebook()
        if origin := self._origin():
            yield origin

    def _origin(self) -> _Sheet | None:
        """What made the result, and the fingerprint of its data; None for folders that do not tell it."""
        manifest, t = self.folder.manifest(), self.t
        mark, environment = fingerprint_in(manifest), manifest.get("environment") or {}
        if not mark:
            return None
        told = {
            t("Fingerprint of the data"): mark,
            t("Version of hubsim"): str(environment.get("hubsim", "")),
            t("SHA-256 of the model"): str(environment.get("model", "")),
            t("SHA-256 of the country's data"): str(environment.get("data", "")),
        }
        return _Sheet(t("Origin"), {t("What"): [*told], t("Value"): [*told.values()]}, 1)

    def _points(self) -> _Sheet | None:
        """The points of a design with their factors."""
        factors = sorted(self.folder.manifest().get("options", {}).get("factors", {}))
        runs = self.folder.optional("runs", ("scenario", *factors)) if factors else None
        if runs is None:
            return None
        points = runs[["scenario", *factors]].drop_duplicates("scenario").sort_values("scenario")
        headings = {column: self._heading("runs", column) for column in factors}
        columns: dict[str, Sequence[Any]] = {self._heading("runs", "scenario"): points["scenario"].tolist()}
        columns |= {f"{heading}: {column}": points[column].tolist() for column, heading in headings.items()}
        return _Sheet(self.t("Points"), columns, 1)

    def _statistics(self, title: str, name: str, table: pd.DataFrame) -> _Sheet:
        """Rows of a table of statistics: names in words, the unit of the row, numbers in that unit."""
        difference = name != "summary"
        shown = [shown_of(outcome) for outcome in table["outcome"]]
        columns: dict[str, Sequence[Any]] = {}
        for column in map(str, table):
            columns[self._heading(name, column)] = self._values(name, column, table[column], shown)
            if column == "outcome":
                columns[self.t("Unit")] = [self.t(one.named(difference=difference)) for one in shown]
        frozen = 1 + [*map(str, table)].index("outcome")
        return _Sheet(title, columns, frozen, [_decimals(one, difference) for one in shown])

    def _regions(self, summary: pd.DataFrame, differences: pd.DataFrame | None) -> _Sheet:
        """Levels of regions and hubs, with their differences from the reference."""
        keys = ["scenario", "outcome"]
        held = [column for column in _LEVELS if column in summary]  # older tables have fewer
        levels = summary[[*keys, *held]].reset_index(drop=True)
        shown = [shown_of(outcome) for outcome in levels["outcome"]]
        names = [outcome.partition(":") for outcome in levels["outcome"]]
        columns: dict[str, Sequence[Any]] = {
            self._heading("summary", "scenario"): [self.policy(key) for key in levels["scenario"]],
            self.t("Region or hub"): [place_label(place, self.t) for _, _, place in names],
            self._heading("summary", "outcome"): [self.outcome(name) for name, _, _ in names],
            self.t("Unit"): [self.t(one.named()) for one in shown],
        }
        for column in held:
            columns[self._heading("summary", column)] = self._values("summary", column, levels[column], shown)
        if differences is not None:
            compared = [column for column in _REGIONAL if column in differences]
            beside = levels[keys].merge(differences[[*keys, *compared]], on=keys, how="left")
            columns[self.t("Unit of the difference")] = [self.t(one.named(difference=True)) for one in shown]
            for column in compared:
                heading = self._heading("differences", column)
                heading = heading if heading not in columns else self.t("Difference: {label}", label=heading)
                columns[heading] = self._values("differences", column, beside[column], shown)
        return _Sheet(self.t("Regions"), columns, 3, [_decimals(one, True) for one in shown])

    def _codebook(self) -> _Sheet:
        book = codebook_of(self.folder.store)
        found = [
            described(file.rpartition(".")[0], column, self.t)
            for file, column in zip(book["file"], book["column"], strict=True)
        ]
        columns: dict[str, Sequence[Any]] = {
            **{self._heading("codebook", name): book[name].tolist() for name in ("file", "column", "alias")},
            self._heading("codebook", "type"): [self.t(kind) for kind in book["type"]],
            self.t("Unit"): [one.unit for one in found],
            self.t("Label"): [one.label for one in found],
            self._heading("codebook", "meaning"): [one.meaning for one in found],
        }
        return _Sheet(self.t("Codebook"), columns, 2)

    def _heading(self, table: str, column: str) -> str:
        """The label of a column with its unit."""
        one = described(table, column, self.t)
        if one.unit == self.t.unit(OF_OUTCOME):
            return self.t("{label} (unit of the row)", label=one.label)
        unit = "%" if one.unit == self.t.unit(SHARE) else one.unit
        return f"{one.label} ({unit})" if unit and unit.lower() != one.label.lower() else one.label

    def _values(self, table: str, column: str, values: pd.Series, shown: Sequence[Shown]) -> Sequence[Any]:
        """The values of a column in words, or as numbers in the unit of the heading or of each row."""
        if column in _POLICIES:
            return [self.policy(key) for key in values]
        in_words: dict[str, Callable[[str], str]] = {
            "outcome": self.outcome,
            "channel": lambda name: self.t(CHANNELS.get(name, name)),
            "verdict": self.t,
            "kind": self.t,
        }
        if column in in_words:
            return [in_words[column](value) if isinstance(value, str) else None for value in values]
        one = described(table, column, language("en"))
        if one.kind == "whole number":
            return [int(value) if np.isfinite(value) else None for value in values]
        if one.unit == SHARE:
            return (100 * values.to_numpy(float)).tolist()
        found: list[Any] = values.tolist()
        if one.unit == OF_OUTCOME:
            found = (values.to_numpy(float) * np.array([each.scale for each in shown])).tolist()
        return found

    def _policy(self, key: str) -> str:
        """The name of a policy in the language; its key if it has none."""
        name = self.folder.scenario(key, ("name",)).get("name")
        if isinstance(name, dict):
            name = name.get(self.t.code) or name.get("en")
        return self.t.typeset(name) if isinstance(name, str) and name else key

    def _outcome(self, name: str) -> str:
        prices = {
            "cost_per_additional_survivor": self.t("Cost of an additional survivor"),
            "cost_per_additional_exporter": self.t("Cost of an additional exporter"),
        }
        return prices.get(name) or described("runs", name, self.t).label


def _of_places(table: pd.DataFrame) -> pd.Series:
    return table["outcome"].str.contains(":", regex=False)


def _decimals(shown: Shown, difference: bool) -> int:
    if shown.unit == "index":
        return 3
    return 2 if difference else 1


def _file(sheets: Sequence[_Sheet], t: Language) -> bytes:
    """The workbook as bytes."""
    from xlsxwriter import Workbook

    held = BytesIO()
    with Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": _MADE})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {
            places: book.add_format({"num_format": f"#,##0.{'0' * places}" if places else "#,##0"})
            for places in range(4)
        }
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            if t.direction == "rtl":
                page.right_to_left()
            page.freeze_panes(1, sheet.frozen)
            for place, (heading, values) in enumerate(sheet.columns.items()):
                texts = [len(value) for value in values if isinstance(value, str)]
                page.set_column(place, place, min(_WIDEST, max([_WIDTH, *texts])))
                page.write_string(0, place, heading, head)
                for row, value in enumerate(values, start=1):
                    if isinstance(value, str):
                        page.write_string(row, place, value)
                    elif isinstance(value, bool | np.bool_):
                        page.write_boolean(row, place, bool(value))
                    elif value is None or not np.isfinite(value):
                        continue
                    elif sheet.decimals is None:
                        page.write_number(row, place, value)
                    else:
                        whole = isinstance(value, int | np.integer)
                        page.write_number(row, place, value, formats[0 if whole else sheet.decimals[row - 1]])
            page.autofilter(0, 0, len(next(iter(sheet.columns.values()))), len(sheet.columns) - 1)
    return held.getvalue()
