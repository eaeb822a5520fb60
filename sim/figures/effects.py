"""Effects of policies as rows of a panel: median, interval, verdict, and the probability that they are above zero."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.figures.study import ShownStudy
from sim.figures.style import (
    DARK,
    GROUND,
    LIGHT,
    MIDDLE,
    SMALL,
    Sheet,
    number_axis,
    text_width,
    typical,
)
from sim.model.outcomes import better_of, shown_of
from sim.words.language import LEFT_TO_RIGHT, Language

CHANCE_WIDTH = 7.5
"""Room beside a panel for the probability of each row, in millimetres."""
CHANCE = f"{LEFT_TO_RIGHT}P > 0"
"""Heading of the probabilities, the same in every language."""
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85}


def differences_of(differences: pd.DataFrame, outcome: str, study: ShownStudy) -> pd.DataFrame:
    """The effects on an outcome by policy, in the unit shown; NaN for policies without one.

    Columns: `value` (the median, or the mean where the table has no median), `ci_low`, `ci_high`, `p_positive`,
    `verdict` (the last two empty in older tables, which have none).
    """
    found = differences[(differences["outcome"] == outcome) & differences["scenario"].isin(study.policies)]
    table = found.drop_duplicates("scenario").set_index("scenario").reindex(study.policies)
    value = table["difference"] if "median" not in table else table["median"].fillna(table["difference"])
    scale = shown_of(outcome).scale
    drawn = {"value": value, "ci_low": table["ci_low"], "ci_high": table["ci_high"]}
    numbers = {name: column.astype(float) * scale for name, column in drawn.items()}
    verdict = table["verdict"].fillna("") if "verdict" in table else ""
    chance = table["p_positive"].astype(float) if "p_positive" in table else np.nan
    return pd.DataFrame(numbers, index=table.index).assign(p_positive=chance, verdict=verdict)


def direction_of(verdict: str, value: float) -> int:
    """The sign of an effect whose verdict names one, else 0."""
    return int(np.sign(value)) if verdict in ("clear", "likely") else 0


def fill_of(verdict: str, colour: str) -> str:
    """The fill of a mark: `colour` for clear effects, grey for likely ones, none for all others."""
    return colour if verdict == "clear" else LIGHT if verdict == "likely" else "white"


def marker_of(verdict: str, marker: str = "o") -> str:
    """The marker of an effect: `marker`, or a thin rhombus where the effect is practically none."""
    return "d" if verdict == "practically none" else marker


def replications_of(differences: pd.DataFrame) -> list[int]:
    """Numbers of pairs of the policies; an outcome that is not defined in some worlds has fewer."""
    return differences.groupby("scenario")["n"].max().fillna(0).astype(int).tolist() or [0]


def chance_text(t: Language, chance: float) -> str:
    """A probability in whole per cent; empty where it is not known."""
    return t.percent(round(chance, 2)) if np.isfinite(chance) else ""


def shared_scale(table: pd.DataFrame) -> np.ndarray:
    """Which effects of a table can share one scale."""
    return typical(table[["value", "ci_low", "ci_high"]].abs().max(axis=1).to_list())


def span_of(table: pd.DataFrame) -> tuple[float, float]:
    """Limits that contain zero and the effects of a table with their intervals, with a little room."""
    low = float(np.nanmin([0.0, *table["ci_low"], *table["value"]]))
    high = float(np.nanmax([0.0, *table["ci_high"], *table["value"]]))
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin


def effect_rows(sheet: Sheet, axes: Axes, table: pd.DataFrame, shared: np.ndarray, outcome: str) -> None:
    """Draw one row per effect of a table on a panel whose horizontal limits are set.

    Args:
        sheet: the sheet of the panel.
        axes: the panel.
        table: as `differences_of` returns it.
        shared: which rows share the scale; the others are arrows with their numbers.
        outcome: its name.
    """
    t, box = sheet.t, axes.get_position()
    width, height = box.width * sheet.width, box.height * sheet.height
    axes.set_ylim(len(table) + 0.1, -0.1)
    for place in range(0, len(table), 2):
        axes.axhspan(place, place + 1, color=GROUND, linewidth=0, zorder=0)
    axes.axvline(0, color=DARK, linewidth=0.7, zorder=1)
    for place, (alike, (_, row)) in enumerate(zip(shared, table.iterrows(), strict=True)):
        y = place + 0.5
        if not np.isfinite(row["value"]):
            _written(axes, 0.5, y, t("not defined"), align="center", colour=MIDDLE)
            continue
        _written(axes, 1 + (CHANCE_WIDTH - 0.5) / width, y, chance_text(t, row["p_positive"]), align="right")
        if alike:
            fill, marker = fill_of(row["verdict"], DARK), marker_of(row["verdict"])
            axes.plot([row["ci_low"], row["ci_high"]], [y, y], color=DARK, linewidth=0.9)
            axes.plot(row["value"], y, marker, markersize=3.6, mfc=fill, mec=DARK, mew=0.8, zorder=3)
        else:
            _beyond(axes, row, y, t, width)
    number_axis(axes.xaxis, t, 3 if width < 30 else 4, signed=True)
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(t(shown_of(outcome).named(difference=True)), size=SMALL)
    above = -0.1 - 0.4 * (len(table) + 0.2) / height
    if np.isfinite(table["p_positive"]).any():
        _written(axes, 1 + (CHANCE_WIDTH - 0.5) / width, above, CHANCE, align="right", colour=MIDDLE, vertical="bottom")
    if (better := better_of(outcome)) != "none":
        text = t("better →") if better == "up" else t("← better")
        _written(axes, 0.0, above, text, colour=MIDDLE, vertical="bottom")


def _written(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    align: str = "left",
    colour: str = DARK,
    vertical: str = "center_baseline",
) -> None:
    """Write at a share `x` of the panel's width, at row `y`."""
    axes.text(
        x, y, text, transform=axes.get_yaxis_transform(), size=SMALL, color=colour, ha=align, va=vertical, bbox=_PAPER,
        zorder=4,
    )  # fmt: skip


def _beyond(axes: Axes, row: pd.Series, y: float, t: Language, width: float) -> None:
    """Draw a value that does not fit the scale of the others: an arrow at the panel's edge, the numbers beside it."""
    up = row["value"] > 0
    size = float(np.nanmax(np.abs(row[["value", "ci_low", "ci_high"]].to_numpy(dtype=float))))
    decimals = 0 if size >= 10 else 1 if size >= 1 else 2
    middle, low, high = (t.number(row[key], decimals, signed=True) for key in ("value", "ci_low", "ci_high"))
    known = np.isfinite(row["ci_low"])  # one world, or worlds under one draw, have no interval
    text = f"{middle} ({low}, {high})" if known else middle
    text = text if text_width(text, SMALL) <= width - 4 else middle
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
    _written(axes, edge + sign * 3.2 / width, y, text, align="right" if up else "left")
