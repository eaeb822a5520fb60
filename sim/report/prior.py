"""Prior beside posterior, in words: what was assumed about the hubs' effects, and how far the facts narrow it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.inference.contraction import Finding, PriorPosterior, packaged_prior_posterior
from sim.inference.entry import FOUNDERS
from sim.report.sections import Cell, Table
from sim.words.language import Language

SURVIVAL = "effect_survival_5y"


def table(t: Language, rows: Sequence[PriorPosterior] | None = None) -> Table:
    """One row per quantity: without and with the facts, and how far they narrow it. None takes the packaged rows."""
    headings = [
        t("What hubs do"),
        t("Before the facts (95 %)"),
        t("With the facts (95 %)"),
        t("Contraction (95 %)"),
        t("Width left"),
        t("Probability of nothing"),
    ]
    rows = packaged_prior_posterior() if rows is None else rows
    return Table(
        t("What hubs do, before and with the published facts"),
        headings,
        [(_head(t, row), _cells(t, row)) for row in rows],
    )


def sentences(t: Language, rows: Sequence[PriorPosterior] | None = None) -> list[str]:
    """What the rows mean; each sentence follows from their numbers."""
    rows = packaged_prior_posterior() if rows is None else rows

    def names(finding: Finding) -> str:
        return t("; ").join(_label(t, row) for row in rows if row.finding == finding)

    found = []
    if any(row.quantity == SURVIVAL and row.finding != "mostly" for row in rows):
        found.append(
            t(
                "Published figures do not identify the effect of accompaniment. Two sets of parameters can give the "
                "same published rates while the effect of one is a third of the other's. The strength of accompaniment "
                "is therefore a prior."
            )
        )
    if which := names("hardly"):
        found.append(
            t(
                "The published facts hardly narrow this: {names}. What is shown of it is mostly what was assumed.",
                names=which,
            )
        )
    if which := names("moved"):
        found.append(t("The published facts move this without narrowing it: {names}.", names=which))
    if which := names("somewhat"):
        found.append(t("The published facts narrow this somewhat: {names}. The rest is what was assumed.", names=which))
    if which := names("mostly"):
        found.append(t("The published facts tell most of this: {names}.", names=which))
    if which := names("cannot be told"):
        found.append(
            t("How far the published facts narrow this cannot be told from the draws there are: {names}.", names=which)
        )
    return found + [_founders(t, row) for row in rows if row.quantity == FOUNDERS and row.finding != "mostly"]


def before_and_after(t: Language, row: PriorPosterior) -> str:
    """One quantity in a sentence: what was assumed before the facts, and what is left open with them."""
    before, after = (
        _between(t, *(_number(t, row, getattr(row, f"{when}_{end}")) for end in ("median", "low", "high")))
        for when in ("prior", "posterior")
    )
    told = t("{what}: {before} before the facts, {after} with them.", what=_head(t, row), before=before, after=after)
    if row.finding in ("hardly", "moved"):
        return t("{sentence} This is mostly what was assumed.", sentence=told)
    return told


def _between(t: Language, value: str, low: str, high: str) -> str:
    return t("{value} ({low} to {high})", value=value, low=low, high=high)


def _founders(t: Language, row: PriorPosterior) -> str:
    return t(
        "How many survivors a policy adds in the whole country rests on an assumption: how many found because of a hub "
        "who would not have founded elsewhere. For today's hubs, {low} to {high} a year (95 %) are possible.",
        low=_number(t, row, row.posterior_low),
        high=_number(t, row, row.posterior_high),
    )


def _label(t: Language, row: PriorPosterior) -> str:
    label = t(row.words.label)
    return label[:1].lower() + label[1:]


def _head(t: Language, row: PriorPosterior) -> str:
    label, unit = t(row.words.label), row.words.unit
    return t("{label}, {unit}", label=label, unit=t.unit(unit)) if unit else label


def _number(t: Language, row: PriorPosterior, value: float) -> str:
    return t.number(row.words.scale * value, row.words.decimals)


def _cells(t: Language, row: PriorPosterior) -> list[Cell]:
    before, after = (
        _between(t, *(_number(t, row, getattr(row, f"{when}_{end}")) for end in ("median", "low", "high")))
        for when in ("prior", "posterior")
    )
    taken = (t.number(value, 2) for value in (row.contraction, row.contraction_low, row.contraction_high))
    contraction = t("cannot be told") if row.finding == "cannot be told" else _between(t, *taken)
    idle = row.prior_idle, row.posterior_idle
    chances = "–"
    if all(map(math.isfinite, idle)):
        chances = t("{before}, then {after}", before=t.percent(idle[0]), after=t.percent(idle[1]))
    return [Cell(text) for text in (before, after, contraction, t.percent(row.width_ratio), chances)]
