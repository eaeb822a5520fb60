"""The outcomes: definition, unit and formula of each."""

from __future__ import annotations

from sim.model.outcomes import DEFINED, OUTCOMES, WINDOW
from sim.processes import COUNTS
from sim.words.language import language
from tools.documentation.formulas import FORMULAS
from tools.documentation.markdown import fragment, paragraphs, table

BETTER = {"up": "more is better", "down": "less is better", "none": ""}


def page() -> str:
    """Symbols, then one row per outcome."""
    t = language("en")
    rows = [
        (f"`{outcome.name}`", outcome.label, outcome.unit, f"`{FORMULAS[outcome.name]}`", t(outcome.sentence))
        for outcome in DEFINED.values()
    ]
    better = [
        (f"`{outcome.name}`", BETTER[outcome.better]) for outcome in OUTCOMES.values() if outcome.better != "none"
    ]
    return paragraphs(
        fragment("outcomes").replace("{first}", WINDOW[0]).replace("{last}", WINDOW[1]),
        table(("outcome", "label", "unit", "formula", "what it counts"), rows),
        "## Which way is better",
        fragment("better"),
        table(("outcome", "for a policymaker"), better),
        "## What is counted each month",
        fragment("counts"),
        table(
            ("series", "unit", "what it counts"), [(f"`{name}`", one.unit, one.meaning) for name, one in COUNTS.items()]
        ),
    )
