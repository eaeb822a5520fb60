"""The words for the numbers in the tables: an effect in a sentence, a verdict in a cell.

The words follow from the verdict and, where it names a direction, from the sign; never from the point estimate.
"""

from __future__ import annotations

import math
from typing import Literal

from sim.figures.words import Undefined
from sim.report.wording import Estimate
from sim.words.language import Language

State = Literal[
    "more", "less", "probably more", "probably less", "open", "slightly more", "slightly less", "same", "nothing",
    "few more", "few less", "few", "no interval", "older", "not defined",
]  # fmt: skip
"""What a sentence may say of an effect."""


def state_of(finding: Estimate) -> State:
    """The state of an effect, with its direction."""
    up, named = finding.effect.sign > 0, finding.leaning != 0
    if not finding.defined or finding.verdict == "not defined":
        return "not defined"
    if not math.isfinite(finding.low):
        return "no interval"
    match finding.verdict:
        case "clear":
            return "more" if up else "less"
        case "likely":
            return "probably more" if up else "probably less"
        case "practically none":
            if finding.nothing:
                return "nothing"
            return "same" if not named else "slightly more" if up else "slightly less"
        case "too few draws":
            return "few" if not named else "few more" if up else "few less"
        case "open":
            return "open"
        case _:
            return "older"


def alone(t: Language, policy: str, effect: Estimate) -> str:
    """What a policy does to a number of startups, as a sentence without its end."""
    state = state_of(effect)
    words = _undefined(t)[effect.why] if state == "not defined" else _alone(t)[state]
    return _filled(t, words, effect, policy=policy)


def opposed(t: Language, policy: str, other: str, contrast: Estimate) -> str:
    """A policy against another that costs the same, as a sentence without its end."""
    state = state_of(contrast)
    words = _undefined_between(t)[contrast.why] if state == "not defined" else _opposed(t)[state]
    return _filled(t, words, contrast, policy=policy, other=other)


def verdict_words(t: Language, finding: Estimate) -> str:
    """A verdict in few words for a cell: `likely, 91 of 100`; empty where there is none."""
    match state_of(finding):
        case "more" | "less":
            words = t("clear")
        case "probably more" | "probably less":
            words = (
                t("likely, in all {count} draws", count=t.number(finding.draws))
                if finding.all_of_few
                else t("likely, {share} of 100", share=of_hundred(t, finding.effect.p_sign))
            )
        case "open":
            words = t("open, above zero in {share} of 100", share=of_hundred(t, finding.p_positive))
        case "same" | "slightly more" | "slightly less":
            words = t("practically none")
        case "nothing":
            words = t("no change")
        case "few more" | "few less" | "few" | "no interval":
            words = t("too few draws") if finding.draws else t("too few worlds")
        case _:
            return ""
    return t("{words}; more worlds would help", words=words) if finding.blurred else words


def weighting(t: Language, weighted: tuple[float, int] | None) -> list[str]:
    """What weights of the draws mean for intervals, in a sentence; none if all draws count the same.

    Args:
        t: the language.
        weighted: effective and whole number of the draws; None if all count the same.
    """
    if weighted is None:
        return []
    return [
        t(
            "The draws are weighted by what else is known (weights.csv): the {all} draws are worth {effective} that "
            "count the same, and the worlds live under them in proportion to their weights.",
            effective=t.number(round(weighted[0])),
            all=t.number(weighted[1]),
        )
    ]


def of_hundred(t: Language, share: float) -> str:
    """A probability as a number out of a hundred, never 0 or 100."""
    if math.isnan(share):
        return "–"
    number = round(100 * share)
    if number >= 100:
        return t("more than 99")
    return t("fewer than 1") if number < 1 else t.number(number)


def _filled(t: Language, words: str, effect: Estimate, **names: str) -> str:
    """`words` with their places filled; of a loss the sizes are given, so that the ends change places."""
    state = state_of(effect)
    seen = effect.reversed if state in ("less", "probably less", "slightly less", "few less") else effect
    signed = state in ("open", "same", "few", "no interval", "older")
    value, low, high = (
        t.number(number, seen.decimals, signed=signed) if math.isfinite(number) else "–"
        for number in (seen.value, seen.low, seen.high)
    )
    what = t("exporters") if effect.outcome == "exporters" else t("startups alive after five years")
    told = words.format(value=value, low=low, high=high, what=what, **names)
    if state in ("open", "probably more", "probably less") and effect.blurred:
        return t("{clause}, and more worlds would say more", clause=told)
    return told


def _alone(t: Language) -> dict[State, str]:
    """The effect of one policy, by state."""
    more = t("“{policy}” adds {value} ({low} to {high}) {what}")
    less = t("“{policy}” has {value} ({low} to {high}) fewer {what}")
    none = t("“{policy}” has practically as many {what} ({low} to {high})")
    few = t("the worlds are too few to tell what “{policy}” does to the number of {what}")
    return {
        "more": more,
        "less": less,
        "probably more": t("“{policy}” probably adds {value} ({low} to {high}) {what}"),
        "probably less": t("“{policy}” probably has {value} ({low} to {high}) fewer {what}"),
        "open": t("it is not known whether “{policy}” adds {what} or takes them away ({low} to {high})"),
        "same": none,
        "slightly more": t("“{policy}” has practically as many {what}: {value} ({low} to {high}) more"),
        "slightly less": t("“{policy}” has practically as many {what}: {value} ({low} to {high}) fewer"),
        "nothing": t("“{policy}” has exactly as many {what}"),
        "few more": few,
        "few less": few,
        "few": few,
        "no interval": few,
        "older": t("“{policy}” changes the number of {what} by {value} (interval of the older kind, {low} to {high})"),
    }  # fmt: skip


def _undefined(t: Language) -> dict[Undefined, str]:
    """Why nothing is said of one policy."""
    return {
        "no row": t("the tables do not say what “{policy}” does to the number of {what}"),
        "no world": t("no world tells what “{policy}” does to the number of {what}"),
        "nobody": t("for “{policy}” the number of {what} is not defined: nobody is counted"),
    }


def _undefined_between(t: Language) -> dict[Undefined, str]:
    """Why nothing is said of a policy against another."""
    return {
        "no row": t("the tables do not say whether “{policy}” or “{other}” gives more {what}"),
        "no world": t("no world tells whether “{policy}” or “{other}” gives more {what}"),
        "nobody": t("for “{policy}” and “{other}” the number of {what} is not defined: nobody is counted"),
    }


def _opposed(t: Language) -> dict[State, str]:
    """A policy against another that costs the same, by state."""
    more = t("“{policy}” gives {value} ({low} to {high}) more {what} than “{other}”")
    less = t("“{policy}” gives {value} ({low} to {high}) fewer {what} than “{other}”")
    none = t("“{policy}” and “{other}” give practically as many {what}")
    few = t("the worlds are too few to tell whether “{policy}” or “{other}” gives more {what}")
    return {
        "more": more,
        "less": less,
        "probably more": t("“{policy}” probably gives {value} ({low} to {high}) more {what} than “{other}”"),
        "probably less": t("“{policy}” probably gives {value} ({low} to {high}) fewer {what} than “{other}”"),
        "open": t("it is not known whether “{policy}” or “{other}” gives more {what} ({low} to {high})"),
        "same": none,
        "slightly more": none,
        "slightly less": none,
        "nothing": t("“{policy}” and “{other}” give the same number of {what}"),
        "few more": few,
        "few less": few,
        "few": few,
        "no interval": few,
        "older": t("“{policy}” minus “{other}”: {value} {what} (interval of the older kind, {low} to {high})"),
    }
