"""One world as text for people and as plain data for programs."""

from __future__ import annotations

from typing import Any

from sim.model.outcomes import OUTCOMES
from sim.parameters.draws import FIXED
from sim.report.layout import as_text, grid
from sim.report.text.numbers import ENGLISH, with_unit
from sim.report.text.plain import without_nan
from sim.studies.results import denominator_of
from sim.studies.single import SingleRun

TYPICAL = "parameters: typical defaults where the scenario sets none, see docs/calibration.md"


def table(world: SingleRun, width: int = 120) -> str:
    """Lay out the national outcomes as text of at most `width` columns."""
    rows = []
    values = world.runs.iloc[0]
    for name, declared in OUTCOMES.items():
        if name in world.outcomes:
            below = denominator_of(name, world.runs.columns)
            of = f"{values[below]:,.0f}" if below else ""
            rows.append((name, with_unit(values[name], name), of, ENGLISH(declared.sentence)))
    months = world.monthly["month"]
    when = f", {months.iloc[0]} to {months.iloc[-1]}" if len(months) else ""
    return as_text(
        f"{world.scenarios[0]}{when}, seed {values['seed']}, "
        f"replication {values['replication']}{_drawn(world)}. "
        "One world: another seed gives other numbers; `hubsim compare` says by how much.",
        *world.remarks,
        *([TYPICAL] if world.parameters == FIXED else []),
        grid(("outcome", "value", "of", "what it counts"), rows),
        width=width,
    )


def _drawn(world: SingleRun) -> str:
    if "draw" not in world.runs:
        return ""
    return f", under draw {world.runs['draw'].iloc[0]} of {world.manifest['options']['parameters']}"


def as_dict(world: SingleRun) -> dict[str, Any]:
    """Outcomes with their denominators as plain data; undefined values are None."""
    values = world.runs.iloc[0]
    outcomes = {}
    for name in world.outcomes:
        below = denominator_of(name, world.runs.columns)
        outcomes[name] = {"value": float(values[name])} | ({"n": float(values[below])} if below else {})
    head = {
        "scenario": world.scenarios[0],
        "seed": int(values["seed"]),
        "replication": int(values["replication"]),
        **({"draw": int(values["draw"])} if "draw" in values else {}),
        "parameters": world.parameters,
    }
    found: dict[str, Any] = without_nan({**head, "folder": str(world.folder), "outcomes": outcomes})
    return found
