"""The finding of a comparison in one sentence, the title of its report, and the sentences that belong to it.

Every sentence follows from the verdicts in the tables; no policy has words of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.figures.words import Undefined
from sim.model.outcomes import shown_of
from sim.report.equal_money import pairs_at_equal_money
from sim.report.prices import cost_words
from sim.report.report_data import ReportData
from sim.report.sentences import State, alone, opposed, state_of
from sim.report.wording import Estimate
from sim.studies.contrasts import JUDGED, Pair
from sim.words.language import Language

MAX_SHOWN = 2
"""Largest number of policies that the first page shows in full."""
_GAINS: tuple[tuple[State, ...], ...] = (("more",), ("probably more", "few more"))


@dataclass(frozen=True)
class Finding:
    """What the first page says of a comparison.

    Attributes:
        data, t: the tables and the language.
        outcome: the national count by which the title judges; None where no policy's difference is defined.
    """

    data: ReportData
    t: Language

    @cached_property
    def outcome(self) -> str | None:
        """The first national count with a defined difference: survivors, or in too short a world exporters."""
        held = self.data.outcomes(*JUDGED)
        return next((name for name in held if any(one.defined for one in self._effects(name).values())), None)

    @cached_property
    def why_undefined(self) -> Undefined:
        """Why no policy's difference is defined, where none is: the reason that asks least of another study."""
        held = {one.why for name in JUDGED for one in self._effects(name).values() if not one.defined}
        reasons: tuple[Undefined, ...] = ("nobody", "no world")
        return next((why for why in reasons if why in held), "no row")

    @cached_property
    def pairs(self) -> list[Pair]:
        """Pairs of policies with the same cost."""
        return pairs_at_equal_money(self.data)

    @cached_property
    def lead(self) -> str | None:
        """The policy that the finding is about: a clear gain before a likely one, then the largest effect."""
        if self.pairs:
            return self.pairs[0][0]
        return self._best(self.outcome) if self.outcome else next(iter(self.data.policies), None)

    @cached_property
    def other(self) -> str | None:
        """The policy against which the title sets its own; None where it sets it against the reference."""
        if not self.pairs or self.outcome is None:
            return None
        return self.pairs[0][1] if self.data.contrast(*self.pairs[0], self.outcome).defined else None

    @cached_property
    def most_exporters(self) -> str | None:
        """The policy with the largest clear or likely gain in exporters; None without one."""
        best = self._best("exporters") if self.data.outcomes("exporters") else None
        return best if best and self.data.difference(best, "exporters").direction > 0 else None

    @cached_property
    def shown(self) -> list[str]:
        """The policies that the first page shows in full: a pair with the same cost, or the leading ones."""
        if self.pairs:
            return list(self.pairs[0])
        first = [key for key in (self.lead, self.most_exporters, *self.data.policies) if key]
        return list(dict.fromkeys(first))[:MAX_SHOWN]

    def _effects(self, outcome: str) -> dict[str, Estimate]:
        return {key: self.data.difference(key, outcome) for key in self.data.policies}

    def _best(self, outcome: str) -> str | None:
        """The policy with the largest gain at an outcome; of several, a clear gain comes before a likely one."""
        found = {key: one for key, one in self._effects(outcome).items() if one.defined}
        for states in _GAINS:
            if gains := {key: one for key, one in found.items() if state_of(one) in states}:
                return max(gains, key=lambda key: gains[key].value)
        return max(found, key=lambda key: found[key].value) if found else None

    # Sentences

    @property
    def title(self) -> str:
        """The finding in one sentence."""
        t, data = self.t, self.data
        if data.differences is None:
            return t("There is no finding: the table of differences is missing.")
        if self.lead is None:
            return t("There is no finding: “{policy}” stands alone.", policy=data.name(data.reference))
        if self.outcome is None:
            return {
                "no row": t("There is no finding: the tables lack the numbers that policies are judged by."),
                "no world": t("There is no finding: no world was run under two policies."),
                "nobody": t(
                    "There is no finding: in worlds this short, nothing that policies are judged by is defined."
                ),
            }[self.why_undefined]
        if self.other:
            pair = (self.lead, self.other)
            return self._against_each_other(pair, data.contrast(*pair, self.outcome))
        found = self._alone(self.lead, self.outcome)
        cost = self._cost(self.lead)
        sentence = t("{finding}; it {cost}.", finding=found, cost=cost) if cost else t("{finding}.", finding=found)
        return sentence[:1].upper() + sentence[1:]

    @property
    def beside(self) -> list[str]:
        """What belongs to the title: the effect of its policy alone, and the policy with most exporters."""
        t, found = self.t, []
        if self.lead is None or self.outcome is None or self.data.differences is None:
            return []
        if self.pairs:
            found.append(self._alone(self.lead, self.outcome))
        best = self.most_exporters
        if best and self.outcome != "exporters" and len(self.data.policies) > 1:
            found.append(self._alone(best, "exporters"))
            if best not in self.shown and (cost := self._cost(best)):
                found.append(t("it {cost}", cost=cost))
        if not found:
            return []
        reference = self.data.name(self.data.reference)
        return [t("Against “{reference}”: {findings}.", reference=reference, findings=t("; ").join(found))]

    def _cost(self, policy: str) -> str:
        cost = self.data.difference(policy, "cost")
        return cost_words(self.t, cost) if cost.defined else ""

    def _alone(self, policy: str, outcome: str) -> str:
        """The effect of a policy against the reference, as a sentence without its end."""
        return alone(self.t, self.data.name(policy), self.data.difference(policy, outcome))

    def _against_each_other(self, pair: Pair, contrast: Estimate) -> str:
        policy, other = pair
        money = self.data.difference(policy, "cost").scaled(shown_of("cost").scale)
        opening = self.t("For the same money")
        if money.direction > 0:
            amount = self.t.number(money.value)
            opening = self.t("For the same {currency} {amount} million", amount=amount)
        found = opposed(self.t, self.data.name(policy), self.data.name(other), contrast)
        return self.t("{opening}, {finding}.", opening=opening, finding=found)
