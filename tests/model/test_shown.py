"""The same number has the same unit in the terminal, in figures, in the report and on the page."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from sim.figures.effects import differences_of
from sim.figures.study import ShownStudy
from sim.figures.words import outcome_name
from sim.model.outcomes import OUTCOMES, shown_of
from sim.page.page import page_data
from sim.page.visit import read
from sim.page.worker import COMPARED_SERIES
from sim.report.prices import price_words
from sim.report.text.numbers import amount, with_unit
from sim.report.text.numbers import price as terminal_price
from sim.report.wording import Estimate, heading, shown_amount
from sim.scenario import load_scenario
from sim.studies.cost_per_effect import Price
from sim.words.language import language

ENGLISH = language("en")
POLICIES = {key: load_scenario(f"builtin:{key}") for key in ("today", "ten-hubs-2027")}


def in_figures(name: str, value: float) -> float:
    row = {"scenario": ["more"], "outcome": [name], "difference": [value], "ci_low": [value], "ci_high": [value]}
    drawn = differences_of(pd.DataFrame(row), name, ShownStudy({"today": "Today", "more": "More"}))
    return float(drawn["value"].iloc[0])


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_door_shows_the_same_number(name):
    value = 12 / shown_of(name).scale
    assert float(amount(value, name).replace("%", "")) == 12
    assert shown_amount(ENGLISH, Estimate(name, value, value, value, 1), signed=False).split(" ")[0] == "12"
    assert in_figures(name, value) == pytest.approx(12)


@pytest.mark.parametrize("difference", [False, True])
@pytest.mark.parametrize("name", OUTCOMES)
def test_each_door_shows_it_in_the_same_unit(name, difference):
    figure = re.fullmatch(r".*?(?: \(([^()]*)\))?", outcome_name(language("en"), name, difference=difference))
    report = heading(ENGLISH, name, difference=difference).removeprefix(OUTCOMES[name].label)
    assert figure and (figure[1] or "") == report.removeprefix(", ")
    if not difference:
        terminal = " ".join(re.sub(r"12(\.0+)?", "", with_unit(12 / shown_of(name).scale, name)).split())
        assert terminal == report.removeprefix(", ")


@pytest.mark.parametrize(("price", "shown"), [
    (2.5e8, "250"), (8.64e6, "8.6"), (9.99e5, "1.00"), (430_000.0, "0.43"), (4_321.0, "0.0043"),
])  # fmt: skip
def test_a_price_says_something_however_small_it_is_and_the_same_in_terminal_and_report(price, shown):
    asked = Price(price, price, price, price, 9, 5, "price")
    assert terminal_price(asked, shown_of("cost").scale) == f"{shown} [{shown}, {shown}]"
    more = Estimate("exporters", 10.0, 5.0, 15.0, 9)
    assert price_words(ENGLISH, more, more, asked).count(f"from {shown} million") == 3


def test_the_page_shows_series_as_figures_do():
    measures = page_data(read({}, POLICIES, "ten-hubs-2027"), POLICIES, "compare")["measures"]
    for name in COMPARED_SERIES:
        assert measures[name]["scale"] == shown_of(name).scale
        assert measures[name]["unit"].startswith(ENGLISH(shown_of(name).unit))


def test_what_people_know_the_unit_of():
    assert with_unit(547.0, "revenue") == "MAD 547 thousand/year"
    assert with_unit(253_123.0, "grant_amount") == "MAD 253 million/year"
    assert with_unit(1.23e9, "cost") == "MAD 1,230 million" and with_unit(0.412, "export_rate:Oriental") == "41.2 %"
    assert with_unit(1512.0, "survivors_5y") == "1,512" and with_unit(44.0, "deals") == "44 deals/year"
    assert shown_of("nobody knows").named(difference=True) == "" and shown_of("residents_2027") == shown_of("residents")
