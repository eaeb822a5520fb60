"""Outcome paths: the main monthly series, with all policies in each panel."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from sim.figures.bands import bands_of, foot_of, heading_of, present_of, scaled, time_axis, value_axis
from sim.figures.labels import end_labels
from sim.figures.study import Cube, ShownStudy
from sim.figures.style import MIDDLE, PAGE_WIDTH, PALE, SMALL, Sheet, styled

PATH_SERIES = ("operating", "residents", "exporters", "export_rate", "survival_5y", "cohort_success_rate")
"""Series drawn, in the order of their panels."""


@styled
def paths(cube: Cube, study: ShownStudy) -> Figure:
    """The main monthly series, with all policies in each panel.

    The reference and the study's highlights are drawn in colour and named at the end of their line; the rest
    is grey. Every policy has its band if there are three or fewer, else only the reference has.

    Args:
        cube: the monthly series (those of `PATH_SERIES` that it has are drawn).
        study: names, present and language.
    """
    t = study.t
    series = [name for name in PATH_SERIES if name in cube.values and np.isfinite(cube.values[name]).any()]
    named = [key for key in study.titles if key == study.reference or key in study.highlights]
    grey = [key for key in study.titles if key not in named]
    banded = set(named) if len(study.titles) <= 3 else {study.reference}
    panel_height, row = 38.0, 52.0
    rows = -(-len(series) // 2)
    single = len(study.titles) == 1
    panel_width, label_width = (73.0, 0.0) if single else (48.0, 26.0)
    some_bands = max(cube.counts) > 1 and len(study.titles) > 3
    sheet = Sheet(
        (t("One world, month by month") if single and max(cube.counts) == 1 else t("Where each policy leads")),
        study.names(named),
        foot_of(
            study,
            cube,
            t("The band is that of “{reference}”.", reference=study.name(study.reference)) if some_bands else "",
            t("Thin grey lines: {names}.", names=study.names(grey)) if grey else "",
        ),
        rows * row,
        t,
    )
    years, draws = cube.years, study.draws_of(cube.replications)
    for index, name in enumerate(series):
        left, top = (index % 2) * PAGE_WIDTH / 2 + 9.5, (index // 2) * row + 8
        axes = sheet.panel(left, top, panel_width, panel_height)
        title = heading_of(study, name)
        sheet.heading(left - 8.5, top - 2.6, panel_width + label_width + 7, title)
        bands = bands_of(scaled(cube, name), draws)
        ends = {}
        for key in [*grey, *reversed(named)]:
            place, ink = cube.scenarios.index(key), study.ink(key)
            if key in banded and max(cube.counts) > 1:
                colour, alpha = (PALE, 0.75) if key == study.reference else (ink.colour, 0.18)
                low, high = bands.low[place], bands.high[place]
                axes.fill_between(years, low, high, color=colour, alpha=alpha, linewidth=0, zorder=1)
            axes.plot(
                years,
                bands.middle[place],
                color=ink.colour,
                linestyle=ink.dashes,
                linewidth=ink.width,
                zorder=2 if key in grey else 3,
            )
            if key in named:
                ends[key] = study.name(key, 200), ink.colour, years[-1], float(bands.middle[place][-1])
        time_axis(axes, years, study, 6)
        low, high = axes.get_ylim()
        if 0 < low < 0.35 * high:
            axes.set_ylim(0, high)
        value_axis(axes, study, 5)
        if years[0] < present_of(study) < years[-1]:
            axes.annotate(
                t("present, {month}", month=t.month(study.present)),
                (present_of(study), 1.0),
                xycoords=axes.get_xaxis_transform(),
                xytext=(0, 0.8),
                textcoords="offset points",
                size=SMALL - 0.5,
                color=MIDDLE,
                ha="center",
                va="bottom",
            )
        if len(study.titles) > 1:
            end_labels(axes, ends, label_width, lines=3)
    return sheet.figure
