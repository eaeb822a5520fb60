"""Check the equations of the processes for units: `uv run poe units`.

The equations stand in the docstrings of `sim/processes`, their numbers are symbols. What a symbol is measured in comes
from the declarations: parameters, constants, columns, and the process's `SYMBOLS` for all others (a unit, the name of a
column, or the path of a parameter; `D(d)` is a function of d). These rules hold beyond those of every algebra of units:

- Counts (startups, ties, places) and logarithms are numbers without unit; 12 is the number of months in a year, and
  `month` is one month.
- A monthly rate r makes the chance `1 - exp(-r)` of a month; elsewhere a rate acts for one month when it is multiplied
  by `month`. A sum over months of monthly amounts (`sum_m`) is an amount.
- The logarithm of money is taken against the logarithm of the same unit, and `(1 + d)^t` compounds a rate d per time t.
- A shock's standard deviation grows with the square root of time.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import ModuleType
from typing import Any

from sim import processes
from sim.declare import Declaration, declarations
from sim.processes import funding, referral, rent, reporting

BASES = {"kMAD", "month", "year", "h", "km", "s.d."}
WITHOUT = {"-", "1", "0-1", "share", "correlation", "log", "log point", "log points", "startup", "startups", "tie",
           "ties", "place", "places", "mission", "missions", "fair", "hubs", "rounds", "jobs"}  # fmt: skip
OTHER_NAMES = {"years": "year", "hour": "h", "month of the year": "month"}

Powers = Mapping[str, Fraction]


class UnitError(Exception):
    """An equation, or a declared unit, that cannot be right."""


@dataclass(frozen=True)
class Unit:
    """Powers of base units; and of those of which it is the logarithm."""

    powers: Powers = field(default_factory=dict)
    log: Powers = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [name if power == 1 else f"{name}^{power}" for name, power in sorted(self.powers.items())]
        parts += [f"log {Unit(self.log)}"] if self.log else []
        return " ".join(parts) or "no unit"

    def times(self, other: Unit, sign: int = 1) -> Unit:
        """Their product, or with sign -1 their quotient."""
        if self.log or other.log:
            raise UnitError(f"{self if self.log else other} is multiplied")
        return Unit(_sum(self.powers, other.powers, sign))

    def to(self, power: Fraction) -> Unit:
        """A power of it."""
        if self.log:
            raise UnitError(f"{self} has a power")
        return Unit({name: one * power for name, one in self.powers.items() if one * power})


NO_UNIT, MONTH = Unit(), Unit({"month": Fraction(1)})
MONTHLY = MONTH.to(Fraction(-1))


def _sum(one: Powers, other: Powers, sign: int) -> Powers:
    found = {name: one.get(name, Fraction(0)) + sign * other.get(name, Fraction(0)) for name in {*one, *other}}
    return {name: power for name, power in found.items() if power}


def unit_of(text: str) -> Unit:
    """The unit that a declaration writes, such as `kMAD per place and year` or `log points/sqrt(year)`.

    Raises:
        UnitError: a word is no unit.
    """
    if text.startswith("log ") and not text.startswith("log point"):
        return Unit(log=unit_of(text.removeprefix("log ")).powers)
    whole = OTHER_NAMES.get(text, text)
    first, *others = [whole] if whole in WITHOUT else re.split(r" per |/| and ", whole)
    found = _word(first)
    for other in others:
        found = found.times(_word(other), -1)
    return found


def _word(word: str) -> Unit:
    power = Fraction(1)
    if word.startswith("sqrt("):
        word, power = word[5:-1], Fraction(1, 2)
    word = OTHER_NAMES.get(word, word)
    if word not in BASES | WITHOUT:
        raise UnitError(f"{word!r} is no unit")
    return Unit({word: power}) if word in BASES else NO_UNIT


@dataclass(frozen=True)
class Value:
    """What an expression is measured in; `number` if it is written as a number alone."""

    unit: Unit
    number: float | None = None


def alike(values: list[Value], what: str) -> Unit:
    """The unit that all of these have; zero has any.

    Raises:
        UnitError: two of them differ.
    """
    units = [value.unit for value in values if value.number != 0] or [NO_UNIT]
    for unit in units[1:]:
        if unit != units[0]:
            raise UnitError(f"{what} {units[0]} with {unit}")
    return units[0]


@dataclass(frozen=True)
class Reader:
    """Reads what expressions are measured in, given the units of their symbols, and the arguments of functions."""

    symbols: Mapping[str, Unit]
    arguments: Mapping[str, str]

    def read(self, node: ast.AST) -> Value:
        """What a part of an expression is measured in.

        Raises:
            UnitError: it cannot be right.
        """
        match node:
            case ast.Constant(value=12):
                return Value(MONTH.times(self.symbols["year"], -1))
            case ast.Constant(value=int() | float() as number):
                return Value(NO_UNIT, number)
            case ast.Name(id=name):
                return Value(self._symbol(name))
            case ast.UnaryOp(operand=inner):
                return Value(self.read(inner).unit)
            case ast.List(elts=[inner]):
                return self.read(inner)
            case ast.Compare(left=left, comparators=[right]):
                alike([self.read(left), self.read(right)], "compares")
                return Value(NO_UNIT)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return Value(self._power(left, right))
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                return Value(self._added(self.read(left), self.read(right), 1 if isinstance(op, ast.Add) else -1))
            case ast.BinOp(left=left, op=op, right=right):
                return Value(self.read(left).unit.times(self.read(right).unit, 1 if isinstance(op, ast.Mult) else -1))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return Value(self._call(name, [self.read(each) for each in arguments]))
        raise UnitError(f"{ast.unparse(node)} is no expression")

    def _symbol(self, name: str) -> Unit:
        plain = name.removeprefix("n_")
        if plain.startswith("sum_"):
            return self._symbol(plain.removeprefix("sum_"))
        if plain.startswith("max_"):
            return NO_UNIT
        if plain not in self.symbols:
            raise UnitError(f"{plain} is declared nowhere")
        return self.symbols[plain]

    @staticmethod
    def _added(one: Value, other: Value, sign: int) -> Unit:
        plain = [Value(Unit(value.unit.powers), value.number) for value in (one, other)]
        return Unit(alike(plain, "adds").powers, _sum(one.unit.log, other.unit.log, sign))

    def _power(self, base: ast.AST, exponent: ast.AST) -> Unit:
        power = self.read(exponent)
        if power.number is not None:
            return self.read(base).unit.to(Fraction(power.number))
        if isinstance(base, ast.BinOp) and isinstance(base.left, ast.Constant) and base.left.value == 1:
            rate = self.read(base.right).unit
            if rate.times(power.unit) != NO_UNIT:
                raise UnitError(f"compounds a rate in {rate} over {power.unit}")
        elif power.unit != NO_UNIT or self.read(base).unit != NO_UNIT:
            raise UnitError(f"raises {self.read(base).unit} to {power.unit}")
        return NO_UNIT

    def _call(self, name: str, values: list[Value]) -> Unit:
        plain = name.removeprefix("n_")
        match plain, [value.unit for value in values]:
            case "exp", [unit]:
                if unit != NO_UNIT:
                    raise UnitError(f"takes exp of {unit}")
                return NO_UNIT
            case "ln", [unit]:
                return Unit(log=unit.powers)
            case "sqrt", [unit]:
                return unit.to(Fraction(1, 2))
            case "N", [mean, variance]:
                spread = Value(variance.to(Fraction(1, 2)), values[1].number)
                if values[1].number is None and spread.unit.powers != mean.powers and values[0].number != 0:
                    raise UnitError(f"a mean in {mean} has a spread in {spread.unit}")
                return mean if values[0].number is None else spread.unit
            case "min" | "max" | "clip", _:
                return alike(values, "compares")
            case "floor" | "ceil" | "round" | "Exponential" | "Poisson", [unit]:
                return unit
        if plain in self.arguments:
            alike([Value(self.symbols[self.arguments[plain]]), *values], f"{plain} is a function of")
        return self._symbol(name)


_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[^\W\d]\w*|\*\*|[-+*/()\[\],<>])")


def python(text: str) -> ast.expr:
    """The expression of an equation: factors stand side by side, a function's bracket touches its name.

    Raises:
        UnitError: it cannot be read.
    """
    text = re.sub(r"sum_\{(\w+)[^}]*\}", r"sum_\1", text).replace("^", "**")
    found, before, place = "", "", 0
    while place < len(text.rstrip()):
        token = _TOKEN.match(text, place)
        if token is None:
            raise UnitError(f"cannot be read from {text[place:]!r} on")
        word, spaced = token[1], token[0] != token[1]
        name = word[0].isalpha() or word[0] == "_"
        value_before = bool(before) and (before[-1].isalnum() or before[-1] in "_)]") and before != "ln "
        called = word == "(" and not spaced and before[:1].isalpha()
        if value_before and (name or word[0].isdigit() or word in "([") and not called:
            found += "*"
        logarithm = word == "ln" and text[token.end()] == " "
        found += "ln(" if logarithm else f"n_{word}" if name and word != "ln" else word
        found += ")" if before == "ln " else ""
        before, place = "ln " if logarithm else word, token.end()
    found = re.sub(r"\bn_(exp|sqrt|min|max|clip|N)\(", r"\1(", found)
    try:
        return ast.parse(found.strip(), mode="eval").body
    except SyntaxError:
        raise UnitError(f"cannot be read: {text}") from None


@dataclass(frozen=True)
class Equation:
    """An equation of a docstring: where it stands, and its two sides."""

    file: str
    line: int
    left: str
    sign: str
    right: str

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"

    def check(self, reader: Reader) -> None:
        """Compare the units of both sides.

        Raises:
            UnitError: the equation cannot be right.
        """
        right = python(self.right)
        if self.left.startswith("P("):
            _check_chance(reader, right)
            return
        left, value = reader.read(python(self.left)), reader.read(right)
        if self.sign in ("+=", "-="):
            alike([Value(Unit(left.unit.powers)), Value(value.unit)], "adds")
        elif self.sign in ("*=", "/="):
            alike([Value(NO_UNIT), value], "multiplies by")
        elif value.unit != left.unit and (self.sign != "~" or value.unit != NO_UNIT or self.right != "N(0, 1)"):
            alike([left, Value(value.unit)], "compares")


def _check_chance(reader: Reader, right: ast.expr) -> None:
    match right:
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.Call(func=ast.Name(id="exp"), args=[rate])):
            if (found := reader.read(rate).unit) != MONTHLY:
                raise UnitError(f"a monthly rate is measured in {found}")
        case _:
            alike([Value(NO_UNIT), reader.read(right)], "compares")


_SIGN = re.compile(r" (=|\+=|-=|\*=|/=|~) ")


def equations(module: ModuleType, text: str | None = None) -> Iterator[Equation]:
    """The equations of a process's docstring, or of another text: indented, one or more in a line, words between."""
    file = f"sim/processes/{_name(module)}.py"
    for number, line in enumerate((text or str(module.__doc__)).splitlines(), 1):
        if not line.startswith("    "):
            continue
        for part in re.split(r"[,;]?\s{2,}", line.strip().rstrip(",;")):
            if found := _SIGN.search(part):
                yield Equation(file, number, part[: found.start()], found[1], part[found.end() :])


