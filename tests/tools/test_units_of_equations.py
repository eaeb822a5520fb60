"""The equations of the processes agree with the declared units, and errors of units are found where they are."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from functools import cache
from types import ModuleType

import pytest

from sim.country.data import table
from sim.processes import COLUMNS, COUNTS
from tools.units import (
    MONTHLY,
    NO_UNIT,
    Equation,
    UnitError,
    _declared,
    equations,
    mistakes,
    modules,
    python,
    unit_of,
    units_of,
)

ERRORS = 50
OTHER = ("kMAD", "km", "month", "year", "h/month", "1/month", "1/year", "s.d.", "1/s.d.", "kMAD/month", "-")
WRITTEN = [(module, equation) for module in modules() for equation in equations(module)]
NAME = re.compile(r"(?<![\w.])[^\W\d]\w*(?![\w(])")
"""A symbol of an equation that is no function."""


def test_every_equation_has_the_units_of_its_declarations():
    wrong = [f"{at.file}:{at.line}: {at}: {told}" for module in modules() for at, told in mistakes(module)]
    assert not wrong and len(WRITTEN) > 70


def test_every_declared_unit_is_one():
    declared = {one.unit for module in modules() for one in _declared(module).values()}
    declared |= {one.unit for one in (*COLUMNS.values(), *COUNTS.values())} | {*table("prices")["unit"]}
    assert len([unit_of(unit) for unit in declared]) > 30
    with pytest.raises(UnitError, match="'kMAF' is no unit"):
        unit_of("kMAF/month")


def test_units_are_read_as_they_are_written():
    assert unit_of("kMAD per place and year") == unit_of("kMAD/year") == unit_of("kMAD").times(unit_of("year"), -1)
    assert unit_of("1/month") == MONTHLY and unit_of("log points") == unit_of("share") == NO_UNIT
    assert unit_of("log kMAD/month") != NO_UNIT
    assert unit_of("1/sqrt(month)").times(unit_of("1/sqrt(month)")) == MONTHLY


@cache
def symbols(module: ModuleType) -> dict[str, str]:
    return units_of(module)


def unlike(module: ModuleType, name: str, *others: str) -> bool:
    """Whether a symbol is measured in another unit than all of these symbols."""
    return all(unit_of(symbols(module)[name]) != unit_of(symbols(module)[other]) for other in others)


def factors(node: ast.AST, power: int = 1) -> str:
    """An expression with the factors of each product in order, so that two of them may change places."""

    def flat(part: ast.AST, power: int) -> list[str]:
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult | ast.Div):
            return flat(part.left, power) + flat(part.right, power if isinstance(part.op, ast.Mult) else -power)
        inner = [factors(child) for child in ast.iter_child_nodes(part)]
        return [f"{power} {type(part).__name__} {getattr(part, 'id', getattr(part, 'value', ''))} {inner}"]

    return str(sorted(flat(node, power)))


def with_an_error(
    module: ModuleType, at: Equation, kind: str, pick: random.Random
) -> tuple[str, dict[str, str]] | None:
    """The equation with one error of a kind, and units that are declared otherwise; None if it can have none."""
    names = [found[0] for found in NAME.finditer(at.right) if found[0] in symbols(module)]
    measured = [name for name in names if unit_of(symbols(module)[name]) != NO_UNIT]
    if not measured:
        return None
    name = pick.choice(measured)
    places = [found.span() for found in NAME.finditer(at.right) if found[0] == name]
    begin, end = pick.choice(places)
    if kind == "unit":
        return at.right, {name: pick.choice([one for one in OTHER if unit_of(one) != unit_of(symbols(module)[name])])}
    if kind == "swap":
        others = [other for other in names if unlike(module, other, name)]
        if not others:
            return None
        other = pick.choice(others)
        exchanged = {name: other, other: name}
        right = NAME.sub(lambda found: exchanged.get(found[0], found[0]), at.right)
        return (right, {}) if factors(python(right)) != factors(python(at.right)) else None
    if kind == "add":
        left = at.left.removeprefix("ln ")
        strangers = [one for one in ("catchment", "R_op", "age", "q") if one in symbols(module)] + measured
        strangers = [one for one in strangers if unit_of(symbols(module)[one]).log == {} and left in symbols(module)]
        strangers = [one for one in strangers if unlike(module, one, left) or at.left.startswith("ln ")]
        return (f"{at.right} + {pick.choice(strangers)}", {}) if strangers else None
    factor = {"drop": "1", "square": f"{name}^2"}[kind]
    return f"{at.right[:begin]}{factor}{at.right[end:]}", {}


KINDS = ("unit", "drop", "square", "swap", "add")


def seeded() -> list[tuple[ModuleType, Equation, str, str, dict[str, str]]]:
    """Errors in the processes, as a drawn rule makes them: each kind equally often, in equations drawn one by one."""
    pick, found = random.Random(22), []
    while len(found) < ERRORS:
        module, at = pick.choice(WRITTEN)
        kind = KINDS[len(found) % len(KINDS)]
        if error := with_an_error(module, at, kind, pick):
            found.append((module, at, kind, *error))
    return found


def test_fifty_seeded_errors_are_found_with_their_places():
    missed, kinds = [], Counter()
    for module, at, kind, right, units in seeded():
        lines = str(module.__doc__).splitlines()
        lines[at.line - 1] = lines[at.line - 1].replace(
            f"{at.left} {at.sign} {at.right}", f"{at.left} {at.sign} {right}"
        )
        told = mistakes(module, "\n".join(lines), lambda declared, units=units: declared | units)
        named = [one for one, _ in told if any(re.search(rf"(?<!\w){name}(?!\w)", str(one)) for name in units)]
        found = bool(named) if units else at.line in {one.line for one, _ in told}
        kinds[kind] += 1
        if not found or (not units and len({one.line for one, _ in told}) > 1):
            missed.append(f"{at.file}:{at.line}: {kind}: {at} -> {right} {units}: {told}")
    assert not missed
    assert set(kinds.values()) == {ERRORS / len(KINDS)}
