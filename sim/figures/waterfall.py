"""The waterfall: from the rate of all founders, step by step, to the rate that the operator publishes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.style import BODY, DARK, GROUND, LIGHT, MIDDLE, SMALL, Sheet, number_axis, styled
from sim.figures.words import Words
from sim.words.language import LEFT_TO_RIGHT
from sim.words.language import language as language_of

TOTALS = ("reference", "cohort", "operator")
KINDS = ("selection", "treatment", "counting")
TREATMENT = ("mentoring", "contacts", "funding", "rent")
COLOURS = {"total": DARK, "selection": LIGHT, "treatment": "#0072B2", "counting": "#D55E00"}
"""Where the rates stand, who is in the hubs, what the hubs do, how one counts."""
_NAMES, _ROW, _NUMBERS = 48.0, 6.2, 42.0
_OLDER = ("posterior", "chance")


def renewed(table: pd.DataFrame) -> pd.DataFrame:
    """A ladder with one interval a rung, `low` and `high`; of one of the older kind, that over draws if it has any."""
    if not is_older(table):
        return table
    drawn, chance = (table[[f"{which}_low", f"{which}_high"]].to_numpy(dtype=float) for which in _OLDER)
    low, high = np.where(np.isfinite(drawn), drawn, chance).T
    return table.assign(low=low, high=high)


def is_older(table: pd.DataFrame) -> bool:
    """Whether a ladder has values at the defaults beside intervals over draws, as before values came from draws too."""
    return "posterior_low" in table


def kind(rung: str) -> str:
    """What sort of bar a rung is."""
    if rung in TOTALS:
        return "total"
    return "treatment" if rung in TREATMENT else "counting" if rung == "definition" else "selection"


@styled
def waterfall(table: pd.DataFrame, rate: str, cohort: tuple[str, str], language: str = "en") -> Figure:
    """Draw a ladder.

    Args:
        table: `Explanation.table`, of which the rungs up to `operator` are drawn; also one of the older kind.
        rate: `success` or `export`.
        cohort: first and last month of admission.
        language: of text and numbers.
    """
    words = Words(language_of(language))
    holds = "older" if is_older(table) else "expected" if table["draws"].max() > 1 else "chance"
    table = renewed(table)
    nobody = bool(table.loc[table["rung"] == "operator", "value"].isna().any())
    rungs = table[: int(table.index[table["rung"] == "operator"][0]) + 1]
    height = _ROW * len(rungs) + 8
    first, last = (words.language.month(month) for month in cohort)
    sheet = Sheet(
        words(f"waterfall.{rate}"),
        words("waterfall.subtitle", first=first, last=last),
        [words("waterfall.nobody") if nobody else "", words(f"waterfall.note.{holds}")],
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
        label = words(f"rung.{row.rung}")
        sheet.write(_NAMES - 1.5, y, label, align="right", vertical="center_baseline", weight=bold, size=BODY)
        text = words.number(value, 1, signed=sort != "total") if math.isfinite(value) else "–"
        sheet.write(sheet.width - _NUMBERS + 8, y, text, align="right", vertical="center_baseline", weight=bold)
        x = sheet.width - _NUMBERS + 25
        sheet.write(x, y, _interval(words, row), align="center", vertical="center_baseline", size=SMALL)
        seen.add(sort)
    axes.set_xlim(0, 1.05 * np.nanmax(ends) or 100.0)
    number_axis(axes.xaxis, words, 6)
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    heading = words(f"waterfall.{holds}")
    x = sheet.width - _NUMBERS + 25
    sheet.write(x, sheet.top + height - 6, heading, align="center", size=SMALL, colour=MIDDLE)
    x = _NAMES
    for sort in KINDS:
        if sort in seen:
            sheet.write(x, sheet.top + height - 2.5, "■", colour=COLOURS[sort], align="left", size=BODY)
            sheet.write(x + 3, sheet.top + height - 2.5, words(f"kind.{sort}"), align="left", size=SMALL)
            x += 36
    return sheet.figure


def _interval(words: Words, row: object) -> str:
    low, high = (100 * float(getattr(row, end)) for end in ("low", "high"))
    # The mark keeps the smaller number at the left, also in Arabic.
    return "–" if low != low else f"{LEFT_TO_RIGHT}{words.number(low, 1)} … {words.number(high, 1)}"
