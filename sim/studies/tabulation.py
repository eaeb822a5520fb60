"""A comparison as text for people and as plain data for programs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from sim.parameters.draws import FIXED
from sim.studies.channels import plain_of, told
from sim.studies.contrasts import lines
from sim.studies.cost_per_effect import Price
from sim.studies.display import as_text
from sim.studies.statistics import Effect, Level, levels
from sim.studies.under_sets import SIX_AND_TEN

if TYPE_CHECKING:
    from sim.model.outcomes import Outcome
    from sim.model.shown import Shown
    from sim.studies.comparison import Comparison
    from sim.studies.results import Results
    from sim.studies.under_sets import UnderSets

SHOWN = (
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


def label(results: Results) -> str:
    """What the intervals of a result hold, and what they do not."""
    if results.draws is None:
        name = results.manifest["options"].get("parameters", FIXED)
        return "chance of so many worlds, parameters fixed" + ("" if name == FIXED else f" at {name}")
    return f"{count(len(set(results.draws.tolist())), 'draw')} of what the facts allow, chance taken out"


FEW = 100
"""A rate of fewer startups than this, on average, is printed with their number."""

_NAME, _CELL = 16, 10


_DECIMALS = {"%": 2, "index": 3}
"""Decimals at most, by unit; others have one."""


def known_outcomes() -> dict[str, Outcome]:
    """The declared outcomes by name."""
    from sim.model.outcomes import OUTCOMES

    return OUTCOMES


def shown_of(outcome: str) -> Shown:
    """How an outcome is shown: see `sim.model.shown`."""
    from sim.model import outcomes

    return outcomes.shown_of(outcome)


def amount(value: float, outcome: str) -> str:
    """A level of an outcome: `41.2%`, `1,512`; `undefined` for NaN."""
    if math.isnan(value):
        return "undefined"
    shown = shown_of(outcome)
    scaled = value * shown.scale
    if shown.unit == "%":
        return f"{scaled:.1f}%"
    return f"{scaled:,.{0 if abs(scaled) >= 100 else _DECIMALS.get(shown.unit, 1)}f}".removesuffix(".0")


def with_unit(value: float, outcome: str) -> str:
    """A level of an outcome and its unit, unless the name says it: `547 MAD million`."""
    unit = shown_of(outcome).beside()
    return amount(value, outcome) + (f" {unit}" if unit not in ("", "%") else "")


def change(found: Effect, outcome: str) -> str:
    """An effect as precise as its interval is: the median, and the interval below it, `+1.2` and `0.8 to 1.9`."""
    if found.low == found.high == 0:
        return "0"
    median = found.mean if math.isnan(found.low) else found.median
    return interval(median, found.low, found.high, outcome, signed=True)


def interval(value: float, low: float, high: float, outcome: str, *, signed: bool = False) -> str:
    """A value of an outcome, and its interval below it, as precise as that is; a question mark without one."""
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
WORDS = {"practically none": "none", "too few draws": "few draws", "not defined": ""}
"""Short words of the table for verdicts; the others are their own."""


def sureness(found: Effect) -> str:
    """The probability that an effect is above zero, and the verdict: `1.00 clear`."""
    if math.isnan(found.p_positive):
        return WORDS.get(found.verdict, found.verdict)
    return f"{found.p_positive:.2f} {WORDS.get(found.verdict, found.verdict)}"


def price(found: Price, factor: float = 1.0) -> str:
    """A cost per additional startup with the prices at which it pays with 2.5 and 97.5 %, or words."""
    if found.bargain != "price":
        return BARGAINS[found.bargain]

    def written(amount: float) -> str:
        return f"{amount * factor:,.{0 if amount * factor >= 100 else 1}f}" if math.isfinite(amount) else "never"

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
"""What is said of a policy that does not offer more for a price."""


def text(comparison: Comparison, language: str = "en", width: int = 120) -> str:
    """Lay out the printed table: levels and paired differences, what pairing saves, costs per startup.

    Raises ValueError for a language that is not there yet.
    """
    if language != "en":
        raise ValueError(f"tables do not speak {language!r} yet; known languages: en")
    shown = [name for name in SHOWN if name in comparison.outcomes]
    others = comparison.scenarios[1:]
    found = {name: [comparison.difference(key, name) for key in others] for name in shown}
    worlds, seed = comparison.replications, comparison.manifest["seed"]
    holds = label(comparison)
    parts: list[str | Table] = [
        f"{count(worlds, 'replication')}, seed {seed}. First line: mean. Then the effect, that is the difference from "
        f"{comparison.reference!r} in the same worlds: its median, its 95 % interval ({holds}), the probability that "
        "it is above zero, and what may be said: clear, likely, open, or practically none.",
        *blocks(
            _policies(comparison.scenarios), {name: _levels(comparison, name, found[name]) for name in shown}, width
        ),
        "\n".join(_notes(comparison, found)),
        *told(comparison),
    ]
    parts += lines(comparison)
    if comparison.under_sets is not None:
        parts += _under_sets(comparison.under_sets, shown, width)
    if worlds > 1:
        parts += [
            "Variance saved by pairing: standard deviation of a difference, paired / unpaired. "
            "0.50 saves 75 % of the variance, 0.25 saves 94 %.",
            *blocks(_policies(others), {name: _savings(found[name]) for name in shown}, width),
        ]
    if comparison.prices:
        parts += [
            f"Discounted cost of one more, {shown_of('cost').unit}: mean cost over mean effect, and the prices at "
            "which the probability that the policy pays passes 2.5 and 97.5 %; from national counts.",
            _prices(comparison),
        ]
    return as_text(*parts, width=width)


def count(number: int, noun: str) -> str:
    """A number of things: `1 replication`, `1,000 replications`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _policies(keys: Sequence[str]) -> dict[str, list[str]]:
    return {"policy".ljust(_NAME): [_fold(key) for key in keys]}


