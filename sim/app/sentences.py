"""A difference and its interval, as a sentence that nobody has to interpret.

"Of a hundred startups founded, between 2 and 5 more are alive after five years." When the interval holds zero, the
sentence says that we cannot tell yet, and between what the difference may lie.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.language import Language

Triple = tuple[str, str, str]

SAME: Triple = (
    "Nothing changes: both policies are the same.",
    "Rien ne change : les deux politiques sont les mêmes.",
    "لا شيء يتغير: السياستان متطابقتان.",
)
NONE: Triple = (
    "{what}: no difference in any world.",
    "{what} : aucun écart, dans aucun des mondes.",
    "{what}: لا فرق في أي عالم.",
)
EARLY: Triple = (
    "{what}: one world is not enough to say.",
    "{what} : un seul monde ne suffit pas pour le dire.",
    "{what}: عالم واحد لا يكفي للحكم.",
)
UNDEFINED: Triple = ("{what}: not defined here.", "{what} : non défini ici.", "{what}: غير معرّف هنا.")
UNCLEAR: Triple = (
    "{what}: we cannot tell yet (between {low} {fewer} and {high}{unit} more).",
    "{what} : on ne peut pas encore trancher (entre {low} de moins et {high}{unit} de plus).",
    "{what}: لا يمكن الجزم بعد (بين نقصان قدره {low} وزيادة قدرها {high}{unit}).",
)
MORE: Triple = (
    "between {low} and {high}{unit} more",
    "entre {low} et {high}{unit} de plus",
    "بما بين {low} و{high}{unit}",
)
FEWER: Triple = ("between {low} and {high}{unit} {fewer}", "entre {low} et {high}{unit} de moins", MORE[2])
ABOUT_MORE: Triple = ("{low}{unit} more", "{low}{unit} de plus", "بمقدار {low}{unit}")
ABOUT_FEWER: Triple = ("{low}{unit} {fewer}", "{low}{unit} de moins", ABOUT_MORE[2])
RISES, FALLS = "يزيد", "ينقص"
"""Arabic says by a verb in which direction."""


@dataclass(frozen=True)
class Subject:
    """What an outcome's difference is about.

    Args:
        what: the subject alone, before a colon.
        says: a sentence with the `amount` and, in Arabic, its `verb`; `end` is the last year.
        scale: the difference is shown times this: 100 for a rate, 1e-6 for dirhams in millions.
        unit: what is counted, after the number.
        fewer: English counts fewer startups and less money.
    """

    what: Triple
    says: Triple
    scale: float
    unit: Triple = ("", "", "")
    fewer: str = "fewer"


SUBJECTS: dict[str, Subject] = {
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
        100,
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
        100,
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
        100,
    ),
    "exporters": Subject(
        (
            "Exporting startups in the country in {end}",
            "Startups exportatrices du pays en {end}",
            "عدد الشركات المصدِّرة في البلاد سنة {end}",
        ),
        (
            "In the whole country, {amount} startups export in {end}.",
            "Dans tout le pays, {amount} exportent en {end}.",
            "في البلاد كلها، {verb} عدد الشركات المصدِّرة سنة {end} {amount}.",
        ),
        1,
        ("", " startups", ""),
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
        1,
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
        100,
    ),
    "cost": Subject(
        ("Cost of the policy until {end}", "Coût de la politique jusqu’en {end}", "مجموع كلفة السياسة حتى سنة {end}"),
        (
            "Until {end}, the policy costs {amount}.",
            "D’ici {end}, la politique coûte {amount}.",
            "{verb} مجموع كلفة السياسة حتى سنة {end} {amount}.",
        ),
        1e-6,
        (" million dirhams", " millions de dirhams", " مليون درهم"),
        "less",
    ),
}
"""The outcomes that the page speaks of, in the order in which it does."""

SERIES_SUBJECT = {"outside_centre": "regional_balance"}
"""Outcome that belongs to a series of another name."""


def sentence(name: str, difference: Sequence[float | None], n: int, language: Language, end: str) -> str:
    """What is known of the difference of an outcome.

    Args:
        name: one of `SUBJECTS`.
        difference: mean, low and high end of its 95 % interval; None where not defined.
        n: number of worlds.
        language: of the sentence.
        end: the last year of the policies.
    """
    subject, at = SUBJECTS[name], ("en", "fr", "ar").index(language.code)
    what, unit = subject.what[at].format(end=end), subject.unit[at]
    mean, low, high = (None if value is None else value * subject.scale for value in difference)
    if mean is None or n == 0:
        return UNDEFINED[at].format(what=what)
    if low is None or high is None:
        return EARLY[at].format(what=what)
    if low == high == 0:
        return NONE[at].format(what=what)
    near, far = sorted((abs(low), abs(high)))
    decimals = _decimals(near, far)
    if low <= 0 <= high:
        ends = language.number(-low, decimals), language.number(high, decimals)
        return UNCLEAR[at].format(what=what, low=ends[0], high=ends[1], unit=unit, fewer=subject.fewer)
    ends = language.number(near, decimals), language.number(far, decimals)
    several, one = (MORE, ABOUT_MORE) if low > 0 else (FEWER, ABOUT_FEWER)
    form = (one if ends[0] == ends[1] else several)[at]
    amount = form.format(low=ends[0], high=ends[1], unit=unit, fewer=subject.fewer)
    return subject.says[at].format(amount=amount, verb=RISES if low > 0 else FALLS, end=end)


def _decimals(near: float, far: float) -> int:
    """Decimals that show an end of the interval with one figure, and the interval as one."""
    finest = min(value for value in (near, far - near, far) if value > 0)
    return min(2, max(0, -math.floor(math.log10(finest)))) if far < 10 else 0
