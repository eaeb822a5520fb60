"""The waterfall: the steps from the rate of all founders to the rate that the operator publishes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.style import (
    BODY,
    DARK,
    GROUND,
    LIGHT,
    MIDDLE,
    PAGE_WIDTH,
    SMALL,
    Sheet,
    cut,
    number_axis,
    styled,
    text_width,
)
from sim.inference.rungs import rung_labels
from sim.words.language import LEFT_TO_RIGHT, Language
from sim.words.language import language as language_of

TOTALS = ("reference", "cohort", "operator")
RUNG_KINDS = ("selection", "treatment", "counting")
TREATMENT = ("mentoring", "contacts", "funding", "rent")
COLOURS = {"total": DARK, "selection": LIGHT, "treatment": "#0072B2", "counting": "#D55E00"}
"""Colours of rates, of who is in the hubs, of what the hubs do, and of how success is counted."""
_ROW, _NUMBERS = 6.2, 42.0
_OLDER = ("posterior", "chance")


def renewed(table: pd.DataFrame) -> pd.DataFrame:
    """A ladder with one interval per rung, `low` and `high`; an older ladder gets its interval over draws, if any."""
    if not is_older(table):
        return table
    drawn, chance = (table[[f"{which}_low", f"{which}_high"]].to_numpy(dtype=float) for which in _OLDER)
    low, high = np.where(np.isfinite(drawn), drawn, chance).T
    return table.assign(low=low, high=high)


def is_older(table: pd.DataFrame) -> bool:
    """Whether a ladder is of the older kind: values at the defaults beside intervals over draws."""
    return "posterior_low" in table


def rung_kind(rung: str) -> str:
    """The kind of a rung's bar: a total, selection, treatment or counting."""
    if rung in TOTALS:
        return "total"
    return "treatment" if rung in TREATMENT else "counting" if rung == "definition" else "selection"


@styled
def waterfall(
    table: pd.DataFrame, rate: str, cohort: tuple[str, str], language: str = "en", width: float = PAGE_WIDTH
) -> Figure:
    """Draw a ladder.

    Steps whose interval holds zero are hatched. A line goes down from the rate of all founders without hubs: what the
    operator's rate is to be compared with.

    Args:
        table: `Explanation.table`; the rungs up to `operator` are drawn. Older tables are accepted.
        rate: `success` or `export`.
        cohort: first and last month of admission.
        language: of text and numbers.
        width: width of the sheet, in millimetres.
    """
    t = language_of(language)
    names = rung_labels(t)
    kinds = {
        "selection": t("who is in the hubs"),
        "treatment": t("what the hubs do"),
        "counting": t("how the operator counts"),
    }
    title = {
        "success": t("How much of the success rate is the hubs' doing?"),
        "export": t("How much of the export rate is the hubs' doing?"),
    }[rate]
    if is_older(table):
        heading, note = (
            t("90 %, older kind"),
            t(
                "Of an older kind: bars at the default parameters, intervals over draws of what the facts allow, "
                "chance among them; a bar may lie outside its interval."
            ),
        )
    elif table["draws"].max() > 1:
        heading, note = (
            t("95 % of draws"),
            t("Bars: mean over draws of what the facts allow. Beside them: 95 % of these draws, chance taken out."),
        )
    else:
        heading, note = (
            t("95 %, chance"),
            t(
                "Bars: mean over replications. Beside them: its 95 % interval, which holds chance only, "
                "parameters fixed."
            ),
        )
    table = renewed(table)
    nobody = bool(table.loc[table["rung"] == "operator", "value"].isna().any())
    rungs = table[: int(table.index[table["rung"] == "operator"][0]) + 1]
    height = _ROW * len(rungs) + 8
    numbers = _NUMBERS if width >= PAGE_WIDTH else 32.0
    widest = max(text_width(names[str(rung)], BODY, "bold") for rung in rungs["rung"])
    left = min(max(widest + 3, 40.0), 0.42 * width)
    first, last = (t.month(month) for month in cohort)
    sheet = Sheet(
        title,
        t(
            "Startups admitted from {first} to {last}, five years on; per cent of them. Each step is the "
            "same worlds run again under one changed rule.",
            first=first,
            last=last,
        ),
        [
            t("Nobody was admitted in these months: there is no rate to take apart.") if nobody else "",
            note,
            t("Dashed: all founders without hubs, what to compare with. Hatched: the interval of the step holds zero."),
        ],
        height,
        t,
        width,
    )
    axes = sheet.panel(left, 0, width - left - numbers, height - 8)
    axes.set_ylim(len(rungs), 0)
    level, seen = 0.0, set()
    ends = [0.0]
    values = (100 * rungs["value"].astype(float)).tolist()
    for place, (row, value) in enumerate(zip(rungs.itertuples(), values, strict=True)):
        sort = rung_kind(str(row.rung))
        start, end = (0.0, value) if sort == "total" else (level, level + value)
        if place % 2 == 0:
            axes.axhspan(place, place + 1, color=GROUND, linewidth=0, zorder=0)
        unsure = sort != "total" and float(str(row.low)) <= 0 <= float(str(row.high))
        axes.barh(
            place + 0.5, end - start, left=start, height=0.62, zorder=2, linewidth=0.6, edgecolor=COLOURS[sort],
            facecolor="white" if unsure else COLOURS[sort], hatch="//////" if unsure else "", hatchcolor=COLOURS[sort],
        )  # fmt: skip
        if place:
            axes.plot([level, level], [place - 0.2, place + 0.2], color=MIDDLE, linewidth=0.6, zorder=1)
        level = end
        ends += [start, end]
        y = sheet.top + (place + 0.5) * _ROW
        bold = "bold" if sort == "total" else "normal"
        label = names[str(row.rung)]
        size = BODY if text_width(label, BODY, bold) <= left - 2 else SMALL
        text = cut(label, left - 2, size, bold)
        sheet.write(left - 1.5, y, text, align="right", vertical="center_baseline", weight=bold, size=size)
        text = t.number(value, 1, signed=sort != "total") if math.isfinite(value) else "–"
        sheet.write(width - numbers + 9, y, text, align="right", vertical="center_baseline", weight=bold)
        x = width - (numbers - 9) / 2
        sheet.write(x, y, _interval(t, row), align="center", vertical="center_baseline", size=SMALL)
        seen.add(sort)
    if not nobody:
        axes.axvline(values[0], color=DARK, linewidth=0.7, linestyle=(0, (4, 2)), zorder=3)
    axes.set_xlim(0, 1.05 * np.nanmax(ends) or 100.0)
    number_axis(axes.xaxis, t, 6)
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    x = width - (numbers - 9) / 2
    sheet.write(x, sheet.top + height - 6, heading, align="center", size=SMALL, colour=MIDDLE)
    x, y = (left if width >= PAGE_WIDTH else 1.0), sheet.top + height - 2.5
    for sort in RUNG_KINDS:
        if sort in seen:
            sheet.write(x, y, "■", colour=COLOURS[sort], align="left", size=BODY)
            sheet.write(x + 3, y, kinds[sort], align="left", size=SMALL)
            x += text_width(kinds[sort], SMALL) + 7
    return sheet.figure


def _interval(t: Language, row: object) -> str:
    low, high = (100 * float(getattr(row, end)) for end in ("low", "high"))
    # The mark keeps the smaller number at the left, also in Arabic.
    return "–" if low != low else f"{LEFT_TO_RIGHT}{t.number(low, 1)} … {t.number(high, 1)}"