def blocks(first: Mapping[str, Sequence[str]], columns: Mapping[str, Sequence[str]], width: int) -> Iterator[Table]:
    """Outcomes by row in as many tables as the width asks for, the `first` columns in each of them."""
    taken = sum(_needed(heading, cells) for heading, cells in first.items())
    block: dict[str, Sequence[str]] = {}
    room = width - taken
    for outcome, cells in columns.items():
        heading = wrapped(outcome)
        unit = shown_of(outcome).beside()
        heading += f"\n({unit})" if unit else ""
        needed = _needed(heading, cells)
        if needed > room and block:
            yield _table(first, block)
            block, room = {}, width - taken
        block[heading] = cells
        room -= needed
    yield _table(first, block)


def wrapped(name: str) -> str:
    """A name as a heading of several short lines: `hours per` above `startup`."""
    return "\n".join(textwrap.wrap(name.replace("_", " "), _CELL, break_long_words=False))


def _needed(heading: str, cells: Sequence[str]) -> int:
    return max(len(line) for text in (heading, *cells) for line in text.split("\n")) + 2


def _table(first: Mapping[str, Sequence[str]], columns: Mapping[str, Sequence[str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="")
    for heading in first:
        table.add_column(heading, no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in zip(*first.values(), *columns.values(), strict=True):
        table.add_row(*row)
    return table


def _fold(key: str) -> str:
    return "\n".join(textwrap.wrap(key, _NAME)) or key


def _levels(comparison: Comparison, outcome: str, differences: Sequence[Effect]) -> list[str]:
    """Mean of an outcome by policy, with its effect below, or its small denominator beside it."""
    cells = []
    for scenario, found in zip(comparison.scenarios, [None, *differences], strict=True):
        mean, denominator = comparison.mean(scenario, outcome), comparison.denominator(scenario, outcome)
        few = denominator < FEW and not math.isnan(mean)
        cell = f"{mean:.0%} of {denominator:.0f}" if few else amount(mean, outcome)
        if found is not None:
            cell += f"\n{change(found, outcome)}\n{sureness(found)}"
        cells.append(cell)
    return cells


def _savings(differences: Sequence[Effect]) -> list[str]:
    """Standard deviation of a difference, paired / unpaired, by policy."""
    return ["–" if math.isnan(found.ratio) else f"{found.ratio:.2f}" for found in differences]


def _under_sets(found: UnderSets, shown: Sequence[str], width: int) -> Iterator[str | Table]:
    """Six hubs against ten under each named set."""
    yield (
        "The same question under two parameter sets that fit the published figures equally well and differ in what "
        f"the hubs do ({count(found.replications, 'replication')}). First line: mean. Then the effect against "
        f"{SIX_AND_TEN[0]!r} under the same set, and its 95 % interval ({label(found)})."
    )
    keys = [found.key(policy, name) for name in found.sets for policy in SIX_AND_TEN]
    columns = {}
    for outcome in shown:
        cells = [amount(found.mean(key, outcome), outcome) for key in keys]
        for place, name in enumerate(found.sets):
            cells[2 * place + 1] += "\n" + change(found.difference(name, outcome), outcome)
        columns[outcome] = cells
    yield from blocks(_policies(keys), columns, width)


def _prices(comparison: Comparison) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, header_style="")
    for heading in ("policy", "survivor after five years", "exporter"):
        table.add_column(heading, no_wrap=heading == "policy")
    names, scale = ("cost_per_additional_survivor", "cost_per_additional_exporter"), shown_of("cost").scale
    for scenario in comparison.scenarios[1:]:
        found = [comparison.prices.get((scenario, name)) for name in names]
        table.add_row(_fold(scenario), *("–" if each is None else price(each, scale) for each in found))
    return table


def _notes(comparison: Comparison, found: Mapping[str, Sequence[Effect]]) -> Iterator[str]:
    declared = known_outcomes()
    for name in ("success_rate", "cohort_success_rate"):
        if name in found:
            yield f"{name}: {declared[name].sentence}"
    yield (
        "Rates of the admitted concern different startups under each policy: rank policies on survivors_5y "
        "and exporters, which count the whole country. Differences of rates are in percentage points."
    )
    if comparison.draws is not None:
        blurred = [
            name for name, each in found.items() if any(one.more_worlds_help and one.verdict in BLURRED for one in each)
        ]
        if blurred:
            yield f"Chance is above half of what is seen in {', '.join(blurred)}: more worlds would say more."
    yield from comparison.remarks
    if failures := comparison.failures:
        yield (
            f"{count(len(failures), 'run')} failed and cannot be paired. The first: {failures[0]['error']}. "
            f"Repeat it alone: {failures[0]['command']}"
        )


def plain(comparison: Comparison) -> dict[str, Any]:
    """Give the comparison as plain data: every national outcome of every policy, undefined values as None."""
    policies = []
    for scenario in comparison.scenarios:
        found = levels(comparison.worlds(scenario, comparison.national), comparison.draws)
        outcomes = {
            outcome: _plain_level(one) | {"denominator": comparison.denominator(scenario, outcome)}
            for outcome, one in zip(comparison.national, found, strict=True)
        }
        policy = {"scenario": scenario, "outcomes": outcomes}
        if scenario != comparison.reference:
            for outcome, values in outcomes.items():
                values["difference"] = plain_effect(comparison.difference(scenario, outcome))
            policy["channels"] = plain_of(comparison.channels, scenario)
            policy["prices"] = {
                name: {
                    "value": each.value,
                    "median": each.median,
                    "ci": [each.low, each.high],
                    "n": each.n,
                    "draws": each.draws,
                    "bargain": each.bargain,
                }
                for (key, name), each in comparison.prices.items()
                if key == scenario
            }
        policies.append(policy)
    return without_nan(
        {
            "reference": comparison.reference,
            "replications": comparison.replications,
            "seed": comparison.manifest["seed"],
            "parameters": comparison.parameters,
            "intervals": f"95 %, {label(comparison)}",
            "folder": str(comparison.folder),
            "failures": comparison.failures,
            "policies": policies,
        }
    )


def _plain_level(found: Level) -> dict[str, Any]:
    return {
        "mean": found.mean,
        "median": found.median,
        "sd": found.sd,
        "ci": [found.low, found.high],
        "kind": found.kind,
        "n": found.n,
        "draws": found.draws,
    }


def plain_effect(found: Effect) -> dict[str, Any]:
    """An effect as plain data."""
    return {
        "mean": found.mean,
        "median": found.median,
        "ci": [found.low, found.high],
        "p_positive": found.p_positive,
        "n": found.n,
        "draws": found.draws,
        "sd_paired": found.sd,
        "sd_unpaired": found.sd_unpaired,
        "chance_share": found.chance_share,
        "verdict": found.verdict,
    }


def without_nan(value: Any) -> Any:
    """Replace numbers that JSON cannot write by None, at any depth."""
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
