"""What follows from a comparison: what to do, what would change it, what to watch, and what rests on assumptions.

Each sentence follows from the verdicts and prices in the tables.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sim.country.data import is_home
from sim.figures.words import factor_label
from sim.inference.contraction import packaged_prior_posterior
from sim.inference.entry import FOUNDERS
from sim.model.outcomes import MIDWAY, OUTCOMES, shown_of
from sim.report.finding import Finding
from sim.report.milestones import Milestones
from sim.report.prior import SURVIVAL, before_and_after
from sim.report.report_data import PolicyRank, ReportData
from sim.report.sentences import of_hundred
from sim.report.tiles import chance
from sim.report.wording import PRICE_OF, Estimate, amount, millions
from sim.studies.contrasts import ALL, JUDGED, Pair
from sim.studies.cost_per_effect import Price
from sim.words.language import Language

DEPENDENCE = "dependence.csv"
MOST_PARAMETERS = 2
"""Largest number of parameters that are named for what a result depends on."""


def at_equal_money(finding: Finding) -> list[str]:
    """One sentence per pair of policies with the same cost: survivors and exporters."""
    t, data = finding.t, finding.data
    found = []
    for policy, other in finding.pairs:
        parts = []
        for name in data.outcomes(*JUDGED):
            contrast = data.contrast(policy, other, name)
            if contrast.defined:
                told = t("; ").join(part for part in (amount(t, contrast), chance(t, contrast)[0]) if part)
                parts.append(t("{what}: {told}", what=t(OUTCOMES[name].label).lower(), told=told))
        pair = t("“{policy}” instead of “{other}”", policy=data.name(policy), other=data.name(other))
        found.append(t("{opening}: {clauses}.", opening=pair, clauses=t(" · ").join(parts)))
    if not found and data.policies and data.differences is not None and data.outcomes("cost"):
        if all(data.difference(key, "cost").verdict == "practically none" for key in data.policies):
            found.append(t("All policies cost practically the same: what is compared is at equal money."))
        elif len(data.policies) > 1:
            found.append(t("No two policies of this study cost the same. Read the gains beside the bill."))
        else:
            found.append(t("The study has no other way to spend this money. Read the gains beside the bill."))
    return found


# What to do


def to_do(finding: Finding) -> list[str]:
    """What the numbers advise: which of two policies with the same cost, and whether to spend the money at all."""
    t, data, outcome = finding.t, finding.data, finding.outcome
    if outcome is None or data.differences is None:
        if finding.why_undefined == "nobody" and data.differences is not None:
            return [t("Nothing is advised: run the comparison again, with worlds that are long enough.")]
        return [t("Nothing is advised: run the comparison again, so that its tables hold these numbers.")]
    if not finding.pairs:
        return [_advice(finding, key, outcome) for key in finding.shown]
    choice, chosen = _choice(finding, finding.pairs[0], outcome)
    return [choice, _advice(finding, chosen, outcome)]


def _choice(finding: Finding, pair: Pair, outcome: str) -> tuple[str, str]:
    """Which policy of a pair with the same cost to prefer, in a sentence, and its key."""
    t, data = finding.t, finding.data
    contrast, group = data.contrast(*pair, outcome), _ranks_of(data, pair)
    lost = {key: group.get((key, outcome), PolicyRank(math.nan, math.nan)).regret for key in pair}
    policy, other = map(data.name, pair)
    if contrast.verdict == "clear":
        return t("With this money, prefer “{policy}” to “{other}”.", policy=policy, other=other), pair[0]
    if contrast.verdict == "likely":
        share = of_hundred(t, contrast.effect.p_sign)
        return t(
            "With this money, “{policy}” is the better bet: {share} of 100.", share=share, policy=policy, other=other
        ), pair[0]
    if contrast.verdict == "open" and all(map(math.isfinite, lost.values())):
        safer, riskier = sorted(pair, key=lambda key: lost[key])
        words = t(
            "This study does not choose between “{policy}” and “{other}”. If one must be chosen, “{safer}” risks less: "
            "on average it loses {loss} against the better of the two, the other {risk}.",
            safer=data.name(safer), loss=t.number(lost[safer], 1), risk=t.number(lost[riskier], 1),
            policy=policy, other=other,
        )  # fmt: skip
        return words, safer
    return t(
        "Numbers of startups do not choose between “{policy}” and “{other}”; regions may.", policy=policy, other=other
    ), pair[0]


def _ranks_of(data: ReportData, pair: Pair) -> Mapping[tuple[str, str], PolicyRank]:
    """The ranks of two policies among themselves; empty if they are ranked with others only."""
    groups = (ranks for name, ranks in data.ranks.items() if name != ALL and set(data.groups[name]) == set(pair))
    return next(groups, {})


def _advice(finding: Finding, key: str, outcome: str) -> str:
    """What to do about one policy, from its effect and its cost."""
    t, data = finding.t, finding.data
    gain, spent = _sign(data.difference(key, outcome)), _sign(data.difference(key, "cost"))
    price = data.price(key, PRICE_OF[outcome])
    words = _advised(t).get((gain, spent)) or _advised(t)[(gain, "")]
    if gain == spent == "more" and isinstance(price, Price) and price.bargain == "price":
        return _worth_it(t, data.name(key), _one(t, outcome), price)
    return words.format(
        policy=data.name(key), million=t.number(abs(data.difference(key, "cost").value) * shown_of("cost").scale)
    )


def _worth_it(t: Language, policy: str, one: str, price: Price) -> str:
    """From which worth of one more startup a policy pays: in half of the countries, and by the price of means."""
    if price.draws < 2:
        words = t("Do “{policy}” if {one} is worth {currency} {price} million or more; else leave it.")
        return words.format(policy=policy, one=one, price=millions(t, price.value))
    if not math.isfinite(price.median):
        words = t(
            "Do not do “{policy}” for the sake of startups alone: in half of the {n} countries that fit the facts it "
            "pays at no price."
        )
        return words.format(policy=policy, n=t.number(price.draws))
    words = t(
        "Do “{policy}” if {one} is worth {currency} {half} million or more: from there it pays in half of the {n} "
        "countries that fit the facts. Mean cost over mean gain is {price} million."
    )
    return words.format(
        policy=policy, one=one, n=t.number(price.draws), half=millions(t, price.median), price=millions(t, price.value)
    )


def _advised(t: Language) -> dict[tuple[str, str], str]:
    """Advice by what a policy does to the number of startups and to the bill; an empty word means not known."""
    free = t("Do “{policy}”: it gives more, and costs no more.")
    return {
        ("more", "less"): free,
        ("more", "same"): free,
        ("more", ""): t("Do “{policy}” only if its gain is worth its bill."),
        ("less", "less"): t(
            "“{policy}” saves {currency} {million} million and loses startups: do it if the money does more elsewhere."
        ),
        ("less", ""): t("Do not do “{policy}”: it loses startups, and does not save money for sure."),
        ("same", "less"): t("Do “{policy}”: it saves {currency} {million} million and loses no startups that matter."),
        ("same", "more"): t("Do not spend {currency} {million} million on “{policy}” for the sake of startups alone."),
        ("same", ""): t("“{policy}” makes no difference to startups that matters: other reasons decide."),
        ("", "more"): t(
            "Do not commit {currency} {million} million to “{policy}” on this result: try it where it can be undone, "
            "and ask for the data below."
        ),
        ("", ""): t("Do not decide on “{policy}” by this result: ask for the data below, or run more worlds."),
    }


def _sign(found: Estimate) -> str:
    """The direction of a clear or likely effect; `same` where it is practically none; empty where it is not known."""
    if found.direction:
        return "more" if found.direction > 0 else "less"
    return "same" if found.verdict == "practically none" else ""


def _one(t: Language, outcome: str) -> str:
    return t("one more exporter") if outcome == "exporters" else t("one more startup alive after five years")


# What would change it, and what to watch


def would_change(finding: Finding) -> list[str]:
    """What the finding turns on: the other sign, parameters, openings, and the price of a startup."""
    t, data, key, outcome = finding.t, finding.data, finding.lead, finding.outcome
    if key is None or outcome is None or data.differences is None:
        return []
    found, name, other = [], data.name(key), finding.other
    effect = data.contrast(key, other, outcome) if other else data.difference(key, outcome)
    if effect.draws > 1 and not effect.nothing:
        found.append(_turned(t, effect, name, data.name(other) if other else ""))
    elif effect.defined and not effect.draws and not data.study.older:
        found.append(t("The parameters are fixed: under others the finding may turn. Compare under the posterior."))
    if other and (leaders := t("; ").join(_leaders(data, t, (key, other), outcome))):
        words = t("What “{policy}” does more than “{other}” depends most on: {parameters}.")
        found.append(words.format(policy=name, other=data.name(other), parameters=leaders))
    elif leaders := t("; ").join(_leaders(data, t, (key, data.reference), outcome)):
        found.append(t("What “{policy}” does depends most on: {parameters}.", policy=name, parameters=leaders))
    if opened := data.open_hubs(key):
        most = max(opened.probability)
        words = t("The probability that {hubs} hubs are open in {month} is {share}: delays make its effect smaller.")
        found.append(
            words.format(hubs=t.number(most), month=t.month(opened.month), share=t.percent(opened.probability[most]))
        )
    price = data.price(key, PRICE_OF[outcome])
    if isinstance(price, Price) and price.bargain == "price" and math.isfinite(price.low):
        words = t("To whom {one} is worth less than {currency} {price} million, “{policy}” hardly ever pays.")
        found.append(words.format(one=_one(t, outcome), price=millions(t, price.low), policy=name))
    return found


def _turned(t: Language, effect: Estimate, policy: str, other: str) -> str:
    """How often it is the other way round: of an effect or, with another policy, of a contrast with that one."""
    if effect.few_draws:
        words = (
            t("Only {n} countries were tried: in others “{other}” may give more than “{policy}”.")
            if other
            else t("Only {n} countries were tried: in others “{policy}” may have the opposite effect.")
        )
        return words.format(n=t.number(effect.draws), policy=policy, other=other)
    words = (
        t("In {share} of 100 countries that fit the facts, “{other}” gives more than “{policy}”.")
        if other
        else t("In {share} of 100 countries that fit the facts, “{policy}” has the opposite effect.")
    )
    return words.format(share=of_hundred(t, 1 - effect.effect.p_sign), policy=policy, other=other)


def _leaders(data: ReportData, t: Language, pair: Pair, outcome: str) -> list[str]:
    """The parameters on which the difference between two policies depends most, with their direction."""
    columns = ("scenario", "reference", "outcome", "parameter", "leads", "rank")
    table = data.tables.optional(DEPENDENCE, needs=columns)
    if table is None:
        return []
    ways = table[["scenario", "reference"]].apply(tuple, axis=1)
    turned = pair not in set(ways)
    own = table[(ways == (pair[::-1] if turned else pair)) & (table["outcome"] == outcome)]
    leading = own[own["leads"].notna()].sort_values("leads").head(MOST_PARAMETERS)
    return [
        t("{parameter} (the larger, the larger the effect)", parameter=factor_label(t, row["parameter"]))
        if (row["rank"] > 0) != turned
        else t("{parameter} (the larger, the smaller the effect)", parameter=factor_label(t, row["parameter"]))
        for row in leading.to_dict("records")
    ]


def to_watch(finding: Finding, table: Milestones | None) -> list[str]:
    """What to count until the end of the roadmap, and what to compare it with: the table of milestones."""
    t, data, key = finding.t, finding.data, finding.lead
    if key is None or data.differences is None:
        return []
    opens = data.difference(key, "hubs").direction != 0
    found = [
        t("Each year: when hubs open or close, and who founds beside them that would not have founded elsewhere.")
        if opens
        else t("Each year: hours of accompaniment that startups were given, and how many were turned away.")
    ]
    if table is not None:
        month = t.month(MIDWAY)
        found.append(
            t(
                "In {month}: the table above. Outside its ranges the model is wrong, and the finding with it.",
                month=month,
            )
        )
    return found


# What is assumed


def assumed(finding: Finding) -> list[str]:
    """What the result takes as given: prior beside posterior, or that there is none."""
    t, study = finding.t, finding.data.study
    if not is_home():
        return [t("The parameters were fitted to the facts of another country: the differences are illustrations.")]
    if not study.draw_count and not study.older:
        return [t("All parameters are fixed at one set: the ranges hold chance only, not what is not known of them.")]
    rows = {row.quantity: row for row in packaged_prior_posterior()}
    return [before_and_after(t, rows[name]) for name in (SURVIVAL, FOUNDERS) if name in rows]
