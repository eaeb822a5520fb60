"""A scenario: a named policy whose values are all checked and have an origin each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from typing import Any, NamedTuple

from pydantic import BaseModel

from sim.declare import Block
from sim.declare.calendar import months_between
from sim.errors import message_of, said
from sim.scenario.checks.rules import check_rules
from sim.scenario.checks.values import check_values, scenario_named, texts
from sim.scenario.errors import DEFAULT, Origin, Problem, Problems, ScenarioError
from sim.scenario.file_format import FORMAT, KEY
from sim.scenario.loading import DESCRIBING_KEYS, load_tree, merge_trees, without
from sim.scenario.reader import MAX_DIGITS, Node, UnreadableError
from sim.scenario.schema import Schema, origin_here, schema, unit_here
from sim.system.text import composed, printable, refused_key

Text = str | dict[str, str]


class Row(NamedTuple):
    """One line of `hubsim show`."""

    path: str
    value: Any
    unit: str
    origin: str
    source: str


@dataclass(frozen=True, eq=False)
class Scenario:
    """One policy. `load_scenario` and `with_values` make it. Scenarios with equal key, texts and values are equal."""

    key: str
    name: Text
    description: Text
    parameters: Any
    """All values by block: `parameters.network.openings`, `parameters.time.end`, …"""
    history: Any
    """The values that hold until `present`: as `parameters`, but with levers at their defaults."""
    tree: Node = field(repr=False)
    schema: Schema = field(repr=False)
    same_cost_as: str | None = None
    """Key of the scenario that this one claims to cost as much as, in expectation and at median prices."""

    def __post_init__(self) -> None:
        if refused := refused_key(self.key):
            raise ScenarioError([Problem(Origin(text="key"), refused)])

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return build, (self.key, self.tree, self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash((self.key, self.digest))

    def __str__(self) -> str:
        lines = [f"{self.title()} ({self.key}): {self.start} to {self.end}, policies act after {self.present}"]
        for row in show_rows(self):
            if row.origin != str(DEFAULT) and not row.path.startswith("time."):
                unit = "" if row.unit == "-" else f" {row.unit}"
                lines.append(f"  {row.path} = {_short(row.value)}{unit}")
        return "\n".join(lines)

    @property
    def _identity(self) -> tuple[Any, ...]:
        return self.key, self.name, self.description, self.same_cost_as, self.digest

    def title(self, lang: str = "en") -> str:
        """The name in language `lang`; if it is missing, the English name, any other name, or the key."""
        return in_language(self.name, lang) or self.key

    def describe(self, lang: str = "en") -> str:
        """The description in language `lang`; if it is missing, the English one, any other one, or an empty text."""
        return in_language(self.description, lang)

    @property
    def start(self) -> str:
        """First month, `YYYY-MM`."""
        found: str = self.parameters.time.start
        return found

    @property
    def present(self) -> str:
        """Last month of history, `YYYY-MM`; policies act after it."""
        found: str = self.parameters.time.present
        return found

    @property
    def end(self) -> str:
        """Last month, `YYYY-MM`."""
        found: str = self.parameters.time.end
        return found

    @property
    def months(self) -> int:
        """Number of months from `start` to `end`, both included."""
        return months_between(self.start, self.end) + 1

    @property
    def present_months(self) -> int:
        """Number of months from `start` to `present`, both included."""
        return months_between(self.start, self.present) + 1

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all values, without texts, key, `same_cost_as` and origins."""
        return _digest(self.parameters.model_dump(mode="json"))

    @cached_property
    def history_digest(self) -> str:
        """SHA-256 of the values that hold until `present`: scenarios with an equal digest have the same past."""
        values = self.history.model_dump(mode="json")
        values["network"].pop("random_openings", None)  # it says when hubs open after the present
        return _digest(values | {"time": {key: values["time"][key] for key in ("start", "present")}})

    @cached_property
    def digest_without_openings(self) -> str:
        """SHA-256 of all values except the new hubs: see `sim.model.setup.common_months`."""
        values = self.parameters.model_dump(mode="json")
        network = {key: value for key, value in values["network"].items() if key not in ("openings", "hubs_by_2027")}
        return _digest(values | {"network": network})

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """Origin of every value by dotted path: a place in a file, an override, or `default`."""
        found = {}
        for path in self.schema.declarations:
            node = self.tree.at(tuple(path.split(".")))
            found[path] = DEFAULT if node is None else node.place
        return found

    @cached_property
    def values(self) -> dict[str, Any]:
        """Every value by dotted path, as plain data."""
        data = self.parameters.model_dump(mode="json")
        return {path: _inside(data, path) for path in self.schema.declarations}

    def with_defaults(self, values: Mapping[str, float], origins: Mapping[str, Origin] | None = None) -> Scenario:
        """This scenario with other defaults; a value that differs from the declared default stays.

        Raises:
            ScenarioError: as `with_values`.
        """
        declared, own = self.schema.declarations, self.values
        free = {path: value for path, value in values.items() if own[path] == declared[path].default}
        return self.with_values(free, origins=origins)

    def with_values(
        self,
        values: Mapping[str, Any],
        key: str | None = None,
        origins: Mapping[str, Origin] | None = None,
    ) -> Scenario:
        """This scenario with some values replaced: `{"accompaniment.hours_per_startup": 16}`.

        A whole group is merged into the present one. NumPy's numbers and arrays count as numbers and lists. The
        new scenario drops `same_cost_as` if a parameter changes.

        Args:
            values: new values by dotted path.
            key: key of the new scenario; this scenario's key by default.
            origins: where each value comes from, for messages and for `show`; the path by default.

        Raises:
            ScenarioError: values are wrong, as for a file; the place is the origin of the value.
        """
        if not isinstance(values, Mapping):
            kind = type(values).__name__
            message = said("values are of the kind {kind}, but must be a dict of values by path", kind=kind)
            raise ScenarioError([Problem(Origin(text="values"), message)])
        tree = self.tree if set(values) <= set(DESCRIBING_KEYS) else without(self.tree, "same_cost_as")
        problems = Problems()
        if key is not None and (refused := refused_key(key)):
            problems.note(Origin(text="key"), refused)
        for named, value in values.items():
            if not isinstance(named, str):
                kind = type(named).__name__
                message = said("this is of the kind {kind}, but must be the path of a parameter, as text", kind=kind)
                problems.note(Origin(text=str(named)), message)
                continue
            path, origin = composed(named), (origins or {}).get(named, Origin(text=named))
            problem = self.schema.unknown(path)
            if problem and path not in DESCRIBING_KEYS:
                problems.note(origin, problem)
                continue
            try:
                node = node_of(value, origin)
            except ScenarioError as failure:
                problems.extend(failure.problems)
                continue
            for step in reversed(path.split(".")):
                node = Node({step: node}, origin)
            tree = merge_trees(tree, replace(node, origin=self.tree.origin))
        if problems:
            raise ScenarioError(problems)
        return build(self.key if key is None else key, tree, self.schema)

    def as_dict(self) -> dict[str, Any]:
        """Name, description, `same_cost_as` and every value, as plain data that a scenario file can hold."""
        texts = {"name": self.name, "description": self.description, "same_cost_as": self.same_cost_as}
        found: dict[str, Any] = {key: text for key, text in texts.items() if text} | self.parameters.model_dump(
            mode="json"
        )
        return found

    def to_yaml(self, origins: bool = False) -> str:
        """A file with every value that loads as this scenario; with `origins`, each value's origin as a comment."""
        content = _yaml(self.as_dict(), self.origins if origins else {})
        return "\n".join([f"{KEY}: {FORMAT}", *content]) + "\n"

    def diff(self, other: Scenario) -> list[tuple[str, Any, Any]]:
        """The values that differ from those of `other`: path, this scenario's value, the other scenario's value."""
        pairs = ((path, value, other.values.get(path)) for path, value in self.values.items())
        return [(path, value, others) for path, value, others in pairs if value != others]


