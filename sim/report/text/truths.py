"""What was found of known truths, as text for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.inference.simulated_truths import DRAWS
from sim.inference.simulation_based import EFFECT, MOVES
from sim.report.layout import as_text, grid
from sim.report.text.numbers import percent


def verified(summary: Mapping[str, Any], width: int = 120) -> str:
    """What simulation-based calibration found: quantities out of their bands, coverage, and what the data tell."""
    chance, coverage, told = summary["chance"], summary["coverage"], summary["correlations"]
    rows = [
        (
            name,
            f"{100 * coverage[name]['50']:.0f} %",
            f"{100 * coverage[name]['90']:.0f} %",
            f"{chance[name]:.2g}" + " OUTSIDE" * (name in summary["outside"]),
            "{correlation:.2f} ({low:.2f} to {high:.2f})".format(**told[name]) if name in told else "–",
        )
        for name in chance
    ]
    headings = ("quantity", "50 % intervals hold", "90 % intervals hold", "chance of such ranks", "follows the truth")
    sentences = [ranks_sentence(summary), *(coverage_sentence(*one) for one in summary["expected_coverage"].items())]
    sentences += [movement_sentence(name, found) for name, found in told.items() if name == EFFECT]
    return "\n".join([as_text(grid(headings, rows), width=width).rstrip(), *sentences])


def ranks_sentence(summary: Mapping[str, Any]) -> str:
    """Whether all ranks are inside the simultaneous bands."""
    outside, all_of = summary["outside"], f"{summary['truths']} truths, {summary['quantities']} quantities"
    if not outside:
        return (
            f"{all_of}: no ranks leave the bands that hold all uniform ones with {percent(1 - summary['error_rate'])}."
        )
    return f"{all_of}: the posterior is not what it says for {', '.join(outside)}: ranks leave their bands."


def coverage_sentence(coordinates: str, found: Mapping[str, Any]) -> str:
    """Whether expected coverage of several quantities at once is right."""
    verdict = "is right within chance" if found["inside"] else "is WRONG"
    return f"Expected coverage of the {coordinates} together {verdict} (chance of such coverage {found['chance']:.2g})."


def movement_sentence(name: str, found: Mapping[str, Any]) -> str:
    """Whether intervals move with the truth, or the data cannot tell it."""
    numbers = "{correlation:.2f} (95 %: {low:.2f} to {high:.2f})".format(**found)
    if found["low"] >= MOVES:
        return f"Intervals of {name} move with the truth: the correlation of truth and middle is {numbers}."
    if found["low"] > 0:
        share = f"{100 * found['correlation'] ** 2:.0f} %"
        return (
            f"The data hardly tell {name}: the middle of its interval has a correlation of {numbers} with the truth, "
            f"so it tells {share} of the differences between worlds."
        )
    return f"The data cannot tell {name}: the middle of its interval has a correlation of {numbers} with the truth."


def all_waves(found: pd.DataFrame, width: int = 120) -> str:
    """How often intervals held truths whose calibration was repeated with all its waves."""
    headings = ("truth", f"{EFFECT} (points)", "median", "5 %", "95 %")
    return as_text(grid(headings, effects_of_truths(found)), width=width) + all_waves_sentence(found)


def effects_of_truths(found: pd.DataFrame) -> list[tuple[str, ...]]:
    """Position of each truth, its effect, and the median and ends of the 90 % interval, in points."""
    effects = found[found["quantity"] == EFFECT]
    return [
        (str(row["truth"]), *(f"{100 * row[part]:.1f}" for part in ("true", "median", "low_90", "high_90")))
        for row in effects.to_dict("records")
    ]


def all_waves_sentence(found: pd.DataFrame) -> str:
    """Shares of the intervals of all quantities that hold the truth, with the standard error between truths."""
    away = ((found["rank"] + 0.5) / (DRAWS + 1) - 0.5).abs()
    parts = []
    for level in (0.5, 0.9):
        shares = (100 * (away < level / 2)).groupby(found["truth"]).mean().to_numpy()
        error = f" (± {shares.std(ddof=1) / np.sqrt(shares.size):.0f})" if shares.size > 1 else ""
        parts.append(f"{shares.mean():.0f} %{error} of {100 * level:.0f} % intervals")
    truths = found["truth"].nunique()
    begin = f"{truths} truths" if truths > 1 else "1 truth"
    return f"{begin}, {found['quantity'].nunique()} quantities: {' and '.join(parts)} hold the truth."
