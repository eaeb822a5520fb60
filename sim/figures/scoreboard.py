"""Observed against simulated: every fact on one page, its band and what the model gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.figures.style import BODY, DARK, GROUND, LIGHT, MIDDLE, SMALL, Sheet, shorten, styled
from sim.figures.words import Words
from sim.language import language as language_of

MISS = "#D55E00"
_NAMES, _ROW, _REACH = 62.0, 3.9, 2.0


@styled
def observed_against_simulated(board: pd.DataFrame, language: str = "en") -> Figure:
    """Draw a scoreboard: each row is scaled so that the fact's band goes from -1 to 1.

    Args:
        board: `sim.analysis.validation.scoreboard`.
        language: of numbers.
    """
    words = Words(language_of(language))
    shown = board[board["value"].notna() & (board["used"] != "shown")].reset_index(drop=True)
    height = _ROW * len(shown) + 6
    sheet = Sheet(
        "Observed against simulated",
        "Grey: the band of each fact, all drawn equally wide. Tick: the published figure. Dot and line: mean and 90 % "
        "of the model's runs.",
        [
            "Filled: fitted or given as a prior. Hollow: held out. Orange: the mean misses the band. Arrows: beyond "
            "the page. A band without an end is drawn as wide as its value is large."
        ],
        height,
        words,
    )
    axes = sheet.panel(_NAMES, 0, sheet.width - _NAMES - 24, height - 6)
    axes.set_ylim(len(shown), 0)
    axes.set_xlim(-_REACH - 1, _REACH + 1)
    axes.axvspan(-1, 1, color=LIGHT, alpha=0.5, linewidth=0, zorder=0)
    for place, row in shown.iterrows():
        y = float(str(place)) + 0.5
        low, high = row["band_low"], row["band_high"]
        width = high - low if np.isfinite(high - low) else 2 * abs(np.nansum([low, high])) or 1.0
        middle = low + width / 2 if np.isfinite(low) else high - width / 2
        mean, left, right, observed = (
            2 * (row[name] - middle) / width for name in ("value", "low", "high", "observed")
        )
        colour = DARK if row["passed"] else MISS
        if int(str(place)) % 2:
            axes.axhspan(y - 0.5, y + 0.5, xmax=1, color=GROUND, alpha=0.5, linewidth=0, zorder=0)
        edge = _REACH + 0.8
        axes.plot(np.clip([left, right], -edge, edge), [y, y], color=colour, linewidth=0.9, zorder=2)
        if np.isfinite(observed):
            axes.plot([observed, observed], [y - 0.35, y + 0.35], color=MIDDLE, linewidth=1.0, zorder=1)
        held_out = row["used"] == "held out"
        marker = "o" if abs(mean) <= edge else (">" if mean > 0 else "<")
        axes.plot(
            float(np.clip(mean, -edge, edge)),
            y,
            marker,
            markersize=3.2,
            mec=colour,
            mfc="white" if held_out else colour,
            mew=0.8,
            zorder=3,
        )
        text = shorten(f"{row['pattern']} {row['id'].replace('_', ' ')}".strip(), _NAMES - 3, BODY)
        at = sheet.top + y * _ROW
        sheet.write(_NAMES - 1.5, at, text, align="right", vertical="center_baseline")
        decimals = 0 if abs(row["value"]) >= 100 else 1 if abs(row["value"]) >= 10 else 3
        number = words.number(row["value"], decimals)
        sheet.write(sheet.width - 22, at, number, align="left", vertical="center_baseline", size=SMALL)
    axes.set_xticks([-1, 1], ["low end", "high end"])
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    return sheet.figure
