"""How a quantity is written: its number with the unit in words, `8 hours a month`, `4 %`, `MAD 38,600 a month`.

A declared unit has one phrase, with a plural where English has one; catalogues give it the plural forms of their
language. A range has the unit of its value: `2 to 10 hours a month`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from sim.words.language import NO_BREAK_SPACE, Language


class Phrase(NamedTuple):
    """The words around a number, for one and for many; what is stored times `scale` is written."""

    one: str
    many: str = ""
    scale: float = 1.0


THOUSAND = 1000.0
PHRASES = {
    "hubs": Phrase("{n} hub", "{n} hubs"),
    "km": Phrase("{n} km"),
    "startups": Phrase("{n} startup", "{n} startups"),
    "startups/year": Phrase("{n} startup a year", "{n} startups a year"),
    "missions/year": Phrase("{n} mission a year", "{n} missions a year"),
    "h/month": Phrase("{n} hour a month", "{n} hours a month"),
    "month": Phrase("{n} month", "{n} months"),
    "years": Phrase("{n} year", "{n} years"),
    "ties": Phrase("{n} tie", "{n} ties"),
    "1/month": Phrase("{n} a month"),
    "1/year": Phrase("{n} a year"),
    "share per year": Phrase("{n} % a year", scale=100),
    "s.d.": Phrase("{n} standard deviation", "{n} standard deviations"),
    "1/s.d.": Phrase("{n} per standard deviation"),
    "log points": Phrase("{n} log point", "{n} log points"),
    "log points/tie": Phrase("{n} log point per tie", "{n} log points per tie"),
    "log points/sqrt(year)": Phrase(
        "{n} log point per square root of a year", "{n} log points per square root of a year"
    ),
    "log/month": Phrase("{n} log point a month", "{n} log points a month"),
    "log/month/s.d.": Phrase(
        "{n} log point a month per standard deviation", "{n} log points a month per standard deviation"
    ),
    "1/log point": Phrase("{n} per log point"),
    "kMAD": Phrase("{currency} {n}", scale=THOUSAND),
    "kMAD/month": Phrase("{currency} {n} a month", scale=THOUSAND),
    "kMAD per hour": Phrase("{currency} {n} per hour", scale=THOUSAND),
    "kMAD per place": Phrase("{currency} {n} per place", scale=THOUSAND),
    "kMAD per place and year": Phrase("{currency} {n} per place and year", scale=THOUSAND),
    "kMAD per startup and mission": Phrase("{currency} {n} per startup and mission", scale=THOUSAND),
    "kMAD per startup and fair": Phrase("{currency} {n} per startup and fair", scale=THOUSAND),
}
"""The words of each declared unit that has some."""
WITHOUT_WORDS = ("-", "0-1", "correlation")
"""Units whose numbers stand alone."""
_FEW = 3
"""Below this, Arabic has forms that do not write the number; a range needs one that does, as a fraction has."""


def quantity(t: Language, values: Sequence[float], unit: str) -> str:
    """A value with its unit, or the two ends of a range with the unit that they share.

    Args:
        t: the language.
        values: one value, or the lower and the upper end.
        unit: the declared unit; one without words here stands behind the number as it is declared.
    """
    if unit == "share":
        ends = [t.percent(value, decimals(100 * value)) for value in values]
        return _between(t, ends)
    if unit == "month of the year":
        return _between(t, [t.month_of_year(round(value)) for value in values])
    phrase = PHRASES.get(unit)
    scaled = [value * (phrase.scale if phrase else 1) for value in values]
    text = _between(t, [t.number(value, decimals(value)) for value in scaled])
    if phrase is None:
        return text if unit in WITHOUT_WORDS else f"{text} {t.unit(unit)}"
    if not phrase.many:
        return t(phrase.one).format(n=text)
    if len(scaled) == 1 and not scaled[0] and unit == "missions/year":
        return t.pgettext("missions", "none")
    largest = scaled[-1] if len(scaled) == 1 or scaled[-1] >= _FEW else math.floor(scaled[-1]) + 0.5
    return t.counted(phrase.one, phrase.many, largest, text)


AROUND = {
    "%": "{value} %",
    "{currency} million": "{currency} {value} million",
    "{currency} million/year": "{currency} {value} million/year",
    "{currency} thousand/year": "{currency} {value} thousand/year",
}
"""How a number is written with a unit of an outcome that does not simply stand behind it."""


def with_unit(t: Language, value: str, unit: str) -> str:
    """A number of an outcome, or a number and its interval, with the unit in which people read it."""
    if unit in AROUND:
        return t(AROUND[unit], value=value)
    return f"{value}{NO_BREAK_SPACE}{t(unit)}" if unit not in ("", "index") else value


def decimals(value: float) -> int:
    """Number of decimals for about three significant digits, without trailing zeros."""
    if not value:
        return 0
    most = max(0, 2 - math.floor(math.log10(abs(value))))
    return next(count for count in range(most + 1) if count == most or math.isclose(round(value, count), value))


def _between(t: Language, ends: Sequence[str]) -> str:
    return ends[0] if len(ends) == 1 else t("{low} to {high}", low=ends[0], high=ends[1])
