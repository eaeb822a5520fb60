"""The workbook of a result: numbers are numbers, with their units, in the language asked for."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
from fake_worlds import TEN, TODAY, run_fake

from sim.report.workbook import workbook_name, write_workbook
from sim.studies.comparison import compare
from sim.words.language import LANGUAGES, language


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    options = {"reference": "today", "parameters": "fixed", "workers": 1, "runner": run_fake}
    return compare([TODAY, TEN], replications=3, out=tmp_path_factory.mktemp("workbook") / "result", **options)


@pytest.fixture(scope="module", params=LANGUAGES)
def written(request, compared):
    return language(request.param), openpyxl.load_workbook(write_workbook(compared, request.param))


def column(sheet, place):
    return [row[place].value for row in sheet.iter_rows(min_row=2)]


def test_a_workbook_has_its_sheets_in_the_language_and_its_direction(written):
    t, book = written
    names = [t(name) for name in ("Summary", "Differences", "Contrasts", "Regions", "Codebook")]
    assert [name for name in book.sheetnames if name in names] == names
    assert all(bool(sheet.sheet_view.rightToLeft) == (t.direction == "rtl") for sheet in book)
    assert all(sheet.freeze_panes and sheet.freeze_panes.endswith("2") for sheet in book), "headings stay in view"
    headings = [cell.value for cell in book[t("Differences")][1]]
    assert f"{t('Probability above zero')} (%)" in headings and t("Unit") in headings


def test_numbers_are_numbers_in_the_unit_beside_them(written, compared):
    t, book = written
    sheet, held = book[t("Summary")], compared.summary
    held = held[~held["outcome"].str.contains(":")].reset_index(drop=True)
    units = column(sheet, 2)
    scale = [100.0 if unit == "%" else 1e-6 if outcome == "cost" else 1.0
             for unit, outcome in zip(units, held["outcome"], strict=True)]  # fmt: skip
    for place, name in ((4, "mean"), (5, "median")):
        values = column(sheet, place)
        assert all(value is None or isinstance(value, int | float) for value in values)
        assert pd.Series(values, dtype=float).tolist() == pytest.approx((held[name] * scale).tolist(), nan_ok=True)
    assert set(column(sheet, 3)) == {t("expected")} and (t.code == "en" or t("expected") != "expected")
    assert {cell.number_format for row in sheet.iter_rows(min_row=2, min_col=5, max_col=6) for cell in row} <= {
        "#,##0.0", "#,##0.000", "General",
    }  # fmt: skip


def test_equal_tables_give_equal_bytes(compared):
    assert write_workbook(compared).read_bytes() == write_workbook(compared.folder).read_bytes()
    assert not list(compared.folder.glob(".*.tmp"))


def test_a_workbook_is_called_as_the_report_of_its_language():
    assert [workbook_name(code) for code in LANGUAGES] == ["results.xlsx", "results-fr.xlsx", "results-ar.xlsx"]
