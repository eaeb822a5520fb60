"""An effect and its verdict as a sentence that needs no interpretation.

"Of a hundred startups founded, probably 0.3 more (between 0.1 and 0.7; probability 96 %) are alive after five years."
*Practically none* and *not known* are different answers; each has its own words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.model.outcomes import shown_of
from sim.page.picture import Picture
from sim.studies import channels
from sim.studies.effect_distribution import FEW_DRAWS
from sim.studies.statistics import Effect
from sim.words.language import Language

RATES_OF_OTHERS = ("success_rate", "cohort_success_rate", "export_rate")
"""Rates of different startups under each policy; a remark says how to read them."""
SUBJECTS = (
    "success_rate", "cohort_success_rate", "export_rate", "survivors_5y", "survival_5y", "exporters",
    "survivors_outside", "regional_balance", "cost",
)  # fmt: skip
"""The outcomes with a sentence on the page, in their order."""
SERIES_SUBJECT = {"outside_centre": "regional_balance"}
"""Outcome for a series with another name."""
SIGN_SURE = 0.9
"""Smallest probability at which a sentence names the sign of an effect that is practically none."""


@dataclass(frozen=True)
class Subject:
    """The words for an outcome's difference, in one language.

    Args:
        what: the subject alone, before a colon.
        says: a sentence with places for the `amount` and for the `verb` before it.
    """

    what: str
    says: str


def subject_of(t: Language, name: str, end: str) -> Subject:
    """The words for the difference in one of `SUBJECTS`; `end` is the last year of the policies.

    English and French have `{verb}` and `{amount}` side by side: `probably `, `3 more`. In Arabic the verb, which
    says in which direction, begins the clause.
    """
    says = {
        "success_rate": Subject(
            t(
                "Of a hundred startups that lasted two years after admission (the operator’s count), those still "
                "operating after five"
            ),
            t(
                "Of a hundred startups that lasted two years after admission (the operator’s count), {verb}{amount} "
                "are still operating after five."
            ),
        ),
        "cohort_success_rate": Subject(
            t("Of a hundred startups admitted, those still operating five years later"),
            t("Of a hundred startups admitted, {verb}{amount} are still operating five years later."),
        ),
        "export_rate": Subject(
            t("Of a hundred startups in hubs, those exporting in {end}"),
            t("Of a hundred startups in hubs, {verb}{amount} export in {end}."),
        ),
        "survivors_5y": Subject(
            t("Of the startups founded from 2025 to 2029, those alive after five years"),
            t("Of the startups founded from 2025 to 2029, {verb}{amount} are alive after five years."),
        ),
        "survival_5y": Subject(
            t("Of a hundred startups founded, those alive after five years"),
            t("Of a hundred startups founded, {verb}{amount} are alive after five years."),
        ),
        "exporters": Subject(
            t("Exporting startups in the country in {end}"),
            t("Of all startups in the country, {verb}{amount} export in {end}."),
        ),
        "survivors_outside": Subject(
            t("Of the startups founded from 2025 to 2029 outside {main_cities}, those alive after five years"),
            t(
                "Of the startups founded from 2025 to 2029 outside {main_cities}, {verb}{amount} are alive after five "
                "years."
            ),
        ),
        "regional_balance": Subject(
            t("Of a hundred startups in hubs, those outside {main_cities}"),
            t("Of a hundred startups in hubs, {verb}{amount} are outside {main_cities}."),
        ),
        "cost": Subject(
            t("Cost of the policy until {end}"),
            t("Until {end}, the policy costs {verb}{amount}."),
        ),
    }[name]
    return Subject(says.what.replace("{end}", end), says.says.replace("{end}", end))


def sentences_of(picture: Picture, t: Language, end: str) -> dict[str, Any]:
    """The sentences for a picture, as data for JSON.

    `sentences` by outcome; `channels`: the origin of the differences in counts, as means over worlds, because only
    means add up; `rates`: remarks on `RATES_OF_OTHERS`. Two identical policies have one sentence, `same`.
    """
    shown = picture.shown
    if shown["same"]:
        same = t("Nothing changes: both policies are the same.")
        return {"sentences": {"same": same}, "channels": {}, "rates": ""}
    so_far = shown["worlds"] < shown["wanted"]
    return {
        "sentences": {
            name: sentence(name, picture.effects[name], t, end, so_far=so_far)
            for name in SUBJECTS
            if name in picture.effects
        },
        "channels": {
            name: t("On average {parts}.", parts=channels.sentence(t, name, means))
            for name, means in picture.channels.items()
        },
        "rates": t(
            "Rates of those admitted and of residents concern different startups under each policy: rank policies by "
            "survivors and exporters, which count the whole country."
        ),
    }


def sentence(name: str, found: Effect, t: Language, end: str, *, so_far: bool = False) -> str:
    """The sentence for the effect on an outcome.

    Args:
        name: one of `SUBJECTS`.
        found: the effect, in the outcome's unit.
        t: language of the sentence.
        end: the last year of the policies.
        so_far: whether more worlds will follow.
    """
    subject, numbers = subject_of(t, name, end), _Numbers(name, found, t)
    what, more_to_come = subject.what, t(" so far") if so_far else ""
    match found.verdict:
        case "not defined":
            text = t("{what}: not defined here.", what=what)
        case "too few draws":
            text = t("{what}: too few worlds{so_far} to say.", what=what, so_far=more_to_come)
        case "practically none" if found.low == found.high == 0:
            text = t("{what}: no difference in any world{so_far}.", what=what, so_far=more_to_come)
        case "practically none" if found.p_sign >= SIGN_SURE and numbers.visible:
            text = numbers.slight(what, more_to_come)
        case "practically none":
            between = numbers.range(unit=True)
            text = t("{what}: practically no difference{so_far}{range}.", what=what, so_far=more_to_come, range=between)
        case "open":
            between = numbers.range(numbers.chance_of_more, unit=True)
            text = t("{what}: not known which way{so_far}{range}.", what=what, so_far=more_to_come, range=between)
        case _:
            probably = t("probably ") if found.verdict == "likely" else ""
            rises, falls = t.pgettext("before a rise", "{probably}"), t.pgettext("before a fall", "{probably}")
            text = subject.says.format(
                verb=(rises if found.sign > 0 else falls).format(probably=probably),
                amount=numbers.amount + more_to_come + numbers.range(numbers.probability),
            )
    blurred = found.more_worlds_help and found.draws > 0 and found.verdict in ("likely", "open", "too few draws")
    return text + (t(" More than half of the spread is chance: more worlds would say more.") if blurred else "")


class _Numbers:
    """The numbers of an effect in words, as precise as its interval: rates in per cent, money in millions."""

    def __init__(self, name: str, found: Effect, t: Language):
        self.found, self.t, self.money = found, t, name == "cost"
        scale = shown_of(name).scale
        self.median, self.low, self.high = (scale * value for value in (found.median, found.low, found.high))
        self.decimals = _decimals(*sorted((abs(self.low), abs(self.high))))

    @property
    def visible(self) -> bool:
        """Whether the median is not rounded to zero."""
        return round(self.median, self.decimals) != 0

    @property
    def amount(self) -> str:
        """The median in words: `27 more`."""
        t, value = self.t, self._written(self.median)
        if self.money:
            more, less = t("{value} million {money} more", value=value), t("{value} million {money} less", value=value)
            return more if self.median > 0 else less
        return t("{value} more", value=value) if self.median > 0 else t("{value} fewer", value=value)

    def slight(self, what: str, so_far: str) -> str:
        """The sentence for an effect that is practically none but has a sure sign."""
        t = self.t
        forms = {
            (False, True): t("{what}: practically no difference{so_far}, {value} more{range}."),
            (False, False): t("{what}: practically no difference{so_far}, {value} fewer{range}."),
            (True, True): t("{what}: practically no difference{so_far}, {value} million {money} more{range}."),
            (True, False): t("{what}: practically no difference{so_far}, {value} million {money} less{range}."),
        }
        form = forms[self.money, self.median > 0]
        value, between = self._written(self.median), self.range(self.probability)
        return form.format(what=what, so_far=so_far, value=value, range=between)

    @property
    def probability(self) -> str:
        """The probability of the sign that the sentence names."""
        return self.t("probability {share} %", share=self._percent(self.found.p_sign))

    @property
    def chance_of_more(self) -> str:
        """The probability of a rise."""
        return self.t("probability of more: {share} %", share=self._percent(self.found.p_positive))

    def range(self, probability: str = "", *, unit: bool = False) -> str:
        """In brackets: `between 6 and 48; probability 97 %`, without the probability where there are too few draws.

        The `unit` of money is written where no amount before it has it.
        """
        across = self.low < 0 < self.high
        ends = self._written(self.low), self._written(self.high)
        low, high = ends[::-1] if self.high <= 0 else ends
        parts = [] if low == high and not across else [self._between(low, high, across=across, unit=unit)]
        if probability and not 0 < self.found.draws <= FEW_DRAWS:
            parts.append(probability)
        return f" ({self.t('; ').join(parts)})" if parts else ""

    def _between(self, low: str, high: str, *, across: bool, unit: bool) -> str:
        t = self.t
        if self.money and unit:
            form = t("between {low} and {high} million {money}")
            form = t("between {low} less and {high} million {money} more") if across else form
        elif self.money:
            form = t("between {low} less and {high} more") if across else t("between {low} and {high}")
        else:
            form = t("between {low} fewer and {high} more") if across else t("between {low} and {high}")
        return form.format(low=low, high=high)

    def _percent(self, share: float) -> str:
        return self.t("over 99") if share >= 0.995 else self.t.number(100 * share)

    def _written(self, value: float) -> str:
        return self.t.number(abs(value), self.decimals)


def _decimals(near: float, far: float) -> int:
    """Decimals that show an end of the interval with one digit, and the interval's width with one; 0 for NaN."""
    sizes = [value for value in (near, far - near, far) if value > 0]
    return min(2, max(0, -math.floor(math.log10(min(sizes))))) if sizes and far < 10 else 0
