"""Markdown from declarations: tables, fragments of prose, and the parts of docstrings."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.declare import declarations

FRAGMENTS = Path(__file__).parent / "prose"

_ADDRESS = re.compile(r"(?<!<)(?<!\]\()https?://[^\s|*)]*[^\s|*,.;:)]")
_ENTRY = re.compile(r"^ {4}(\w[\w, ]*)(?: \((.+?)\))?: (.*(?:\n {8}.*)*)", re.MULTILINE)


def fragment(name: str) -> str:
    """A piece of prose from `prose/`."""
    return (FRAGMENTS / f"{name}.md").read_text(encoding="utf-8").strip()


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; cells may contain Markdown, and addresses become links."""
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def cell(value: Any) -> str:
    """Text for a cell: one line without bars, addresses as links."""
    text = " ".join(str(value).split()).replace("|", "\\|")
    return _ADDRESS.sub(r"<\g<0>>", text)


def paragraphs(*parts: str) -> str:
    """Parts of a page, separated by empty lines; empty parts are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


def docstring(thing: Any) -> tuple[str, str]:
    """First paragraph of a docstring, on one line, and the remaining text."""
    summary, _, rest = (inspect.getdoc(thing) or "").partition("\n\n")
    return " ".join(summary.split()), rest.strip("\n")


def attributes(thing: Any) -> list[tuple[str, str, str]]:
    """Name, unit and meaning of each entry `name (unit): meaning` under `Attributes:` in a docstring."""
    _, _, part = (inspect.getdoc(thing) or "").partition("Attributes:\n")
    return [(name, unit, " ".join(meaning.split())) for name, unit, meaning in _ENTRY.findall(part)]


def number(value: Any) -> str:
    """A default or limit as it is written in YAML."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def parameters(block: type[BaseModel], prefix: str) -> str:
    """The parameters of a block: symbol, default, unit, allowed and uncertain ranges, meaning, origin."""

    def between(low: float, high: float) -> str:
        if low == -math.inf and high == math.inf:
            return ""
        return f"{number(low)} to {number(high)}".replace("-inf to", "at most").replace(" to inf", " or more")

    rows = [
        (
            f"`{path}`" + (" *lever*" if declared.lever else ""),
            f"`{declared.symbol}`" if declared.symbol != path.rpartition(".")[2] else "",
            f"`{number(declared.default)}`",
            declared.unit,
            between(*declared.range),
            between(*declared.prior) if declared.prior else "",
            f"{declared.meaning} *{declared.origin}*",
        )
        for path, declared in declarations(block, f"{prefix}.").items()
    ]
    return table(
        ("parameter", "symbol", "default", "unit", "allowed", "uncertain within", "meaning and *origin*"), rows
    )
