"""Finds the combinations of uncertain conditions in which a policy misses its aim: `hubsim discover`.

The method is PRIM (Friedman and Fisher 1999, "Bump hunting in high-dimensional data", Stat. Comput. 9) as Bryant and
Lempert (2010, "Thinking inside the box", Technol. Forecast. Soc. Change 77) use it: boxes of conditions with their
coverage (share of all misses that are in the box) and density (share of misses among the points in the box). The EMA
workbench implements the algorithm.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import StudyError, did_you_mean, said
from sim.scenario.arguments import number
from sim.studies.codebook import write_codebook
from sim.studies.extras import needs
from sim.studies.store import ResultStore
from sim.studies.sweep_results import Sweep, is_numeric, level_text

BOXES = 3
MIN_POINTS = 40
"""Smallest number of points; with fewer, boxes would describe noise."""


@dataclass(frozen=True)
class Discovery:
    """Boxes of conditions in which an outcome is beyond a limit.

    Attributes:
        aim: the condition of a case: `export_rate below 0.35`.
        points: number of points.
        cases: number of points that are cases.
        parameters: the parameters besides the factors, as in `--parameters`.
        wanted: the requested density.
        boxes: one row per box: box, coverage, density, mass (shares), points, cases, and `dense`: whether the density
            is as requested.
        limits: one row per box and restricted factor: box, factor, range in words, low, high, and `quasi_p`, the
            probability that the box would be as good by chance without this restriction.
    """

    aim: str
    points: int
    cases: int
    parameters: str
    wanted: float
    boxes: pd.DataFrame
    limits: pd.DataFrame

    def write(self, store: ResultStore) -> None:
        """Write `boxes.csv` and `limits.csv` into a result folder."""
        store.write_csv("boxes", self.boxes)
        store.write_csv("limits", self.limits)
        write_codebook(store)


def discover(
    result: Sweep,
    outcome: str,
    *,
    below: float | None = None,
    above: float | None = None,
    density: float = 0.8,
    smallest: float = 0.05,
) -> Discovery:
    """Find the boxes of conditions in which the mean of an outcome is below or above a limit.

    Args:
        result: a sweep, preferably of the design lhs or sobol.
        outcome: name of an outcome.
        below: a point is a case if its mean is below this; give either this or `above`.
        above: a point is a case if its mean is above this.
        density: requested density. The box with the most coverage that reaches it is taken, else the densest box.
        smallest: smallest share of the points that a box may contain.

    Raises:
        StudyError: the outcome does not exist, not exactly one limit is given, the density is not a share, or there
            are too few points or cases.
    """
    if (below is None) == (above is None):
        raise StudyError(said("say what counts as a miss: either --below LIMIT or --above LIMIT"))
    density = number("density", density)
    below = None if below is None else number("below", below)
    above = None if above is None else number("above", above)
    if outcome not in result.outcomes:
        raise StudyError(
            said(
                "there is no outcome {outcome}{near}",
                outcome=repr(outcome),
                near=did_you_mean(outcome, result.outcomes),
            )
        )
    means = result.matrix(outcome).mean(axis=1).dropna()
    conditions = result.points.loc[means.index]
    conditions = conditions[[name for name in conditions if conditions[name].nunique(dropna=False) > 1]]
    conditions = conditions.apply(lambda levels: levels if is_numeric(levels) else levels.map(level_text))
    if len(means) < MIN_POINTS:
        raise StudyError(
            said(
                "{count} points are too few for boxes; PRIM needs {min_points} or more, better hundreds",
                count=len(means),
                min_points=MIN_POINTS,
            )
        )
    case = (means < below if below is not None else means > above).to_numpy().astype(int)
    aim = f"{outcome} {'below' if below is not None else 'above'} {below if below is not None else above:g}"
    if case.sum() in (0, len(case)):
        raise StudyError(
            said(
                "{aim}: true at {true} of {count} points, so there is nothing to tell apart",
                aim=aim,
                true=case.sum(),
                count=len(case),
            )
        )
    boxes, limits = _boxes(conditions, case, density, smallest)
    return Discovery(
        aim,
        len(case),
        int(case.sum()),
        result.parameters,
        density,
        pd.DataFrame(boxes, columns=_BOX),
        pd.DataFrame(limits, columns=_LIMIT),
    )


_BOX = ["box", "coverage", "density", "mass", "points", "cases", "dense"]
_LIMIT = ["box", "factor", "range", "low", "high", "quasi_p"]


def _boxes(conditions: pd.DataFrame, case: np.ndarray, density: float, smallest: float) -> tuple[list[Any], list[Any]]:
    with needs("analysis", "hubsim discover"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about missing optional parts for other clusters
        from ema_workbench.analysis import prim

        search = prim.Prim(conditions.reset_index(drop=True), case, peel_alpha=0.05, mass_min=smallest)
        boxes: list[Any] = []
        limits: list[Any] = []
        for number in range(1, BOXES + 1):
            box = search.find_box()
            if box is None:
                break
            path = box.peeling_trajectory
            dense = path[path["density"] >= density]
            place = int((dense["coverage"] if len(dense) else path["density"]).idxmax())
            row = path.loc[place]
            if row["res_dim"] == 0 or row["density"] <= case.mean():
                break
            box.select(place)
            found = [row["coverage"], row["density"], row["mass"], int(row["n"]), int(row["k"]), bool(len(dense))]
            boxes.append([number, *found])
            limits += _limits(number, box, place, search.box_init)
    return boxes, limits


def _limits(number: int, box: Any, place: int, everything: pd.DataFrame) -> list[list[Any]]:
    """Rows of `limits` for the factors that a box restricts."""
    found = []
    for factor, chances in box.p_values[place].items():
        low, high = box.box_lims[place][factor]
        first, last = everything[factor]
        chance = min((float(value) for value in chances if value >= 0), default=np.nan)
        if isinstance(low, set | frozenset):
            found.append([number, factor, ", ".join(sorted(map(str, low))), np.nan, np.nan, chance])
            continue
        parts = [f"from {low:.4g}"] * bool(low > first) + [f"to {high:.4g}"] * bool(high < last)
        found.append([number, factor, " ".join(parts), float(low), float(high), chance])
    return found
