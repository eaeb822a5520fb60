"""The reference of an experiment: the point of a grid or list with which all others are compared."""

from __future__ import annotations

import math
from typing import Any

from sim.errors import listed, nearest, suggestion
from sim.scenario.checks.values import shown_value
from sim.scenario.errors import Problems
from sim.scenario.reader import Node
from sim.studies.factors import RANDOM, Factor


def read_reference(tree: Node, design: str, factors: tuple[Factor, ...], problems: Problems) -> int | None:
    """Read `reference`; returns the index of the point: 0 if not given, None for a random design or after a mistake.

    The file may omit a factor that has only one value.
    """
    node = tree.at(("reference",))
    if design in RANDOM:
        if node is not None:
            place = node.key or node.origin
            problems.note(place, f"reference has no meaning in the design {design}, which draws its points; remove it")
        return None
    if node is None:
        return 0
    if not isinstance(node.value, dict) or not node.value:
        example = ", ".join(f"{factor.path}: {_shown(factor.values[0])}" for factor in factors if factor.values)
        problems.note(
            node.place, f"reference is {shown_value(node.value)}, but must be a value for each factor: {{{example}}}"
        )
        return None
    before = len(problems)
    paths = [factor.path for factor in factors]
    for path, member in node.value.items():
        if path not in paths:
            problems.note(
                member.key or member.origin, f"reference: {path} is no factor{suggestion(path, paths, 'factors')}"
            )
    places = [_places(factor, node, design, problems) for factor in factors]
    if len(problems) > before:
        return None
    return _in_list(factors, places, node, problems) if design == "list" else _in_grid(factors, places)


def _places(factor: Factor, node: Node, design: str, problems: Problems) -> list[int]:
    """Indices of a factor's levels that fit its value at the reference."""
    levels = factor.values or ()
    member = node.value.get(factor.path)
    if member is None:
        if design != "list" and not all(_same(level, levels[0]) for level in levels):
            problems.note(node.place, f"reference has no value for {factor.path}; it needs one of {_levels(levels)}")
        return list(range(len(levels)))
    value = member.plain()
    found = [place for place, level in enumerate(levels) if _same(level, value)]
    if not found:
        problems.note(
            member.origin,
            f"reference: {factor.path} is {shown_value(member.value)}, but must be one of its values "
            f"({_levels(levels)}){_nearest(value, levels)}",
        )
    return found


def _in_grid(factors: tuple[Factor, ...], places: list[list[int]]) -> int:
    """The index of a combination in a grid; the last factor varies fastest."""
    index = 0
    for factor, [place, *_] in zip(factors, places, strict=True):
        index = index * len(factor.values or ()) + place
    return index


def _in_list(factors: tuple[Factor, ...], places: list[list[int]], node: Node, problems: Problems) -> int | None:
    """The index of the point of a list that has all these values; None after a mistake."""
    fitting = sorted(set(places[0]).intersection(*places[1:]))
    if not fitting:
        problems.note(node.place, "reference: no point of the list has these values together; name those of one point")
        return None
    for factor in factors:
        levels = factor.values or ()
        if not all(_same(levels[place], levels[fitting[0]]) for place in fitting):
            problems.note(node.place, f"reference fits {len(fitting)} points; name {factor.path} too")
            return None
    return fitting[0]


def _same(one: Any, other: Any) -> bool:
    """Whether two levels are equal; true and 1 are not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _levels(levels: tuple[Any, ...]) -> str:
    return listed((_shown(level) for level in levels), 12)


def _shown(level: Any) -> str:
    return f"{level:g}" if isinstance(level, float) else str(level)


def _nearest(value: Any, levels: tuple[Any, ...]) -> str:
    """A hint with the level nearest to a number or most similar to a word; empty if there is none."""
    if isinstance(value, str):
        near: Any = nearest(value, [level for level in levels if isinstance(level, str)])
    else:
        numbers = [level for level in levels if _is_number(level)]
        near = min(numbers, key=lambda level: abs(level - value)) if numbers and _is_number(value) else None
    return "" if near is None else f"; the nearest is {_shown(near)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
