"""Registered forecasts and how they scored: the latest in full, earlier ones in a sentence each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.country.data import table as country_table
from sim.figures.forecasts import forecasts_and_facts
from sim.figures.style import save
from sim.inference.forecasts import KINDS, against_facts
from sim.inference.registration import POLICIES, Registration, registrations
from sim.report.text.forecasts import HEADINGS, cells, head, verdicts
from tools.documentation.markdown import fragment, paragraphs, table

PICTURE = "forecasts"
"""Name of the figure beside the page, without its ending."""


def page() -> str:
    """Prose, then the latest registration as a figure and a table, then all of them in sentences."""
    there = registrations()
    if not there:
        return paragraphs(fragment("forecasts"), "## Registered", "No forecast is registered yet.")
    boards = {one.name: against_facts(one, country_table("facts")) for one in there}
    latest = boards[there[-1].name]
    shown = latest[
        ~latest["quantity"].str.contains(":") & (latest["scenario"] == POLICIES[0]) | latest["fact"].notna()
    ].drop_duplicates(["scenario", "quantity", "date", "fact"])
    return paragraphs(
        fragment("forecasts"),
        f"## Registered: {there[-1].name}",
        head(there[-1]) + ".",
        f"![Fans of the national quantities, with facts]({PICTURE}.png)",
        "The announced policy; of regions, hubs and the other policy, what has a fact.",
        table(HEADINGS, map(cells, shown.to_dict("records"))),
        "## Scores",
        *(_scores(one, boards[one.name]) for one in reversed(there)),
    )


def _scores(registered: Registration, board: pd.DataFrame) -> str:
    lines = [f"**{registered.name}**: {head(registered)}.", ""]
    return "\n".join(lines + [f"- {text}" for kind in KINDS for text in verdicts(board, kind)])


def draw(folder: Path) -> None:
    """Write the figure of the latest registration into the folder of the page, as a bitmap; nothing without any."""
    there = registrations()
    if there:
        board = against_facts(there[-1], country_table("facts"))
        vector, _ = save(forecasts_and_facts(board, POLICIES[0]), folder, PICTURE)
        vector.unlink()
