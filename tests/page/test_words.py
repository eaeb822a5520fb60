"""What the page says: every word in every language, and what an effect is called."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

import sim
from sim.model.outcomes import shown_of
from sim.page.levers import sliders
from sim.page.sentences import SUBJECTS, sentence
from sim.page.words import words
from sim.studies.statistics import FEW_DRAWS, Effect
from sim.words.language import LANGUAGES, language


def test_every_word_is_said_in_every_language(today):
    names = {slider.path: words("en")[f"lever.{slider.path}"] for slider in sliders(today)}
    assert len(set(names.values())) == len(names), "two sliders have the same name"
    assert words("fr").keys() == words("ar").keys() == words("en").keys()


def test_every_word_that_a_script_asks_for_is_there():
    static = Path(sim.page.__file__).parent / "static"
    scripts = "".join(file.read_text(encoding="utf-8") for file in static.glob("*.js"))
    page = (static / "page.html").read_text(encoding="utf-8")
    asked = {*re.findall(r"word\(\"([\w.]+)\"", scripts), *re.findall(r"\bw\.(\w+)", page)}
    asked |= set(re.findall(r"\bw\[\"([\w.]+)\"\]", page))
    of_sites = (Path(sim.page.__file__).parent / "site" / "texts.py").read_text(encoding="utf-8")
    there = {*words("en"), *re.findall(r"\"(site\.[\w.]+)\":", of_sites)}
    assert len(asked) > 90 and asked <= there


def an_effect(median: float, low: float, high: float, p_positive: float, verdict: str, chance: float = 0.1) -> Effect:
    """An effect in 100 worlds, 50 draws."""
    return Effect(median, median, low, high, p_positive, chance, 100, 50, 1.0, 1.0, verdict)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (an_effect(0.03, 0.02, 0.05, 1.0, "clear"), "3 more (between 2 and 5; probability over 99 %) are alive"),
        (an_effect(-0.03, -0.05, -0.02, 0.0, "clear"), "3 fewer (between 2 and 5; probability over 99 %) are alive"),
        (
            an_effect(0.03, -0.01, 0.05, 0.93, "likely"),
            "probably 3 more (between 1 fewer and 5 more; probability 93 %) are alive",
        ),
        (
            an_effect(0.01, -0.01, 0.03, 0.62, "open"),
            "those alive after five years: not known which way (between 1 fewer and 3 more; probability of more: 62 %)",
        ),
        (
            an_effect(0.0, -0.001, 0.001, 0.5, "practically none"),
            "those alive after five years: practically no difference (between 0.1 fewer and 0.1 more)",
        ),
        (
            an_effect(-0.0009, -0.0015, -0.0003, 0.02, "practically none"),
            "practically no difference, 0.09 fewer (between 0.03 and 0.15; probability 98 %)",
        ),
        (an_effect(0.0, 0.0, 0.0, 0.5, "practically none", 0.0), "no difference in any world"),
        (an_effect(0.01, -0.01, 0.03, 0.62, "too few draws", 0.7), "too few worlds to say"),
        (Effect(), "not defined"),
    ],
)
def test_an_effect_is_told_in_words(found, said):
    told = sentence("survival_5y", found, language("en"), "2034")
    assert said in told
    assert "so far" not in told
    if found.n:
        assert "so far" in sentence("survival_5y", found, language("en"), "2034", so_far=True)


def test_more_worlds_are_asked_for_where_chance_is_above_half_and_the_parameters_are_drawn():
    open_effect = an_effect(0.01, -0.01, 0.03, 0.62, "open", 0.51)
    for found, asked in (
        (open_effect, True),
        (replace(open_effect, chance_share=0.5), False),
        (replace(open_effect, draws=0, chance_share=1.0), False),
        (replace(open_effect, verdict="practically none"), False),
    ):
        assert ("more worlds would say more" in sentence("survival_5y", found, language("en"), "2034")) == asked


def test_a_probability_is_not_told_from_few_draws():
    likely = an_effect(0.03, 0.02, 0.05, 1.0, "likely")
    for draws, told in ((FEW_DRAWS, False), (FEW_DRAWS + 1, True), (0, True)):
        said = sentence("survival_5y", replace(likely, draws=draws), language("en"), "2034")
        assert ("probability" in said) == told


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_verdict_is_told_of_every_outcome_in_every_language(name, code):
    """Each verdict has a sentence of its own, and every place in it is filled."""
    size = 1 / shown_of(name).scale
    cases = [
        *(
            an_effect(3 * size, 2 * size, 5 * size, 0.99, verdict)
            for verdict in ("clear", "likely", "practically none")
        ),
        *(an_effect(size, -size, 2 * size, 0.6, verdict) for verdict in ("open", "practically none", "too few draws")),
        an_effect(0.0, 0.0, 0.0, 0.5, "practically none"),
        Effect(),
    ]
    told = [sentence(name, one, language(code), "2034", so_far=so_far) for one in cases for so_far in (False, True)]
    assert len(set(told)) == 2 * len(cases) - 1, "what is not defined will not be"
    assert not any("{" in text or "nan" in text for text in told)
