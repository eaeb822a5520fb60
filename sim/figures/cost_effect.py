"""Cost against effect: the additional cost and the additional effect of each policy."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.forest import differences_of, fill_of, marker_of, replications_of
from sim.figures.labels import SOLID, THIN, Box, millimetres, place_names
from sim.figures.study import ShownStudy
from sim.figures.style import (
    DARK,
    LIGHT,
    MIDDLE,
    PAGE_WIDTH,
    SMALL,
    Sheet,
    number_axis,
    styled,
    typical,
)
from sim.figures.words import SEPARATOR

EFFECTS = ("survivors_5y", "exporters")
NAME_WIDTH = 46.0
_RAYS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@styled
def cost_effect(differences: pd.DataFrame, study: ShownStudy) -> Figure:
    """One panel per effect: its difference against the difference in cost, with both intervals.

    The reference is the origin. A policy that is far from all others is named below the panel instead.

    Args:
        differences: columns scenario, outcome, difference, median, ci_low, ci_high, n, verdict; older tables lack some.
        study: names and language.
    """
    t = study.t
    headings = {
        "survivors_5y": t("additional survivors after five years"),
        "exporters": t("additional exporters"),
    }
    effects = [name for name in EFFECTS if name in set(differences["outcome"])]
    width, height, block = PAGE_WIDTH - 35, 74.0, 94.0
    cost = differences_of(differences, "cost", study)
    tables = {name: differences_of(differences, name, study) for name in effects}
    together = {name: _together(cost, table) for name, table in tables.items()}
    notes = [
        study.replications(replications_of(differences)),
        (
            t(
                "Point: means of paired differences. Cross: their 95 % intervals ({uncertainty}). All are "
                "hollow, because there is no verdict on them.",
                uncertainty=study.intervals,
            )
            if study.older
            else t(
                "Point: medians. Cross: their 95 % intervals ({uncertainty}). The mark is that of the effect.",
                uncertainty=study.intervals,
            )
        ),
        ""
        if study.older
        else t("Filled: clear. Grey: likely. Hollow: open, or too few draws. Thin rhomb: practically none."),
    ]
    sheet = Sheet(
        t("What each policy costs, and what it brings"),
        t("Difference from “{reference}” in the same worlds", reference=study.name(study.reference)),
        notes,
        block * len(effects),
        t,
    )
    for index, name in enumerate(effects):
        top = 10 + index * block
        axes = sheet.panel(12, top, width, height)
        sheet.heading(1, top - 4.2, width, headings[name].capitalize())
        table = tables[name]
        away = [key for key in table.index[~together[name]] if np.isfinite(table["value"][key])]
        _panel(axes, cost[together[name]], table[together[name]], study, width, height)
        if away:
            text = t(
                "Beyond the panel: {policies}",
                policies=SEPARATOR.join(_in_words(key, cost, table, study) for key in away),
            )
            edge = 12 + width if t.direction == "rtl" else 12
            sheet.write(edge, sheet.top + top + height + 8.3, text, size=SMALL, colour=MIDDLE)
    return sheet.figure


def _together(cost: pd.DataFrame, effect: pd.DataFrame) -> np.ndarray:
    """Whether each policy has both values and can share a panel with the others."""
    edges = ["value", "ci_low", "ci_high"]
    known = np.isfinite(cost["value"]) & np.isfinite(effect["value"])
    near = np.ones(len(cost), dtype=bool)
    for table in (cost, effect):
        near &= typical(table[edges].abs().max(axis=1).where(known).to_list())
    found: np.ndarray = known.to_numpy() & near
    return found


def _in_words(key: str, cost: pd.DataFrame, effect: pd.DataFrame, study: ShownStudy) -> str:
    number = study.t.number
    return study.t(
        "{policy} (cost {cost}, effect {effect})",
        policy=study.name(key),
        cost=number(cost["value"][key], signed=True),
        effect=number(effect["value"][key], signed=True),
    )


def _panel(
    axes: Axes, cost: pd.DataFrame, effect: pd.DataFrame, study: ShownStudy, width: float, height: float
) -> None:
    t = study.t
    for table, limit in ((cost, axes.set_xlim), (effect, axes.set_ylim)):
        low = np.nanmin([0.0, *table["value"], *table["ci_low"]])
        high = np.nanmax([0.0, *table["value"], *table["ci_high"]])
        margin = 0.08 * (high - low) or 1.0
        limit(low - margin, high + margin)
    axes.axhline(0, color=DARK, linewidth=0.6, zorder=1)
    axes.axvline(0, color=DARK, linewidth=0.6, zorder=1)
    if effect.empty:
        axes.text(0.5, 0.6, t("not defined"), transform=axes.transAxes, ha="center", color=MIDDLE)
    _rays(axes, study)
    anchors, names, colours = [(0.0, 0.0)], [study.name(study.reference, NAME_WIDTH)], [DARK]
    axes.plot(0, 0, "+", color=DARK, markersize=7, zorder=4)
    for key in effect.index:
        x, y, ink = cost.loc[key], effect.loc[key], study.ink(key)
        colour = ink.colour if key in study.highlights else MIDDLE
        axes.plot([x["ci_low"], x["ci_high"]], [y["value"]] * 2, color=colour, linewidth=0.8, zorder=2)
        axes.plot([x["value"]] * 2, [y["ci_low"], y["ci_high"]], color=colour, linewidth=0.8, zorder=2)
        axes.plot(
            x["value"],
            y["value"],
            marker_of(y["verdict"], ink.marker),
            markersize=4.4,
            mfc=fill_of(y["verdict"], colour),
            mec=colour,
            mew=0.9,
            zorder=3,
        )
        anchors.append((x["value"], y["value"]))
        names.append(study.name(key, NAME_WIDTH))
        colours.append(colour if key in study.highlights else DARK)
    for axis in (axes.xaxis, axes.yaxis):
        number_axis(axis, t, 6, signed=True)
    axes.set_xlabel(t("additional cost, {currency} million (discounted, from present to the end)"))
    place_names(axes, anchors, names, colours, _crosses(axes, cost, effect, width, height), width, height)


def _rays(axes: Axes, study: ShownStudy) -> None:
    """Two lines through the origin along which each additional startup costs the same."""
    (_, right), (_, top) = axes.get_xlim(), axes.get_ylim()
    if right <= 0 or top <= 0:
        return
    diagonal = right / top
    near = [price for price in _RAYS if abs(np.log(price / diagonal)) < 1.2]
    prices = sorted(near, key=lambda price: abs(np.log(price / diagonal)))[:2]
    for price in prices:
        end = (right, right / price) if right / price <= top else (top * price, top)
        axes.plot([0, end[0]], [0, end[1]], color=LIGHT, linewidth=0.6, linestyle=(0, (4, 2)), zorder=0)
        amount = study.t.number(price, 0 if price >= 1 else 1)
        beside = end[0] == right
        axes.annotate(
            study.t("{currency} {amount} m each", amount=amount),
            end,
            xytext=(2, 0) if beside else (0, 1.5),
            textcoords="offset points",
            size=SMALL,
            color=MIDDLE,
            ha="left" if beside else "center",
            va="center" if beside else "bottom",
        )


def _crosses(
    axes: Axes, cost: pd.DataFrame, effect: pd.DataFrame, width: float, height: float
) -> list[tuple[Box, float]]:
    """Boxes of points, interval bars and zero lines, each with the cost of covering it."""
    x, y = millimetres(axes, 0, 0, width, height)
    boxes = [((0, y - 0.2, width, y + 0.2), THIN), ((x - 0.2, 0, x + 0.2, height), THIN)]
    for key in effect.index:
        across, along = cost.loc[key], effect.loc[key]
        x, y = millimetres(axes, across["value"], along["value"], width, height)
        left, bottom = millimetres(axes, across["ci_low"], along["ci_low"], width, height)
        right, top = millimetres(axes, across["ci_high"], along["ci_high"], width, height)
        boxes.append(((x - 1, y - 1, x + 1, y + 1), SOLID))
        boxes.append(((left, y - 0.3, right, y + 0.3), THIN))
        boxes.append(((x - 0.3, bottom, x + 0.3, top), THIN))
    return [(box, weight) for box, weight in boxes if all(np.isfinite(box))]
