"""The public Python API, from signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any

import sim
from tools.documentation.markdown import fragment, paragraphs

ALSO = (
    "sim.declare.declaration.parameter",
    "sim.declare.declaration.Column",
    "sim.country.data.table",
    "sim.country.geography.geography",
)
"""Further objects for authors of processes and readers of data."""

_FUNCTION = re.compile(r"<function (\w+) at 0x[0-9a-f]+>")
_QUOTED = re.compile(r"(: |-> )'([^']*)'")


def page() -> str:
    """One section per public name."""
    public = [(f"sim.{name}", getattr(sim, name)) for name in sim.__all__]
    return paragraphs(fragment("python"), *(section(path, thing) for path, thing in (*public, *map(_find, ALSO))))


def _find(path: str) -> tuple[str, Any]:
    module, _, name = path.rpartition(".")
    return path, getattr(__import__(module, fromlist=[name]), name)


def section(path: str, thing: Any) -> str:
    """Signature and docstring; for a class also its public methods and properties."""
    if not callable(thing):
        return f"## {path}\n\nA dictionary: {_text(type(thing)) if not isinstance(thing, dict) else _kind(thing)}"
    members = _members(thing) if inspect.isclass(thing) else []
    return paragraphs(f"## {path}", f"```python\n{_signature(path, thing)}\n```", _text(thing), *members)


def _kind(thing: dict[str, Any]) -> str:
    return f"{len(thing)} entries of `{type(next(iter(thing.values()))).__name__}` by name."


def _members(thing: type) -> list[str]:
    found = []
    for name, member in vars(thing).items():
        about = inspect.getdoc(member)
        if name.startswith("_") or not about or not isinstance(member, property | type(_members) | classmethod):
            continue
        call = name if isinstance(member, property) else _signature(name, member)
        found.append(f"- `{call}`: {' '.join(about.partition(chr(10) * 2)[0].split())}")
    return ["\n".join(found)] if found else []


def _signature(name: str, thing: Any) -> str:
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return name
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return name
    shown = [parameter for parameter in signature.parameters.values() if parameter.name != "self"]
    text = _FUNCTION.sub(r"\1", str(signature.replace(parameters=shown)))
    return name + _QUOTED.sub(r"\1\2", text)


def _text(thing: Any) -> str:
    """A docstring with its `Args:` and similar parts as lists."""
    lines, listing = [], False
    for line in (inspect.getdoc(thing) or "").splitlines():
        if line.rstrip() in ("Args:", "Attributes:", "Raises:", "Returns:", "Yields:"):
            lines += ["", f"**{line.strip(' :')}**", ""]
            listing = True
        elif listing and line.startswith("    ") and not line.startswith("     "):
            lines.append(f"- {line.strip()}")
        elif not line.strip():
            listing = False
            lines.append("")
        else:
            lines.append(f"  {line.strip()}" if listing else line)
    return "\n".join(lines).strip()
