"""The points of a study: the values of its factors, their order, and which points share a past.

`grid` and `list` enumerate listed values. The other designs draw in the unit cube, with one column per factor, and map
each column onto the factor's range (linear, logarithmic or whole numbers) or list:

- `lhs`: a Latin hypercube of `samples` points (McKay, Beckman and Conover 1979), from SciPy;
- `sobol`: Saltelli's scheme, `samples` × (factors + 2) points (Saltelli et al. 2010), from SALib;
- `morris`: `samples` trajectories of factors + 1 points each (Morris 1991), from SALib.

A grid may have further points that fill the space beside it: see `sim.studies.filling`.

Factors are sorted by path, so their order in a file changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import StudyError, said
from sim.studies.extras import needs
from sim.studies.factors import value_at_share

if TYPE_CHECKING:
    from sim.studies.experiment import Experiment
    from sim.studies.factors import Factor

MAX_BLOCK, MAX_COMPARED_BLOCK = 24, 96
"""Largest size of a block, in pasts plus continuations: without a reference, and with one.

With a reference, a block holds all points if possible, because a pair of worlds is compared inside one chunk.
"""

MORRIS_LEVELS = 4
"""Levels of each factor in a Morris design, as Morris recommends."""


@dataclass(frozen=True)
class Point:
    """One point of a design: the values of its factors by path, and the key of its rows in `runs`."""

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class PointBlock:
    """Points that one chunk runs; `worlds` counts their pasts and continuations, including the reference's."""

    number: int
    points: tuple[int, ...]
    worlds: int


