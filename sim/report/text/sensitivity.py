"""Sensitivity indices as text for people and as plain data for programs."""

from __future__ import annotations

import math
from typing import Any

from sim.inference.sensitivity import MEASURES, Sensitivity, reasons
from sim.parameters.draws import FIXED
from sim.report.layout import as_text, grid
from sim.report.text.numbers import percent
from sim.report.text.plain import without_nan

SHARES = ("single", "means")
"""Columns of the table of chance that are printed."""


def as_dict(found: Sensitivity) -> dict[str, Any]:
    """The indices as plain data."""
    frames = {"indices": found.indices, "chance": found.chance}
    head: dict[str, Any] = {"design": found.design, "parameters": found.parameters}
    answer: dict[str, Any] = without_nan(head | {name: frame.to_dict("records") for name, frame in frames.items()})
    return answer


def table(found: Sensitivity, width: int = 120, factors: int = 10) -> str:
    """The indices as text: the most important factors of each outcome."""
    measures = MEASURES[found.design]
    chance: Any = found.chance.set_index("outcome")
    what = "chance" if found.parameters == FIXED else "chance, with the parameters that are drawn,"
    parts: list[object] = []
    for outcome in found.outcomes:
        single, means = (_share(chance.at[outcome, name], chance.at[outcome, "replications"]) for name in SHARES)
        parts.append(f"\n{outcome}: {what} is {single} of the variance of one run, {means} of means.")
        rows = []
        for row in found.ranked(outcome).head(factors).itertuples():
            intervals = [
                f"{getattr(row, name):.3g} [{getattr(row, name + '_low'):.3g}, {getattr(row, name + '_high'):.3g}]"
                for name in measures
            ]
            rows.append([row.factor, *intervals, *([f"{row.sigma:.3g}"] if found.design == "morris" else [])])
        parts.append(grid(["factor", *measures, *(["sigma"] if found.design == "morris" else [])], rows))
    without: dict[str, str] = dict(
        found.chance.loc[found.chance["without"] != "", ["outcome", "without"]].itertuples(index=False)
    )
    others = "at their defaults" if found.parameters == FIXED else f"draws of {found.parameters}, alike at all points"
    return as_text(
        "What the level of each outcome depends on when the factors vary independently over their ranges; all "
        f"other parameters: {others}. Indices with 95 % bootstrap intervals (chance and the design).",
        *parts,
        *([f"\nNo indices: {reasons(without)}."] if without else []),
        "What the difference between two policies depends on: hubsim sensitivity RESULT --policy NAME",
        width=width,
    )


def _share(value: float, replications: int) -> str:
    if math.isnan(value):
        return "not known (one replication)" if replications < 2 else "not defined"
    return percent(value)
