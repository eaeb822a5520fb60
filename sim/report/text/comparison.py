"""A comparison as text for people and as plain data for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from sim.model.outcomes import OUTCOMES, shown_of
from sim.report.layout import as_text, grid
from sim.report.text.blocks import blocks, folded, names_of
from sim.report.text.numbers import (
    BLURRED,
    ENGLISH,
    PRINTED_OUTCOMES,
    amount,
    change,
    count,
    interval_contents,
    one_line,
    percent,
    price,
    sureness,
)
from sim.report.text.plain import plain_channels, plain_effect, plain_level, without_nan
from sim.studies.channels import PRINTED, means_of, sentence
from sim.studies.comparison import Comparison
from sim.studies.contrasts import ALL, JUDGED, leading, pairs_that_matter
from sim.studies.parameter_robustness import SIX_AND_TEN, UnderSets
from sim.studies.statistics import Effect, levels
from sim.words.language import language

SMALL_DENOMINATOR = 100
"""A rate of fewer startups than this, on average, is printed with its denominator."""


def table(comparison: Comparison, width: int = 120) -> str:
    """Lay out the printed table: levels and paired differences, gains from pairing, costs per startup."""
    shown = [name for name in PRINTED_OUTCOMES if name in comparison.outcomes]
    others = comparison.scenarios[1:]
    found = {name: [comparison.difference(key, name) for key in others] for name in shown}
    worlds, seed = comparison.replications, comparison.manifest["seed"]
    holds = interval_contents(comparison)
    parts: list[str | Table] = [
        f"{count(worlds, 'replication')}, seed {seed}. First line: mean. Then the effect, that is the difference from "
        f"{comparison.reference!r} in the same worlds: its median, its 95 % interval ({holds}), the probability that "
        "it is above zero, and what may be said: clear, likely, open, or practically none.",
        *blocks(
            names_of(comparison.scenarios), {name: _levels(comparison, name, found[name]) for name in shown}, width
        ),
        "\n".join(_notes(comparison, found)),
        *_channels(comparison),
    ]
    parts += contrasts(comparison)
    if comparison.under_sets is not None:
        parts += _under_sets(comparison.under_sets, shown, width)
    if worlds > 1:
        parts += [
            "Variance saved by pairing: standard deviation of a difference, paired / unpaired. "
            "0.50 saves 75 % of the variance, 0.25 saves 94 %.",
            *blocks(names_of(others), {name: _savings(found[name]) for name in shown}, width),
        ]
    if comparison.prices:
        parts += [
            f"Discounted cost of one more, {ENGLISH(shown_of('cost').unit)}: mean cost over mean effect, and the "
            "prices at which the probability that the policy pays passes 2.5 and 97.5 %; from national counts.",
            _prices(comparison),
        ]
    return as_text(*parts, width=width)


def _levels(comparison: Comparison, outcome: str, differences: Sequence[Effect]) -> list[str]:
    """Means of an outcome by policy, with its effect below, or its small denominator beside it."""
    cells = []
    for scenario, found in zip(comparison.scenarios, [None, *differences], strict=True):
        mean, denominator = comparison.mean(scenario, outcome), comparison.denominator(scenario, outcome)
        few = denominator < SMALL_DENOMINATOR and not math.isnan(mean)
        cell = f"{percent(mean)} of {denominator:.0f}" if few else amount(mean, outcome)
        if found is not None:
            cell += f"\n{change(found, outcome)}\n{sureness(found)}"
        cells.append(cell)
    return cells


def _savings(differences: Sequence[Effect]) -> list[str]:
    """Standard deviation of a difference, paired / unpaired, by policy."""
    return ["–" if math.isnan(found.ratio) else f"{found.ratio:.2f}" for found in differences]


def _channels(comparison: Comparison) -> Iterator[str | Table]:
    """The part of the printed table on where differences come from; nothing in folders without channels."""
    means = means_of(comparison.channels)
    if not means:
        return
    yield (
        f"Where the differences from {comparison.reference!r} come from, means over worlds. Extra founders are not "
        "better survival. channels.csv has more outcomes, what relocation and housing add, and intervals."
    )
    t = language("en")
    yield grid(
        ("policy", *PRINTED),
        [
            (scenario, *(sentence(t, outcome, means[scenario].get(outcome, {})) for outcome in PRINTED))
            for scenario in means
        ],
    )


def contrasts(comparison: Comparison) -> list[str]:
    """Policies against each other: `ten-hubs-2027 - six-hubs-deeper: survivors_5y +20 (2 to 51), P 0.99 clear`."""
    held = [name for name in JUDGED if name in comparison.outcomes]
    others = comparison.scenarios[1:]
    gains = [{key: comparison.difference(key, name).median for key in others} for name in held]
    pairs = pairs_that_matter(comparison.groups, leading(others, gains), comparison.reference)
    if not pairs:
        return []
    opening = "Policies that claim the same money" if set(comparison.groups) - {ALL} else "The leading policies"
    lines = [f"{opening}, against each other in the same worlds; contrasts.csv has every pair:"]
    for policy, other in pairs:
        found = comparison.contrast(policy, other)
        parts = (f"{name} {one_line(found[name], name)}" for name in held)
        lines.append(f"  {policy} - {other}: {'; '.join(parts)}")
    return ["\n".join(lines)]


def _under_sets(found: UnderSets, shown: Sequence[str], width: int) -> Iterator[str | Table]:
    """Ten hubs against six under each named parameter set."""
    yield (
        "The same question under two parameter sets that fit the published figures equally well and differ in what "
        f"the hubs do ({count(found.replications, 'replication')}). First line: mean. Then the effect against "
        f"{SIX_AND_TEN[0]!r} under the same set, and its 95 % interval ({interval_contents(found)})."
    )
    keys = [found.key(policy, name) for name in found.sets for policy in SIX_AND_TEN]
    columns = {}
    for outcome in shown:
        cells = [amount(found.mean(key, outcome), outcome) for key in keys]
        for place, name in enumerate(found.sets):
            cells[2 * place + 1] += "\n" + change(found.difference(name, outcome), outcome)
        columns[outcome] = cells
    yield from blocks(names_of(keys), columns, width)


def _prices(comparison: Comparison) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, header_style="")
    for heading in ("policy", "survivor after five years", "exporter"):
        table.add_column(heading, no_wrap=heading == "policy")
    scale = shown_of("cost").scale
    for scenario in comparison.scenarios[1:]:
        names = ("cost_per_additional_survivor", "cost_per_additional_exporter")
        found = [comparison.prices.get((scenario, name)) for name in names]
        table.add_row(folded(scenario), *("–" if each is None else price(each, scale) for each in found))
    return table


def _notes(comparison: Comparison, found: Mapping[str, Sequence[Effect]]) -> Iterator[str]:
    declared = OUTCOMES
    for name in ("success_rate", "cohort_success_rate"):
        if name in found:
            yield f"{name}: {ENGLISH(declared[name].sentence)}"
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
    yield from _hubs_open(comparison)
    if failures := comparison.failures:
        yield (
            f"{count(len(failures), 'run')} failed and cannot be paired. The first: {failures[0]['error']}. "
            f"Repeat it alone: {failures[0]['command']}"
        )


def _hubs_open(comparison: Comparison) -> Iterator[str]:
    """How many hubs a policy with random openings has in the end: `6 with 27 %, 7 with 42 %, …`."""
    for scenario, (month, found) in comparison.hubs_open.items():
        numbers = ", ".join(f"{hubs} with {percent(chance)}" for hubs, chance in found.items())
        yield f"{scenario}: probability of the number of hubs open in {ENGLISH.month(month)} (predictive): {numbers}."


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain data: every national outcome of every policy, undefined values as None."""
    policies = []
    for scenario in comparison.scenarios:
        found = levels(comparison.worlds(scenario, comparison.national), comparison.draws)
        outcomes = {
            outcome: plain_level(one) | {"denominator": comparison.denominator(scenario, outcome)}
            for outcome, one in zip(comparison.national, found, strict=True)
        }
        policy = {"scenario": scenario, "outcomes": outcomes}
        if scenario in comparison.hubs_open:
            month, chances = comparison.hubs_open[scenario]
            policy["hubs_open"] = {"kind": "predictive", "month": month, "probability": chances}
        if scenario != comparison.reference:
            for outcome, values in outcomes.items():
                values["difference"] = plain_effect(comparison.difference(scenario, outcome))
            policy["channels"] = plain_channels(comparison.channels, scenario)
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
    answer: dict[str, Any] = without_nan(
        {
            "reference": comparison.reference,
            "replications": comparison.replications,
            "seed": comparison.manifest["seed"],
            "parameters": comparison.parameters,
            "weights": comparison.weighting,
            "intervals": f"95 %, {interval_contents(comparison)}",
            "folder": str(comparison.folder),
            "failures": comparison.failures,
            "policies": policies,
        }
    )
    return answer
