"""What a column of a result's table means, in a language, and what Stata and R may call it.

Nothing is described twice: it is read from the declarations of outcomes, counts, startups' columns and parameters, and
from `sim.studies.columns` for what only tables have.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa

from sim.declare.declaration import in_words
from sim.model.outcomes import DEFINED, MIDWAY, OUTCOMES
from sim.processes import COLUMNS, COUNTS
from sim.processes.costs import KINDS, series_of
from sim.scenario import schema
from sim.studies.columns import (
    CHANNELS,
    CODEBOOK,
    COMMON,
    COST,
    DENOMINATOR,
    INTERVAL,
    OF_HUB,
    OF_OUTCOME,
    OF_SEARCH,
    PART,
    REMARKS,
    SERIES,
    TABLES,
    Described,
    Kind,
)
from sim.words.language import Language, language

LONGEST_ALIAS = 32
"""Largest number of characters of a name in Stata."""
_TAKEN = re.compile(
    "byte|double|float|if|in|int|long|using|with|strl|str[0-9]+"  # Stata
    "|break|else|false|for|function|na|nan|next|null|repeat|true|while"  # R
)
"""Words that Stata or R keep for themselves."""
_MONTHLY = ("monthly", "hubs", "regions")
_FACTORS, _SEARCH = "runs", "frontier"


def described(table: str, column: str, t: Language) -> Described:
    """What stands in a column of a table, in a language; only a name in words if nothing declares it.

    Args:
        table: name of the table without the ending of its file.
        column: name of the column.
        t: the language of label, unit and meaning; English where it has none.
    """
    own = _startup(column) if table == "agents" else TABLES.get(table, {}).get(column)
    own = own or COMMON.get(column)
    if own is None and table in _MONTHLY:
        own = _series(column)
    if own is not None:
        return replace(own, label=t(own.label), unit=_unit(t, own.unit), meaning=t(own.meaning))
    searched = _searched(column, t) if table == _SEARCH else None
    return searched or _outcome(column, t) or _parameter(table, column, t) or _bounds(table, column, t)


def _startup(column: str) -> Described | None:
    if column not in COLUMNS:
        return None
    kinds: dict[type, Kind] = {float: "number", bool: "truth value"}
    one = COLUMNS[column]
    return Described(in_words(column), one.unit, one.meaning, kinds.get(one.kind, "whole number"))


def _series(column: str) -> Described | None:
    """A monthly series: a state, a count of a process, a cost, or an outcome that is a state."""
    if column in SERIES:
        return SERIES[column]
    if column in COUNTS:
        return Described(in_words(column), COUNTS[column].unit, COUNTS[column].meaning)
    if column in map(series_of, KINDS):
        return replace(COST, label=OUTCOMES[column].label)
    known = OUTCOMES.get(column)
    return None if known is None else Described(known.label, known.unit, known.sentence)


def _outcome(column: str, t: Language) -> Described | None:
    """An outcome of the country or a place, also midway, its denominator, or a channel of its differences."""
    national, _, place = column.partition(":")
    national, _, channel = national.partition("/")
    below = national.endswith("_n") or place.endswith("_n")
    whole = national.removesuffix("_n")
    name = whole.removesuffix("_2027")
    found = _series(name) if name not in DEFINED else None
    if name in DEFINED:
        known = DEFINED[name]
        found = Described(known.label, known.unit, known.sentence)
    if found is None:
        return None
    parts, remarks = [t(found.label)], [] if name in DEFINED else ["year"]
    if place:
        parts.append(place_label(place.removesuffix("_n"), t))
    if name != whole:
        parts.append(t.month(MIDWAY))
        remarks.append("midway")
    label = t(", ").join(parts)
    if channel:
        words = channel.replace("_", " ")
        label = _divided(label, t(CHANNELS.get(words, words)), t)
        remarks.append("channel")
    if below:
        label = _divided(label, t(DENOMINATOR), t)
        remarks.append("denominator")
    meaning = " ".join([*(t(REMARKS[one]) for one in remarks), t(found.meaning)])
    return Described(label, "" if below else _unit(t, found.unit), meaning, found.kind)


def _searched(column: str, t: Language) -> Described | None:
    """What a search found for an outcome: the outcome's label and sentence with those of the statistic."""
    for end in sorted(OF_SEARCH, key=len, reverse=True):
        known = _outcome(column.removesuffix(end), t) if column.endswith(end) else None
        if known is not None:
            one = OF_SEARCH[end]
            unit = known.unit if one.unit == OF_OUTCOME else _unit(t, one.unit)
            label = _divided(known.label, t(one.label), t)
            return Described(label, unit, f"{t(one.meaning)} {known.meaning}", one.kind)
    return None


def place_label(place: str, t: Language) -> str:
    """The name of a region, or of a hub, which the names of outcomes mark with `(hub)`."""
    hub = place.removesuffix(" (hub)")
    return t.place(place) if hub == place else t(OF_HUB, place=t.place(hub))


def _divided(label: str, part: str, t: Language) -> str:
    return t(PART, label=label, part=part)


def _parameter(table: str, column: str, t: Language) -> Described | None:
    declaration = schema().declarations.get(column)
    if declaration is None:
        return None
    meaning = t(declaration.meaning)
    if table == _FACTORS:
        meaning = f"{t(REMARKS['factor'])} {meaning}"
    return Described(t(declaration.label), _unit(t, declaration.unit), meaning)


def _bounds(table: str, column: str, t: Language) -> Described:
    """One end of the interval of another column, or a column that nothing declares."""
    for end, words in INTERVAL.items():
        if column.endswith(end):
            of = described(table, column.removesuffix(end), t)
            return replace(of, label=_divided(of.label, t(words), t), meaning=f"{t(words)}. {of.meaning}".strip())
    return Described(in_words(column.replace(".", "_")), "", "")


def _unit(t: Language, declared: str) -> str:
    return "" if declared in ("", "-") else t.unit(declared)


def alias(column: str) -> str:
    """A name for a column that Stata and R accept: at most 32 of the letters a to z, digits and `_`.

    It depends on the name alone. A long name is cut, with four characters of its hash behind it.
    """
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not found or not found[0].isalpha() or _TAKEN.fullmatch(found):
        found = f"v_{found}"
    return found if len(found) <= LONGEST_ALIAS else _hashed(found, column)


def _hashed(cut: str, column: str) -> str:
    return f"{cut[: LONGEST_ALIAS - 5].rstrip('_')}_{hashlib.sha256(column.encode()).hexdigest()[:4]}"


def aliases(columns: Iterable[str]) -> dict[str, str]:
    """The alias of each column of a table; names that would get the same one end in their hash."""
    found = {column: alias(column) for column in columns}
    shared = Counter(found.values())
    return {column: one if shared[one] == 1 else _hashed(one, column) for column, one in found.items()}


def labelled(table: str, columns: pa.Schema) -> pa.Schema:
    """The schema of a table with its codebook.

    Each field has `label`, `unit` and `alias` in its metadata; the schema has the same for programs that see only
    metadata of whole files, as JSON by column under the key `codebook`.
    """
    t, names = language("en"), aliases(columns.names)
    book = {}
    for column in columns.names:
        one = described(table, column, t)
        book[column] = {"label": one.label, "unit": one.unit, "alias": names[column]}
    fields = [field.with_metadata(book[field.name]) for field in columns]
    return pa.schema(fields, {CODEBOOK: json.dumps(book, ensure_ascii=False)})
