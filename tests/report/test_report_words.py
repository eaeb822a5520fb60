"""Words of the report follow from verdicts: each has its sentence in each language, and turns at its threshold."""

from __future__ import annotations

import math
import re
from dataclasses import fields, replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.report.prices import cost_words, price_words
from sim.report.sentences import State, alone, opposed, state_of, verdict_words
from sim.report.wording import Estimate
from sim.studies.cost_per_effect import Price
from sim.studies.smallest import smallest_of
from sim.studies.statistics import Effect, Effects, verdicts
from sim.words.language import LANGUAGES, language

WORDS_OF_CHANGE = {
    "en": {"“P” adds \\d", "“P” has \\d"},
    "fr": {"» ajoute \\d", "» compte \\d"},
    "ar": {"«P» تزيد", "«P» تنقص"},
}


def found(outcome: str, p: float, low: float, high: float, *, draws: int = 50, chance: float = 0.1) -> Estimate:
    """An effect with the verdict that statistics give it."""
    one = Effect((low + high) / 2, (low + high) / 2, low, high, p, chance, 2 * draws or 100, draws)
    names = [field.name for field in fields(Effects)]
    table = Effects(**{name: np.array([getattr(one, name)]) for name in names})
    [verdict] = verdicts(table, np.array([smallest_of(outcome)]))
    return Estimate.from_effect(outcome, replace(one, verdict=verdict))


