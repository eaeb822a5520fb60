"""Each region in one row: its hub, startups alive after five years, exporters and residents, and founders who move."""

from __future__ import annotations

from collections.abc import Sequence

from sim.country.geography import geography
from sim.figures.canvas import from_north_to_south
from sim.model.outcomes import OUTCOMES
from sim.report.report_data import ReportData
from sim.report.sections import Cell, Table, cell
from sim.report.wording import amount
from sim.words.language import Language

COUNTS = ("survivors_5y", "exporters", "residents")
"""What is counted in each region."""


def tables(data: ReportData, t: Language, policies: Sequence[str]) -> list[Table]:
    """One table per policy: one row per region, from north to south, with the difference of each count."""
    if data.study.older or data.differences is None:
        return []
    return [found for key in policies if (found := _table(data, t, key)) is not None]


def _table(data: ReportData, t: Language, policy: str) -> Table | None:
    country = geography()
    regions = [country.regions[index] for index in from_north_to_south(country)]
    held = [name for name in COUNTS if data.outcomes(f"{name}:{regions[0]}")]
    if "survivors_5y" not in held:
        return None
    rows = []
    for region in regions:
        changes = [cell(t, data.difference(policy, f"{name}:{region}")) for name in held]
        rows.append((t.place(region), [Cell(_hub(data, t, policy, region)), *changes]))
    caption = t(
        "Region by region: “{policy}” against “{reference}”",
        policy=data.name(policy),
        reference=data.name(data.reference),
    )
    return Table(caption, [t("Region"), t("Hub"), *(t(OUTCOMES[name].label) for name in held)], rows)


def _hub(data: ReportData, t: Language, policy: str, region: str) -> str:
    """Whether a region has a hub in the last year: what residents it has tell."""
    name = f"residents:{region}"
    before, change = data.level(data.reference, name), data.difference(policy, name)
    if not before.defined or not change.defined:
        return "–"
    after = before.value + change.value
    if before.value > 0:
        return t("today") if after > 0 else t("closes")
    return t("opens") if after > 0 else t("none")


def relocated(data: ReportData, t: Language, policies: Sequence[str]) -> list[str]:
    """How many more founders move to the city of a hub under each policy, in sentences."""
    found = []
    for key in policies if data.outcomes("relocated") else ():
        moved = data.difference(key, "relocated")
        if moved.defined and not moved.nothing:
            words = t("Under “{policy}”, founders who move to the city of a hub instead of founding at home: {amount}.")
            found.append(words.format(policy=data.name(key), amount=amount(t, moved)))
    return found
