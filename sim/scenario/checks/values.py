"""Checks a tree of values against a pydantic model; reports every mistake at its place in one form.

The form is `<path> is <the value>, but must be <what is allowed>; <how to correct it>`.
"""

from __future__ import annotations

import json
import math
import re
from functools import reduce
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.errors import Sentence, listed, message_of, nearest, said, shorten, suggestion
from sim.scenario.errors import Problem, Problems
from sim.scenario.file_format import FORMAT, KEY
from sim.scenario.reader import Node, UnreadableError
from sim.scenario.schema import LANGUAGES, field_at, group, is_month, unit_here

Path = tuple[str | int, ...]

_NUMBER = re.compile(r"\s*([-+]?[0-9]+(?:[_ ][0-9]{3})*(?:[.,][0-9]+)?)\s*(.*)", re.DOTALL)

_EITHER = re.compile("[-+]?[1-9][0-9]{0,2},[0-9]{3}")
"""A number whose comma may separate decimals or thousands."""
_SPELT = {"h": ("hour", "hours")}
_KIND_WORDS: dict[Any, str] = {
    bool: said("true or false"),
    int: said("a whole number"),
    float: said("a number"),
    str: said("text"),
}
_OTHER_KIND = said("another value")


def dotted(path: Path) -> str:
    """`("network", "openings", 0, "hub")` as `network.openings[0].hub`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def check_values[Model: BaseModel](
    tree: Node, model: type[Model], problems: Problems, above: Path = (), *, beside: tuple[str, ...] = ()
) -> Model | None:
    """Check a tree and build its model; returns None after any mistake, and adds all mistakes to `problems`.

    Args:
        tree: the values.
        model: the pydantic model of the values.
        problems: the list to which mistakes are added.
        above: path of `tree` in its file, for messages.
        beside: other keys that the file allows at this level, for messages.
    """
    found = len(problems)
    data = _sift(tree, model, above, problems, beside)
    try:
        checked = model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as failure:
        for error in failure.errors(include_url=False):
            noted_before = error["type"] == "missing" and tree.at(error["loc"]) is not None
            if not noted_before:
                problems.append(_problem(error, tree, model, above))
        return None
    return checked if len(problems) == found else None


def _sift(
    node: Node, model: type[BaseModel] | None, path: Path, problems: Problems, beside: tuple[str, ...] = ()
) -> Any:
    """The plain value without the mistakes reported here: those that pydantic misses or that would hide others."""
    if isinstance(node.value, list):
        return [_sift(item, model, (*path, index), problems) for index, item in enumerate(node.value)]
    if not isinstance(node.value, dict) or model is None:
        return node.plain()
    data = {}
    for key, member in node.value.items():
        field = model.model_fields.get(key)
        if field is None:
            named = said("unknown key {name} in {group}", name=shorten(key), group=dotted(path))
            end = _nested(key, model) or suggestion(key, [*beside, *model.model_fields], said("keys here"))
            message = named if path else said("unknown key {name}", name=shorten(key))
            problems.note(member.key or member.origin, message + end)
        elif _is_wrong_word(field, member.value):
            problems.note(member.place, _wrong((key,), member.value, model, path))
        else:
            data[key] = _sift(member, group(field.annotation), (*path, key), problems)
    return data


def _nested(key: str, model: type[BaseModel]) -> str:
    """How to write a dotted path (`accompaniment.hours_per_startup`) as groups; empty if the key is not such a path."""
    *groups, last = key.split(".")
    if not groups or field_at(model, tuple(key.split(".")))[0] is None:
        return ""
    return said("; write it inside its group: {text}", text=f"{': {'.join(groups)}: {{{last}: …{'}' * len(groups)}")


def _is_wrong_word(field: FieldInfo, value: Any) -> bool:
    """Whether the value is true or false in place of a number, or a word that is not among the choices."""
    if isinstance(value, bool):
        return kind(field) is not bool
    choices = extra(field, "choices")
    return bool(choices) and isinstance(value, str) and value not in choices


def _problem(error: Any, tree: Node, model: type[BaseModel], above: Path) -> Problem:
    """Convert pydantic's error to a sentence and its place; a missing value has the place of the group around it."""
    path: Path = tuple(error["loc"])
    known = path
    while known and tree.at(known) is None:
        known = known[:-1]
    node = tree.at(known) or tree
    if error["type"] == "missing":
        holder, _ = field_at(model, path[:-1])
        inside = group(holder.annotation) if holder else model
        needed = [name for name, field in inside.model_fields.items() if field.is_required()] if inside else []
        owner: str = dotted((*above, *path[:-1])) or said("the file")
        key, keys = repr(path[-1]), reduce(lambda one, other: said("{one} and {other}", one=one, other=other), needed)
        return Problem(node.place, said("{owner} has no {key}; it needs {keys}", owner=owner, key=key, keys=keys))
    if not path or (error["type"] == "value_error" and isinstance(node.value, dict)):
        failure = error.get("ctx", {}).get("error")
        text = message_of(failure) if isinstance(failure, Exception) else str(error["msg"])
        where = dotted((*above, *path))
        return Problem(node.place, f"{where}: " + text if where else text)
    return Problem(node.place, _wrong(path, node.value, model, above))


