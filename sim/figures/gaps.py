"""Effects over two factors: one panel per outcome, one cell per combination, with its probability."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.figures.lines import point_of
from sim.figures.plane import Plane, plane_of
from sim.figures.style import BLACK, DARK, MIDDLE, PAGE_WIDTH, SMALL, Sheet, styled, wrap
from sim.figures.tones import STRENGTHS, tone
from sim.figures.words import factor_label, factor_name, outcome_name
from sim.model.outcomes import better_of, shown_of
from sim.studies.channels import channel_labels
from sim.words.language import Language

if TYPE_CHECKING:
    from sim.studies.sweep_results import Sweep

MOST_LEVELS = 8
"""Largest number of levels of a factor whose cells have room for numbers."""
HOURS = "accompaniment.hours_per_startup"
SEPARATE = ("survivors_5y", "extra founders")
"""An outcome and the channel of it that has its own panel, because it does not improve survival."""
_LEFT, _ROW, _GAP, _ABOVE, _BELOW = 11.0, 7.2, 7.0, 9.0, 8.0


@dataclass(frozen=True)
class GapPanel:
    """The effects on one outcome, or the part of them in one channel.

    Attributes:
        title: heading.
        outcome: its name.
        cells: median, p_positive (NaN where unknown) and verdict ("" where there is none) by levels y and x.
    """

    title: str
    outcome: str
    cells: pd.DataFrame


def panels_of(result: Sweep, plane: Plane, t: Language) -> Iterator[GapPanel]:
    """The panels of a sweep over two factors: one per outcome, and one for the channel of `SEPARATE`."""
    places = result.points[[plane.y_path, plane.x_path]].set_axis(["y", "x"], axis=1)
    for outcome in plane.means:
        found = result.difference_of(outcome).set_index("scenario")[["median", "p_positive", "verdict"]]
        yield GapPanel(outcome_name(t, outcome, difference=True), outcome, places.join(found))
        if outcome == SEPARATE[0] and len(channels := result.channels) > 0:
            channel = channels[(channels["outcome"] == outcome) & (channels["channel"] == SEPARATE[1])].set_index(
                "scenario"
            )
            cells = places.join(channel[["median"]]).assign(p_positive=math.nan, verdict="")
            title = t("of which {channel}", channel=channel_labels(t)[SEPARATE[1]])
            yield GapPanel(title, outcome, cells)


@styled
def gaps(result: Sweep, t: Language, width: float = PAGE_WIDTH) -> Figure:
    """Effects over two factors: the median of each, and below it the probability that the effect is above zero.

    A cell is coloured where the direction is clear, paler where it is likely; the reference cell has a frame. The
    panels stand side by side on a sheet of the full `width`, in millimetres, else below each other.
    """
    plane = plane_of(result, paired=True)
    assert plane is not None and plane.origin is not None, "a complete grid of two numbers, with a reference"
    panels = list(panels_of(result, plane, t))
    height = _ROW * len(plane.y)
    block = _ABOVE + height + _BELOW
    across = 2 if width >= PAGE_WIDTH else 1
    draws = t.number(plane.draws or plane.replications)
    sheet = Sheet(
        t("What each combination changes"),
        t("Difference from {point}, in the same worlds.", point=point_of(t, plane)),
        [
            (
                t(
                    "Above: median of the expected difference over {draws} draws of what the facts allow, chance "
                    "taken out. Below: the probability that it is above zero.",
                    draws=draws,
                )
                if plane.draws
                else t(
                    "Above: mean of the paired differences in {draws} worlds, parameters fixed. Below: the "
                    "probability that it is above zero; it holds chance only.",
                    draws=draws,
                )
            ),
            t(
                "Strong colour: the direction is clear; pale: likely; none: not known, or practically nothing. "
                "Blue is wanted, orange is not. Framed: what the differences are from."
            ),
            t(
                "That each further hour adds less is assumed, not found: what a month of mentoring can teach is "
                "bounded in the model ({factor}).",
                factor=factor_label(t, HOURS),
            )
            if HOURS in (plane.x_path, plane.y_path)
            else "",
        ],
        block * -(-len(panels) // across),
        t,
        width,
    )
    room = width / across - _LEFT - _GAP / 2
    for index, panel in enumerate(panels):
        row, column = divmod(index, across)
        left, top = _LEFT + column * (width / across + _GAP / 4), row * block + _ABOVE
        sheet.heading(left, top - 2.5, room, panel.title)
        axes = sheet.panel(left, top, room, height)
        _cells(axes, panel, plane, t)
        axes.set_xlabel(factor_name(t, plane.x_path), size=SMALL)
        axes.set_ylabel("\n".join(wrap(factor_name(t, plane.y_path), height + _BELOW, SMALL, lines=2)), size=SMALL)
    return sheet.figure


def _cells(axes: Axes, panel: GapPanel, plane: Plane, t: Language) -> None:
    """Draw the cells of a panel, the first level of the second factor at the bottom."""
    x, y = plane.x.tolist(), plane.y.tolist()
    medians = panel.cells["median"].astype(float) * shown_of(panel.outcome).scale
    known = medians.abs()[medians.notna() & (medians != 0)]
    typical = float(known.median()) if len(known) else 1.0
    decimals = min(2, max(0, 1 - math.floor(math.log10(typical))))
    for median, cell in zip(medians.tolist(), panel.cells.to_dict("records"), strict=True):
        column, row = x.index(cell["x"]), y.index(cell["y"])
        origin = plane.origin == (cell["x"], cell["y"])
        colour = tone(median, better_of(panel.outcome))
        strength = STRENGTHS.get(str(cell["verdict"]), 0.0)
        if strength:
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, alpha=strength, edgecolor="none", zorder=1))
        edge, line, order = (BLACK, 1.4, 3) if origin else (MIDDLE, 0.3, 2)
        axes.add_patch(
            Rectangle((column, row), 1, 1, fill=False, edgecolor=edge, linewidth=line, zorder=order, clip_on=False)
        )
        if origin:
            continue
        sure = math.isfinite(cell["p_positive"])
        text = t.number(median, decimals, signed=True) if math.isfinite(median) else "–"
        axes.text(column + 0.5, row + (0.68 if sure else 0.5), text, size=SMALL, color=BLACK, ha="center", va="center")
        if sure:
            share = t.percent(round(cell["p_positive"], 2))
            axes.text(column + 0.5, row + 0.27, share, size=SMALL, color=DARK, ha="center", va="center")
    axes.set_xlim(0, len(x))
    axes.set_ylim(0, len(y))
    axes.set_xticks(np.arange(len(x)) + 0.5, [t.number(level, _decimals(level)) for level in x])
    axes.set_yticks(np.arange(len(y)) + 0.5, [t.number(level, _decimals(level)) for level in y])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _decimals(level: float) -> int:
    return 0 if level == round(level) else 1
