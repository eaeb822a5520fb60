"""The model beside facts, as text for people: the scoreboard, a forecast, the worth of missing facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.inference.data_worth import THE_EFFECT
from sim.inference.forecast_scores import Coverage
from sim.model.outcomes import OUTCOMES
from sim.report.layout import as_text, grid
from sim.report.text.numbers import ENGLISH

_RULES = ("nothing changes", "trend")
_SKILL = ("against", "score (mean)", "facts", "model", "rule", "skill", "its 90 % interval")
_CLAIM = ("what the claim may mean", "prior weight", "claimed", "model (90 %)", "mark", "posterior weight")


def board(
    facts: pd.DataFrame, readings: pd.DataFrame, marks: Mapping[str, Mapping[str, bool]], width: int = 120
) -> str:
    """The scoreboard, the readings of the operator's claim if there are any, and the number of patterns met.

    Args:
        facts: the scoreboard, a row a fact.
        readings: one row per possible meaning of the claim.
        marks: by what the operator is taken to see, and by pattern, whether it is met.
        width: columns that the text may take.
    """
    rows = [_board_row(row) for row in facts.to_dict("records")]
    headings = ("fact", "band", "observed", "model (90 %)", "mark", "use", "remark")
    text = str(as_text(grid(headings, rows), width=width))
    if len(readings):
        text += as_text(grid(_CLAIM, [_reading(row) for row in readings.to_dict("records")]), width=width)
    return text + "\n".join(f"{_score(found)}{seen}" for seen, found in marks.items())


def _score(marks: Mapping[str, bool]) -> str:
    """How many patterns are met, and which are not."""
    passed, missed = sum(marks.values()), ", ".join(name for name in marks if not marks[name])
    return f"patterns passed: {passed} of {len(marks)}; missed: {missed or 'none'}"


def forecast(table: pd.DataFrame, skill: pd.DataFrame, inside: Coverage, width: int = 120) -> str:
    """The forecast beside what happened, with its scores, and those of rules that need no model.

    Args:
        table: rows of `sim.inference.forecast_scores.scored`, of one year or of several.
        skill: its `skills`.
        inside: its `coverage`.
        width: columns that the text may take.
    """
    rows = []
    for row in table.to_dict("records"):
        name, band, observed, model, *_ = _board_row(row)
        scores = [_number(row[column]) for column in ("crps", "crps_nothing", "crps_trend")]
        mark = "inside" if row["inside"] else "OUTSIDE"
        rows.append((row["cut"][:4], row["date"], name, observed, band, model, mark, *scores))
    headings = ("known to", "date", "fact", "happened", "its band", "forecast (90 %)", "mark", "CRPS", *_RULES)
    against = [
        (
            row["against"],
            row["score"],
            f"{row['facts']} in {row['clusters']} series",
            _number(row["model"]),
            _number(row["rule"]),
            f"{row['skill']:+.2f}" if row["facts"] else "–",
            f"{row['low']:+.2f} to {row['high']:+.2f}" if row["low"] == row["low"] else "too few",
        )
        for row in skill.to_dict("records")
    ]
    return (
        as_text(grid(headings, rows), grid(_SKILL, against), width=width)
        + f"inside the forecast's interval: {inside.inside} of {inside.facts}; by series "
        f"{100 * inside.share:.0f} % of {inside.clusters} (90 % interval {100 * inside.low:.0f} to "
        f"{100 * inside.high:.0f} %)\n"
        "Scores are in tolerances of the fact, smaller is better; facts of one series count once. Skill: 1 is perfect, "
        "0 no better than the rule.\nWhoever made the model knew these facts: they show how it would have done, not "
        "foresight. Forecasts made before the fact: hubsim forecast."
    )


def data_worth(narrowed: pd.DataFrame, regrets: pd.DataFrame | None, width: int = 120) -> str:
    """How much each missing fact would narrow the effect, and how much of the regret of each choice it would avoid.

    Args:
        narrowed: a row for each fact, most useful first, as `sim.inference.data_worth.narrowing` gives them.
        regrets: the table of `sim.inference.data_worth.regrets`; None if the effects of policies are not known.
        width: columns that the text may take.
    """
    rows = [
        (
            row["fact"],
            f"{100 * row['spread_now']:.1f}",
            f"{100 * row['spread_then']:.1f}",
            f"{100 * row['reduction']:.0f} %",
        )
        for row in narrowed.to_dict("records")
    ]
    headings = ("missing fact", "spread of the effect now (points)", "expected with the fact", "reduction")
    text = str(as_text(grid(headings, rows), width=width))
    return text if regrets is None else f"{text}\n{_regrets(decisive(regrets), width)}"


_MUCH = 0.5


def decisive(regrets: pd.DataFrame) -> pd.DataFrame:
    """The rows at the hardest prices: of all facts, of the effect, and of limits that avoid half of some regret."""
    hardest = regrets[regrets["hardest"]]
    most = hardest.groupby("fact")["avoided"].transform("max")
    return hardest[(hardest["kind"] == "datum") | (hardest["fact"] == THE_EFFECT) | (most >= _MUCH)]


def _regrets(hardest: pd.DataFrame, width: int) -> str:
    """Share of each choice's regret that each fact would avoid, at the price at which the choice is hardest."""
    currency = ENGLISH.country("currency")
    headings, now = ["missing fact"], ["regret now"]
    cells: dict[str, list[str]] = {}
    for (choice, outcome), part in hardest.groupby(["choice", "outcome"], sort=False):
        price, regret = part[["price", "regret_now"]].iloc[0]
        shown = OUTCOMES[str(outcome)].label.lower()
        headings.append(f"{choice}: {shown}, at {currency} {price:g} million each")
        now.append(f"{regret:.1f}")
        for row in part.to_dict("records"):
            ends = f"{100 * row['avoided_low']:.0f} to {100 * row['avoided_high']:.0f}"
            cells.setdefault(row["fact"], [row["fact"]]).append(f"{100 * row['avoided']:.0f} % ({ends})")
    return as_text(grid(headings, [now, *cells.values()]), width=width) + (
        "regret: startups that are lost, on average over what the facts allow, because a choice is made now; below it, "
        "the share that each fact would avoid (90 % interval). Policies are compared at equal money: what a policy "
        "costs more than today is taken off as startups that cost the price elsewhere. The price of each column is the "
        "one at which its choice is hardest; regret.csv has others. Exactly: a limit that no data reach."
    )


def _reading(row: dict[Any, Any]) -> tuple[str, ...]:
    mark = {True: "pass", False: "MISS"}.get(row["passed"], "–")
    model = f"{_number(row['value'])} ({_number(row['low'])} to {_number(row['high'])})"
    return row["reading"], f"{row['prior']:.2f}", _number(row["observed"]), model, mark, f"{row['posterior']:.2f}"


def _board_row(row: dict[Any, Any]) -> tuple[str, ...]:
    mark = {True: "pass", False: "MISS"}.get(row["passed"], "–")
    model = f"{_number(row['value'])} ({_number(row['low'])} to {_number(row['high'])})"
    band = f"{_number(row['band_low'])} to {_number(row['band_high'])}"
    name = f"{row['pattern']} {row['id']}".strip()
    return name, band, _number(row["observed"]), model, mark, row["used"], row["remark"]


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
