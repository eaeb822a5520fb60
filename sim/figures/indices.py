"""Sensitivity indices: a panel an outcome, the factors that matter most, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from sim.figures.style import BODY, DARK, PAGE_WIDTH, SMALL, Sheet, line_height, number_axis, styled, wrap
from sim.figures.sweep_words import factor_label, outcome_label, outcome_name, say
from sim.figures.words import Words
from sim.model.outcomes import shown_of
from sim.parameters.draws import FIXED

if TYPE_CHECKING:
    from sim.inference.sensitivity import Sensitivity

FACTORS = 8


@styled
def indices(found: Sensitivity, words: Words) -> Figure:
    """The most important factors of each outcome.

    Args:
        found: what `sim.inference.sensitivity.analyse` returns.
        words: the language.
    """
    measures = {"morris": ("mu_star",), "sobol": ("S1", "ST")}[found.design]
    count = min(FACTORS, found.indices["factor"].nunique())
    height = count * 2.2 * line_height(BODY)
    row, names, width = height + 18, 42.0, 39.0
    sheet = Sheet(
        say(words, f"{found.design}.title"),
        "",
        [
            say(words, f"{found.design}.note"),
            say(words, "chance.note" if found.parameters == FIXED else "chance.drawn.note"),
        ],
        row * -(-len(found.outcomes) // 2),
        words,
    )
    chance = found.chance.set_index("outcome")["single"]
    for index, outcome in enumerate(found.outcomes):
        left, top = names + (index % 2) * PAGE_WIDTH / 2, 8 + (index // 2) * row
        axes = sheet.panel(left, top, width, height)
        share = chance[outcome]
        told = "" if np.isnan(share) else f" · {say(words, 'chance', share=words.language.percent(share))}"
        screened = found.design == "morris"
        named = outcome_name(words, outcome, difference=True) if screened else outcome_label(words, outcome)
        sheet.heading(left - names + 1, top - 2, names + width - 1, named + told)
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
        axes.set_yticks(places, [_label(words, path, names - 3) for path in best["factor"]])
        axes.grid(axis="x")
        number_axis(axes.xaxis, words, 4)
    return sheet.figure


def _label(words: Words, path: str, width: float) -> str:
    return "\n".join(wrap(factor_label(words, path), width, SMALL, lines=2))
