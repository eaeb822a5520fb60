"""What a policy changes against the reference, read from the two scenarios' own differences."""

from __future__ import annotations

import math
from typing import Any

from sim.declaration import Declaration
from sim.figures.sweep_words import phrase
from sim.language import Language
from sim.scenario import Scenario

_PLACES, _MONTHS = ("hub", "city"), ("opens", "closes")


def changes(t: Language, policy: Scenario, reference: Scenario) -> list[str]:
    """One phrase for each value that differs: `mentor hours offered …: 16 h/month instead of 8 h/month`."""
    found = []
    for path, value, other in policy.diff(reference):
        declaration = policy.schema.declarations[path]
        now, then = written(t, value, declaration), written(t, other, declaration)
        if path == "network.openings" and value:
            found.append(t("new hubs: {hubs}", hubs=now))
        elif path == "network.closures" and value:
            found.append(t("hubs that close: {hubs}", hubs=now))
        else:
            found.append(t("{what}: {value} instead of {other}", what=phrase(t, declaration), value=now, other=then))
    return found


def written(t: Language, value: Any, declaration: Declaration) -> str:
    """A parameter's value with its unit, as the language writes it."""
    if value is None:
        return t("not given")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, list):
        return t.listed([_item(t, item) for item in value]) or t("none")
    if not isinstance(value, int | float):
        return t.month(value) if declaration.unit == "YYYY-MM" else t(str(value))
    if declaration.unit == "share":
        return t.percent(value, _decimals(100 * value))
    number = t.number(value, _decimals(value))
    return number if declaration.unit in ("-", "0-1") else f"{number} {t(declaration.unit)}"


def _decimals(value: float) -> int:
    """Decimals of about three significant digits, none that are zero."""
    if not value:
        return 0
    most = max(0, 2 - math.floor(math.log10(abs(value))))
    return next(count for count in range(most + 1) if count == most or math.isclose(round(value, count), value))


def _item(t: Language, item: Any) -> str:
    """One opening or closure: `Fès (July 2026, 66 places)`."""
    if not isinstance(item, dict):
        return str(item)
    name = next((t.place(str(item[key])) for key in _PLACES if item.get(key)), "")
    details = [t.month(item[key]) for key in _MONTHS if item.get(key)]
    if item.get("places") is not None:
        details.append(t("{n} place", "{n} places", n=item["places"]))
    if item.get("mentor_hours") is not None:
        details.append(t("{n} mentor hour a month", "{n} mentor hours a month", n=item["mentor_hours"]))
    return f"{name} ({'، '.join(details) if t.code == 'ar' else ', '.join(details)})" if details else name
