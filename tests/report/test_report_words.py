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

from sim.report.prices import price_words
from sim.report.sentences import State, clause, cost_clause, state_of, verdict_words
from sim.report.wording import Estimate
from sim.studies.cost_per_effect import Price
from sim.studies.smallest import smallest_of
from sim.studies.statistics import Effect, Effects, verdicts
from sim.words.language import LANGUAGES, language

WORDS_OF_CHANGE = {"en": {"adds", "takes"}, "fr": {"ajoute", "retire"}, "ar": {"يضيف", "ينقص"}}


def found(outcome: str, p: float, low: float, high: float, *, draws: int = 50, chance: float = 0.1) -> Estimate:
    """An effect with the verdict that statistics give it."""
    one = Effect((low + high) / 2, (low + high) / 2, low, high, p, chance, 2 * draws or 100, draws)
    names = [field.name for field in fields(Effects)]
    table = Effects(**{name: np.array([getattr(one, name)]) for name in names})
    [verdict] = verdicts(table, np.array([smallest_of(outcome)]))
    return Estimate.from_effect(outcome, replace(one, verdict=verdict))


SENTENCES = {
    "clear": (
        found("exporters", 0.999, 8.1, 16.4),
        "“P” adds 12 (8 to 16)",
        "« P » en ajoute 12 (8 à 16)",
        "يضيف سيناريو «P» 12 (من 8 إلى 16)",
    ),
    "clear, less": (
        found("exporters", 0.001, -16.4, -8.1),
        "“P” takes away 12 (8 to 16)",
        "« P » en retire 12 (8 à 16)",
        "ينقص منها سيناريو «P» 12 (من 8 إلى 16)",
    ),
    "likely": (
        found("exporters", 0.9, -2.4, 10.4),
        "“P” probably adds 4 (−2 to 10; 90 of 100 countries that fit the facts)",
        "« P » en ajoute probablement 4 (−2 à 10 ; 90 pays sur 100 qui s’accordent aux faits)",
        "يُرجَّح أن يضيف سيناريو «P» 4 (من ‎−2 إلى 10؛ 90 من 100 بلد موافق للوقائع)",
    ),
    "likely, less, by chance": (
        found("exporters", 0.001, -16.4, 8.4, chance=0.6),
        "“P” probably takes away 4 (−8 to 16; more than 99 of 100 countries that fit the facts, and more worlds would "
        "say more)",
        "« P » en retire probablement 4 (−8 à 16 ; plus de 99 pays sur 100 qui s’accordent aux faits, et davantage de "
        "mondes en dirait plus)",
        "يُرجَّح أن ينقص منها سيناريو «P» 4 (من ‎−8 إلى 16؛ أكثر من 99 من 100 بلد موافق للوقائع، "
        "ومزيد من العوالم يقول أكثر)",
    ),
    "likely, of few draws": (
        found("exporters", 1.0, 1.0, 10.4, draws=16),
        "“P” probably adds 6 (1 to 10; in all 16 countries tried)",
        "« P » en ajoute probablement 6 (1 à 10 ; dans les 16 pays essayés)",
        "يُرجَّح أن يضيف سيناريو «P» 6 (من 1 إلى 10؛ في كل البلدان المجرَّبة وعددها 16)",
    ),
    "likely, parameters fixed": (
        found("exporters", 0.93, -1.0, 11.0, draws=0, chance=1.0),
        "“P” probably adds 5 (−1 to 11; a probability of 93 in 100, and more worlds would say more)",
        "« P » en ajoute probablement 5 (−1 à 11 ; une probabilité de 93 sur 100, et davantage de mondes en dirait "
        "plus)",
        "يُرجَّح أن يضيف سيناريو «P» 5 (من ‎−1 إلى 11؛ باحتمال 93 من 100، ومزيد من العوالم يقول أكثر)",
    ),
    "open": (
        found("exporters", 0.6, -3.2, 8.4),
        "“P” may add or take away: −3 to +8, a gain in 60 of 100",
        "« P » peut en ajouter ou en retirer : −3 à +8, un gain dans 60 cas sur 100",
        "قد يزيدها سيناريو «P» أو ينقصها: من ‎−3 إلى ‎+8، بزيادة في 60 من 100 حالة",
    ),
    "open, by chance": (
        found("exporters", 0.6, -3.2, 8.4, chance=0.51),
        "“P” may add or take away: −3 to +8, a gain in 60 of 100, and more worlds would say more",
        "« P » peut en ajouter ou en retirer : −3 à +8, un gain dans 60 cas sur 100, et davantage de mondes en dirait "
        "plus",
        "قد يزيدها سيناريو «P» أو ينقصها: من ‎−3 إلى ‎+8، بزيادة في 60 من 100 حالة، ومزيد من العوالم يقول أكثر",
    ),
    "practically none": (
        found("exporters", 0.7, -1.2, 2.4),
        "“P” changes practically nothing (−1 to +2)",
        "« P » n’y change pratiquement rien (−1 à +2)",
        "لا يغيّر سيناريو «P» شيئًا يُذكر (من ‎−1 إلى ‎+2)",
    ),
    "practically none, surely more": (
        found("exporters", 0.99, 1.2, 4.4),
        "“P” changes practically nothing: it adds 3 (1 to 4)",
        "« P » n’y change pratiquement rien : elle en ajoute 3 (1 à 4)",
        "لا يغيّر سيناريو «P» شيئًا يُذكر: يضيف 3 (من 1 إلى 4)",
    ),
    "practically none, surely less": (
        found("exporters", 0.01, -4.4, -1.2),
        "“P” changes practically nothing: it takes away 3 (1 to 4)",
        "« P » n’y change pratiquement rien : elle en retire 3 (1 à 4)",
        "لا يغيّر سيناريو «P» شيئًا يُذكر: ينقص 3 (من 1 إلى 4)",
    ),
    "nothing": (
        found("exporters", 0.5, 0.0, 0.0),
        "“P” changes nothing",
        "« P » n’y change rien",
        "لا يغيّر سيناريو «P» شيئًا",
    ),
    "few draws": (
        found("exporters", 0.7, -3.2, 8.4, draws=15, chance=0.6),
        "“P” changes +3 in the few worlds that there are (−3 to +8)",
        "« P » donne +3 dans les rares mondes simulés (−3 à +8)",
        "يعطي سيناريو «P» ‎+3 في العوالم القليلة المتوفرة (من ‎−3 إلى ‎+8)",
    ),
    "few draws that agree": (
        found("exporters", 0.95, -1.2, 8.4, draws=15, chance=0.6),
        "“P” adds 4 in the few worlds that there are (−1 to 8)",
        "« P » en ajoute 4 dans les rares mondes simulés (−1 à 8)",
        "يضيف سيناريو «P» 4 في العوالم القليلة المتوفرة (من ‎−1 إلى 8)",
    ),
    "few draws that agree on less": (
        found("exporters", 0.05, -8.4, 1.2, draws=15, chance=0.6),
        "“P” takes away 4 in the few worlds that there are (−1 to 8)",
        "« P » en retire 4 dans les rares mondes simulés (−1 à 8)",
        "ينقص منها سيناريو «P» 4 في العوالم القليلة المتوفرة (من ‎−1 إلى 8)",
    ),
    "one draw": (
        Estimate("exporters", 7.0, math.nan, math.nan, 2, 1, verdict="too few draws"),
        "“P” changes +7 in too few worlds for an interval",
        "« P » donne +7, dans trop peu de mondes pour un intervalle",
        "يعطي سيناريو «P» ‎+7 في عوالم أقل من أن يُحسب لها مجال",
    ),
    "older": (
        Estimate.of("exporters", {"difference": 12.2, "ci_low": -8.1, "ci_high": 32.4, "n": 30}),
        "“P”: +12 (interval of the older kind, −8 to +32)",
        "« P » : +12 (intervalle de l’ancien type, −8 à +32)",
        "يعطي سيناريو «P» ‎+12 (مجال من النوع القديم، من ‎−8 إلى ‎+32)",
    ),
    "not defined": (
        Estimate.of("exporters", None),
        "for “P” it is not defined",
        "pour « P », le résultat n’est pas défini",
        "النتيجة غير معرَّفة في ظل سيناريو «P»",
    ),
}  # fmt: skip


