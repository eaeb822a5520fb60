"""The ladder of rates as text for people and as plain data for programs."""

from __future__ import annotations

from typing import Any

from sim.inference.ladder import RATES, TOTALS
from sim.inference.observables import COHORT
from sim.inference.run_explanation import Explanation
from sim.report.layout import PrintedText, as_text, grid
from sim.report.text.numbers import count, weighting
from sim.report.text.plain import records


def table(found: Explanation, width: int = 120) -> str:
    """Lay out the rungs of both rates, each with its interval over draws."""
    holds = "chance only" if found.draws is None else "chance taken out"
    text = ""
    for rate in RATES:
        ladder = found.table(rate)
        headings = (f"{rate} rate", "mean, points", "median", f"95 % ({holds})", "P(> 0)")
        text += as_text(grid(headings, [_rung(row) for row in ladder.to_dict("records")]), width=width)
        if ladder.set_index("rung")["value"].isna()["cohort"]:
            text += f"Nobody was admitted from {COHORT[0]} to {COHORT[1]}: there is no rate of the admitted.\n"
    last = ", ".join(filter(None, [f"parameters {found.parameters}", weighting(found)]))
    return PrintedText(f"{text}{count(found.replications, 'world')}, {last}\n")


def as_dict(found: Explanation) -> dict[str, Any]:
    """The rungs of each rate as plain data."""
    return {rate: records(found.table(rate)) for rate in RATES}


def _rung(row: dict[Any, Any]) -> tuple[str, ...]:
    scale = 1 if row["rung"] in ("entry", "net_per_1000") else 100
    signed = row["rung"] not in TOTALS

    def number(value: float) -> str:
        return "–" if value != value else f"{scale * value:+.1f}" if signed else f"{scale * value:.1f}"

    interval = "–" if row["low"] != row["low"] else f"{number(row['low'])} to {number(row['high'])}"
    chance = "" if row["p_positive"] != row["p_positive"] else f"{row['p_positive']:.2f}"
    return row["label"], number(row["value"]), number(row["median"]), interval, chance
