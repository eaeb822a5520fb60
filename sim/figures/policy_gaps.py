"""Paired differences month by month as a table of small panels: one row per policy, one column per series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from sim.figures.bands import bands_of, foot_of, heading_of, marks_of, present_of, scaled, time_axis, value_axis
from sim.figures.effects import CHANCE, CHANCE_WIDTH
from sim.figures.gap_panels import Gap, draw_gap, end_effect, limits_of, practically_none, sharing, write_chance
from sim.figures.study import Cube, ShownStudy
from sim.figures.style import BODY, MIDDLE, PAGE_WIDTH, PANEL, SMALL, Sheet, line_height, styled, wrap
from sim.model.outcomes import shown_of

TABLE_SERIES = ("operating", "residents", "exporters", "cohort_success_rate")
"""Series drawn, one per column."""
MOST_ROWS = 16
"""Policies that fit on a page."""
NAMES, AXIS, GAP, STEP = 31.0, 8.0, 1.5, 13.6
_YEAR = 12


@styled
def policy_gaps(cube: Cube, study: ShownStudy, width: float = PAGE_WIDTH) -> Figure:
    """Median and band of each policy's difference from the reference in the same world.

    A panel that would flatten the others of its column, or be flattened, has its own scale, on a tinted ground. A
    narrow sheet has two columns, and the other series below them.

    Args:
        cube: the monthly series (those of `TABLE_SERIES` that it has are drawn).
        study: names, present and language.
        width: width of the sheet, in millimetres.
    """
    t = study.t
    shown = study.policies[:MOST_ROWS]
    series = [name for name in TABLE_SERIES if name in cube.values and np.isfinite(cube.values[name]).any()]
    months = np.arange(len(cube.months))[::-3][::-1]  # a small panel shows no more
    late = months[cube.years[months] >= present_of(study) - 1]
    months = late if len(late) else months
    found = {name: gaps_of(cube, study, name, shown, months) for name in series}
    shared = {name: sharing(gaps, [_plain(gap, name) for gap in gaps]) for name, gaps in found.items()}
    columns = len(series) if width >= PAGE_WIDTH else 2
    names = NAMES if width >= PAGE_WIDTH else 27.5
    room = (width - names - 1) / columns
    panel = room - AXIS - CHANCE_WIDTH - GAP
    titles = {name: heading_of(study, name, difference=True) for name in series}
    lines = max(len(wrap(text, room - GAP, PANEL, weight="bold")) for text in titles.values())
    head = lines * line_height(PANEL) + 5.5
    block = head + STEP * len(shown) + 6
    sheet = Sheet(
        t("What each policy changes, month by month"),
        t("Difference from “{reference}” in the same world", reference=study.name(study.reference)),
        [
            *foot_of(
                study, cube, t("The same replication has the same founders and the same luck under every policy.")
            ),
            t(
                "Blue: more, orange: less, where the direction at the end is clear (strong) or likely (pale); grey: "
                "open or practically none. P > 0: probability that the mean of the last 12 months is above zero."
            )
            if max(cube.counts) > 1
            else "",
            *marks_of(study, cube.years),
            t("Panels on a tinted ground have a scale of their own.")
            if not all(alike.all() for alike in shared.values())
            else "",
            study.hidden(len(study.policies) - len(shown)),
        ],
        block * -(-len(series) // columns) - 2,
        t,
        width,
    )
    for index, name in enumerate(series):
        line, column = divmod(index, columns)
        left, top = sheet.mirrored(names + column * room, room) + AXIS, line * block + head
        sheet.heading(left - AXIS + 2, top - 4.2, room - GAP, titles[name], lines=lines)
        right = left + panel + CHANCE_WIDTH - 0.3
        sheet.write(right, sheet.top + top - 1.2, CHANCE, size=SMALL, colour=MIDDLE, align="right", vertical="baseline")
        together = limits_of([gap for gap, alike in zip(found[name], shared[name], strict=True) if alike])
        for row, (key, gap, alike) in enumerate(zip(shown, found[name], shared[name], strict=True)):
            axes = sheet.panel(left, top + row * STEP, panel, STEP - 3)
            draw_gap(axes, cube.years[months], gap, apart=not alike, plain=_plain(gap, name))
            if alike:
                axes.set_ylim(together)
            time_axis(axes, cube.years[months], study, 3, study.openings.get(key, ()))
            value_axis(axes, study, 3, signed=True)
            write_chance(axes, t, gap, panel)
            if row < len(shown) - 1:
                axes.tick_params(labelbottom=False)
            if column == 0:
                _row_name(sheet, top + row * STEP, names, study.name(key, 200))
    return sheet.figure


def gaps_of(cube: Cube, study: ShownStudy, series: str, shown: Sequence[str], months: np.ndarray) -> list[Gap]:
    """The gap of each policy in one series, in the unit shown; its end is the mean of the last twelve months."""
    draws = study.draws_of(cube.replications)
    levels = scaled(cube, series)
    reference = levels[cube.scenarios.index(study.reference)]
    rows = [cube.scenarios.index(key) for key in shown]
    bands = bands_of(levels[rows][:, :, months] - reference[:, months], draws, differences=True)
    ends = [end_effect(_last(levels[row]), _last(reference), study, draws) for row in rows]
    return [Gap.of(bands, place, end) for place, end in enumerate(ends)]


def _last(values: np.ndarray) -> np.ndarray:
    """Mean of the last twelve months of each world; NaN where a month is not defined."""
    found: np.ndarray = values[:, -_YEAR:].mean(axis=1)
    return found


def _plain(gap: Gap, series: str) -> bool:
    return practically_none(gap.end, series, shown_of(series).scale)


def _row_name(sheet: Sheet, top: float, width: float, name: str) -> None:
    lines = wrap(name, width - 3, BODY, lines=4)
    for index, line in enumerate(lines):
        y = sheet.top + top + (STEP - 3) / 2 + (index - (len(lines) - 1) / 2) * line_height(BODY)
        sheet.write(sheet.mirrored(1, 0), y, line, vertical="center_baseline")
