"""The sliders of the page: one for each numeric lever, made from its declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from sim.country.hubs import roadmap
from sim.declare import Declaration
from sim.scenario import Scenario

HUBS = "network.hubs_by_2027"
MIX = tuple(f"accompaniment.mix.{name}" for name in ("finance", "market_access", "skills"))
"""Shares that sum to one: when a visitor moves one, the page moves the other two."""


@dataclass(frozen=True)
class Slider:
    """One lever.

    Args:
        path: dotted path of the parameter.
        unit: its unit.
        meaning: its effect, in one sentence.
        low: smallest allowed value.
        high: largest allowed value.
        reach: upper end of the slider; larger values up to `high` can be typed.
        step: distance between two positions.
        usual: position of the slider while the scenario leaves the value open.
        whole: whether only whole numbers are allowed.
        share: whether it is a share, shown in per cent.
    """

    path: str
    unit: str
    meaning: str
    low: float
    high: float
    reach: float
    step: float
    usual: float
    whole: bool
    share: bool


def sliders(scenario: Scenario) -> list[Slider]:
    """A slider for each numeric lever of the scenario language, in the order of the month.

    The number of hubs has a slider only where the country has a roadmap.
    """
    declared = [one for one in scenario.schema.declarations.values() if one.lever and _number_type(one) is not None]
    return [_slider(one) for one in declared if one.path != HUBS or roadmap()]


def _number_type(declaration: Declaration) -> type | None:
    annotation: Any = declaration.field.annotation
    kinds = set(get_args(annotation) or (annotation,)) - {type(None)}
    return next((kind for kind in (int, float) if kinds == {kind}), None)


def _slider(declaration: Declaration) -> Slider:
    low, high = declaration.range
    whole, share = _number_type(declaration) is int, declaration.unit == "share"
    default = declaration.default
    if default is None:
        usual, reach = (low, high) if whole else (high / 40, high / 10)
    elif default > 0 and not share and high > 4:
        usual, reach = default, min(high, 4 * default)
    else:
        usual, reach = default, high
    step = 0.01 if share else 1 if whole else 0.05 if reach <= 5 else 0.5 if reach <= 100 else 100
    unit, meaning = declaration.unit, declaration.meaning
    return Slider(declaration.path, unit, meaning, low, high, reach, step, usual, whole, share)
