"""Messages about mistakes in other languages: the same sentence, with the same values, through every door."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.main import app
from sim.errors import Sentence, StudyError, in_words, said, suggestion
from sim.scenario import ScenarioError, load_scenario
from sim.scenario.arguments import number
from sim.words.language import language
from tools.catalogue import catalogue, message_of

BROKEN = """fairs: {places: -1, noise: many}
acompaniment: {hours_per_startup: 8}
admission: {rule: rankd}
network:
  openings:
    - {hub: Fes, opens: 2020-01}
    - {hub: Oujda, opens: 2027-01-15}
    - {opens: 2027-01}
time: {end: 2001-01}
name: [a]
"""


@pytest.fixture
def broken(tmp_path) -> Path:
    file = tmp_path / "broken.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    return file


def places_of(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text)) - {"network_hub", "network_hubs"}  # the country's own words


@pytest.mark.parametrize("code", ["fr", "ar"])
def test_every_message_keeps_its_places_in_every_language(code):
    told = [entry for entry in catalogue(code) if isinstance(entry.id, str) and entry.id and _is_message(entry)]
    assert len(told) > 120
    for entry in told:
        assert places_of(entry.string) == places_of(message_of(entry).text), entry.id


def _is_message(entry) -> bool:
    return any(place.startswith(("sim/scenario", "sim/errors", "sim/system")) for place in entry.user_comments)


@pytest.mark.parametrize("code", ["fr", "ar"])
def test_all_mistakes_of_a_file_are_told_in_the_language_at_the_same_places(broken, code):
    with pytest.raises(ScenarioError) as failure:
        load_scenario(broken)
    english, other = str(failure.value).splitlines(), failure.value.in_words(language(code)).splitlines()
    assert len(english) == len(other) >= 8
    place = re.compile(r"^.*?:\d+:\d+: ")
    for one, two in zip(english, other, strict=True):
        assert place.match(one)[0] == place.match(two)[0] and one != two
        said_there = place.sub("", two)
        assert not re.search(r"\b(but must|unknown|did you mean|allowed|has no|the text|after)\b", said_there), two
    again = pickle.loads(pickle.dumps(failure.value))
    assert again.in_words(language(code)).splitlines() == other, "also from another process"


def test_a_sentence_is_its_english_text_and_its_parts_are_translated():
    t = language("fr")
    end = suggestion("ranked", ["rankd"])
    for sentence in (said("unknown key {name}", name="'x'") + end, "network: " + said("a list")):
        assert isinstance(sentence, Sentence) and isinstance(sentence, str)
    assert "vouliez-vous dire" in in_words(said("empty") + end, t)
    assert in_words("plain {text}", t) == "plain {text}"
    with pytest.raises(StudyError) as failure:
        number("port", 99999)
    assert "un nombre entier de 0 à 65535" in failure.value.in_words(t)


def test_the_terminal_speaks_the_language_that_is_asked_for(broken):
    answer = CliRunner().invoke(app, ["check", str(broken), "--lang", "fr"])
    assert answer.exit_code == 2 and "vouliez-vous dire" in answer.output and "did you mean" not in answer.output
