"""December 2027 beside the last year, for the policies of the first page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.model.outcomes import MIDWAY, OUTCOMES, shown_of
from sim.report.report_data import ReportData
from sim.report.sections import Cell
from sim.report.tiles import between
from sim.report.wording import Estimate
from sim.words.language import Language

STOCKS = ("hubs", "residents", "export_rate")
"""Stocks that are read in both years."""


@dataclass(frozen=True)
class Milestones:
    """A table with two columns, one per year, for each group: the reference, then the change by each policy."""

    caption: str
    years: tuple[str, str]
    groups: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]

    @property
    def labels(self) -> list[str]:
        """The heading of each column with its group, for a telephone."""
        return [f"{group} · {year}" for group in self.groups for year in self.years]


def milestones(data: ReportData, t: Language, shown: Sequence[str]) -> Milestones | None:
    """Stocks under the reference, and what each policy changes, at the end of the roadmap and in the last year."""
    held = [name for name in STOCKS if data.outcomes(f"{name}_2027") and data.outcomes(name)]
    if not held or data.differences is None:
        return None
    rows = []
    for name in held:
        both = (f"{name}_2027", name)
        cells = [_cell(t, data.level(data.reference, column), signed=False) for column in both]
        cells += [_cell(t, data.difference(key, column), signed=True) for key in shown for column in both]
        rows.append((_label(t, name), cells))
    midway, last = t.month(MIDWAY), _last_year(data, t)
    caption = t("{midway}, and {last}", midway=midway, last=last)
    groups = [data.name(data.reference), *(t("change by “{policy}”", policy=data.name(key)) for key in shown)]
    return Milestones(caption[:1].upper() + caption[1:], (midway, last), groups, rows)


def _label(t: Language, name: str) -> str:
    """A stock, with the unit of shares."""
    label, shown = t(OUTCOMES[name].label), shown_of(name)
    return label if shown.scale == 1 else t("{label}, {unit}", label=label, unit=t(shown.unit))


def _last_year(data: ReportData, t: Language) -> str:
    scenario = data.scenarios.get(data.reference)
    return t("mean of {year}", year=scenario.end[:4]) if scenario else t("the last year")


def _cell(t: Language, found: Estimate, *, signed: bool) -> Cell:
    """A value with its range below."""
    if not found.defined:
        return Cell("–")
    seen = found.scaled(shown_of(found.outcome).scale)
    tone = {True: "good", False: "bad", None: ""}[found.welcome] if signed else ""
    return Cell(t.number(seen.value, seen.decimals, signed=signed), tone, between(t, seen, signed=signed))
