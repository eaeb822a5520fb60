"""Which of all pairs of policies matter: those that claim the same money, else the leading policies.

Every pair is in `contrasts.csv`; a table that people read has room for few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

ALL = "all"
"""The group of all policies, in which none claims the money of another."""
THE_QUESTION = ("ten-hubs-2027", "six-hubs-deeper")
"""Policies that are always shown where a study has them: more hubs, or deeper accompaniment."""
JUDGED = ("survivors_5y", "exporters")
"""National counts that policies are judged by."""
MAX_LEADERS, MAX_PAIRS = 3, 6
"""Leading policies, and pairs that are shown, at most."""

Pair = tuple[str, str]
"""Keys of two policies: the first is seen against the second."""


def leading(policies: Sequence[str], gains: Iterable[Mapping[str, float]]) -> list[str]:
    """Policies of the study's question that are there, then the best and the next best by each of some gains.

    Args:
        policies: keys of all but the reference.
        gains: by policy, what it adds to something that policies are judged by; NaN where that is not known.
    """
    asked = [key for key in THE_QUESTION if key in policies]
    ordered = [
        sorted((key for key in policies if gain.get(key, -inf) > -inf), key=lambda key: -gain[key]) for gain in gains
    ]
    best = [order[place] for place in (0, 1) for order in ordered if place < len(order)]
    return list(dict.fromkeys([*asked, *best]))[:MAX_LEADERS]


def pairs_that_matter(groups: Mapping[str, Sequence[str]], leaders: Sequence[str], reference: str) -> list[Pair]:
    """The pairs of policies with equal money or, where there are none, of the leading ones; without the reference.

    Args:
        groups: keys of the policies by group of equal money, and all of them as `ALL`.
        leaders: keys of the leading policies, the first ones first.
        reference: key of what all are compared with anyway.
    """
    equal = [pair for name, group in groups.items() if name != ALL for pair in combinations(group, 2)]
    found: dict[frozenset[str], Pair] = {}
    for pair in equal or combinations(leaders, 2):
        if reference not in pair:
            found.setdefault(frozenset(pair), pair)
    return list(found.values())[:MAX_PAIRS]
