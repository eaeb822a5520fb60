"""The tables and sentences of the report, from the data of a result and in one language."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sim.country.geography import geography
from sim.model.outcomes import OUTCOMES, shown_of
from sim.report.policies import changed_values
from sim.report.report_data import ReportData
from sim.report.sentences import verdict_words, weighting
from sim.report.wording import PRICE_OF, Estimate, amount, heading, shown_amount
from sim.studies.smallest import SMALLEST
from sim.words.language import Language

RANKED = ("survivors_5y", "exporters", "cost")
"""The outcomes by which policies are judged: national counts and the cost."""
OTHER_OUTCOMES = (
    "survival_5y", "cohort_success_rate", "success_rate", "export_rate", "ever_exported", "residents",
    "waiting", "regional_balance", "survivors_outside",
)  # fmt: skip
"""The other outcomes of the table of differences."""
WAYS_TO_COUNT = (
    "success_rate", "cohort_success_rate", "success_24m", "graduate_survival", "completion_rate", "survival_5y",
)  # fmt: skip
"""Ways to count success that the operator's sentence may mean, and the country's own rate."""
THOUSAND = 1000.0


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `tone` is good, bad or empty; `note` is written below in small type."""

    text: str
    tone: str = ""
    note: str = ""

    @property
    def line(self) -> str:
        """The cell on one line, for a sentence."""
        return f"{self.text} ({self.note})" if self.note else self.text


@dataclass(frozen=True)
class Table:
    """A table with a caption, headings, and rows that begin with their heading.

    `broad` is one with many columns of words, whose rows have less room for their heading.
    """

    caption: str
    headings: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    numeric: bool = True
    broad: bool = False


@dataclass(frozen=True)
class Policy:
    """A policy in a paragraph: its meaning, what it changes, its effects."""

    key: str
    name: str
    description: str
    changes: list[str]
    readable: bool
    result: list[str] = field(default_factory=list)