CASES = {
    "clear": (found("exporters", 0.999, 8.1, 16.4), "more"),
    "clear, less": (found("exporters", 0.001, -16.4, -8.1), "less"),
    "likely": (found("exporters", 0.9, -2.4, 10.4), "probably more"),
    "likely, less, by chance": (found("exporters", 0.001, -16.4, 8.4, chance=0.6), "probably less, more worlds"),
    "likely, of few draws": (found("exporters", 1.0, 1.0, 10.4, draws=16), "probably more of few"),
    "likely, parameters fixed": (found("exporters", 0.93, -1.0, 11.0, draws=0, chance=1.0), "fixed"),
    "open": (found("exporters", 0.6, -3.2, 8.4), "open"),
    "open, by chance": (found("exporters", 0.6, -3.2, 8.4, chance=0.51), "open, more worlds"),
    "practically none": (found("exporters", 0.7, -1.2, 2.4), "same"),
    "practically none, surely more": (found("exporters", 0.99, 1.2, 4.4), "slightly more"),
    "practically none, surely less": (found("exporters", 0.01, -4.4, -1.2), "slightly less"),
    "nothing": (found("exporters", 0.5, 0.0, 0.0), "nothing"),
    "few draws": (found("exporters", 0.7, -3.2, 8.4, draws=15, chance=0.6), "few"),
    "few draws that agree": (found("exporters", 0.95, -1.2, 8.4, draws=15, chance=0.6), "few"),
    "few draws that agree on less": (found("exporters", 0.05, -8.4, 1.2, draws=15, chance=0.6), "few"),
    "one draw": (Estimate("exporters", 7.0, math.nan, math.nan, 2, 1, verdict="too few draws"), "few"),
    "older": (Estimate.of("exporters", {"difference": 12.2, "ci_low": -8.1, "ci_high": 32.4, "n": 30}), "older"),
    "no row": (Estimate.of("exporters", None), "no row"),
    "no world": (replace(Estimate.of("exporters", None), why="no world"), "no world"),
    "nobody": (replace(Estimate.of("exporters", None), why="nobody"), "nobody"),
}
SENTENCES = {
    "more": (
        "“P” adds 12 (8 to 16) exporters",
        "« P » ajoute 12 (8 à 16) exportatrices",
        "«P» تزيد عدد الشركات المصدِّرة بـ12 (من 8 إلى 16)",
    ),
    "less": (
        "“P” has 12 (8 to 16) fewer exporters",
        "« P » compte 12 (8 à 16) exportatrices de moins",
        "«P» تنقص عدد الشركات المصدِّرة بـ12 (من 8 إلى 16)",
    ),
    "probably more": (
        "“P” probably adds 4 (−2 to 10) exporters",
        "« P » ajoute probablement 4 (−2 à 10) exportatrices",
        "«P» تزيد على الأرجح عدد الشركات المصدِّرة بـ4 (من ‎−2 إلى 10)",
    ),
    "probably less, more worlds": (
        "“P” probably has 4 (−8 to 16) fewer exporters, and more worlds would say more",
        "« P » compte probablement 4 (−8 à 16) exportatrices de moins, et davantage de mondes en dirait plus",
        "«P» تنقص على الأرجح عدد الشركات المصدِّرة بـ4 (من ‎−8 إلى 16)، ومزيد من العوالم يقول أكثر",
    ),
    "probably more of few": (
        "“P” probably adds 6 (1 to 10) exporters, and more worlds would say more",
        "« P » ajoute probablement 6 (1 à 10) exportatrices, et davantage de mondes en dirait plus",
        "«P» تزيد على الأرجح عدد الشركات المصدِّرة بـ6 (من 1 إلى 10)، ومزيد من العوالم يقول أكثر",
    ),
    "fixed": (
        "“P” probably adds 5 (−1 to 11) exporters, and more worlds would say more",
        "« P » ajoute probablement 5 (−1 à 11) exportatrices, et davantage de mondes en dirait plus",
        "«P» تزيد على الأرجح عدد الشركات المصدِّرة بـ5 (من ‎−1 إلى 11)، ومزيد من العوالم يقول أكثر",
    ),
    "open": (
        "it is not known whether “P” adds exporters or takes them away (−3 to +8)",
        "on ne sait pas si « P » ajoute ou retire des exportatrices (−3 à +8)",
        "لا يُعرف هل تزيد «P» عدد الشركات المصدِّرة أم تنقصه (من ‎−3 إلى ‎+8)",
    ),
    "open, more worlds": (
        "it is not known whether “P” adds exporters or takes them away (−3 to +8), and more worlds would say more",
        "on ne sait pas si « P » ajoute ou retire des exportatrices (−3 à +8), et davantage de mondes en dirait plus",
        "لا يُعرف هل تزيد «P» عدد الشركات المصدِّرة أم تنقصه (من ‎−3 إلى ‎+8)، ومزيد من العوالم يقول أكثر",
    ),
    "same": (
        "“P” has practically as many exporters (−1 to +2)",
        "« P » ne change pratiquement pas le nombre des exportatrices (−1 à +2)",
        "«P» لا تكاد تغيّر عدد الشركات المصدِّرة (من ‎−1 إلى ‎+2)",
    ),
    "slightly more": (
        "“P” has practically as many exporters: 3 (1 to 4) more",
        "« P » ne change pratiquement pas le nombre des exportatrices : 3 (1 à 4) de plus",
        "«P» لا تكاد تغيّر عدد الشركات المصدِّرة: زيادة 3 (من 1 إلى 4)",
    ),
    "slightly less": (
        "“P” has practically as many exporters: 3 (1 to 4) fewer",
        "« P » ne change pratiquement pas le nombre des exportatrices : 3 (1 à 4) de moins",
        "«P» لا تكاد تغيّر عدد الشركات المصدِّرة: نقص 3 (من 1 إلى 4)",
    ),
    "nothing": (
        "“P” has exactly as many exporters",
        "« P » ne change rien au nombre des exportatrices",
        "«P» لا تغيّر عدد الشركات المصدِّرة",
    ),
    "few": (
        "the worlds are too few to tell what “P” does to the number of exporters",
        "les mondes sont trop peu nombreux pour dire ce que « P » fait au nombre des exportatrices",
        "العوالم أقل من أن تبيّن ما تفعله «P» بعدد الشركات المصدِّرة",
    ),
    "older": (
        "“P” changes the number of exporters by +12 (interval of the older kind, −8 to +32)",
        "« P » change le nombre des exportatrices de +12 (intervalle de l’ancien type, −8 à +32)",
        "«P» تغيّر عدد الشركات المصدِّرة بـ‎+12 (مجال من النوع القديم، من ‎−8 إلى ‎+32)",
    ),
    "no row": (
        "the tables do not say what “P” does to the number of exporters",
        "les tableaux ne disent pas ce que « P » fait au nombre des exportatrices",
        "لا تذكر الجداول ما تفعله «P» بعدد الشركات المصدِّرة",
    ),
    "no world": (
        "no world tells what “P” does to the number of exporters",
        "aucun monde ne dit ce que « P » fait au nombre des exportatrices",
        "ما من عالم يبيّن ما تفعله «P» بعدد الشركات المصدِّرة",
    ),
    "nobody": (
        "for “P” the number of exporters is not defined: nobody is counted",
        "pour « P », le nombre des exportatrices n’est pas défini : personne à compter",
        "عدد الشركات المصدِّرة غير معرَّف في ظل «P»: لا أحد يُحسب",
    ),
}


