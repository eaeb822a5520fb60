"""The four tiles of the first page: success, export, regions, bill."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.country.geography import geography
from sim.figures.words import no_price, undefined
from sim.model.outcomes import better_of, shown_of
from sim.report.report_data import ReportData
from sim.report.sentences import of_hundred, state_of
from sim.report.wording import PRICE_OF, Estimate, amount, heading, millions
from sim.studies.cost_per_effect import Price
from sim.words.language import Language

MAX_REGIONS = 2
"""Largest number of regions that a tile names as gaining, or as losing."""


@dataclass(frozen=True)
class Line:
    """One line of a tile: whose it is, a value, its range, and the chance of a gain.

    `over` says over what the chance is; a small screen leaves it to the sentence below the tiles. `tone` is good, bad
    or empty. `short` is what a small screen shows instead of the chance or, without one, of the value.
    """

    name: str
    value: str
    range: str = ""
    chance: str = ""
    over: str = ""
    tone: str = ""
    short: str = ""


@dataclass(frozen=True)
class Measure:
    """What is measured, with a line for each policy."""

    label: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Tile:
    """A tile with its heading; `key` names it inside the page."""

    key: str
    title: str
    measures: Sequence[Measure]


def tiles(data: ReportData, t: Language, shown: Sequence[str]) -> list[Tile]:
    """The four tiles, with the policies of `shown`, by name if there are several."""
    return [
        Tile("success", t("Success"), _measures(data, t, shown, "survivors_5y", "cohort_success_rate")),
        Tile("export", t("Export"), _measures(data, t, shown, "exporters", "export_rate")),
        Tile("where", t("Regions: startups alive"), _regions(data, t, shown)),
        Tile("bill", t("Bill"), [*_measures(data, t, shown, "cost"), *_prices(data, t, shown)]),
    ]


def chance(t: Language, found: Estimate) -> tuple[str, str]:
    """The chance of a gain in words, and over what: countries that fit the facts or, with fixed parameters, chance."""
    state = state_of(found)
    if state == "nothing":
        return t("no change"), ""
    if state == "no interval":
        return t("too few worlds for a range"), ""
    if state in ("not defined", "older") or math.isnan(found.p_positive):
        return "", ""
    dearer, share = better_of(found.outcome) == "down", of_hundred(t, found.p_positive)
    told = t("dearer in {share} of 100", share=share) if dearer else t("a gain in {share} of 100", share=share)
    if found.verdict == "practically none":
        told = t("practically none: {chance}", chance=told)
    if not found.draws:
        return told, t("by chance")
    if found.few_draws:
        return told, t("by the {n} country tried", "by the {n} countries tried", n=found.draws)
    return told, t("countries that fit the facts")


def line(t: Language, name: str, found: Estimate) -> Line:
    """The line of a policy's effect, in the unit that people read, or why there is none."""
    if not found.defined:
        return Line(name, undefined(t, found.why))
    seen = found.scaled(shown_of(found.outcome).scale)
    value = t.number(seen.value, seen.decimals, signed=True)
    tone = {True: "good", False: "bad", None: ""}[found.welcome]
    return Line(name, value, between(t, seen, signed=True), *chance(t, found), tone, _short_chance(t, found))


def _short_chance(t: Language, found: Estimate) -> str:
    """The chance for a small screen, as `97/100`: words where it is none, nothing for few draws or a sure cost."""
    told = chance(t, found)[0]
    if found.verdict == "practically none":
        return t("practically none")
    if not told or math.isnan(found.p_positive) or found.nothing:
        return told
    if found.few_draws:
        return ""
    if better_of(found.outcome) == "down":
        return "" if found.verdict == "clear" else told
    return _fraction(found.p_positive)


def _fraction(share: float) -> str:
    """A probability as a fraction of a hundred in digits, never 0 or 100; it reads from left to right everywhere."""
    number = round(100 * share)
    digits = ">99" if number >= 100 else "<1" if number < 1 else f"{number}"
    return f"\N{LEFT-TO-RIGHT ISOLATE}{digits}/100\N{POP DIRECTIONAL ISOLATE}"


