"""CSV files: no name becomes a formula, numbers stay numbers, and reading gives what was written."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest
from fake_worlds import FakeScenario, run_fake
from hypothesis import given
from hypothesis import strategies as st

from sim.studies.comparison import Comparison, compare
from sim.studies.folder import ResultFolder
from sim.system.spreadsheet import csv_of, harmless, original, read_csv, write_csv

FORMULAS = ["=2+5", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "=HYPERLINK(A1)"]
NAMES = [*FORMULAS, "'=2+5", "''-x", "today", "'quoted'", "Fès, Oujda", "2030", "007", "1e5", "NA", "nan", "true", "-"]


@given(st.text(alphabet="'=+-@\t\r ab1") | st.text())
def test_every_text_comes_back_and_none_is_left_that_begins_like_a_formula(text):
    cell = harmless(text)
    assert original(cell) == text
    assert len(cell) < 2 or cell[0] not in "=+-@\t\r"
    assert cell == text or text.lstrip("'")[:1] in tuple("=+-@\t\r\n＝＋－＠"), "others stay as they are"


def test_names_come_back_from_a_file_and_numbers_were_never_touched(tmp_path):
    numbers = np.linspace(-3, 3, len(NAMES))
    frame = pd.DataFrame({"scenario": NAMES, "outcome": "-cost", "difference": numbers, "n": -5, "reference": "=a"})
    frame.loc[0, "difference"] = np.nan
    write_csv(tmp_path / "table.csv", frame)
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == list(frame)
    assert not [cell for row in rows for cell in (row[0], row[1], row[4]) if len(cell) > 1 and cell[0] in "=+-@\t\r"]
    assert [row[2] for row in rows[1:]] == [repr(float(number)) for number in numbers[1:]] and rows[0][2] == ""
    assert {row[3] for row in rows} == {"-5"}
    pd.testing.assert_frame_equal(read_csv(tmp_path / "table.csv"), frame)


def test_headings_are_names_too():
    assert csv_of(pd.DataFrame({"=1+1": [1.5], "cost": [-2.0]})) == "'=1+1,cost\n1.5,-2.0\n"


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison of policies with such names."""
    policies = [FakeScenario("=today"), *(FakeScenario(name, effect=0.01) for name in ("-2+3", "2030", "NA"))]
    out = tmp_path_factory.mktemp("spreadsheet") / "result"
    options = {"reference": "=today", "replications": 3, "workers": 1, "runner": run_fake, "parameters": "fixed"}
    return compare(policies, out=out, **options), lambda: compare(policies, out=out, **options | {"replications": 4})


def test_no_table_of_a_study_holds_a_formula_and_all_are_read_again_under_their_names(compared):
    found, _ = compared
    folder = ResultFolder(found.folder)
    for name in ("summary", "differences", "contrasts", "ranking", "acceptability"):
        with (found.folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            texts = [cell for row in csv.reader(file) for cell in row if not _is_number(cell)]
        assert texts and not [cell for cell in texts if cell[:1] in tuple("=+-@\t\r")]
        read = folder.frame(f"{name}.csv")
        if name in ("summary", "ranking"):
            assert set(read["scenario"]) == {"=today", "-2+3", "2030", "NA"}
        else:
            assert set(read["scenario"]) == {"-2+3", "2030", "NA"}


def test_such_a_study_goes_on_and_is_opened_again(compared):
    found, further = compared
    assert further().folder == found.folder and Comparison(found.folder).replications == 4
    assert Comparison(found.folder).scenarios == ["=today", "-2+3", "2030", "NA"]


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True
