"""Every pair of policies: the probability that one does more than the other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.figures.effects import replications_of
from sim.figures.study import ShownStudy
from sim.figures.style import (
    BLACK,
    DARK,
    MIDDLE,
    PAGE_WIDTH,
    PALE,
    SMALL,
    Sheet,
    styled,
)
from sim.figures.tones import BAD, GOOD, STRENGTHS
from sim.figures.words import series_name
from sim.studies.contrasts import JUDGED

MOST = 16
"""Largest number of policies that are drawn."""

Chance = tuple[float, str]
"""The probability that a policy does more than another, and the verdict on their contrast."""


def chances_of(contrasts: pd.DataFrame, differences: pd.DataFrame, outcome: str) -> dict[tuple[str, str], Chance]:
    """The chance of each ordered pair of policies, the reference among them, from the tables of a comparison.

    Args:
        contrasts: columns scenario, other, outcome, p_positive, verdict; each pair in one or in both orders.
        differences: columns scenario, reference, outcome, p_positive, verdict.
        outcome: a national outcome of which more is wanted.
    """
    found: dict[tuple[str, str], Chance] = {}
    pairs = [(contrasts, "other"), *([(differences, "reference")] if "reference" in differences else [])]
    for frame, second in pairs:
        for row in frame[frame["outcome"] == outcome].to_dict("records"):
            chance, verdict = float(row["p_positive"]), str(row["verdict"])
            found[str(row["scenario"]), str(row[second])] = chance, verdict
            found.setdefault((str(row[second]), str(row["scenario"])), (1 - chance, verdict))
    return found


@styled
def contrast_matrix(
    contrasts: pd.DataFrame,
    differences: pd.DataFrame,
    groups: Sequence[Sequence[str]],
    study: ShownStudy,
    width: float = PAGE_WIDTH,
) -> Figure:
    """One matrix per outcome: the probability, in per cent, that the row's policy has more than the column's.

    Args:
        contrasts: columns scenario, other, outcome, p_positive, verdict.
        differences: columns scenario, reference, outcome, p_positive, verdict.
        groups: keys of the policies that claim the same cost, by group; their cells have a frame.
        study: names and language.
        width: width of the sheet, in millimetres.
    """
    t = study.t
    outcomes = [name for name in JUDGED if name in set(contrasts["outcome"])]
    held = {*contrasts["scenario"], *contrasts["other"], study.reference}
    equal = list(dict.fromkeys(key for group in groups for key in group if key in held))
    shown = list(dict.fromkeys([*equal, *(key for key in study.titles if key in held)]))[:MOST]
    side_by_side = width >= PAGE_WIDTH
    names = 52.0 if side_by_side else 33.0
    columns = len(outcomes) if side_by_side else 1
    gap = 4.0
    matrix = (width - names - 1) / columns - gap * (columns > 1)
    cell = min(matrix / len(shown), 6.5)
    row = cell if side_by_side else max(cell, 5.8)  # on a narrow sheet a name has two lines
    height = row * len(shown)
    block = 9 + height + 4
    sheet = Sheet(
        t("Policies against each other"),
        t("Probability, in %, that the policy of the row has more than the policy of the column"),
        [
            study.replications(replications_of(differences)),
            t("Strong colour: the direction is clear; pale: likely; none: open, or practically nothing."),
            t("Framed: policies that claim the same cost.") if len(equal) > 1 else "",
            t("Columns have the numbers of the rows."),
            study.hidden(len(held & set(study.titles)) - len(shown)),
            t("Probabilities: {uncertainty}.", uncertainty=study.expected),
        ],
        block * -(-len(outcomes) // columns),
        t,
        width,
    )
    for index, outcome in enumerate(outcomes):
        line, column = divmod(index, columns)
        left, top = sheet.mirrored(names + column * (matrix + gap), cell * len(shown)), line * block + 9
        sheet.heading(left, top - 4.5, cell * len(shown), series_name(t, outcome))
        axes = sheet.panel(left, top, cell * len(shown), height)
        _cells(axes, chances_of(contrasts, differences, outcome), shown, groups, study)
        if column == 0:
            for place, key in enumerate(shown):
                middle, lines = top + (place + 0.5) * row, 1 if side_by_side else 2
                sheet.label(names - 5.0, middle, names - 5.5, study.name(key, 200), lines=lines)
    return sheet.figure


def _cells(
    axes: Axes,
    chances: Mapping[tuple[str, str], Chance],
    shown: Sequence[str],
    groups: Sequence[Sequence[str]],
    study: ShownStudy,
) -> None:
    count, t = len(shown), study.t
    mirrored = t.direction == "rtl"
    axes.set_xlim((count, 0) if mirrored else (0, count))
    axes.set_ylim(count, 0)
    axes.set_axis_off()
    for row, policy in enumerate(shown):
        beside = "left" if mirrored else "right"
        axes.text(-0.3, row + 0.5, str(row + 1), size=SMALL, color=MIDDLE, ha=beside, va="center_baseline")
        axes.text(row + 0.5, -0.25, str(row + 1), size=SMALL, color=MIDDLE, ha="center", va="baseline")
        for column, other in enumerate(shown):
            chance, verdict = chances.get((policy, other), (math.nan, ""))
            known = np.isfinite(chance) and row != column
            shade = STRENGTHS.get(verdict, 0.0) if known else 0.0
            colour = PALE if row == column else GOOD if chance > 0.5 else BAD
            face = to_rgba(colour, 1.0 if row == column else shade)
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=face, edgecolor=PALE, linewidth=0.4))
            if known:
                text = t.number(100 * round(chance, 2))
                axes.text(column + 0.5, row + 0.5, text, size=SMALL, color=DARK, ha="center", va="center_baseline")
    for group in groups:
        places = [place for place, key in enumerate(shown) if key in group]
        for row, column in permutations(places, 2):
            frame = Rectangle((column, row), 1, 1, fill=False, edgecolor=BLACK, linewidth=1.2, zorder=4, clip_on=False)
            axes.add_patch(frame)
