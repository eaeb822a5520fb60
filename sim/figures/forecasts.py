"""Registered forecasts as fans over the years, with the facts that came in."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.style import BODY, DARK, LIGHT, MIDDLE, Sheet, number_axis, styled
from sim.figures.words import outcome_label
from sim.inference.dated import months_of
from sim.model.outcomes import OUTCOMES
from sim.model.shown import BY_NAME, BY_UNIT, Shown
from sim.words.language import Language
from sim.words.language import language as language_of

_COLUMNS, _ROW, _GAP = 2, 34.0, 12.0
_CAME = "#D55E00"


def quantity_name(t: Language, quantity: str) -> str:
    """What is forecast, with its place if it has one."""
    name, _, place = quantity.partition(":")
    hubs = OUTCOMES["hubs"].label
    label = {
        "hubs_open": t(hubs),
        "closures": t("Closures of startups in a year"),
        "deal_amount": t("Seed and venture capital of a year"),
        "active": t("Active startups"),
    }.get(name) or outcome_label(t, name)
    return f"{label}, {t.place(place)}" if place else label


def shown_quantity(quantity: str) -> Shown:
    """How a quantity is shown: its scale and unit."""
    name = quantity.partition(":")[0]
    if name == "deal_amount":
        return BY_UNIT["kMAD/year"]
    return BY_NAME.get(name) or (OUTCOMES[name].shown if name in OUTCOMES else Shown())


@styled
def forecasts_and_facts(board: pd.DataFrame, announced: str, language: str = "en") -> Figure:
    """Draw the national quantities of a registration.

    Args:
        board: `sim.inference.forecasts.against_facts`.
        announced: the policy whose fans are drawn; of others, the median.
        language: of text and numbers.
    """
    t = language_of(language)
    national = board[~board["quantity"].str.contains(":")]
    quantities = list(dict.fromkeys(national["quantity"]))
    rows = -(-len(quantities) // _COLUMNS)
    registered = str(board["registered"].iloc[0])
    notes = [
        t("Fans: 50 and 90 % of what may be seen, with chance and with all that the facts leave open."),
        t("Dashed: the median if nothing new opens."),
        t("Orange: facts; hollow, if they were known when this was registered."),
    ]
    sheet = Sheet(t("Forecasts registered on {date}", date=registered), "", notes, rows * (_ROW + _GAP), t)
    width = (sheet.width - 14 * _COLUMNS) / _COLUMNS
    for place, quantity in enumerate(quantities):
        row, column = divmod(place, _COLUMNS)
        left, top = 12 + column * (width + 14), row * (_ROW + _GAP) + 6
        unit = t(shown_quantity(quantity).beside())
        name = quantity_name(t, quantity)
        sheet.heading(left, top - 1, width, f"{name} ({unit})" if unit else name)
        axes = sheet.panel(left, top, width, _ROW)
        _draw(axes, national[national["quantity"] == quantity], announced, shown_quantity(quantity).scale)
        number_axis(axes.yaxis, t, 4)
        axes.tick_params(labelsize=BODY)
    return sheet.figure


def _draw(axes: Axes, rows: pd.DataFrame, announced: str, scale: float) -> None:
    for scenario, mine in rows.groupby("scenario"):
        mine = mine.assign(at=mine["date"].map(_middle)).sort_values("at")
        at, median = mine["at"].to_numpy(), scale * mine["median"].to_numpy()
        if scenario != announced:
            axes.plot(at, median, color=MIDDLE, linewidth=0.9, linestyle=(0, (4, 2)), zorder=3)
            continue
        for ends, alpha in (("90", 0.45), ("50", 0.9)):
            low, high = (scale * mine[f"{end}_{ends}"].to_numpy() for end in ("low", "high"))
            axes.fill_between(at, low, high, color=LIGHT, alpha=alpha, linewidth=0, zorder=1)
        axes.plot(at, median, color=DARK, linewidth=1.1, zorder=4)
        facts = mine[mine["fact"].notna()]
        for kind, dots in facts.groupby(np.where(facts["kind"] == "hindcast", "white", _CAME)):
            axes.plot(dots["at"], scale * dots["observed"], "o", mec=_CAME, mfc=kind, markersize=3.6, zorder=5)
    axes.set_xticks(range(int(rows["date"].min()[:4]), int(rows["date"].max()[:4]) + 1))


def _middle(date: str) -> float:
    """The middle of the months of a date, in years; a December and its year share a tick."""
    first, last = months_of(date)
    return float(date) if len(date) == 4 else int(first[:4]) - 1 + (int(first[5:]) + int(last[5:])) / 24
