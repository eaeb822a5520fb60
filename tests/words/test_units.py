"""Quantities in words: plural forms, one unit for a value and its range, and the words of every declared unit."""

from __future__ import annotations

import pytest

from sim.figures.values import written
from sim.scenario import schema
from sim.words.language import LANGUAGES, language
from sim.words.units import PHRASES, WITHOUT_WORDS, quantity, with_unit

QUANTITIES = {
    ((8,), "h/month"): ("8 hours a month", "8 heures par mois", "8 ساعات في الشهر"),
    ((1,), "missions/year"): ("1 mission a year", "1 mission par an", "بعثة واحدة في السنة"),
    ((0,), "missions/year"): ("none", "aucune", "لا شيء"),
    ((6.23,), "month"): ("6.23 months", "6,23 mois", "6,23 أشهر"),
    ((15.3,), "month"): ("15.3 months", "15,3 mois", "15,3 شهرًا"),
    ((1.5,), "years"): ("1.5 years", "1,5 an", "1,5 سنة"),
    ((0, 1), "years"): ("0 to 1 years", "0 à 1 an", "من 0 إلى 1 سنة"),
    ((-0.5, 1.2), "s.d."): (
        "−0.5 to 1.2 standard deviations", "−0,5 à 1,2 écart type", "من \u200e−0,5 إلى 1,2 انحراف معياري",
    ),
    ((4, 16), "month"): ("4 to 16 months", "4 à 16 mois", "من 4 إلى 16 شهرًا"),
    ((0.35, 0.65), "share"): ("35\u00a0% to 65\u00a0%", "35\u00a0% à 65\u00a0%", "من 35% إلى 65%"),
    ((0.04,), "share per year"): ("4 % a year", "4\u00a0% par an", "4% سنويًا"),
    ((0.531,), "1/month"): ("0.531 a month", "0,531 par mois", "0,531 في الشهر"),
    ((0.566,), "correlation"): ("0.566", "0,566", "0,566"),
    ((0.3,), "kMAD per hour"): ("MAD 300 per hour", "300\u00a0DH par heure", "300 درهم للساعة"),
    ((4,), "month of the year"): ("April", "avril", "أبريل"),
}  # fmt: skip
"""Values and declared units, and how people read them in English, French and Arabic."""


@pytest.mark.parametrize(("values", "unit"), QUANTITIES)
def test_a_quantity_is_written_as_people_say_it(values, unit):
    said = tuple(quantity(language(code), values, unit) for code in LANGUAGES)
    assert said == QUANTITIES[values, unit]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_number_of_a_parameter_has_its_unit_in_words(code):
    t = language(code)
    for declaration in schema().declarations.values():
        value = declaration.default
        if isinstance(value, int | float) and not isinstance(value, bool):
            known = {*PHRASES, *WITHOUT_WORDS, "share", "month of the year"}
            assert declaration.unit in known, f"{declaration.path}: give {declaration.unit} words in sim/words/units.py"
            assert "/" not in written(t, value, declaration)


def test_what_limits_nothing_is_no_ceiling_and_not_an_unknown_number():
    total = schema().declarations["accompaniment.mentor_hours_total"]
    assert written(language("en"), None, total) == "no ceiling"
    assert written(language("ar"), 4992, total) == "4\u202f992 ساعة في الشهر"


def test_an_amount_of_money_has_its_currency_where_the_language_has_it():
    assert with_unit(language("en"), "547 (534 to 556)", "{currency} million") == "MAD 547 (534 to 556) million"
    assert with_unit(language("fr"), "547", "{currency} million") == "547\u00a0MDH"
    assert with_unit(language("ar"), "41,2", "%") == "41,2%"
