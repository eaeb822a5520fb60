"""The tables that commands print: their words, their layout, and what has none."""

from __future__ import annotations

import builtins
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import sim
from sim.report.layout import as_text, grid
from sim.report.text import as_dict
from sim.report.text.comparison import contrasts
from sim.report.text.numbers import one_line, price
from sim.studies.cost_per_effect import Price
from sim.studies.statistics import Effect, effect
from sim.studies.study import StudyError


def test_an_effect_in_a_line():
    assert one_line(Effect(21.0, 20.2, 2.1, 51.4, 0.991, 0.1, 100, 50, verdict="clear"), "survivors_5y") == (
        "+20 (2 to 51), P 0.99 clear"
    )
    assert one_line(Effect(0.004, 0.004, -0.001, 0.009, 0.6, verdict="open"), "survival_5y") == (
        "+0.4 (-0.1 to 0.9), P 0.60 open"
    )
    assert one_line(Effect(7.0, n=2, draws=1, verdict="too few draws"), "exporters") == "+7.0, few draws"
    assert one_line(Effect(), "exporters") == "undefined"


def test_the_printed_lines_are_the_contrasts_of_the_same_worlds():
    rng = np.random.default_rng(5)
    draws = np.repeat(np.arange(50), 2)
    luck = rng.normal(0, 100, 100)
    worlds = {
        "today": {"survivors_5y": luck, "exporters": luck},
        "more": {"survivors_5y": luck + 20 + rng.gamma(4, 5, 50).repeat(2), "exporters": luck + 2},
        "deeper": {"survivors_5y": luck + 3, "exporters": luck + rng.normal(0, 9, 50).repeat(2)},
    }

    def contrast(policy: str, other: str) -> dict[str, Effect]:
        return {name: effect(worlds[policy][name], worlds[other][name], draws) for name in worlds[policy]}

    comparison = SimpleNamespace(
        scenarios=list(worlds), reference="today", outcomes=["survivors_5y", "exporters"], contrast=contrast,
        difference=lambda key, name: contrast(key, "today")[name], groups={"all": list(worlds)},
    )  # fmt: skip
    [text] = contrasts(comparison)
    head, line = text.split("\n")
    assert head.startswith("The leading policies, against each other")
    found = contrast("more", "deeper")
    told = "; ".join(f"{name} {one_line(one, name)}" for name, one in found.items())
    assert line == f"  more - deeper: {told}" and "P 1.00 clear" in line
    comparison.groups["cost of more"] = ["more", "deeper"]
    assert contrasts(comparison)[0].startswith("Policies that claim the same money")
    comparison.scenarios = ["today", "more"]
    comparison.groups = {"all": ["today", "more"]}
    assert contrasts(comparison) == []


def test_prices_are_told_in_words():
    assert price(Price(620.0, 480.0, 610.0, 900.0, 10, 5, "price")) == "620 [480, 900]"
    assert price(Price(620.0, 480.0, 610.0, math.inf, 10, 5, "price")) == "620 [480, never]"
    assert price(Price(620.0, n=2, draws=1, bargain="price")) == "620 [?]"
    assert price(Price(n=10, bargain="saving")) == "saves money, and has fewer"
    assert price(Price(n=10, bargain="more for less")) == "more, and cheaper"
    assert price(Price(n=10, bargain="less for more")) == "fewer, and dearer"
    assert price(Price()) == "undefined"


def test_tables_are_text_in_a_notebook_too(monkeypatch):
    def shown():
        return as_text("first", grid(("policy", "rate"), [("today", "41 %")]), width=40)

    class ZMQInteractiveShell:
        """What a notebook calls its shell, by which libraries know it."""

    plain = shown()
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert shown() == plain and plain.startswith("first\n\npolicy")
    written = []
    plain._repr_pretty_(SimpleNamespace(text=written.append), False)
    assert written == [plain]


@pytest.mark.parametrize("door", [sim.table, as_dict, sim.draw])
def test_what_is_no_result_has_no_table(door):
    with pytest.raises(StudyError, match="result is of the kind DataFrame, but must be the result of a study"):
        door(pd.DataFrame())
