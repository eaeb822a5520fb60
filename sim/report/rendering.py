"""Templates of the report, filled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent


def render(template: str, faces: Markup | None = None, **content: Any) -> str:
    """A template filled with its content, with the style that all pages share and the typefaces of figures, if any."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")) + (faces or Markup())
    return environment.get_template(template).render(style=style, **content)
