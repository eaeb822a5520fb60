"""An effect and its verdict, as a sentence that nobody has to interpret.

"Of a hundred startups founded, probably 0.3 more (between 0.1 and 0.7; probability 96 %) are alive after five years."
What is practically nothing and what is not known are different answers, and each has its own words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.model.outcomes import shown_of
from sim.page.picture import Picture
from sim.studies import channels
from sim.studies.statistics import FEW_DRAWS, Effect
from sim.words.language import LANGUAGES, Language

Triple = tuple[str, str, str]

SAME: Triple = (
    "Nothing changes: both policies are the same.",
    "Rien ne change : les deux politiques sont les mêmes.",
    "لا شيء يتغير: السياستان متطابقتان.",
)
RATES: Triple = (
    "Rates of those admitted and of residents concern different startups under each policy: rank policies by "
    "survivors and exporters, which count the whole country.",
    "Les taux des startups admises et des résidentes ne portent pas sur les mêmes startups d’une politique à l’autre : "
    "classez les politiques selon les survivantes et les exportatrices, comptées dans tout le pays.",
    "لا تخص نسب الشركات المقبولة والمقيمة الشركات نفسها في السياستين: رتّب السياسات حسب عدد الشركات الباقية والمصدِّرة "
    "الذي يشمل البلاد كلها.",
)
"""What has to be known to read `RATES_OF_OTHERS`."""
RATES_OF_OTHERS = ("success_rate", "cohort_success_rate", "export_rate")
CHANNELS: Triple = ("On average {parts}.", "En moyenne {parts}.", "في المتوسط {parts}.")
"""Where a difference comes from: means over worlds, since only these add up."""
NOTHING: Triple = (
    "{what}: no difference in any world{so_far}.",
    "{what} : aucun écart, dans aucun des mondes{so_far}.",
    "{what}: لا فرق في أي عالم{so_far}.",
)
PRACTICALLY_NONE: Triple = (
    "{what}: practically no difference{so_far}{range}.",
    "{what} : pratiquement aucun écart{so_far}{range}.",
    "{what}: لا فرق يُذكر{so_far}{range}.",
)
BUT_SURE: Triple = (
    "{what}: practically no difference{so_far}, {amount}{range}.",
    "{what} : pratiquement aucun écart{so_far}, {amount}{range}.",
    "{what}: لا فرق يُذكر{so_far}، {amount}{range}.",
)
TOO_FEW: Triple = (
    "{what}: too few worlds{so_far} to say.",
    "{what} : trop peu de mondes{so_far} pour le dire.",
    "{what}: عدد العوالم{so_far} لا يكفي للحكم.",
)
UNDEFINED: Triple = ("{what}: not defined here.", "{what} : non défini ici.", "{what}: غير معرّف هنا.")
OPEN: Triple = (
    "{what}: not known which way{so_far}{range}.",
    "{what} : on ne sait pas{so_far} dans quel sens{range}.",
    "{what}: لا يُعرف{so_far} هل يزيد أم ينقص{range}.",
)
SO_FAR: Triple = (" so far", " pour l’instant", " حتى الآن")
PROBABLY: Triple = ("probably ", "probablement ", "يُرجَّح أن ")
MORE: Triple = ("{value}{unit} more", "{value}{unit} de plus", "بمقدار {value}{unit}")
FEWER: Triple = ("{value}{unit} {fewer}", "{value}{unit} de moins", MORE[2])
BIT_MORE: Triple = (*MORE[:2], "بزيادة قدرها {value}{unit}")
BIT_FEWER: Triple = (*FEWER[:2], "بنقصان قدره {value}{unit}")
BETWEEN: Triple = ("between {low} and {high}{unit}", "entre {low} et {high}{unit}", "بين {low} و{high}{unit}")
ACROSS: Triple = (
    "between {low} {fewer} and {high}{unit} more",
    "entre {low} de moins et {high}{unit} de plus",
    "بين نقصان قدره {low} وزيادة قدرها {high}{unit}",
)
PROBABILITY: Triple = ("probability {share} %", "probabilité de {share}\u00a0%", "باحتمال {share}٪")
RISE: Triple = (
    "probability of more: {share} %",
    "probabilité d’une hausse\u00a0: {share}\u00a0%",
    "احتمال الزيادة: {share}٪",
)
OVER: Triple = ("over 99", "plus de 99", "يفوق 99")
SEPARATOR: Triple = ("; ", "\u202f; ", "؛ ")
CHANCE: Triple = (
    " More than half of the spread is chance: more worlds would say more.",
    " Plus de la moitié de la dispersion tient au hasard : davantage de mondes en diraient plus.",
    " أكثر من نصف التشتت من فعل الصدفة: عوالم أكثر تقول أكثر.",
)
RISES, FALLS = "يزيد", "ينقص"
"""Arabic says by a verb in which direction."""
SIGN_SURE = 0.9
"""Probability from which on the sign of what is practically nothing is told."""


@dataclass(frozen=True)
class Subject:
    """What an outcome's difference is about.

    Args:
        what: the subject alone, before a colon.
        says: a sentence with the `amount` and, in Arabic, its `verb`; `end` is the last year.
        unit: what is counted, after the number.
        fewer: English counts fewer startups and less money.
    """

    what: Triple
    says: Triple
    unit: Triple = ("", "", "")
    fewer: str = "fewer"


SUBJECTS: dict[str, Subject] = {
    "success_rate": Subject(
        (
            "Of a hundred startups that lasted two years after admission (the operator’s count), those still operating "
            "after five",
            "Sur cent startups encore en activité deux ans après leur admission (façon de l’opérateur), celles qui le "
            "sont après cinq ans",
            "من كل مئة شركة ما زالت نشيطة بعد سنتين من قبولها (بطريقة عد المشغِّل)، عدد المستمرة بعد خمس سنوات",
        ),
        (
            "Of a hundred startups that lasted two years after admission (the operator’s count), {amount} are still "
            "operating after five.",
            "Sur cent startups encore en activité deux ans après leur admission (façon de l’opérateur), {amount} le "
            "sont après cinq ans.",
            "من كل مئة شركة ما زالت نشيطة بعد سنتين من قبولها (بطريقة عد المشغِّل)، {verb} عدد المستمرة بعد خمس سنوات "
            "{amount}.",
        ),
    ),
    "cohort_success_rate": Subject(
        (
            "Of a hundred startups admitted, those still operating five years later",
            "Sur cent startups admises, celles encore en activité cinq ans plus tard",
            "من كل مئة شركة مقبولة، عدد المستمرة في نشاطها بعد خمس سنوات",
        ),
        (
            "Of a hundred startups admitted, {amount} are still operating five years later.",
            "Sur cent startups admises, {amount} sont encore en activité cinq ans plus tard.",
            "من كل مئة شركة مقبولة، {verb} عدد المستمرة في نشاطها بعد خمس سنوات {amount}.",
        ),
    ),
    "export_rate": Subject(
        (
            "Of a hundred startups in hubs, those exporting in {end}",
            "Sur cent startups hébergées en technopole, celles qui exportent en {end}",
            "من كل مئة شركة مقيمة في المراكز، عدد المصدِّرة منها سنة {end}",
        ),
        (
            "Of a hundred startups in hubs, {amount} export in {end}.",
            "Sur cent startups hébergées en technopole, {amount} exportent en {end}.",
            "من كل مئة شركة مقيمة في المراكز، {verb} عدد المصدِّرة منها سنة {end} {amount}.",
        ),
    ),
    "survivors_5y": Subject(
        (
            "Of the startups founded from 2025 to 2029, those alive after five years",
            "Parmi les startups créées de 2025 à 2029, celles en vie après cinq ans",
            "من الشركات المؤسَّسة بين 2025 و2029، عدد القائمة بعد خمس سنوات",
        ),
        (
            "Of the startups founded from 2025 to 2029, {amount} are alive after five years.",
            "Parmi les startups créées de 2025 à 2029, {amount} sont en vie après cinq ans.",
            "من الشركات المؤسَّسة بين 2025 و2029، {verb} عدد القائمة بعد خمس سنوات {amount}.",
        ),
    ),
    "survival_5y": Subject(
        (
            "Of a hundred startups founded, those alive after five years",
            "Sur cent startups créées, celles en vie après cinq ans",
            "من كل مئة شركة مؤسَّسة، عدد القائمة منها بعد خمس سنوات",
        ),
        (
            "Of a hundred startups founded, {amount} are alive after five years.",
            "Sur cent startups créées, {amount} sont en vie après cinq ans.",
            "من كل مئة شركة مؤسَّسة، {verb} عدد القائمة منها بعد خمس سنوات {amount}.",
        ),
    ),
    "exporters": Subject(
        (
            "Exporting startups in the country in {end}",
            "Startups exportatrices du pays en {end}",
            "عدد الشركات المصدِّرة في البلاد سنة {end}",
        ),
        (
            "Of all startups in the country, {amount} export in {end}.",
            "De toutes les startups du pays, {amount} exportent en {end}.",
            "في البلاد كلها، {verb} عدد الشركات المصدِّرة سنة {end} {amount}.",
        ),
    ),
    "survivors_outside": Subject(
        (
            "Of the startups founded from 2025 to 2029 outside Casablanca and Rabat, those alive after five years",
            "Parmi les startups créées de 2025 à 2029 hors de Casablanca et de Rabat, celles en vie après cinq ans",
            "من الشركات المؤسَّسة بين 2025 و2029 خارج الدار البيضاء والرباط، عدد القائمة بعد خمس سنوات",
        ),
        (
            "Of the startups founded from 2025 to 2029 outside Casablanca and Rabat, {amount} are alive after five "
            "years.",
            "Parmi les startups créées de 2025 à 2029 hors de Casablanca et de Rabat, {amount} sont en vie après cinq "
            "ans.",
            "من الشركات المؤسَّسة بين 2025 و2029 خارج الدار البيضاء والرباط، {verb} عدد القائمة بعد خمس سنوات {amount}.",
        ),
    ),
    "regional_balance": Subject(
        (
            "Of a hundred startups in hubs, those outside Casablanca and Rabat",
            "Sur cent startups hébergées en technopole, celles qui le sont hors de Casablanca et de Rabat",
            "من كل مئة شركة مقيمة في المراكز، عدد المقيمة خارج الدار البيضاء والرباط",
        ),
        (
            "Of a hundred startups in hubs, {amount} are outside Casablanca and Rabat.",
            "Sur cent startups hébergées en technopole, {amount} le sont hors de Casablanca et de Rabat.",
            "من كل مئة شركة مقيمة في المراكز، {verb} عدد المقيمة خارج الدار البيضاء والرباط {amount}.",
        ),
    ),
    "cost": Subject(
        ("Cost of the policy until {end}", "Coût de la politique jusqu’en {end}", "مجموع كلفة السياسة حتى سنة {end}"),
        (
            "Until {end}, the policy costs {amount}.",
            "D’ici {end}, la politique coûte {amount}.",
            "{verb} مجموع كلفة السياسة حتى سنة {end} {amount}.",
        ),
        (" million dirhams", " millions de dirhams", " مليون درهم"),
        "less",
    ),
}
"""The outcomes that the page speaks of, in the order in which it does."""

SERIES_SUBJECT = {"outside_centre": "regional_balance"}
"""Outcome that belongs to a series of another name."""


def tell(picture: Picture, language: Language, end: str) -> dict[str, Any]:
    """What is said of a picture, for JSON.

    `sentences` by outcome; `channels`, where the differences of counts come from; `rates`, what has to be known of
    `RATES_OF_OTHERS`. Two policies that are the same have one sentence, `same`.
    """
    shown, at = picture.shown, _place(language)
    if shown["same"]:
        return {"sentences": {"same": SAME[at]}, "channels": {}, "rates": ""}
    so_far = shown["worlds"] < shown["wanted"]
    return {
        "sentences": {
            name: sentence(name, picture.effects[name], language, end, so_far=so_far)
            for name in SUBJECTS
            if name in picture.effects
        },
        "channels": {
            name: CHANNELS[at].format(parts=channels.sentence(language, name, means))
            for name, means in picture.channels.items()
        },
        "rates": RATES[at],
    }


def sentence(name: str, found: Effect, language: Language, end: str, *, so_far: bool = False) -> str:
    """What may be said of the effect on an outcome.

    Args:
        name: one of `SUBJECTS`.
        found: the effect, in the outcome's unit.
        language: of the sentence.
        end: the last year of the policies.
        so_far: whether more worlds are coming.
    """
    subject, at = SUBJECTS[name], _place(language)
    told = _Numbers(name, found, language)
    parts = {"what": subject.what[at].format(end=end), "so_far": SO_FAR[at] if so_far else ""}
    match found.verdict:
        case "not defined":
            form = UNDEFINED
        case "too few draws":
            form = TOO_FEW
        case "practically none" if found.low == found.high == 0:
            form = NOTHING
        case "practically none" if found.p_sign >= SIGN_SURE and told.visible:
            form = BUT_SURE
            parts |= {"amount": told.amount(BIT_MORE, BIT_FEWER), "range": told.range(PROBABILITY)}
        case "practically none":
            form = PRACTICALLY_NONE
            parts |= {"range": told.range(unit=subject.unit[at])}
        case "open":
            form = OPEN
            parts |= {"range": told.range(RISE, subject.unit[at])}
        case _:
            form = subject.says
            probably = PROBABLY[at] if found.verdict == "likely" else ""
            amount = told.amount(MORE, FEWER) + parts["so_far"] + told.range(PROBABILITY)
            verb = probably + (RISES if found.sign > 0 else FALLS)
            parts |= {"amount": amount if language.code == "ar" else probably + amount, "verb": verb, "end": end}
    blurred = found.more_worlds_help and found.draws > 0 and found.verdict in ("likely", "open", "too few draws")
    return form[at].format(**parts) + (CHANCE[at] if blurred else "")


def _place(language: Language) -> int:
    return LANGUAGES.index(language.code)


class _Numbers:
    """The numbers of an effect, as precise as its interval, in words."""

    def __init__(self, outcome: str, found: Effect, language: Language):
        self.subject, self.found, self.language, self.at = SUBJECTS[outcome], found, language, _place(language)
        scale = shown_of(outcome).scale
        self.median, self.low, self.high = (scale * value for value in (found.median, found.low, found.high))
        self.decimals = _decimals(*sorted((abs(self.low), abs(self.high))))

    @property
    def visible(self) -> bool:
        """Whether the median is not rounded to nothing."""
        return round(self.median, self.decimals) != 0

    def amount(self, more: Triple, fewer: Triple) -> str:
        """The median: `27 startups more`."""
        return (more if self.median > 0 else fewer)[self.at].format(
            value=self._written(self.median), unit=self.subject.unit[self.at], fewer=self.subject.fewer
        )

    def range(self, probability: Triple | None = None, unit: str = "") -> str:
        """In brackets: `between 6 and 48; probability 97 %`.

        The probability of the sign that is told (`PROBABILITY`) or of more (`RISE`) is left out where there are too
        few draws for one.
        """
        low, high = self._written(self.low), self._written(self.high)
        across = self.low < 0 < self.high
        if self.high <= 0:
            low, high = high, low
        form = (ACROSS if across else BETWEEN)[self.at]
        told = (
            [] if low == high and not across else [form.format(low=low, high=high, unit=unit, fewer=self.subject.fewer)]
        )
        if probability is not None and not 0 < self.found.draws <= FEW_DRAWS:
            share = self.found.p_positive if probability is RISE else self.found.p_sign
            percent = OVER[self.at] if share >= 0.995 else self.language.number(100 * share)
            told.append(probability[self.at].format(share=percent))
        return f" ({SEPARATOR[self.at].join(told)})" if told else ""

    def _written(self, value: float) -> str:
        return self.language.number(abs(value), self.decimals)


def _decimals(near: float, far: float) -> int:
    """Decimals that show an end of the interval with one figure, and the interval as one; NaN has none."""
    sizes = [value for value in (near, far - near, far) if value > 0]
    return min(2, max(0, -math.floor(math.log10(min(sizes))))) if sizes and far < 10 else 0
