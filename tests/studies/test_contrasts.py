"""Which pairs of policies are shown, and what the printed table says of them."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from sim.studies.contrasts import leading, lines, one_line, pairs_that_matter
from sim.studies.statistics import Effect, effect


def test_the_pairs_that_matter_are_those_of_equal_money_else_the_leading_ones():
    keys = ["a", "ten-hubs-2027", "b", "c"]
    gains = [{"a": 3.0, "b": 9.0, "c": math.nan}, {"a": 8.0, "b": 1.0}]
    assert leading(keys, gains) == ["ten-hubs-2027", "b", "a"]
    assert leading(["c"], gains) == []
    groups = {"all": ["today", *keys]}
    assert pairs_that_matter(groups, ["b", "a", "today"], "today") == [("b", "a")]
    groups["cost of a"] = ["today", "a", "c"]
    assert pairs_that_matter(groups, ["b", "a"], "today") == [("a", "c")]
    assert pairs_that_matter({}, ["b"], "today") == []


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
    [text] = lines(comparison)
    head, line = text.split("\n")
    assert head.startswith("The leading policies, against each other")
    found = contrast("more", "deeper")
    told = "; ".join(f"{name} {one_line(one, name)}" for name, one in found.items())
    assert line == f"  more - deeper: {told}" and "P 1.00 clear" in line
    comparison.groups["cost of more"] = ["more", "deeper"]
    assert lines(comparison)[0].startswith("Policies that claim the same money")
    comparison.scenarios = ["today", "more"]
    comparison.groups = {"all": ["today", "more"]}
    assert lines(comparison) == []
