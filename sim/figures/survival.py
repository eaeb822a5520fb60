"""Survival curves of all founders and of those admitted, by cohort, and of the last cohort by policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from sim.figures.bands import bands_of
from sim.figures.labels import end_labels
from sim.figures.study import ShownStudy
from sim.figures.style import MIDDLE, PAGE_WIDTH, PALE, Ink, Sheet, styled

POPULATIONS = ("founded", "admitted")
FOLLOWED = 60
"""Last age that is drawn, in months."""
ROW, LABELS = 69.0, 22.5

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
def survival(frame: pd.DataFrame, study: ShownStudy) -> Figure:
    """Four panels: cohorts under the reference, and the last cohort under each policy.

    Args:
        frame: scenario, replication, population, cohort, age_months, at_risk, surviving (a share).
        study: names, highlights and language.
    """
    t = study.t
    curves = curves_of(frame)
    counts = frame.groupby("scenario", observed=True)["replication"].nunique()
    compared = len(study.titles) > 1
    named = [key for key in study.titles if key == study.reference or key in study.highlights]
    grey = [key for key in study.titles if key not in named]
    sheet = Sheet(
        t("How long startups last"),
        t("Share that has not failed, by age"),
        [
            t("Policies: {names}.", names=study.names(named)),
            study.replications(counts),
            study.bands if counts.max() > 1 else "",
            t("Thin grey lines: {names}.", names=study.names(grey)) if grey else "",
            t("Those admitted are other startups under each policy; “all founders” compares like with like.")
            if compared
            else "",
        ],
        ROW * (2 if compared and curves else 1) + 3,
        t,
    )
    headings = {
        "founded": t("All founders, by year of founding"),
        "admitted": t("Admitted to a hub, by year of admission"),
    }
    for column, population in enumerate(POPULATIONS):
        left = column * PAGE_WIDTH / 2 + 8.5
        sheet.heading(left - 7.5, 5, PAGE_WIDTH / 2 - 2, headings[population])
        cohorts = [cohort for key, kind, cohort in curves if (key, kind) == (study.reference, population)]
        under = t("Cohorts under “{reference}”", reference=study.name(study.reference, 40))
        _cohorts(_panel(sheet, left, 11, population, under), curves, study, population, cohorts)
        if compared and cohorts:
            title = t("Cohort {cohort} under each policy", cohort=cohorts[-1])
            _policies(_panel(sheet, left, 11 + ROW, population, title), curves, study, population, cohorts[-1])
    return sheet.figure


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


def _policies(axes: Axes, curves: Curves, study: ShownStudy, population: str, cohort: str) -> None:
    """Draw one cohort under each policy, the reference with its band."""
    ends = {}
    order = sorted(study.titles, key=lambda key: (key == study.reference, key in study.highlights))
    for key in order:
        if (key, population, cohort) in curves:
            ink = study.ink(key)
            end = _curve(axes, curves[key, population, cohort], ink, study, banded=key == study.reference)
            if key == study.reference or key in study.highlights:
                ends[key] = study.name(key, 200), ink.colour, *end
    lowest = min((height for *_, height in ends.values()), default=0.0)
    axes.set_ylim(max(0, 10 * np.floor(lowest / 10) - 10), 100)
    end_labels(axes, ends, LABELS, lines=3)


def _panel(sheet: Sheet, left: float, top: float, population: str, title: str) -> Axes:
    t = sheet.t
    axes = sheet.panel(left, top, 53.0, 54.0)
    sheet.write(left, sheet.top + top - 1, title, vertical="bottom", align="left")
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
