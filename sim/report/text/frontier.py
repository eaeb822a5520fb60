"""What a search found as text for people and as plain data for programs."""

from __future__ import annotations

from typing import Any

from sim.inference.frontier import Frontier
from sim.report.best_policies import BestPolicies
from sim.report.layout import as_text, grid
from sim.report.text.numbers import ENGLISH, weighting
from sim.report.text.plain import without_nan
from sim.words.language import Language


def table(found: Frontier, width: int = 120, t: Language = ENGLISH) -> str:
    """The best policies in a language: sentences, the table of differences, and what each policy does."""
    best_policies = BestPolicies(found, t)
    shown = best_policies.table()
    weights = weighting(found)
    return as_text(
        "\n".join(best_policies.sentences),
        shown.caption + ".",
        grid(shown.headings, [[name, *(f"{cell.text}\n{cell.note}" for cell in cells)] for name, cells in shown.rows]),
        best_policies.held + (f" {weights[:1].upper()}{weights[1:]}." if weights else ""),
        "\n".join(best_policies.lines()),
        t("Each is a scenario file: {files}", files=f"{found.folder}/resolved/policy-….yaml"),
        width=width,
    )


def as_dict(found: Frontier) -> dict[str, Any]:
    """The table as plain data."""
    rows = found.frontier.to_dict("records")
    for row in rows:
        if row["policy"] in found.policies.index:
            row["values"] = found.policies.loc[row["policy"]].to_dict()
    noted = ("base", "base_cost", "limit", "policies", "mended", "over_budget", "fresh")
    answer: dict[str, Any] = without_nan(
        {
            "folder": str(found.folder),
            "aims": found.aims,
            **{name: found.manifest[name] for name in noted},
            "gives_up_least": found.gives_up_least,
            "best": {name: found.best(name) for name in found.aims},
            "policies": rows,
            "failures": found.failures,
        }
    )
    return answer
