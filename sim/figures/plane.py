"""The results of a sweep as figures want them: over one factor or two, and the policies that lie there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sim.experiment.sweep_results import Sweep
    from sim.scenario import Scenario

HUBS, OPENINGS, OPEN_NOW = "network.hubs_by_2027", "network.openings", 6
ONLY = ""
"""Path of the second factor where there is only one."""


@dataclass(frozen=True)
class Plane:
    """Outcomes over two factors, or over one.

    Attributes:
        x_path: the factor with more levels; `y_path` the other, empty if there is none.
        x: its levels, ascending; `y` those of the other.
        means: by outcome, in its own unit, shape (y, x), NaN where there is none.
        halves: half-widths of the 95 % intervals, same shape.
        replications: number of worlds.
        origin: levels (x, y) of the point that the means are paired differences from; None for levels.
        there: mean of each outcome at that point.
    """

    x_path: str
    y_path: str
    x: np.ndarray
    y: np.ndarray
    means: dict[str, np.ndarray]
    halves: dict[str, np.ndarray]
    replications: int
    origin: tuple[float, float] | None = None
    there: dict[str, float] = field(default_factory=dict)


def varying(result: Sweep) -> list[str]:
    """The factors that have more than one value."""
    return [path for path in result.factors if result.points[path].nunique(dropna=False) > 1]


def is_number(result: Sweep, path: str) -> bool:
    """Whether a factor's levels are numbers, all of them known."""
    values = result.points[path]
    return bool(pd.api.types.is_numeric_dtype(values) and values.notna().all())


def plane_of(result: Sweep, *, paired: bool = False) -> Plane | None:
    """The results over the factors that vary; None unless these are one or two numbers, on a complete grid.

    Args:
        result: a sweep.
        paired: paired differences from the first point instead of means; None where the design has none.
    """
    paths = varying(result)
    if not 1 <= len(paths) <= 2 or not all(is_number(result, path) for path in paths):
        return None
    points = result.points.assign(**{ONLY: 0.0})
    levels = {path: np.sort(points[path].unique()) for path in ([*paths, ONLY] if len(paths) == 1 else paths)}
    if math.prod(map(len, levels.values())) != len(points) or (paired and result.differences.empty):
        return None
    y_path, x_path = sorted(levels, key=lambda path: len(levels[path]))
    first = points.index[0]
    found = result.differences.rename(columns={"difference": "mean"}) if paired else result.summary
    means: dict[str, np.ndarray] = {}
    halves: dict[str, np.ndarray] = {}
    for outcome in result.shown:
        table = points.join(found[found["outcome"] == outcome].set_index("scenario")).astype({"mean": float})
        table["half"] = ((table["ci_high"] - table["ci_low"]) / 2).astype(float)
        if paired:
            table.loc[first, ["mean", "half"]] = 0.0
        for name, into in (("mean", means), ("half", halves)):
            into[outcome] = table.pivot(index=y_path, columns=x_path, values=name).to_numpy()
    levels_there = result.summary[result.summary["scenario"] == first].set_index("outcome")["mean"]
    return Plane(
        x_path,
        y_path,
        levels[x_path],
        levels[y_path],
        means,
        halves,
        result.replications,
        (points.loc[first, x_path], points.loc[first, y_path]) if paired else None,
        {name: float(levels_there[name]) for name in result.shown} if paired else {},
    )


def policies_in(plane: Plane, base: Scenario, policies: dict[str, Scenario]) -> dict[str, tuple[float, float]]:
    """Where policies lie that differ from the base in nothing but the two factors, within their levels."""
    free = {plane.x_path, plane.y_path} | ({OPENINGS} if HUBS in (plane.x_path, plane.y_path) else set())
    roadmap = {"Fès", "Oujda", "Tiznit", "Khémisset"}
    found = {}
    for name, policy in policies.items():
        if {path for path, *_ in policy.diff(base)} - free:
            continue
        openings = policy.values[OPENINGS] or []
        late = any(opening["hub"] not in roadmap or opening["opens"] > "2027-12" for opening in openings)
        x, y = (_level(policy, path) for path in (plane.x_path, plane.y_path))
        inside = plane.x[0] <= x <= plane.x[-1] and plane.y[0] <= y <= plane.y[-1]
        if inside and not late:
            found[name] = x, y
    return found


def _level(policy: Scenario, path: str) -> float:
    """Where a policy lies along a factor; NaN where it leaves the value open."""
    value = policy.values[path]
    if path == HUBS and value is None:
        return OPEN_NOW + len(policy.values[OPENINGS] or [])
    return math.nan if value is None else value
