"""What maps share: regions with their numbers, hubs with their names, and the table beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, PathPatch

from sim.country.data import table
from sim.figures.canvas import Canvas, from_north_to_south
from sim.figures.labels import SOLID, Box, place_names
from sim.figures.regional import MapHub, hubs_at
from sim.figures.style import BLACK, DARK, MIDDLE, SMALL, Sheet, line_height, text_width
from sim.words.language import Language

HUB_COLOUR = "#D55E00"
ROW = 3.5
"""Distance between the rows of the table, in millimetres."""
SHADE = 0.5
"""Cost of a label for each square millimetre of the country that it covers."""
DISC = 0.17
"""Radius in millimetres of the disc or ring for one startup; it grows with the square root of their number."""


class Shade(NamedTuple):
    """Colour and hatching of a region."""

    colour: str
    pattern: str = ""


def shown_hubs(hubs: pd.DataFrame | None, scenario: str, month: str, t: Language) -> list[MapHub]:
    """The hubs of a policy in a month, with their names in the language."""
    if hubs is None:
        return []
    city_of: dict[str, str] = dict(table("hubs")[["hub", "city"]].itertuples(index=False))
    return [replace(hub, name=t.place(hub.name)) for hub in hubs_at(hubs, scenario, month, city_of)]


def draw_country(
    axes: Axes, canvas: Canvas, shades: Sequence[Shade], texts: Sequence[str], hubs: Sequence[MapHub]
) -> None:
    """Shade the regions, number them with a text behind the number, and draw hubs with their names."""
    canvas.frame(axes)
    for region, (colour, pattern) in enumerate(shades):
        area = canvas.area(region)
        axes.add_artist(PathPatch(area, facecolor=colour, edgecolor=colour, linewidth=0.3))
        if pattern:
            axes.add_artist(PathPatch(area, fill=False, linewidth=0, hatch=pattern, hatchcolor=MIDDLE))
    axes.add_artist(PathPatch(canvas.borders(), fill=False, edgecolor=DARK, linewidth=0.5, capstyle="round"))
    luminance = [float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114))) for colour, _ in shades]
    spots = _spots(canvas, hubs)
    number_of = {region: number for number, region in enumerate(from_north_to_south(canvas.country), 1)}
    labels = [_forms(number_of[region], text) for region, text in enumerate(texts)]
    places = canvas.number_places(spots, [[_size(form) for form in forms] for forms in labels])
    boxes: list[tuple[Box, float]] = []
    for region, (place, form) in enumerate(places):
        ink = "white" if luminance[region] < 0.45 else BLACK
        x, y = canvas.on_paper(place)
        lines = labels[region][form]
        for line, text in enumerate(lines):
            at = place[1] + ((len(lines) - 1) / 2 - line) * line_height(SMALL) / canvas.unit
            axes.text(place[0], at, text, size=SMALL, color=ink, ha="center", va="center_baseline", zorder=6)
        wide, high = _size(lines)
        boxes.append(((x - wide / 2 - 0.5, y - high / 2 - 0.5, x + wide / 2 + 0.5, y + high / 2 + 0.5), 3 * SOLID))
    for hub, (centre, radius) in zip(hubs, spots, strict=True):
        inner = DISC * math.sqrt(max(hub.residents, 0.0)) / canvas.unit
        axes.add_patch(Circle(tuple(centre), inner, facecolor=HUB_COLOUR, alpha=0.85, linewidth=0, zorder=4))
        axes.add_patch(
            Circle(
                tuple(centre),
                radius / canvas.unit,
                facecolor="none",
                edgecolor=BLACK,
                linewidth=0.6,
                zorder=5,
            )
        )
        x, y = canvas.on_paper(centre)
        reach = 0.85 * radius
        boxes.append(((x - reach, y - reach, x + reach, y + reach), SOLID))
    # Names move out to sea where they can, so that they cover no region.
    boxes += [((x - 0.8, y - 0.8, x + 0.8, y + 0.8), SHADE) for x, y in map(canvas.on_paper, canvas.places)]
    place_names(
        axes,
        [tuple(centre) for centre, _ in spots],
        [hub.name for hub in hubs],
        [BLACK] * len(hubs),
        boxes,
        canvas.width,
        canvas.height,
        size=SMALL,
        marks=[radius for _, radius in spots],
    )


def _forms(number: int, text: str) -> list[list[str]]:
    """The lines of a region's label: its number with the text behind it or, where that is too wide, below it."""
    return [[f"{number}: {text}"], [f"{number}:", text]] if text else [[str(number)]]


def _size(lines: Sequence[str]) -> tuple[float, float]:
    """Width and height of a label, in millimetres."""
    return max(text_width(line, SMALL) for line in lines), len(lines) * line_height(SMALL)


def _spots(canvas: Canvas, hubs: Sequence[MapHub]) -> list[tuple[np.ndarray, float]]:
    """Centre on the map and radius in millimetres of each hub's ring; rings in one city stand side by side."""
    spots: list[tuple[np.ndarray, float]] = []
    edges: dict[str, float] = {}
    for hub in hubs:
        radius = DISC * math.sqrt(hub.places)
        centre = canvas.cities.get(hub.city, canvas.places.mean(axis=0))
        edge = edges.get(hub.city)
        shift = 0.0 if edge is None else edge + radius
        edges[hub.city] = radius if edge is None else shift + radius
        spots.append((centre + np.array([shift / canvas.unit, 0.0]), radius))
    return spots


def draw_key(axes: Axes, canvas: Canvas, t: Language) -> None:
    """Draw two rings of known size in the empty corner of the first map."""
    x = 0.72 * canvas.width
    for count, y in ((250, 0.26), (50, 0.15)):
        centre = (canvas.left + x / canvas.unit, canvas.bottom + y * canvas.height / canvas.unit)
        radius = DISC * math.sqrt(count) / canvas.unit
        axes.add_patch(Circle(centre, radius, facecolor="none", edgecolor=BLACK, linewidth=0.6))
        text = t("{n} place", "{n} places", n=count)
        axes.text(centre[0] + 3.6 / canvas.unit, centre[1], text, size=SMALL, va="center_baseline")


def write_table(
    sheet: Sheet,
    rows: Sequence[Sequence[str]],
    stops: Sequence[float | None],
    left: float,
    top: float,
    *,
    starts: Sequence[int],
) -> None:
    """Write a table, from right to left in Arabic.

    Args:
        sheet: where.
        rows: texts; the first row is bold.
        stops: where each column begins or ends, in millimetres; None leaves it out.
        left: the table's left edge.
        top: its top, in the room for panels.
        starts: columns that begin at their stop; the others end there.
    """
    mirrored = sheet.t.direction == "rtl"
    for line, row in enumerate(rows):
        for column, (text, stop) in enumerate(zip(row, stops, strict=True)):
            if stop is None:
                continue
            begins = column in starts
            x = sheet.width - stop if mirrored else left + stop
            align = ("right" if begins else "left") if mirrored else ("left" if begins else "right")
            weight = "bold" if line == 0 else "normal"
            sheet.write(x, sheet.top + top + line * ROW, text, size=SMALL, weight=weight, align=align)


def written(value: float, t: Language, *, signed: bool = False) -> str:
    """A number with one decimal; a dash where it is not known."""
    return "–" if math.isnan(value) else t.number(value, 1, signed=signed)
