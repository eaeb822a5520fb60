"""The results of a sweep over one or two factors, and the policies that lie in their plane."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sim.country.hubs import open_hubs, roadmap
from sim.studies.sweep_results import is_numeric

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.studies.sweep_results import Sweep

HUBS, OPENINGS = "network.hubs_by_2027", "network.openings"
ONLY = ""
"""Path of the second factor where there is only one factor."""


@dataclass(frozen=True)
class Plane:
    """Outcomes over two factors, or over one.

    Attributes:
        x_path: the factor with more levels; `y_path` the other, empty if there is none.
        x: its levels, ascending; `y` those of the other.
        means: by outcome, in its own unit, shape (y, x), NaN where unknown.
        lows: lower ends of the 95 % intervals, same shape; `highs` their upper ends.
        replications: number of worlds.
        draws: number of draws of the parameters under which they lived; 0 for fixed parameters.
        origin: levels (x, y) of the point from which the means are differences; None when the means are levels.
        origin_means: mean of each outcome at that point.
    """

    x_path: str
    y_path: str
    x: np.ndarray
    y: np.ndarray
    means: dict[str, np.ndarray]
    lows: dict[str, np.ndarray]
    highs: dict[str, np.ndarray]
    replications: int
    draws: int = 0
    origin: tuple[float, float] | None = None
    origin_means: dict[str, float] = field(default_factory=dict)


def varying(result: Sweep) -> list[str]:
    """The factors that have more than one value."""
    return [path for path in result.factors if result.points[path].nunique(dropna=False) > 1]


def is_number(result: Sweep, path: str) -> bool:
    """Whether a factor's levels are numbers, all of them known."""
    return is_numeric(result.points[path])


def plane_of(result: Sweep, *, paired: bool = False) -> Plane | None:
    """The results over the factors that vary; None unless these are one or two numeric factors on a complete grid.

    Args:
        result: a sweep.
        paired: take paired differences from the reference instead of means; None where the design has none.
    """
    paths = varying(result)
    if not 1 <= len(paths) <= 2 or not all(is_number(result, path) for path in paths):
        return None
    points = result.points.assign(**{ONLY: 0.0})
    levels = {path: np.sort(points[path].unique()) for path in ([*paths, ONLY] if len(paths) == 1 else paths)}
    origin = str(result.reference)
    if math.prod(map(len, levels.values())) != len(points) or (paired and not result.compared):
        return None
    y_path, x_path = sorted(levels, key=lambda path: len(levels[path]))
    value = "difference" if paired else "mean"
    ends = (value, "ci_low", "ci_high")
    found: dict[str, dict[str, np.ndarray]] = {name: {} for name in ends}
    for outcome in result.shown:
        measured = result.difference_of(outcome) if paired else result.level_of(outcome)
        table = points.join(measured.set_index("scenario")[list(ends)].astype(float))
        if paired:
            table.loc[origin, list(ends)] = 0.0
        for name in ends:
            found[name][outcome] = table.pivot(index=y_path, columns=x_path, values=name).to_numpy()
    levels_of = {name: result.level_of(name).set_index("scenario")["mean"] for name in result.shown if paired}
    return Plane(
        x_path,
        y_path,
        levels[x_path],
        levels[y_path],
        found[value],
        found["ci_low"],
        found["ci_high"],
        result.replications,
        result.draws_used,
        (float(points[x_path][origin]), float(points[y_path][origin])) if paired else None,
        {name: float(mean[origin]) for name, mean in levels_of.items()},
    )


def policies_in(plane: Plane, base: Scenario, policies: dict[str, Scenario]) -> dict[str, tuple[float, float]]:
    """Coordinates of the policies that differ from the base only in the two factors, within their levels.

    If one of the factors is the number of hubs, a policy may list hubs of the roadmap that open when the roadmap says.
    """
    free = {plane.x_path, plane.y_path} | ({OPENINGS} if HUBS in (plane.x_path, plane.y_path) else set())
    announced = roadmap()
    found = {}
    for name, policy in policies.items():
        if {path for path, *_ in policy.diff(base)} - free:
            continue
        openings = policy.values[OPENINGS] or []
        otherwise = any(opening["opens"] > announced.get(opening["hub"], "") for opening in openings)
        x, y = (_level(policy, path) for path in (plane.x_path, plane.y_path))
        inside = plane.x[0] <= x <= plane.x[-1] and plane.y[0] <= y <= plane.y[-1]
        if inside and not otherwise:
            found[name] = x, y
    return found


def _level(policy: Scenario, path: str) -> float:
    """The level of a policy along a factor; NaN where the policy leaves the value open."""
    value = policy.values[path]
    if path == HUBS and value is None:
        return len(open_hubs()) + len(policy.values[OPENINGS] or [])
    return math.nan if value is None else value
