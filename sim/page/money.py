"""“I have 100 million dirhams”: which kept policies a sum beyond the base cost pays, and what each of them adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.model.outcomes import shown_of
from sim.page.kept import Kept
from sim.page.picture import Picture
from sim.page.visit import AddressError
from sim.page.worker import REPLICATIONS
from sim.report.tiles import chance
from sim.report.wording import Estimate, shown_amount
from sim.scenario import Scenario
from sim.words.language import Language

AIMS = ("survivors_5y", "exporters")
"""What the sum is to buy."""
SEARCH = "hubsim search --extra {extra}"
"""The command that tries mixes which no kept policy is."""
MOST_MILLION = 100_000


def extra_of(text: str, t: Language) -> float:
    """A sum in millions, as a visitor typed it.

    Raises:
        AddressError: it is no number from 0 to `MOST_MILLION`.
    """
    try:
        extra = float(text.replace(",", "."))
    except ValueError:
        extra = -1.0
    if not 0 <= extra <= MOST_MILLION:
        raise AddressError(t("the sum must be a number of millions from 0 to {most}", most=t.number(MOST_MILLION)))
    return extra


def what_it_pays(
    kept: Kept, presets: Mapping[str, Scenario], base: Scenario, extra: float, told: tuple[Language, Mapping[str, str]]
) -> dict[str, Any]:
    """The policies that cost at most `extra` million more than `base`, in expectation, the best for each aim first.

    Args:
        kept: the kept pictures.
        presets: policies by key.
        base: the policy that the sum comes beside.
        extra: the sum, in millions of the currency.
        told: the language, and the titles of the policies in it by key.
    """
    t, titles = told
    pictures = {
        key: found.picture
        for key, policy in presets.items()
        if policy.digest != base.digest and (found := kept.find(policy, base, 1, REPLICATIONS)) is not None
    }
    cost = {key: _estimate(picture, "cost").value * shown_of("cost").scale for key, picture in pictures.items()}
    paid = sorted((key for key in pictures if cost[key] <= extra), key=lambda key: -_rank(pictures[key]))
    return {
        "sentences": [_best(name, {key: pictures[key] for key in paid}, t, titles) for name in AIMS] if paid else [],
        "rows": [_row(pictures[key], titles[key], t) | {"policy": key} for key in paid],
        "note": _note(len(pictures), len(paid), extra, t),
        "command": SEARCH.format(extra=f"{extra:g}"),
    }


def _estimate(picture: Picture, name: str) -> Estimate:
    return Estimate.from_effect(name, picture.effects[name])


def _rank(picture: Picture) -> float:
    """Survivors first: the count that holds for the whole country."""
    return _estimate(picture, AIMS[0]).value


def _best(name: str, paid: Mapping[str, Picture], t: Language, titles: Mapping[str, str]) -> str:
    """The policy that adds most to a count, if one adds for sure or probably."""
    found = {key: _estimate(picture, name) for key, picture in paid.items()}
    adding = [key for key, one in found.items() if one.direction > 0]
    if not adding:
        none = {
            "survivors_5y": t("None of them adds startups alive after five years, for sure or probably."),
            "exporters": t("None of them adds exporters, for sure or probably."),
        }
        return none[name]
    best = max(adding, key=lambda key: found[key].value)
    most = {
        "survivors_5y": t("Most startups alive after five years: {policy}, {amount}."),
        "exporters": t("Most exporters: {policy}, {amount}."),
    }
    return most[name].format(policy=titles[best], amount=shown_amount(t, found[best]))


def _row(picture: Picture, title: str, t: Language) -> dict[str, Any]:
    estimates = {name: _estimate(picture, name) for name in ("cost", *AIMS)}
    cells = [shown_amount(t, one) for one in estimates.values()]
    chances = [chance(t, estimates[name])[0] for name in AIMS]
    return {
        "title": title,
        "cells": cells,
        "chances": chances,
        "values": {name: one.value for name, one in estimates.items()},
    }


def _note(known: int, paid: int, extra: float, t: Language) -> str:
    if not known:
        return t("No answers are kept for these policies: the command computes them.")
    return t(
        "{paid} of {known} policies that come along cost at most {extra} million {money} more than today’s, in "
        "expectation. What they add is told under the draws of what is not known of the country. The command searches "
        "for mixes of hubs, hours and missions that none of them is.",
        paid=t.number(paid), known=t.number(known), extra=t.number(extra, 0 if extra == int(extra) else 1),
    )  # fmt: skip
