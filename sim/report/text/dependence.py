"""The parameters on which a difference between two policies depends, as text for people."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.report.layout import as_text, grid
from sim.report.text.numbers import percent
from sim.studies.comparison import Comparison


def table(found: pd.DataFrame, comparison: Comparison, policy: str, against: str, width: int = 120) -> str:
    """The leading parameters of each outcome's difference, as text; a line lists the outcomes that have none."""
    parts: list[Any] = [
        f"What the difference between {policy!r} and {against!r} depends on: rank correlations of parameters with the "
        f"mean difference of each draw of {comparison.manifest['options']['parameters']}, 95 % intervals. partial: "
        "given the other parameters in the table. No further runs; not a design over ranges."
    ]
    quiet = []
    for outcome, leaders in found.groupby("outcome", sort=False):
        leading = leaders[leaders["leads"].notna()]
        if leading.empty:
            quiet.append(str(outcome))
            continue
        rows = [
            (row["parameter"], _cell(row, "rank"), _cell(row, "partial") if len(leading) > 1 else "")
            for row in leading.to_dict("records")
        ]
        draws, explained = int(leading["draws"].iloc[0]), float(leading["explained"].iloc[0])
        parts += [
            f"\n{outcome}: {percent(explained)} of what differs between {draws} draws (in ranks) goes with",
            grid(("parameter", "rank correlation", "partial"), rows),
        ]
    if quiet:
        parts.append(f"\nNo parameter stands out by more than chance for: {', '.join(quiet)}.")
    parts.append(
        "Parameters that lead are chosen by size; their intervals do not allow for that. Chance makes all smaller."
    )
    return as_text(*parts, width=width)


def _cell(row: Any, name: str) -> str:
    return f"{row[name]:+.2f} [{row[f'{name}_low']:+.2f}, {row[f'{name}_high']:+.2f}]"
