"""The glossary has every word once, in three languages, under the name that the code uses."""

from __future__ import annotations

import csv
import importlib
import inspect
import re
from importlib.resources import files
from typing import Any, get_args

import pytest

from sim.country.data import TABLES
from sim.model.outcomes import DEFINED
from sim.model.twins import CHANNELS
from sim.scenario import schema
from sim.studies.channels import channel_labels
from sim.studies.statistics import Verdict
from sim.words.language import LANGUAGES, language
from tools.documentation.markdown import attributes

with files("tools.documentation").joinpath("glossary.csv").open(encoding="utf-8") as _file:
    WORDS = {word["en"]: word for word in csv.DictReader(_file)}
OTHERWISE = {"confidence interval", "intensity", "policy"}
"""Words for which the code has another one on purpose: `Level`, `hours_per_startup`, `Scenario`."""
LISTS = {
    "outcome": set(DEFINED),
    "verdict": set(get_args(Verdict)),
    "channel": {channel.replace("_", " ") for channel in CHANNELS},
    "table": set(TABLES),
}
"""Names that are texts in the code, by the word before them in the column `code`."""


def found_in_code(code: str) -> bool:
    """Whether the code has a name: `sim.module.Class.attribute(argument)`, a parameter's path or an item of `LISTS`."""
    kind, _, item = code.partition(" ")
    if item:
        return item in LISTS[kind]
    if not code.startswith("sim."):
        return code in schema().declarations
    path, _, argument = code.rstrip(")").partition("(")
    names = path.split(".")
    depth = next(n for n in range(len(names), 0, -1) if _module(".".join(names[:n])))
    thing: Any = _module(".".join(names[:depth]))
    for name in names[depth:]:
        if hasattr(thing, name):
            thing = getattr(thing, name)
        else:
            return name in {attribute for attribute, *_ in attributes(thing)}
    return not argument or argument in inspect.signature(thing).parameters


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def test_every_word_is_there_once_in_three_languages_and_in_order():
    text = files("tools.documentation").joinpath("glossary.csv").read_text(encoding="utf-8")
    assert len(WORDS) == len(list(csv.DictReader(text.splitlines())))
    assert list(WORDS) == sorted(WORDS, key=str.lower)
    for word in WORDS.values():
        assert set(word) == {"en", "fr", "ar", "meaning", "code"} and all(text.strip() for text in word.values()), word
        assert re.search(r"[\u0600-\u06ff]", word["ar"])


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_a_name_of_the_code(word):
    code = WORDS[word]["code"]
    assert found_in_code(code), f"the code has no {code}"
    same = any(part[:4].lower() in code.lower() for part in re.split("[ -]", word))
    assert same != (word in OTHERWISE), f"{code} is called {word!r} in the glossary"


def test_verdicts_and_channels_are_in_the_glossary_as_people_read_them():
    for code in LANGUAGES:
        t = language(code)
        shown = channel_labels(t)
        assert {WORDS[verdict][code] for verdict in get_args(Verdict)} == {t(verdict) for verdict in get_args(Verdict)}
        for channel in LISTS["channel"]:
            assert WORDS[channel_labels(language("en"))[channel]][code] == shown[channel]


def test_agents_of_the_model_and_words_of_every_study_are_in_the_glossary():
    codes = {word["code"].rpartition(".")[2] for word in WORDS.values()}
    assert {"Startup", "Hub", "Funder", "Ledger", "Contacts", "Scenario", "Effect", "Draw", "Study"} <= codes
