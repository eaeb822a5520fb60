"""Every declared parameter as the page shows it: derived from the declarations and from the equations beside them."""

from __future__ import annotations

import inspect
import math
import re
import sys
from functools import cache
from typing import Any

from sim.declare import Declaration, in_words
from sim.report.parameters import ORIGIN_KINDS, without_addresses
from sim.scenario import schema
from sim.scenario.checks.values import kind
from sim.scenario.schema import is_month, origin_here, unit_here
from sim.words.language import Language, language

_ADDRESS = re.compile(r"https?://[^\s;,()]+")
KINDS: dict[Any, str] = {bool: "switch", int: "whole", float: "number", str: "choice"}
"""How a parameter is set, by the type of its values; other values are lists, which the map shows."""


def parameters(code: str) -> dict[str, Any]:
    """All parameters in one language: the names of their groups, the equations of each group, and the parameters.

    A parameter without a limit has None in its place. `equations` of a parameter are the lines of its group's
    equations in which its symbol stands.
    """
    t, declared = language(code), schema().declarations
    groups = dict.fromkeys(path.partition(".")[0] for path in declared)
    return {
        "groups": {name: {"title": _title(name, t), "equations": equations(name)} for name in groups},
        "parameters": [_described(one, t) for one in declared.values()],
    }


def _title(group: str, t: Language) -> str:
    return t(in_words(group))


def _described(declared: Declaration, t: Language) -> dict[str, Any]:
    origin = origin_here(declared.origin)
    group, prior = declared.path.partition(".")[0], declared.prior
    low, high = (end if math.isfinite(end) else None for end in declared.range)
    return {
        "path": declared.path,
        "label": t(declared.label),
        "kind": "month" if is_month(declared.field) else KINDS.get(kind(declared.field), "list"),
        "unit": "" if declared.unit == "-" else t.unit(unit_here(declared.unit)),
        "low": low,
        "high": high,
        "default": declared.default,
        "optional": declared.default is None,
        "choices": [[choice, t(choice)] for choice in declared.choices],
        "meaning": t(declared.meaning),
        "origin": t(ORIGIN_KINDS[origin.partition(":")[0]]),
        "because": t(without_addresses(origin)),
        "links": [address.rstrip(".") for address in _ADDRESS.findall(origin)],
        "prior": prior,
        "symbol": declared.symbol if declared.symbol != declared.path.rpartition(".")[2] else "",
        "equations": [line for line in equations(group) if _names(declared.symbol, line)],
        "lever": declared.lever,
    }


def _names(symbol: str, line: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(symbol)}(?!\w)", line) is not None


@cache
def equations(group: str) -> list[str]:
    """The equations of a process, a line each, as its file states them; none for what is no process (`time`)."""
    block = schema().blocks.get(group)
    text = "" if block is None else inspect.cleandoc(sys.modules[block.__module__].__doc__ or "")
    return [line.strip() for line in text.splitlines() if line.startswith("    ")]
