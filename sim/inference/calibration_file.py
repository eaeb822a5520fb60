"""Calibration files: the free parameters, the facts to fit, and priors from evaluations.

`kind: calibration` of an experiment file; see `experiments/calibration.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from sim.declare import Block, parameter
from sim.errors import suggestion
from sim.inference.prior import Spike
from sim.scenario.arguments import LARGEST_SEED
from sim.scenario.checks.values import check_values, texts
from sim.scenario.errors import Problems, ScenarioError
from sim.scenario.file_format import KEY
from sim.scenario.loading import load_alone, without
from sim.scenario.reader import Node
from sim.scenario.schema import Schema, schema
from sim.studies.experiment import _base
from sim.studies.factors import RANGE

if TYPE_CHECKING:
    from sim.scenario import Scenario

_CHOSEN = "assumed: chosen by whoever calibrates"


class BankPlan(Block):
    """How many draws a bank has; each runs an actual and a placebo world."""

    whole: int = Field(ge=2, le=10_000, description="Draws over the ranges of the parameters, with spikes.")
    believed: int = Field(default=0, ge=0, le=10_000, description="Draws of the prior with its priors on moments.")
    wave: int = Field(default=0, ge=0, le=10_000, description="Draws of each wave where no fact rules them out.")
    waves: int = Field(default=0, ge=0, le=20, description="Largest number of these waves.")

    @property
    def largest(self) -> int:
        """Number of draws if all waves are run."""
        return self.whole + self.believed + self.wave * self.waves


class CalibrationSettings(Block):
    """The values of a calibration file except its tables."""

    kind: str = parameter("calibration", unit="-", choices=("calibration",), meaning="Calibrate.", origin=_CHOSEN)
    base: str = Field(description="Scenario whose past is compared with the facts.")
    seed: int = parameter(1, unit="-", low=0, high=LARGEST_SEED, meaning="Root of all random numbers.", origin=_CHOSEN)
    bank: BankPlan = Field(description="How many draws; each runs an actual and a placebo world.")
    draws: int = parameter(200, unit="draws", low=2, high=5000, meaning="Size of the posterior sample.", origin=_CHOSEN)
    discrepancy: float = parameter(
        0.5,
        unit="tolerances",
        low=0,
        high=10,
        meaning="The model's own error, in tolerances of a target.",
        origin=_CHOSEN,
    )


class _Band(Block):
    value: float | None = Field(default=None, description="The published figure, if there is one.")
    low: float = Field(description="Lower end of the band of acceptance.")
    high: float = Field(description="Upper end of the band of acceptance.")


class _Target(Block):
    band: _Band
    date: str = Field(description="Date of the fact.")
    source: str = Field(description="Where the fact is from.")


class _EffectPrior(Block):
    law: str = parameter(
        "normal", unit="-", choices=("normal", "lognormal"), meaning="Distribution of the prior.", origin=_CHOSEN
    )
    centre: float = Field(description="Mean, or median of a lognormal distribution.")
    spread: float = Field(gt=0, description="Standard deviation (of the logarithm, for a lognormal distribution).")
    low: float | None = Field(default=None, description="The effect is not below this.")
    high: float | None = Field(default=None, description="The effect is not above this.")
    source: str = Field(description="Which evaluations say so.")


class _Set(Block):
    name: str = Field(description="A short title.")
    description: str = Field(description="What sets this world apart.")
    effects: dict[str, float] = Field(description="Effects that are pinned at a value.")


class _Spike(Block):
    probability: float = Field(gt=0, lt=1, description="Prior probability that the part does nothing at all.")
    values: dict[str, float] = Field(min_length=1, description="Values of free parameters that say so.")
    source: str = Field(description="Why so much.")


class _Claim(Block):
    fact: str = Field(description="The operator's sentence, as a fact.")
    readings: dict[str, float] = Field(description="Outcomes that it may mean, with prior weights.")


@dataclass(frozen=True)
class Target:
    """A fact to fit; without a `value`, all values in its band fit equally well."""

    name: str
    low: float
    high: float
    value: float | None
    date: str
    source: str

    @property
    def tolerance(self) -> float:
        """Standard deviation of the fact: a quarter of its band."""
        return (self.high - self.low) / 4

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends of its band or, of a fact with a value, the value twice."""
        return (self.low, self.high) if self.value is None else (self.value, self.value)

    def misfit(self, moment: np.ndarray) -> np.ndarray:
        """Distance of a moment from the value or, without a value, from the band."""
        if self.value is not None:
            return moment - self.value
        found: np.ndarray = moment - np.clip(moment, self.low, self.high)
        return found


@dataclass(frozen=True)
class EffectPrior:
    """A prior on a moment about which the facts say nothing."""

    name: str
    law: str
    centre: float
    spread: float
    low: float
    high: float
    source: str

    def log_density(self, moment: np.ndarray) -> np.ndarray:
        """Log density, up to a constant, of a moment in its unit; it falls steeply outside the limits."""
        if self.law == "lognormal":
            score = (np.log(np.maximum(moment, 1e-6)) - np.log(self.centre)) / self.spread
        else:
            score = (moment - self.centre) / self.spread
        outside = (moment - np.clip(moment, self.low, self.high)) / (0.1 * self.spread)
        found: np.ndarray = -0.5 * (score**2 + outside**2)
        return found


@dataclass(frozen=True)
class NamedSet:
    """A parameter set to find: the best fit with some effects fixed at given values."""

    key: str
    name: str
    description: str
    effects: dict[str, float]


