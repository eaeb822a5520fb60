"""Outcome paths as a table of small panels, one row per policy, so that each policy has its band.

One table shows the paths. The other shows their paired differences, in which the chance that two worlds share
cancels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.bands import Bands, bands_of, foot_of, heading_of, present_of, scaled, time_axis, value_axis
from sim.figures.study import Cube, ShownStudy
from sim.figures.style import (
    BODY,
    DARK,
    GROUND,
    HIGHLIGHT_INKS,
    LIGHT,
    PAGE_WIDTH,
    Sheet,
    line_height,
    styled,
    typical,
    wrap,
)

TABLE_SERIES = ("operating", "residents", "exporters", "cohort_success_rate")
"""Series drawn, one per column."""
MOST_ROWS = 16
"""Policies that fit on a page."""
NAME_WIDTH, GAP, HEAD, STEP = 33.0, 8.5, 10.0, 13.6


@styled
def policy_paths(cube: Cube, study: ShownStudy) -> Figure:
    """Median and band of each policy, with the reference's median dashed.

    Args:
        cube: the monthly series (those of `TABLE_SERIES` that it has are drawn).
        study: names, present and language.
    """
    t = study.t
    shown, series, months = list(study.titles)[:MOST_ROWS], _series(cube), _thinned(cube)
    reference, years = cube.scenarios.index(study.reference), cube.years[months]
    draws = study.draws_of(cube.replications)
    rows = [cube.scenarios.index(key) for key in shown]
    sheet = Sheet(
        t("Where each policy leads, policy by policy"),
        "",
        [
            *foot_of(study, cube, t("Dashed: the median of “{reference}”.", reference=study.name(study.reference))),
            study.hidden(len(study.titles) - len(shown)),
        ],
        HEAD + STEP * len(shown) + 4,
        t,
    )
    columns = _lay_out(sheet, study, shown, [heading_of(study, name) for name in series])
    for column, name in zip(columns, series, strict=True):
        bands = bands_of(scaled(cube, name)[:, :, months], draws)
        limits = _limits(bands, rows)
        for axes, row in zip(column, rows, strict=True):
            _draw(axes, years, bands, row)
            axes.plot(years, bands.middle[reference], color=DARK, linewidth=0.7, linestyle=(0, (2, 1.2)))
            axes.set_ylim(limits)
            time_axis(axes, years, study, 4)
            value_axis(axes, study, 3)
    return sheet.figure


@styled
def policy_gaps(cube: Cube, study: ShownStudy) -> Figure:
    """Median and band of each policy's difference from the reference in the same world.

    A row that would squash the others has its own scale, on a tinted ground.

    Args:
        cube: the monthly series (those of `TABLE_SERIES` that it has are drawn).
        study: names, present and language.
    """
    t = study.t
    shown, series, months = study.policies[:MOST_ROWS], _series(cube), _thinned(cube)
    reference, rows = cube.scenarios.index(study.reference), [cube.scenarios.index(key) for key in shown]
    late = months[cube.years[months] >= present_of(study) - 1]
    months = late if len(late) else months
    years = cube.years[months]
    values = {name: scaled(cube, name)[:, :, months] for name in series}
    draws = study.draws_of(cube.replications)
    gaps = {name: bands_of(levels - levels[reference], draws) for name, levels in values.items()}
    shared = {name: typical([max(map(abs, _limits(gaps[name], [row]))) for row in rows]) for name in series}
    sheet = Sheet(
        t("What each policy changes, month by month"),
        t("Difference from “{reference}” in the same world", reference=study.name(study.reference)),
        [
            *foot_of(
                study, cube, t("The same replication has the same founders and the same luck under every policy.")
            ),
            t("Rows on a tinted ground have a scale of their own.")
            if not all(alike.all() for alike in shared.values())
            else "",
            study.hidden(len(study.policies) - len(shown)),
        ],
        HEAD + STEP * len(shown) + 4,
        t,
    )
    titles = [heading_of(study, name, difference=True) for name in series]
    for column, name in zip(_lay_out(sheet, study, shown, titles), series, strict=True):
        together = _limits(gaps[name], [row for row, alike in zip(rows, shared[name], strict=True) if alike])
        for axes, row, alike in zip(column, rows, shared[name], strict=True):
            axes.axhline(0, color=DARK, linewidth=0.6)
            _draw(axes, years, gaps[name], row)
            axes.set_ylim(together if alike else _limits(gaps[name], [row]))
            axes.set_facecolor("white" if alike else GROUND)
            time_axis(axes, years, study, 4)
            value_axis(axes, study, 3, signed=True)
    return sheet.figure


def _series(cube: Cube) -> list[str]:
    return [name for name in TABLE_SERIES if name in cube.values and np.isfinite(cube.values[name]).any()]


def _thinned(cube: Cube) -> np.ndarray:
    """Positions of every third month and of the last one: a small panel shows no more."""
    return np.arange(len(cube.months))[::-3][::-1]


def _limits(bands: Bands, rows: Sequence[int]) -> tuple[float, float]:
    """Limits that contain the bands of several policies, with a little room."""
    drawn = np.concatenate([bands.low[rows].ravel(), bands.high[rows].ravel()])
    drawn = drawn[np.isfinite(drawn)]
    low, high = (float(drawn.min()), float(drawn.max())) if drawn.size else (0.0, 1.0)
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _draw(axes: Axes, years: np.ndarray, bands: Bands, row: int) -> None:
    axes.fill_between(years, bands.low[row], bands.high[row], color=LIGHT, alpha=0.6, linewidth=0)
    axes.plot(years, bands.middle[row], color=HIGHLIGHT_INKS[0].colour, linewidth=1.0)


def _lay_out(sheet: Sheet, study: ShownStudy, shown: Sequence[str], titles: Sequence[str]) -> list[list[Axes]]:
    """Name rows and columns; returns the panels by column."""
    width = (PAGE_WIDTH - NAME_WIDTH - 2) / len(titles) - GAP
    lefts = [NAME_WIDTH + column * (width + GAP) + GAP - 2 for column in range(len(titles))]
    for left, title in zip(lefts, titles, strict=True):
        sheet.heading(left - 5, HEAD - 2.5, width + 6, title, lines=3)
    for row, key in enumerate(shown):
        lines = wrap(study.name(key, 200), NAME_WIDTH - 3, BODY, lines=3)
        for index, line in enumerate(lines):
            middle = sheet.top + HEAD + row * STEP + (STEP - 3) / 2
            y = middle + (index - (len(lines) - 1) / 2) * line_height(BODY)
            sheet.write(1, y, line, vertical="center", align="left")
    columns = [[sheet.panel(left, HEAD + row * STEP, width, STEP - 3) for row in range(len(shown))] for left in lefts]
    for column in columns:
        for axes in column[:-1]:
            axes.tick_params(labelbottom=False)
    return columns
