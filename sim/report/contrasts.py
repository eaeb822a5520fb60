"""Policies against each other: the contrasts that matter, and which policy is best at what."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sim.report.equal_money import ordered
from sim.report.report_data import PolicyRank, ReportData
from sim.report.sections import RANKED, Cell, Table, cell
from sim.report.sentences import of_hundred
from sim.report.wording import heading
from sim.studies.contrasts import ALL, JUDGED
from sim.words.language import Language


def contrasts(data: ReportData, t: Language, kind: str) -> Table | None:
    """One row per pair of policies that matters, one column per outcome that policies are judged by."""
    if data.contrasts is None or not data.pairs:
        return None
    held = data.outcomes(*RANKED)
    rows = []
    for pair in data.pairs:
        policy, other = ordered(data, pair)
        head = t("“{policy}” instead of “{other}”", policy=data.name(policy), other=data.name(other))
        rows.append((head, [cell(t, data.contrast(policy, other, name)) for name in held]))
    headings = [t("Policies"), *(heading(t, name, difference=True) for name in held)]
    caption = (
        t("Policies that claim the same money, against each other: {kind}", kind=kind)
        if set(data.groups) - {ALL}
        else t("The leading policies against each other: {kind}", kind=kind)
    )
    return Table(caption, headings, rows)


def rankings(data: ReportData, t: Language) -> list[Table]:
    """One table per group of policies: how often each is best, and what is lost by choosing it."""
    return [_ranking(data, t, group) for group, ranks in data.ranks.items() if _judged(ranks)]


def _judged(ranks: Mapping[tuple[str, str], PolicyRank]) -> list[str]:
    return [name for name in JUDGED if any(outcome == name for _, outcome in ranks)]


def _ranking(data: ReportData, t: Language, group: str) -> Table:
    ranks, held = data.ranks[group], _judged(data.ranks[group])
    nothing = PolicyRank(math.nan, math.nan)
    found = {key: [ranks.get((key, name), nothing) for name in held] for key in data.groups[group]}
    rows = []
    for key in sorted(found, key=lambda key: -max(rank.p_best for rank in found[key])):
        cells = [(Cell(of_hundred(t, rank.p_best)), Cell(_lost(t, rank))) for rank in found[key]]
        rows.append((data.name(key), [cell for pair in cells for cell in pair]))
    labels = {"survivors_5y": t("survivors"), "exporters": t("exporters")}
    headings = [t("Policy")]
    for name in held:
        headings += [t("Best in … of 100: {what}", what=labels[name]), t("Expected loss: {what}", what=labels[name])]
    caption = (
        t("Which of all policies is best")
        if group == ALL
        else t("Which policy is best, of those that claim the same money")
    )
    return Table(caption, headings, rows)


def _lost(t: Language, rank: PolicyRank) -> str:
    return "–" if math.isnan(rank.regret) else t.number(rank.regret, 0 if rank.regret >= 10 else 1)


def sentences(data: ReportData, t: Language) -> list[str]:
    """One sentence on which of all policies is best at each outcome."""
    found = []
    for name in JUDGED:
        ranks = {key: rank for (key, outcome), rank in data.ranks.get(ALL, {}).items() if outcome == name}
        if ranks:
            best = max(ranks, key=lambda key: ranks[key].p_best)
            policy, share, lost = data.name(best), of_hundred(t, ranks[best].p_best), _lost(t, ranks[best])
            found.append(
                t(
                    "“{policy}” has most survivors in {share} of 100; choosing it loses {lost} on average.",
                    policy=policy, share=share, lost=lost,
                )
                if name == "survivors_5y"
                else t(
                    "“{policy}” has most exporters in {share} of 100; choosing it loses {lost} on average.",
                    policy=policy, share=share, lost=lost,
                )
            )  # fmt: skip
    return found
