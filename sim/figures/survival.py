"""Survival curves by cohort under the reference, and what each policy changes in the survival of the last cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from sim.figures.bands import bands_of
from sim.figures.effects import CHANCE_WIDTH
from sim.figures.gap_panels import Gap, draw_gap, end_effect, limits_of, sharing, write_chance
from sim.figures.labels import end_labels
from sim.figures.study import ShownStudy
from sim.figures.style import (
    MIDDLE,
    PAGE_WIDTH,
    PALE,
    PANEL,
    Ink,
    Sheet,
    line_height,
    number_axis,
    styled,
    wrap,
)

POPULATIONS = ("founded", "admitted")
FOLLOWED = 60
"""Last age that is drawn, in months."""
ROW, LABELS = 66.0, 17.0
STEP, AXIS = 17.0, 9.0

_COHORT_INKS = (
    Ink("#7d7d7d", (0, (1.2, 1)), width=1.2),
    Ink("#2f9bd8", (0, (5, 1.2, 1, 1.2)), width=1.2),
    Ink("#0072B2", (0, (5, 1.5)), width=1.2),
    Ink("#000000", "-", width=1.2),
)


class Curve(NamedTuple):
    """Shares of one cohort that have not failed (replications, ages), with their replications and ages."""

    replications: list[int]
    ages: np.ndarray
    shares: np.ndarray


Curves = dict[tuple[str, str, str], Curve]
"""Curves by scenario, population and cohort."""


def curves_of(survival: pd.DataFrame) -> Curves:
    """Percentage of each replication's cohorts that has not failed, by age, as long as anyone is followed."""
    curves: Curves = {}
    for (scenario, population, cohort), group in survival.groupby(
        ["scenario", "population", "cohort"], sort=True, observed=True
    ):
        replication, replications = pd.factorize(group["replication"])
        age, ages = pd.factorize(group["age_months"], sort=True)
        shares = np.full((len(replications), len(ages)), np.nan)
        shares[replication, age] = 100 * group["surviving"].where(group["at_risk"] > 0).to_numpy(dtype=float)
        seen = np.isfinite(shares).any(axis=0) & (ages.to_numpy() <= FOLLOWED)
        if seen.any():
            key = str(scenario), str(population), str(cohort)
            curves[key] = Curve(replications.tolist(), ages.to_numpy(dtype=float)[seen], shares[:, seen])
    return curves