def between(t: Language, seen: Estimate, *, signed: bool) -> str:
    """The range of a finding in its own unit; empty where there is none."""
    if not math.isfinite(seen.low) or seen.low == seen.high:
        return ""
    low, high = (t.number(end, seen.decimals, signed=signed) for end in (seen.low, seen.high))
    return t("{low} to {high}", low=low, high=high)


def _measures(data: ReportData, t: Language, shown: Sequence[str], *outcomes: str) -> list[Measure]:
    return [
        Measure(
            heading(t, name, difference=True),
            [line(t, _name(data, key, shown), data.difference(key, name)) for key in shown],
        )
        for name in data.outcomes(*outcomes)
    ]


def _name(data: ReportData, key: str, shown: Sequence[str]) -> str:
    return data.name(key) if len(shown) > 1 else ""


# Regions


def _regions(data: ReportData, t: Language, shown: Sequence[str]) -> list[Measure]:
    """For each policy the regions that gain and those that lose."""
    regions = [name for name in geography().regions if data.outcomes(f"survivors_5y:{name}")]
    if not regions or data.study.older:
        return []
    return [Measure(data.name(key), _who(data, t, key, regions)) for key in shown]


def _who(data: ReportData, t: Language, key: str, regions: Sequence[str]) -> list[Line]:
    found = {name: data.difference(key, f"survivors_5y:{name}") for name in regions}
    lines = []
    for wanted, label, tone in ((1, t("More:"), "good"), (-1, t("Fewer:"), "bad")):
        moved = {name: one for name, one in found.items() if one.direction == wanted}
        named = sorted(moved, key=lambda name: -abs(moved[name].value))
        if named:
            told = {name: (t.place(name), amount(t, moved[name]), moved[name].effect.p_sign) for name in named}
            some = [told[name] for name in named[:MAX_REGIONS]]
            words = [
                t("{region} {amount}, {share} of 100", region=region, amount=size, share=of_hundred(t, share))
                for region, size, share in some
            ]
            short = [f"{region} {size} {_fraction(share)}" for region, size, share in some]
            if (rest := len(named) - MAX_REGIONS) > 0:
                others = t("and {n} more region", "and {n} more regions", n=rest)
                words, short = [*words, others], [*short, others]
            lines.append(Line(label, t("; ").join(words), tone=tone, short=t("; ").join(short)))
    same = sum(one.nothing for one in found.values())
    unsure = sum(one.defined and not one.direction and not one.nothing for one in found.values())
    if same == len(found):
        return [Line("", t("nothing changes in any region"))]
    if unsure and not lines:
        return [Line("", t("no region gains or loses for sure or likely"))]
    if unsure:
        lines.append(Line(t("Open:"), t("{n} region", "{n} regions", n=unsure)))
    return lines or [Line("", undefined(t, found[regions[0]].why))]


# Prices


def _prices(data: ReportData, t: Language, shown: Sequence[str]) -> list[Measure]:
    """What each additional startup costs, where more of both is bought."""
    if not data.outcomes("cost"):
        return []
    labels = {
        "survivors_5y": t("For each additional startup alive after five years, {currency} million"),
        "exporters": t("For each additional exporter, {currency} million"),
    }
    return [
        Measure(labels[effect], [_price(data, t, (key, effect), _name(data, key, shown)) for key in shown])
        for effect in PRICE_OF
        if data.outcomes(effect)
    ]


def _price(data: ReportData, t: Language, what: tuple[str, str], name: str) -> Line:
    """The line of a policy's price of an effect; `what` holds both keys."""
    key, effect = what
    price = data.price(key, PRICE_OF[effect])
    if not isinstance(price, Price):
        return Line(name, t("not told by these older tables"))
    if price.bargain == "not defined":
        return Line(name, undefined(t, data.why_undefined(key, PRICE_OF[effect])))
    if price.bargain != "price":
        return Line(name, no_price(t, price.bargain))
    low, high = (millions(t, end) for end in (price.low, price.high))
    middle = price.median if price.draws > 1 else price.value
    return Line(name, millions(t, middle), t("{low} to {high}", low=low, high=high))
