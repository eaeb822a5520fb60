"""The tiles of the first page say what is known, and why something is not."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from figure_frames import REGIONS
from test_first_page import CHEAP, DEAR, FREE, GAIN, LOSS, MORE, NOBODY, effects, first, study

from sim.figures.price_ranges import prices_of
from sim.figures.words import no_price
from sim.report import advice
from sim.report.report_data import read_report_data
from sim.report.tiles import tiles
from sim.words.language import language


def test_tiles_of_one_region_and_of_nobody_admitted_say_so(tmp_path):
    t = language("en")
    still = {f"survivors_5y:{name}": FREE for name in REGIONS[1:]}
    one = {f"survivors_5y:{REGIONS[0]}": (3.0, 1.0, 5.0, *MORE)}
    closed = effects(LOSS, CHEAP) | {"cohort_success_rate": NOBODY, "export_rate": NOBODY}
    quiet = {f"survivors_5y:{name}": FREE for name in REGIONS}
    folder = study(tmp_path / "own", {"one": effects(GAIN, DEAR) | one | still, "closed": closed | quiet})
    data = read_report_data(folder, "en")
    success, export, where, bill = tiles(data, t, ["one", "closed"])
    for tile in (success, export):
        assert tile.measures[1].lines[1].value == "not defined: nobody is counted"
    assert [line.value for line in where.measures[0].lines] == [f"{REGIONS[0]} +3 (+1 to +5), more than 99 of 100"]
    assert [line.value for line in where.measures[1].lines] == ["nothing changes in any region"]
    assert bill.measures[0].lines[1].chance == "dearer in fewer than 1 of 100"


def test_tiles_tell_a_missing_row_and_a_policy_without_worlds_from_nobody_counted(tmp_path):
    """Each policy lacks something else: rows of its cost and its regions, all worlds, those who are counted."""
    folder = study(tmp_path / "own", {key: effects(GAIN, DEAR) for key in ("whole", "cut", "failed", "empty")})
    table = pd.read_csv(folder / "differences.csv")
    where = [("whole", f"survivors_5y:{name}", 1.0, 0.5, 2.0, "clear", 0.99, 0.1, 9) for name in REGIONS]
    priced = [(key, f"cost_per_additional_{one}", math.nan, math.nan, math.nan, "not defined", math.nan, math.nan, 0)
              for key in ("failed", "empty") for one in ("survivor", "exporter")]  # fmt: skip
    more = pd.DataFrame(
        [*where, *priced],
        columns=["scenario", "outcome", "median", "ci_low", "ci_high", "verdict", "p_positive", "chance_share", "n"],
    )
    table = pd.concat([table, more], ignore_index=True)
    table = table[~((table["scenario"] == "cut") & (table["outcome"] == "cost"))]
    gone = (table["scenario"] == "failed") | ((table["scenario"] == "empty") & (table["outcome"] == "survivors_5y"))
    table.loc[gone, ["difference", "median", "ci_low", "ci_high", "p_positive"]] = math.nan
    table.loc[gone, ["n", "draws"]] = 0
    table.loc[gone, "verdict"] = "not defined"
    table.to_csv(folder / "differences.csv", index=False)
    t = language("en")
    shown = ["cut", "failed", "empty"]
    success, export, regions, bill = tiles(read_report_data(folder, "en"), t, shown)
    absent, failed, empty = "not in the tables", "no world to compare", "not defined: nobody is counted"
    assert [line.value for line in success.measures[0].lines] == ["+12", failed, empty]
    assert [line.value for line in export.measures[0].lines] == ["+12", failed, "+12"]
    assert [line.value for line in bill.measures[0].lines] == [absent, failed, "+20"]
    assert [line.value for line in bill.measures[1].lines] == [absent, failed, empty]
    assert [measure.lines[0].value for measure in regions.measures] == [absent, absent, absent]
    drawn = prices_of(table, "cost_per_additional_survivor", shown)
    assert [no_price(t, word) for word in drawn["bargain"]] == [absent, failed, empty]


WHY = {
    "no row": ("the tables lack the numbers that policies are judged by.", "so that its tables hold these numbers."),
    "no world": ("no world was run under two policies.", "so that its tables hold these numbers."),
    "nobody": (
        "in worlds this short, nothing that policies are judged by is defined.", "with worlds that are long enough.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", WHY)
def test_a_finding_tells_why_there_is_none_in_the_words_of_the_tiles(tmp_path, why):
    folder = study(tmp_path, {"ours": effects(NOBODY, DEAR if why == "nobody" else NOBODY)})
    table = pd.read_csv(folder / "differences.csv")
    if why == "no row":
        table = table[~table["outcome"].isin(["survivors_5y", "exporters"])]
    table.loc[table["median"].isna(), "n"] = 0
    table.to_csv(folder / "differences.csv", index=False)
    page = first(folder)
    assert page.title == f"There is no finding: {WHY[why][0]}"
    assert advice.to_do(page.finding) == [f"Nothing is advised: run the comparison again, {WHY[why][1]}"]
    assert page.finding.data.difference("ours", "survivors_5y").why == why
