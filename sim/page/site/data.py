"""The numbers of a site: effects at the points of a sweep, how to interpolate between them, and the error of that."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from sim.country.hubs import open_hubs, roadmap
from sim.errors import StudyError, listed, said
from sim.model.outcomes import shown_of
from sim.page.levers import HUBS
from sim.page.site.interpolation import fit, plain, root_mean_square
from sim.page.site.levers import levers_of
from sim.scenario import Scenario, load_scenario
from sim.studies.bands import bands
from sim.studies.channels import PRINTED, means_of
from sim.studies.effect_distribution import sign_bound
from sim.studies.results import DIFFERENCES
from sim.studies.series import COHORT_SERIES, yearly_mean
from sim.studies.smallest import smallest_of
from sim.studies.statistics import CLEAR, LIKELY
from sim.studies.sweep_results import Sweep

SERIES = ("cohort_success_rate", "survival_5y", "export_rate", "exporters", "outside_centre", "residents")
"""Monthly series whose differences are drawn, if the sweep keeps them."""
EFFECT = ("median", "mean", "low", "high")
"""What is interpolated of an effect; all as the first of them that is known everywhere."""
_COLUMNS = dict(
    zip(
        ("mean", "median", "low", "high", "p_positive", "n", "draws", "chance_share", "verdict"),
        (name for name in DIFFERENCES[3:] if not name.startswith("sd_")),
        strict=True,
    )
)
"""Attributes of an effect and the columns of `differences.csv` that hold them."""
_ENDS = ("low", "middle", "high")
_LAST_MONTHS = 24
"""Months at the end whose mean chooses how a series is interpolated."""


def site_data(result: Sweep) -> dict[str, Any]:
    """The numbers of a site as plain data, without words.

    Raises:
        StudyError: the result is not a finished sweep with a reference and enough points, or a table is missing.
    """
    check(result)
    levers = levers_of(result)
    points = np.concatenate([lever.coordinates(lever.states) for lever in levers], axis=1)
    place = result.scenarios.index(str(result.reference))
    if len(points) < points.shape[1] + 2:
        raise StudyError(
            said(
                "{folder} has {points} points, but {levers} levers need at least {needed}: add values to the "
                "factors, or points with fill: {{samples: 32}}",
                folder=result.folder,
                points=len(points),
                levers=len(levers),
                needed=points.shape[1] + 2,
            )
        )
    outcomes = _outcomes(result, points, place)
    return {
        "levers": [lever.plain() for lever in levers],
        "keys": result.scenarios,
        "states": np.stack([lever.states for lever in levers], axis=1).tolist(),
        "points": points.tolist(),
        "reference": place,
        "likely": LIKELY,
        "openings": _openings(base_of(result)),
        "outcomes": outcomes,
        "series": _series(result, points, place),
        "channels": _channels(result, [name for name in PRINTED if name in outcomes]),
    }


def _channels(result: Sweep, names: list[str]) -> dict[str, dict[str, list[float]]]:
    """Mean of each channel of the counts `names` by point, zero at the reference; without a count that has none."""
    means = means_of(result.channels_of(names))
    found: dict[str, dict[str, list[float]]] = {}
    for name in names:
        parts = dict.fromkeys(part for of_point in means.values() for part in of_point.get(name, {}))
        values = {part: [means.get(key, {name: {part: 0.0}})[name][part] for key in result.scenarios] for part in parts}
        if values and np.isfinite(list(values.values())).all():
            found[name] = values
    return found


def _openings(base: Scenario) -> dict[str, Any]:
    """When the new hubs of the base open, in their order; the lever of their number, and how many are open now."""
    announced = base.values["network.openings"] or [{"opens": month} for month in roadmap().values()]
    now = len(open_hubs())
    hubs = base.values[HUBS] or now + len(base.values["network.openings"] or [])
    return {"path": HUBS, "open": now, "hubs": hubs, "months": [one["opens"] for one in announced]}


def base_of(result: Sweep) -> Scenario:
    """The scenario that the factors of a sweep change."""
    return load_scenario(result.store.resolved(result.manifest["scenarios"][0]["scenario"]))


def check(result: Sweep) -> None:
    """Refuse a result of which no site can be made; raises StudyError."""
    entries, folder = result.manifest, result.folder
    if entries["state"] != "finished":
        raise StudyError(
            said(
                "{folder} is not finished, so its intervals would change; go on with: {command}",
                folder=folder,
                command=entries["command"],
            )
        )
    if result.reference is None:
        design = entries["options"]["design"]
        raise StudyError(
            said(
                "{folder} has the design {design}, which has no reference, so there are no effects to show; a site "
                "needs design: grid (with fill for further levers) or design: list, for example: hubsim publish "
                "main-levers",
                folder=folder,
                design=design,
            )
        )
    if result.failures:
        lost = listed(sorted({row["scenario"] for row in result.failures}), 5)
        raise StudyError(
            said(
                "{folder}: runs failed at {lost}; mend their values, and run the sweep again", folder=folder, lost=lost
            )
        )
    if not any(result.points[path].nunique(dropna=False) > 1 for path in result.factors):
        raise StudyError(
            said("{folder}: no factor has more than one value, so there is nothing to move", folder=folder)
        )


def _outcomes(result: Sweep, points: np.ndarray, place: int) -> dict[str, Any]:
    effects, levels = (result.store.frame(f"{name}.csv") for name in ("differences", "summary"))
    found = {}
    for name in result.shown:
        mine = effects[effects["outcome"] == name].set_index("scenario").reindex(result.scenarios)
        level = levels[levels["outcome"] == name].set_index("scenario")["median"].reindex(result.scenarios)
        known = {part: mine[column].to_numpy() for part, column in _COLUMNS.items()}
        if not np.isfinite(np.delete(known["mean"].astype(float), place)).all() or not np.isfinite(level).all():
            continue
        found[name] = _outcome(name, known | {"level": level.to_numpy()}, points, place)
    if not found:
        raise StudyError(
            said(
                "{folder}: no outcome is defined at all points; name outcomes in the experiment file, for example "
                "outcomes: [survivors_5y, exporters, cost]",
                folder=result.folder,
            )
        )
    return found


def _outcome(name: str, known: dict[str, np.ndarray], points: np.ndarray, place: int) -> dict[str, Any]:
    """One outcome; the reference has the effect zero, which no table holds."""
    for part in ("mean", "median", "low", "high"):
        known[part] = known[part].astype(float)
        known[part][place] = 0.0
    known["p_positive"] = known["p_positive"].astype(float)
    known["p_positive"][place] = 0.5
    known["verdict"][place] = "practically none"
    smooth = [part for part in (*EFFECT, "level") if np.isfinite(known[part]).all()]
    values = np.stack([known[part] for part in smooth], axis=1)
    chosen = fit(points, values, points[place])
    errors = {part: root_mean_square(chosen.held_out[:, at] - values[:, at]) for at, part in enumerate(smooth)}
    if set(EFFECT) <= errors.keys():
        median, low, high = (chosen.held_out[:, smooth.index(part)] for part in ("median", "low", "high"))
        errors["p_positive"] = root_mean_square(share_above_zero(median, low, high) - known["p_positive"])
    draws = int(np.nan_to_num(np.delete(known["draws"].astype(float), place)).min())
    shown = shown_of(name)
    return {
        "scale": shown.scale,
        "decimals": _decimals(float(np.abs(known["mean"]).max()) * shown.scale),
        "level_decimals": _decimals(float(np.abs(known["level"]).max()) * shown.scale),
        "smallest": smallest_of(name),
        "clear": _clear_from(draws),
        "smooth": smooth,
        "at": {part: [_plain(value) for value in values.tolist()] for part, values in known.items()},
        "form": plain(chosen.form),
        "errors": errors,
    }


def share_above_zero(median: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Probability of more between the points: that of a normal distribution on each side of the median.

    The probability itself jumps where an effect is small, so the ends of its interval are interpolated instead.
    """
    width = np.where(median > 0, median - low, high - median) / float(ndtri(0.975))
    with np.errstate(divide="ignore", invalid="ignore"):
        score = median / np.maximum(width, 0)
    found: np.ndarray = np.where(median == 0, 0.5, ndtr(score))
    return found


