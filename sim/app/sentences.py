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
    "{what} : aucun écart dans aucun monde.",
    "{what}: لا فرق في أي عالم.",
)
EARLY: Triple = (
    "{what}: one world is not enough to say.",
    "{what} : un seul monde ne suffit pas pour le dire.",
    "{what}: عالم واحد لا يكفي للحكم.",
)
UNDEFINED: Triple = ("{what}: not defined here.", "{what} : non défini ici.", "{what}: غير معرّف هنا.")
UNCLEAR: Triple = (
    "{what}: we cannot tell yet (between {low} fewer and {high} more{unit}).",
    "{what} : on ne peut pas encore le dire (entre {low} de moins et {high} de plus{unit}).",
    "{what}: لا يمكننا الجزم بعد (بين أقل بـ {low} وأكثر بـ {high}{unit}).",
)
MORE: Triple = (
    "{what}: between {low} and {high} more{unit}.",
    "{what} : entre {low} et {high} de plus{unit}.",
    "{what}: بين {low} و{high} أكثر{unit}.",
)
FEWER: Triple = (
    "{what}: between {low} and {high} fewer{unit}.",
    "{what} : entre {low} et {high} de moins{unit}.",
    "{what}: بين {low} و{high} أقل{unit}.",
)
ABOUT_MORE: Triple = ("{what}: {low} more{unit}.", "{what} : {low} de plus{unit}.", "{what}: {low} أكثر{unit}.")
ABOUT_FEWER: Triple = ("{what}: {low} fewer{unit}.", "{what} : {low} de moins{unit}.", "{what}: {low} أقل{unit}.")


@dataclass(frozen=True)
class Subject:
    """What an outcome's difference is about.

    Args:
        what: of whom is said what.
        scale: the difference is shown times this: 100 for a rate, 1e-6 for dirhams in millions.
        unit: what is counted, after the number.
    """

    what: Triple
    scale: float
    unit: Triple = ("", "", "")


SUBJECTS: dict[str, Subject] = {
    "cohort_success_rate": Subject(
        (
            "Of a hundred startups admitted, still operating five years later",
            "Sur cent startups admises, encore en activité cinq ans après",
            "من كل مئة شركة مقبولة، ما زالت تعمل بعد خمس سنوات",
        ),
        100,
    ),
    "survival_5y": Subject(
        (
            "Of a hundred startups founded, alive after five years",
            "Sur cent startups fondées, en vie après cinq ans",
            "من كل مئة شركة مؤسَّسة، قائمة بعد خمس سنوات",
        ),
        100,
    ),
    "export_rate": Subject(
        (
            "Of a hundred startups in hubs, exporting in 2034",
            "Sur cent startups en technopole, exportatrices en 2034",
            "من كل مئة شركة في المراكز، مصدِّرة في 2034",
        ),
        100,
    ),
    "exporters": Subject(
        ("Exporters in the country in 2034", "Exportatrices du pays en 2034", "المصدِّرة في البلاد في 2034"), 1
    ),
    "survivors_outside": Subject(
        (
            "Startups of 2025–2029 alive after five years outside Casablanca and Rabat",
            "Startups de 2025–2029 en vie après cinq ans hors Casablanca et Rabat",
            "شركات 2025–2029 القائمة بعد خمس سنوات خارج الدار البيضاء والرباط",
        ),
        1,
    ),
    "regional_balance": Subject(
        (
            "Of a hundred startups in hubs, outside Casablanca and Rabat",
            "Sur cent startups en technopole, hors Casablanca et Rabat",
            "من كل مئة شركة في المراكز، خارج الدار البيضاء والرباط",
        ),
        100,
    ),
    "cost": Subject(
        ("Cost of the policy until 2034", "Coût de la politique jusqu’en 2034", "كلفة السياسة حتى 2034"),
        1e-6,
        (" (MAD million)", " (millions de DH)", " (مليون درهم)"),
    ),
}
"""The outcomes that the page speaks of, in the order in which it does."""

SERIES_SUBJECT = {"outside_centre": "regional_balance"}
"""Outcome that belongs to a series of another name."""


def sentence(name: str, difference: Sequence[float | None], n: int, language: Language) -> str:
    """What is known of the difference of an outcome.

    Args:
        name: one of `SUBJECTS`.
        difference: mean, low and high end of its 95 % interval; None where not defined.
        n: number of worlds.
        language: of the sentence.
    """
    subject, at = SUBJECTS[name], ("en", "fr", "ar").index(language.code)
    what, unit = subject.what[at], subject.unit[at]
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
        return UNCLEAR[at].format(what=what, low=ends[0], high=ends[1], unit=unit)
    ends = language.number(near, decimals), language.number(far, decimals)
    several, one = (MORE, ABOUT_MORE) if low > 0 else (FEWER, ABOUT_FEWER)
    return (one if ends[0] == ends[1] else several)[at].format(what=what, low=ends[0], high=ends[1], unit=unit)


def _decimals(near: float, far: float) -> int:
    """Decimals that show an end of the interval with one figure, and the interval as one."""
    finest = min(value for value in (near, far - near, far) if value > 0)
    return min(2, max(0, -math.floor(math.log10(finest)))) if far < 10 else 0
