"""The report on a sweep: the best and the worst combination for each outcome, and whether they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from sim.figures.values import level_in
from sim.figures.words import factor_label
from sim.model.outcomes import OUTCOMES, shown_of
from sim.report.sections import Cell, Table
from sim.report.sentences import verdict_words, weighting
from sim.report.wording import Estimate, heading, shown_amount
from sim.scenario import schema
from sim.studies.outcome_effects import outcome_effects
from sim.studies.sweep_results import Sweep
from sim.words.language import Language
from sim.words.units import with_unit

MOST_POINTS = 60
"""Largest number of combinations in the table."""
MOST_FACTORS = 3
"""Largest number of factors that name a combination; with more, only the table lists its values."""


class SweepContent:
    """What the page says about a sweep, in one language."""

    def __init__(self, result: Sweep, t: Language, outcomes: Sequence[str] = ()) -> None:
        self.result, self.t, self._asked = result, t, outcomes

    @property
    def shown(self) -> Sequence[str]:
        """Outcomes that are shown: those asked for, or the first six of the experiment."""
        return [name for name in self._asked if name in self.result.shown] or self.result.shown[:6]

    @property
    def notes(self) -> list[str]:
        """What the intervals contain and what they do not, in sentences."""
        t = self.t
        held = (
            t("Intervals hold chance only; what is not known of the parameters is not in them.")
            if self.result.draws is None
            else t("Intervals hold what the facts leave open about the parameters, chance taken out.")
        )
        options = self.result.manifest["options"]
        weighted = (options["effective_draws"], options["draws"]) if "weights" in options else None
        return [
            held,
            *weighting(t, weighted),
            t("The highest and the lowest were chosen after the runs, so their difference is somewhat too large."),
        ]

    @property
    def answer(self) -> list[str]:
        """For each outcome its highest and lowest combination; last, outcomes whose combinations are alike."""
        answers, alike = [], []
        for outcome in self.shown:
            sentence = self._extremes(outcome)
            if sentence is None:
                alike.append(self._label(outcome))
            elif sentence:
                answers.append(sentence)
        if alike:
            answers.append(self.t("{outcome}: no two combinations can be told apart.", outcome=self.t.listed(alike)))
        return answers

    def _label(self, outcome: str) -> str:
        return self.t(OUTCOMES[outcome].label) if outcome in OUTCOMES else outcome

    def _extremes(self, outcome: str) -> str | None:
        """The highest and the lowest combination in a sentence; None when they cannot be told apart."""
        t, values = self.t, self.result.matrix(outcome)
        means = values.mean(axis=1).dropna()
        if len(means) < 2:
            return ""
        best, worst = str(means.idxmax()), str(means.idxmin())
        high, low = (values.loc[[key]].to_numpy().T for key in (best, worst))
        of = self.result
        [gap] = outcome_effects(high, low, [outcome], of.draws, of.idle, most_draws=of.effective_draws)
        found = Estimate.from_effect(outcome, gap)
        label = self._label(outcome)
        if found.nothing:
            return t("{outcome}: the same everywhere.", outcome=label)
        if found.leaning != 1 or found.verdict == "practically none":
            return None
        most, least = (self._level(key, outcome) for key in (best, worst))
        change = f"{self._with_unit(shown_amount(t, found), outcome, difference=True)} ({verdict_words(t, found)})"
        if len(self.result.factors) > MOST_FACTORS:
            return t(
                "{outcome}: between {low} and {high}; the difference is {change}.",
                outcome=label, low=least, high=most, change=change,
            )  # fmt: skip
        return t(
            "{outcome}: highest with {best} ({high}), lowest with {worst} ({low}); the difference is {change}.",
            outcome=label, best=self._name(best), worst=self._name(worst), high=most, low=least, change=change,
        )  # fmt: skip

    def _level(self, point: str, outcome: str) -> str:
        mean = float(self.result.matrix(outcome).loc[point].to_numpy().mean())
        return self._with_unit(
            shown_amount(self.t, Estimate(outcome, mean, math.nan, math.nan, 1), signed=False), outcome
        )

    def _with_unit(self, value: str, outcome: str, *, difference: bool = False) -> str:
        return with_unit(self.t, value, shown_of(outcome).named(difference=difference))

    def _name(self, point: str) -> str:
        values = self.result.points.loc[point]
        return self.t.listed(
            [f"{factor_label(self.t, path)} = {level_in(self.t, path, values[path])}" for path in values.index]
        )

    @cached_property
    def factors(self) -> Table:
        """The factors, their meanings, and their values."""
        t, rows = self.t, []
        for path in self.result.factors:
            declaration = schema().declarations.get(path)
            levels = self.result.points[path].drop_duplicates()
            values = levels.dropna().tolist()
            with suppress(TypeError):  # choices have no order
                values = sorted(values)
            values += levels[levels.isna()].tolist()
            some = values if len(values) <= 12 else [values[0], values[-1]]
            texts = [level_in(self.t, path, value) for value in some]
            taken = t.listed(texts) if len(values) <= 12 else t("{low} to {high}", low=texts[0], high=texts[-1])
            rows.append((path, [Cell(t(declaration.meaning) if declaration else "–"), Cell(taken)]))
        return Table(t("The factors of the study"), [t("Parameter"), t("Meaning"), t("Values")], rows, numeric=False)

    @property
    def hidden(self) -> int:
        """Number of combinations that the table leaves out."""
        return max(0, len(self.result.points) - MOST_POINTS)

    @cached_property
    def points(self) -> Table:
        """Mean of each outcome at each combination, with its interval."""
        t, result = self.t, self.result
        first_points = result.points.index[:MOST_POINTS]
        levels = {name: result.level_of(name).set_index("scenario") for name in self.shown}
        rows: dict[tuple[str, str], Any] = {
            (str(key), name): row
            for name, table in levels.items()
            for key, row in table.loc[first_points].to_dict("index").items()
        }
        found = []
        for key, values in result.points.head(MOST_POINTS).iterrows():
            settings = [Cell(level_in(self.t, path, values[path])) for path in result.factors[1:]]
            cells = [
                Cell(shown_amount(t, Estimate.of(name, rows.get((str(key), name)), "mean"), signed=False))
                for name in self.shown
            ]
            first = result.factors[0]
            found.append((level_in(self.t, first, values[first]), [*settings, *cells]))
        headings = [factor_label(self.t, path) for path in result.factors]
        headings += [heading(t, name) for name in self.shown]
        return Table(t("What is expected of each outcome: mean and 95 % interval"), headings, found)
