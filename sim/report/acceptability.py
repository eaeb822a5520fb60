"""Acceptability: in how many countries that fit the facts a policy pays, by what one more startup is worth.

The curves of Fenwick, Claxton and Sculpher (2001), "Representing uncertainty: the role of cost-effectiveness
acceptability curves", Health Economics 10, 779-787, as tables.
"""

from __future__ import annotations

import math

from sim.model.outcomes import shown_of
from sim.report.report_data import ReportData
from sim.report.sections import Cell, Table
from sim.report.wording import PRICE_OF
from sim.studies.statistics import LIKELY
from sim.words.language import Language

STEPS = (1, 2, 5, 10, 25, 50)
"""Which of the worths of `acceptability.csv`, counted from zero, have a column."""
_NEEDS = ("scenario", "effect", "willingness", "share")


def tables(data: ReportData, t: Language) -> list[Table]:
    """One table per effect: policies down, worths across, and the probability that the policy pays, in per cent."""
    frame = data.tables.optional("acceptability.csv", needs=_NEEDS)
    if frame is None:
        return []
    captions = {
        "survivors_5y": t(
            "In how many of 100 countries a policy pays, if one more startup alive after five years is worth"
        ),
        "exporters": t("In how many of 100 countries a policy pays, if one more exporter is worth"),
    }
    found = []
    for effect in PRICE_OF:
        mine = frame[frame["effect"] == effect]
        worths = sorted(mine["willingness"].unique())
        shown = [worths[step] for step in STEPS if step < len(worths)]
        shares = mine.set_index(["scenario", "willingness"])["share"].to_dict()
        rows = [
            (data.name(key), [_cell(t, shares.get((key, worth), math.nan)) for worth in shown]) for key in data.policies
        ]
        if shown:
            millions = [t("{currency} {n} million", n=shown_of("cost").scale * float(worth)) for worth in shown]
            found.append(Table(captions[effect], [t("Policy"), *millions], rows))
    return found


def _cell(t: Language, share: float) -> Cell:
    if math.isnan(share):
        return Cell("–")
    return Cell(t.number(100 * share), "good" if share >= LIKELY else "bad" if share <= 1 - LIKELY else "")
