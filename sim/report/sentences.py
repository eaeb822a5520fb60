"""The words for the numbers in the tables: an effect in a sentence, a verdict in a cell.

The words follow from the verdict and, where it names a direction, from the sign; never from the point estimate.
"""

from __future__ import annotations

import math
from typing import Literal

from sim.model.outcomes import shown_of
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


def clause(t: Language, policy: str, finding: Estimate) -> str:
    """The effect of a policy on a number of startups, as part of a sentence."""
    return _filled(t, _counts(t)[state_of(finding)], policy, finding)


def cost_clause(t: Language, policy: str, cost: Estimate) -> str:
    """The additional cost of a policy, as part of a sentence."""
    return _filled(t, _money(t)[state_of(cost)], policy, cost.scaled(shown_of("cost").scale))


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


def sure(t: Language, finding: Estimate) -> str:
    """The probability of the direction: over countries that fit the facts or, with fixed parameters, over chance."""
    number = of_hundred(t, finding.effect.p_sign)
    if not finding.draws:
        words = t("a probability of {share} in 100", share=number)
    elif finding.all_of_few:
        words = t("in all {count} countries tried", count=t.number(finding.draws))
    else:
        words = t("{share} of 100 countries that fit the facts", share=number)
    return t("{sure}, and more worlds would say more", sure=words) if finding.effect.more_worlds_help else words


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


def _filled(t: Language, words: str, policy: str, finding: Estimate) -> str:
    """`words` with their places filled; of a loss, the sizes are given, so that the ends change places."""
    state = state_of(finding)
    signed = state in ("open", "same", "few", "no interval", "older")
    seen = finding.reversed if state in ("less", "probably less", "slightly less", "few less") else finding
    decimals = seen.decimals
    value, low, high = (
        t.number(number, decimals, signed=signed) if math.isfinite(number) else ""
        for number in (seen.value, seen.low, seen.high)
    )
    text = words.format(
        policy=policy, value=value, low=low, high=high, sure=sure(t, finding), share=of_hundred(t, finding.p_positive)
    )
    return t("{clause}, and more worlds would say more", clause=text) if state == "open" and finding.blurred else text


def _counts(t: Language) -> dict[State, str]:
    """Words for a number of startups, by state."""
    return {
        "more": t("“{policy}” adds {value} ({low} to {high})"),
        "less": t("“{policy}” takes away {value} ({low} to {high})"),
        "probably more": t("“{policy}” probably adds {value} ({low} to {high}; {sure})"),
        "probably less": t("“{policy}” probably takes away {value} ({low} to {high}; {sure})"),
        "open": t("“{policy}” may add or take away: {low} to {high}, a gain in {share} of 100"),
        "same": t("“{policy}” changes practically nothing ({low} to {high})"),
        "slightly more": t("“{policy}” changes practically nothing: it adds {value} ({low} to {high})"),
        "slightly less": t("“{policy}” changes practically nothing: it takes away {value} ({low} to {high})"),
        "nothing": t("“{policy}” changes nothing"),
        "few more": t("“{policy}” adds {value} in the few worlds that there are ({low} to {high})"),
        "few less": t("“{policy}” takes away {value} in the few worlds that there are ({low} to {high})"),
        "few": t("“{policy}” changes {value} in the few worlds that there are ({low} to {high})"),
        "no interval": t("“{policy}” changes {value} in too few worlds for an interval"),
        "older": t("“{policy}”: {value} (interval of the older kind, {low} to {high})"),
        "not defined": t("for “{policy}” it is not defined"),
    }


def _money(t: Language) -> dict[State, str]:
    """Words for a cost in millions of the country's currency, by state."""
    return {
        "more": t("“{policy}” costs {currency} {value} million more ({low} to {high})"),
        "less": t("“{policy}” costs {currency} {value} million less ({low} to {high})"),
        "probably more": t("“{policy}” probably costs {currency} {value} million more ({low} to {high}; {sure})"),
        "probably less": t("“{policy}” probably costs {currency} {value} million less ({low} to {high}; {sure})"),
        "open": t("“{policy}” may cost more or less: {currency} {low} to {high} million, more in {share} of 100"),
        "same": t("“{policy}” costs practically the same ({currency} {low} to {high} million)"),
        "slightly more": t("“{policy}” costs practically the same: {currency} {value} million more ({low} to {high})"),
        "slightly less": t("“{policy}” costs practically the same: {currency} {value} million less ({low} to {high})"),
        "nothing": t("“{policy}” costs the same"),
        "few more": t(
            "“{policy}” costs {currency} {value} million more in the few worlds that there are ({low} to {high})"
        ),
        "few less": t(
            "“{policy}” costs {currency} {value} million less in the few worlds that there are ({low} to {high})"
        ),
        "few": t("“{policy}” costs {currency} {value} million in the few worlds that there are ({low} to {high})"),
        "no interval": t("“{policy}” costs {currency} {value} million, in too few worlds for an interval"),
        "older": t("“{policy}”: {currency} {value} million (interval of the older kind, {low} to {high})"),
        "not defined": t("for “{policy}” the cost is not known"),
    }
