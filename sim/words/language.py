"""The languages of the texts for people: words, numbers, months and lists in English, French and Arabic.

The code holds the English text beside what it describes: parameters, outcomes, figures, the report. The other languages
are gettext catalogues, `sim/words/locale/<code>.po`, whose headers have the plural rules.

    t = language("fr")
    t("{n} replication", "{n} replications", n=3)      # 3 réplications
    t("cost, {currency} million")                      # coût, MDH
    t.number(1234.5, 1)                                # 1 234,5

The tables of the country hold its name, currency, hubs and regions: `{currency}` (MAD), `{money}` (dirhams),
`{network_hub}` and `{network_hubs}` (Technopark, Technoparks in French), `{centre}` (its central regions) and
`{main_cities}` (their main cities) are filled in every text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from pathlib import Path

from sim.country.data import folder, table

LANGUAGES = ("en", "fr", "ar")
MINUS, NARROW_SPACE, NO_BREAK_SPACE = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
_LOCALES = {"en": "en", "fr": "fr_MA", "ar": "ar_MA"}
_OF_COUNTRY = re.compile(r"\{(currency|money|network_hubs?|centre|main_cities)\}")
_HUBS = {"en": ("hub", "hubs"), "fr": ("hub", "hubs"), "ar": ("مركز", "المراكز")}
"""One hub, and the hubs of the network, in a country that has no name of its own for them."""


@dataclass(frozen=True)
class Language:
    """One language with its number format; call it with an English text to translate."""

    code: str
    catalogue: NullTranslations

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, as in HTML."""
        return "rtl" if self.code == "ar" else "ltr"

    @property
    def decimal(self) -> str:
        """Decimal sign."""
        return "." if self.code == "en" else ","

    @property
    def thousands(self) -> str:
        """Separator between groups of three digits; Moroccans write 1 234 567 in French and Arabic."""
        return "," if self.code == "en" else NARROW_SPACE

    def __call__(self, text: str, plural: str | None = None, /, n: float | None = None, **values: object) -> str:
        """The translation of `text` with its places filled; English where the catalogue has none.

        With `plural`, the form for `n`; `{n}` is written in the number format of the language.
        """
        if plural is not None and n is not None:
            return self.counted(text, plural, n, self.number(n, _decimals(n)), **values)
        found = self._of_country(self.catalogue.gettext(text)) if text else ""
        if n is not None:
            values["n"] = self.number(n, _decimals(n))
        return found.format(**values) if values else found

    def counted(self, text: str, plural: str, n: float, shown: str, **values: object) -> str:
        """The form of a text for `n`, with `shown` in the place of the number.

        A fraction is plural in English. In Arabic it has the form of its whole part from three on, and below that one
        which writes the number: the forms for one and two do not.
        """
        form = int(abs(n))
        if abs(n) != form:
            form = 2 if self.code == "en" else 100 if self.code == "ar" and form < 3 else form
        found = self._of_country(self.catalogue.ngettext(text, plural, form))
        return found.format(**values | {"n": shown})

    def _of_country(self, text: str) -> str:
        return _OF_COUNTRY.sub(lambda place: self.country(place[1]), text)

    def pgettext(self, context: str, text: str) -> str:
        """The translation of a text whose translation depends on `context`; its places are not filled."""
        return self.catalogue.pgettext(context, text)

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """`value` in the number format of the language: `12,500`, `+0.4`, `−3`; never a negative zero."""
        text = f"{abs(value):,.{decimals}f}".translate({ord(","): self.thousands, ord("."): self.decimal})
        if not text.strip("0" + self.thousands + self.decimal):
            return text
        sign = MINUS if value < 0 else "+" if signed else ""
        mark = LEFT_TO_RIGHT if sign and self.direction == "rtl" else ""
        return mark + sign + text

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share as `59 %`."""
        return self.number(100 * share, decimals) + ("" if self.code == "ar" else NO_BREAK_SPACE) + "%"

    def typeset(self, text: str) -> str:
        """Text that a person typed (a name, a description), with the apostrophes and spaces of the language."""
        if self.code != "fr":
            return text
        curly = re.sub(r"(?<=\w)'(?=\w)", "\N{RIGHT SINGLE QUOTATION MARK}", text)
        return re.sub(r" (?=[;?!])", NARROW_SPACE, re.sub(r" (?=[:»])|(?<=«) ", NO_BREAK_SPACE, curly))

    def month(self, month: str) -> str:
        """`2024-06` as `June 2024`, `juin 2024` or, in the Moroccan calendar's words, `يونيو 2024`."""
        from babel.dates import format_date

        year, number = month.split("-")
        return format_date(date(int(year), int(number), 1), "MMMM y", locale=_LOCALES[self.code])

    def month_of_year(self, number: int) -> str:
        """The name of a month, from 1 for January: `April`, `avril`, `أبريل`."""
        from datetime import date

        from babel.dates import format_date

        return format_date(date(2000, number, 1), "LLLL", locale=_LOCALES[self.code])

    def date(self, day: date) -> str:
        """A day as `27 November 2026`, `27 novembre 2026` or `27 نوفمبر 2026`."""
        from babel.dates import format_date

        return format_date(day, "d MMMM y", locale=_LOCALES[self.code])

    def listed(self, items: list[str]) -> str:
        """`a, b, and c`."""
        from babel.lists import format_list

        return format_list(items, locale=_LOCALES[self.code]) if items else ""

    def unit(self, declared: str) -> str:
        """A declared unit for people: `kMAD/month`, where MAD is replaced by the country's currency."""
        return self(unit_text(declared))

    def place(self, name: str) -> str:
        """The name of a region, city or hub in the language; the name in the tables if it has none."""
        return _places(self.code, folder()).get(name) or name

    def country(self, what: str) -> str:
        """A word of `country.csv` (`title`, `currency`, `money`, `network_hub` …), or its `centre` or `main_cities`."""
        return _country(self, folder())[what]


