"""The tables that say in how many countries a policy pays have the numbers of `acceptability.csv`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from report_folders import DRAWS, POLICIES, make

from sim.report import acceptability
from sim.report.report_data import read_report_data
from sim.words.language import LANGUAGES, language


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = make(tmp_path_factory.mktemp("result") / "result", draws=DRAWS)
    rng = np.random.default_rng(1)
    rows = [
        {
            "scenario": key,
            "reference": "today",
            "effect": effect,
            "willingness": worth,
            "share": rng.random(),
            "n": DRAWS,
        }
        for effect in ("survivors_5y", "exporters")
        for key in POLICIES[1:]
        for worth in np.linspace(0, 1e8, 51)
    ]
    pd.DataFrame(rows).to_csv(found / "acceptability.csv", index=False)
    return found


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_cell_is_the_share_of_countries_in_which_the_policy_pays(folder, code):
    t = language(code)
    known = pd.read_csv(folder / "acceptability.csv").set_index(["effect", "scenario", "willingness"])["share"]
    data = read_report_data(folder, code, {})
    found = acceptability.tables(data, t)
    assert len(found) == 2
    for effect, table in zip(("survivors_5y", "exporters"), found, strict=True):
        worths = sorted(known.loc[effect].index.get_level_values("willingness").unique())
        shown = [worths[step] for step in acceptability.STEPS]
        assert list(table.headings[1:]) == [t("{currency} {n} million", n=worth / 1e6) for worth in shown]
        assert len(table.rows) == len(data.policies) == len(POLICIES) - 1
        for key, (_, cells) in zip(data.policies, table.rows, strict=True):
            shares = [known[effect, key, worth] for worth in shown]
            assert [cell.text for cell in cells] == [t.number(100 * share) for share in shares]
            assert all((cell.tone == "good") == (share >= 0.9) for cell, share in zip(cells, shares, strict=True))


def test_a_folder_without_the_table_has_no_such_tables(tmp_path):
    data = read_report_data(make(tmp_path / "other", draws=DRAWS), "en", {})
    assert acceptability.tables(data, language("en")) == [] and "acceptability.csv" not in data.missing
