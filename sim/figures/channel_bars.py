"""Where differences come from: the channels of each policy's effect, stacked as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.effects import replications_of
from sim.figures.forest import ranked
from sim.figures.study import ShownStudy
from sim.figures.style import (
    BLACK,
    DARK,
    GROUND,
    MIDDLE,
    PAGE_WIDTH,
    PANEL,
    SMALL,
    Sheet,
    line_height,
    number_axis,
    styled,
    text_width,
    typical,
)
from sim.figures.words import series_name
from sim.model.outcomes import shown_of
from sim.studies.channels import channel_labels
from sim.studies.contrasts import JUDGED

COLOURS = {
    "extra founders": "#56B4E9",
    "founded again": "#F0E442",
    "relocated": "#B4568F",
    "housed": "#0072B2",
    "never housed": "#8a8a8a",
}
"""Colours of the channels of counts."""
MOST = 24
"""Largest number of policies that are drawn."""


def parts_of(channels: pd.DataFrame, outcome: str, policies: Sequence[str]) -> pd.DataFrame:
    """The channels of an outcome: rows (policy, channel), columns mean and `sure` (its interval leaves out zero)."""
    rows = channels[(channels["outcome"] == outcome) & channels["scenario"].isin(policies)]
    sure = (rows["ci_low"] > 0) | (rows["ci_high"] < 0)
    scale = shown_of(outcome).scale
    table = pd.DataFrame({"mean": rows["difference"].astype(float) * scale, "sure": sure})
    return table.set_index(pd.MultiIndex.from_frame(rows[["scenario", "channel"]])).sort_index()


@styled
def channel_bars(
    channels: pd.DataFrame, differences: pd.DataFrame, study: ShownStudy, width: float = PAGE_WIDTH
) -> Figure:
    """One panel per count that policies are judged by, one row per policy; the parts of a row add up to its mean.

    Args:
        channels: columns scenario, outcome, channel, difference (mean), ci_low, ci_high.
        differences: as for `sim.figures.forest.forest`; it orders the policies.
        study: names and language.
        width: width of the sheet, in millimetres.
    """
    t, words = study.t, channel_labels(study.t)
    outcomes = [name for name in JUDGED if name in set(channels["outcome"])]
    held = set(channels["scenario"])
    shown = [key for key in ranked(differences, study) if key in held][:MOST]
    wide = width >= PAGE_WIDTH
    names, row = (50.0, 4.4) if wide else (35.0, 5.8)
    columns = len(outcomes) if wide else 1
    panel = (width - names) / columns - 4
    key_lines = _key_lines([words[name] for name in COLOURS], width)
    above, height = 5.0 + line_height(PANEL), row * len(shown)
    block = above + height + 9
    room = 4.5 * len(key_lines) + block * -(-len(outcomes) // columns)
    parts = {name: parts_of(channels, name, shown) for name in outcomes}
    beyond = any(not typical(_reaches(part, shown)).all() for part in parts.values())
    sheet = Sheet(
        t("Where the differences come from"),
        t("Mean difference from “{reference}”, divided among channels", reference=study.name(study.reference)),
        [
            study.replications(replications_of(differences)),
            t(
                "Full colour: the 95 % interval of the part ({uncertainty}) leaves out zero. Hatched: it does not. "
                "Line: their sum.",
                uncertainty=study.expected,
            ),
            t("Extra founders are no better survival: more startups are founded."),
            t("Arrow: the sum lies beyond the panel.") if beyond else "",
            study.hidden(len(held & set(study.policies)) - len(shown)),
        ],
        room,
        t,
        width,
    )
    _key(sheet, list(COLOURS), [words[name] for name in COLOURS], key_lines)
    start = 4.5 * len(key_lines)
    for index, outcome in enumerate(outcomes):
        line, column = divmod(index, columns)
        left, top = sheet.mirrored(names + column * (panel + 4) + 1, panel), start + line * block + above
        sheet.heading(left, top - 1.5, panel, series_name(t, outcome))
        axes = sheet.panel(left, top, panel, height)
        _bars(axes, parts[outcome], shown, outcome, study)
        if column == 0:
            for place, key in enumerate(shown):
                middle = top + (place + 0.5) * row
                sheet.label(names - 1, middle, names - 2, study.name(key, 200), lines=1 if wide else 2)
    return sheet.figure


def _key_lines(words: Sequence[str], width: float) -> list[int]:
    """How many entries of the key stand in each line."""
    lines, x = [0], 0.0
    for word in words:
        wide = 5.5 + text_width(word, SMALL) + 3
        if x + wide > width - 2 and lines[-1]:
            lines.append(0)
            x = 0.0
        lines[-1] += 1
        x += wide
    return lines


def _key(sheet: Sheet, names: Sequence[str], words: Sequence[str], lines: Sequence[int]) -> None:
    """Write the key, from right to left in Arabic."""
    mirrored = sheet.t.direction == "rtl"
    place = 0
    for line, count in enumerate(lines):
        x = 1.0
        for name, word in list(zip(names, words, strict=True))[place : place + count]:
            at = sheet.width - x if mirrored else x
            side = -1 if mirrored else 1
            y = sheet.top + 4.5 * line
            align = "right" if mirrored else "left"
            sheet.write(at, y, "■", colour=COLOURS[name], align=align)
            sheet.write(at + 3.2 * side, y, word, size=SMALL, align=align)
            x += 5.5 + text_width(word, SMALL) + 3
        place += count


def _reaches(parts: pd.DataFrame, shown: Sequence[str]) -> list[float]:
    """How far the bar of each policy reaches from zero."""
    means = [parts.loc[key]["mean"] if key in parts.index else pd.Series(dtype=float) for key in shown]
    return [float(max(part[part > 0].sum(), -part[part < 0].sum())) for part in means]


def _bars(axes: Axes, parts: pd.DataFrame, shown: Sequence[str], outcome: str, study: ShownStudy) -> None:
    sums = {key: parts.loc[key]["mean"].sum() if key in parts.index else np.nan for key in shown}
    shared = typical(_reaches(parts, shown))
    within = [parts.loc[key]["mean"] for key, alike in zip(shown, shared, strict=True) if alike and key in parts.index]
    low = min([0.0, *(part[part < 0].sum() for part in within)])
    high = max([0.0, *(part[part > 0].sum() for part in within)])
    margin = 0.06 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(len(shown), 0)
    for place, key in enumerate(shown):
        if place % 2 == 0:
            axes.axhspan(place, place + 1, color=GROUND, linewidth=0, zorder=0)
        if key not in parts.index or not np.isfinite(sums[key]):
            axes.text(0, place + 0.5, study.t("not defined"), size=SMALL, color=MIDDLE, va="center_baseline")
            continue
        ends = {1: 0.0, -1: 0.0}
        for name, colour in COLOURS.items():
            if name not in parts.loc[key].index:
                continue
            mean, sure = float(parts["mean"][key, name]), bool(parts["sure"][key, name])
            side = 1 if mean > 0 else -1
            axes.barh(
                place + 0.5, mean, left=ends[side], height=0.62, zorder=2, linewidth=0.4, edgecolor=colour,
                color=colour if sure else "white", hatch="" if sure else "//////", hatchcolor=colour,
            )  # fmt: skip
            ends[side] += mean
        if shared[place]:
            axes.plot([sums[key]] * 2, [place + 0.08, place + 0.92], color=BLACK, linewidth=1.4, zorder=3)
        else:
            _beyond(axes, sums[key], place + 0.5, study)
    axes.axvline(0, color=DARK, linewidth=0.7, zorder=3)
    number_axis(axes.xaxis, study.t, 5, signed=True)
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(study.t(shown_of(outcome).named(difference=True)), size=SMALL)


def _beyond(axes: Axes, total: float, y: float, study: ShownStudy) -> None:
    """Write the sum of a bar that goes beyond the panel, with an arrow at its edge."""
    up = total > 0
    text = study.t.number(total, 0 if abs(total) >= 10 else 1, signed=True)
    at = 1.0 if up else 0.0
    axes.plot(
        at, y, ">" if up else "<", color=BLACK, markersize=4, transform=axes.get_yaxis_transform(), clip_on=False,
        zorder=5,
    )  # fmt: skip
    axes.annotate(
        text, (at, y), xycoords=axes.get_yaxis_transform(), xytext=(-5 if up else 5, 0), textcoords="offset points",
        size=SMALL, ha="right" if up else "left", va="center_baseline", zorder=6,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9},
    )  # fmt: skip
