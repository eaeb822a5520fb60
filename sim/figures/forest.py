"""Paired differences from the reference: one panel per outcome, one row per policy."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.study import ShownStudy
from sim.figures.style import (
    BODY,
    DARK,
    GROUND,
    LIGHT,
    MIDDLE,
    PAGE_WIDTH,
    PANEL,
    SMALL,
    Sheet,
    cut,
    line_height,
    number_axis,
    styled,
    typical,
    wrap,
)
from sim.figures.words import series_name
from sim.model.outcomes import better_of, shown_of
from sim.words.language import Language

FOREST_OUTCOMES = (
    "survivors_5y",
    "exporters",
    "cost",
    "success_rate",
    "cohort_success_rate",
    "survival_5y",
    "export_rate",
    "residents",
    "regional_balance",
)
"""Outcomes of the forest plot, in the order of its panels; the first that the table has ranks the policies."""

POLICY_ROWS = 24
NAME_WIDTH, GAP, ROW = 51.0, 4.0, 4.6
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85}


def differences_of(differences: pd.DataFrame, outcome: str, study: ShownStudy) -> pd.DataFrame:
    """The effects on an outcome by policy, in the unit shown; NaN for policies without one.

    Columns: `value` (the median, or the mean where the table has no median), `ci_low`, `ci_high`, `verdict` (empty in
    older tables, which have none).
    """
    found = differences[(differences["outcome"] == outcome) & differences["scenario"].isin(study.policies)]
    table = found.drop_duplicates("scenario").set_index("scenario").reindex(study.policies)
    value = table["difference"] if "median" not in table else table["median"].fillna(table["difference"])
    scale = shown_of(outcome).scale
    drawn = {"value": value, "ci_low": table["ci_low"], "ci_high": table["ci_high"]}
    numbers = {name: column.astype(float) * scale for name, column in drawn.items()}
    verdict = table["verdict"].fillna("") if "verdict" in table else ""
    return pd.DataFrame(numbers, index=table.index).assign(verdict=verdict)


def fill_of(verdict: str, colour: str) -> str:
    """The fill of a mark: `colour` for clear effects, grey for likely ones, none for all others."""
    return colour if verdict == "clear" else LIGHT if verdict == "likely" else "white"


def marker_of(verdict: str, marker: str = "o") -> str:
    """The marker of an effect: `marker`, or a thin rhombus where the effect is practically none."""
    return "d" if verdict == "practically none" else marker


def replications_of(differences: pd.DataFrame) -> list[int]:
    """Numbers of pairs of the policies; an outcome that is not defined in some worlds has fewer."""
    return differences.groupby("scenario")["n"].max().fillna(0).astype(int).tolist() or [0]


def ranked(differences: pd.DataFrame, study: ShownStudy) -> list[str]:
    """Policies by their effect on the first of `FOREST_OUTCOMES` that the table has, largest first."""
    outcome = next((name for name in FOREST_OUTCOMES if name in set(differences["outcome"])), None)
    if outcome is None:
        return study.policies
    effect = differences_of(differences, outcome, study)["value"]
    return list(effect.sort_values(ascending=False, kind="stable", na_position="last").index)


@styled
def forest(differences: pd.DataFrame, study: ShownStudy) -> Figure:
    """A forest plot: the median effect and its interval, with a mark whose fill shows the verdict.

    Args:
        differences: columns scenario, outcome, difference, median, ci_low, ci_high, n, verdict; older tables lack some.
        study: names and language.
    """
    t = study.t
    measured = list(dict.fromkeys(differences["outcome"]))
    outcomes = [name for name in FOREST_OUTCOMES if name in measured] or [name for name in measured if ":" not in name][
        :9
    ]
    order = ranked(differences, study)
    shown = order[:POLICY_ROWS]
    tables = {name: differences_of(differences, name, study).loc[shown] for name in outcomes}
    shared = {name: _shared_scale(table) for name, table in tables.items()}
    columns = min(3, len(outcomes))
    width = (PAGE_WIDTH - NAME_WIDTH) / columns - GAP
    headings = {name: series_name(t, name) for name in outcomes}
    lines = max(2, *(len(wrap(text, width + 1, PANEL, weight="bold")) for text in headings.values()))
    height, above = ROW * len(shown) + 1, 2.9 + lines * line_height(PANEL)
    block = height + above + 8
    counts = replications_of(differences)
    sheet = Sheet(
        t("What each policy changes"),
        t("Difference from “{reference}” in the same worlds", reference=study.name(study.reference)),
        [
            study.replications(counts),
            (
                t(
                    "Point: mean of paired differences. Bar: its 95 % interval ({uncertainty}). All are hollow, "
                    "because there is no verdict on them.",
                    uncertainty=study.intervals,
                )
                if study.older
                else t("Point: median effect. Bar: its 95 % interval ({uncertainty}).", uncertainty=study.intervals)
            ),
            ""
            if study.older
            else t("Filled: clear. Grey: likely. Hollow: open, or too few draws. Thin rhomb: practically none."),
            t("Arrow: the value lies beyond the panel and is printed with its interval.")
            if not all(alike.all() for alike in shared.values())
            else "",
            study.hidden(len(order) - len(shown)),
        ],
        block * -(-len(outcomes) // columns) - 1,
        t,
    )
    for index, name in enumerate(outcomes):
        row, column = divmod(index, columns)
        left, top = NAME_WIDTH + column * (width + GAP) + GAP / 2, row * block + above
        axes = sheet.panel(left, top, width, height)
        sheet.heading(left, top - 3.0, width + 1, headings[name], lines=lines)
        _panel(axes, tables[name], shared[name], name, t, width)
        if column == 0:
            for place, key in enumerate(shown):
                y = sheet.top + top + 0.5 + (place + 0.5) * ROW
                text = study.name(key, NAME_WIDTH - 2, BODY)
                sheet.write(NAME_WIDTH - 0.5, y, text, align="right", vertical="center_baseline")
    return sheet.figure


def _shared_scale(table: pd.DataFrame) -> np.ndarray:
    return typical(table[["value", "ci_low", "ci_high"]].abs().max(axis=1).to_list())


def _panel(axes: Axes, table: pd.DataFrame, shared: np.ndarray, outcome: str, t: Language, width: float) -> None:
    inside = table[shared]
    low = np.nanmin([0.0, *inside["ci_low"], *inside["value"]])
    high = np.nanmax([0.0, *inside["ci_high"], *inside["value"]])
    margin = 0.06 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(len(table) + 0.1, -0.1)
    for place in range(0, len(table), 2):
        axes.axhspan(place, place + 1, color=GROUND, linewidth=0, zorder=0)
    axes.axvline(0, color=DARK, linewidth=0.7, zorder=1)
    for place, (alike, (_, row)) in enumerate(zip(shared, table.iterrows(), strict=True)):
        if not np.isfinite(row["value"]):
            axes.text(
                0.5,
                place + 0.5,
                t("not defined"),
                transform=axes.get_yaxis_transform(),
                size=SMALL,
                color=MIDDLE,
                ha="center",
                va="center_baseline",
                bbox=_PAPER,
            )
            continue
        if alike:
            fill, marker = fill_of(row["verdict"], DARK), marker_of(row["verdict"])
            axes.plot([row["ci_low"], row["ci_high"]], [place + 0.5] * 2, color=DARK, linewidth=0.9)
            axes.plot(row["value"], place + 0.5, marker, markersize=3.6, mfc=fill, mec=DARK, mew=0.8, zorder=3)
        else:
            _beyond(axes, row, place + 0.5, t, width)
    number_axis(axes.xaxis, t, 4, signed=True)
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(t(shown_of(outcome).named(difference=True)), size=SMALL)
    if (better := better_of(outcome)) != "none":
        side = better == "up"
        axes.text(
            1.0 if side else 0.0,
            1 + 0.4 / (ROW * len(table)),
            t("better →") if side else t("← better"),
            transform=axes.transAxes,
            size=SMALL,
            color=MIDDLE,
            ha="right" if side else "left",
            va="bottom",
        )


def _beyond(axes: Axes, row: pd.Series, y: float, t: Language, width: float) -> None:
    """Draw a value that does not fit the scale of the others: an arrow at the panel's edge, the numbers beside it."""
    up = row["value"] > 0
    size = max(abs(row["value"]), 1e-9)
    decimals = 0 if size >= 10 else 1 if size >= 1 else 2
    middle, low, high = (t.number(row[key], decimals, signed=True) for key in ("value", "ci_low", "ci_high"))
    known = np.isfinite(row["ci_low"])  # one world, or worlds under one draw, have no interval
    text = cut(f"{middle} ({low}, {high})" if known else middle, width - 5, SMALL)
    edge, sign = (1.0, -1) if up else (0.0, 1)
    axes.plot(
        edge + sign * 1.2 / width,
        y,
        ">" if up else "<",
        markersize=3.6,
        mfc=fill_of(row["verdict"], DARK),
        mec=DARK,
        mew=0.8,
        transform=axes.get_yaxis_transform(),
        clip_on=False,
    )
    axes.text(
        edge + sign * 3.2 / width,
        y,
        text,
        transform=axes.get_yaxis_transform(),
        size=SMALL,
        ha="right" if up else "left",
        va="center_baseline",
        bbox=_PAPER,
        zorder=4,
    )
