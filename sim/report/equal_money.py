"""Pairs of policies that cost the same: as their scenarios claim, or as the costs of the study show."""

from __future__ import annotations

from itertools import combinations

from sim.report.report_data import ReportData
from sim.studies.contrasts import ALL, JUDGED, Pair

MAX_PAIRS = 3
"""Largest number of pairs that are shown."""
MAX_GAP = 0.02
"""Largest difference between the costs of policies that claim the same one, as a share of their additional cost."""


def pairs_at_equal_money(data: ReportData) -> list[Pair]:
    """Pairs of policies that cost the same and more or less than the reference; claimed ones first.

    A claim (`same_cost_as`) that the costs of the study contradict is left out. The first policy of a pair is the one
    with more survivors or, without that outcome, more exporters.
    """
    claimed = [pair for name, group in data.groups.items() if name != ALL for pair in combinations(group, 2)]
    found: dict[frozenset[str], Pair] = {}
    for pair in claimed:
        if data.reference not in pair and _agree(data, pair):
            found.setdefault(frozenset(pair), ordered(data, pair))
    for pair in combinations(data.policies, 2):
        if _same_cost(data, pair):
            found.setdefault(frozenset(pair), ordered(data, pair))
    return list(found.values())[:MAX_PAIRS]


def ordered(data: ReportData, pair: Pair) -> Pair:
    """The pair with the policy first that has more survivors, or, without that outcome, more exporters."""
    found = next((name for name in JUDGED if data.outcomes(name)), None)
    backwards = found is not None and data.contrast(*pair, found).effect.sign < 0
    return pair[::-1] if backwards else pair


def _agree(data: ReportData, pair: Pair) -> bool:
    """Whether the costs of the study do not contradict a claim; those that it lacks do not."""
    gap = data.contrast(*pair, "cost")
    extra = max(abs(data.difference(key, "cost").value) for key in pair)
    return not gap.defined or gap.verdict == "practically none" or abs(gap.value) <= MAX_GAP * extra


def _same_cost(data: ReportData, pair: Pair) -> bool:
    """Whether both cost practically the same, and something else than the reference."""
    moved = all(data.difference(key, "cost").direction for key in pair)
    return moved and data.contrast(*pair, "cost").verdict == "practically none"
