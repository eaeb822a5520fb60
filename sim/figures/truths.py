"""Known truths and their posteriors: ranks against their bands, expected coverage, and intervals beside truths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.style import BODY, DARK, HIGHLIGHT_INKS, LIGHT, PALE, Sheet, number_axis, save, styled
from sim.inference.simulation_based import EFFECT
from sim.words.language import Language, language

if TYPE_CHECKING:
    from sim.inference.simulation_based import Verified

HEIGHT, WIDTH = 46.0, 44.0


@styled
def truths(found: Verified, t: Language) -> Figure:
    """Ranks of known truths, expected coverage, and intervals of the effect beside the truth.

    Args:
        found: what `sim.inference.simulation_based.verify` returns.
        t: the language.
    """
    summary = found.summary
    sheet = Sheet(
        t("Known truths and their posteriors"),
        t("{number} simulated histories whose parameters are known", number=t.number(summary["truths"])),
        [
            t(
                "Left and middle: share of truths below a rank, minus that of uniform ranks; shaded: where all uniform "
                "ones lie with {level}. Coloured: what leaves its band.",
                level=t.percent(1 - summary["error_rate"]),
            ),
            t("Right: 50 % and 90 % intervals of the effect of accompaniment on five-year survival, in points."),
        ],
        HEIGHT + 18,
        t,
    )
    panels = [sheet.panel(10 + place * 57, 8, WIDTH, HEIGHT) for place in range(3)]
    titles = (t("Ranks by quantity"), t("Many quantities at once"), t("Interval beside truth"))
    for place, title in enumerate(titles):
        sheet.heading(10 + place * 57, 6, WIDTH, title)
    _curves(panels[0], found.ecdf.set_axis(["name", "share", "below", "low", "high"], axis=1), summary["outside"], t)
    wrong = [name for name, one in summary["expected_coverage"].items() if not one["inside"]]
    _curves(panels[1], found.coverage.set_axis(["name", "share", "below", "low", "high"], axis=1), wrong, t)
    panels[0].set_xlabel(t("share of the draws below"))
    panels[1].set_xlabel(t("credibility"))
    _intervals(panels[2], found.ranks[found.ranks["quantity"] == EFFECT], t)
    return sheet.figure


def _curves(axes: Axes, curves: pd.DataFrame, outside: list[str], t: Language) -> None:
    first = curves[curves["name"] == curves["name"].iloc[0]]
    axes.fill_between(first["share"], first["low"] - first["share"], first["high"] - first["share"], color=PALE)
    inks = iter(HIGHLIGHT_INKS * (1 + len(outside) // len(HIGHLIGHT_INKS)))
    for name, curve in curves.groupby("name", sort=False):
        away = curve["below"] - curve["share"]
        if name in outside:
            ink = next(inks)
            axes.plot(curve["share"], away, color=ink.colour, linestyle=ink.dashes, linewidth=ink.width, label=name)
        else:
            axes.plot(curve["share"], away, color=DARK, linewidth=0.4, alpha=0.6)
    axes.axhline(0, color=DARK, linewidth=0.5)
    if outside:
        axes.legend(fontsize=BODY - 2, frameon=False, loc="upper right")
    number_axis(axes.xaxis, t, 4)
    number_axis(axes.yaxis, t, 4, signed=True)


def _intervals(axes: Axes, effect: pd.DataFrame, t: Language) -> None:
    points = effect.set_index("truth")[["true", "median", "low_50", "high_50", "low_90", "high_90"]] * 100
    axes.vlines(points["true"], points["low_90"], points["high_90"], color=LIGHT, linewidth=0.4)
    axes.vlines(points["true"], points["low_50"], points["high_50"], color=LIGHT, linewidth=1.2)
    axes.plot(points["true"], points["median"], "o", color=DARK, markersize=1.8)
    ends = [float(points["true"].min()), float(points["true"].max())]
    axes.plot(ends, ends, color=DARK, linewidth=0.6, linestyle=(0, (4, 2)))
    axes.set_xlabel(t("truth"))
    axes.set_ylabel(t("interval"))
    number_axis(axes.xaxis, t, 4, signed=True)
    number_axis(axes.yaxis, t, 4, signed=True)


def draw_truths(found: Verified) -> list[Path]:
    """Draw the figure into the result folder, as `truths.svg` and `.png`."""
    return save(truths(found, language("en")), found.folder / "figures", "truths")