def plainly(text: str) -> str:
    """A text with ordinary spaces."""
    return re.sub("[\u00a0\u202f]", " ", text)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_every_verdict_has_its_sentence_in_every_language(case: str, code: str) -> None:
    finding, key = CASES[case]
    assert plainly(alone(language(code), "P", finding)) == SENTENCES[key][LANGUAGES.index(code)]


OPPOSED = {
    "clear": "“P” gives 12 (8 to 16) more exporters than “O”",
    "clear, less": "“P” gives 12 (8 to 16) fewer exporters than “O”",
    "likely": "“P” probably gives 4 (−2 to 10) more exporters than “O”",
    "open": "it is not known whether “P” or “O” gives more exporters (−3 to +8)",
    "practically none": "“P” and “O” give practically as many exporters",
    "practically none, surely more": "“P” and “O” give practically as many exporters",
    "nothing": "“P” and “O” give the same number of exporters",
    "few draws": "the worlds are too few to tell whether “P” or “O” gives more exporters",
    "one draw": "the worlds are too few to tell whether “P” or “O” gives more exporters",
    "no row": "the tables do not say whether “P” or “O” gives more exporters",
    "no world": "no world tells whether “P” or “O” gives more exporters",
    "nobody": "for “P” and “O” the number of exporters is not defined: nobody is counted",
}


@pytest.mark.parametrize("case", OPPOSED)
def test_two_policies_that_cost_the_same_are_opposed_by_the_verdict_on_their_contrast(case: str) -> None:
    finding = CASES[case][0]
    assert opposed(language("en"), "P", "O", finding) == OPPOSED[case]
    for code in LANGUAGES[1:]:
        said = opposed(language(code), "P", "O", finding)
        assert "{" not in said and said.count("P") == said.count("O") == 1
    survivors = replace(finding, outcome="survivors_5y")
    assert "exporters" not in opposed(language("en"), "P", "O", survivors)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    ("left", "right"),
    [
        (found("exporters", 0.9971, 1.0, 16.0), found("exporters", 0.9969, 1.0, 16.0)),  # clear, likely
        (found("exporters", 0.900, -2.0, 9.0), found("exporters", 0.899, -2.0, 9.0)),  # likely, open
        (found("exporters", 0.7, -1.0, 4.99), found("exporters", 0.7, -1.0, 5.0)),  # practically none, open
        (found("exporters", 0.9, -1.0, 4.9), found("exporters", 0.89, -1.0, 4.9)),  # none with a sign, and without
        (found("exporters", 0.999, 1.0, 16.0, chance=0.5), found("exporters", 0.999, 1.0, 16.0, chance=0.51)),
        tuple(found("exporters", 0.6, -3.0, 8.0, draws=draws, chance=0.6) for draws in (16, 15)),
    ],
)  # fmt: skip
def test_other_words_begin_where_the_border_of_a_verdict_is(left: Estimate, right: Estimate, code: str) -> None:
    t = language(code)
    assert state_of(left) != state_of(right)
    said = [re.sub(r"[\d.,]+", "", alone(t, "P", finding)) for finding in (left, right)]
    assert said[0] != said[1]


@pytest.mark.parametrize("code", LANGUAGES)
def test_costs_and_cells_have_words_for_every_verdict(code: str) -> None:
    t, states = language(code), set()
    for finding, _ in CASES.values():
        if finding.defined:
            said = cost_words(t, replace(finding, outcome="cost").scaled(1e6))
            assert said and "{" not in said and "nan" not in said
        states.add(state_of(finding))
        cell = verdict_words(t, finding)
        assert bool(cell) == (finding.defined and finding.verdict != "older")
        helps = t("{words}; more worlds would help", words="")
        assert (helps in cell) == finding.blurred
    assert states == set(get_args(State)), "a state without an example"


