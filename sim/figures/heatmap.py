"""Heat maps: each outcome over two factors, with contours and the policies that lie in the plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke

from sim.figures.labels import SOLID, Box, millimetres, place_names
from sim.figures.plane import Plane
from sim.figures.style import BLACK, DARK, PAGE_WIDTH, SMALL, Sheet, number_axis, styled
from sim.figures.words import factor_name, outcome_name, over_worlds
from sim.model.outcomes import shown_of
from sim.words.language import Language

_LEFT, _SCALE, _HEIGHT, _ROW = 10.0, 17.0, 42.0, 62.0
_CELLS = 2_000
"""Number of cells above which they are embedded as an image, because the SVG would become too large."""


@styled
def heatmap(
    plane: Plane, policies: Mapping[str, tuple[float, float]], t: Language, width: float = PAGE_WIDTH
) -> Figure:
    """One panel per outcome: its mean at every combination of two factors' levels.

    Args:
        plane: means and their intervals over two factors.
        policies: coordinates (x, y) of the policies to mark, by name.
        t: the language.
        width: width of the sheet, in millimetres; a narrow one has its panels below each other.
    """
    outcomes, across = list(plane.means), 2 if width >= PAGE_WIDTH else 1
    room = width / across - _LEFT - _SCALE
    sheet = Sheet(
        t("What each combination leads to"),
        "",
        [
            over_worlds(t, plane.replications, plane.draws),
            t(
                "± behind a name: half-width of the 95 % interval of one cell; differences between cells are "
                "surer, because they share their worlds."
            )
            if plane.replications > 1
            else "",
            t("Points: policies that lie in this plane.") if policies else "",
        ],
        _ROW * -(-len(outcomes) // across),
        t,
        width,
    )
    for index, outcome in enumerate(outcomes):
        left, top = _LEFT + (index % across) * width / across, 8 + (index // across) * _ROW
        scale = shown_of(outcome).scale
        mean = plane.means[outcome] * scale
        half = (plane.highs[outcome] - plane.lows[outcome]) * scale / 2
        axes = sheet.panel(left, top, room, _HEIGHT)
        known = half[np.isfinite(half)]  # one replication has no interval
        around = t("±{half}", half=t.number(known.mean(), 0 if known.mean() >= 10 else 1)) if known.size else ""
        sheet.heading(left - 9, top - 2, room + 20, f"{outcome_name(t, outcome)} {around}".rstrip())
        image = axes.pcolormesh(plane.x, plane.y, np.ma.masked_invalid(mean), cmap="cividis", shading="nearest")
        image.set_rasterized(mean.size > _CELLS)
        if not np.isfinite(mean).any():
            axes.text(0.5, 0.5, t("not defined"), transform=axes.transAxes, ha="center", color=DARK)
        _contours(axes, plane, mean, t)
        axes.set_xlabel(factor_name(t, plane.x_path))
        axes.set_ylabel(factor_name(t, plane.y_path))
        axes.set_xticks(_thinned(plane.x, 8))
        axes.set_yticks(_thinned(plane.y, 8))
        bar = sheet.panel(left + room + 1.5, top, 2.5, _HEIGHT)
        axes.figure.colorbar(image, cax=bar)
        number_axis(bar.yaxis, t, 5)
        bar.spines[:].set_visible(False)
        _mark(axes, policies, room)
    return sheet.figure


def _contours(axes: Axes, plane: Plane, mean: np.ndarray, t: Language) -> None:
    if min(mean.shape) < 2 or np.isnan(mean).any() or np.ptp(mean) == 0:
        return
    lines = axes.contour(plane.x, plane.y, mean, levels=5, colors="white", linewidths=0.6)
    step = float(np.diff(np.asarray(lines.levels)).min())
    decimals = next((count for count in range(4) if step * 10**count >= 0.999), 4)
    halo: list[AbstractPathEffect] = [withStroke(linewidth=1.6, foreground=DARK)]
    lines.set_path_effects(halo)
    for label in axes.clabel(lines, fmt=lambda value: t.number(value, decimals), fontsize=SMALL):
        label.set_path_effects(halo)


def _mark(axes: Axes, policies: Mapping[str, tuple[float, float]], width: float) -> None:
    """Mark and name the policies on a panel of `width` millimetres; names cover neither marks nor each other."""
    if not policies:
        return
    places = list(policies.values())
    axes.plot(*zip(*places, strict=True), "o", markersize=4, mfc="white", mec=BLACK, mew=0.9, zorder=4, clip_on=False)
    taken: list[tuple[Box, float]] = []
    for x, y in places:
        across, along = millimetres(axes, x, y, width, _HEIGHT)
        taken.append(((across - 1, along - 1, across + 1, along + 1), SOLID))
    place_names(axes, places, list(policies), [BLACK] * len(places), taken, width, _HEIGHT, SMALL)


def _thinned(levels: np.ndarray, most: int) -> Sequence[float]:
    return list(levels[:: -(-len(levels) // most)])