def load_scenario(path: str | PathLike[str], of: Schema | None = None) -> Scenario:
    """Load a scenario file, or a packaged scenario (`builtin:today`), by the schema `of` (the packaged one by default).

    Raises:
        ScenarioError: the file or a file that it extends has mistakes; the error lists all of them.
    """
    problems = Problems()
    try:
        key, tree = load_tree(path, problems)
    except UnreadableError:
        raise ScenarioError(problems) from None
    return build(key, tree, of or schema(), problems)


def build(key: str, tree: Node, of: Schema, problems: Problems | None = None) -> Scenario:
    """Check a tree of values by a schema and build the scenario.

    Raises:
        ScenarioError: there are mistakes; the error lists the given `problems` and those found here.
    """
    problems = Problems() if problems is None else problems
    key = composed(key)
    if refused := refused_key(key):
        problems.note(tree.origin, refused)
    name, description = (texts(tree, part, problems) for part in ("name", "description"))
    same_cost_as = scenario_named(tree, "same_cost_as", problems)
    values = without(tree, *DESCRIBING_KEYS)
    parameters = check_values(values, of.model, problems, beside=(KEY, "extends", *DESCRIBING_KEYS))
    check_rules(values, of, problems)
    if problems or parameters is None:
        raise ScenarioError(problems)
    data = values.plain()
    for path in of.levers:
        _remove(data, path)
    return Scenario(key, name, description, parameters, of.model.model_validate(data), tree, of, same_cost_as)


