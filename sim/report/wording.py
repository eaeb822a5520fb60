"""Effects and levels as the report reads them from the tables: a value, its interval, and its verdict.

The table holds the verdict (`sim.studies.statistics` decides it); nothing here derives one from an interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sim.figures.words import Undefined, undefined
from sim.model.outcomes import OUTCOMES, better_of, shown_of
from sim.model.shown import price_decimals
from sim.studies.effect_distribution import BOUND
from sim.studies.statistics import CLEAR, LIKELY, Effect
from sim.words.language import Language

PRICE_OF = {"survivors_5y": "cost_per_additional_survivor", "exporters": "cost_per_additional_exporter"}
"""The price in `differences.csv` that belongs to each effect."""
FEW_DRAWS = 15
"""Number of draws up to which words name them instead of a probability."""
OLDER = "older"
"""The verdict of effects in tables older than verdicts, and of levels."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, as a row of `differences.csv`, `contrasts.csv` or `summary.csv` has it.

    Attributes:
        outcome: name of the outcome.
        value: the median effect (the mean where there is none), or the mean level.
        low, high: ends of the interval.
        n, draws: numbers of worlds, and of draws of the parameters.
        p_positive, chance_share, verdict: of an effect, as in `Effect`; `older` where the table has no verdict.
        why: why it has no value, if it has none.
    """

    outcome: str
    value: float
    low: float
    high: float
    n: int
    draws: int = 0
    p_positive: float = math.nan
    chance_share: float = math.nan
    verdict: str = OLDER
    why: Undefined = "nobody"

    @classmethod
    def of(cls, outcome: str, row: Mapping[str, Any] | None, column: str = "median") -> Estimate:
        """The finding in a row, with its value from `column`; not defined without a row."""
        if row is None:
            return cls(outcome, math.nan, math.nan, math.nan, 0, verdict="not defined", why="no row")
        values = (_number(row, name) for name in (column, "difference", "mean"))
        value = next((value for value in values if math.isfinite(value)), math.nan)
        n, draws = (_number(row, name) for name in ("n", "draws"))
        return cls(
            outcome,
            value,
            _number(row, "ci_low"),
            _number(row, "ci_high"),
            int(n) if n > 0 else 0,
            int(draws) if draws > 0 else 0,
            _number(row, "p_positive"),
            _number(row, "chance_share"),
            str(row.get("verdict", OLDER)),
        )

    @classmethod
    def from_effect(cls, outcome: str, found: Effect) -> Estimate:
        """An effect as a finding."""
        value = found.mean if math.isnan(found.median) else found.median
        return cls(
            outcome, value, found.low, found.high, found.n, found.draws, found.p_positive, found.chance_share,
            found.verdict,
        )  # fmt: skip

    @cached_property
    def effect(self) -> Effect:
        """The finding as an effect."""
        return Effect(
            self.value, self.value, self.low, self.high, self.p_positive, self.chance_share, self.n, self.draws,
            sure_sign=self.verdict == "clear", verdict=self.verdict,  # type: ignore[arg-type]
        )  # fmt: skip

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return math.isfinite(self.value)

    @property
    def nothing(self) -> bool:
        """Whether the value is zero in every world."""
        return self.value == self.low == self.high == 0

    @property
    def direction(self) -> int:
        """The direction that the verdict names: 1 or -1 where it is clear or likely, else 0."""
        return self.effect.sign if self.effect.has_direction else 0

    @property
    def leaning(self) -> int:
        """The direction whose probability is high enough to name it, whatever the size: 1, -1 or 0."""
        return self.effect.sign if self.effect.p_sign >= LIKELY else 0

    @property
    def blurred(self) -> bool:
        """Whether more worlds would help: chance is above half, or there are too few draws for the probability."""
        if self.verdict == "too few draws":
            return True
        held_back = self.effect.more_worlds_help or self.effect.p_sign > CLEAR
        return self.verdict in ("likely", "open") and held_back

    @property
    def all_of_few(self) -> bool:
        """Whether all draws have the same sign but are too few to exclude another sign in some countries."""
        return self.draws > 0 and self.effect.p_sign >= 0.995 and (1 - BOUND) ** (1 / self.draws) < CLEAR

    @property
    def few_draws(self) -> bool:
        """Whether the draws are too few for a probability: words name their number instead."""
        return 0 < self.draws <= FEW_DRAWS or self.all_of_few

    @property
    def welcome(self) -> bool | None:
        """Whether the change is desirable; None where the verdict names no direction, or none is better."""
        better = better_of(self.outcome)
        return None if better == "none" or not self.direction else (self.direction > 0) == (better == "up")

    @property
    def reversed(self) -> Estimate:
        """The same contrast from the other policy's side."""
        return replace(self, value=-self.value, low=-self.high, high=-self.low, p_positive=1 - self.p_positive)

    def scaled(self, factor: float) -> Estimate:
        """The same finding in another unit."""
        return replace(self, value=self.value * factor, low=self.low * factor, high=self.high * factor)

    @property
    def decimals(self) -> int:
        """Number of decimals that the interval supports; more only where its limits would look alike, or like zero."""
        half = (self.high - self.low) / 2
        size = half if half > 0 else abs(self.value)
        enough = 0 if size >= 1 or abs(self.value) >= 100 or not size > 0 else min(3, math.ceil(-math.log10(size)))
        limits = [limit for limit in (self.low, self.high) if math.isfinite(limit)]
        while enough < 3 and (
            any(limit and not round(limit, enough) for limit in limits)
            or (half > 0 and len({round(limit, enough) for limit in limits}) == 1)
        ):
            enough += 1
        return enough


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return math.nan if value is None else float(value)


def amount(t: Language, finding: Estimate, *, signed: bool = True) -> str:
    """`+12 (8 to 16)` in the finding's own unit; the value alone where there is no interval."""
    if not finding.defined:
        return undefined(t, finding.why)
    decimals = finding.decimals
    value = t.number(finding.value, decimals, signed=signed)
    if not math.isfinite(finding.low):
        return value
    low, high = (t.number(limit, decimals, signed=signed) for limit in (finding.low, finding.high))
    return t("{value} ({low} to {high})", value=value, low=low, high=high)


def shown_amount(t: Language, finding: Estimate, *, signed: bool = True) -> str:
    """A finding in the unit that people read: % points, millions of the currency, or numbers."""
    return amount(t, finding.scaled(shown_of(finding.outcome).scale), signed=signed)


def millions(t: Language, value: float) -> str:
    """An amount of money in millions of the currency, with as many decimals as a price deserves; no number of infinity.

    Where there is no price (`value` is infinite or NaN), the words say so.
    """
    amount = value * shown_of("cost").scale
    return t.number(amount, price_decimals(amount)) if math.isfinite(amount) else t("no price")


def heading(t: Language, outcome: str, *, difference: bool = False) -> str:
    """An outcome's label with the unit in which it, or its difference, is shown, unless the label contains it."""
    unit = shown_of(outcome).beside(difference=difference)
    label = t(OUTCOMES[outcome].label) if outcome in OUTCOMES else outcome
    return t("{label}, {unit}", label=label, unit=t(unit)) if unit else label
