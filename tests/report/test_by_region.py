"""Each region has a row with its hub; founders who move, and what buildings are still worth, have a sentence."""

from __future__ import annotations

import math

import pandas as pd
from figure_frames import REGIONS
from test_first_page import DEAR, FEWER, FREE, GAIN, MORE, effects, study

from sim.report import by_region, prices
from sim.report.report_data import read_report_data
from sim.words.language import language


def test_each_region_has_a_row_with_its_hub_and_founders_who_move_have_a_sentence(tmp_path):
    t = language("en")
    counts = {f"survivors_5y:{name}": (3.0, 1.0, 5.0, *MORE) for name in REGIONS}
    residents = {f"residents:{name}": FREE for name in REGIONS} | {f"residents:{REGIONS[1]}": (20.0, 9.0, 30.0, *MORE)}
    moved = {"relocated": (19.6, 1.0, 75.0, *MORE), f"relocated_in:{REGIONS[1]}": (9.0, 1.0, 30.0, *MORE)}
    moved |= {f"relocated_in:{name}": FREE for name in (REGIONS[0], *REGIONS[2:])}
    folder = study(tmp_path / "own", {"ours": effects(GAIN, DEAR) | counts | residents | moved})
    hubs = {"Tanger": ("today", "ours"), "Oujda": ("ours",), "Essaouira": ("today",)}
    levels = [
        (key, f"occupancy:{hub} (hub)", "expected", 0.9 if key in held else math.nan)
        for hub, held in hubs.items()
        for key in ("today", "ours")
    ]
    levels += [
        (key, f"relocated_in:{name}", "expected", number * (name == REGIONS[1]))
        for name in REGIONS
        for key, number in (("today", 2.5), ("ours", 11.5))
    ]
    table = pd.DataFrame(levels, columns=["scenario", "outcome", "kind", "mean"]).assign(ci_low=0.0, ci_high=40.0, n=8)
    table.to_csv(folder / "summary.csv", index=False)
    data = read_report_data(folder, "en")
    [found] = by_region.tables(data, t, ["ours"])
    rows = {head: [cell.text for cell in cells] for head, cells in found.rows}
    counted = ["Startups alive after five years", "Residents of hubs", "Founders from another region"]
    assert len(rows) == len(REGIONS) and found.headings[2:] == counted
    assert rows[t.place(REGIONS[0])] == ["today", "+3 (+1 to +5)", "0", "0"]
    assert rows[t.place(REGIONS[1])] == ["opens", "+3 (+1 to +5)", "+20 (+9 to +30)", "+9 (+1 to +30)"]
    notes = {head: cells[-1].note for head, cells in found.rows}
    assert notes[t.place(REGIONS[1])] == "12 instead of 2.5; clear" and notes[t.place(REGIONS[0])] == "no change"
    assert {head: cells[0] for head, cells in rows.items()} == {
        name: {"Marrakech-Safi": "closes", REGIONS[0]: "today", REGIONS[1]: "opens"}.get(name, "none")
        for name in REGIONS
    }
    assert by_region.relocated(data, t, ["ours"]) == [
        "Under “ours”, founders who move to the city of a hub instead of founding at home: +20 (+1 to +75).",
        "Those of 2025 to 2029 who cross the border of a region are in the last two columns: the difference, and how "
        "many there are under the policy instead of under “Six hubs, as today”.",
    ]


def test_what_buildings_are_still_worth_is_said(tmp_path):
    worth = {"cost_residual": (-40e6, -40e6, -40e6, *FEWER)}
    folder = study(tmp_path / "own", {"ours": effects(GAIN, DEAR) | worth, "plain": effects(GAIN, DEAR)})
    assert prices.residual_value(read_report_data(folder, "en"), language("en"), ["ours", "plain"]) == [
        "The cost of “ours” is what remains after MAD 40 million, the discounted value that its buildings still have "
        "at the end; without that it would cost MAD 60 million more than “Six hubs, as today”."
    ]
