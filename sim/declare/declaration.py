"""How a process declares its parameters: unit, default, range, meaning and origin, all in one place.

The scenario schema, the editors' JSON Schema, the parameter tables of the documentation and the sliders of the page are
derived from these declarations; nothing about a parameter is written twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from sim.errors import did_you_mean


def parameter(
    default: Any,
    *,
    unit: str,
    meaning: str,
    origin: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    lever: bool = False,
    shared: bool = False,
    prior: tuple[float, float] | None = None,
    symbol: str | None = None,
    short: str | None = None,
) -> Any:
    """Declare one parameter of a process.

    Args:
        default: value when no scenario sets it.
        unit: unit in plain words (`kMAD/month`, `share`, `1/month`, `month`, `-` for pure numbers).
        meaning: one plain sentence for the person who changes it.
        origin: `source: …`, `assumed: why` or `calibrated: to what`.
        low: smallest allowed value, inclusive.
        high: largest allowed value, inclusive.
        choices: the allowed words of a text parameter.
        lever: whether a policy may set it. Before `present` a lever keeps its default, because a
            policy cannot change what has happened.
        shared: whether policies side by side must agree on it, because what it makes is made once for all of them:
            founders, how near places are, how long a tie lasts. Only these are found in `world.past`.
        prior: range over which calibration and sensitivity analysis vary it.
        symbol: its symbol in the equations of the process; its name if not given.
        short: its short name for people, on a slider or an axis.
    """
    if not origin.startswith(("source: ", "assumed: ", "calibrated: ")):
        raise ValueError(f"origin must start with 'source: ', 'assumed: ' or 'calibrated: ', not {origin!r}")
    if lever and shared:
        raise ValueError("policies differ in their levers, so that a lever cannot be shared")
    extra: dict[str, Any] = {"unit": unit, "origin": origin, "lever": lever}
    if shared:
        extra["shared"] = True
    if prior is not None:
        extra["prior"] = list(prior)
    if symbol is not None:
        extra["symbol"] = symbol
    if short is not None:
        extra["short"] = short
    if choices is not None:
        extra["choices"] = list(choices)
    return Field(default=default, ge=low, le=high, description=meaning, json_schema_extra=extra)


class Block(BaseModel):
    """A named group of parameters: frozen, without unknown keys, without NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Mechanism(Block):
    """A block that can be switched off; the random draws of other blocks do not change."""

    enabled: bool = parameter(
        True,
        unit="-",
        meaning="Whether this mechanism acts at all.",
        origin="assumed: every mechanism acts unless it is switched off to measure what it does",
    )


class Trial(Mechanism):
    """A mechanism that acts only where a scenario switches it on: no number changes until it has been calibrated."""

    enabled: bool = parameter(
        False,
        unit="-",
        meaning="Whether this mechanism acts at all.",
        origin="assumed: a mechanism that is not calibrated acts only where a scenario asks for it",
    )


def in_words(name: str) -> str:
    """A name of the code in words: `induced_entry` becomes `Induced entry`."""
    return name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Declaration:
    """The declaration of one parameter, found by its dotted path (`accompaniment.hours_per_startup`)."""

    path: str
    field: FieldInfo

    def _extra(self, key: str) -> Any:
        extra = self.field.json_schema_extra
        return extra.get(key) if isinstance(extra, dict) else None

    @property
    def unit(self) -> str:
        """Unit in plain words."""
        return self._extra("unit") or "-"

    @property
    def symbol(self) -> str:
        """Its symbol in equations."""
        return self._extra("symbol") or self.path.rpartition(".")[2]

    @property
    def short(self) -> str | None:
        """Its short name for people, if the process gives one; that of a switch is made of its mechanism's name."""
        if self.path.endswith(".enabled"):
            return f"{self.group}: on or off"
        found: str | None = self._extra("short")
        return found

    @property
    def label(self) -> str:
        """`short`, or else the last part of the path in words."""
        return self.short or in_words(self.path.rpartition(".")[2])

    @property
    def group(self) -> str:
        """The name of its block in words."""
        return in_words(self.path.partition(".")[0])

    @property
    def origin(self) -> str:
        """Origin of the default."""
        return self._extra("origin") or ""

    @property
    def meaning(self) -> str:
        """Meaning in one plain sentence."""
        return self.field.description or ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed words of a text parameter."""
        return tuple(self._extra("choices") or ())

    @property
    def lever(self) -> bool:
        """Whether a policy may set it."""
        return bool(self._extra("lever"))

    @property
    def shared(self) -> bool:
        """Whether policies side by side must agree on it."""
        return bool(self._extra("shared"))

    @property
    def prior(self) -> tuple[float, float] | None:
        """Range for calibration and sensitivity analysis, if the parameter is uncertain."""
        prior = self._extra("prior")
        return None if prior is None else (prior[0], prior[1])

    @property
    def default(self) -> Any:
        """Value when no scenario sets it."""
        return self.field.get_default(call_default_factory=True)

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest allowed value; infinite where there is no limit."""
        low, high = -math.inf, math.inf
        for limit in self.field.metadata:
            low = getattr(limit, "ge", low)
            high = getattr(limit, "le", high)
        return low, high


@dataclass(frozen=True)
class Constant:
    """A number in an equation that no scenario sets: its value, unit and meaning in one plain phrase."""

    value: float
    unit: str
    meaning: str


def declarations(block: type[BaseModel], prefix: str = "") -> dict[str, Declaration]:
    """All parameters below `block` by dotted path, in the order of their declaration."""
    found: dict[str, Declaration] = {}
    for name, field in block.model_fields.items():
        path = f"{prefix}{name}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= declarations(inner, prefix=f"{path}.")
        else:
            found[path] = Declaration(path, field)
    return found


class Short(int):
    """Kind of the columns that hold months, places and small counts, from -32,768 to 32,767.

    Smaller columns make a month faster.
    """


@dataclass(frozen=True)
class Column:
    """A state variable that a process adds to every startup.

    Args:
        kind: `float` (64 bits), `int` (32 bits), `Short` (16 bits) or `bool`.
        unit: unit in plain words.
        meaning: one plain sentence.
        default: value at founding, unless the founding process sets another.
        shared: whether it is the same under all policies of a world: what a founder brings, or chance alone.
    """

    kind: type
    unit: str
    meaning: str
    default: float | int | bool = 0
    shared: bool = False


@dataclass(frozen=True)
class Count:
    """A national monthly count by a process, entered with `model.tally[name] += …`; it becomes a national series.

    Args:
        unit: unit in plain words.
        meaning: one plain sentence.
    """

    unit: str
    meaning: str


Flow = tuple[str, str, str]
"""Source, target and kind of a payment, for example `("customers", "startups", "revenue")`."""


@dataclass(frozen=True)
class Payment:
    """A kind of payment that a process enters in the ledger with `model.ledger.flow(source, target, kind, amount)`.

    Args:
        meaning: one plain sentence.
        column: column in which each startup's total of this payment is kept; tests check every startup's cash with it.
            None for a payment that tests recompute from its equations.
    """

    meaning: str
    column: str | None = None


class UndeclaredError(LookupError):
    """A process counts or pays what no process declares; the message gives the nearest declared name."""

    @classmethod
    def of(cls, what: str, name: str, declared: Iterable[str], declaration: str) -> Self:
        """The error for an undeclared name, with the nearest declared one."""
        near = did_you_mean(name, declared) or "."
        return cls(f"no process declares the {what} {name!r}{near} In the process whose it is: {declaration}")