def _clear_from(draws: int) -> float:
    """Smallest probability of a sign that is clear with this many draws; 2 if none is."""
    shares = np.linspace(0.5, 1.0, 5001)
    clear = shares[sign_bound(shares, np.full(shares.shape, draws)) >= CLEAR]
    return float(clear[0]) if len(clear) else 2.0


def _series(result: Sweep, points: np.ndarray, place: int) -> dict[str, Any]:
    """Differences by month since the present; empty if the sweep keeps no months."""
    if "monthly" not in (result.manifest.get("record") or []):
        return {}
    present = base_of(result).present
    names = [name for name in SERIES if name in result.store.columns("monthly")]
    months: list[str] = []
    found: dict[str, Any] = {}
    for name in names:
        table = result.store.frame("monthly", ["scenario", "replication", "month", name])
        months = sorted(month for month in table["month"].unique() if month >= present)
        values = table.pivot(index=["scenario", "replication"], columns="month", values=name)
        ends = _differences(result, values, months, name)
        if ends is None:
            continue
        last = np.array([ends[key][1, -_LAST_MONTHS:].mean() for key in result.scenarios])
        every = np.stack([ends[key].ravel() for key in result.scenarios])
        chosen = fit(points, np.column_stack([last, every]), points[place])
        middle = slice(len(months), 2 * len(months))
        error = root_mean_square(chosen.held_out[:, 1:][:, middle] - every[:, middle])
        found[name] = {
            **{
                end: [[_plain(value, 5) for value in ends[key][row].tolist()] for key in result.scenarios]
                for row, end in enumerate(_ENDS)
            },
            "form": plain(chosen.form),
            "error": error,
        }
    return {"months": months, "shown": found} if found else {}


def _differences(result: Sweep, values: pd.DataFrame, months: list[str], name: str) -> dict[str, np.ndarray] | None:
    """Low end, median and high end, (3, months), of the paired difference by point; None if it is not defined."""

    def by_month(key: str) -> np.ndarray:
        whole = values.loc[key].to_numpy(dtype=float)
        smooth = yearly_mean(whole) if name in COHORT_SERIES else whole
        found: np.ndarray = smooth[:, values.columns.get_indexer(pd.Index(months))]
        return found

    origin = by_month(str(result.reference))
    ends = {}
    for key in result.scenarios:
        ends[key] = np.zeros((3, len(months)))
        if key != result.reference:
            ends[key] = np.asarray(bands(by_month(key) - origin, result.draws, differences=True))
        if not np.isfinite(ends[key]).all():
            return None
    return ends


def _decimals(size: float) -> int:
    """Decimals that show three digits of a number of this size, two at most of small ones."""
    return 0 if size >= 100 else 1 if size >= 10 else 2


def _plain(value: Any, digits: int = 17) -> Any:
    """A number for JSON: None for NaN; all digits unless told otherwise."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else value if digits >= 17 else float(f"{value:.{digits}g}")