class Content:
    """What the page says about one result, in one language."""

    def __init__(self, data: ReportData, t: Language) -> None:
        self.data, self.t = data, t

    def differences(self, outcomes: Iterable[str], caption: str) -> Table:
        """Paired differences: one row per policy, one column per outcome."""
        r, t = self.data, self.t
        held = r.outcomes(*outcomes)
        rows = [(r.name(key), [cell(t, r.difference(key, name)) for name in held]) for key in r.policies]
        return Table(caption, [t("Policy"), *(self.heading(name) for name in held)], rows)

    def heading(self, outcome: str) -> str:
        """An outcome's label with the unit of its differences."""
        return heading(self.t, outcome, difference=True)

    @property
    def main_table(self) -> Table:
        """What every policy does to the outcomes by which policies are judged."""
        reference = self.data.name(self.data.reference)
        caption = self.t(
            "Difference from “{reference}” in the same worlds: {kind}", reference=reference, kind=self.kind
        )
        return self.differences(RANKED, caption)

    @property
    def kind(self) -> str:
        """What the numbers of a table are, for its caption."""
        study, t = self.data.study, self.t
        if study.older:
            return t("mean and 95 % interval of the older kind")
        if study.draw_count > 1:
            return t("expected, median and 95 % interval over {count} draws", count=t.number(study.draw_count))
        return (
            t("expected, under one draw") if study.draw_count else t("expected, with its 95 % interval (chance only)")
        )

    @property
    def level_kind(self) -> str:
        """What the levels of a table are, for its caption."""
        study, t = self.data.study, self.t
        if study.older or study.draw_count < 2:
            return self.kind
        return t("expected, mean and 95 % interval over {count} draws", count=t.number(study.draw_count))

    @property
    def notes(self) -> list[str]:
        """What the intervals contain and what the verdicts mean, in sentences."""
        study, t = self.data.study, self.t
        if study.older:
            return [
                t(
                    "These results are of an older kind: their intervals are symmetric (Student's), hold chance too, "
                    "and may hide what all draws of the parameters agree on. So there is no verdict on them: run the "
                    "comparison again."
                )
            ]
        if study.draw_count == 1:
            return [t("All worlds lived under one draw of the parameters, so there is no interval: run more worlds.")]
        if study.draw_count:
            found = t(
                "Intervals hold what the facts leave open about the parameters: quantiles (2.5 and 97.5 %) of what is "
                "expected over {count} draws, with the chance of finite worlds taken out.",
                count=t.number(study.draw_count),
            )
            found = " ".join([found, *weighting(t, study.weighted)])
        else:
            found = t("Intervals hold chance only; what is not known of the parameters is not in them.")
        verdicts = t(
            "Clear: the probability of one sign is above 95 %, and known well enough to say so. Likely: at least 90 %. "
            "Practically none: less than the smallest size that matters. Open: none of these."
        )
        return [found, verdicts]

    @property
    def other_tables(self) -> list[Table]:
        """The other outcomes, three per table so that each table fits a page."""
        held, caption = self.data.outcomes(*OTHER_OUTCOMES), self.main_table.caption
        return [self.differences(held[at : at + 3], caption) for at in range(0, len(held), 3)]

    @property
    def definitions(self) -> list[tuple[str, str]]:
        """Every outcome that the report shows: its definition, and the change in it that is practically none."""
        names = self.data.outcomes(*dict.fromkeys((*RANKED, *OTHER_OUTCOMES, *WAYS_TO_COUNT)))
        return [(self.t(OUTCOMES[name].label), self._definition(name)) for name in names]

    @property
    def counted(self) -> list[tuple[str, str]]:
        """What costs and their denominators count, and until when."""
        names = self.data.outcomes("cost", *PRICE_OF)
        return [(self.t(OUTCOMES[name].label), self.t(OUTCOMES[name].sentence)) for name in names]

    def _definition(self, name: str) -> str:
        t, sentence = self.t, self.t(OUTCOMES[name].sentence)
        if name not in SMALLEST:
            return sentence
        size = SMALLEST[name].size * shown_of(name).scale
        decimals = next(count for count in range(4) if count == 3 or math.isclose(round(size, count), size))
        return t(
            "{sentence} Practically none: less than {size} ({unit}).",
            sentence=sentence,
            size=t.number(size, decimals),
            unit=t(shown_of(name).named(difference=True)),
        )

    @property
    def policies(self) -> list[Policy]:
        """Every policy but the reference, in a paragraph."""
        r, t = self.data, self.t
        base = r.scenarios.get(r.reference)
        found = []
        for key in r.policies:
            scenario = r.scenarios.get(key)
            result = [
                t(
                    "{outcome}: {change}.",
                    outcome=self.heading(outcome),
                    change=cell(t, r.difference(key, outcome)).line,
                )
                for outcome in r.outcomes(*RANKED)
            ] + self._open_hubs(key)
            text = self._described(key)
            changed = changed_values(t, scenario, base) if scenario and base else []
            found.append(Policy(key, r.name(key), text, changed, scenario is not None and base is not None, result))
        return found

    def _open_hubs(self, key: str) -> list[str]:
        """How many hubs a policy with random openings has at the end of the roadmap, in a sentence."""
        t, found = self.t, self.data.open_hubs(key)
        if found is None:
            return []
        numbers = t("; ").join(t.number(hubs) + t(": ") + t.percent(p) for hubs, p in found.probability.items())
        return [
            t(
                "Opening months are random: probability of the number of hubs open in {month} (predictive): {numbers}.",
                month=t.month(found.month),
                numbers=numbers,
            )
        ]

    @property
    def reference_words(self) -> str:
        """A description of the reference."""
        return self._described(self.data.reference)

    def _described(self, key: str) -> str:
        scenario = self.data.scenarios.get(key)
        return self.t.typeset(" ".join(scenario.describe(self.t.code).split())) if scenario else ""

    @property
    def regions(self) -> Table | None:
        """Who gains and who loses: for each policy, the regions with more survivors and those with fewer."""
        r, t = self.data, self.t
        regions = [name for name in geography().regions if r.outcomes(f"survivors_5y:{name}")]
        if not regions or r.study.older:
            return None
        rows = []
        for key in r.policies:
            found = {name: r.difference(key, f"survivors_5y:{name}") for name in regions}
            cells = []
            for wanted, tone in ((1, "good"), (-1, "bad")):
                named = {name: one for name, one in found.items() if one.direction == wanted}
                cells.append(Cell(self._named(named), tone) if named else Cell("–"))
            same = sum(one.nothing for one in found.values())
            unsure = sum(one.defined and not one.direction and not one.nothing for one in found.values())
            rows.append((r.name(key), [*cells, Cell(t.number(unsure)), Cell(t.number(same))]))
        headings = [
            t("Policy"), t("Regions with more survivors"), t("Regions with fewer survivors"),
            t("Regions where it is open"), t("Regions where nothing changes"),
        ]  # fmt: skip
        return Table(t("Who gains and who does not: startups alive after five years"), headings, rows, numeric=False)

    def _named(self, regions: Mapping[str, Estimate]) -> str:
        """Regions with their effects: first the clear ones, then the likely ones."""
        t, lines = self.t, []
        for sure in (True, False):
            some = [
                f"{t.place(name)} {amount(t, one)}" for name, one in regions.items() if (one.verdict == "clear") == sure
            ]
            if some:
                lines.append(t.listed(some) if sure else t("likely: {regions}", regions=t.listed(some)))
        return "\n".join(lines)

    @property
    def readings(self) -> Table | None:
        """The ways to count success, per 1,000 startups, under the reference."""
        r, t = self.data, self.t
        rows = []
        for name in r.outcomes(*WAYS_TO_COUNT):
            finding = r.level(r.reference, name)
            if not finding.defined:
                continue
            counted = r.denominator(r.reference, name)
            rows.append(
                (
                    t(OUTCOMES[name].label),
                    [
                        Cell(amount(t, finding.scaled(THOUSAND), signed=False)),
                        Cell(t.number(counted) if math.isfinite(counted) else "–"),
                        Cell(t(OUTCOMES[name].sentence)),
                    ],
                )
            )
        headings = [t("Way of counting"), t("Of every 1,000"), t("Startups counted"), t("What it counts")]
        reference = r.name(r.reference)
        caption = t(
            "Success under “{reference}”, counted in different ways: {kind}", reference=reference, kind=self.level_kind
        )
        return Table(caption, headings, rows, numeric=False) if rows else None

    @property
    def counting(self) -> str:
        """The operator's way of counting beside that of a cohort, in a sentence."""
        r, t = self.data, self.t
        operator, cohort = (r.level(r.reference, name).scaled(THOUSAND) for name in WAYS_TO_COUNT[:2])
        if not (operator.defined and cohort.defined):
            return ""
        return t(
            "Of every 1,000 startups that still operated after two years, {operator} succeed; of every 1,000 that were "
            "admitted, {cohort}. The two differ because the first leaves out those that gave up before.",
            operator=amount(t, operator, signed=False),
            cohort=amount(t, cohort, signed=False),
        )


def cell(t: Language, finding: Estimate) -> Cell:
    """An effect with its interval in a cell, with its verdict below."""
    tone = {True: "good", False: "bad", None: ""}[finding.welcome]
    text = "0" if finding.nothing else shown_amount(t, finding)
    return Cell(text, tone, verdict_words(t, finding))
