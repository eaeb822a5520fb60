"""Boxes of conditions as text for people and as plain data for programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.inference.discovery import Discovery
from sim.parameters.draws import FIXED
from sim.report.layout import as_text, grid
from sim.report.text.numbers import percent
from sim.report.text.plain import without_nan


def as_dict(found: Discovery) -> dict[str, Any]:
    """The boxes as plain data."""
    head: dict[str, Any] = {"aim": found.aim, "points": found.points, "cases": found.cases}
    head |= {"parameters": found.parameters, "wanted_density": found.wanted}
    frames = {"boxes": found.boxes, "limits": found.limits}
    answer: dict[str, Any] = without_nan(head | {name: frame.to_dict("records") for name, frame in frames.items()})
    return answer


def table(found: Discovery, width: int = 120) -> str:
    """The boxes as text."""
    share = found.cases / found.points
    over = "" if found.parameters == FIXED else f" over draws of {found.parameters}"
    parts: list[Any] = [
        f"{found.aim}: {found.cases} of {found.points} points ({percent(share)}), by their means{over}."
    ]
    if found.boxes.empty:
        parts.append("No box of conditions holds them better than chance.")
    box: Any
    for box in found.boxes.itertuples():
        parts.append(
            f"\nBox {box.box}: holds {percent(box.coverage)} of the cases (coverage); {percent(box.density)} of what "
            f"lies in it are cases (density), against {percent(share)} anywhere; {box.points} points, "
            f"{percent(box.mass)} of all."
        )
        if not box.dense:
            parts.append(
                f"This is not the density asked for: no box of enough points reaches {percent(found.wanted)}; it "
                "is the densest there is. In it cases are likelier, not certain."
            )
        rows = [
            (row.factor, row.range, "" if np.isnan(row.quasi_p) else f"{row.quasi_p:.2g}")
            for row in found.limits[found.limits["box"] == box.box].itertuples()
        ]
        parts.append(grid(("factor", "range", "quasi-p"), rows))
    if not found.boxes.empty:
        parts.append(
            "quasi-p: how likely the box would be as dense by chance if that factor were left free. Read limits "
            "with more than 0.05 as noise."
        )
    return as_text(*parts, width=width)
