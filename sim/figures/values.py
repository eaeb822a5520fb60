"""Values of parameters as text in a language: with their unit, in words where they are not numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.declare import Declaration
from sim.scenario import schema
from sim.words.language import Language
from sim.words.units import quantity

_CEILINGS = ("accompaniment.mentor_hours_total",)
"""Parameters that limit something only where they are given."""
_PLACES, _MONTHS = ("hub", "city"), ("opens", "closes")


def level_in(t: Language, path: str, value: Any) -> str:
    """A level of a factor, as the table `runs` has it, as text in a language: `8 hours a month`, `yes`, `not given`."""
    declaration = schema().declarations.get(path)
    plain = value.item() if isinstance(value, np.generic) else value
    plain = None if plain != plain else plain  # a level that is null in the experiment file
    return str(plain) if declaration is None else written(t, plain, declaration)


def written(t: Language, value: Any, declaration: Declaration) -> str:
    """A parameter's value with its unit, as the language writes it."""
    if value is None:
        return t("no ceiling") if declaration.path in _CEILINGS else t("not given")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, list):
        return t.listed([_item(t, item) for item in value]) or t("none")
    if not isinstance(value, int | float):
        return t.month(value) if declaration.unit == "YYYY-MM" else t(str(value))
    return quantity(t, [value], declaration.unit)


def written_range(t: Language, ends: Sequence[float], declaration: Declaration) -> str:
    """The lower and the upper end of a range in the unit of the value."""
    return quantity(t, ends, declaration.unit)


def _item(t: Language, item: Any) -> str:
    """One opening or closure as text: `Fès (July 2026, 66 places)`."""
    if not isinstance(item, dict):
        return str(item)
    name = next((t.place(str(item[key])) for key in _PLACES if item.get(key)), "")
    details = [t.month(item[key]) for key in _MONTHS if item.get(key)]
    places, hours = item.get("places"), item.get("mentor_hours")
    if places is not None:
        details.append(t("{n} place", "{n} places", n=places))
    if hours is not None:
        details.append(t("{n} mentor hour a month", "{n} mentor hours a month", n=hours))
    return f"{name} ({'، '.join(details) if t.code == 'ar' else ', '.join(details)})" if details else name
