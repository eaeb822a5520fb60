"""Median and band of each series over all worlds, and the axes that they are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.declare.calendar import ordinal
from sim.figures.study import Cube, ShownStudy
from sim.figures.style import DARK, MIDDLE, number_axis
from sim.figures.words import series_name
from sim.model.outcomes import MIDWAY, shown_of
from sim.studies.bands import bands
from sim.studies.series import COHORT_SERIES, quantiles, yearly_mean

_SHARES = (0.05, 0.5, 0.95)
_ROADMAP = (ordinal(MIDWAY) + 1) / 12


@dataclass(frozen=True)
class Bands:
    """Lower edge, median and upper edge of a series, (scenarios, months) each, in the unit shown."""

    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


def scaled(cube: Cube, series: str) -> np.ndarray:
    """One series in the unit shown: (scenarios, replications, months)."""
    values = cube.values[series] * shown_of(series).scale
    return yearly_mean(values) if series in COHORT_SERIES else values


def bands_of(values: np.ndarray, draws: np.ndarray | None, *, differences: bool = False) -> Bands:
    """Median and band of a series (scenarios, replications, months).

    With `draws` (one per replication) they describe the expected value over draws, without chance; with None, the
    replications. Bands of `differences` end at zero where the probability of a gain says so, as in the tables.
    """
    if draws is None:
        return Bands(*quantiles(values, _SHARES, axis=1))
    worlds = np.moveaxis(values, 1, 0)
    ends = bands(worlds.reshape(len(worlds), -1), draws, differences=differences)
    return Bands(*ends.reshape(3, *worlds.shape[1:]))


def present_of(study: ShownStudy) -> float:
    """The month of `present` in decimal years."""
    return ordinal(study.present) / 12


def time_axis(axes: Axes, years: np.ndarray, study: ShownStudy, ticks: int, openings: Sequence[float] = ()) -> None:
    """Put years on the horizontal axis, lines at the present and the end of the roadmap, and marks for `openings`."""
    axes.set_xlim(np.floor(years[0]), np.ceil(years[-1]))
    axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=True, min_n_ticks=2))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda year, _: f"{year:.0f}"))
    for place, dashes in ((present_of(study), (0, (4, 2))), (_ROADMAP, (0, (1, 1.5)))):
        if years[0] < place < years[-1]:
            axes.axvline(place, color=MIDDLE, linewidth=0.6, linestyle=dashes, zorder=1)
    shown = [year for year in openings if years[0] < year < years[-1]]
    if not shown:
        return
    axes.plot(
        shown, [0.0] * len(shown), "^", transform=axes.get_xaxis_transform(), color=DARK, markersize=3, clip_on=False,
        zorder=5,
    )  # fmt: skip


def marks_of(study: ShownStudy, years: np.ndarray) -> list[str]:
    """Sentences on the marks of a time axis."""
    t = study.t
    inside = [years[0] < place < years[-1] for place in (present_of(study), _ROADMAP)]
    return [
        t("Dashed line: present, {month}.", month=t.month(study.present)) if inside[0] else "",
        t("Dotted line: {month}.", month=t.month(MIDWAY)) if inside[1] else "",
        t("Triangles: months in which hubs open, where they are fixed.") if any(study.openings.values()) else "",
    ]


def value_axis(axes: Axes, study: ShownStudy, ticks: int, *, signed: bool = False) -> None:
    """Put numbers and a grid on the vertical axis."""
    number_axis(axes.yaxis, study.t, ticks, signed=signed)
    axes.grid(axis="y")


def heading_of(study: ShownStudy, series: str, *, difference: bool = False) -> str:
    """The name of a series or of its difference, with the unit unless the name contains it."""
    name, unit = series_name(study.t, series), shown_of(series).beside(difference=difference)
    return f"{name} ({study.t(unit)})" if unit else name


def foot_of(study: ShownStudy, cube: Cube, *notes: str) -> list[str]:
    """The notes below a figure of series: those that all such figures share, and `notes`."""
    t = study.t
    band = study.bands if max(cube.counts) > 1 else ""
    rolling = t("Rates of cohorts are means over the last 12 months.") if COHORT_SERIES & set(cube.values) else ""
    return [study.replications(cube.counts), band, *notes, rolling]