@dataclass(frozen=True)
class Calibration:
    """A calibration that was checked. `load_calibration` makes it."""

    base: Scenario
    seed: int
    bank: BankPlan
    draws: int
    discrepancy: float
    priors: dict[str, tuple[float, float]]
    targets: tuple[Target, ...]
    effects: tuple[EffectPrior, ...]
    claim: tuple[str, dict[str, float]]
    sets: tuple[NamedSet, ...] = ()
    spikes: tuple[Spike, ...] = ()

    def until(self, month: str) -> Calibration:
        """This calibration without the facts that were not known by a month."""
        return replace(self, targets=tuple(target for target in self.targets if last_month(target.date) <= month))

    @property
    def moments(self) -> tuple[str, ...]:
        """Names of the moments that determine the posterior."""
        return tuple(target.name for target in self.targets) + tuple(effect.name for effect in self.effects)


def last_month(date: str) -> str:
    """The month by which a dated fact was known; a range of years counts from its beginning."""
    from sim.inference.dated import months_of

    first, last = months_of(date)
    return last if first[:4] == last[:4] else first


def load_calibration(path: str | PathLike[str], of: Schema | None = None) -> Calibration:
    """Load a calibration file by the schema `of` (the packaged one by default).

    Raises:
        ScenarioError: the file or its base has mistakes; the error lists all of them.
    """
    problems = Problems()
    file, tree = load_alone(path, problems)
    of = of or schema()
    for part in ("name", "description"):
        texts(tree, part, problems)
    own = ("name", "description", "parameters", "targets", "effects", "spikes", "sets", "claim")
    settings = check_values(without(tree, *own), CalibrationSettings, problems, beside=(KEY, *own))
    ranges = _table(tree, "parameters", RANGE, problems)
    targets = _table(tree, "targets", _Target, problems)
    effects = _table(tree, "effects", _EffectPrior, problems)
    spikes = _table(tree, "spikes", _Spike, problems)
    sets = _table(tree, "sets", _Set, problems)
    _check_pins(tree, sets, effects, problems)
    _check_spikes(tree, spikes, ranges, problems)
    claim = tree.at(("claim",))
    said = (
        check_values(claim, _Claim, problems, ("claim",))
        if claim is not None and isinstance(claim.value, dict)
        else None
    )
    _check_names(tree, of, problems)
    base = _base(tree, file, of, problems)
    if problems or settings is None or base is None:
        raise ScenarioError(problems)
    return Calibration(
        base,
        settings.seed,
        settings.bank,
        settings.draws,
        settings.discrepancy,
        {path: (getattr(found, "from"), found.to) for path, found in ranges.items()},
        tuple(
            Target(name, one.band.low, one.band.high, one.band.value, one.date, one.source)
            for name, one in targets.items()
        ),
        tuple(
            EffectPrior(
                name,
                one.law,
                one.centre,
                one.spread,
                -np.inf if one.low is None else one.low,
                np.inf if one.high is None else one.high,
                one.source,
            )
            for name, one in effects.items()
        ),
        (said.fact, dict(said.readings)) if said else ("", {}),
        tuple(NamedSet(key, one.name, one.description, dict(one.effects)) for key, one in sets.items()),
        tuple(Spike(name, one.probability, dict(one.values), one.source) for name, one in spikes.items()),
    )


def _table(tree: Node, key: str, row: type[Block], problems: Problems) -> dict[str, Any]:
    """Read the rows of a table by name; adds mistakes to `problems`."""
    node = tree.at((key,))
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        problems.note(node.place, f"{key} must be a table of names")
        return {}
    found: dict[str, Any] = {}
    for name, member in node.value.items():
        if not isinstance(member.value, dict):
            problems.note(member.place, f"{key}.{name} must be a group of keys")
        elif (checked := check_values(member, row, problems, (key, name))) is not None:
            found[name] = checked
    return found


def _check_pins(tree: Node, sets: Mapping[str, Any], effects: Mapping[str, Any], problems: Problems) -> None:
    """Check that the file has the effects that its named sets fix."""
    for key, one in sets.items():
        for name in one.effects:
            if name not in effects and (pin := tree.at(("sets", key, "effects", name))) is not None:
                place = pin.key or pin.origin
                problems.note(place, f"unknown effect {name!r}{suggestion(name, effects, 'effects of this file')}")


def _check_spikes(tree: Node, spikes: Mapping[str, Any], ranges: Mapping[str, Any], problems: Problems) -> None:
    """Check that spikes set free parameters to values in their ranges."""
    for key, one in spikes.items():
        for path, value in one.values.items():
            if (node := tree.at(("spikes", key, "values", path))) is None:
                continue
            if path not in ranges:
                known = suggestion(path, ranges, "free parameters of this file")
                problems.note(node.key or node.origin, f"unknown parameter {path!r}{known}")
            elif not (low := getattr(ranges[path], "from")) <= value <= (high := ranges[path].to):
                problems.note(node.origin, f"{path} must be within its range, {low:g} to {high:g}, but is {value:g}")


def _check_names(tree: Node, of: Schema, problems: Problems) -> None:
    """Check that parameters exist, and that targets are facts."""
    from sim.country.data import table

    facts = set(table("facts")["id"])
    for key, known in (("parameters", of.declarations), ("targets", facts)):
        node = tree.at((key,))
        members: Mapping[str, Node] = node.value if node is not None and isinstance(node.value, dict) else {}
        for name, member in members.items():
            if name not in known:
                place = member.key or member.origin
                problems.note(place, f"unknown name {name!r} in {key}{suggestion(name, known)}")
