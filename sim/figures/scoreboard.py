"""Observed against simulated: every fact on one page, with its band and the model's value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.country.data import table
from sim.figures.style import BODY, DARK, GROUND, LIGHT, MIDDLE, SMALL, Sheet, cut, styled
from sim.words.language import Language
from sim.words.language import language as language_of

MISS = "#D55E00"
_NAMES, _VALUES, _ROW, _REACH = 62.0, 24.0, 3.9, 2.8


@styled
def observed_against_simulated(board: pd.DataFrame, language: str = "en") -> Figure:
    """Draw a scoreboard: each row is scaled so that the fact's band runs from -1 to 1.

    Args:
        board: `sim.inference.validation.scoreboard`.
        language: of text and numbers.
    """
    t = language_of(language)
    shown = board[board["value"].notna() & (board["used"] != "shown")]
    heading = (
        t("Observed against simulated"),
        t(
            "Grey: the band of each fact, all drawn equally wide. Tick: the published figure. Dot and line: "
            "mean and 90 % of the model's runs."
        ),
        t(
            "Filled: fitted or given as a prior. Hollow: held out. Orange: the mean misses the band. "
            "Triangle: beyond the page. A band without an end is drawn as wide as its value is large."
        ),
    )
    return _sheet(shown.assign(good=shown["passed"]), heading, t)


@styled
def forecast_against_what_happened(forecast: pd.DataFrame, known_until: str, language: str = "en") -> Figure:
    """Draw a forecast: the rows of `sim.inference.validation.forecast`, scaled as in a scoreboard."""
    t = language_of(language)
    month = t.month(known_until)
    heading = (
        t("Known until {month}: forecast against what happened", month=month),
        t(
            "Nothing that was published later is fitted. Grey: the band of each fact. Tick: what happened. "
            "Dot and line: mean and 90 % of the forecast."
        ),
        t("Orange: what happened lies outside the forecast's 90 % interval. Triangle: beyond the page."),
    )
    return _sheet(forecast.assign(good=forecast["inside"]), heading, t)


def _sheet(rows: pd.DataFrame, heading: tuple[str, str, str], t: Language) -> Figure:
    height, labels = _ROW * len(rows) + 6, _labels(t)
    title, subtitle, note = heading
    sheet = Sheet(title, subtitle, [note], height, t)
    axes = sheet.panel(_NAMES, 0, sheet.width - _NAMES - _VALUES, height - 6)
    axes.set_ylim(len(rows), 0)
    axes.set_xlim(-_REACH - 0.2, _REACH + 0.2)
    axes.axvspan(-1, 1, color=LIGHT, alpha=0.5, linewidth=0, zorder=0)
    for place, row in enumerate(rows.to_dict("records")):
        if place % 2:
            axes.axhspan(place, place + 1, color=GROUND, alpha=0.5, linewidth=0, zorder=0)
        _draw(axes, place + 0.5, row)
        at = sheet.top + (place + 0.5) * _ROW
        name = labels.get(row["id"], row["id"].replace("_", " "))
        text = cut(f"{name}  {row['pattern']}".strip(), _NAMES - 3, BODY)
        sheet.write(_NAMES - 1.5, at, text, align="right", vertical="center_baseline")
        decimals = 0 if abs(row["value"]) >= 100 else 1 if abs(row["value"]) >= 1 else 3
        number = t.number(row["value"], decimals)
        sheet.write(sheet.width - _VALUES + 3, at, number, align="left", vertical="center_baseline", size=SMALL)
    axes.set_xticks([-1, 1], [t("low end"), t("high end")])
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    foot = sheet.top + height - 4.2
    sheet.write(sheet.width - _VALUES + 3, foot, t("model"), align="left", size=SMALL, colour=MIDDLE)
    return sheet.figure


def _labels(t: Language) -> dict[str, str]:
    """The short names of the country's facts; English where a language has none."""
    facts = table("facts").set_index("id")
    if "label" not in facts:
        return {}
    labels = facts.get(f"label_{t.code}", facts["label"])
    return {str(name): str(label) for name, label in labels.fillna(facts["label"]).dropna().items()}


def _draw(axes: Axes, y: float, row: Mapping[Any, Any]) -> None:
    """Draw one fact: the model's interval and mean, and the published figure, in half-widths of its band."""
    low, high = row["band_low"], row["band_high"]
    width = high - low if np.isfinite(high - low) else 2 * abs(np.nansum([low, high]))
    middle = low + width / 2 if np.isfinite(low) else high - width / 2
    width = width or 1.0
    mean, left, right, observed = (2 * (row[name] - middle) / width for name in ("value", "low", "high", "observed"))
    colour = DARK if row["good"] else MISS
    if min(left, right) < _REACH and max(left, right) > -_REACH:
        axes.plot(np.clip([left, right], -_REACH, _REACH), [y, y], color=colour, linewidth=0.9, zorder=2)
    if np.isfinite(observed):
        axes.plot([observed, observed], [y - 0.35, y + 0.35], color=MIDDLE, linewidth=1.4, zorder=1)
    marker = "o" if abs(mean) <= _REACH else (">" if mean > 0 else "<")
    face = "white" if row["used"] == "held out" else colour
    at = float(np.clip(mean, -_REACH, _REACH))
    axes.plot(at, y, marker, markersize=3.2, mec=colour, mfc=face, mew=0.8, zorder=3)