def _wrong(path: Path, value: Any, model: type[BaseModel], above: Path) -> str:
    """The sentence for a wrong value at `path` of `model`; `above` is the path of `model` in the file."""
    field, depth = field_at(model, path)
    if field is None:
        return said("{path} is {value}, which is not allowed", path=dotted((*above, *path)), value=shown_value(value))
    hint = _hint(value, field, depth)
    named, shown, possible = dotted((*above, *path)), shown_value(value), allowed(field, depth)
    wrong = said("{path} is {value}, but must be {allowed}", path=named, value=shown, allowed=possible)
    return wrong + said("; {hint}", hint=hint) if hint else wrong


def shown_value(value: Any) -> str:
    """A value as the file shows it, for messages."""
    if value is None:
        return said("empty")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return said("the text {text}", text=shorten(value))
    if isinstance(value, dict):
        return said("a group of keys")
    if isinstance(value, list):
        return said("a list")
    return shorten(str(value), 40).strip("'")


def extra(field: FieldInfo, key: str) -> Any:
    """An entry that `parameter()` added to a field, such as `unit` or `choices`; None if there is none."""
    return field.json_schema_extra.get(key) if isinstance(field.json_schema_extra, dict) else None


def kind(field: FieldInfo, depth: int = 0) -> Any:
    """The plain type of a field without `| None`; with a depth above 0, the type of its items or entries."""
    found = _core(field.annotation)
    for _ in range(depth):
        found = _core(next((inner for inner in reversed(get_args(found)) if inner is not ...), None))
    return found


