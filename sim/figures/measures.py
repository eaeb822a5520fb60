"""How a figure shows a quantity: its unit, its scale, and which way is better.

Outcomes are as `sim.model.outcomes` declares them; monthly series that are not outcomes are numbers of startups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.model.outcomes import OUTCOMES

Better = Literal["up", "down", "none"]

COHORT_SERIES = frozenset({"survival_5y", "success_24m", "cohort_success_rate"})
"""Monthly rates of the few startups of one month, drawn as their mean over the last twelve months."""
_STARTUP_SERIES = ("active", "operating", "founded")


@dataclass(frozen=True)
class Measure:
    """How one series or outcome is drawn.

    Attributes:
        unit: key of the unit in the table of words.
        scale: what the data are multiplied with to be in `unit`.
        better: which way is better, if either is.
        difference_unit: key of the unit of differences.
    """

    unit: str
    scale: float
    better: Better
    difference_unit: str


def measure_of(name: str) -> Measure:
    """How to draw the series or outcome `name`; a plain number if nobody declares it."""
    outcome = OUTCOMES.get(name)
    better = outcome.better if outcome else "none"
    if outcome and outcome.kind == "rate":
        return Measure("unit.percent", 100.0, better, "unit.points")
    if outcome and outcome.kind == "money":
        return Measure("unit.million", 1e-3 if outcome.unit.startswith("kMAD") else 1e-6, better, "unit.million")
    startups = name in _STARTUP_SERIES or (outcome is not None and outcome.unit.startswith("startups"))
    unit = "unit.startups" if startups else "unit.number"
    return Measure(unit, 1.0, better, unit)
