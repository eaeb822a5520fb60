"""The levers of a site: the factors of a sweep, as sliders and choices, and as coordinates for interpolation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.declare.calendar import months_between
from sim.figures.values import level_in
from sim.scenario import schema
from sim.studies.design import column_of
from sim.studies.sweep_results import Sweep, is_numeric
from sim.words.language import Language

Kind = Literal["number", "months late", "choice"]

_STEPS = 40
"""About as many positions has a slider for numbers that are not whole."""


@dataclass(frozen=True)
class Lever:
    """One factor of a sweep.

    Attributes:
        path: dotted path of the parameter.
        kind: a number; by how many months the hubs of `network.openings` open later than at first; or a choice.
        states: its state at each point: the number, or the index of the choice, (points,).
        origin: its state at the reference.
        low, high: lowest and highest state that can be chosen.
        choices: values of a choice, as the table `runs` has them.
        step: distance between two positions of the slider; 1 for choices.
    """

    path: str
    kind: Kind
    states: np.ndarray
    origin: float
    low: float
    high: float
    choices: tuple[Any, ...] = ()
    step: float = 1.0

    @property
    def share(self) -> bool:
        """Whether it is a share, shown in per cent."""
        return self.kind == "number" and schema().declarations[self.path].unit == "share"

    def coordinates(self, states: np.ndarray) -> np.ndarray:
        """States (n,) as coordinates (n, d): from 0 to 1, or 1 for each choice that is not the reference's."""
        if self.kind == "choice":
            others = [index for index in range(len(self.choices)) if index != self.origin]
            return np.stack([(states == index).astype(float) for index in others], axis=1)
        return ((states - self.low) / (self.high - self.low))[:, None]

    def plain(self) -> dict[str, Any]:
        """What the browser needs of it, without words."""
        return {
            "path": self.path,
            "kind": self.kind,
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "share": self.share,
            "origin": self.origin,
            "choices": [None if value is None or value != value else str(value) for value in self.choices],
        }

    def words(self, t: Language) -> dict[str, Any]:
        """Its label, meaning, unit and the names of its choices."""
        declaration = schema().declarations[self.path]
        if self.kind == "months late":
            label = t("Delay of the new hubs")
            meaning, unit = t("Months by which all new hubs open later than announced."), t.unit("month")
        else:
            label, meaning, unit = t(declaration.label), t(declaration.meaning), t.unit(declaration.unit)
        unit = {"share": "%", "-": ""}.get(declaration.unit, unit) if self.kind == "number" else unit
        choices = [level_in(t, self.path, value) for value in self.choices]
        return {"label": label, "meaning": meaning, "unit": unit if self.kind != "choice" else "", "choices": choices}


def levers_of(result: Sweep) -> list[Lever]:
    """The factors of a sweep that vary, numbers before choices."""
    points = result.points
    found = [_lever(result, path, points[path]) for path in result.factors if points[path].nunique(dropna=False) > 1]
    return sorted(found, key=lambda lever: (lever.kind == "choice", _ORDER.get(lever.path, len(_ORDER)), lever.path))


_ORDER = {
    path: place
    for place, path in enumerate(
        ("network.hubs_by_2027", "accompaniment.hours_per_startup", "network.openings", "missions.per_year")
    )
}
"""Order of the levers that policies name first."""


def _lever(result: Sweep, path: str, column: pd.Series) -> Lever:
    place, asked = list(column.index).index(result.reference), result.manifest["options"]["factors"].get(path)
    if is_numeric(column):
        states = column.to_numpy(dtype=float)
        ends = (asked["from"], asked["to"]) if isinstance(asked, dict) else (states.min(), states.max())
        low, high = min(float(ends[0]), states.min()), max(float(ends[1]), states.max())
        return Lever(path, "number", states, float(states[place]), low, high, step=_step(states, high - low))
    keys = [_key(value) for value in column]
    late = _months_late(asked)
    if late and set(keys) <= set(late) and late[keys[place]] == 0:
        states = np.array([late[key] for key in keys], dtype=float)
        return Lever(path, "months late", states, 0.0, 0.0, float(states.max()))
    known = sorted(set(keys), key=keys.index)
    states = np.array([known.index(key) for key in keys], dtype=float)
    choices = tuple(column.iloc[keys.index(key)] for key in known)
    return Lever(path, "choice", states, float(states[place]), 0.0, len(known) - 1.0, choices)


def _key(value: Any) -> str:
    """A level as a text by which equal ones are found; NaN and None are one."""
    return "" if value is None or value != value else repr(value.item() if isinstance(value, np.generic) else value)


def _months_late(levels: Any) -> dict[str, int]:
    """How many months later than in the first list the same hubs open, by the text of each list in `runs`.

    Empty if the levels are not such lists.
    """
    if not isinstance(levels, list) or len(levels) < 2 or not all(isinstance(one, list) and one for one in levels):
        return {}
    found = {}
    for one in levels:
        later = _later(one, levels[0])
        if later is None:
            return {}
        found[_key(column_of(levels, one))] = later
    return found


def _later(openings: Sequence[Any], first: Sequence[Any]) -> int | None:
    """Months between two lists of the same openings; None if these are not the same, or not all as late."""
    if not all(isinstance(one, Mapping) and "opens" in one for one in (*openings, *first)):
        return None
    same = [{**one, "opens": ""} for one in openings] == [{**one, "opens": ""} for one in first]
    later = {months_between(before["opens"], one["opens"]) for one, before in zip(openings, first, strict=False)}
    return later.pop() if same and len(later) == 1 else None


def _step(states: np.ndarray, width: float) -> float:
    """A round distance between positions: 1 for whole numbers that lie near each other."""
    if np.all(states == np.round(states)) and width <= _STEPS:
        return 1.0
    tens = 10.0 ** math.floor(math.log10(width / _STEPS))
    return float(next(tens * part for part in (1, 2, 5, 10) if tens * part >= width / _STEPS * (1 - 1e-9)))
