"""The map of a policy: the hubs that it adds, and what it changes in each region."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from sim.country.geography import geography
from sim.figures.canvas import Canvas, from_north_to_south
from sim.figures.effects import CHANCE, chance_text, differences_of, direction_of, replications_of
from sim.figures.forest import BY_REGION, regions_of
from sim.figures.map_parts import ROW, Shade, draw_country, draw_key, shown_hubs, write_table, written
from sim.figures.study import ShownStudy
from sim.figures.style import PAGE_WIDTH, PALE, SMALL, Sheet, styled
from sim.figures.tones import BAD, GOOD
from sim.words.language import LEFT_TO_RIGHT, Language

PALE_GOOD, PALE_BAD = "#cfe2f3", "#fbd9b5"
"""Half as strong as `GOOD` and `BAD`."""


class RegionalEffect(NamedTuple):
    """Median and interval of a difference, the probability that it is above zero, and its verdict."""

    value: float
    low: float
    high: float
    p_positive: float
    verdict: str


@dataclass(frozen=True)
class Regional:
    """What a policy changes in each region: five-year survivors, as in the tables of the report.

    Attributes:
        policy: its key.
        effects: the differences by region, in startups.
        levels: five-year survivors under the reference by region.
        worlds: largest number of pairs of worlds.
    """

    policy: str
    effects: Mapping[str, RegionalEffect]
    levels: Mapping[str, float]
    worlds: int = 0


def regional_of(
    differences: pd.DataFrame, summary: pd.DataFrame | None, study: ShownStudy, policy: str
) -> Regional | None:
    """The effects of a policy by region from the tables of a comparison; None where they hold none."""
    found = {}
    for name in regions_of(differences):
        row = differences_of(differences, name, study).loc[policy].to_dict()
        value, low, high, chance = (float(row[column]) for column in ("value", "ci_low", "ci_high", "p_positive"))
        found[name.partition(":")[2]] = RegionalEffect(value, low, high, chance, str(row["verdict"]))
    if not found:
        return None
    levels: dict[str, float] = {}
    if summary is not None:
        rows = summary[(summary["scenario"] == study.reference) & summary["outcome"].str.startswith(f"{BY_REGION}:")]
        rows = rows[rows["kind"] == "expected"] if "kind" in rows else rows
        levels = {
            str(name).partition(":")[2]: float(mean) for name, mean in zip(rows["outcome"], rows["mean"], strict=True)
        }
    worlds = max(replications_of(differences[differences["scenario"] == policy]))
    return Regional(policy, found, levels, worlds)


@styled
def change_map(
    regional: Regional, hubs: pd.DataFrame | None, study: ShownStudy, month: str, width: float = PAGE_WIDTH
) -> Figure:
    """Two maps over a table: hubs under the reference and those of a policy, and what it changes in each region.

    Regions are coloured as far as the verdict on their difference goes. The area of a hub's disc stands for its
    residents, that of its ring for its places.

    Args:
        regional: the differences of the policy.
        hubs: scenario, replication, month, hub, places, residents; None draws maps without hubs.
        study: names and language.
        month: the month whose hubs are shown, `YYYY-MM`.
        width: width of the sheet, in millimetres.
    """
    t, country = study.t, geography()
    before, after = (shown_hubs(hubs, key, month, t) for key in (study.reference, regional.policy))
    added = [hub for hub in after if hub.name not in {one.name for one in before}]
    wide = width >= PAGE_WIDTH
    map_width, map_height = (width / 2 - 2, 76.0) if wide else (width - 2, 82.0)
    block = map_height + 7
    maps = block * (1 if wide else 2)
    rows = len(regional.effects) + 1
    sheet = Sheet(
        t("Hubs, and what “{policy}” changes by region", policy=study.name(regional.policy)),
        t("Startups alive after five years: difference from “{reference}”", reference=study.name(study.reference)),
        [
            study.replications([regional.worlds]),
            t("Disc: residents of a hub. Ring: its places, {month}.", month=t.month(month)) if before or after else "",
            t(
                "Strong colour: the direction is clear; pale: likely; grey: open or practically none. Blue: more. "
                "Orange, hatched: less. Behind a region's number: the probability of more, in %."
            ),
            t("Difference: median with its 95 % interval ({uncertainty}).", uncertainty=study.intervals),
            "" if study.older else t("P > 0: probability that the effect is above zero."),
        ],
        maps + 4 + rows * ROW,
        t,
        width,
    )
    canvas = Canvas(country, map_width, map_height)
    headings = (
        t("Hubs under “{policy}”", policy=study.name(study.reference, 40)),
        t("Difference, and the hubs that are added"),
    )
    for place, (heading, shown) in enumerate(zip(headings, (before, added), strict=True)):
        left, top = (place * (map_width + 2) + 1, 5.0) if wide else (1.0, 5.0 + place * block)
        left = sheet.mirrored(left, map_width)
        sheet.heading(left, top - 0.5, map_width, heading)
        axes = sheet.panel(left, top, map_width, map_height)
        if place:
            shades, texts = _shades(regional, country.regions, t)
        else:
            shades, texts = [Shade(PALE)] * len(country.regions), [""] * len(country.regions)
        draw_country(axes, canvas, shades, texts, shown)
        if shown and not place:
            draw_key(axes, canvas, t)
    _changes(sheet, study, regional, maps + 4)
    return sheet.figure


def _shades(regional: Regional, regions: Sequence[str], t: Language) -> tuple[list[Shade], list[str]]:
    """Colour of each region by the verdict on its difference, and the probability that it is above zero."""
    shades, texts = [], []
    for region in regions:
        one = regional.effects.get(region)
        way = 0 if one is None else direction_of(one.verdict, one.value)
        strong = one is not None and one.verdict == "clear"
        colour = {1: GOOD if strong else PALE_GOOD, -1: BAD if strong else PALE_BAD, 0: PALE}[way]
        shades.append(Shade(colour, "/////" if way < 0 else ""))
        known = one is not None and math.isfinite(one.p_positive)
        texts.append(t.number(100 * round(one.p_positive, 2)) if one is not None and known else "")
    return shades, texts


def _changes(sheet: Sheet, study: ShownStudy, regional: Regional, top: float) -> None:
    """The table of differences: number, region, level under the reference, difference, probability, verdict."""
    t, country = study.t, geography()
    wide = sheet.width >= PAGE_WIDTH
    rows = [["", t("Region"), study.name(study.reference, 24, SMALL), t("Difference"), CHANCE, t("Verdict")]]
    for number, index in enumerate(from_north_to_south(country), 1):
        region = country.regions[index]
        one = regional.effects.get(region)
        if one is None:
            continue
        middle, low, high = (written(value, t, signed=True) for value in (one.value, one.low, one.high))
        text = f"{LEFT_TO_RIGHT}{middle} ({low}, {high})" if math.isfinite(one.low) else middle
        level = written(regional.levels.get(region, math.nan), t)
        verdict = t(one.verdict) if one.verdict else "–"
        rows.append([str(number), t.place(region), level, text, chance_text(t, one.p_positive), verdict])
    stops = (4.0, 6.0, 88.0, 124.0, 138.0, 142.0) if wide else (4.0, 6.0, 56.0, 90.0, 99.0, None)
    write_table(sheet, rows, stops, 0, top, starts=(1, 5))  # fmt: skip
