"""Sensitivity indices: one panel per outcome, with the factors that matter most and their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from sim.figures.style import BODY, DARK, PAGE_WIDTH, SMALL, Sheet, line_height, number_axis, styled, wrap
from sim.figures.words import factor_label, outcome_label, outcome_name
from sim.model.outcomes import shown_of
from sim.parameters.draws import FIXED
from sim.words.language import Language

if TYPE_CHECKING:
    from sim.inference.sensitivity import Sensitivity

FACTORS = 8


@styled
def indices(found: Sensitivity, t: Language, width: float = PAGE_WIDTH) -> Figure:
    """The most important factors of each outcome.

    Args:
        found: what `sim.inference.sensitivity.analyse` returns.
        t: the language.
        width: width of the sheet, in millimetres; a narrow one has its panels below each other.
    """
    title, note = {
        "morris": (
            t("Which parameters matter"),
            t("Mean absolute effect of moving a parameter across its range (mu*). Bars: 95 % bootstrap intervals."),
        ),
        "sobol": (
            t("What the uncertainty comes from"),
            t(
                "Share of the variance of means. Filled: alone (S1). Hollow: with interactions (ST). Bars: 95 % "
                "bootstrap intervals."
            ),
        ),
    }[found.design]
    measures = {"morris": ("mu_star",), "sobol": ("S1", "ST")}[found.design]
    count = min(FACTORS, found.indices["factor"].nunique())
    height = count * 2.2 * line_height(BODY)
    row, names, across = height + 18, 42.0, 2 if width >= PAGE_WIDTH else 1
    sheet = Sheet(
        title,
        "",
        [
            note,
            (
                t("Chance: its share of the variance of one run.")
                if found.parameters == FIXED
                else t(
                    "Chance: its share of the variance of one run, with the parameters that are drawn for each world."
                )
            ),
        ],
        row * -(-len(found.outcomes) // across),
        t,
        width,
    )
    chance = found.chance.set_index("outcome")["single"]
    for index, outcome in enumerate(found.outcomes):
        left, top = names + (index % across) * width / across, 8 + (index // across) * row
        room = width / across - names - 4
        axes = sheet.panel(left, top, room, height)
        share = chance[outcome]
        label = "" if np.isnan(share) else f" · {t('chance {share}', share=t.percent(share))}"
        screened = found.design == "morris"
        named = outcome_name(t, outcome, difference=True) if screened else outcome_label(t, outcome)
        sheet.heading(left - names + 1, top - 2, names + room - 1, named + label)
        best = found.ranked(outcome).head(count)
        scale = shown_of(outcome).scale if screened else 1.0
        places = np.arange(len(best))[::-1].astype(float)
        for measure, fill in zip(measures, (DARK, "white"), strict=False):
            shift = 0.0 if len(measures) == 1 else 0.16 if measure == "S1" else -0.16
            low, high = (best[f"{measure}_{end}"] * scale for end in ("low", "high"))
            axes.hlines(places + shift, low, high, color=DARK, linewidth=0.8)
            axes.plot(best[measure] * scale, places + shift, "o", mfc=fill, mec=DARK, mew=0.8, markersize=3.4)
        axes.axvline(0, color=DARK, linewidth=0.5)
        axes.set_ylim(-0.7, len(best) - 0.3)
        axes.set_yticks(places, [_label(t, path, names - 3) for path in best["factor"]])
        axes.grid(axis="x")
        number_axis(axes.xaxis, t, 4)
    return sheet.figure


def _label(t: Language, path: str, width: float) -> str:
    return "\n".join(wrap(factor_label(t, path), width, SMALL, lines=2))
