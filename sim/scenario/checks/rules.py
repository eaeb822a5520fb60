"""Rules between several values of a scenario: the order of months, and the names of hubs.

The rules read the tree, not the checked model, so they run even when other values are invalid. They skip values of the
wrong type, because these are already reported.
"""

from __future__ import annotations

from sim.declare.calendar import months_between
from sim.errors import said, shorten, suggestion
from sim.scenario.errors import Problems
from sim.scenario.hub_names import HubNames
from sim.scenario.reader import Node
from sim.scenario.schema import MONTH_PATTERN, Schema, Time

MAX_MONTHS = 1200
"""Largest number of months in a run."""


def check_rules(tree: Node, schema: Schema, problems: Problems) -> None:
    """Add to `problems` the values that contradict each other, the past, or the country's hubs and cities."""
    present = _time(tree, problems)
    if "network" in schema.blocks:
        openings = _openings(tree, schema.hub_names, present, problems)
        _closures(tree, schema.hub_names, openings, present, problems)
        _hubs_by_2027(tree, schema.hub_names, problems)


def _month(node: Node | None) -> str:
    """The month in a node, or an empty text if the node holds no month."""
    text = node.value if node is not None else None
    return text if isinstance(text, str) and MONTH_PATTERN.match(text) else ""


def _time(tree: Node, problems: Problems) -> str:
    """Check that start < present < end; returns `present`."""
    nodes = {name: tree.at(("time", name)) for name in Time.model_fields}
    months = {name: _month(nodes[name]) or field.default for name, field in Time.model_fields.items()}
    for earlier, later in (("start", "present"), ("present", "end")):
        node = nodes[later] or nodes[earlier]
        if node is not None and months[earlier] >= months[later]:
            message = said(
                "time.{later} is {month}, but must be after time.{earlier} ({other})",
                later=later,
                month=months[later],
                earlier=earlier,
                other=months[earlier],
            )
            problems.note(node.origin, message)
    node = nodes["end"] or nodes["start"]
    if node is not None and months_between(months["start"], months["end"]) >= MAX_MONTHS:
        problems.note(node.origin, said("a run may last {n} years at most; bring time.end nearer", n=MAX_MONTHS // 12))
    return months["present"]


def _items(tree: Node, *path: str) -> list[tuple[Node, Node]]:
    """The items of a list that name a hub, each with the node of the hub's name."""
    node = tree.at(path)
    items = node.value if node is not None and isinstance(node.value, list) else []
    return [(item, hub) for item in items if (hub := item.at(("hub",))) is not None and isinstance(hub.value, str)]


def _after_present(item: Node, key: str, present: str, problems: Problems) -> str:
    """Check that a policy's month is after `present`; returns the month, or an empty text if there is none."""
    node = item.at((key,))
    month = _month(node)
    if node is not None and month and month <= present:
        message = said(
            "{key} is {month}, but a policy acts after time.present, which is {present}",
            key=key,
            month=month,
            present=present,
        )
        problems.note(node.origin, message)
    return month


def _openings(tree: Node, names: HubNames, present: str, problems: Problems) -> dict[str, str]:
    """Check the new hubs; returns the opening month of each hub."""
    opens: dict[str, str] = {}
    for item, hub in _items(tree, "network", "openings"):
        name, places = hub.value, item.at(("places",))
        month = _after_present(item, "opens", present, problems)
        if name in opens:
            problems.note(
                hub.origin, said("{name} opens twice in network.openings; keep one of the two items", name=name)
            )
        elif name in names.open_hubs:
            problems.note(hub.origin, said("{name} is open already; list only new hubs in network.openings", name=name))
        elif name not in names.roadmap and name not in names.cities:
            problems.note(hub.origin, _unknown_hub(name, names))
        elif name not in names.roadmap and (places is None or places.value is None):
            message = said(
                "{name} is not a hub of the roadmap, so its places must be given, for example places: 60", name=name
            )
            problems.note(hub.origin, message)
        opens.setdefault(name, month)
    return opens


def _unknown_hub(name: str, names: HubNames) -> str:
    if name in names.spellings:
        spelt = repr(names.spellings[name])
        return said("unknown hub {name}; here it is called {spelt}", name=shorten(name), spelt=spelt)
    known = [*names.roadmap, *(city for city in names.cities if city not in names.open_hubs + names.roadmap)]
    end = suggestion(name, known, said("hubs of the roadmap, and cities"))
    return said("unknown hub {name}", name=shorten(name)) + end


def _closures(tree: Node, names: HubNames, openings: dict[str, str], present: str, problems: Problems) -> None:
    """Check that each closing hub is open before it closes, closes once, and closes after `present`."""
    by_roadmap = tree.at(("network", "hubs_by_2027")) is not None
    planned = openings or (dict.fromkeys(names.roadmap, "") if by_roadmap else {})
    closing: set[str] = set()
    for item, hub in _items(tree, "network", "closures"):
        name = hub.value
        month = _after_present(item, "closes", present, problems)
        if name in closing:
            problems.note(
                hub.origin, said("{name} closes twice in network.closures; keep one of the two items", name=name)
            )
        elif name not in names.open_hubs and name not in planned:
            end = suggestion(name, (*names.open_hubs, *planned), said("hubs that are open or planned"))
            problems.note(hub.origin, said("there is no hub {name} to close", name=shorten(name)) + end)
        elif (closes := item.at(("closes",))) and month and month <= planned.get(name, ""):
            message = said(
                "{name} would close in {month}, but it opens only in {opens}",
                name=name,
                month=month,
                opens=planned[name],
            )
            problems.note(closes.origin, message)
        closing.add(name)


def _hubs_by_2027(tree: Node, names: HubNames, problems: Problems) -> None:
    """Check that the listed openings are enough to reach the number of hubs; the parameter's range is the roadmap's."""
    node, openings = tree.at(("network", "hubs_by_2027")), tree.at(("network", "openings"))
    if node is None or openings is None or not isinstance(openings.value, list):
        return
    possible = len(names.open_hubs) + len(openings.value)
    if isinstance(node.value, int) and node.value > possible:
        message = said(
            "network.hubs_by_2027 is {n}, but network.openings allows {most} at most; add openings",
            n=node.value,
            most=possible,
        )
        problems.note(node.origin, message)
