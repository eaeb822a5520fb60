"""The schema of scenarios, derived from the declarations of the processes, and its JSON Schema for editors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, get_args

from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo

from sim.country.data import is_home, sheet
from sim.declare import Block, Declaration, declarations, parameter
from sim.declare.calendar import Month
from sim.errors import nearest, said, shorten
from sim.scenario.file_format import format_schema
from sim.scenario.hub_names import HubNames, hub_names

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LANGUAGES = ("en", "fr", "ar")
MONTH_PATTERN = re.compile(r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$")
DEFAULT_ELSEWHERE = "the model's default, found for another country"
"""The words for the origin of every default outside Morocco."""


class Time(Block):
    """The months of a run."""

    start: Month = parameter(
        "2010-01",
        short="First month",
        unit="YYYY-MM",
        meaning="First month; the years before 2016 only fill the country and are not reported.",
        origin="assumed: six years are enough to forget an empty country",
        shared=True,
    )
    present: Month = parameter(
        "2024-06",
        short="Last month that is known",
        unit="YYYY-MM",
        meaning="Last month that is history; policies act after it.",
        origin="source: the month after the interview, https://fr.allafrica.com/stories/202405310563.html",
    )
    end: Month = parameter(
        "2034-12",
        short="Last month",
        unit="YYYY-MM",
        meaning="Last month of the run.",
        origin="assumed: startups admitted until 2029 can be followed for five years",
    )


@dataclass(frozen=True, eq=False)
class Schema:
    """What a scenario may set: the parameter blocks of the processes, and the names of hubs and cities."""

    blocks: Mapping[str, type[Block]]
    hub_names: HubNames

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return (schema, ()) if self is schema() else (Schema, (dict(self.blocks), self.hub_names))

    @cached_property
    def model(self) -> type[Block]:
        """The root pydantic model: `time`, then one attribute per block."""
        blocks: dict[str, type[Block]] = {"time": Time, **self.blocks}
        fields: dict[str, Any] = {name: (block, block()) for name, block in blocks.items()}
        meaning = "All parameters of a scenario."
        return create_model("Parameters", __base__=Block, __doc__=meaning, __module__=__name__, **fields)

    @cached_property
    def declarations(self) -> dict[str, Declaration]:
        """Every parameter by its dotted path."""
        return declarations(self.model)

    @cached_property
    def levers(self) -> tuple[str, ...]:
        """Paths of the levers: parameters that a policy may set; they have their defaults until `present`."""
        return tuple(path for path, declaration in self.declarations.items() if declaration.lever)

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """Paths of the parameters on which policies side by side must agree."""
        return tuple(path for path, declaration in self.declarations.items() if declaration.shared)

    def single(self, path: str) -> type[Block]:
        """A model of one parameter, to check a single value."""
        if path not in self._singles:
            field, name = self.declarations[path].field, path.rpartition(".")[2]
            fields: dict[str, Any] = {name: (field.annotation, field)}
            self._singles[path] = create_model(name, __base__=Block, **fields)
        return self._singles[path]

    @cached_property
    def _singles(self) -> dict[str, type[Block]]:
        return {}

    def unknown(self, path: str) -> str | None:
        """An error message if no parameter or group of parameters has this dotted path, else None."""
        if path in self.declarations or any(known.startswith(f"{path}.") for known in self.declarations):
            return None
        by_word = {known.rpartition(".")[2]: known for known in reversed(self.declarations)}
        word = nearest(path.rpartition(".")[2], by_word)
        near = nearest(path, self.declarations) or (by_word[word] if word else None)
        every = said("`hubsim show builtin:today` lists them all")
        hint = said("did you mean {name}?", name=repr(near)) if near else every
        return said("unknown parameter {name}; {hint}", name=shorten(path), hint=hint)


@cache
def schema() -> Schema:
    """The schema of the packaged model."""
    from sim.processes import BLOCKS  # late, because the processes import NumPy

    return Schema(dict(BLOCKS), hub_names())


def __getattr__(name: str) -> Any:
    """Give the packaged schema's root model by the name `Parameters`, under which unpickling looks for it."""
    if name == "Parameters":
        return schema().model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def origin_here(origin: str) -> str:
    """The origin of a default in this country: the declared one in Morocco, for which the defaults were found."""
    return origin if is_home() else f"assumed: {DEFAULT_ELSEWHERE}"


