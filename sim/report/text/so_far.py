"""The table of a comparison that still runs: how far it is, and what its worlds say so far."""

from __future__ import annotations

from sim.report.layout import as_text, grid
from sim.report.text.numbers import count, interval_contents, one_line
from sim.studies.comparison import Comparison
from sim.studies.contrasts import JUDGED

_OUTCOMES = (*JUDGED, "success_rate", "export_rate")
"""Outcomes of the table, as far as its width allows."""


def table(comparison: Comparison, width: int = 120) -> str:
    """One line for each policy: its effects in the worlds that have ended.

    Args:
        comparison: a comparison that may lack worlds.
        width: columns that the text may take.
    """
    reference, worlds, asked = comparison.reference, comparison.replications, comparison.manifest["replications"]
    of = "" if comparison.manifest["precision"] else f" of {asked:,}"
    opening = (
        f"So far, from {count(worlds, 'world')}{of}: effects against {reference!r}, their 95 % intervals "
        f"({interval_contents(comparison)}), the probability that they are above zero. With more worlds, all of it may "
        "change."
    )
    others = comparison.scenarios[1:]
    columns: dict[str, list[str]] = {}
    room = width - max(map(len, others), default=0)
    for outcome in (name for name in _OUTCOMES if name in comparison.outcomes):
        cells = [one_line(comparison.difference(policy, outcome), outcome) for policy in others]
        room -= max(len(text) for text in (outcome, *cells)) + 2
        if room < 0 and columns:
            break
        columns[outcome] = cells
    rows = zip(others, *columns.values(), strict=True)
    return as_text(opening, grid(("policy", *columns), rows), width=width)
