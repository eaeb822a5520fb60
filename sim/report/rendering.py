"""Templates of the report, filled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent
FEWEST = 3
"""Number of columns beside the heading of a row from which on telephones the cells stand below each other."""


def labels(headings: Sequence[str]) -> str:
    """The headings of a table's columns as properties of CSS, `--c1` for the first.

    On a telephone a table with `FEWEST` columns or more has no room for a line of headings: each cell shows its own.
    """
    signs = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": " "})
    return ";".join(f'--c{number}:"{text.translate(signs)}"' for number, text in enumerate(headings, start=1))


def environment() -> Environment:
    """The environment of all templates of the report."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["labels"] = labels
    found.globals["fewest"] = FEWEST
    return found


def render(template: str, faces: Markup | None = None, **content: Any) -> str:
    """A template filled with its content, with the style that all pages share and the typefaces of figures, if any."""
    style = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")) + (faces or Markup())
    return environment().get_template(template).render(style=style, **content)
