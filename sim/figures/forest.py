"""Paired differences from the reference: one panel per outcome or region, one row per policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.country.geography import geography
from sim.figures.canvas import from_north_to_south
from sim.figures.effects import (
    CHANCE_WIDTH,
    differences_of,
    direction_of,
    effect_rows,
    replications_of,
    shared_scale,
    span_of,
)
from sim.figures.study import ShownStudy
from sim.figures.style import PAGE_WIDTH, PANEL, Sheet, line_height, styled, wrap
from sim.figures.words import series_name

FOREST_OUTCOMES = ("survivors_5y", "exporters", "cost")
"""Outcomes that policies are judged by, in the order of their panels; the first of them orders the policies."""
OTHER_OUTCOMES = ("success_rate", "cohort_success_rate", "survival_5y", "export_rate", "residents", "regional_balance")
"""Other outcomes that are drawn, in the order of their panels."""
BY_REGION = "survivors_5y"
"""The outcome that is drawn for each region."""
POLICY_ROWS = 24
GAP, NARROWEST = 4.0, 22.0


def ranked(differences: pd.DataFrame, study: ShownStudy) -> list[str]:
    """Policies in the order of figures and tables, by their effect on the first of `FOREST_OUTCOMES` there is.

    Policies with more come first, the largest median first; then those whose direction is not known, or which change
    practically nothing, in the order of the study; then those with less. Tables without verdicts are ordered by value.
    """
    outcome = next((name for name in FOREST_OUTCOMES if name in set(differences["outcome"])), None)
    if outcome is None:
        return study.policies
    table = differences_of(differences, outcome, study)
    key = table["value"]
    if (table["verdict"] != "").any():
        rank = [direction_of(verdict, value) for verdict, value in zip(table["verdict"], table["value"], strict=True)]
        key = key.where(np.array(rank) != 0, 0.0).where(table["value"].notna())
    return list(key.sort_values(ascending=False, kind="stable", na_position="last").index)


def regions_of(differences: pd.DataFrame) -> list[str]:
    """Outcomes of `BY_REGION` that a table has, from north to south."""
    country, held = geography(), set(differences["outcome"])
    names = [f"{BY_REGION}:{country.regions[index]}" for index in from_north_to_south(country)]
    return [name for name in names if name in held]


def forest(differences: pd.DataFrame, study: ShownStudy, width: float = PAGE_WIDTH) -> Figure:
    """The outcomes that policies are judged by, or the first nine of a study that has none of them.

    Args:
        differences: columns scenario, outcome, difference, median, ci_low, ci_high, p_positive, n, verdict; older
            tables lack some.
        study: names and language.
        width: width of the sheet, in millimetres.
    """
    measured = list(dict.fromkeys(differences["outcome"]))
    held = [name for name in FOREST_OUTCOMES if name in measured]
    if not held and not set(OTHER_OUTCOMES) & set(measured):
        held = [name for name in measured if ":" not in name][:9]
    return _forest(differences, study, _Panels(study.t("What each policy changes"), _named(study, held)), width)


def other_forest(differences: pd.DataFrame, study: ShownStudy, width: float = PAGE_WIDTH) -> Figure:
    """The other outcomes; arguments as in `forest`."""
    held = [name for name in OTHER_OUTCOMES if name in set(differences["outcome"])]
    return _forest(differences, study, _Panels(study.t("What each policy changes besides"), _named(study, held)), width)


def regional_forest(differences: pd.DataFrame, study: ShownStudy, width: float = PAGE_WIDTH) -> Figure:
    """Five-year survivors by region, all on one scale; arguments as in `forest`."""
    t = study.t
    headings = {name: t.place(name.partition(":")[2]) for name in regions_of(differences)}
    return _forest(differences, study, _Panels(t("What each policy changes, region by region"), headings, 4), width)


def _named(study: ShownStudy, outcomes: Sequence[str]) -> dict[str, str]:
    return {name: series_name(study.t, name) for name in outcomes}


@dataclass(frozen=True)
class _Panels:
    """Title of a sheet, heading of each outcome's panel, and most panels in a row.

    More than three in a row are parts of one outcome and share a scale.
    """

    title: str
    headings: Mapping[str, str]
    across: int = 3


@styled
def _forest(differences: pd.DataFrame, study: ShownStudy, panels: _Panels, width: float) -> Figure:
    """A forest plot: the median effect and its interval, with a mark whose fill shows the verdict."""
    t, one_scale = study.t, panels.across > 3
    shown = (order := ranked(differences, study))[:POLICY_ROWS]
    tables = {name: differences_of(differences, name, study).loc[shown] for name in panels.headings}
    if one_scale:
        everything = pd.concat(tables.values())
        parts = np.split(shared_scale(everything), len(tables))
        shared = dict(zip(tables, parts, strict=True))
        span = span_of(everything[np.concatenate(parts)])
        spans = dict.fromkeys(tables, span)
    else:
        shared = {name: shared_scale(table) for name, table in tables.items()}
        spans = {name: span_of(table[shared[name]]) for name, table in tables.items()}
    phone = width < PAGE_WIDTH
    names, row = (35.0, 5.8) if phone else (51.5, 4.1 if one_scale else 4.4)
    columns = max(1, min(panels.across, len(tables), int((width - names) // (NARROWEST + CHANCE_WIDTH))))
    margin = 2.0 if t.direction == "rtl" else 0.0  # for numbers of an axis beyond the last panel
    room = (width - names - margin) / columns - GAP / 2
    panel = room - CHANCE_WIDTH - 1.5
    lines = max(len(wrap(text, room + 0.5, PANEL, weight="bold")) for text in panels.headings.values())
    height, above = row * len(shown) + 1, 3.4 + lines * line_height(PANEL)
    block = height + above + 8
    older = study.older
    judged = next((name for name in FOREST_OUTCOMES if name in set(differences["outcome"])), None)
    notes = [
        study.replications(replications_of(differences)),
        (
            t(
                "Point: mean of paired differences. Bar: its 95 % interval ({uncertainty}). All are hollow, "
                "because there is no verdict on them.",
                uncertainty=study.intervals,
            )
            if older
            else t("Point: median effect. Bar: its 95 % interval ({uncertainty}).", uncertainty=study.intervals)
        ),
        ""
        if older
        else t("Filled: clear. Grey: likely. Hollow: open, or too few draws. Thin rhomb: practically none."),
        "" if older else t("P > 0: probability that the effect is above zero."),
        t("Order: more first, then open or practically none, then less ({outcome}).", outcome=series_name(t, judged))
        if judged and not older
        else "",
        t("All regions have the same scale: five-year survivors.") if one_scale else "",
        t("Arrow: the value lies beyond the panel and is printed with its interval.")
        if not all(alike.all() for alike in shared.values())
        else "",
        study.hidden(len(order) - len(shown)),
    ]  # fmt: skip
    sheet = Sheet(
        panels.title,
        t("Difference from “{reference}” in the same worlds", reference=study.name(study.reference)),
        notes,
        block * -(-len(tables) // columns) - 1,
        t,
        width,
    )
    for index, (name, heading) in enumerate(panels.headings.items()):
        line, column = divmod(index, columns)
        left, top = sheet.mirrored(names + column * (room + GAP / 2) + GAP / 4, room + 0.5), line * block + above
        axes = sheet.panel(left, top, panel, height)
        axes.set_xlim(spans[name])
        sheet.heading(left, top - 3.4, room + 0.5, heading, lines=lines)
        effect_rows(sheet, axes, tables[name], shared[name], name)
        if column == 0:
            for place, key in enumerate(shown):
                middle = top + 0.5 + (place + 0.5) * row
                sheet.label(names - 0.5, middle, names - 1.0, study.name(key, 200), lines=2 if phone else 1)
    return sheet.figure
