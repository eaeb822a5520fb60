"""Registered forecasts beside what happened since: a fact is found by its quantity and date.

A quantity of December is interpolated between two years, quantile by quantile, where a fact is about another month; a
fact about a year is compared with the year's own forecast or, of a quantity of December, with its middle. What a
forecast is worth depends on what was known when it was registered (`kind`):

- `forecast`: the month or year had not ended;
- `nowcast`: it had ended, but the figure was not in the table of facts; it may have been public somewhere;
- `hindcast`: the figure was in the table, so that whoever made the model knew it.

A row about a time that had not ended when it was written is a plan, not a fact, and is not scored.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sim.inference.calibration_file import last_month
from sim.inference.dated import months_of
from sim.inference.forecast_scores import COVERED, RULES, ask_for_scores, pasts, relative_spread, rule_scores
from sim.inference.registration import COLUMNS, LEVELS, Registration

SHOWN = {"low_90": 0.05, "low_50": 0.25, "median": 0.5, "high_50": 0.75, "high_90": 0.95}
"""Quantiles that are shown, by their column."""
HINDCAST = "hindcast"
KINDS = ("forecast", "nowcast", HINDCAST)


def against_facts(registered: Registration, facts: pd.DataFrame, today: str | None = None) -> pd.DataFrame:
    """A registration with its scores.

    Args:
        registered: what was registered.
        facts: the table of facts.
        today: the present month, until which something can be a fact; by default that of the clock.

    Returns:
        One row for each policy, quantity and date that was registered, and for each other date of a fact: `registered`,
        `scenario`, `quantity`, `date`, the columns of `SHOWN`, `kind`; and where there is a fact `fact` (its id),
        `observed`, `inside` (the 90 % interval), `crps` and `interval_score` in the quantity's unit. Beside them stand
        the columns that `sim.inference.forecast_scores.skills` needs, in tolerances; rules forecast no hindcast,
        because they would be told the figure.

    Raises:
        StudyError: there are facts, but the library of scores is not installed.
    """
    known = facts[facts["id"].isin(registered.about["facts"])]
    published, rows = _observed(facts, registered, today or date.today().isoformat()[:7]), []
    for (scenario, quantity), table in registered.table.groupby(["scenario", "quantity"], sort=False):
        curves = {str(row["date"]): row[COLUMNS].to_numpy(dtype=float) for _, row in table.iterrows()}
        mine = published[published["outcome"] == quantity]
        found = [(fact, curve) for fact in mine.to_dict("records") if (curve := _at(curves, fact["at"])) is not None]
        told = {fact["at"] for fact, _ in found}
        head: dict[str, Any] = {"registered": registered.name, "scenario": scenario, "quantity": quantity}
        rows += [_row(head | {"date": at}, curve, registered) for at, curve in curves.items() if at not in told]
        for fact, curve in found:
            row = _row(head | {"date": fact["at"]}, curve, registered, fact)
            if row["kind"] != HINDCAST and fact["high"] > fact["low"]:
                past = pasts(known, min(registered.month, last_month(fact["at"])))
                row |= rule_scores(fact, past.get(str(quantity)), relative_spread(past))
            rows.append(row)
    empty = {"fact": None, "observed": math.nan, "inside": None, "crps": math.nan, "interval_score": math.nan}
    empty |= {"series": None, "crps_in_tolerances": math.nan, "interval_in_tolerances": math.nan}
    empty |= {f"{score}_{rule}": math.nan for score in ("crps", "interval") for rule in RULES}
    whole = pd.DataFrame([empty | row for row in rows])
    order = {name: place for place, name in enumerate(dict.fromkeys(whole["quantity"]))}
    return whole.sort_values(
        ["scenario", "quantity", "date"], key=lambda column: column.map(order) if column.name == "quantity" else column,
        kind="stable", ignore_index=True,
    )  # fmt: skip


def _observed(facts: pd.DataFrame, registered: Registration, today: str) -> pd.DataFrame:
    """The facts with a value that are about something past, with their date `at`; plans are left out."""
    found = facts[facts["value"].notna() & facts["outcome"].notna()].assign(at=lambda rows: rows["date"].astype(str))
    ends = found["at"].map(last_month)
    planned = found["id"].isin(registered.about["facts"]) & (ends >= registered.month)
    return found[(ends <= today) & ~planned]


def _at(curves: dict[str, np.ndarray], at: str) -> np.ndarray | None:
    """The quantiles at a date; None outside of what was registered."""
    if at in curves:
        return curves[at]
    first, last = months_of(at)
    levels = {_number(month): curve for month, curve in curves.items() if len(month) == 7}
    middle = (_number(first) + _number(last)) / 2
    if first[:4] != last[:4] or not levels or not min(levels) <= middle <= max(levels):
        return None
    after = min(month for month in levels if month >= middle)
    before = max(month for month in levels if month <= middle)
    share = (middle - before) / (after - before) if after > before else 0.0
    return (1 - share) * levels[before] + share * levels[after]


def _number(month: str) -> int:
    return 12 * int(month[:4]) + int(month[5:])


def _row(
    head: dict[str, Any], curve: np.ndarray, registered: Registration, fact: dict[Any, Any] | None = None
) -> dict[str, Any]:
    shown = dict(zip(SHOWN, np.interp(list(SHOWN.values()), LEVELS, curve).tolist(), strict=True))
    over = last_month(head["date"]) < registered.month
    row: dict[str, Any] = head | shown | {"kind": "nowcast" if over else "forecast"}
    if fact is None:
        return row
    ask_for_scores("scoring forecasts")
    import scoringrules

    if fact["id"] in registered.about["facts"]:
        row["kind"] = HINDCAST
    observed, tolerance = float(fact["value"]), (fact["high"] - fact["low"]) / 4
    crps = float(scoringrules.crps_quantile(observed, curve, LEVELS))
    interval = float(scoringrules.interval_score(observed, row["low_90"], row["high_90"], 1 - COVERED))
    scale = tolerance if tolerance > 0 else math.nan
    return row | {
        "fact": fact["id"],
        "observed": observed,
        "inside": bool(row["low_90"] <= observed <= row["high_90"]),
        "crps": crps,
        "interval_score": interval,
        "series": head["quantity"],
        "crps_in_tolerances": crps / scale,
        "interval_in_tolerances": interval / scale,
    }


def scored_rows(table: pd.DataFrame, kind: str, scenario: str) -> pd.DataFrame:
    """The rows of a kind and policy that have a fact, in the form that `skills` and `coverage` take."""
    rows = table[table["fact"].notna() & (table["kind"] == kind) & (table["scenario"] == scenario)]
    names = {"crps_in_tolerances": "crps", "interval_in_tolerances": "interval"}
    return rows.drop(columns="crps").rename(columns=names).assign(inside=rows["inside"].astype(bool))
