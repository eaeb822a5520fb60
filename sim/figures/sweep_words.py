"""The words on the figures of sweeps, sensitivity and search, in English; `say` puts them in a language."""

from __future__ import annotations

import re
from typing import Any

from sim.declare import Declaration
from sim.figures.words import Words
from sim.model.outcomes import OUTCOMES, shown_of
from sim.scenario import schema
from sim.words.language import Language

TEXTS = {
    "heatmap.title": "What each combination leads to",
    "lines.title": "What changes along one factor",
    "gaps.title": "What each combination changes",
    "gaps.of_which": "of which {channel}",
    "gaps.drawn": "Above: median of the expected difference over {draws} draws of what the facts allow, chance taken "
    "out. Below: the probability that it is above zero.",
    "gaps.fixed": "Above: mean of the paired differences in {draws} worlds, parameters fixed. Below: the probability "
    "that it is above zero; it holds chance only.",
    "gaps.colour": "Strong colour: the direction is clear; pale: likely; none: not known, or practically nothing. Blue "
    "is wanted, orange is not. Framed: what the differences are from.",
    "gaps.saturation": "That each further hour adds less is assumed, not found: what a month of mentoring can teach is "
    "bounded in the model ({factor}).",
    "levels.title": "What each choice leads to",
    "levels.rows": "Each row: {factors}.",
    "replications": "Means over {count} replications; 95 % intervals hold chance only, parameters fixed.",
    "replications.drawn": "Means over {count} replications under {draws} draws of the parameters that the facts allow; "
    "95 % intervals over these draws, chance taken out.",
    "cell": "±{half}",
    "cell.note": "± behind a name: half-width of the 95 % interval of one cell; differences between cells are surer, "
    "because they share their worlds.",
    "points": "Points: policies that lie in this plane.",
    "band": "Line: mean. Band: its 95 % interval.",
    "lines.paired": "Difference from {point}, in the same worlds.",
    "lines.levels": "Each line: {factor}.",
    "lines.there": "level there: {value}",
    "paired.band": "Line: mean of the paired differences. Band: its 95 % interval, which leaves out what all points "
    "share; it holds chance only, parameters fixed.",
    "paired.count": "{count} replications.",
    "paired.band.drawn": "Line: mean of the paired differences. Band: 95 % of the draws, chance taken out.",
    "paired.drawn": "{count} replications under {draws} draws of the parameters that the facts allow.",
    "bar": "Point: mean. Bar: its 95 % interval.",
    "sobol.title": "What the uncertainty comes from",
    "morris.title": "Which parameters matter",
    "sobol.note": "Share of the variance of means. Filled: alone (S1). Hollow: with interactions (ST). Bars: 95 % "
    "bootstrap intervals.",
    "morris.note": "Mean absolute effect of moving a parameter across its range (mu*). Bars: 95 % bootstrap intervals.",
    "chance": "chance {share}",
    "chance.note": "Chance: its share of the variance of one run.",
    "chance.drawn.note": "Chance: its share of the variance of one run, with the parameters that are drawn for each "
    "world.",
    "frontier.title": "Policies that no other beats",
    "frontier.cost": "cost, MAD million (discounted)",
    "frontier.note": "Filled: on the frontier, in {count} fresh worlds, with 95 % intervals (chance only). Hollow: run "
    "again; dominated, or over budget. Grey dots: dominated or over budget in the search. Numbers: policies.",
    "frontier.note.drawn": "Filled: on the frontier, in {count} fresh worlds, with 95 % of the draws of the "
    "parameters, chance taken out. Hollow: run again; dominated, or over budget. Grey dots: dominated or over budget "
    "in the search. Numbers: policies.",
    "frontier.budget": "budget",
}


def say(words: Words, key: str, **values: Any) -> str:
    """The text of `key` in the language of `words`."""
    return words.language(TEXTS[key], **values)


def over_worlds(words: Words, replications: int, draws: int) -> str:
    """Over how many worlds means are taken, and what their intervals hold; without draws the parameters are fixed."""
    count = words.number(replications)
    if not draws:
        return say(words, "replications", count=count)
    return say(words, "replications.drawn", count=count, draws=words.number(draws))


def outcome_name(words: Words, outcome: str, *, difference: bool = False) -> str:
    """An outcome and its unit, or the unit of a difference, for a heading."""
    label, unit = outcome_label(words, outcome), shown_of(outcome).beside(difference=difference)
    return f"{label} ({words.language(unit)})" if unit else label


def outcome_label(words: Words, outcome: str) -> str:
    """An outcome without its unit, and the place that it is of."""
    name, _, place = outcome.partition(":")
    label = words.language(OUTCOMES[name].label) if name in OUTCOMES else name.replace("_", " ")
    return f"{label}, {words.language.place(place)}" if place else label


def factor_label(words: Words, path: str) -> str:
    """A factor's short name; what it means where it has none, and the last part of a path that is no parameter's."""
    declaration = schema().declarations.get(path)
    if declaration and declaration.short:
        named = words.language(declaration.short)
        return named[:1].lower() + named[1:]
    if path.endswith(".enabled") and declaration:  # alike in all mechanisms
        return f"{path.removesuffix('.enabled').replace('_', ' ')}: {phrase(words.language, declaration)}"
    return phrase(words.language, declaration) if declaration else path.rpartition(".")[2].replace("_", " ")


def phrase(t: Language, declaration: Declaration) -> str:
    """A parameter's meaning as a phrase in the middle of a sentence, without its further remarks."""
    meaning = re.split("[;؛]", t(declaration.meaning))[0].strip(" .\N{NARROW NO-BREAK SPACE}")
    return meaning[:1].lower() + meaning[1:]


def factor_name(words: Words, path: str) -> str:
    """A factor's short name and unit, for an axis."""
    declaration = schema().declarations.get(path)
    unit = words.language(declaration.unit) if declaration else "-"
    name = factor_label(words, path)
    return name if unit == "-" or unit in name else f"{name} ({unit})"
