"""What may be said of a difference, and with which words: chosen from its interval, never from its point.

A difference whose 95 % interval holds zero is one that we cannot tell; nothing "improves" by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sim.language import Language
from sim.outcomes import OUTCOMES

Verdict = Literal["more", "less", "cannot tell", "same", "too few worlds", "not defined"]
PRICES = {"survivors_5y": "cost_per_additional_survivor", "exporters": "cost_per_additional_exporter"}
"""The ratio that `differences.csv` has for each effect."""
MILLION = 1e6


@dataclass(frozen=True)
class Finding:
    """A value with its 95 % interval, as a row of `differences.csv` or `summary.csv` has it."""

    outcome: str
    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, outcome: str, row: Mapping[str, Any] | None, column: str = "difference") -> Finding:
        """The finding in a row; not defined without one."""
        if row is None:
            return cls(outcome, math.nan, math.nan, math.nan, 0)
        return cls(
            outcome,
            float(row[column]),
            float(row["ci_low"]),
            float(row["ci_high"]),
            int(row["n"]) if row["n"] > 0 else 0,
        )

    @property
    def verdict(self) -> Verdict:
        """What the interval allows to say."""
        if not math.isfinite(self.value):
            return "not defined"
        if self.n < 2 or not (math.isfinite(self.low) and math.isfinite(self.high)):
            return "too few worlds"
        if self.value == self.low == self.high == 0:
            return "same"
        if self.low > 0:
            return "more"
        return "less" if self.high < 0 else "cannot tell"

    @property
    def welcome(self) -> bool | None:
        """Whether a policymaker wants this change; None where it cannot be told, or nobody minds."""
        better = OUTCOMES[self.outcome].better if self.outcome in OUTCOMES else "none"
        if better == "none" or self.verdict not in ("more", "less"):
            return None
        return (self.verdict == "more") == (better == "up")

    def scaled(self, factor: float) -> Finding:
        """The same in another unit."""
        return Finding(self.outcome, self.value * factor, self.low * factor, self.high * factor, self.n)

    @property
    def decimals(self) -> int:
        """Decimals that the interval deserves; more only where its limits would look alike, or like zero."""
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


def amount(t: Language, finding: Finding, *, signed: bool = True) -> str:
    """`+12 (8 to 16)` in the finding's own unit; the value alone where there is no interval."""
    if finding.verdict == "not defined":
        return t("not defined")
    decimals = finding.decimals
    value = t.number(finding.value, decimals, signed=signed)
    if not math.isfinite(finding.low):
        return value
    low, high = (t.number(limit, decimals, signed=signed) for limit in (finding.low, finding.high))
    return t("{value} ({low} to {high})", value=value, low=low, high=high)


def shown(t: Language, finding: Finding, *, signed: bool = True) -> str:
    """A finding in the unit that people read: % points, MAD million, or numbers."""
    return amount(t, finding.scaled(scale_of(finding.outcome)), signed=signed)


def scale_of(outcome: str) -> float:
    """What a value of this outcome is multiplied with to be in the unit that is shown."""
    known = OUTCOMES.get(outcome.partition(":")[0])
    if outcome in PRICES.values():
        return 1 / MILLION
    if known is None:
        return 1.0
    if known.kind == "rate":
        return 100.0
    return 1 / MILLION if known.unit == "MAD" else 1e-3 if known.unit.startswith("kMAD") else 1.0


def unit_of(t: Language, outcome: str, *, difference: bool = False) -> str:
    """The unit in which an outcome is shown."""
    known = OUTCOMES.get(outcome.partition(":")[0])
    if outcome in PRICES.values():
        return t("MAD million")
    if known is None:
        return ""
    if known.kind == "rate":
        return t("% points") if difference else t("%")
    if known.unit == "MAD":
        return t("MAD million")
    return t("MAD million/year") if known.unit.startswith("kMAD") else t(known.unit)


def heading(t: Language, outcome: str, *, difference: bool = False) -> str:
    """An outcome's label with the unit in which it, or a difference of it, is shown."""
    unit = unit_of(t, outcome, difference=difference)
    label = t(OUTCOMES[outcome].label) if outcome in OUTCOMES else outcome
    return t("{label}, {unit}", label=label, unit=unit) if unit and unit != t("index") else label


def clause(t: Language, policy: str, finding: Finding) -> str:
    """What a policy does to a number of startups, as part of a sentence."""
    decimals = finding.decimals
    value, low, high = (
        t.number(abs(part), decimals) if math.isfinite(part) else ""
        for part in (finding.value, finding.low, finding.high)
    )
    match finding.verdict:
        case "more":
            return t("“{policy}” adds {value} ({low} to {high})", policy=policy, value=value, low=low, high=high)
        case "less":
            return t("“{policy}” takes away {value} ({low} to {high})", policy=policy, value=value, low=high, high=low)
        case "cannot tell":
            return t(
                "for “{policy}” we cannot tell, the interval reaching from {low} fewer to {high} more",
                policy=policy, low=low, high=high,
            )  # fmt: skip
        case "same":
            return t("“{policy}” changes nothing", policy=policy)
        case "too few worlds":
            only = t.number(finding.value, decimals, signed=True)
            return t(
                "for “{policy}” we cannot tell: {value} in too few worlds for an interval", policy=policy, value=only
            )
        case _:
            return t("for “{policy}” it is not defined", policy=policy)


def cost_clause(t: Language, policy: str, cost: Finding) -> str:
    """What a policy costs beyond the reference, as part of a sentence."""
    cost = cost.scaled(1 / MILLION)
    decimals = cost.decimals
    value, low, high = (
        t.number(abs(part), decimals) if math.isfinite(part) else "" for part in (cost.value, cost.low, cost.high)
    )
    match cost.verdict:
        case "more":
            return t(
                "“{policy}” costs MAD {value} million more ({low} to {high})",
                policy=policy, value=value, low=low, high=high,
            )  # fmt: skip
        case "less":
            return t(
                "“{policy}” costs MAD {value} million less ({low} to {high})",
                policy=policy, value=value, low=high, high=low,
            )  # fmt: skip
        case "same":
            return t("“{policy}” costs the same", policy=policy)
        case "not defined":
            return t("for “{policy}” the cost is not known", policy=policy)
        case _:
            return t("for “{policy}” we cannot tell whether it costs more", policy=policy)


def price_words(t: Language, effect: Finding, cost: Finding, price: Finding) -> str:
    """What each additional startup costs, in words that fit the signs; no price where no effect is told."""
    if effect.verdict in ("not defined", "too few worlds"):
        return t("not defined")
    if effect.verdict in ("cannot tell", "same"):
        return t("no distinguishable effect")
    if cost.verdict in ("cannot tell", "too few worlds", "not defined"):
        return t("no distinguishable cost")
    gain = effect.verdict == "more"
    if cost.verdict == "same":
        return t("more, at the same cost") if gain else t("fewer, at the same cost")
    if gain and cost.verdict == "less":
        return t("more, at a lower cost")
    if not gain and cost.verdict == "more":
        return t("fewer, at a higher cost")
    each = amount(t, price.scaled(1 / MILLION), signed=False)
    return t("MAD million {amount} each", amount=each) if gain else t("MAD million {amount} saved each", amount=each)
