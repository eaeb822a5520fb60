"""One term for one thing in all that people read: what `tools/documentation/terms.csv` excludes stands nowhere."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from sim.country.data import table
from sim.scenario import builtin_scenarios, load_scenario
from sim.studies.experiment import load_experiment
from sim.words.language import LANGUAGES
from tools.catalogue import catalogue, message_of, texts

ROOT = Path(__file__).parents[2]
TRANSLATED = [code for code in LANGUAGES if code != "en"]
TERMS, GLOSSARY = (
    list(csv.DictReader(files("tools.documentation").joinpath(name).read_text(encoding="utf-8").splitlines()))
    for name in ("terms.csv", "glossary.csv")
)
EXPERIMENTS = sorted(path for path in (ROOT / "experiments").glob("*.yaml") if path.stem != "calibration")
_VOWELS = re.compile("[\N{ARABIC FATHATAN}-\N{ARABIC SUKUN}]")


def plain(text: str) -> str:
    """A text without the short vowels of Arabic, which are written or left out, and with straight apostrophes."""
    return _VOWELS.sub("", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def translations(code: str) -> Iterator[tuple[str, str]]:
    """Every text for people in a language, after the place where it stands."""
    for entry in catalogue(code):
        if entry.id:
            for form in [entry.string] if isinstance(entry.string, str) else entry.string:
                yield f"{code}.po, {message_of(entry).text}", form
    for path in [*(path for _, path in builtin_scenarios()), *EXPERIMENTS]:
        one = load_experiment(path) if path in EXPERIMENTS else load_scenario(path)
        yield str(path), f"{one.title(code)} {one.describe(code)}"
    for row in table("facts").dropna(subset=f"label_{code}").itertuples():
        yield f"facts.csv, {row.id}", getattr(row, f"label_{code}")
    for row in GLOSSARY:
        yield f"glossary.csv, {row['en']}", row[code]
    for page in (f"README.{code}.md", *(f"docs/tutorials/{name}.{code}.md" for name in ("policymaker", "lesson"))):
        for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
            yield f"{page}, line {number}", line


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_text_has_a_word_that_the_terms_exclude(code):
    never = {word: term[code] for term in TERMS for word in filter(None, term[f"never_{code}"].split("|"))}
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, map(plain, never)))})s?(?!\w)", re.IGNORECASE)
    found = [
        f"{place}: {hit[1]!r}, write {never.get(hit[1].lower(), 'the word of terms.csv')}"
        for place, text in translations(code)
        for hit in pattern.finditer(plain(text))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_terms_that_are_to_be_used_are_used(code):
    said = plain(" ".join(text for _, text in translations(code))).lower()
    for term in TERMS:
        assert term["en"] and plain(term[code]).lower() in said, term


def test_a_forbidden_word_is_found_whatever_its_vowels_and_its_ending():
    assert plain("المشغِّل") == plain("المشغل") and plain("l’opérateur") == "l'opérateur"


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_a_committed_experiment_has_its_title_and_description_in_every_language(path):
    experiment = load_experiment(path)
    for what, said in (("name", experiment.title), ("description", experiment.describe)):
        words = {code: said(code) for code in LANGUAGES}
        assert len(set(words.values())) == len(LANGUAGES), f"{what} of {path.name}"
        assert re.search("[\u0600-\u06ff]", words["ar"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_per_cent_sign_stands_as_the_language_has_it(code):
    wrong = {"en": r"(?<=[\d}])%", "fr": r"(?<=[\d}])[ ]?%", "ar": r"٪|(?<=[\d}])[\s\u00a0\u202f]%"}[code]
    said = [message.text for message in texts()] if code == "en" else [text for _, text in translations(code)]
    if code == "fr":  # people type a plain space in files; in the program a line must not break before the sign
        said = [text for place, text in translations(code) if place.startswith("fr.po")]
    assert not [text for text in said if re.search(wrong, text)]
