"""Three languages: English where nothing is translated, plurals, numbers as Moroccans write them, places kept."""

from __future__ import annotations

import re
import unicodedata

import pytest

from sim.words.language import LANGUAGES, language
from tools.catalogue import Message, catalogue, main, message_of, texts

NAMES_OF_HUBS = {"{network_hub}", "{network_hubs}"}
"""Places that only translations have: English says hub and hubs, others what the country calls them."""
TRANSLATED = [code for code in LANGUAGES if code != "en"]


@pytest.mark.slow
def test_before_a_release_every_text_is_translated() -> None:
    assert main(check=True) == 0


def test_the_check_names_what_is_not_translated(monkeypatch, capsys) -> None:
    known = texts()
    monkeypatch.setattr("tools.catalogue.texts", lambda: known | {Message("Nobody has translated this."): "here"})
    assert main(check=True) == 1
    assert capsys.readouterr().out.count("\n  Nobody has translated this.\n") == len(TRANSLATED)


def test_texts_come_from_declarations_outcomes_figures_and_the_report() -> None:
    found = {message.text for message in texts()}
    assert {
        "Mentor hours offered to each resident (the intensity).",
        "Five-year survival, national",
        "Where each policy leads",
        "“{policy}” has exactly as many {what}",
        "{n} place",
        "Limits",
    } <= found


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_catalogue_keeps_texts_that_nobody_uses(code: str) -> None:
    held = {message_of(entry) for entry in catalogue(code) if entry.id}
    assert held <= set(texts()), "run: python -m tools.catalogue"


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_have_the_places_of_the_original(code: str) -> None:
    for entry in catalogue(code):
        if entry.id and "".join(entry.string):
            originals = [entry.id] if isinstance(entry.id, str) else list(entry.id)
            forms = [entry.string] if isinstance(entry.string, str) else list(entry.string)
            allowed = set(re.findall(r"{\w*}", " ".join(originals)))
            for form in forms:
                places = set(re.findall(r"{\w*}", form)) - NAMES_OF_HUBS
                # A dual or a singular may say the number in words.
                assert places == allowed or (len(originals) > 1 and places <= allowed), form


def test_arabic_is_in_arabic_letters_and_french_is_typeset() -> None:
    for entry in catalogue("ar"):
        words = re.sub(r"{\w*}", "", str(entry.id))
        if entry.id and "".join(entry.string) and re.search(r"[a-z]{4,}", words) and "20" not in words:
            letters = "".join(entry.string)
            assert any("ARABIC" in unicodedata.name(letter, "") for letter in letters), entry.id
    for entry in filter(lambda entry: entry.id, catalogue("fr")):
        for form in [entry.string] if isinstance(entry.string, str) else entry.string:
            assert not re.search(r"[ \w][;?!](?!\w)", form.replace("\N{NARROW NO-BREAK SPACE}", "-")), form
            assert "'" not in form, form


def test_plurals_follow_the_rules_of_the_language() -> None:
    def places(code: str, *counts: int) -> list[str]:
        return [language(code)("{n} place", "{n} places", n=n) for n in counts]

    assert places("en", 0, 1, 2) == ["0 places", "1 place", "2 places"]
    assert places("fr", 0, 1, 2) == ["0 place", "1 place", "2 places"]
    assert places("ar", 1, 2, 3, 66, 100) == ["مكان واحد", "مكانان", "3 أماكن", "66 مكانًا", "100 مكان"]


def test_numbers_are_written_as_the_readers_write_them() -> None:
    assert language("en").number(1234567.85, 1) == "1,234,567.9"
    assert language("fr").number(1234567.85, 1) == "1\u202f234\u202f567,9"
    assert language("fr").percent(0.125, 1) == "12,5\u00a0%"
    assert language("ar").number(1234.5, 1) == "1\u202f234,5", "Moroccan Arabic has Western digits"
    assert language("ar").number(-3) == "\u200e\N{MINUS SIGN}3", "the sign stays at the left of the number"
    for code in LANGUAGES:
        assert language(code).number(-0.04, 1, signed=True) in ("0.0", "0,0")


def test_months_and_lists() -> None:
    assert [language(code).month("2024-07") for code in LANGUAGES] == ["July 2024", "juillet 2024", "يوليوز 2024"]
    assert language("fr").listed(["Fès", "Oujda", "Tiznit"]) == "Fès, Oujda et Tiznit"
    assert language("ar").place("Casablanca") == "الدار البيضاء"
    assert language("fr").place("somewhere else") == "somewhere else"


def test_an_unknown_language_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'tlh'.*en, fr, ar"):
        language("tlh")


def test_a_text_without_translation_stays_english_and_braces_of_a_value_stay() -> None:
    t = language("fr")
    assert t("Nobody has translated this.") == "Nobody has translated this."
    assert "{level}" in t("“{policy}” has exactly as many {what}", policy="{level}", what="")