def _core(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(inner for inner in get_args(annotation) if inner is not NoneType)
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def allowed(field: FieldInfo, depth: int = 0) -> str:
    """Describe what a value may be, with range, unit and default."""
    of = kind(field, depth)
    inside = group(of)
    if isinstance(of, type) and inside is of:
        return said("a group of keys ({keys})", keys=listed(inside.model_fields))
    if get_origin(of) in (list, tuple) or of in (list, tuple):
        return said("a list, with '- ' before each item")
    if get_origin(of) is dict:
        return said("a group of keys")
    if is_month(field):
        return said("a month written YYYY-MM from 1900-01 to 2199-12, for example 2026-07")
    if choices := extra(field, "choices"):
        return said("one of {choices}", choices=listed(choices))
    words = _KIND_WORDS.get(of, _OTHER_KIND)
    low, high = limits(field)
    if low > -math.inf and high < math.inf:
        words = said("{kind} from {low} to {high}", kind=words, low=_end(low), high=_end(high))
    elif low > -math.inf:
        words = said("{kind} of at least {low}", kind=words, low=_end(low))
    elif high < math.inf:
        words = said("{kind} of at most {high}", kind=words, high=_end(high))
    default = None if field.is_required() or depth else field.get_default(call_default_factory=True)
    unit, numeric = _unit(field), isinstance(default, int | float) and not isinstance(default, bool)
    if unit != "-" and numeric:
        return words + said(" (unit {unit}, default {default})", unit=unit, default=f"{default:g}")
    if unit != "-":
        return words + said(" (unit {unit})", unit=unit)
    return words + said(" (default {default})", default=f"{default:g}") if numeric else words


def limits(field: FieldInfo) -> tuple[float, float]:
    """Smallest and largest allowed value of a field; infinite where there is no limit."""
    lows = [mark.ge for mark in field.metadata if hasattr(mark, "ge")]
    highs = [mark.le for mark in field.metadata if hasattr(mark, "le")]
    return lows[0] if lows else -math.inf, highs[0] if highs else math.inf


def _end(limit: float) -> str:
    """An end of a range as text; whole numbers in full: 100000, not 1e+05."""
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def _hint(value: Any, field: FieldInfo, depth: int) -> str:
    """How to correct a wrong value, if its intention is recognizable; else an empty text."""
    of = kind(field, depth)
    if value is None:
        return said("write a value, or remove the line")
    if isinstance(value, str):
        if is_month(field):
            return said("leave out the day") if re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", value) else ""
        if of is bool and value.casefold() in ("yes", "on", "no", "off", "true", "false"):
            truth = "true" if value.casefold() in ("yes", "on", "true") else "false"
            return said("write {value}, without quotes", value=truth)
        if of in (int, float):
            return _number_hint(value, of, _unit(field))
        near = nearest(value, extra(field, "choices") or ())
        return said("did you mean {name}?", name=repr(near)) if near else ""
    if isinstance(value, float) and of is int and value.is_integer() and abs(value) < 1e15:
        return said("write {value}", value=int(value))
    return said("put it in quotes") if of is str and isinstance(value, int | float) and not is_month(field) else ""


def _unit(field: FieldInfo) -> str:
    """The unit of a field in the currency of the country, which the catalogue may have; `-` where it has none."""
    return Sentence(unit_here(str(extra(field, "unit") or "-")))


def _number_hint(text: str, of: type[int | float], unit: str) -> str:
    """How to write the number in a text; the hint states a number only if the text has one possible meaning."""
    plain = said("write only a number")
    open_answer = plain if unit == "-" else said("write only a number, in {unit}", unit=unit)
    match = _NUMBER.fullmatch(text)
    if not match:
        return open_answer
    written, rest = match[1].strip(), match[2].strip()
    if of is int and re.search("[.,]", written):
        return said("write a whole number")
    if _EITHER.fullmatch(written):
        one, other = written.replace(",", "."), written.replace(",", "")
        return said("write {one} or {other}, whichever is meant", one=one, other=other)
    number = re.sub("[_ ]", "", written).replace(",", ".")
    if rest == "%" and unit.startswith("share"):
        return said("write {share} for {number} %", share=f"{float(number) / 100:g}", number=number)
    return said("write only the number: {number}", number=number) if not rest or _is_unit(rest, unit) else open_answer


def _is_unit(word: str, unit: str) -> bool:
    """Whether the word after a number is its unit: for `h/month`, `hours` is, but `years` and `k` are not."""
    own = unit.partition("/")[0].partition(" ")[0].casefold()
    return word.casefold() in (unit.casefold(), own, own.removesuffix("s"), f"{own}s", *_SPELT.get(own, ()))


def texts(tree: Node, key: str, problems: Problems) -> str | dict[str, str]:
    """Read a `name` or `description`: one text, or one text per language; empty if the file has none."""
    node = tree.at((key,))
    if node is None:
        return ""
    languages = listed(LANGUAGES)
    parts = node.value.items() if isinstance(node.value, dict) else [("", node)]
    for language, part in parts:
        path = f"{key}.{language}".rstrip(".")
        if language and language not in LANGUAGES:
            end = suggestion(language, LANGUAGES, said("languages"))
            message = said("unknown language {language} in {key}", language=shorten(language), key=key)
            problems.note(part.key or part.origin, message + end)
        elif not isinstance(part.value, str) or not part.value.strip():
            hint = said("; put it in quotes") if isinstance(part.value, int | float) else ""
            message = said(
                "{path} is {value}, but must be text, or text by language ({languages})",
                path=path,
                value=shown_value(part.value),
                languages=languages,
            )
            problems.note(part.place, message + hint)
    if not parts:
        problems.note(
            node.place,
            said("{key} has no text; give one, or one for each of {languages}", key=key, languages=languages),
        )
    found: str | dict[str, str] = node.plain()
    return found


def scenario_named(tree: Node, key: str, problems: Problems) -> str | None:
    """Read a key that names another scenario; None if the file does not have this key."""
    node = tree.at((key,))
    if node is None:
        return None
    if not isinstance(node.value, str) or not node.value.strip():
        value = shown_value(node.value)
        message = said("{key} is {value}, but must be the name of a scenario, such as today", key=key, value=value)
        problems.note(node.place, message)
    found: str | None = node.plain()
    return found


def check_format(tree: Node, problems: Problems, before: int) -> None:
    """Check a file's `format`; `before` is the number of problems before the file was read.

    Raises:
        UnreadableError: the format is newer; the file's other problems are dropped, because they may be valid there.
    """
    node = tree.at((KEY,))
    if node is None:
        return
    is_whole = isinstance(node.value, int) and not isinstance(node.value, bool)
    if is_whole and node.value > FORMAT:
        del problems[before:]
        message = said(
            "format is {value}, but must be {format}, the newest that this hubsim reads; the file was written for a "
            "newer one: update hubsim",
            value=node.value,
            format=FORMAT,
        )
        problems.note(node.origin, message)
        raise UnreadableError
    if not is_whole or node.value != FORMAT:
        value = shown_value(node.value)
        message = said(
            "format is {value}, but must be {format}; write {key}: {format}", value=value, format=FORMAT, key=KEY
        )
        problems.note(node.place, message)
