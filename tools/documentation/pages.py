"""All generated pages by their path in `docs/`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sim.words.language import LANGUAGES
from tools.documentation import (
    calibration,
    commands,
    country,
    forecasts,
    language,
    lesson,
    mutation,
    odd,
    outcomes,
    python,
)

NOTICE = "<!-- Written by `uv run python -m tools.documentation`; edit what it is written from, not this page. -->\n\n"


PAGES: dict[str, Callable[[], str]] = {
    "odd.md": odd.page,
    "calibration.md": calibration.page,
    "forecasts.md": forecasts.page,
    "mutation.md": mutation.page,
    "reference/commands.md": commands.page,
    "reference/scenarios.md": language.scenarios,
    "reference/experiments.md": language.experiments,
    "reference/outcomes.md": outcomes.page,
    "reference/python.md": python.page,
    "reference/data.md": country.page,
    "reference/glossary.md": country.glossary,
    **{f"tutorials/lesson{'' if code == 'en' else f'.{code}'}.md": partial(lesson.page, code) for code in LANGUAGES},
}
"""What writes each generated page, by the page's path below `docs/`."""


def page(name: str) -> str:
    """Text of the generated page of that name, a key of `PAGES`."""
    return NOTICE + PAGES[name]().rstrip() + "\n"


def pages() -> dict[str, str]:
    """Text of every generated page, by its path below `docs/`."""
    return {name: page(name) for name in PAGES}