def plainly(text: str) -> str:
    """A text with ordinary spaces."""
    return re.sub("[\u00a0\u202f]", " ", text)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("case", SENTENCES)
def test_every_verdict_has_its_sentence_in_every_language(case: str, code: str) -> None:
    finding, *sentences = SENTENCES[case]
    assert plainly(clause(language(code), "P", finding)) == sentences[LANGUAGES.index(code)]


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
    for say in (clause, cost_clause):
        said = [re.sub(r"[\d.,]+", "", say(t, "P", finding)) for finding in (left, right)]
        assert said[0] != said[1]


@pytest.mark.parametrize("code", LANGUAGES)
def test_costs_and_cells_have_words_for_every_verdict(code: str) -> None:
    t, states = language(code), set()
    for finding, *_ in SENTENCES.values():
        said = cost_clause(t, "P", replace(finding, outcome="cost").scaled(1e6))
        assert "P" in said and "{" not in said
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
        assert not WORDS_OF_CHANGE[code] & set(clause(language(code), "P", finding).split())


def test_a_contrast_seen_from_the_other_side_has_the_opposite_words():
    t, finding = language("en"), found("exporters", 0.93, -1.0, 11.0)
    assert clause(t, "P", finding).startswith("“P” probably adds 5 (−1 to 11; 93 of")
    assert clause(t, "P", finding.reversed).startswith("“P” probably takes away 5 (−1 to 11; 93 of")
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