def _declared(module: ModuleType) -> dict[str, Declaration]:
    return declarations(module.Parameters, f"{_name(module)}.") if hasattr(module, "Parameters") else {}


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _symbols(module: ModuleType) -> dict[str, str]:
    found: dict[str, str] = getattr(module, "SYMBOLS", {})
    return found


def units_of(module: ModuleType) -> dict[str, str]:
    """The declared unit of each symbol of a process's equations."""
    everywhere = {path: one.unit for each in modules() for path, one in _declared(each).items()}
    columns = {name: column.unit for name, column in processes.COLUMNS.items()}
    own = {one.path.rpartition(".")[2]: one.unit for one in _declared(module).values()}
    own |= {one.symbol: one.unit for one in _declared(module).values()}
    constants = {name: one.unit for name, one in getattr(module, "CONSTANTS", {}).items()}
    known = columns | everywhere
    others = {name.partition("(")[0]: known.get(told, told) for name, told in _symbols(module).items()}
    return columns | own | constants | others | {"month": "month", "year": "year"}


def modules() -> tuple[ModuleType, ...]:
    """The processes, and what helps them."""
    return (*processes.MONTH, funding, referral, rent, reporting)


def mistakes(
    module: ModuleType,
    text: str | None = None,
    change: Callable[[dict[str, str]], dict[str, str]] = dict,
) -> list[tuple[Equation, str]]:
    """What is wrong in a process's equations, with the equation.

    Args:
        module: the process.
        text: a docstring in place of its own.
        change: what happens to the declared units first.
    """
    found: list[tuple[Equation, str]] = []
    units = {name: unit_of(unit) for name, unit in change(units_of(module)).items()}
    functions = (name.rstrip(")").split("(") for name in _symbols(module) if name.endswith(")"))
    reader = Reader(units, dict(functions))
    for equation in equations(module, text):
        try:
            equation.check(reader)
        except UnitError as error:
            found.append((equation, str(error)))
    return found


def main() -> int:
    """Print every mistake with its place, and how many equations were checked."""
    wrong: list[Any] = [mistake for module in modules() for mistake in mistakes(module)]
    for equation, told in wrong:
        print(f"{equation.file}:{equation.line}: {equation}: {told}")
    print(f"{sum(1 for module in modules() for _ in equations(module))} equations, {len(wrong)} mistakes")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
