"""A sweep as text for people and as plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sim.report.layout import as_text
from sim.report.text.blocks import blocks, wrapped
from sim.report.text.numbers import (
    BLURRED,
    PRINTED_OUTCOMES,
    amount,
    change,
    count,
    interval,
    interval_contents,
    sureness,
)
from sim.report.text.plain import plain_channels, plain_effect, without_nan
from sim.studies.statistics import MUCH_CHANCE
from sim.studies.sweep_results import Sweep, level_text
from sim.studies.sweep_tables import effect_in

POINTS = 60
"""Largest number of points in the printed table; `summary.csv` has all of them."""


def table(sweep: Sweep, width: int = 120) -> str:
    """Lay out the reference and the first other points: effects, or levels in designs with random points."""
    first = [sweep.reference] if sweep.compared and sweep.reference else []
    keys = [*first, *(sweep.compared or sweep.scenarios)][:POINTS]
    shown = sweep.asked or [name for name in PRINTED_OUTCOMES if name in sweep.outcomes] or sweep.shown
    columns = {outcome: _cells(sweep, outcome, keys) for outcome in shown if outcome in sweep.outcomes}
    more = len(sweep.points) - len(keys)
    holds = interval_contents(sweep)
    effect = (
        "First row: the reference, mean. Below: the effect, that is the difference from it in the same worlds: its "
        f"median, its 95 % interval ({holds}), the probability that it is above zero, and what may be said: "
        "clear, likely, open, or practically none."
    )
    return as_text(
        f"{count(len(sweep.points), 'point')}, {count(sweep.replications, 'replication')}, "
        f"seed {sweep.manifest['seed']}. {effect if first else f'Mean and its 95 % interval ({holds}).'}",
        *blocks(_point_columns(sweep, keys, width), columns, width),
        f"summary.csv has {f'{more:,} more points and ' if more > 0 else ''}all outcomes.",
        *_notes(sweep, shown),
        width=width,
    )


def _cells(sweep: Sweep, outcome: str, keys: Sequence[str]) -> list[str]:
    levels = sweep.level_of(outcome).set_index("scenario")
    effects = sweep.difference_of(outcome).set_index("scenario") if sweep.compared else pd.DataFrame()
    cells = []
    for key in keys:
        if key in effects.index:
            found = effect_in(effects.loc[key].to_dict())
            cells.append(f"{_beside(change(found, outcome))}\n{sureness(found)}")
        elif sweep.compared:
            cells.append(amount(float(levels["mean"][key]), outcome))
        else:
            mean, low, high = map(float, levels.loc[key, ["mean", "ci_low", "ci_high"]])
            cells.append(_beside(interval(mean, low, high, outcome)))
    return cells


def _point_columns(sweep: Sweep, keys: Sequence[str], width: int) -> dict[str, list[str]]:
    """One column per factor that varies; one column of point names where the factors would take half the width."""
    varying = [path for path in sweep.factors if sweep.points[path].nunique(dropna=False) > 1]
    columns = {
        wrapped(path.replace(".", " ")): [level_text(value) for value in sweep.points[path].loc[list(keys)]]
        for path in varying
    }
    if columns and sum(max(map(len, (*cells, " " * 10))) + 2 for cells in columns.values()) <= width // 2:
        return columns
    return {"point": list(keys)}


def _notes(sweep: Sweep, shown: Sequence[str]) -> Iterator[str]:
    if failures := sweep.failures:
        runs = sweep.manifest["runs"]
        yield (
            f"{runs['failed']:,} of {sum(runs.values()):,} runs failed. The first: {failures[0]['error']}. "
            f"Repeat it alone: {failures[0]['command']}"
        )
    if sweep.compared:
        yield "Rank by national counts: rates of the admitted concern different startups at each point."
    if blurred := [name for name in shown if _is_blurred(sweep, name)]:
        yield f"Chance is above half of what is seen in {', '.join(blurred)}: more worlds would say more."


def _is_blurred(sweep: Sweep, outcome: str) -> bool:
    """Whether chance hides the direction of the effect at some point."""
    if not sweep.compared or sweep.draws is None or outcome not in sweep.outcomes:
        return False
    effects = sweep.difference_of(outcome)
    return bool((effects["chance_share"].gt(MUCH_CHANCE) & effects["verdict"].isin(BLURRED)).any())


def as_dict(sweep: Sweep) -> dict[str, Any]:
    """The table as plain data."""
    levels = {name: sweep.level_of(name).set_index("scenario").to_dict("index") for name in sweep.shown}
    effects = {
        name: sweep.difference_of(name).set_index("scenario").to_dict("index") if sweep.compared else {}
        for name in sweep.shown
    }
    apart = dict(list(sweep.channels_of(sweep.shown).groupby("scenario")))
    points = []
    for key, values in sweep.points.iterrows():
        outcomes = {name: _plain_level(levels[name][key]) for name in sweep.shown}
        for name, rows in effects.items():
            if key in rows:
                outcomes[name]["difference"] = plain_effect(effect_in(rows[key]))
        for name, channels in plain_channels(apart[str(key)], str(key)).items() if key in apart else ():
            outcomes[name]["channels"] = channels
        points.append({"scenario": key, "factors": values.to_dict(), "outcomes": outcomes})
    found: dict[str, Any] = without_nan(
        {
            "reference": sweep.reference if sweep.compared else None,
            "replications": sweep.replications,
            "seed": sweep.manifest["seed"],
            "parameters": sweep.parameters,
            "weights": sweep.weighting,
            "intervals": f"95 %, {interval_contents(sweep)}",
            "folder": str(sweep.folder),
            "failures": sweep.failures,
            "points": points,
        }
    )
    return found


def _beside(text: str) -> str:
    """A value and the interval below it, joined on one line: `+22 (5 to 53)`."""
    value, _, ends = text.partition("\n")
    return f"{value} ({ends})" if ends else value


def _plain_level(row: Mapping[Any, Any]) -> dict[str, Any]:
    names = ("mean", "median", "sd", "kind", "n", "draws", "denominator")
    return {name: row[name] for name in names} | {"ci": [row["ci_low"], row["ci_high"]]}
