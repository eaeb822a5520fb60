"""Experiment files: a base scenario, the parameters that vary, and the number of worlds.

    format: 1
    base: ../scenarios/today.yaml
    replications: 100
    design: grid
    factors:
      network.hubs_by_2027: [6, 7, 8, 9, 10]
      accompaniment.hours_per_startup: {from: 2, to: 16, steps: 8}
    reference: {network.hubs_by_2027: 6, accompaniment.hours_per_startup: 8}
    outcomes: [success_rate, export_rate]

`kind` is the type of study; `sweep` is the only kind here, and the default.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import Field

from sim.declare import Block, parameter
from sim.declare.calendar import Month
from sim.errors import said, shorten, suggestion
from sim.scenario.arguments import LARGEST_SEED, MOST_WORLDS
from sim.scenario.checks.values import check_values, shown_value, texts
from sim.scenario.errors import Origin, Problem, Problems, ScenarioError
from sim.scenario.file_format import KEY, format_schema
from sim.scenario.loading import find, load_alone, load_base, without
from sim.scenario.reader import Node, UnreadableError
from sim.scenario.scenario import Scenario, Text, build, in_language
from sim.scenario.schema import Schema, json_schema, origin_here, schema, texts_schema, unit_here
from sim.studies.factors import PRIOR, RANDOM, RANGE, Factor, identity, read_factors
from sim.studies.filling import FillSettings, fill, read_fill
from sim.studies.reference_point import read_reference
from sim.studies.study import SERIES_TABLES
from sim.studies.workbook import is_workbook, read_workbook
from sim.system.text import composed, refused_key

DESIGNS = ("grid", "list", *RANDOM)
MAX_POINTS = 1_000_000
CHECKED_POINTS = 200
"""Number of points of a grid or list that are checked as complete scenarios when the file is read."""

_CHOSEN = "assumed: chosen by whoever runs the study"


class Candidate(Block):
    """A new hub that a search may open."""

    hub: str = Field(description="A hub of the roadmap, or a city of sim/country/data/cities.csv.")
    opens: Month = Field(description="Month in which it opens; after `present`.")
    places: list[int] = Field(min_length=1, description="Numbers of startups that it may house.")


class ExperimentSettings(Block):
    """The values of an experiment file except its factors and reference."""

    kind: str = parameter("sweep", unit="-", choices=("sweep",), meaning="What to do with the factors.", origin=_CHOSEN)
    base: str = Field(description="Scenario that the factors change: a path relative to this file, or builtin:<name>.")
    replications: int = parameter(
        100,
        unit="worlds",
        low=1,
        high=MOST_WORLDS,
        meaning="Worlds for each point of the design.",
        origin=_CHOSEN,
    )
    seed: int = parameter(1, unit="-", low=0, high=LARGEST_SEED, meaning="Root of all random numbers.", origin=_CHOSEN)
    design: str = parameter(
        "grid",
        unit="-",
        choices=DESIGNS,
        meaning="grid: every combination; list: the first values together, then the second ones, and so on; "
        "lhs, sobol, morris: drawn from ranges; search: chosen one after the other for the best outcomes.",
        origin=_CHOSEN,
    )
    samples: int | None = parameter(
        None,
        unit="points",
        low=2,
        high=MAX_POINTS,
        meaning="Size of a random design: points (lhs), base samples of factors + 2 points each (sobol), trajectories "
        "of factors + 1 points each (morris), policies that are tried (search).",
        origin=_CHOSEN,
    )
    openings: list[Candidate] = parameter(
        [], unit="-", meaning="New hubs that a search may open, each with the places it may have.", origin=_CHOSEN
    )
    budget: float | None = parameter(
        None, unit="MAD million", low=0, meaning="The most that a policy of a search may cost.", origin=_CHOSEN
    )
    extra: float | None = parameter(
        None,
        unit="MAD million",
        low=0,
        meaning="In place of budget: the most that a policy of a search may cost beyond the base.",
        origin=_CHOSEN,
    )
    outcomes: list[str] = parameter([], unit="-", meaning="Outcomes to report; all if none is named.", origin=_CHOSEN)
    record: list[str] = parameter([], unit="-", meaning="Series to keep of every run.", origin=_CHOSEN)


@dataclass(frozen=True)
class Experiment:
    """A designed study that was checked. `load_experiment` makes it."""

    key: str
    name: Text
    description: Text
    kind: str
    base: Scenario
    replications: int
    seed: int
    design: str
    samples: int | None
    openings: tuple[Candidate, ...]
    budget: float | None
    extra: float | None
    factors: tuple[Factor, ...]
    filling: tuple[dict[str, Any], ...]
    """Points beside a grid, which fill the space of all factors, each as values by path."""
    reference: int | None
    """Index in `points()` of the point with which the others are compared; None for a random design."""
    outcomes: tuple[str, ...]
    record: tuple[str, ...]
    tree: Node = field(repr=False)

    def title(self, lang: str = "en") -> str:
        """The name in language `lang`; if it is missing, the English name, any other name, or the key."""
        return in_language(self.name, lang) or self.key

    def describe(self, lang: str = "en") -> str:
        """The description in language `lang`; if it is missing, the English one, any other one, or an empty text."""
        return in_language(self.description, lang)

    @property
    def size(self) -> int | None:
        """Number of points of a grid or list; None for a random design."""
        lengths = [len(self.levels(factor)) for factor in self.factors]
        if self.design in RANDOM:
            return None
        return math.prod(lengths) + len(self.filling) if self.design == "grid" else min(lengths, default=0)

    def levels(self, factor: Factor) -> tuple[Any, ...]:
        """The values of a factor in the grid or list; that of the base if only points beside the grid vary it."""
        return (self.base.values[factor.path],) if factor.filling else factor.values or ()

    def points(self) -> Iterator[dict[str, Any]]:
        """The points of a grid or list in order, and those beside a grid, each as values by path."""
        paths = [factor.path for factor in self.factors]
        levels = [self.levels(factor) for factor in self.factors]
        rows = itertools.product(*levels) if self.design == "grid" else zip(*levels, strict=True)
        return itertools.chain((dict(zip(paths, row, strict=True)) for row in rows), self.filling)

    def scenario(self, point: dict[str, Any], key: str | None = None) -> Scenario:
        """The base with the values of one point; mistakes have the place of the value in the experiment file.

        Raises:
            ScenarioError: the values contradict each other.
        """
        return self.base.with_values(point, key, self._origins(point))

    def _origins(self, point: dict[str, Any]) -> dict[str, Origin]:
        origins = {}
        for factor in self.factors:
            levels = dict(zip(map(repr, factor.values or ()), factor.origins, strict=True))
            origins[factor.path] = levels.get(repr(point.get(factor.path)), factor.origin)
        return origins


def load_experiment(path: str | PathLike[str], of: Schema | None = None) -> Experiment:
    """Load an experiment file by the schema `of` (the packaged one by default).

    Raises:
        ScenarioError: the file, its base, or the two together have mistakes; the error lists all of them.
    """
    problems = Problems()
    file, tree = _read(path, problems)
    of = of or schema()
    name, description = (texts(tree, part, problems) for part in ("name", "description"))
    own = ("name", "description", "factors", "fill", "reference", "values")
    settings = check_values(without(tree, *own), ExperimentSettings, problems, beside=(KEY, *own))
    design = tree.at(("design",))
    word = design.value if design is not None and design.value in DESIGNS else "grid"
    before = len(problems)
    factors = read_factors(tree, word, of, problems)
    reference = read_reference(tree, word, factors, problems) if len(problems) == before else None
    samples, further = read_fill(tree, word, factors, of, problems)
    _check_names(tree, problems)
    _check_design(tree, word, factors, problems)
    base = _base(tree, file, of, problems)
    base = None if base is None else _with_values(base, tree, problems)
    if problems or settings is None or base is None:
        raise ScenarioError(problems)
    key = composed(Path(file).stem)
    if refused := refused_key(key):
        raise ScenarioError([Problem(tree.origin, refused)])
    lists = {name: tuple(getattr(settings, name)) for name in ("outcomes", "record", "openings")}
    known = settings.model_dump() | lists
    texts_and_tree = {"name": name, "description": description, "tree": tree}
    varied = tuple(sorted((*factors, *further), key=lambda factor: factor.path))
    points = {"factors": varied, "filling": fill(varied, samples, settings.seed), "reference": reference}
    experiment = Experiment(key, **known | texts_and_tree | points | {"base": base})
    if experiment.size is not None:
        _check_points(experiment, problems)
    if experiment.openings:
        _check_openings(experiment, problems)
    if problems:
        raise ScenarioError(problems)
    return experiment


def _read(path: str | PathLike[str], problems: Problems) -> tuple[str, Node]:
    """The path and the tree of values of a file, or of a spreadsheet."""
    if not is_workbook(path):
        return load_alone(path, problems)
    try:
        file = find(path, problems)
    except UnreadableError:
        raise ScenarioError(problems) from None
    return file, read_workbook(file, problems)


def _base(tree: Node, path: str, of: Schema, problems: Problems) -> Scenario | None:
    """Load the scenario that `base` names; returns None after a mistake."""
    node = tree.at(("base",))
    if node is None or not isinstance(node.value, str):
        return None
    try:
        key, values = load_base(path, node, problems)
        return build(key, values, of, problems=Problems())
    except UnreadableError:
        return None
    except ScenarioError as failure:
        problems.extend(failure.problems)
        return None


def _with_values(base: Scenario, tree: Node, problems: Problems) -> Scenario:
    """The base with the `values` of the file, such as other prices, which hold for all policies."""
    node = tree.at(("values",))
    if node is None:
        return base
    if not isinstance(node.value, dict):
        message = said("values is {value}, but must be parameters with one value each", value=shown_value(node.value))
        problems.note(node.place, message)
        return base
    before = len(problems)
    for path, inner in node.value.items():
        if unknown := base.schema.unknown(path):
            problems.note(inner.key or inner.origin, unknown)
    if len(problems) > before:
        return base
    try:
        origins = {path: inner.place for path, inner in node.value.items()}
        return base.with_values({path: inner.plain() for path, inner in node.value.items()}, origins=origins)
    except ScenarioError as failure:
        problems.extend(failure.problems)
        return base


def _check_names(tree: Node, problems: Problems) -> None:
    """Check the names of outcomes and series."""
    known: dict[str, tuple[str, ...]] = {"record": SERIES_TABLES}
    if tree.at(("outcomes",)) is not None:
        from sim.model.outcomes import OF_REGIONS, OUTCOMES  # late: only experiments that name outcomes need the model

        known["outcomes"] = tuple(OUTCOMES)
    for key, names in known.items():
        node = tree.at((key,))
        seen = set()
        for item in node.value if node is not None and isinstance(node.value, list) else []:
            if not isinstance(item.value, str):
                continue
            what = f"{key} {shorten(item.value)}"
            name, _, place = item.value.partition(":")
            if name not in names and not (key == "outcomes" and place and name in OF_REGIONS):
                problems.note(item.origin, f"unknown {what}" + suggestion(item.value, names))
            elif item.value in seen:
                problems.note(item.origin, f"{what} is named twice; keep one")
            seen.add(item.value)


def _check_design(tree: Node, design: str, factors: tuple[Factor, ...], problems: Problems) -> None:
    """Check the requirements of the design: a number of samples, or lists of equal length."""
    samples = tree.at(("samples",))
    if design in RANDOM and (samples is None or samples.value is None):
        node = tree.at(("design",)) or tree
        problems.note(node.place, f"the design {design} needs samples, for example samples: 64")
    elif design not in RANDOM and samples is not None:
        place = samples.key or samples.origin
        problems.note(place, f"samples has no meaning in the design {design}; remove it")
    elif design == "sobol" and samples is not None and isinstance(samples.value, int):
        power = 2 ** max(1, round(math.log2(max(2, samples.value))))
        if samples.value != power:
            message = f"samples is {samples.value}, but a sobol design needs a power of 2; write {power}"
            problems.note(samples.origin, message)
    budget, extra = (tree.at((key,)) for key in ("budget", "extra"))
    if budget is not None and extra is not None and None not in (budget.value, extra.value):
        problems.note(extra.key or extra.origin, "extra and budget exclude each other; keep one of them")
    for key in ("openings", "budget", "extra"):
        if design != "search" and (idle := tree.at((key,))) is not None:
            problems.note(idle.key or idle.origin, f"{key} has no meaning in the design {design}; remove it")
    lengths = [len(factor.values or ()) for factor in factors]
    if design == "grid" and math.prod(lengths) > MAX_POINTS:
        node = tree.at(("factors",)) or tree
        message = said(
            "the grid has {points} points, but {most} are allowed; use fewer values",
            points=math.prod(lengths),
            most=MAX_POINTS,
        )
        problems.note(node.place, message)
    if design == "list":
        for factor, length in zip(factors, lengths, strict=True):
            if length != lengths[0]:
                message = f"{factor.path} has {length} values and {factors[0].path} has {lengths[0]}"
                problems.note(factor.origin, message + "; in a list all have the same number")


def _check_points(experiment: Experiment, problems: Problems) -> None:
    """Check the first points as complete scenarios: values must not contradict each other or the base."""
    if experiment.design == "list":
        _check_equal_points(experiment, problems)
    for point in itertools.islice(experiment.points(), CHECKED_POINTS):
        try:
            experiment.scenario(point)
        except ScenarioError as failure:
            problems.extend(failure.problems)


def _check_equal_points(experiment: Experiment, problems: Problems) -> None:
    """Report points of a list that equal an earlier one: they would be run and shown twice."""
    seen: dict[str, int] = {}
    for number, point in enumerate(experiment.points(), 1):
        first = seen.setdefault(identity(point), number)
        if first != number:
            factor = experiment.factors[0]
            message = f"point {number} of the list has the same values as point {first}; keep one of them"
            problems.note(factor.origins[number - 1], message)


def _check_openings(experiment: Experiment, problems: Problems) -> None:
    """Check each hub that a search may open, with its largest number of places."""
    node = experiment.tree.at(("openings",))
    assert node is not None
    for candidate, item in zip(experiment.openings, node.value, strict=True):
        opening = {"hub": candidate.hub, "opens": candidate.opens, "places": max(candidate.places)}
        try:
            experiment.base.with_values({"network.openings": [opening]}, origins={"network.openings": item.place})
        except ScenarioError as failure:
            problems.extend(failure.problems)


def experiment_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of experiment files, with the path of every parameter."""
    document = json_schema(ExperimentSettings)
    levels = {"type": "array", "minItems": 1}
    ends = RANGE.model_json_schema()
    paths = {
        path: {
            "description": declaration.meaning,
            "unit": unit_here(declaration.unit),
            "origin": origin_here(declaration.origin),
            "anyOf": [levels, ends, *([{"const": PRIOR}] if declaration.prior else [])],
        }
        for path, declaration in schema().declarations.items()
    }
    factors = {"type": "object", "properties": paths, "additionalProperties": False, "minProperties": 1}
    filling = json_schema(FillSettings) | {"description": "Points beside a grid, which vary all factors at once."}
    filling["properties"]["factors"] = factors | {"description": "Further parameters that only these points vary."}
    factors["description"] = "The parameters that vary, each with a list of values or a range."
    reference = {"type": "object", "properties": {path: {} for path in paths}, "additionalProperties": False}
    reference["description"] = (
        "The point of a grid or list that the others are compared with: a value of each factor; the first point if not "
        "given."
    )
    values = {"type": "object", "properties": {path: {} for path in paths}, "additionalProperties": False}
    values["description"] = "Parameters, such as prices, with a value that holds for the base and for all policies."
    document["title"] = "hubsim experiment"
    document["properties"] = {
        **format_schema(),
        **texts_schema(),
        **document["properties"],
        "factors": factors,
        "fill": {key: value for key, value in filling.items() if key[0] != "$"},
        "reference": reference | {"minProperties": 1},
        "values": values,
    }
    document["required"] = ["base", "factors"]
    return document
