"""The frontier of a search: each aim against cost, with intervals; dominated policies are marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.labels import SOLID, THIN, millimetres, place_names
from sim.figures.style import BLACK, DARK, LIGHT, MIDDLE, PAGE_WIDTH, SMALL, Sheet, number_axis, styled
from sim.figures.words import outcome_name
from sim.model.outcomes import shown_of
from sim.words.language import Language

_BESIDE, _HEIGHT, _ROW = 19.0, 52.0, 70.0
MOST_NAMED = 12
"""Largest number of policies that are named: the surest of the frontier."""


@styled
def frontier(
    table: pd.DataFrame, aims: dict[str, int], limit: float | None, t: Language, width: float = PAGE_WIDTH
) -> Figure:
    """One panel per aim, cost excepted: differences from the base.

    Args:
        table: what `sim.inference.frontier.frontier_of` returns.
        aims: outcomes and the direction that is better.
        limit: the most that a policy may cost beyond the base, in the currency; None without a limit.
        t: the language.
        width: width of the sheet, in millimetres; a narrow one has its panels below each other.
    """
    outcomes = [name for name in aims if name != "cost"]
    fresh = int(table["worlds"].max())
    if table["draws"].max() > 1:
        note = t(
            "Differences from the base (cross) in {count} fresh worlds, with 95 % of the draws of the parameters, "
            "chance taken out. Filled: on the frontier. Hollow: run again; dominated, or over budget. Diamonds: given, "
            "not found. Grey dots: only in the search. Numbers: policies.",
            count=t.number(fresh),
        )
    else:
        note = t(
            "Differences from the base (cross) in {count} fresh worlds, with 95 % intervals (chance only). Filled: on "
            "the frontier. Hollow: run again; dominated, or over budget. Diamonds: given, not found. Grey dots: only "
            "in the search. Numbers: policies.",
            count=t.number(fresh),
        )
    across = 2 if width >= PAGE_WIDTH else 1
    sheet = Sheet(
        t("Policies that no other beats"),
        "",
        [note],
        _ROW * -(-len(outcomes) // across),
        t,
        width,
    )
    for index, outcome in enumerate(outcomes):
        left, top = 12 + (index % across) * width / across, 8 + (index // across) * _ROW
        room = width / across - _BESIDE
        axes = sheet.panel(left, top, room, _HEIGHT)
        sheet.heading(left - 11, top - 2, room + 11, outcome_name(t, outcome, difference=True))
        _panel(axes, table, (outcome, room), limit, t)
    return sheet.figure


def _panel(axes: Axes, table: pd.DataFrame, shown: tuple[str, float], limit: float | None, t: Language) -> None:
    """Draw one outcome in a panel of some width, in millimetres."""
    outcome, room = shown
    scale = {name: shown_of(name).scale for name in (outcome, "cost")}
    run = table[(table["worlds"] > 0) & (table["state"] != "reference")]
    best = run[run["state"] == "frontier"]
    again = run[run["state"] != "frontier"]
    rest = table[(table["worlds"] == 0) & (table["state"] != "failed")]
    axes.plot(rest["cost"] * scale["cost"], rest[outcome] * scale[outcome], ".", color=LIGHT, markersize=3, zorder=1)
    axes.plot([0], [0], "+", color=BLACK, markersize=6, mew=1, zorder=4)
    for rows, fill, edge in ((again, "white", MIDDLE), (best, DARK, BLACK)):
        x, y = rows["cost"] * scale["cost"], rows[outcome] * scale[outcome]
        low, high = (rows[f"{outcome}_{end}"] * scale[outcome] for end in ("low", "high"))
        axes.vlines(x, low, high, color=edge, linewidth=0.6, zorder=2)
        axes.hlines(
            y, rows["cost_low"] * scale["cost"], rows["cost_high"] * scale["cost"], color=edge, linewidth=0.6, zorder=2
        )
        for mark, held in (("o", ~rows["named"]), ("D", rows["named"])):
            axes.plot(x[held], y[held], mark, mfc=fill, mec=edge, mew=0.8, markersize=3.6, zorder=3)
    for axis in (axes.xaxis, axes.yaxis):
        number_axis(axis, t, 5)
    axes.set_xlabel(t("cost beyond the base, {currency} million (discounted)"))
    end = None if limit is None else limit * scale["cost"]
    if end is not None and end <= axes.get_xlim()[1] * 1.05:
        axes.axvline(end, color=MIDDLE, linewidth=0.7, linestyle=(0, (3, 2)), zorder=1)
        axes.annotate(
            t("budget"),
            (end, 0.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(2, 2),
            textcoords="offset points",
            size=SMALL,
            color=MIDDLE,
        )
    named = best[~best["named"]].sort_values("on_frontier", ascending=False).head(MOST_NAMED)
    anchors = list(zip(named["cost"] * scale["cost"], named[outcome] * scale[outcome], strict=True))
    if not anchors:
        return
    points = [millimetres(axes, x, y, room, _HEIGHT) for x, y in anchors]
    taken = [((x - 1, y - 1, x + 1, y + 1), SOLID) for x, y in points]
    taken += [((x - 0.2, y - 6, x + 0.2, y + 6), THIN) for x, y in points]
    names = [str(int(policy.rpartition("-")[2])) for policy in named["policy"]]
    place_names(axes, anchors, names, [DARK] * len(names), taken, room, _HEIGHT, SMALL)
    axes.margins(np.float64(0.05))
