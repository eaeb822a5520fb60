"""The results of a sweep as figures want them: means over one factor or two, and policies that lie there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sim.experiment.sweep_results import Sweep
    from sim.scenario import Scenario

HUBS, OPENINGS, OPEN_NOW = "network.hubs_by_2027", "network.openings", 6


@dataclass(frozen=True)
class Plane:
    """Means of outcomes over two factors.

    Attributes:
        x_path: the factor with more levels; `y_path` the other.
        x: its levels, ascending; `y` those of the other.
        means: by outcome, in its own unit, shape (y, x), NaN where there is none.
        halves: half-widths of the 95 % intervals, same shape.
        replications: number of worlds.
    """

    x_path: str
    y_path: str
    x: np.ndarray
    y: np.ndarray
    means: dict[str, np.ndarray]
    halves: dict[str, np.ndarray]
    replications: int


def varying(result: Sweep) -> list[str]:
    """The factors that have more than one value."""
    return [path for path in result.factors if result.points[path].nunique(dropna=False) > 1]


def is_number(result: Sweep, path: str) -> bool:
    """Whether a factor's levels are numbers, all of them known."""
    values = result.points[path]
    return bool(pd.api.types.is_numeric_dtype(values) and values.notna().all())


def plane_of(result: Sweep) -> Plane | None:
    """The results over two factors; None unless exactly two numbers vary, on a complete grid."""
    paths = varying(result)
    if len(paths) != 2 or not all(is_number(result, path) for path in paths):
        return None
    levels = {path: np.sort(result.points[path].unique()) for path in paths}
    if len(levels[paths[0]]) * len(levels[paths[1]]) != len(result.points):
        return None
    y_path, x_path = sorted(paths, key=lambda path: len(levels[path]))
    means: dict[str, np.ndarray] = {}
    halves: dict[str, np.ndarray] = {}
    for outcome, rows in result.summary[result.summary["outcome"].isin(result.shown)].groupby("outcome"):
        table = result.points.join(rows.set_index("scenario"))
        table["half"] = (table["ci_high"] - table["ci_low"]) / 2
        for name, into in (("mean", means), ("half", halves)):
            into[str(outcome)] = table.pivot(index=y_path, columns=x_path, values=name).to_numpy(dtype=float)
    ordered = [name for name in result.shown if name in means]
    return Plane(
        x_path,
        y_path,
        levels[x_path],
        levels[y_path],
        {name: means[name] for name in ordered},
        {name: halves[name] for name in ordered},
        result.replications,
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
