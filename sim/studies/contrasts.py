"""Selects the pairs of policies to show: those that claim the same cost, else pairs of the leading policies.

`contrasts.csv` has every pair; a table for readers has room for few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import inf

ALL = "all"
"""Key of the group of all policies; it makes no claim about cost."""
THE_QUESTION = ("ten-hubs-2027", "six-hubs-deeper")
"""Policies that are shown whenever a study has them: more hubs, or deeper accompaniment."""
JUDGED = ("survivors_5y", "exporters")
"""National counts by which policies are judged."""
MAX_LEADERS, MAX_PAIRS = 3, 6
"""Largest numbers of leading policies and of pairs that are shown."""

Pair = tuple[str, str]
"""Keys of two policies: the first is compared with the second."""


def leading(policies: Sequence[str], gains: Iterable[Mapping[str, float]]) -> list[str]:
    """The leading policies: those of `THE_QUESTION`, then the best and the second best by each gain.

    Args:
        policies: keys of all policies except the reference.
        gains: one mapping per criterion, from policy to its gain; NaN where not known.
    """
    asked = [key for key in THE_QUESTION if key in policies]
    ordered = [
        sorted((key for key in policies if gain.get(key, -inf) > -inf), key=lambda key: -gain[key]) for gain in gains
    ]
    best = [order[place] for place in (0, 1) for order in ordered if place < len(order)]
    return list(dict.fromkeys([*asked, *best]))[:MAX_LEADERS]


def pairs_that_matter(groups: Mapping[str, Sequence[str]], leaders: Sequence[str], reference: str) -> list[Pair]:
    """The pairs of policies with equal cost or, if there are none, of leading policies; none includes the reference.

    Args:
        groups: keys of the policies by group of equal cost, and of all policies as `ALL`.
        leaders: keys of the leading policies in order.
        reference: key of the reference, with which every policy is compared elsewhere.
    """
    equal = [pair for name, group in groups.items() if name != ALL for pair in combinations(group, 2)]
    found: dict[frozenset[str], Pair] = {}
    for pair in equal or combinations(leaders, 2):
        if reference not in pair:
            found.setdefault(frozenset(pair), pair)
    return list(found.values())[:MAX_PAIRS]
