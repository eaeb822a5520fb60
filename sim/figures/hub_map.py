"""The map: the hex grid with hubs and five-year survival by region, under two policies side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch

from sim.country.data import table
from sim.country.geography import geography
from sim.figures.canvas import Canvas, from_north_to_south
from sim.figures.labels import SOLID, Box, place_names
from sim.figures.regional import BIRTHDAY_MONTHS, FEWEST_FOUNDERS, MapHub, Survival, gap, hubs_at, survival_by_region
from sim.figures.study import ShownStudy
from sim.figures.style import (
    BLACK,
    DARK,
    MIDDLE,
    PAGE_WIDTH,
    PALE,
    SMALL,
    Sheet,
    number_axis,
    styled,
)
from sim.studies.statistics import Effect
from sim.words.language import Language

RATE_COLOURS = LinearSegmentedColormap.from_list("rate", ["#f3f7fb", "#9dc3dd", "#2f74a8"])
GAP_COLOURS = LinearSegmentedColormap.from_list("gap", ["#b35806", "#f1b566", "#f7f7f7", "#b2abd2", "#6f5aa8"])
HUB_COLOUR = "#D55E00"
ROW = 3.5
"""Distance between the rows of the table, in millimetres."""
SHADE = 0.5
"""Cost of a label for each square millimetre of the country that it covers."""
DISC = 0.17
"""Radius in millimetres of the disc or ring for one startup; it grows with the square root of their number."""


@styled
def hub_map(regions: pd.DataFrame, hubs: pd.DataFrame | None, study: ShownStudy, policy: str, month: str) -> Figure:
    """Maps of the reference, of `policy` and of their difference, over a table with the numbers.

    Regions are shaded by five-year survival. The area of a hub's disc stands for its residents, that of its
    ring for its places. With one policy there is one map, with its table beside it.

    Args:
        regions: scenario, replication, month, region, founders_5y, survivors_5y.
        hubs: scenario, replication, month, hub, places, residents; None draws a map without hubs.
        study: names and language.
        policy: key of the policy beside the reference; the key of the reference draws one map.
        month: the month shown, `YYYY-MM`.
    """
    t, country = study.t, geography()
    scenarios = [study.reference] + [policy] * (policy != study.reference)
    survival = [survival_by_region(regions, key, month, study.draws) for key in scenarios]
    city_of: dict[str, str] = dict(table("hubs")[["hub", "city"]].itertuples(index=False))
    found = [[] if hubs is None else hubs_at(hubs, key, month, city_of) for key in scenarios]
    shown = [[replace(hub, name=t.place(hub.name)) for hub in side] for side in found]
    bare = [key for key, side in zip(scenarios, shown, strict=True) if not side]
    date = t.month(month)
    counts = regions[regions["scenario"].isin(scenarios)].groupby("scenario", observed=True)["replication"].nunique()
    several = int(counts.max()) > 1
    few = any(not one.known for side in survival for one in side.values())
    both = len(scenarios) == 2
    map_width, map_height = (PAGE_WIDTH - 6) / 3 if both else 82.0, 60.0 if both else 84.0
    table_height = 13 * ROW + 2
    sheet = Sheet(
        t("Hubs, and the survival of startups by region"),
        t("{names}; {month}", names=study.names(scenarios), month=date),
        [
            study.replications(counts),
            t("Disc: residents of a hub. Ring: its places."),
            t(
                "Map of differences: hubs that only one of the two has; regions where the sign is clear or "
                "likely are coloured, negative ones hatched; grey: open."
            )
            if both
            else "",
            t(
                "Survival: startups whose fifth year ended in the {window} months to {month}, in % of the "
                "founders (per replication).",
                window=BIRTHDAY_MONTHS,
                month=date,
            ),
            t(
                "Difference: % points, with its 95 % interval ({uncertainty}) and its verdict.",
                uncertainty=study.expected,
            )
            if several and both
            else "",
            t("Dotted: fewer than {count} founders in all replications, too few for a rate.", count=FEWEST_FOUNDERS)
            if few
            else "",
            t("Without hubs: {names}.", names=study.names(bare)) if bare else "",
        ],
        5 + map_height + 12 + (table_height if both else 0),
        t,
    )
    canvas = Canvas(country, map_width, map_height)
    rates = [[side[name].rate if name in side else math.nan for name in country.regions] for side in survival]
    scale = _scale(np.concatenate(rates))
    for index, key in enumerate(scenarios):
        left = index * (map_width + 3)
        sheet.heading(left + 1, 4.5, map_width - 2, study.name(key, 200))
        axes = sheet.panel(left, 5, map_width, map_height)
        _country(axes, canvas, rates[index], RATE_COLOURS, scale, shown[index])
        if index == 0 and shown[index]:
            _key(axes, canvas, study)
    bar_width = (2 if both else 1) * map_width * 0.6
    _bar(
        sheet,
        (map_width * len(scenarios) - bar_width) / 2,
        7 + map_height,
        bar_width,
        RATE_COLOURS,
        scale,
        t("surviving after five years, %"),
    )
    if both:
        _difference(sheet, canvas, study, survival, shown, map_width, map_height)
    _numbers(sheet, study, scenarios, survival, 0 if both else map_width + 2, 18 + map_height if both else 20)
    return sheet.figure


def _scale(rates: np.ndarray) -> Normalize:
    known = rates[np.isfinite(rates)]
    if not known.size:
        return Normalize(0, 100)
    low, high = 5 * math.floor(known.min() / 5), 5 * math.ceil(known.max() / 5)
    return Normalize(low, high if high > low else low + 5)


def _difference(
    sheet: Sheet,
    canvas: Canvas,
    study: ShownStudy,
    survival: Sequence[Mapping[str, Survival]],
    shown: Sequence[Sequence[MapHub]],
    width: float,
    height: float,
) -> None:
    """Draw the third map: the change in survival where clear or likely, and hubs that only one policy has."""
    left = 2 * (width + 3)
    sheet.heading(left + 1, 4.5, width - 2, study.t("Difference"))
    axes = sheet.panel(left, 5, width, height)
    found = [_gap(survival, name, study) for name in canvas.country.regions]
    gaps = [one.median if one.has_direction else 0.0 if one.n else math.nan for one in found]
    most = max([1.0, *(abs(value) for value in gaps if math.isfinite(value))])
    scale = Normalize(-most, most)
    names = [{hub.name for hub in side} for side in shown]
    added = [hub for side, other in zip(shown, reversed(names), strict=True) for hub in side if hub.name not in other]
    _country(axes, canvas, gaps, GAP_COLOURS, scale, added, open_ones=[not one.has_direction for one in found])
    bar_width = width * 0.8
    _bar(
        sheet,
        left + (width - bar_width) / 2,
        7 + height,
        bar_width,
        GAP_COLOURS,
        scale,
        sheet.t("difference, % points"),
        signed=True,
    )


def _gap(survival: Sequence[Mapping[str, Survival]], region: str, study: ShownStudy) -> Effect:
    if any(region not in side for side in survival):
        return Effect()
    return gap(survival[1][region], survival[0][region], study.idle)


def _country(
    axes: Axes,
    canvas: Canvas,
    values: Sequence[float],
    colours: LinearSegmentedColormap,
    scale: Normalize,
    hubs: Sequence[MapHub],
    *,
    open_ones: Sequence[bool] = (),
) -> None:
    """Shade the regions, number them, and draw hubs with their names.

    On a map of differences, negative ones are hatched, and regions whose sign is open (`open_ones`) are grey.
    """
    canvas.frame(axes)
    shades = colours(scale(np.nan_to_num(np.asarray(values, dtype=float))))
    if open_ones:
        shades[np.asarray(open_ones)] = to_rgba(PALE)
    shades[~np.isfinite(values)] = (1, 1, 1, 1)
    luminance = shades[:, :3] @ (0.299, 0.587, 0.114)
    for region, (value, shade) in enumerate(zip(values, shades, strict=True)):
        area = canvas.area(region)
        axes.add_patch(PathPatch(area, facecolor=shade, edgecolor=shade, linewidth=0.3))
        pattern = ".." if not math.isfinite(value) else "/////" if open_ones and value < 0 else ""
        if pattern:
            axes.add_patch(PathPatch(area, fill=False, linewidth=0, hatch=pattern, hatchcolor=MIDDLE))
    axes.add_patch(PathPatch(canvas.borders(), fill=False, edgecolor=DARK, linewidth=0.5, capstyle="round"))
    spots = _spots(canvas, hubs)
    numbers = canvas.number_places(spots)
    boxes: list[tuple[Box, float]] = []
    for number, region in enumerate(from_north_to_south(canvas.country), 1):
        place = numbers[region]
        ink = "white" if luminance[region] < 0.45 else BLACK
        axes.text(place[0], place[1], str(number), size=SMALL, color=ink, ha="center", va="center_baseline", zorder=6)
        x, y = canvas.on_paper(place)
        boxes.append(((x - 1.2, y - 1.1, x + 1.2, y + 1.1), SOLID))
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


def _key(axes: Axes, canvas: Canvas, study: ShownStudy) -> None:
    """Draw two rings of known size in the empty corner of the first map."""
    x = 0.72 * canvas.width
    for count, y in ((250, 0.26), (50, 0.15)):
        centre = (canvas.left + x / canvas.unit, canvas.bottom + y * canvas.height / canvas.unit)
        radius = DISC * math.sqrt(count) / canvas.unit
        axes.add_patch(Circle(centre, radius, facecolor="none", edgecolor=BLACK, linewidth=0.6))
        text = study.t("{n} place", "{n} places", n=count)
        axes.text(centre[0] + 3.6 / canvas.unit, centre[1], text, size=SMALL, va="center_baseline")


def _bar(
    sheet: Sheet,
    left: float,
    top: float,
    width: float,
    colours: LinearSegmentedColormap,
    scale: Normalize,
    label: str,
    *,
    signed: bool = False,
) -> None:
    t = sheet.t
    axes = sheet.panel(left, top, width, 2.2)
    low, high = float(scale.vmin or 0.0), float(scale.vmax or 0.0)
    axes.imshow(np.linspace(0, 1, 256)[None], aspect="auto", cmap=colours, extent=(low, high, 0, 1))
    number_axis(axes.xaxis, t, 5, signed=signed)
    axes.tick_params(left=False, labelleft=False)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(label, size=SMALL)


def _numbers(
    sheet: Sheet,
    study: ShownStudy,
    scenarios: Sequence[str],
    survival: Sequence[Mapping[str, Survival]],
    left: float,
    top: float,
) -> None:
    """The table of regions: number, name, founders, rates, and the difference with its interval and verdict."""
    t, country = study.t, geography()
    rows = [["", t("Region"), t("Founders"), *(study.name(key, 26, SMALL) for key in scenarios)]]
    if len(scenarios) == 2:
        rows[0].append(t("Difference"))
    for number, index in enumerate(from_north_to_south(country), 1):
        region = country.regions[index]
        sides = [side.get(region) for side in survival]
        founders = _count(sides[0].founders_per_replication, t) if sides[0] else ""
        row = [str(number), t.place(region), founders]
        row += [_written(side.rate if side else math.nan, t) for side in sides]
        if len(scenarios) == 2:
            row.append(_effect_text(_gap(survival, region, study), t))
        rows.append(row)
    steps = (4, 6, 58, 85, 117, 168) if len(scenarios) == 2 else (4, 6, 54, 84)
    for line, row in enumerate(rows):
        y = sheet.top + top + line * ROW
        for column, text in enumerate(row):
            weight = "bold" if line == 0 else "normal"
            sheet.write(
                left + steps[column],
                y,
                text,
                size=SMALL,
                weight=weight,
                align="left" if column == 1 else "right",
            )


def _count(value: float, t: Language) -> str:
    return t.number(value, 0 if value >= 10 or value == int(value) else 1)


def _written(value: float, t: Language, *, signed: bool = False) -> str:
    return "–" if math.isnan(value) else t.number(value, 1, signed=signed)


def _effect_text(found: Effect, t: Language) -> str:
    """An effect with its interval and its verdict: `+1.2 (+0.3, +2.8) clear`."""
    if not found.n:
        return "–"
    verdict = t(found.verdict)
    if math.isnan(found.low):
        return f"{_written(found.mean, t, signed=True)} {verdict}"
    low, high = (_written(end, t, signed=True) for end in (found.low, found.high))
    return f"{_written(found.median, t, signed=True)} ({low}, {high}) {verdict}"
