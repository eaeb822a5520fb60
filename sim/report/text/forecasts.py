"""Registered forecasts and their scores, as text for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.inference.forecast_scores import coverage, skills
from sim.inference.forecasts import KINDS, scored_rows
from sim.inference.registration import Registration
from sim.report.layout import as_text, grid

HEADINGS = ("policy", "quantity", "date", "median", "50 %", "90 %", "what it is", "fact", "CRPS")


def forecasts(registered: Registration, board: pd.DataFrame, width: int = 120, *, whole: bool = False) -> str:
    """A registration: how it was made, what it says, and how it scored.

    Args:
        registered: the registration.
        board: `sim.inference.forecasts.against_facts`.
        width: columns that the text may take.
        whole: also show places for which there is no fact.
    """
    shown = board if whole else board[~board["quantity"].str.contains(":") | board["fact"].notna()]
    lines = [head(registered), *(text for kind in KINDS for text in verdicts(board, kind))]
    table = as_text(grid(HEADINGS, [cells(row) for row in shown.to_dict("records")]), width=width)
    left = len(board) - len(shown)
    more = f"{left} rows of regions and hubs are not shown: --all, or --json\n" if left else ""
    return table + more + "\n".join(lines)


def head(registered: Registration) -> str:
    """When and of what a registration was made, in a sentence."""
    about = registered.about
    revision = f", revision {about['revision'][:10]}" if about.get("revision") else ""
    return (
        f"registered {about['registered']} with hubsim {about['hubsim']}{revision}: {about['worlds']} worlds under "
        f"{about['draws']} draws of the {about['parameters']} (digest {about['draws_digest'][:10]})"
    )


def cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """One row of the table as text."""
    fifty, ninety = (f"{number(row[f'low_{share}'])} to {number(row[f'high_{share}'])}" for share in (50, 90))
    fact = isinstance(row["fact"], str)
    observed = number(row["observed"]) + ("" if row["inside"] else " OUTSIDE") if fact else "–"
    said = (row["scenario"], row["quantity"], row["date"], number(row["median"]), fifty, ninety, row["kind"])
    return *said, observed, number(row["crps"]) if fact else "–"


def verdicts(board: pd.DataFrame, kind: str) -> list[str]:
    """How forecasts of a kind did under each policy, a sentence each."""
    found = []
    for scenario in dict.fromkeys(board["scenario"]):
        rows = scored_rows(board, kind, scenario)
        if rows.empty:
            continue
        inside = coverage(rows)
        text = (
            f"{kind}, {scenario}: {inside.inside} of {inside.facts} facts inside the 90 % interval; by quantity "
            f"{100 * inside.share:.0f} % of {inside.clusters} (90 % interval {100 * inside.low:.0f} to "
            f"{100 * inside.high:.0f} %)"
        )
        for row in skills(rows).to_dict("records"):
            if row["score"] == "CRPS" and row["facts"]:
                text += f"; skill against {row['against']} {row['skill']:+.2f} ({row['clusters']} quantities)"
        found.append(text)
    return found or [f"{kind}: no fact yet"]


def number(value: float) -> str:
    """A number with about three digits."""
    return "–" if value != value else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
