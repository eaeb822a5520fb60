"""Every word that a figure shows, in English; the other languages are in the catalogues of `sim/words/locale`.

Matplotlib 3.11 shapes and orders Arabic by itself, so the text is stored as it is typed. Time axes run from
left to right in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.figures.analysis_words import ANALYSIS_TEXTS
from sim.words.language import Language, language


@dataclass(frozen=True)
class Words:
    """The text of figures in one language: `words("present", month="2024-06")`."""

    language: Language
    separator: str = " · "

    @property
    def right_to_left(self) -> bool:
        """Whether text begins at the right."""
        return self.language.direction == "rtl"

    def __call__(self, key: str, **values: Any) -> str:
        """The text of `key`, with its places filled."""
        return self.language(TEXTS[key], **values)

    def name(self, group: str, key: str) -> str:
        """The label of something that data name (a series), or the data's own word if it is not listed."""
        full = f"{group}.{key}"
        return self(full) if full in TEXTS else key.replace("_", " ")

    def place(self, name: str) -> str:
        """The name of a region, city or hub in this language."""
        return self.language.place(name)

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """`value` as this language writes it."""
        return self.language.number(value, decimals, signed=signed)


TEXTS: Mapping[str, str] = {
    # Reading notes
    "replications.range": "{low} to {high} replications per policy.",
    "uncertainty": "chance only, parameters fixed",
    "uncertainty.draws": "over {count} draws of what the facts allow, chance taken out",
    "uncertainty.one": "one draw of the parameters, so there is none",
    "uncertainty.older": "symmetric, of an older kind: run the comparison again",
    "band": "Line: median. Band: 5th to 95th percentile of the replications ({uncertainty}).",
    "band.draws": "Line: median. Band: 95 % interval of the expected value ({uncertainty}).",
    "band.one": "Line: mean of the worlds of one draw of the parameters, which has no band.",
    "band.predictive": "Line: median. Band: 5th to 95th percentile of the replications, parameters and chance together "
    "(predictive).",
    "names": "Policies: {names}.",
    "grey": "Thin grey lines: {names}.",
    "rolling": "Rates of cohorts are means over the last 12 months.",
    "present": "present, {month}",
    # Paths
    "paths.title": "Where each policy leads",
    "paths.title.one": "One world, month by month",
    "paths.reference_band": "The band is that of “{reference}”.",
    "policies.title": "Where each policy leads, policy by policy",
    "policies.note": "Dashed: the median of “{reference}”.",
    "gaps.title": "What each policy changes, month by month",
    "gaps.subtitle": "Difference from “{reference}” in the same world",
    "own_scale": "Rows on a tinted ground have a scale of their own.",
    "gaps.note": "The same replication has the same founders and the same luck under every policy.",
    # Forest
    "forest.title": "What each policy changes",
    "forest.subtitle": "Difference from “{reference}” in the same worlds",
    "forest.note": "Point: median effect. Bar: its 95 % interval ({uncertainty}).",
    "forest.note.older": "Point: mean of paired differences. Bar: its 95 % interval ({uncertainty}). All are hollow, "
    "because there is no verdict on them.",
    "forest.beyond": "Arrow: the value lies beyond the panel and is printed with its interval.",
    "undefined": "not defined",
    "better.up": "better →",
    "better.down": "← better",
    # Verdicts
    "verdicts.note": "Filled: clear. Grey: likely. Hollow: open, or too few draws. Thin rhomb: practically none.",
    "verdict.clear": "clear",
    "verdict.likely": "likely",
    "verdict.open": "open",
    "verdict.practically none": "practically none",
    "verdict.too few draws": "too few draws",
    "verdict.not defined": "not defined",
    # Map
    "map.title": "Hubs, and the survival of startups by region",
    "map.subtitle": "{names}; {month}",
    "map.difference": "Difference",
    "map.shade": "surviving after five years, %",
    "map.shade_difference": "difference, % points",
    "map.hubs": "Disc: residents of a hub. Ring: its places.",
    "map.hubs.difference": "Map of differences: hubs that only one of the two has; regions where the sign is clear or "
    "likely are coloured, negative ones hatched; grey: open.",
    "map.region": "Region",
    "map.founders": "Founders",
    "map.note": "Survival: startups whose fifth year ended in the {window} months to {month}, in % of "
    "the founders (per replication).",
    "map.interval": "Difference: % points, with its 95 % interval ({uncertainty}) and its verdict.",
    "map.none": "Without hubs: {names}.",
    "map.few": "Dotted: fewer than {count} founders in all replications, too few for a rate.",
    # Survival
    "survival.title": "How long startups last",
    "survival.subtitle": "Share that has not failed, by age",
    "survival.founded": "All founders, by year of founding",
    "survival.admitted": "Admitted to a hub, by year of admission",
    "survival.under": "Cohorts under “{reference}”",
    "survival.policies": "Cohort {cohort} under each policy",
    "survival.age": "months since founding",
    "survival.stay": "months since admission",
    "survival.nobody": "nobody to follow",
    "survival.note": "Those admitted are other startups under each policy; “all founders” compares like with like.",
    # Cost
    "cost.title": "What each policy costs, and what it brings",
    "cost.subtitle": "Difference from “{reference}” in the same worlds",
    "cost.axis": "additional cost, MAD million (discounted, from present to the end)",
    "cost.survivors": "additional survivors after five years",
    "cost.exporters": "additional exporters",
    "cost.note": "Point: medians. Cross: their 95 % intervals ({uncertainty}). The mark is that of the effect.",
    "cost.note.older": "Point: means of paired differences. Cross: their 95 % intervals ({uncertainty}). All are "
    "hollow, because there is no verdict on them.",
    "cost.ray": "MAD {amount} m each",
    "cost.away": "Beyond the panel: {policies}",
    "cost.point": "{policy} (cost {cost}, effect {effect})",
    "percent": "{number} %",
    # Series and outcomes
    "series.active": "Active startups",
    "series.operating": "Operating startups",
    "series.residents": "Residents of hubs",
    "series.exporters": "Exporters",
    "series.export_rate": "Exporters among residents",
    "series.survival_5y": "Five-year survival, all founders",
    "series.cohort_success_rate": "Operating after 60 months, of all admitted",
    "series.success_rate": "Success as the operator counts (60 of 24 months)",
    "series.success_24m": "Operating after 24 months, of all admitted",
    "series.survivors_5y": "Five-year survivors",
    "series.founded": "Founded",
    "series.waiting": "Waiting for a place",
    "series.waiting_months": "Wait for a place",
    "series.occupancy": "Occupancy",
    "series.admissions": "Admissions",
    "series.cost": "Cost, discounted",
    "series.outside_centre": "Residents outside the two central regions",
    "series.regional_balance": "Residents outside the two central regions",
    "series.funded_share": "Funded startups",
    "series.jobs": "Jobs",
    "series.cash_total": "Cash held",
    "series.revenue_total": "Revenue",
    "series.competence_skills": "Skills",
    "series.ties": "Ties",
    **ANALYSIS_TEXTS,
}


def words_of(code: str) -> Words:
    """The words of a language; a `ValueError` names the languages there are."""
    return Words(language(code))
