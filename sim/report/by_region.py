"""Each region in one row: its hub, startups alive after five years, exporters, residents, founders who come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.country.geography import geography
from sim.figures.canvas import from_north_to_south
from sim.model.outcomes import DEFINED, OF_REGIONS
from sim.report.report_data import ReportData
from sim.report.sections import Cell, Table, cell
from sim.report.wording import amount
from sim.words.language import Language

COUNTS = ("survivors_5y", "exporters", "residents", *OF_REGIONS)
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
        changes = [_change(data, t, policy, f"{name}:{region}") for name in held]
        rows.append((t.place(region), [Cell(_hub(data, t, policy, region)), *changes]))
    caption = t(
        "Region by region: “{policy}” against “{reference}”",
        policy=data.name(policy),
        reference=data.name(data.reference),
    )
    return Table(caption, [t("Region"), t("Hub"), *(t(DEFINED[name].label) for name in held)], rows)


def _change(data: ReportData, t: Language, policy: str, name: str) -> Cell:
    """What a policy changes in a region; of founders who move, also how many do under both policies."""
    change = cell(t, data.difference(policy, name))
    if name.partition(":")[0] not in OF_REGIONS:
        return change
    now, before = (data.level(key, name) for key in (policy, data.reference))
    if not (now.defined and before.defined and now.value + before.value):
        return change
    told = t("{now} instead of {before}", now=_few(t, now.value), before=_few(t, before.value))
    return replace(change, note=t("; ").join(words for words in (told, change.note) if words))


def _few(t: Language, number: float) -> str:
    """A mean of small counts: with a decimal below ten."""
    return t.number(number, 0 if number >= 10 or number == 0 else 1)


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
    if found and any(data.outcomes(f"{name}:{geography().regions[0]}") for name in OF_REGIONS):
        found.append(
            t(
                "Those of 2025 to 2029 who cross the border of a region are in the last two columns: the difference, "
                "and how many there are under the policy instead of under “{reference}”.",
                reference=data.name(data.reference),
            )
        )
    return found
