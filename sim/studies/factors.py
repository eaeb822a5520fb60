"""The factors of an experiment: the parameters that vary, with their values or ranges."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field, create_model

from sim.declare import Block, Declaration, parameter
from sim.errors import listed, said, shorten
from sim.scenario.checks.values import check_values, kind, shown_value
from sim.scenario.errors import Origin, Problems
from sim.scenario.reader import Node
from sim.scenario.schema import Schema

RANDOM = ("lhs", "sobol", "morris", "search")
"""Designs that draw from ranges; `grid` and `list` enumerate values."""

PRIOR = "prior"
"""Word for the declared prior range of an uncertain parameter, in place of a range in a random design."""

MAX_STEPS = 1_000
_HOW = "assumed: chosen by whoever runs the study"
_FIELDS: dict[str, Any] = {  # not a class body, because `from` is a word of Python
    "from": (float, Field(description="Lowest value.")),
    "to": (float, Field(description="Highest value.")),
    "steps": (
        int | None,
        parameter(None, unit="values", low=2, high=MAX_STEPS, meaning="Number of levels in a grid.", origin=_HOW),
    ),
    "log": (bool, parameter(False, unit="-", meaning="Steps on a logarithmic scale.", origin=_HOW)),
}
RANGE: type[Block] = create_model("Range", __base__=Block, **_FIELDS)
"""A range of values: `{from: 2, to: 16, steps: 8}`."""


@dataclass(frozen=True)
class Factor:
    """One parameter that varies.

    `values` are its levels in order, and `origins` their places. A range in a random design has `values` None; it
    goes from `low` to `high`, on a logarithmic scale if `log`.
    """

    path: str
    unit: str
    whole: bool
    """Whether the parameter is a whole number, so that a random design rounds its values."""
    origin: Origin
    values: tuple[Any, ...] | None = None
    origins: tuple[Origin, ...] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False
    filling: bool = False
    """Whether only the points beside a grid vary it: see `sim.studies.filling`."""


def read_factors(tree: Node, design: str, schema: Schema, problems: Problems) -> tuple[Factor, ...]:
    """Read the group `factors` of a file; the factors are sorted by path, so their order in the file has no effect."""
    node = tree.at(("factors",))
    if node is None:
        problems.note(tree.place, said("the experiment has no 'factors'; name the parameters that vary"))
        return ()
    if not isinstance(node.value, dict) or not node.value:
        message = said(
            "factors is {value}, but must be parameters with their values, one on each line",
            value=shown_value(node.value),
        )
        problems.note(node.place, message)
        return ()
    found = [_factor(path, inner, design, schema, problems) for path, inner in sorted(node.value.items())]
    return tuple(factor for factor in found if factor is not None)


def _factor(path: str, node: Node, design: str, schema: Schema, problems: Problems) -> Factor | None:
    """Read one factor; returns None after a mistake."""
    place = node.key or node.origin
    declaration = schema.declarations.get(path)
    if declaration is None:
        group = said("{path} is a group of parameters; name one of them", path=shorten(path))
        problems.note(place, schema.unknown(path) or group)
        return None
    values, before = node.value, len(problems)
    factor = Factor(path, declaration.unit, kind(declaration.field) is int, place)
    if values == PRIOR and design in RANDOM and declaration.prior is not None:
        low, high = declaration.prior
        return replace(factor, low=low, high=high)
    if isinstance(values, dict):
        factor = _range(factor, node, design, declaration, problems)
        values = [end for key in ("from", "to") if (end := node.at((key,))) is not None]
    elif isinstance(values, list) and values:
        plain = tuple(value.plain() for value in values)
        if kind(declaration.field) is float and _has_decimal_commas(values):
            message = said(
                "{path}: {values} looks like decimal commas; write decimals with a point (0.5 and not 0,5), or a space "
                "behind every comma",
                path=path,
                values=_written(plain),
            )
            problems.note(values[0].origin, message)
        elif design != "list":
            _check_twice(path, values, problems)
        factor = replace(factor, values=plain, origins=tuple(value.place for value in values))
    else:
        message = said(
            "{path} is {value}, but must be a list of values, or a range {range}",
            path=path,
            value=shown_value(values),
            range="{from: 2, to: 16}",
        )
        if design not in RANDOM:
            message += said(" (with steps: 8 in a grid)")
        elif declaration.prior is not None:
            message += said(", or {word}", word=PRIOR)
        problems.note(place, message)
        return None
    if len(problems) == before:
        for value in values:
            check_value(path, value, schema, problems)
    return factor if len(problems) == before else None


def _has_decimal_commas(values: list[Node]) -> bool:
    """Whether some commas between whole numbers on a line have a space after them and others not: `[7,5, 8,5]`."""
    if not all(type(value.value) is int for value in values) or len({value.origin.line for value in values}) > 1:
        return False
    ends = [value.origin.column + len(str(value.value)) for value in values]
    gaps = {later.origin.column - end for end, later in zip(ends, values[1:], strict=False)}
    return 1 in gaps and len(gaps) > 1


def _written(levels: Sequence[Any]) -> str:
    return listed(map(str, levels), 12)


def _check_twice(path: str, values: list[Node], problems: Problems) -> None:
    """Report levels that equal an earlier one: they would be different points with the same worlds."""
    seen: dict[str, Node] = {}
    for value in values:
        first = seen.setdefault(identity(value.plain()), value)
        if first is not value:
            message = said(
                "{path} has {value} twice: the same is already at line {line}, column {column}; keep one",
                path=path,
                value=shown_value(value.value),
                line=first.place.line,
                column=first.place.column,
            )
            problems.note(value.place, message)


def identity(value: Any) -> str:
    """Text that is equal for values that are equal for the model: 1 and 1.0 are, true and 1 are not."""
    return json.dumps(_as_number(value), sort_keys=True)


def _as_number(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_number(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_number(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def check_value(path: str, node: Node, schema: Schema, problems: Problems) -> None:
    """Check a value against the declaration of its parameter only; mistakes have the place of `node`."""
    *above, name = path.split(".")
    check_values(Node({name: node}, node.origin), schema.single(path), problems, tuple(above))


def _range(factor: Factor, node: Node, design: str, declaration: Declaration, problems: Problems) -> Factor:
    """Add the range in `node` to a factor: as levels in a grid or list, as `low` and `high` in a random design."""
    if kind(declaration.field) not in (int, float):
        message = said("{path} is not a number, so it has no range; give a list of its values", path=factor.path)
        problems.note(node.origin, message)
        return factor
    checked = check_values(node, RANGE, problems, (factor.path,))
    if checked is None:
        return factor
    low, high, steps, log = (getattr(checked, name) for name in RANGE.model_fields)
    place = {name: (node.at((name,)) or node).place for name in RANGE.model_fields}
    if low >= high:
        message = said(
            "{path}.to is {high}, but must be more than from, which is {low}",
            path=factor.path,
            high=f"{high:g}",
            low=f"{low:g}",
        )
        problems.note(place["to"], message)
    elif log and low <= 0:
        message = said("{path}.from is {low}, but a logarithmic scale begins above 0", path=factor.path, low=f"{low:g}")
        problems.note(place["from"], message)
    elif design in RANDOM and steps is not None:
        message = said("steps has no meaning in the design {design}; samples says how many points", design=design)
        problems.note(place["steps"], message)
    elif design not in RANDOM and steps is None:
        message = said(
            "{path} needs steps in the design {design}, for example steps: 8", path=factor.path, design=design
        )
        problems.note(node.origin, message)
    elif steps is None:
        return replace(factor, low=low, high=high, log=log)
    else:
        levels = [_level(low, high, index / (steps - 1), log) for index in range(steps)]
        if factor.whole and not all(level.is_integer() for level in levels):
            message = said(
                "{path} takes whole numbers, and {steps} steps fall between them; give a list",
                path=factor.path,
                steps=steps,
            )
            problems.note(place["steps"], message)
        values = tuple(int(level) if factor.whole else level for level in levels)
        return replace(factor, values=values, origins=(node.origin,) * steps, low=low, high=high, log=log)
    return factor


def _level(low: float, high: float, share: float, log: bool) -> float:
    """The value at a share of a scale, rounded to 12 digits so that 2, 4, 6 … are exact."""
    level = low * (high / low) ** share if log else low + (high - low) * share
    return float(f"{level:.12g}")


def value_at_share(factor: Factor, share: float) -> float | int:
    """The value at a share (0 to 1) of a factor's range; each whole number has an equal share."""
    low, high = factor.low or 0.0, factor.high or 0.0
    if factor.whole:
        return min(int(low + share * (high - low + 1)), int(high))
    value = low * (high / low) ** share if factor.log else low + (high - low) * share
    return float(f"{value:.12g}")