@styled
def survival(frame: pd.DataFrame, study: ShownStudy, width: float = PAGE_WIDTH) -> Figure:
    """Two panels of cohorts under the reference, and below them the difference that each policy makes.

    Differences are those of all founders: those admitted are other startups under each policy.

    Args:
        frame: scenario, replication, population, cohort, age_months, at_risk, surviving (a share).
        study: names and language.
        width: width of the sheet, in millimetres.
    """
    t = study.t
    curves = curves_of(frame)
    counts = frame.groupby("scenario", observed=True)["replication"].nunique()
    cohorts = {kind: [c for key, found, c in curves if (key, found) == (study.reference, kind)] for kind in POPULATIONS}
    wide = width >= PAGE_WIDTH
    across, per_line = (2, 4) if wide else (1, 2)
    cohort = cohorts[POPULATIONS[0]][-1] if cohorts[POPULATIONS[0]] else None
    gaps = {} if cohort is None else gaps_of(curves, study, cohort)
    top = ROW * (len(POPULATIONS) // across)
    shared = sharing(list(gaps.values()), [False] * len(gaps))
    room = width / per_line
    titles = [study.name(key, 200) for key in gaps]
    lines = max((len(wrap(text, room - 2, PANEL, lines=3, weight="bold")) for text in titles), default=1)
    block = lines * line_height(PANEL) + STEP + 9
    below = 9 + block * -(-len(gaps) // per_line) if gaps else 0
    sheet = Sheet(
        t("How long startups last"),
        t("Share that has not failed, by age, under “{reference}”", reference=study.name(study.reference)),
        [
            study.replications(counts),
            study.bands if counts.max() > 1 else "",
            t(
                "Blue: more, orange: less, where the direction at the last age is clear (strong) or likely (pale); "
                "grey: open. Beside each panel: the probability that it is above zero. Those admitted are other "
                "startups under each policy; all founders compare like with like."
            )
            if gaps and counts.max() > 1
            else "",
            t("Panels on a tinted ground have a scale of their own.") if not shared.all() else "",
        ],
        top + below,
        t,
        width,
    )
    headings = {
        "founded": t("All founders, by year of founding"),
        "admitted": t("Admitted to a hub, by year of admission"),
    }
    for place, population in enumerate(POPULATIONS):
        line, column = divmod(place, across)
        left = sheet.mirrored(column * width / across, width / across) + 8.5
        sheet.heading(left - 7.5, ROW * line + 5, width / across - 2, headings[population])
        axes = _panel(sheet, left, ROW * line + 7, width / across - 8.5 - LABELS - 1, population)
        _cohorts(axes, curves, study, population, cohorts[population])
    if gaps:
        title = t(
            "All founders of {cohort}: difference from “{reference}”, % points, by months since founding",
            cohort=cohort, reference=study.name(study.reference, 40),
        )  # fmt: skip
        sheet.heading(1, top + 5, width - 2, title, lines=2)
        _policies(sheet, study, gaps, (top + 9, block, lines), per_line)
    return sheet.figure


def gaps_of(curves: Curves, study: ShownStudy, cohort: str) -> dict[str, Gap]:
    """The difference in the survival of a cohort of founders under each policy, in the worlds of both."""
    found = {}
    reference = curves[study.reference, POPULATIONS[0], cohort]
    for key in study.policies:
        curve = curves.get((key, POPULATIONS[0], cohort))
        if curve is None:
            continue
        both = sorted(set(curve.replications) & set(reference.replications))
        ages = min(len(curve.ages), len(reference.ages))
        if not both:
            continue
        policy, other = (
            one.shares[[one.replications.index(number) for number in both], :ages] for one in (curve, reference)
        )
        draws = study.draws_of(both)
        bands = bands_of((policy - other)[None], draws, differences=True)
        found[key] = Gap.of(bands, 0, end_effect(policy[:, -1], other[:, -1], study, draws))
    return found


def _policies(
    sheet: Sheet, study: ShownStudy, gaps: dict[str, Gap], place: tuple[float, float, int], per_line: int
) -> None:
    """One panel per policy; `place` has the top of the first line, the height of a line, and lines of a heading."""
    top, block, lines = place
    shared = sharing(list(gaps.values()), [False] * len(gaps))
    room = sheet.width / per_line
    width = room - AXIS - CHANCE_WIDTH - 1
    together = limits_of([gap for gap, alike in zip(gaps.values(), shared, strict=True) if alike])
    for index, ((key, gap), alike) in enumerate(zip(gaps.items(), shared, strict=True)):
        line, column = divmod(index, per_line)
        edge = sheet.mirrored(column * room, room)
        left, at = edge + AXIS, top + line * block + lines * line_height(PANEL) + 1.5
        sheet.heading(edge + 1, at - 1.5, room - 2, study.name(key, 200), lines=lines)
        axes = sheet.panel(left, at, width, STEP)
        draw_gap(axes, np.arange(len(gap.middle), dtype=float), gap, apart=not alike)
        if alike:
            axes.set_ylim(together)
        axes.set_xlim(0, FOLLOWED)
        axes.xaxis.set_major_locator(MultipleLocator(24))
        number_axis(axes.yaxis, sheet.t, 3, signed=True)
        write_chance(axes, sheet.t, gap, width)


def _cohorts(axes: Axes, curves: Curves, study: ShownStudy, population: str, cohorts: Sequence[str]) -> None:
    """Draw the reference's cohorts, the last one with its band; write a note if nobody is followed."""
    if not cohorts:
        axes.text(FOLLOWED / 2, 50, study.t("nobody to follow"), ha="center", va="center", color=MIDDLE)
    ends = {}
    for cohort, ink in zip(cohorts, _COHORT_INKS[-len(cohorts) :], strict=False):
        curve = curves[study.reference, population, cohort]
        end = _curve(axes, curve, ink, study, banded=cohort == cohorts[-1])
        ends[cohort] = cohort, ink.colour, *end
    end_labels(axes, ends, LABELS)


def _panel(sheet: Sheet, left: float, top: float, width: float, population: str) -> Axes:
    t = sheet.t
    axes = sheet.panel(left, top, width, 48.0)
    axes.set_xlim(0, FOLLOWED)
    axes.set_ylim(0, 100)
    axes.xaxis.set_major_locator(MultipleLocator(12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: t("{number} %", number=t.number(value))))
    axes.set_xlabel(t("months since founding") if population == "founded" else t("months since admission"))
    axes.grid(axis="y")
    return axes


def _curve(axes: Axes, curve: Curve, ink: Ink, study: ShownStudy, *, banded: bool) -> tuple[float, float]:
    """Draw the median, with its band if `banded`; returns the end of the line."""
    bands = bands_of(curve.shares[None], study.draws_of(curve.replications))
    low, middle, high = bands.low[0], bands.middle[0], bands.high[0]
    if banded and len(curve.shares) > 1:
        axes.fill_between(curve.ages, low, high, color=PALE, linewidth=0, zorder=1)
    axes.plot(curve.ages, middle, color=ink.colour, linestyle=ink.dashes, linewidth=ink.width, zorder=2)
    return float(curve.ages[-1]), float(middle[-1])