class Design:
    """The points of an experiment. Each is computed on request, so a large design is not held in memory."""

    def __init__(self, experiment: Experiment):
        """Prepare the design; raises StudyError for a search, or if a library is missing."""
        if experiment.design == "search":
            raise StudyError(said("{key} is a search; run it with: hubsim search {key}", key=experiment.key))
        self.experiment = experiment
        self.factors = experiment.factors
        self.reference = experiment.reference
        self.unit = _unit_cube(experiment)
        size = experiment.size if self.unit is None else len(self.unit)
        self.size = size or 0
        self._digits = max(3, len(str(self.size - 1)))

    def key(self, index: int) -> str:
        """Name of a point in the result tables."""
        return f"point-{index:0{self._digits}d}"

    def index(self, key: str) -> int:
        """Index of the point with a name that `key` gave."""
        return int(key.removeprefix("point-"))

    def values(self, index: int) -> dict[str, Any]:
        """Values of all factors at a point by path."""
        return {factor.path: self._value(place, index) for place, factor in enumerate(self.factors)}

    def point(self, index: int) -> Point:
        """The point with its name."""
        return Point(self.key(index), self.values(index))

    @cached_property
    def blocks(self) -> list[PointBlock]:
        """All points in blocks; points that share a past are neighbours if listed values alone determine the past.

        Each block also runs the world of the reference if there is one.
        """
        order: Any = range(self.size)
        past = [place for place, factor in enumerate(self.factors) if not self._after_present(factor)]
        listed = all(self.factors[place].values is not None for place in past)
        if past and listed and not self.experiment.filling:
            order = sorted(order, key=lambda index: [self._level(place, index) for place in past])
        most = MAX_BLOCK if self.reference is None else MAX_COMPARED_BLOCK
        found: list[PointBlock] = []
        points: list[int] = []
        pasts: set[tuple[str, ...]] = set()

        def lived(index: int) -> tuple[str, ...]:
            return tuple(repr(self._value(place, index)) for place in past)

        def block() -> PointBlock:
            elsewhere = self.reference is not None and self.reference not in points
            again = {lived(self.reference or 0)} if elsewhere else set()
            return PointBlock(len(found), tuple(points), len(points) + len(again) + len(pasts | again))

        for index in order:
            here = lived(index)
            if points and len(points) + len(pasts | {here}) >= most:
                found.append(block())
                points, pasts = [], set()
            points.append(index)
            pasts.add(here)
        return [*found, block()] if points else found

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that determines the points, as plain data."""
        only = [factor.path for factor in self.factors if factor.filling]
        points = list(self.experiment.filling)
        fill = {"fill": {"only": only, "points": points}} if points else {}
        return {
            "base": self.experiment.base.digest,
            "design": self.experiment.design,
            "samples": self.experiment.samples,
            "reference": None if self.reference is None else self.key(self.reference),
            "factors": {
                factor.path: list(factor.values)
                if factor.values is not None
                else {"from": factor.low, "to": factor.high, "log": factor.log}
                for factor in self.factors
            },
            **fill,
            **({} if self.unit is None else {"points": hashlib.sha256(self.unit.tobytes()).hexdigest()}),
        }

    def _after_present(self, factor: Factor) -> bool:
        declaration = self.experiment.base.schema.declarations[factor.path]
        return declaration.lever or factor.path == "time.end"

    def _level(self, place: int, index: int) -> int:
        """Index of the listed value that a factor has at a point."""
        values = self.factors[place].values or ()
        if self.unit is not None:
            return min(int(self.unit[index, place] * len(values)), len(values) - 1)
        if self.experiment.design == "list":
            return index
        faster = math.prod(len(self.experiment.levels(factor)) for factor in self.factors[place + 1 :])
        return index // faster % len(values)

    def _value(self, place: int, index: int) -> Any:
        factor = self.factors[place]
        further = index - self.size + len(self.experiment.filling)
        if further >= 0 and self.experiment.filling:
            return self.experiment.filling[further][factor.path]
        if factor.filling:
            return self.experiment.base.values[factor.path]
        if factor.values is not None:
            return factor.values[self._level(place, index)]
        assert self.unit is not None
        return value_at_share(factor, float(self.unit[index, place]))


def columns_of(experiment: Experiment, point: Point) -> dict[str, Any]:
    """The values of a point as columns of `runs`: numbers, text and booleans stay; other values become text."""
    listed = {factor.path: factor.values or () for factor in experiment.factors}
    return {path: column_of(listed.get(path, (value,)), value) for path, value in sorted(point.values.items())}


def column_of(listed: Sequence[Any], value: Any) -> Any:
    """The value of a factor as `runs` has it, beside its `listed` values."""
    if value is None:
        return math.nan if all(one is None or _is_number(one) for one in listed) else None
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        lists = [one for one in listed if isinstance(one, list)]
        short = [_words(one, months=False) for one in lists]
        return _words(value, months=len(set(short)) < len(lists))
    return value if isinstance(value, str | bool) or _is_number(value) else json.dumps(value, ensure_ascii=False)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(items: list[Mapping[str, Any]], *, months: bool) -> str:
    """Openings or closures as text: `Fès 66 + Oujda 60`; with `months` if two levels would otherwise be equal."""
    left_out = () if months else ("opens", "closes")
    texts = [
        " ".join(str(part) for name, part in item.items() if name not in left_out and part is not None)
        for item in items
    ]
    return " + ".join(texts) or "none"


def _unit_cube(experiment: Experiment) -> np.ndarray | None:
    """A random design as shares of the factors' ranges, (points, factors); None for a grid or list."""
    factors, samples, seed = len(experiment.factors), experiment.samples or 0, experiment.seed
    if experiment.design == "lhs":
        from scipy.stats import qmc

        return qmc.LatinHypercube(factors, rng=np.random.default_rng(seed)).random(samples)
    if experiment.design == "sobol":
        with needs("analysis", "a sobol design"):
            from SALib.sample import sobol

            points = sobol.sample(problem_of(experiment), samples, calc_second_order=False, seed=seed % 2**32)
            return np.asarray(points)
    if experiment.design == "morris":
        with needs("analysis", "a morris design"):
            from SALib.sample import morris

            points = morris.sample(problem_of(experiment), samples, num_levels=MORRIS_LEVELS, seed=seed % 2**32)
            return np.asarray(points)
    return None


def problem_of(experiment: Experiment) -> dict[str, Any]:
    """The factors in SALib's form, in the unit cube."""
    names = [factor.path for factor in experiment.factors]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
