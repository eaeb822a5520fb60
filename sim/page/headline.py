"""The rates on top of a comparison: both policies, and their difference in the words of the report's tiles."""

from __future__ import annotations

import math
from typing import Any

from sim.model.outcomes import OUTCOMES, shown_of
from sim.page.picture import Picture
from sim.report.tiles import line
from sim.report.wording import Estimate
from sim.words.language import NO_BREAK_SPACE, Language

HEADLINE = ("success_rate", "cohort_success_rate", "export_rate")
"""The two success rates, as the operator counts and of all admitted, and the export rate of residents."""


def headline(picture: Picture, t: Language) -> list[dict[str, str]]:
    """Each of `HEADLINE` that both policies have, as texts: levels, difference, range, chance and verdict."""
    return [_rate(name, picture, t) for name in HEADLINE if name in picture.effects]


def _rate(name: str, picture: Picture, t: Language) -> dict[str, str]:
    levels, found = picture.shown["outcomes"][name], Estimate.from_effect(name, picture.effects[name])
    told = line(t, "", found)
    unit = NO_BREAK_SPACE + t(shown_of(name).named(difference=True)) if found.defined else ""
    return {
        "outcome": name,
        "title": t(OUTCOMES[name].label),
        **{side: _percent(levels[side], t) for side in ("policy", "against")},
        "difference": told.value + unit,
        "range": told.range,
        "chance": told.chance,
        "over": told.over,
        "verdict": "" if found.nothing or found.verdict == "practically none" else t(found.verdict),
        "tone": told.tone,
    }


def _percent(share: float | None, t: Language) -> str:
    return "–" if share is None or math.isnan(share) else t.percent(share, 1)


def units(picture: Picture, t: Language) -> dict[str, dict[str, Any]]:
    """For each national outcome of a picture: its unit for people, and the stored unit and its scale."""
    return {name: _unit(name, t) for name in picture.effects if name in OUTCOMES}


def _unit(name: str, t: Language) -> dict[str, Any]:
    shown = shown_of(name)
    unit, gap = t(shown.unit), t(shown.named(difference=True))
    both = unit if gap == unit else t("{unit}; differences in {gap}", unit=unit, gap=gap)
    return {"unit": both, "stored": t.unit(OUTCOMES[name].unit), "scale": shown.scale}
