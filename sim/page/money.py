"""“I have 100 million dirhams”: which kept policies a sum beyond the base cost pays, and what each of them adds.

Where a search is kept for no more than the sum, the best mixes that it found follow, told as the report tells them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sim.model.outcomes import shown_of
from sim.page.kept import Kept
from sim.page.kept_search import KeptSearch, kept_search
from sim.page.picture import Picture
from sim.page.visit import AddressError
from sim.page.worker import REPLICATIONS
from sim.report.best_policies import BestPolicies
from sim.report.tiles import chance
from sim.report.wording import Estimate, shown_amount
from sim.scenario import Scenario
from sim.words.language import Language

AIMS = ("survivors_5y", "exporters")
"""What the sum is to buy."""
SEARCH = "hubsim search --extra {extra}"
"""The command that tries mixes which no kept policy is."""
MOST_MILLION = 100_000
MOST_FOUND = 4
"""Largest number of found mixes that are shown besides the best for each aim: the surest of the frontier."""


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
    search = kept_search(base, extra, kept.now, kept.folder)
    paid = sorted((key for key in pictures if cost[key] <= extra), key=lambda key: -_rank(pictures[key]))
    return {
        "sentences": [_best(name, {key: pictures[key] for key in paid}, t, titles) for name in AIMS] if paid else [],
        "rows": [_row(pictures[key], titles[key], t) | {"policy": key} for key in paid],
        "note": _note(len(pictures), len(paid), extra, t),
        "search": None if search is None else _found(search, base, extra, t),
        "command": SEARCH.format(extra=f"{extra:g}"),
    }


def _found(search: KeptSearch, base: Scenario, extra: float, t: Language) -> dict[str, Any]:
    """The mixes of a kept search as the report tells them, each with its address on the page."""
    best = BestPolicies(search, t)
    table, states = best.table(MOST_FOUND), search.frontier.set_index("policy")["state"]
    shown = zip(best.shown(MOST_FOUND), table.rows, strict=True)
    rows = [
        {
            "policy": key, "title": title, "does": best.does(key), "address": _address(search, key, base, t),
            "cells": [[cell.text, cell.note] for cell in cells],
        }
        for key, (title, cells) in shown
        if key != search.base and states[key] != "over budget"
    ]  # fmt: skip
    return {
        "note": _of_search(search, extra, t),
        "sentences": [*best.sentences, best.held],
        "caption": table.caption,
        "headings": table.headings,
        "rows": rows,
    }


def _of_search(search: KeptSearch, extra: float, t: Language) -> str:
    """For which sum a search was made, when, and whether it covers the whole sum."""
    limit = search.manifest["limit"] * shown_of("cost").scale
    month, money = t.month(search.made[:7]), _million(limit, t)
    text = (
        t(
            "Kept with the program since {month}: a search for {sum} million {money} beyond today’s cost.",
            month=month,
            sum=money,
        )
        if search.current
        else t(
            "Kept since {month}, before the model was changed: a search for {sum} million {money} beyond today’s cost.",
            month=month,
            sum=money,
        )
    )
    return f"{text} {t('Your sum allows more: the command below searches with all of it.')}" if extra > limit else text


def _address(search: KeptSearch, key: str, base: Scenario, t: Language) -> str:
    """Where the page opens a policy: the base with its changes, or one that comes along."""
    changes = search.changes.get(key)
    pairs = {"policy": key if changes is None else base.key}
    values = {path: json.dumps(value, ensure_ascii=False) for path, value in (changes or {}).items()}
    return f"/compare?{urlencode(pairs | values | {'lang': t.code})}"


def _million(value: float, t: Language) -> str:
    return t.number(value, 0 if value == int(value) else 1)


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
        paid=t.number(paid), known=t.number(known), extra=_million(extra, t),
    )  # fmt: skip
