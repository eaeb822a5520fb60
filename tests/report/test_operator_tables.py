"""The tables to ask the operator for: the same columns in every language, each explained, and nobody named."""

from __future__ import annotations

import csv
import re

import pytest

from sim.inference.missing_data import MISSING_DATA
from sim.report.operator_tables import (
    APPLICATIONS_FILE,
    TOTALS_FILE,
    applications,
    groups,
    totals,
    write_operator_tables,
)
from sim.words.language import LANGUAGES, language

SIGN = {"en": ",", "fr": ";", "ar": ";"}


def cells(path, lang):
    """The rows of a table as a spreadsheet of the language reads them."""
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf"), "spreadsheets read it as UTF-8"
    return list(csv.reader(text.decode("utf-8-sig").splitlines(), delimiter=SIGN[lang]))


@pytest.fixture(params=LANGUAGES)
def written(request, tmp_path):
    write_operator_tables(tmp_path, request.param)
    return request.param, {name: cells(tmp_path / name, request.param) for name in (APPLICATIONS_FILE, TOTALS_FILE)}


def test_columns_have_one_name_in_all_languages_and_a_meaning_and_a_unit_in_each(written):
    lang, tables = written
    for name, asked in ((APPLICATIONS_FILE, applications), (TOTALS_FILE, totals)):
        heading, *rows = tables[name]
        english = asked(language("en"))
        assert heading == [column.name for column in english] and len(set(heading)) == len(heading)
        assert all(len(row) == len(heading) for row in rows)
        meanings, units = [row for row in rows if row[0].startswith("# ")][-2:]
        assert all(meanings) and all(units)
        if lang != "en":
            assert not {column.meaning for column in english} & set(meanings), "every line is translated"


def test_rows_are_left_empty_and_totals_have_a_row_for_every_year_and_group(written):
    lang, tables = written
    empty = [row for row in tables[APPLICATIONS_FILE][1:] if not row[0].startswith("#")]
    assert empty and not any(any(row) for row in empty)
    asked = [row[:2] for row in tables[TOTALS_FILE][1:] if not row[0].startswith("#")]
    assert asked == [[str(year), group] for year in range(2015, 2020) for group in groups(language(lang))]
    assert not any(any(row[2:]) for row in tables[TOTALS_FILE] if row[:2] in asked)


def test_what_is_asked_for_suffices_for_the_missing_data_and_names_nobody():
    names = {column.name for column in applications(language("en"))}
    assert {"applied", "decision", "score_class", "admitted", "gave_up", "left", "reason", "hours", "hub"} <= names
    ages = {
        int(found[1]) for name in MISSING_DATA["cohort table of admissions"] if (found := re.search(r"(\d+)m$", name))
    }
    assert ages and {f"{what}_{age}m" for age in ages for what in ("alive", "revenue", "export")} <= names
    assert not names & {"name", "address", "phone", "email", "tax_number", "founder"}