def show_rows(scenario: Scenario) -> list[Row]:
    """Every value with its unit in this country's currency, the place that sets it, and the source of its default."""
    rows = []
    for path, declaration in scenario.schema.declarations.items():
        origin, value = scenario.origins[path], scenario.values[path]
        source = origin_here(declaration.origin)
        if origin != DEFAULT:
            source = f"chosen; default {_json(_plain(declaration.default))}, {source}"
        rows.append(Row(path, value, unit_here(declaration.unit), str(origin), source))
    return rows


def node_of(value: Any, origin: Origin) -> Node:
    """Convert a Python value to the node that a file would give; NumPy's numbers and arrays become Python's.

    Raises:
        ScenarioError: a file cannot hold the value.
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_unset=True)
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        if isinstance(value, Mapping):
            return Node({_key(key): node_of(inner, origin) for key, inner in value.items()}, origin)
        if isinstance(value, list | tuple):
            return Node([node_of(inner, origin) for inner in value], origin)
        return Node(_scalar(value), origin)
    except ValueError as failure:
        if isinstance(failure, ScenarioError):
            raise
        raise ScenarioError([Problem(origin, message_of(failure))]) from None
    except RecursionError:
        raise ScenarioError([Problem(origin, said("the value is nested too deeply"))]) from None


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(said("a key is of the kind {kind}, but must be text", kind=type(key).__name__))
    return printable(key)


def _scalar(value: Any) -> Any:
    """Check text, a number, true, false or None as the reader of files does."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**MAX_DIGITS:
        raise ValueError(said("a number of more than {n} digits is too long", n=MAX_DIGITS))
    if value is None or isinstance(value, bool | int | float):
        return value
    message = said(
        "this is of the kind {kind}, which cannot be a value; use text, numbers, true or false, lists or dicts",
        kind=type(value).__name__,
    )
    raise ValueError(message)


def in_language(text: Text, lang: str) -> str:
    """The text in language `lang`; if it is missing, the English text, any other text, or an empty text."""
    if isinstance(text, str):
        return text
    return text.get(lang) or text.get("en") or next(iter(text.values()), "")


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.model_dump(mode="json") if isinstance(value, Block) else value


def _inside(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = data[step]
    return data


def _remove(data: Any, path: str) -> None:
    """Remove the value at a dotted path from nested dicts, if it exists."""
    *groups, last = path.split(".")
    for step in groups:
        data = data.get(step, {})
    data.pop(last, None)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    """A value on one line; a group in a list as `Fès 2026-07 66`."""
    if isinstance(value, list):
        items = (item.values() if isinstance(item, dict) else [item] for item in value)
        return ", ".join(" ".join(str(part) for part in item if part is not None) for item in items) or "none"
    return "not given" if value is None else _json(value).strip('"')


def _digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _yaml(data: Mapping[str, Any], origins: Mapping[str, Origin], above: str = "") -> list[str]:
    """Lines of YAML: groups are indented, lists of groups have a line per item, other values are JSON (valid YAML)."""
    lines = []
    indent = "  " * (above.count(".") if above else 0)
    for key, value in data.items():
        path = above + key
        origin = f"  # {origins[path]}" if path in origins else ""
        head = f"{indent}{key}:"
        if isinstance(value, dict) and value:
            lines += [head + origin, *_yaml(value, origins, f"{path}.")]
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            lines += [head + origin, *(f"{indent}  - {_json(item)}" for item in value)]
        else:
            lines.append(f"{head} {_json(value)}{origin}")
    return lines
