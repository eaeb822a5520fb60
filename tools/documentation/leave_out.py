"""What the answers become without one mechanism of the model.

The table in `experiments/leave-out/` is written by `hubsim leave-out --draws 100` and copied from its folder.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.inference.leave_one_out import ANSWERS_FILE, FEWEST
from sim.inference.without_mechanism import COMPLETE, MECHANISMS
from sim.report.text.leave_out import NOT_HELD
from sim.scenario.loading import builtin_folder
from sim.system.spreadsheet import read_csv
from tools.documentation.markdown import fragment, paragraphs, table

FOLDER = builtin_folder("experiments") / "leave-out"


def section() -> str:
    """Prose, and one table per policy and outcome."""
    found = read_csv(FOLDER / ANSWERS_FILE)
    parts = [fragment("leave_out")]
    for (policy, outcome), rows in found.groupby(["policy", "outcome"], sort=False):
        parts += [f"`{policy}`: `{outcome}`", _table(rows)]
    idle = [one.name for one in MECHANISMS if one.name not in set(found["left_out"])]
    return paragraphs(*parts, f"Off already, so that nothing changes: {', '.join(idle)}." if idle else "")


def _table(rows: pd.DataFrame) -> str:
    told = {(row["left_out"], row["way"]): row for row in rows.to_dict("records")}
    lines = []
    for name in dict.fromkeys(rows["left_out"]):
        plain = told[name, "as drawn"]
        effective = plain["effective_draws"]
        refitted = NOT_HELD if effective < FEWEST else _words(told[name, "refitted"])
        lines.append((name, _words(plain), *(("", "") if name == COMPLETE else (refitted, f"{effective:.0f}"))))
    return table(("left out", "as drawn", "refitted", "effective draws"), lines)


def _words(row: dict[Any, Any]) -> str:
    return "{median:.1f} ({ci_low:.1f} to {ci_high:.1f}), P {p_positive:.2f}, {verdict}".format(**row)
