"""Which of all pairs of policies matter: those that claim the same money, else the leading policies.

Every pair is in `contrasts.csv`; a table that people read has room for few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import inf, isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.studies.comparison import Comparison
    from sim.studies.statistics import Effect

ALL = "all"
"""The group of all policies, in which none claims the money of another."""
THE_QUESTION = ("ten-hubs-2027", "six-hubs-deeper")
"""Policies that are always shown where a study has them: more hubs, or deeper accompaniment."""
JUDGED = ("survivors_5y", "exporters")
"""National counts that policies are judged by."""
LEADERS, MOST = 3, 6
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
    return list(dict.fromkeys([*asked, *best]))[:LEADERS]


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
    return list(found.values())[:MOST]


def lines(comparison: Comparison) -> list[str]:
    """Policies against each other: `ten-hubs-2027 - six-hubs-deeper: survivors_5y +20 (2 to 51), P 0.99 clear`."""
    held = [name for name in JUDGED if name in comparison.outcomes]
    others = comparison.scenarios[1:]
    gains = [{key: comparison.difference(key, name).median for key in others} for name in held]
    pairs = pairs_that_matter(comparison.groups, leading(others, gains), comparison.reference)
    if not pairs:
        return []
    opening = "Policies that claim the same money" if set(comparison.groups) - {ALL} else "The leading policies"
    told = [f"{opening}, against each other in the same worlds; contrasts.csv has every pair:"]
    for policy, other in pairs:
        found = comparison.contrast(policy, other)
        parts = (f"{name} {one_line(found[name], name)}" for name in held)
        told.append(f"  {policy} - {other}: {'; '.join(parts)}")
    return ["\n".join(told)]


def one_line(found: Effect, outcome: str) -> str:
    """An effect in a line: `+20 (2 to 51), P 0.99 clear`; without an interval where there is none."""
    from sim.studies.tabulation import change, sureness  # which prints these lines

    middle, _, ends = change(found, outcome).partition("\n")
    words = middle if ends in ("", "?") else f"{middle} ({ends})"
    said = sureness(found)
    return f"{words}, {'P ' if isfinite(found.p_positive) else ''}{said}" if said else words
