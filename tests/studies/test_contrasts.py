"""The pairs of policies that are shown, and their rows in the printed table."""

from __future__ import annotations

import math

from sim.studies.contrasts import leading, pairs_that_matter


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
