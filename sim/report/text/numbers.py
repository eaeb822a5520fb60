"""How numbers are printed in tables of text: levels, effects, intervals, prices."""

from __future__ import annotations

import math

from sim.model.outcomes import shown_of
from sim.model.shown import price_decimals
from sim.parameters.draws import FIXED
from sim.studies.cost_per_effect import Price
from sim.studies.results import Results
from sim.studies.statistics import Effect
from sim.words import units
from sim.words.language import NO_BREAK_SPACE, language

ENGLISH = language("en")
"""The language of printed text; it contains the country's own words."""
PRINTED_OUTCOMES = (
    "success_rate",
    "cohort_success_rate",
    "survival_5y",
    "survivors_5y",
    "export_rate",
    "exporters",
    "residents",
    "regional_balance",
    "cost",
)
"""Outcomes in the printed table; the CSV files and `--json` have all of them."""


def interval_contents(results: Results) -> str:
    """What the intervals of a result contain, and what they do not."""
    if results.draws is None:
        name = results.manifest["options"].get("parameters", FIXED)
        return "chance of so many worlds, parameters fixed" + ("" if name == FIXED else f" at {name}")
    words = " ".join(filter(None, ["of what the facts allow", weighting(results)]))
    return f"{count(len(set(results.draws.tolist())), 'draw')} {words}, chance taken out"


def weighting(results: Results) -> str:
    """By what the draws of a result are weighted, and their effective number; empty if all count the same."""
    found = results.weighting
    if found is None:
        return ""
    return f"weighted by {found['file']} (effective number of draws {found['effective_draws']:.0f} of {found['draws']})"


_DECIMALS = {"%": 2, "index": 3}
"""Largest number of decimals, by unit; other units have one."""


def percent(share: float, decimals: int = 0) -> str:
    """A share as `41 %`, as everywhere in English."""
    return ENGLISH.percent(share, decimals).replace(NO_BREAK_SPACE, " ")


def amount(value: float, outcome: str) -> str:
    """A level of an outcome: `41.2 %`, `1,512`; `undefined` for NaN."""
    if math.isnan(value):
        return "undefined"
    shown = shown_of(outcome)
    scaled = value * shown.scale
    if shown.unit == "%":
        return percent(value, 1)
    return f"{scaled:,.{0 if abs(scaled) >= 100 else _DECIMALS.get(shown.unit, 1)}f}".removesuffix(".0")


def with_unit(value: float, outcome: str) -> str:
    """A level of an outcome with its unit, unless the outcome's name contains it: `MAD 547 million`."""
    unit, number = shown_of(outcome).beside(), amount(value, outcome)
    return number if unit in ("", "%") else units.with_unit(ENGLISH, number, unit).replace(NO_BREAK_SPACE, " ")


def change(found: Effect, outcome: str) -> str:
    """An effect, as precise as its interval: the median above the interval, `+1.2` and `0.8 to 1.9`."""
    if found.low == found.high == 0:
        return "0"
    median = found.mean if math.isnan(found.low) else found.median
    return interval(median, found.low, found.high, outcome, signed=True)


def interval(value: float, low: float, high: float, outcome: str, *, signed: bool = False) -> str:
    """A value of an outcome above its interval, with the decimals that this supports; a question mark without one."""
    if math.isnan(value):
        return "undefined"
    shown, sign = shown_of(outcome), "+" if signed else ""
    most = _DECIMALS.get(shown.unit, 1)
    value, low, high = (number * shown.scale for number in (value, low, high))
    if math.isnan(low):
        return f"{_rounded(value, most):{sign},.{most}f}\n?"
    half = (high - low) / 2
    decimals = 0 if abs(value) >= 100 and half >= 1 else most
    if half > 0:
        size = math.floor(math.log10(half))
        decimals = min(decimals, max(0, -size + (half < 1.95 * 10**size)))
    middle, below, above = (_rounded(number, decimals) for number in (value, low, high))
    return f"{middle:{sign},.{decimals}f}\n{below:,.{decimals}f} to {above:,.{decimals}f}"


def _rounded(value: float, decimals: int) -> float:
    return round(value, decimals) + 0.0


BLURRED = ("likely", "open", "too few draws")
VERDICT_WORDS = {"practically none": "none", "too few draws": "few draws", "not defined": ""}
"""Short words for verdicts in the table; other verdicts are printed as they are."""


def sureness(found: Effect) -> str:
    """The probability that an effect is above zero, and the verdict: `1.00 clear`."""
    if math.isnan(found.p_positive):
        return VERDICT_WORDS.get(found.verdict, found.verdict)
    return f"{found.p_positive:.2f} {VERDICT_WORDS.get(found.verdict, found.verdict)}"


def one_line(found: Effect, outcome: str) -> str:
    """An effect in a line: `+20 (2 to 51), P 0.99 clear`; without an interval where there is none."""
    middle, _, ends = change(found, outcome).partition("\n")
    words = middle if ends in ("", "?") else f"{middle} ({ends})"
    verdict = sureness(found)
    return f"{words}, {'P ' if math.isfinite(found.p_positive) else ''}{verdict}" if verdict else words


def price(found: Price, factor: float = 1.0) -> str:
    """A price per additional startup, with the prices at which it pays with 2.5 and 97.5 % probability, or words."""
    if found.bargain != "price":
        return BARGAINS[found.bargain]

    def written(amount: float) -> str:
        shown = amount * factor
        return f"{shown:,.{price_decimals(shown)}f}" if math.isfinite(amount) else "never"

    if math.isnan(found.low):  # one draw: no interval
        return f"{written(found.value)} [?]"
    ends = f"{written(found.low)}, {written(found.high)}" if math.isfinite(found.low) else "never"
    return f"{written(found.value)} [{ends}]"


BARGAINS = {
    "saving": "saves money, and has fewer",
    "more for less": "more, and cheaper",
    "less for more": "fewer, and dearer",
    "no change": "no change",
    "not defined": "undefined",
}
"""Words for a policy that does not offer more startups for more money."""


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 replication`, `1,000 replications`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
