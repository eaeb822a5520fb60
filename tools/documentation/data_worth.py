"""What the operator should publish: how far each missing fact would narrow the effect, and what regret it would avoid.

The tables in `experiments/data-worth/` are written by `hubsim validate --data-worth --out experiments/data-worth`.
"""

from __future__ import annotations

import pandas as pd

from sim.inference.data_worth import THE_EFFECT
from sim.inference.missing_data import MISSING_DATA
from sim.model.outcomes import OUTCOMES
from sim.report.text.validation import decisive
from sim.scenario.loading import builtin_folder
from sim.system.spreadsheet import read_csv
from sim.words.language import language
from tools.documentation.markdown import fragment, paragraphs, table

FOLDER = builtin_folder("experiments") / "data-worth"


def section() -> str:
    """Prose and table."""
    narrowed, regrets = read_csv(FOLDER / "data_worth.csv"), read_csv(FOLDER / "regret.csv")
    lacking = [design for design in MISSING_DATA if design not in set(narrowed["fact"])]
    return paragraphs(
        fragment("data_worth"),
        _table(narrowed, decisive(regrets)),
        f"Not in this bank, and so not in the table: {', '.join(lacking)}." if lacking else "",
    )


def _table(narrowed: pd.DataFrame, hardest: pd.DataFrame) -> str:
    """One row per fact: what is left of the effect's spread, and the share of each choice's regret that is avoided."""
    currency = language("en").country("currency")
    headings = ["missing fact", "effect narrowed by"]
    now = ["*regret now*, startups", f"s.d. {100 * narrowed['spread_now'].iloc[0]:.1f} points"]
    rows = {row["fact"]: [row["fact"], f"{100 * row['reduction']:.0f} %"] for row in narrowed.to_dict("records")}
    for fact in hardest["fact"]:
        rows.setdefault(fact, [fact, "100 %" if fact == THE_EFFECT else ""])
    for (choice, outcome), part in hardest.groupby(["choice", "outcome"], sort=False):
        price, regret = part[["price", "regret_now"]].iloc[0]
        headings.append(f"{choice}: {OUTCOMES[str(outcome)].label.lower()}, {currency} {price:g} million each")
        now.append(f"{regret:.1f}")
        for row in part.to_dict("records"):
            low, high = 100 * row["avoided_low"], 100 * row["avoided_high"]
            rows[row["fact"]].append(f"{100 * row['avoided']:.0f} % ({low:.0f} to {high:.0f})")
    return table(headings, [now, *rows.values()])
