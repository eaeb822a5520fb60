"""The language of scenario and experiment files, from the schema."""

from __future__ import annotations

from typing import Any

from sim.declare import Block
from sim.processes.network import Closure, Opening
from sim.scenario import Time, schema
from sim.studies.experiment import experiment_schema
from tools.documentation.markdown import docstring, fragment, number, paragraphs, parameters, table


def scenarios() -> str:
    """Keys of a scenario file: texts, time, and one block per process."""
    known = schema()
    declared: dict[str, type[Block]] = {"time": Time, **known.blocks}
    levers = [(f"`{path}`", known.declarations[path].unit, known.declarations[path].meaning) for path in known.levers]
    blocks = [f"### {name}\n\n{docstring(block)[0]}\n\n{parameters(block, name)}" for name, block in declared.items()]
    items = [
        f"### An item of network.{key}\n\n{docstring(item)[0]}\n\n{_fields(item.model_json_schema())}"
        for key, item in (("openings", Opening), ("closures", Closure))
    ]
    return paragraphs(
        fragment("scenarios"),
        "## What a policy may set",
        fragment("levers"),
        table(("lever", "unit", "meaning"), levers),
        "## All blocks",
        *blocks,
        *items,
    )


def experiments() -> str:
    """Keys of an experiment file."""
    document = experiment_schema()
    required = ", ".join(f"`{key}`" for key in document["required"])
    return paragraphs(
        fragment("experiments"),
        "## Keys",
        f"Required: {required}. A factor is any parameter of a [scenario](scenarios.md), by its dotted path.",
        _fields(document),
    )


def _fields(document: dict[str, Any]) -> str:
    rows = []
    for key, entry in document["properties"].items():
        choices = ", ".join(f"`{choice}`" for choice in entry.get("enum", ()))
        default = f"`{number(entry['default'])}`" if "default" in entry else ""
        about = entry.get("description", "") + (f" One of {choices}." if choices else "")
        rows.append((f"`{key}`", default, about))
    return table(("key", "default", "meaning"), rows)
