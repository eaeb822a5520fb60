"""Prices of one more startup: for each policy the worths from which it pays, with their range."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.figures.effects import replications_of
from sim.figures.forest import ranked
from sim.figures.study import ShownStudy
from sim.figures.style import DARK, GROUND, MIDDLE, PAGE_WIDTH, PALE, PANEL, SMALL, Sheet, line_height, styled, wrap
from sim.figures.words import no_price, why_undefined
from sim.model.outcomes import shown_of
from sim.model.shown import price_decimals

PRICES = ("cost_per_additional_survivor", "cost_per_additional_exporter")
"""Prices that are drawn, in the order of their panels."""
MOST = 24
"""Largest number of policies that are drawn."""
NO_PRICE = 13.0
"""Width of the strip for what pays at no price, in millimetres."""


def prices_of(differences: pd.DataFrame, price: str, policies: Sequence[str]) -> pd.DataFrame:
    """A price by policy, in millions: `value` (mean cost over mean gain), `low`, `median`, `high`, and `bargain`.

    `bargain` is that of `Price`, or the reason (`Undefined`) why there is none. The three before it are infinite where
    the policy pays at no price with that probability.
    """
    rows = differences[differences["outcome"] == price].drop_duplicates("scenario").set_index("scenario")
    rows = rows.reindex(list(policies))
    ends = {"value": "difference", "low": "ci_low", "median": "median", "high": "ci_high"}
    numbers = {name: rows[column].astype(float) * shown_of("cost").scale for name, column in ends.items()}
    known = rows["verdict"].fillna("not defined")
    words = [why_undefined(differences, price, str(key)) if one == "not defined" else one for key, one in known.items()]
    table = pd.DataFrame(numbers).assign(bargain=words)
    priced = table["bargain"] == "price"
    for name in ("low", "median", "high"):
        table[name] = table[name].where(table[name].notna() | ~priced, np.inf)
    return table


@styled
def price_ranges(differences: pd.DataFrame, study: ShownStudy, width: float = PAGE_WIDTH) -> Figure:
    """One panel per price, one row per policy: where it pays with a probability of 2.5, 50 and 97.5 %.

    Args:
        differences: columns scenario, outcome, difference, median, ci_low, ci_high, n, verdict, with rows of `PRICES`.
        study: names and language.
        width: width of the sheet, in millimetres.
    """
    t = study.t
    order = ranked(differences, study)
    shown = order[:MOST]
    held = [name for name in PRICES if name in set(differences["outcome"])]
    titles = {
        PRICES[0]: t("For each additional startup alive after five years, {currency} million"),
        PRICES[1]: t("For each additional exporter, {currency} million"),
    }
    wide = width >= PAGE_WIDTH
    names, row = (51.5, 4.4) if wide else (35.0, 5.8)
    columns = len(held) if wide else 1
    margin = 2.0 if t.direction == "rtl" else 0.0  # for numbers of an axis beyond the last panel
    room = (width - names - margin) / columns - 2
    panel = room - NO_PRICE - 1
    lines = max(len(wrap(titles[name], room, PANEL, weight="bold")) for name in held)
    above, height = 3.5 + line_height(SMALL) + lines * line_height(PANEL), row * len(shown)
    block = above + height + 7
    sheet = Sheet(
        t("What one more startup must be worth for each policy to pay"),
        t("Difference from “{reference}” in the same worlds", reference=study.name(study.reference)),
        [
            study.replications(replications_of(differences)),
            t(
                "Line: from the worth at which the policy pays with a probability of 2.5 % to that of 97.5 %. Point: "
                "50 %. Upright mark: mean cost over mean gain. At the edge: it pays at no price with so high a "
                "probability, because in some countries it adds nothing."
            ),
            t("Probabilities: {uncertainty}.", uncertainty=study.expected),
            study.hidden(len(order) - len(shown)),
        ],
        block * -(-len(held) // columns),
        t,
        width,
    )
    for index, name in enumerate(held):
        line, column = divmod(index, columns)
        left, top = sheet.mirrored(names + column * (room + 2) + 1, room), line * block + above
        sheet.heading(left, top - 1.5 - line_height(SMALL), room, titles[name], lines=lines)
        _ranges(sheet.panel(left, top, panel, height), prices_of(differences, name, shown), study, panel)
        if column == 0:
            for place, key in enumerate(shown):
                middle = top + (place + 0.5) * row
                sheet.label(names - 0.5, middle, names - 1.0, study.name(key, 200), lines=1 if wide else 2)
    return sheet.figure


def _ranges(axes: Axes, table: pd.DataFrame, study: ShownStudy, width: float) -> None:
    """Draw the rows of a panel of `width` millimetres on a scale on which each step multiplies the price."""
    t = study.t
    priced = table[table["bargain"] == "price"]
    known = priced[["value", "low", "median", "high"]].to_numpy()
    known = known[np.isfinite(known) & (known > 0)]
    low, high = (float(known.min()) / 1.3, float(known.max()) * 1.3) if known.size else (0.9, 11.0)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(len(table), 0)
    edge = 1 + NO_PRICE / width
    across = axes.get_yaxis_transform()
    for place, (_, one) in enumerate(table.iterrows()):
        y = place + 0.5
        if place % 2 == 0:
            axes.axhspan(place, place + 1, xmax=edge, color=GROUND, linewidth=0, zorder=0, clip_on=False)
        if one["bargain"] != "price":
            words = no_price(t, str(one["bargain"]))
            axes.text(0.02, y, words, transform=across, size=SMALL, color=MIDDLE, va="center_baseline")
            continue
        start, middle = max(one["low"], low), one["median"]
        axes.plot([start, min(one["high"], high)], [y, y], color=DARK, linewidth=0.9, zorder=2)
        if math.isinf(one["high"]):
            axes.plot(1.0, y, ">", markersize=3.6, color=DARK, transform=across, clip_on=False, zorder=3)
            share = t.percent(0.975, 1) if math.isfinite(middle) else t.percent(0.5)
            axes.text(1 + 2 / width, y, share, transform=across, size=SMALL, color=MIDDLE, va="center_baseline")
        if math.isfinite(middle):
            axes.plot(max(middle, low), y, "o", markersize=3.6, color=DARK, zorder=4)
        if one["value"] > 0:
            axes.plot([one["value"]] * 2, [place + 0.22, place + 0.78], color=MIDDLE, linewidth=1.1, zorder=3)
    axes.xaxis.set_major_locator(FixedLocator(_ticks(low, high)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: t.number(value, 0 if value >= 1 else price_decimals(value)))
    )
    axes.grid(axis="x", color=PALE)
    axes.tick_params(left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    axes.text(edge, -0.15, t("no price"), transform=across, size=SMALL, color=MIDDLE, ha="right", va="bottom")


def _ticks(low: float, high: float) -> list[float]:
    """Round prices between two limits: powers of ten, with 2 and 5 between them where few fit."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    inside = [tick for tick in fine if low <= tick <= high]
    return inside if len(inside) <= 8 else [tick for tick in inside if f"{tick:.0e}"[0] == "1"]
