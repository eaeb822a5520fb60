"""Where each difference from the reference comes from: one sentence per policy, and tables of the parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sim.figures.words import undefined
from sim.model.outcomes import shown_of
from sim.report.report_data import ReportData
from sim.report.sections import Cell, Table
from sim.report.wording import Estimate, heading
from sim.studies.channels import channel_labels, means_of, sentence
from sim.studies.contrasts import JUDGED
from sim.words.language import Language

SPLIT_RATES = ("cohort_success_rate", "export_rate")
"""Rates whose difference is split into the change for the same startups and the change in who is counted."""


def sentences(data: ReportData, t: Language, policy: str) -> list[str]:
    """Sentences on the origin of the survivors and exporters that a policy adds or removes."""
    found = {} if data.channels is None else means_of(data.channels).get(policy, {})
    return [t("On average {sentence}.", sentence=sentence(t, name, found[name])) for name in JUDGED if name in found]


def tables(data: ReportData, t: Language) -> list[Table]:
    """The parts of the differences in each count, and in the two rates."""
    return [found for name in (*JUDGED, *SPLIT_RATES) if (found := _table(data, t, name))]


def _table(data: ReportData, t: Language, outcome: str) -> Table | None:
    """One row per policy, one column per channel; the means of a row add up to the mean difference."""
    if data.channels is None:
        return None
    rows = data.channels[data.channels["outcome"] == outcome]
    held = list(dict.fromkeys(rows["channel"]))
    if not held:
        return None
    records: list[Mapping[str, Any]] = rows.to_dict("records")  # type: ignore[assignment]
    parts = {(row["scenario"], row["channel"]): row for row in records}
    scale, words = shown_of(outcome).scale, channel_labels(t)
    found = []
    for key in data.policies:
        each = [Estimate.of(outcome, parts.get((key, name)), "difference").scaled(scale) for name in held]
        total, most = sum(one.value for one in each), max(abs(one.value) for one in each)
        decimals = 0 if most >= 10 else 1 if most >= 1 else 2
        known = t.number(total, decimals, signed=True) if math.isfinite(total) else ""
        cells = [Cell(known or undefined(t, data.why_undefined(key, outcome)))]
        found.append((data.name(key), cells + [_cell(t, one, decimals) for one in each]))
    headings = [t("Policy"), t("Difference"), *(words.get(name, name) for name in held)]
    what = heading(t, outcome, difference=True)
    return Table(t("Where the difference comes from: {what} (expected, means that add up)", what=what), headings, found)


def _cell(t: Language, part: Estimate, decimals: int) -> Cell:
    """A part, with its interval below."""
    if not part.defined:
        return Cell("–")
    mean = t.number(part.value, decimals, signed=True)
    if part.nothing or not math.isfinite(part.low):
        return Cell(mean)
    low, high = (t.number(limit, decimals, signed=True) for limit in (part.low, part.high))
    return Cell(mean, note=t("{low} to {high}", low=low, high=high))