@cache
def language(code: str) -> Language:
    """The language with a code in `LANGUAGES`; raises ValueError for any other code."""
    if code not in LANGUAGES:
        raise ValueError(f"there is no language {code!r}; known languages: {', '.join(LANGUAGES)}")
    if code == "en":
        return Language(code, NullTranslations())
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with resources.files("sim.words.locale").joinpath(f"{code}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return Language(code, GNUTranslations(compiled))


def unit_text(declared: str) -> str:
    """The English text of a declared unit, with a place for the currency."""
    return declared.replace("MAD", "{currency}")


@cache
def _places(code: str, country: Path) -> dict[str, str]:
    """Names in a language, by the names in the tables of a folder; later tables take precedence."""
    found: dict[str, str] = {}
    for name, key in (("hubs", "hub"), ("cities", "city"), ("regions", "region")):
        frame = table(name)
        if f"name_{code}" in frame:
            found |= dict(frame[[key, f"name_{code}"]].dropna().itertuples(index=False))
    return found


@cache
def _country(t: Language, country: Path) -> dict[str, str]:
    """The words of the country whose tables are in a folder; English where a language has none."""
    words = table("country").set_index("name")
    own = words.get(t.code, words["en"])
    regions = table("regions").query("central == 1")
    cities = regions.get("main_city", regions["region"]).fillna(regions["region"])
    return {
        **dict(zip(("network_hub", "network_hubs"), _HUBS[t.code], strict=True)),
        **{str(name): str(word) for name, word in own.fillna(words["en"]).items()},
        "centre": t.listed([t.place(name) for name in regions["region"]]),
        "main_cities": t.listed([t.place(name) for name in cities]),
    }


def _decimals(n: float) -> int:
    """As many decimals as a count has, two at most."""
    return next(count for count in range(3) if count == 2 or round(n, count) == n)
