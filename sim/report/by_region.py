"""Each region in one row: its hub, startups alive after five years, exporters, residents, founders who come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.country.data import table
from sim.country.geography import geography
from sim.figures.canvas import from_north_to_south
from sim.model.outcomes import DEFINED, OF_REGIONS
from sim.report.report_data import ReportData
from sim.report.sections import Cell, Table, cell
from sim.report.wording import amount
from sim.words.language import Language

COUNTS = ("survivors_5y", "exporters", "residents", *OF_REGIONS)
"""What is counted in each region."""
OCCUPANCY, HUB = "occupancy:", " (hub)"
"""What stands before and behind the name of a hub in that of its occupancy."""


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
    return Table(caption, [t("Region"), t("Hub"), *(t(DEFINED[name].label) for name in held)], rows, broad=True)


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
    """Whether a region has an open hub in the last year, under the reference and under a policy."""
    found = _hubs(data)
    if not found:
        return "–"
    before, after = (
        any(data.level(key, name).defined for name, place in found.items() if place == region)
        for key in (data.reference, policy)
    )
    if before:
        return t("today") if after else t("closes")
    return t("opens") if after else t("none")


def _hubs(data: ReportData) -> dict[str, str]:
    """The region of each hub by the name of its occupancy, which is defined in worlds that have places there."""
    country = geography()
    city_of: dict[str, str] = dict(table("hubs")[["hub", "city"]].itertuples(index=False))
    region_of = dict(zip(country.cities, country.city_region, strict=True))
    found = {}
    for name in set() if data.summary is None else set(data.summary["outcome"]):
        hub = name.removeprefix(OCCUPANCY).removesuffix(HUB)
        city = city_of.get(hub, hub)
        if name == f"{OCCUPANCY}{hub}{HUB}" and city in region_of:
            found[name] = country.regions[region_of[city]]
    return found


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
