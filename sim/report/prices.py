"""The price of one more startup: an amount with its range, or a sentence where there is no price."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.figures.words import undefined
from sim.model.outcomes import shown_of
from sim.report.report_data import ReportData
from sim.report.sections import Cell, Table
from sim.report.sentences import State, state_of, verdict_words
from sim.report.wording import PRICE_OF, Estimate, amount, heading, millions, shown_amount
from sim.studies.cost_per_effect import Price
from sim.words.language import Language


def table(data: ReportData, t: Language) -> Table | None:
    """One row per policy: its additional cost, and the price of each additional survivor and exporter."""
    held = [effect for effect in PRICE_OF if data.outcomes(effect) and data.outcomes("cost")]
    if not held:
        return None
    names = {"survivors_5y": t("For each additional survivor"), "exporters": t("For each additional exporter")}
    rows = []
    for key in data.policies:
        cost = data.difference(key, "cost")
        cells = [Cell(shown_amount(t, cost), note=verdict_words(t, cost))]
        for effect in held:
            price = data.price(key, PRICE_OF[effect])
            priced = isinstance(price, Estimate) or price.bargain != "not defined"
            words = price_words(t, data.difference(key, effect), cost, price) if priced else None
            cells.append(Cell(words or undefined(t, data.why_undefined(key, PRICE_OF[effect]))))
        rows.append((data.name(key), cells))
    headings = [t("Policy"), heading(t, "cost", difference=True), *(names[effect] for effect in held)]
    caption = t("What an additional startup costs (expected, discounted)")
    return Table(caption, headings, rows, numeric=False)


def residual_value(data: ReportData, t: Language, policies: Sequence[str]) -> list[str]:
    """For each policy that leaves buildings of value, what they take off its cost, and its cost without that."""
    found, reference = [], data.name(data.reference)
    for key in policies if data.outcomes("cost_residual") else ():
        cost, worth = (data.difference(key, name).scaled(shown_of("cost").scale) for name in ("cost", "cost_residual"))
        if worth.direction < 0 and cost.defined:
            words = t(
                "The cost of “{policy}” is what remains after {currency} {worth} million, the discounted value that "
                "its buildings still have at the end; without that it would cost {currency} {whole} million more than "
                "“{reference}”."
            )
            left, whole = t.number(-worth.value), t.number(cost.value - worth.value)
            found.append(words.format(policy=data.name(key), worth=left, whole=whole, reference=reference))
    return found


def price_words(t: Language, effect: Estimate, cost: Estimate, price: Price | Estimate) -> str:
    """The price of each additional startup, in words that depend on the mean effect and the mean cost.

    A `Estimate` is a price of an older table, with Fieller's interval; the words then name no loss and no saving.
    """
    if isinstance(price, Estimate):
        priced = price.defined and price.value > 0 and cost.value > 0
        each = amount(t, price.scaled(shown_of("cost").scale), signed=False)
        return t("{currency} million {amount} each, of the older kind", amount=each) if priced else "–"
    match price.bargain:
        case "price":
            low, median, high = (_from(t, limit) for limit in (price.low, price.median, price.high))
            return t(
                "{currency} {value} million each; pays with a probability of 2.5 % {low}, 50 % {median}, 97.5 % {high}",
                value=millions(t, price.value), low=low, median=median, high=high,
            )  # fmt: skip
        case "saving" | "more for less" | "less for more":
            return t("{cost} and {effect}", cost=cost_words(t, cost), effect=_effects(t, effect))
        case "no change":
            return t("the same, at the same cost")
        case _:
            return t("not defined")


def _from(t: Language, limit: float) -> str:
    """The price from which the policy pays; words where there is none."""
    return t("from {amount} million", amount=millions(t, limit)) if math.isfinite(limit) else t("at no price")


def cost_words(t: Language, cost: Estimate) -> str:
    """What a policy saves or costs: the first half of a sentence."""
    scaled = cost.scaled(shown_of("cost").scale)
    value, low, high = (t.number(number, scaled.decimals) for number in (scaled.value, scaled.low, scaled.high))
    match _direction(cost) if math.isfinite(cost.low) else _of_sign(cost.value):
        case "more":
            return t("costs {currency} {amount} million more", amount=value)
        case "less":
            return t("saves {currency} {amount} million", amount=t.number(-scaled.value, scaled.decimals))
        case "same":
            return t("costs practically the same")
        case _:
            return t("may cost more or less ({currency} {low} to {high} million)", low=low, high=high)


def _effects(t: Language, effect: Estimate) -> str:
    """How many more or fewer startups there are: the second half of a sentence."""
    number = t.number(abs(effect.value), effect.decimals)
    low, high = (t.number(limit, effect.decimals, signed=True) for limit in (effect.low, effect.high))
    direction = _direction(effect)
    likely = direction in ("more", "less") and effect.verdict != "clear"
    words = _of_exporters(t) if effect.outcome == "exporters" else _of_survivors(t)
    return words[f"probably {direction}" if likely else direction].format(number=number, low=low, high=high)


def _of_exporters(t: Language) -> dict[str, str]:
    return {
        "more": t("has {number} more exporters"),
        "less": t("has {number} fewer exporters"),
        "probably more": t("probably has {number} more exporters"),
        "probably less": t("probably has {number} fewer exporters"),
        "same": t("has practically as many exporters"),
        "": t("may have more or fewer exporters ({low} to {high})"),
    }


def _of_survivors(t: Language) -> dict[str, str]:
    return {
        "more": t("has {number} more survivors"),
        "less": t("has {number} fewer survivors"),
        "probably more": t("probably has {number} more survivors"),
        "probably less": t("probably has {number} fewer survivors"),
        "same": t("has practically as many survivors"),
        "": t("may have more or fewer survivors ({low} to {high})"),
    }


_DIRECTIONS: dict[State, str] = {
    "more": "more", "probably more": "more", "few more": "more",
    "less": "less", "probably less": "less", "few less": "less",
    "same": "same", "slightly more": "same", "slightly less": "same", "nothing": "same",
}  # fmt: skip


def _of_sign(value: float) -> str:
    """The direction of a number without an interval."""
    return "more" if value > 0 else "less" if value < 0 else "same"


def _direction(finding: Estimate) -> str:
    return _DIRECTIONS.get(state_of(finding), "")
