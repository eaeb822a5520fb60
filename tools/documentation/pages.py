"""All generated pages by their path in `docs/`."""

from __future__ import annotations

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


def pages() -> dict[str, str]:
    """Text of every generated page, by its path below `docs/`."""
    written = {
        "odd.md": odd.page(),
        "calibration.md": calibration.page(),
        "forecasts.md": forecasts.page(),
        "mutation.md": mutation.page(),
        "reference/commands.md": commands.page(),
        "reference/scenarios.md": language.scenarios(),
        "reference/experiments.md": language.experiments(),
        "reference/outcomes.md": outcomes.page(),
        "reference/python.md": python.page(),
        "reference/data.md": country.page(),
        "reference/glossary.md": country.glossary(),
    }
    for code in LANGUAGES:
        written[f"tutorials/lesson{'' if code == 'en' else f'.{code}'}.md"] = lesson.page(code)
    return {name: NOTICE + text.rstrip() + "\n" for name, text in written.items()}
