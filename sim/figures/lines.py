"""Lines with bands: outcomes along one factor, one line per level of a second; or one row per choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.labels import end_labels
from sim.figures.plane import Plane
from sim.figures.style import (
    BODY,
    DARK,
    HIGHLIGHT_INKS,
    MIDDLE,
    PAGE_WIDTH,
    REFERENCE_INK,
    Sheet,
    cut,
    line_height,
    number_axis,
    styled,
)
from sim.figures.words import factor_label, factor_name, outcome_name, over_worlds
from sim.model.outcomes import shown_of
from sim.system.text import clean
from sim.words.language import Language

INKS = (REFERENCE_INK, *HIGHLIGHT_INKS)


@styled
def lines(plane: Plane, t: Language, width: float = PAGE_WIDTH) -> Figure:
    """One panel per outcome along the first factor of a plane; up to five levels of the second have a line each.

    Args:
        plane: means or paired differences with their intervals.
        t: the language.
        width: width of the sheet, in millimetres; a narrow one has its panels below each other.
    """
    chosen = np.unique(np.linspace(0, len(plane.y) - 1, min(len(plane.y), len(INKS))).round().astype(int))
    outcomes = list(plane.means)
    row, across = 59.0, 2 if width >= PAGE_WIDTH else 1
    room = width / across - 33
    if plane.origin is None:
        subtitle = ""
        notes = [t("Line: mean. Band: its 95 % interval."), over_worlds(t, plane.replications, plane.draws)]
    else:
        subtitle = t("Difference from {point}, in the same worlds.", point=point_of(t, plane))
        count, draws = t.number(plane.replications), t.number(plane.draws)
        notes = (
            [
                t(
                    "{count} replications under {draws} draws of the parameters that the facts allow.",
                    count=count,
                    draws=draws,
                ),
                t("Line: mean of the paired differences. Band: 95 % of the draws, chance taken out."),
            ]
            if plane.draws
            else [
                t("{count} replications.", count=count),
                t(
                    "Line: mean of the paired differences. Band: its 95 % interval, which leaves out what all points "
                    "share; it holds chance only, parameters fixed."
                ),
            ]
        )
    if plane.y_path:
        subtitle = f"{subtitle} {t('Each line: {factor}.', factor=factor_label(t, plane.y_path))}".strip()
    shade = 0.13 if len(chosen) == 1 else 0.07
    height = row * -(-len(outcomes) // across)
    sheet = Sheet(t("What changes along one factor"), subtitle, notes, height, t, width)
    for index, outcome in enumerate(outcomes):
        left, top = 10 + (index % across) * width / across, 11 + (index // across) * row
        axes = sheet.panel(left, top, room, 38)
        named = outcome_name(t, outcome, difference=plane.origin is not None)
        sheet.heading(left - 9, top - 5, room + 26, named)
        if plane.origin is not None:
            edge = left + room + 17 if t.direction == "rtl" else left - 9
            sheet.write(edge, sheet.top + top - 1.8, _origin_level(t, plane, outcome), vertical="bottom", colour=MIDDLE)
        scale = shown_of(outcome).scale
        ends = {}
        for ink, place in zip(INKS, chosen, strict=False):
            mean, low, high = (part[outcome][place] * scale for part in (plane.means, plane.lows, plane.highs))
            axes.fill_between(plane.x, low, high, color=ink.colour, alpha=shade, linewidth=0)
            for edge in (low, high) if len(chosen) > 1 else ():
                axes.plot(plane.x, edge, color=ink.colour, linestyle=ink.dashes, linewidth=0.35)
            axes.plot(
                plane.x,
                mean,
                color=ink.colour,
                linestyle=ink.dashes,
                linewidth=ink.width,
                marker=ink.marker,
                markersize=2.5,
            )
            ends[f"{place}"] = _level(t, plane.y[place]), ink.colour, float(plane.x[-1]), float(mean[-1])
        if not np.isfinite([plane.origin_means[outcome]] if plane.origin is not None else plane.means[outcome]).any():
            axes.text(0.5, 0.5, t("not defined"), transform=axes.transAxes, ha="center", color=MIDDLE)
        axes.set_xlabel(factor_name(t, plane.x_path))
        axes.grid(axis="y")
        number_axis(axes.xaxis, t, 5)
        number_axis(axes.yaxis, t, 5, signed=plane.origin is not None)
        if plane.origin is not None:
            axes.axhline(0, color=MIDDLE, linewidth=0.6, zorder=1)
        if plane.y_path:
            end_labels(axes, ends, 14)
    return sheet.figure


def point_of(t: Language, plane: Plane) -> str:
    """The point from which differences are taken: `hubs by 2027 = 6, and mentor hours per startup = 2`."""
    named = [path for path in (plane.x_path, plane.y_path) if path]
    levels = plane.origin or ()
    return t.listed(
        [f"{factor_label(t, path)} = {_level(t, level)}" for path, level in zip(named, levels, strict=False)]
    )


def _origin_level(t: Language, plane: Plane, outcome: str) -> str:
    """The mean of an outcome at the point from which differences are taken, in words."""
    level = plane.origin_means[outcome] * shown_of(outcome).scale
    text = t.number(level, 0 if abs(level) >= 100 else 1 if abs(level) >= 10 else 2)
    return t("level there: {value}", value=text)


def _level(t: Language, level: float) -> str:
    decimals = next((count for count in range(3) if np.isclose(round(level, count), level)), 3)
    return t.number(level, decimals)


class Rows(NamedTuple):
    """The rows of `choices`: their labels by scenario, in order; the names of their factors; how many are left out."""

    labels: dict[str, str]
    factors: str
    left_out: int = 0


@styled
def choices(
    tables: Mapping[str, pd.DataFrame], shown: Rows, worlds: tuple[int, int], t: Language, width: float = PAGE_WIDTH
) -> Figure:
    """One panel per outcome, one row per choice (a level that is not a number): the mean and its interval.

    Args:
        tables: by outcome: scenario, mean, ci_low, ci_high.
        shown: the choices.
        worlds: number of worlds, and of draws of the parameters under which they lived (0: fixed parameters).
        t: the language.
        width: width of the sheet, in millimetres.
    """
    outcomes, labels, t = list(tables), shown.labels, t
    height = len(labels) * line_height(BODY) * 1.25
    across = min(4 if width >= PAGE_WIDTH else 2, len(outcomes))
    names, row = min(44.0, 0.4 * width), height + 18.0
    room = (width - names - 2) / across - 4
    more = t("{n} more choice is not shown.", "{n} more choices are not shown.", n=shown.left_out)
    left_out = more if shown.left_out else ""
    sheet = Sheet(
        t("What each choice leads to"),
        t("Each row: {factors}.", factors=shown.factors),
        [t("Point: mean. Bar: its 95 % interval."), over_worlds(t, *worlds), left_out],
        row * -(-len(outcomes) // across),
        t,
        width,
    )
    rows = np.arange(len(labels))[::-1]
    for index, outcome in enumerate(outcomes):
        column, top = index % across, 10 + (index // across) * row
        left = names + column * (room + 4)
        axes = sheet.panel(left, top, room, height)
        sheet.heading(left, top - 1.5, room, outcome_name(t, outcome), lines=3)
        table = tables[outcome].set_index("scenario").loc[list(labels)]
        table = table[["mean", "ci_low", "ci_high"]] * shown_of(outcome).scale
        if table["mean"].isna().all():
            axes.text(0, rows.mean(), t("not defined"), ha="center", va="center", color=MIDDLE)
        axes.hlines(rows, table["ci_low"], table["ci_high"], color=DARK, linewidth=0.9)
        axes.plot(table["mean"], rows, "o", color=DARK, markersize=3)
        axes.set_ylim(-0.7, len(labels) - 0.3)
        names_shown = (
            [cut(clean(label), names - 3, BODY) for label in labels.values()] if column == 0 else [""] * len(labels)
        )
        axes.set_yticks(rows, names_shown)
        axes.grid(axis="x")
        number_axis(axes.xaxis, t, 3)
    return sheet.figure
