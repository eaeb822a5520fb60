"""The main monthly series of one policy: the level from which differences are taken."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from sim.figures.bands import bands_of, foot_of, heading_of, marks_of, scaled, time_axis, value_axis
from sim.figures.study import Cube, ShownStudy
from sim.figures.style import BLACK, PAGE_WIDTH, PALE, PANEL, Sheet, line_height, styled, wrap

PATH_SERIES = ("operating", "residents", "exporters", "export_rate", "survival_5y", "cohort_success_rate")
"""Series drawn, in the order of their panels."""
_AXIS = 9.5


@styled
def paths(cube: Cube, study: ShownStudy, width: float = PAGE_WIDTH) -> Figure:
    """The main monthly series of the reference, with their bands.

    What the other policies do is drawn as differences from it (`sim.figures.policy_gaps`): the bands of levels are
    much wider than what policies change.

    Args:
        cube: the monthly series (those of `PATH_SERIES` that it has are drawn).
        study: names, present and language.
        width: width of the sheet, in millimetres.
    """
    t = study.t
    series = [name for name in PATH_SERIES if name in cube.values and np.isfinite(cube.values[name]).any()]
    columns = 2 if width >= PAGE_WIDTH else 1
    room = width / columns
    titles = {name: heading_of(study, name) for name in series}
    lines = max(len(wrap(text, room - 2, PANEL, weight="bold")) for text in titles.values())
    head, height = lines * line_height(PANEL) + 3.5, 36.0
    block = head + height + 7
    reference = cube.scenarios.index(study.reference)
    one = max(cube.counts) == 1
    sheet = Sheet(
        t("One world, month by month")
        if one
        else t("Where “{reference}” leads, month by month", reference=study.name(study.reference)),
        study.name(study.reference) if one else "",
        [*foot_of(study, cube), *marks_of(study, cube.years)],
        block * -(-len(series) // columns),
        t,
        width,
    )
    draws, months = study.draws_of(cube.replications), np.arange(len(cube.months))[::-2][::-1]
    years = cube.years[months]
    for index, name in enumerate(series):
        line, column = divmod(index, columns)
        left, top = column * room + _AXIS, line * block + head
        axes = sheet.panel(left, top, room - _AXIS - 4, height)
        sheet.heading(left - _AXIS + 1, top - 2.6, room - 2, titles[name], lines=lines)
        bands = bands_of(scaled(cube, name)[[reference]][:, :, months], draws)
        if not one:
            axes.fill_between(years, bands.low[0], bands.high[0], color=PALE, linewidth=0, zorder=1)
        axes.plot(years, bands.middle[0], color=BLACK, linewidth=1.1, zorder=3)
        time_axis(axes, years, study, 6, study.openings.get(study.reference, ()))
        low, high = axes.get_ylim()
        if 0 < low < 0.35 * high:
            axes.set_ylim(0, high)
        value_axis(axes, study, 5)
    return sheet.figure
