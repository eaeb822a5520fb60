"""Cost against effect: the additional cost and the additional effect of each policy."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.effects import differences_of, fill_of, marker_of, replications_of
from sim.figures.labels import SOLID, THIN, Box, millimetres, place_names
from sim.figures.study import ShownStudy
from sim.figures.style import (
    BODY,
    DARK,
    LIGHT,
    MIDDLE,
    PAGE_WIDTH,
    SMALL,
    Sheet,
    cut,
    line_height,
    number_axis,
    styled,
    typical,
    wrap,
)
from sim.figures.words import SEPARATOR

EFFECTS = ("survivors_5y", "exporters")
HEIGHT = 66.0
_RAYS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@styled
def cost_effect(differences: pd.DataFrame, study: ShownStudy, width: float = PAGE_WIDTH) -> Figure:
    """One panel per effect: its difference against the difference in cost, with both intervals.

    The reference is the origin. Points have the numbers of a list; a policy that is far from all others is named
    below the panel instead.

    Args:
        differences: columns scenario, outcome, difference, median, ci_low, ci_high, n, verdict; older tables lack some.
        study: names and language.
        width: width of the sheet, in millimetres.
    """
    t = study.t
    headings = {
        "survivors_5y": t("additional survivors after five years"),
        "exporters": t("additional exporters"),
    }
    effects = [name for name in EFFECTS if name in set(differences["outcome"])]
    columns = 2 if width >= PAGE_WIDTH else 1
    room = width / columns
    cost = differences_of(differences, "cost", study)
    tables = {name: differences_of(differences, name, study) for name in effects}
    together = {name: _together(cost, table) for name, table in tables.items()}
    beyond = {name: _beyond(cost, tables[name], together[name], study) for name in effects}
    lines = max((len(wrap(text, room - 12, SMALL)) for text in beyond.values() if text), default=0)
    block = 10 + HEIGHT + 9 + lines * line_height(SMALL)
    names = [f"{number} {study.name(key)}" for number, key in enumerate(study.policies, start=1)]
    per_line = 3 if columns == 2 else 2
    rows = -(-len(names) // per_line)
    key_top = block * -(-len(effects) // columns) + 2
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
        key_top + rows * line_height(BODY) + 1,
        t,
        width,
    )
    for index, name in enumerate(effects):
        line, column = divmod(index, columns)
        left, top = column * room + 11, line * block + 10
        axes = sheet.panel(left, top, room - 17, HEIGHT)
        sheet.heading(column * room + 1, top - 4.2, room - 2, headings[name].capitalize())
        _panel(axes, cost[together[name]], tables[name][together[name]], study, room - 17)
        edge = left + room - 17 if t.direction == "rtl" else left
        for place, text in enumerate(wrap(beyond[name], room - 12, SMALL) if beyond[name] else []):
            y = sheet.top + top + HEIGHT + 8.3 + place * line_height(SMALL)
            sheet.write(edge, y, text, size=SMALL, colour=MIDDLE)
    for place, text in enumerate(names):
        column, line = divmod(place, rows)
        step = (width - 2) / per_line
        x = width - 1 - column * step if t.direction == "rtl" else 1 + column * step
        sheet.write(x, sheet.top + key_top + line * line_height(BODY), cut(text, step - 1.5, BODY))
    return sheet.figure


def _beyond(cost: pd.DataFrame, effect: pd.DataFrame, together: np.ndarray, study: ShownStudy) -> str:
    """The policies that do not share a panel with the others, in words."""
    away = [key for key in effect.index[~together] if np.isfinite(effect["value"][key])]
    if not away:
        return ""
    words = [_in_words(key, cost, effect, study) for key in away]
    return study.t("Beyond the panel: {policies}", policies=SEPARATOR.join(words))


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


def _panel(axes: Axes, cost: pd.DataFrame, effect: pd.DataFrame, study: ShownStudy, width: float) -> None:
    t, height = study.t, HEIGHT
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
    anchors: list[tuple[float, float]] = []
    numbers = {key: str(number) for number, key in enumerate(study.policies, start=1)}
    axes.plot(0, 0, "+", color=DARK, markersize=7, zorder=4)
    for key in effect.index:
        x, y = cost.loc[key], effect.loc[key]
        axes.plot([x["ci_low"], x["ci_high"]], [y["value"]] * 2, color=MIDDLE, linewidth=0.7, zorder=2)
        axes.plot([x["value"]] * 2, [y["ci_low"], y["ci_high"]], color=MIDDLE, linewidth=0.7, zorder=2)
        axes.plot(
            x["value"],
            y["value"],
            marker_of(y["verdict"]),
            markersize=4.0,
            mfc=fill_of(y["verdict"], DARK),
            mec=DARK,
            mew=0.8,
            zorder=3,
        )
        anchors.append((x["value"], y["value"]))
    for axis in (axes.xaxis, axes.yaxis):
        number_axis(axis, t, 5, signed=True)
    axes.set_xlabel(t("additional cost, {currency} million (discounted)"), size=SMALL)
    names = [numbers[key] for key in effect.index]
    place_names(axes, anchors, names, [DARK] * len(names), _crosses(axes, cost, effect, width, height), width, height)


def _rays(axes: Axes, study: ShownStudy) -> None:
    """A line through the origin along which each additional startup costs the same."""
    (_, right), (_, top) = axes.get_xlim(), axes.get_ylim()
    if right <= 0 or top <= 0:
        return
    diagonal = right / top
    for price in sorted(_RAYS, key=lambda price: abs(np.log(price / diagonal)))[:1]:
        end = (right, right / price) if right / price <= top else (top * price, top)
        axes.plot([0, end[0]], [0, end[1]], color=LIGHT, linewidth=0.6, linestyle=(0, (4, 2)), zorder=0)
        amount = study.t.number(price, 0 if price >= 1 else 1)
        beside = end[0] == right
        axes.annotate(
            study.t("{currency} {amount} m each", amount=amount),
            end,
            xytext=(0, 1.5),
            textcoords="offset points",
            size=SMALL,
            color=MIDDLE,
            ha="right" if beside else "center",
            va="bottom",
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
