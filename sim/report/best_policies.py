"""What a search found, in words and as a table: the best policies, and what they change against the base."""

from __future__ import annotations

from typing import Any

from sim.errors import Mistake
from sim.figures.values import written
from sim.figures.words import factor_label, outcome_label
from sim.inference.frontier import Frontier, SearchAnswer, effect_of
from sim.model.outcomes import shown_of
from sim.report.sections import Cell, Table
from sim.report.wording import FEW_DRAWS, Estimate, heading, shown_amount
from sim.scenario import Scenario, builtin_scenarios, load_scenario
from sim.words.language import Language

MOST = 12
"""Largest number of found policies in the table: the surest of the frontier, in its order."""


class BestPolicies:
    """The answer of a search in a language."""

    def __init__(self, found: SearchAnswer, t: Language):
        self.found, self.t = found, t
        self._rows: dict[str, dict[Any, Any]] = {row["policy"]: row for row in found.frontier.to_dict("records")}
        self._loaded: dict[str, Scenario] = {}

    @property
    def sentences(self) -> list[str]:
        """The money, the best policy for each aim, and the one that gives up least; words follow from the verdicts."""
        aims = [name for name in self.found.aims if name != "cost"]
        found = [self._money, *(line for name in aims if (line := self._best(name)))]
        least = self.found.gives_up_least
        if least is not None and len(aims) > 1:
            words = self.t(
                "{policy} gives up least on all aims together, in sizes that matter: {what}.",
                policy=self.title(least), what=self.does(least),
            )  # fmt: skip
            found.append(words[:1].upper() + words[1:])
        return found

    @property
    def held(self) -> str:
        """In how many worlds and under how many draws the policies were compared, and what the intervals hold."""
        t, draws = self.t, int(self.found.frontier["draws"].max())
        fresh = t.number(self.found.manifest["fresh"])
        if not draws:
            return t("In {count} fresh worlds; 95 % intervals hold chance only, parameters fixed.", count=fresh)
        return t(
            "In {count} fresh worlds under {draws} draws of the parameters that the facts allow; 95 % intervals over "
            "these draws, chance taken out.",
            count=fresh, draws=t.number(draws),
        )  # fmt: skip

    @property
    def _money(self) -> str:
        t, noted = self.t, self.found.manifest
        tried, over = noted["policies"], noted["over_budget"]
        if noted["limit"] is None:
            return t("{n} policy was tried, without a budget.", "{n} policies were tried, without a budget.", n=tried)
        limit, cost = (t.number(shown_of("cost").scale * noted[name], 1) for name in ("limit", "base_cost"))
        return t(
            "The budget allows {currency} {limit} million beyond {base}, which costs {cost} (to the end, discounted). "
            "By their plans all {tried} proposed policies keep within it, {mended} of them once they were cut down; "
            "simulated, {over} ({share}) cost more.",
            currency=t.country("currency"), limit=limit, base=self.title(self.found.base), cost=cost,
            tried=t.number(tried), mended=t.number(noted["mended"]), over=t.number(over),
            share=t.percent(over / tried if tried else 0.0, 1),
        )  # fmt: skip

    def _best(self, outcome: str) -> str:
        """Which policy changes an aim most for the better."""
        t, key = self.t, self.found.best(outcome)
        if key is None:
            return ""
        row = self._rows[key]
        estimate = self._estimate(key, outcome)
        words: dict[str, Any] = {
            "outcome": outcome_label(t, outcome), "policy": self.title(key), "what": self.does(key),
            "change": shown_amount(t, estimate), "probability": t.percent(self._gain(key, outcome)),
            "best": t.percent(row[f"{outcome}_p_best"]), "regret": self._regret(key, outcome),
        }  # fmt: skip
        opening = (
            t(
                "{outcome}: {policy} comes first, {change}, but only {n} countries were tried: {what}.",
                n=estimate.draws,
                **words,
            )
            if estimate.few_draws
            else t("{outcome}: {policy} gains most, {change} (probability of a gain {probability}): {what}.", **words)
            if estimate.welcome
            else t(
                "{outcome}: of no policy is a gain known; {policy} comes first, {change} (probability of a gain "
                "{probability}): {what}.",
                **words,
            )
        )
        if 0 < estimate.draws <= FEW_DRAWS:
            return opening
        rest = t(
            "It is the best of those compared with a probability of {best}; choosing it gives up {regret} on average.",
            **words,
        )
        return f"{opening} {rest}"

    def table(self, most: int = MOST) -> Table:
        """The base, then the given policies, then the surest of the frontier: differences from the base."""
        t, aims = self.t, [name for name in self.found.aims if name != "cost"]
        rows = [(self.heading(key), [self._cell(key, name) for name in ("cost", *aims)]) for key in self.shown(most)]
        caption = t(
            "Differences from {base} (95 % interval); below: probability of a gain, probability of being the best, and "
            "what choosing it gives up on average",
            base=self.title(self.found.base),
        )
        return Table(caption, [t("Policy"), *(heading(t, name, difference=True) for name in ("cost", *aims))], rows)

    def shown(self, most: int = MOST) -> list[str]:
        """The policies of the table: base, named ones, then the surest of the frontier, sorted by the first aim."""
        table = self.found.frontier
        named = table[table["named"] & (table["worlds"] > 0)]
        front = table[(table["state"] == "frontier") & ~table["named"]]
        kept = set(front.sort_values("on_frontier", ascending=False, kind="stable").head(most)["policy"])
        kept |= {key for name in self.found.aims if (key := self.found.best(name))} | {self.found.gives_up_least}
        rest = table[table["policy"].isin(kept) & ~table["named"]]
        return [self.found.base, *named["policy"], *rest["policy"]]

    def lines(self, most: int = MOST) -> list[str]:
        """What each policy of the table does otherwise than the base, one line each."""
        shown = self.shown(most)[1:]
        return [self.t("{what}: {value}", what=self.heading(key), value=self.does(key)) for key in shown]

    def title(self, key: str) -> str:
        """The name of a policy in a sentence of the language; its number if it was found, not given."""
        packaged = dict(builtin_scenarios())
        if key == self.found.base:
            return self.t.typeset(self._scenario(key).title(self.t.code))
        if key in packaged:
            return self.t.typeset(load_scenario(packaged[key]).title(self.t.code))
        return self.t.pgettext("in a sentence", "policy {n}").format(n=_number(key))

    def heading(self, key: str) -> str:
        """The name of a policy at the head of a row or line."""
        given = key == self.found.base or key in dict(builtin_scenarios())
        return self.title(key) if given else self.t("Policy {n}", n=_number(key))

    def does(self, key: str) -> str:
        """What a policy does otherwise than the base."""
        scenario = self._scenario(key)
        parts = [
            self.t("{what}: {value}", what=factor_label(self.t, path), value=self._written(scenario, path, value))
            for path, value, _ in scenario.diff(self._scenario(self.found.base))
        ]
        return self.t("; ").join(parts) or self.t("the same")

    def _written(self, scenario: Scenario, path: str, value: Any) -> str:
        return written(self.t, value, scenario.schema.declarations[path])

    def _scenario(self, key: str) -> Scenario:
        if key not in self._loaded:
            self._loaded[key] = self.found.scenario(key)
        return self._loaded[key]

    def _estimate(self, key: str, outcome: str) -> Estimate:
        return Estimate.from_effect(outcome, effect_of(self._rows[key], outcome))

    def _gain(self, key: str, outcome: str) -> float:
        positive = float(self._rows[key][f"{outcome}_p_positive"])
        return positive if self.found.aims.get(outcome, -1) > 0 else 1 - positive

    def _gain_words(self, key: str, outcome: str) -> str:
        """The probability of a gain; where all draws agree but are few, that all do; of the base none."""
        if key == self.found.base:
            return "–"
        estimate = self._estimate(key, outcome)
        if estimate.all_of_few and self._gain(key, outcome) > 0.5:
            return self.t("{n} of {all}", n=estimate.draws, all=estimate.draws)
        return self.t.percent(self._gain(key, outcome))

    def _regret(self, key: str, outcome: str) -> str:
        scale = shown_of(outcome).scale
        value = float(self._rows[key][f"{outcome}_regret"]) * scale
        return self.t.number(value, 0 if value >= 10 else 1)

    def _cell(self, key: str, outcome: str) -> Cell:
        t, row = self.t, self._rows[key]
        estimate = self._estimate(key, outcome)
        text = "0" if estimate.nothing else shown_amount(t, estimate)
        if row["state"] == "over budget":
            return Cell(text, note=t("over the budget") if outcome == "cost" else "")
        if outcome == "cost":
            return Cell(text)
        ranks = t.percent(row[f"{outcome}_p_best"]), self._regret(key, outcome)
        return Cell(text, note=" · ".join([self._gain_words(key, outcome), *ranks]))


def _number(key: str) -> int:
    """The number of a policy that a search found: 146 of `policy-0146`."""
    return int(key.rpartition("-")[2])


def best_policies_of(folder: Any, t: Language) -> BestPolicies | None:
    """The answer of the search in a folder; None if it holds none that can be read."""
    try:
        found = BestPolicies(Frontier(folder), t)
        return found if found.sentences else None
    except (Mistake, KeyError, OSError, ValueError):
        return None
