"""The smallest sizes that matter are small parts of what today's hubs show, in the same unit."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.studies.smallest import SMALLEST, smallest_of

REFERENCE = Path(__file__).parents[2] / "results" / "reference"


def test_a_size_is_a_tenth_to_a_ten_thousandth_of_what_todays_hubs_show():
    """A size in another unit (dirhams for thousands, points for shares) lies outside."""
    summary = pd.read_csv(REFERENCE / "summary.csv")
    shown = summary[summary["scenario"] == "today"].drop_duplicates("outcome").set_index("outcome")["median"]
    parts = {name: smallest.size / abs(shown[name]) for name, smallest in SMALLEST.items()}
    assert {name: part for name, part in parts.items() if not 1e-4 < part < 0.1} == {}


def test_parts_of_the_cost_and_the_end_of_the_roadmap_have_the_sizes_of_the_whole():
    assert smallest_of("cost_mentors") == smallest_of("cost") == 1e6, "both in dirhams"
    assert smallest_of("survivors_5y_2027") == smallest_of("survivors_5y")
    assert smallest_of("residents_in_fes") == 0.0
