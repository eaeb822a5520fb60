"""Policies against each other: the contrasts that matter, and which policy is best at what."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sim.report.report_data import Rank, ReportData
from sim.report.sections import RANKED, Cell, Table, cell
from sim.report.sentences import of_hundred
from sim.report.wording import heading
from sim.studies.contrasts import ALL, JUDGED
from sim.words.language import Language


def contrasts(reading: ReportData, t: Language, kind: str) -> Table | None:
    """A row for each pair that matters, a column for each outcome that policies are judged by."""
    if reading.contrasts is None or not reading.pairs:
        return None
    held = reading.outcomes(*RANKED)
    rows = []
    for pair in reading.pairs:
        policy, other = _ordered(reading, pair)
        head = t("“{policy}” instead of “{other}”", policy=reading.name(policy), other=reading.name(other))
        rows.append((head, [cell(t, reading.contrast(policy, other, name)) for name in held]))
    headings = [t("Policies"), *(heading(t, name, difference=True) for name in held)]
    caption = (
        t("Policies that claim the same money, against each other: {kind}", kind=kind)
        if set(reading.groups) - {ALL}
        else t("The leading policies against each other: {kind}", kind=kind)
    )
    return Table(caption, headings, rows)


def _ordered(reading: ReportData, pair: tuple[str, str]) -> tuple[str, str]:
    """A pair, the one with more survivors (or else more exporters) first."""
    found = next((name for name in JUDGED if reading.outcomes(name)), None)
    backwards = found is not None and reading.contrast(*pair, found).effect.sign < 0
    return pair[::-1] if backwards else pair


def rankings(reading: ReportData, t: Language) -> list[Table]:
    """For each group of policies, how often each is best, and what is lost by choosing it."""
    return [_ranking(reading, t, group) for group, ranks in reading.ranks.items() if _judged(ranks)]


def _judged(ranks: Mapping[tuple[str, str], Rank]) -> list[str]:
    return [name for name in JUDGED if any(outcome == name for _, outcome in ranks)]


def _ranking(reading: ReportData, t: Language, group: str) -> Table:
    ranks, held = reading.ranks[group], _judged(reading.ranks[group])
    nothing = Rank(math.nan, math.nan)
    found = {key: [ranks.get((key, name), nothing) for name in held] for key in reading.groups[group]}
    rows = []
    for key in sorted(found, key=lambda key: -max(rank.p_best for rank in found[key])):
        cells = [(Cell(of_hundred(t, rank.p_best)), Cell(_lost(t, rank))) for rank in found[key]]
        rows.append((reading.name(key), [cell for pair in cells for cell in pair]))
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


def _lost(t: Language, rank: Rank) -> str:
    return "–" if math.isnan(rank.regret) else t.number(rank.regret, 0 if rank.regret >= 10 else 1)


def sentences(reading: ReportData, t: Language) -> list[str]:
    """The best of all policies at each outcome, in a sentence."""
    found = []
    for name in JUDGED:
        ranks = {key: rank for (key, outcome), rank in reading.ranks.get(ALL, {}).items() if outcome == name}
        if ranks:
            best = max(ranks, key=lambda key: ranks[key].p_best)
            policy, share, lost = reading.name(best), of_hundred(t, ranks[best].p_best), _lost(t, ranks[best])
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
