"""The waterfall: from the rate of all founders, step by step, to the rate that the operator publishes."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from sim.figures.style import BODY, DARK, GROUND, LIGHT, MIDDLE, SMALL, Sheet, number_axis, styled
from sim.figures.words import Words
from sim.language import language as language_of

TOTALS = ("reference", "cohort", "operator")
TREATMENT = ("mentoring", "contacts", "funding", "rent")
COLOURS = {"total": DARK, "selection": LIGHT, "treatment": "#0072B2", "counting": "#D55E00"}
"""Where the rates stand, who is in the hubs, what the hubs do, how one counts."""
MEANINGS = {
    "selection": "who is in the hubs",
    "treatment": "what the hubs do",
    "counting": "how the operator counts",
}
TITLES = {
    "success": "How much of the success rate is the hubs' doing?",
    "export": "How much of the export rate is the hubs' doing?",
}
_NAMES, _ROW, _NUMBERS = 48.0, 6.2, 42.0


def kind(rung: str) -> str:
    """What sort of bar a rung is."""
    if rung in TOTALS:
        return "total"
    return "treatment" if rung in TREATMENT else "counting" if rung == "definition" else "selection"


@styled
def waterfall(table: pd.DataFrame, rate: str, language: str = "en") -> Figure:
    """Draw a ladder.

    Args:
        table: `Explanation.table`, of which the rungs up to `operator` are drawn.
        rate: `success` or `export`.
        language: of numbers.
    """
    words = Words(language_of(language))
    rungs = table[: int(table.index[table["rung"] == "operator"][0]) + 1]
    height = _ROW * len(rungs) + 8
    sheet = Sheet(
        TITLES[rate],
        "Startups admitted from January 2015 to June 2019, five years on; per cent of them. Each step is the same "
        "worlds run again under one changed rule.",
        [
            "Bars: mean over replications. In brackets: 95 % interval over replications; then the 90 % interval over "
            "posterior draws, which also holds what the facts leave open.",
        ],
        height,
        words,
    )
    axes = sheet.panel(_NAMES, 0, sheet.width - _NAMES - _NUMBERS, height - 8)
    axes.set_ylim(len(rungs), 0)
    level, seen = 0.0, set()
    ends = [0.0]
    values = (100 * rungs["value"].astype(float)).tolist()
    for place, (row, value) in enumerate(zip(rungs.itertuples(), values, strict=True)):
        sort = kind(str(row.rung))
        start, end = (0.0, value) if sort == "total" else (level, level + value)
        if place % 2 == 0:
            axes.axhspan(place, place + 1, color=GROUND, linewidth=0, zorder=0)
        axes.barh(place + 0.5, end - start, left=start, height=0.62, color=COLOURS[sort], zorder=2)
        if place:
            axes.plot([level, level], [place - 0.2, place + 0.2], color=MIDDLE, linewidth=0.6, zorder=1)
        level = end
        ends += [start, end]
        y = sheet.top + (place + 0.5) * _ROW
        bold = "bold" if sort == "total" else "normal"
        sheet.write(_NAMES - 1.5, y, str(row.label), align="right", vertical="center_baseline", weight=bold, size=BODY)
        text = words.number(value, 1, signed=sort != "total")
        interval = ", ".join(_interval(words, row, ends_of) for ends_of in ("chance", "posterior"))
        sheet.write(sheet.width - _NUMBERS + 8, y, text, align="right", vertical="center_baseline", weight=bold)
        sheet.write(sheet.width - _NUMBERS + 9.5, y, interval, align="left", vertical="center_baseline", size=SMALL)
        seen.add(sort)
    axes.set_xlim(0, max(ends) * 1.05)
    number_axis(axes.xaxis, words, 6)
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    x = _NAMES
    for sort, meaning in MEANINGS.items():
        if sort in seen:
            sheet.write(x, sheet.top + height - 2.5, "■", colour=COLOURS[sort], align="left", size=BODY)
            sheet.write(x + 3, sheet.top + height - 2.5, meaning, align="left", size=SMALL)
            x += 32
    return sheet.figure


def _interval(words: Words, row: object, which: str) -> str:
    low, high = (100 * float(getattr(row, f"{which}_{end}")) for end in ("low", "high"))
    if low != low:
        return "(–)"
    return f"({words.number(low, 1)} to {words.number(high, 1)})"