@settings(deadline=None)
@given(
    st.floats(-1e3, 1e3), st.floats(0, 1e3), st.floats(0.1001, 0.8999), st.sampled_from(["survivors_5y", "exporters"])
)
def test_nothing_is_gained_or_lost_where_no_sign_is_likely(low, width, p, outcome):
    finding = found(outcome, p, low, low + width)
    assert not finding.direction and finding.welcome is None
    for code in LANGUAGES:
        said = plainly(alone(language(code), "P", finding))
        assert not any(re.search(word, said) for word in WORDS_OF_CHANGE[code])


def test_a_contrast_seen_from_the_other_side_has_the_opposite_words():
    t, finding = language("en"), found("exporters", 0.93, -1.0, 11.0)
    assert alone(t, "P", finding) == "“P” probably adds 5 (−1 to 11) exporters"
    assert alone(t, "P", finding.reversed) == "“P” probably has 5 (−1 to 11) fewer exporters"
    assert finding.reversed.reversed == finding


MORE, FEWER = found("exporters", 0.999, 5, 15), found("exporters", 0.001, -15, -5)
DEAR, CHEAP = found("cost", 0.999, 1e7, 3e7), found("cost", 0.001, -3e7, -1e7)
OFFERS = {
    "price": (MORE, DEAR, Price(2e6, 1e6, 2.2e6, 4e6, 9, 5, "price"),
        "MAD 2.0 million each; pays with a probability of 2.5 % from 1.0 million, 50 % from 2.2 million, 97.5 % from "
        "4.0 million"),
    "a price that is never sure": (MORE, DEAR, Price(2e6, 1e6, 2e8, math.inf, 9, 5, "price"),
        "MAD 2.0 million each; pays with a probability of 2.5 % from 1.0 million, 50 % from 200 million, 97.5 % at no "
        "price"),
    "saving": (FEWER, CHEAP, Price(bargain="saving"), "saves MAD 20 million and has 10 fewer exporters"),
    "saving, likely": (found("exporters", 0.05, -20, 2), CHEAP, Price(bargain="saving"),
        "saves MAD 20 million and probably has 9 fewer exporters"),
    "saving, no loss to be seen": (found("exporters", 0.3, -4, 2), CHEAP, Price(bargain="saving"),
        "saves MAD 20 million and has practically as many exporters"),
    "saving, open": (found("exporters", 0.3, -40, 20), CHEAP, Price(bargain="saving"),
        "saves MAD 20 million and may have more or fewer exporters (−40 to +20)"),
    "more for less": (MORE, CHEAP, Price(bargain="more for less"), "saves MAD 20 million and has 10 more exporters"),
    "less for more": (FEWER, DEAR, Price(bargain="less for more"),
        "costs MAD 20 million more and has 10 fewer exporters"),
    "no change": (found("exporters", 0.5, 0, 0), found("cost", 0.5, 0, 0), Price(bargain="no change"),
        "the same, at the same cost"),
    "not defined": (Estimate.of("exporters", None), DEAR, Price(), "not defined"),
    "older": (MORE, DEAR, Estimate("cost_per_additional_exporter", 2e6, 1e6, 4e6, 9),
        "MAD million 2 (1 to 4) each, of the older kind"),
    "older, a saving": (FEWER, CHEAP, Estimate("cost_per_additional_exporter", 2e6, 1e6, 4e6, 9), "–"),
}  # fmt: skip


@pytest.mark.parametrize("case", OFFERS)
def test_a_price_is_told_where_more_is_offered_for_it_and_never_a_negative_one(case):
    effect, cost, price, words = OFFERS[case]
    assert price_words(language("en"), effect, cost, price) == words
    for code in LANGUAGES[1:]:
        said = price_words(language(code), effect, cost, price)
        assert said and "{" not in said and (said != words or words == "–")
    survivors = replace(effect, outcome="survivors_5y")
    assert "exporter" not in price_words(language("en"), survivors, cost, price)