def unit_here(unit: str) -> str:
    """A declared unit in the currency of this country: `kMAD/month` is `kASC/month` where the currency is ASC."""
    if "MAD" not in unit:
        return unit
    [currency] = (row["en"] for row in sheet("country").records() if row["name"] == "currency")
    return unit.replace("MAD", currency)


def group(annotation: Any) -> type[BaseModel] | None:
    """The pydantic model inside an annotation such as `list[Opening] | None`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := group(inner))), None)


def field_at(model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[FieldInfo | None, int]:
    """The field that holds the value at `path`, and the depth of the value in it.

    The depth is 0 for the field's value itself, and 1 for an item of its list or an entry of its table.
    """
    inside: type[BaseModel] | None = model
    field: FieldInfo | None = None
    depth = 0
    for step in path:
        if isinstance(step, str) and inside is not None:
            field, depth = inside.model_fields.get(step), 0
            inside = group(field.annotation) if field is not None else None
        else:
            depth += 1
    return field, depth


def is_month(field: FieldInfo) -> bool:
    """Whether a field holds a calendar month."""
    return get_args(Month)[1] in field.metadata or Month in get_args(field.annotation)


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of scenario files, with the unit, origin and meaning of every key."""
    document = json_schema(schema().model, origin_here)
    document["title"] = "hubsim scenario"
    document["properties"] = {
        **format_schema(),
        "extends": {
            "type": "string",
            "description": "The scenario that this one changes: a path from this file, or builtin:<name>.",
            "examples": ["today.yaml", "builtin:today"],
        },
        **texts_schema(),
        "same_cost_as": {
            "type": "string",
            "minLength": 1,
            "description": "The scenario that this one is meant to cost as much as, in expectation at median prices.",
            "examples": ["today"],
        },
        **document["properties"],
    }
    return document


def texts_schema() -> dict[str, Any]:
    """JSON Schema of `name` and `description`: one text, or one text per language."""
    languages = {"type": "object", "properties": {}, "additionalProperties": False, "minProperties": 1}
    languages["properties"] = {language: {"type": "string", "minLength": 1} for language in LANGUAGES}
    text = {"anyOf": [{"type": "string", "minLength": 1}, languages]}
    return {
        "name": {**text, "description": "A short title; the file's name if not given."},
        "description": {**text, "description": "Which real decision this stands for."},
    }


def json_schema(model: type[BaseModel], origin_of: Callable[[str], str] = str) -> dict[str, Any]:
    """Pydantic's JSON Schema of `model`, with choices as `enum`, months as a pattern, money in this currency.

    `origin_of` gives the origin to write for a declared one.
    """
    document: dict[str, Any] = {"$schema": DIALECT, **model.model_json_schema()}
    seen: set[type[BaseModel]] = set()

    def complete(part: dict[str, Any], block: type[BaseModel]) -> None:
        if block in seen:
            return
        seen.add(block)
        for name, field in block.model_fields.items():
            entry = part["properties"][name]
            if "unit" in entry:
                entry |= {"unit": unit_here(entry["unit"]), "origin": origin_of(entry["origin"])}
            if "choices" in entry:
                entry["enum"] = entry.pop("choices")
            if is_month(field):
                entry["pattern"] = MONTH_PATTERN.pattern
            inner = group(field.annotation)
            if inner is not None:
                definitions = document.get("$defs", {})
                reference = next(_references(entry), None)
                if reference is not None:
                    complete(definitions[reference], inner)

    complete(document, model)
    return document


def _references(entry: Any) -> Any:
    """Yield the names of the definitions to which a part of a JSON Schema refers."""
    if isinstance(entry, dict):
        if "$ref" in entry:
            yield entry["$ref"].rpartition("/")[2]
        for inner in entry.values():
            yield from _references(inner)
    elif isinstance(entry, list):
        for inner in entry:
            yield from _references(inner)
