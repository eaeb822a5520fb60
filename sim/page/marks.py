"""Months that charts mark: hubs that open or close under one of two policies only, and the end of the roadmap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sim.model.delays import is_random, openings_under, promises
from sim.model.outcomes import MIDWAY
from sim.model.setup import openings
from sim.scenario import Scenario
from sim.words.language import Language


class Mark(NamedTuple):
    """A hub opens or closes.

    Attributes:
        month: `YYYY-MM`; the median over draws if the month is `drawn`.
        kind: `opening` or `closing`.
        hub: name of the hub in the tables.
        drawn: whether the month differs between draws.
    """

    month: str
    kind: str
    hub: str
    drawn: bool


def marks_of(policy: Scenario, draws: Sequence[int]) -> list[Mark]:
    """What a policy opens and closes, in the order of the months, in worlds under these draws (none: as announced).

    A hub that opens in fewer than half of the draws has no mark.
    """
    network = policy.parameters.network
    found = [Mark(closure.closes, "closing", closure.hub, False) for closure in network.closures]
    if draws and is_random(policy):
        promised, months = promises(policy), defaultdict(list)
        for draw in draws:
            for item in openings_under(promised, draw):
                months[item["hub"]].append(item["opens"])
        found += [
            Mark(sorted(opens)[len(opens) // 2], "opening", hub, len(set(opens)) > 1)
            for hub, opens in months.items()
            if 2 * len(opens) >= len(draws)
        ]
    else:
        found += [Mark(opens, "opening", hub, False) for hub, opens, *_ in openings(network)]
    return sorted(found)


def marks(policy: Scenario, against: Scenario, draws: Sequence[int]) -> tuple[list[Mark], list[Mark]]:
    """The marks of each policy that the other does not have."""
    left, right = (marks_of(one, sorted(set(draws))) for one in (policy, against))
    return [one for one in left if one not in right], [one for one in right if one not in left]


def as_data(sides: tuple[list[Mark], list[Mark]]) -> list[dict[str, str]]:
    """The marks for JSON, with the end of the roadmap."""
    months = {(mark.month, mark.kind) for side in sides for mark in side} | {(MIDWAY, "roadmap")}
    return [{"month": month, "kind": kind} for month, kind in sorted(months)]


def in_words(sides: tuple[list[Mark], list[Mark]], titles: tuple[str, str], t: Language) -> list[str]:
    """What the marks mean, in a few sentences; `titles` are the names of both policies."""
    told: list[Any] = []
    for side, title in zip(sides, titles, strict=True):
        events = t.listed([_event(mark, t) for mark in side])
        if events:
            told.append(t("{policy}: {events}.", policy=title, events=events))
    if any(mark.drawn for side in sides for mark in side):
        told.append(t("When hubs open differs between draws; the marks are medians."))
    midway = t.month(MIDWAY)
    return [*told, t("{year}: end of the roadmap, {month}.", year=MIDWAY[:4], month=midway)]


def _event(mark: Mark, t: Language) -> str:
    hub, month = t.place(mark.hub), t.month(mark.month)
    if mark.kind == "closing":
        return t("▼ {hub} closes in {month}", hub=hub, month=month)
    return t("▲ {hub} opens in {month}", hub=hub, month=month)
