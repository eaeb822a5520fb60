"""Results as plain data for JSON: undefined values are None."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from sim.studies.statistics import Effect, Level


def plain_level(found: Level) -> dict[str, Any]:
    """A level as plain data."""
    return {
        "mean": found.mean,
        "median": found.median,
        "sd": found.sd,
        "ci": [found.low, found.high],
        "kind": found.kind,
        "n": found.n,
        "draws": found.draws,
    }


def plain_effect(found: Effect) -> dict[str, Any]:
    """An effect as plain data."""
    return {
        "mean": found.mean,
        "median": found.median,
        "ci": [found.low, found.high],
        "p_positive": found.p_positive,
        "n": found.n,
        "draws": found.draws,
        "sd_paired": found.sd,
        "sd_unpaired": found.sd_unpaired,
        "chance_share": found.chance_share,
        "verdict": found.verdict,
    }


def plain_channels(frame: pd.DataFrame, scenario: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The channels of a scenario as plain data: outcome -> channel -> mean, median and interval."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in frame[frame["scenario"] == scenario].to_dict("records"):
        values = {"mean": row["difference"], "median": row["median"], "ci": [row["ci_low"], row["ci_high"]]}
        found.setdefault(row["outcome"], {})[row["channel"]] = values
    return found


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as plain data, empty cells as None."""
    cells = frame.astype(object).where(frame.notna(), None)
    return [{str(name): cell for name, cell in row.items()} for row in cells.to_dict("records")]


def without_nan(value: Any) -> Any:
    """Replace numbers that JSON cannot write by None, at any depth."""
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
