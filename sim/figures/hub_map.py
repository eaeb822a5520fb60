"""The map of one policy: the hex grid with hubs and five-year survival by region."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_hex
from matplotlib.figure import Figure

from sim.country.geography import geography
from sim.figures.canvas import Canvas, from_north_to_south
from sim.figures.map_parts import ROW, Shade, draw_country, draw_key, shown_hubs, write_table, written
from sim.figures.regional import BIRTHDAY_MONTHS, FEWEST_FOUNDERS, Survival, survival_by_region
from sim.figures.study import ShownStudy
from sim.figures.style import PAGE_WIDTH, SMALL, Sheet, number_axis, styled
from sim.words.language import Language

RATE_COLOURS = LinearSegmentedColormap.from_list("rate", ["#f3f7fb", "#9dc3dd", "#2f74a8"])


@styled
def hub_map(
    regions: pd.DataFrame, hubs: pd.DataFrame | None, study: ShownStudy, month: str, width: float = PAGE_WIDTH
) -> Figure:
    """The map of the reference with a table: regions are shaded by five-year survival.

    Args:
        regions: scenario, replication, month, region, founders_5y, survivors_5y.
        hubs: scenario, replication, month, hub, places, residents; None draws a map without hubs.
        study: names and language.
        month: the month shown, `YYYY-MM`.
        width: width of the sheet, in millimetres.
    """
    t, country = study.t, geography()
    survival = survival_by_region(regions, study.reference, month)
    shown = shown_hubs(hubs, study.reference, month, t)
    date = t.month(month)
    count = int(regions.loc[regions["scenario"] == study.reference, "replication"].nunique())
    few = any(not one.known for one in survival.values())
    wide = width >= PAGE_WIDTH
    map_width, map_height = (82.0, 84.0) if wide else (width - 2, 84.0)
    sheet = Sheet(
        t("Hubs, and the survival of startups by region"),
        t("{names}; {month}", names=study.name(study.reference), month=date),
        [
            study.replications([count]),
            t("Disc: residents of a hub. Ring: its places, {month}.", month=date) if shown else "",
            t(
                "Survival: startups whose fifth year ended in the {window} months to {month}, in % of the "
                "founders (per replication).",
                window=BIRTHDAY_MONTHS,
                month=date,
            ),
            t("Dotted: fewer than {count} founders in all replications, too few for a rate.", count=FEWEST_FOUNDERS)
            if few
            else "",
            t("Without hubs: {names}.", names=study.name(study.reference)) if not shown else "",
        ],
        17 + map_height + (0 if wide else 13 * ROW + 4),
        t,
        width,
    )
    canvas = Canvas(country, map_width, map_height)
    rates = np.array([survival[name].rate if name in survival else math.nan for name in country.regions])
    scale = _scale(rates)
    shades = [Shade("white", "..") if math.isnan(rate) else Shade(to_hex(RATE_COLOURS(scale(rate)))) for rate in rates]
    axes = sheet.panel(0, 5, map_width, map_height)
    draw_country(axes, canvas, shades, [""] * len(shades), shown)
    if shown:
        draw_key(axes, canvas, t)
    _bar(sheet, map_width * 0.2, 7 + map_height, map_width * 0.6, scale, t("surviving after five years, %"))
    _rates(sheet, survival, map_width + 2 if wide else 0, 20 if wide else 20 + map_height)
    return sheet.figure


def _scale(rates: np.ndarray) -> Normalize:
    known = rates[np.isfinite(rates)]
    if not known.size:
        return Normalize(0, 100)
    low, high = 5 * math.floor(known.min() / 5), 5 * math.ceil(known.max() / 5)
    return Normalize(low, high if high > low else low + 5)


def _bar(sheet: Sheet, left: float, top: float, width: float, scale: Normalize, label: str) -> None:
    t = sheet.t
    axes = sheet.panel(left, top, width, 2.2)
    low, high = float(scale.vmin or 0.0), float(scale.vmax or 0.0)
    axes.imshow(np.linspace(0, 1, 256)[None], aspect="auto", cmap=RATE_COLOURS, extent=(low, high, 0, 1))
    number_axis(axes.xaxis, t, 5)
    axes.tick_params(left=False, labelleft=False)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(label, size=SMALL)


def _rates(sheet: Sheet, survival: Mapping[str, Survival], left: float, top: float) -> None:
    """The table of rates: number, region, founders, and the share that survives."""
    t, country = sheet.t, geography()
    rows = [["", t("Region"), t("Founders"), t("surviving, %")]]
    for number, index in enumerate(from_north_to_south(country), 1):
        region = country.regions[index]
        side = survival.get(region)
        founders = _count(side.founders_per_replication, t) if side else ""
        rows.append([str(number), t.place(region), founders, written(side.rate if side else math.nan, t)])
    write_table(sheet, rows, (4.0, 6.0, 60.0, 82.0), left, top, starts=(1,))


def _count(value: float, t: Language) -> str:
    return t.number(value, 0 if value >= 10 or value == int(value) else 1)
