"""The frontier of a search as text for people and as plain data for programs."""

from __future__ import annotations

from typing import Any

from sim.inference.frontier import Frontier
from sim.model.outcomes import shown_of
from sim.report.layout import as_text, grid
from sim.report.text.numbers import ENGLISH, interval, weighting
from sim.report.text.plain import without_nan


def table(found: Frontier, width: int = 120, most: int = 20) -> str:
    """The frontier as text."""
    front = found.frontier[found.frontier["state"] == "frontier"]
    outcomes = list(dict.fromkeys([*found.aims, "cost"]))
    rows = []
    for row in front.head(most).to_dict("records"):
        values = found.policies.loc[row["policy"]]
        what = ", ".join(f"{path.rpartition('.')[2]} {_plain(value)}" for path, value in values.items())
        cells = [
            interval(row[name], row[f"{name}_low"], row[f"{name}_high"], name).replace("\n", " (") + ")"
            for name in outcomes
        ]
        rows.append([row["policy"], *cells, f"{row['on_frontier']:.0%}", what])
    headings = [f"{name} ({unit})" if (unit := ENGLISH(shown_of(name).beside())) else name for name in outcomes]
    budget = found.manifest["budget"]
    draws = int(found.frontier["draws"].max())
    words = " ".join(filter(None, ["of what the facts allow", weighting(found)]))
    holds = f"{draws} draws {words}, chance taken out" if draws else "chance only"
    units = "draws" if draws else "worlds"
    limit = f" of at most {budget:g} {ENGLISH.country('currency')} million" if budget is not None else ""
    return as_text(
        f"{len(front)} of {found.manifest['policies']} policies{limit} are on the frontier. Mean and 95 % interval "
        f"in {found.manifest['fresh']} fresh worlds ({holds}); sure: share of resampled {units} that put it there.",
        grid(["policy", *headings, "sure", "what it does"], rows),
        f"Each is a scenario file: {found.folder}/resolved/POLICY.yaml",
        width=width,
    )


def as_dict(found: Frontier) -> dict[str, Any]:
    """The table as plain data."""
    rows = found.frontier.to_dict("records")
    for row in rows:
        row["values"] = found.policies.loc[row["policy"]].to_dict()
    answer: dict[str, Any] = without_nan(
        {"folder": str(found.folder), "aims": found.aims, "policies": rows, "failures": found.failures}
    )
    return answer


def _plain(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
