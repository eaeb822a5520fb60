"""Values of parameters as text in a language: with their unit, in words where they are not numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.declare import Declaration
from sim.scenario import schema
from sim.words.language import Language

_PLACES, _MONTHS = ("hub", "city"), ("opens", "closes")


def level_in(t: Language, path: str, value: Any) -> str:
    """A level of a factor, as the table `runs` has it, as text in a language: `8 h/month`, `yes`, `not given`."""
    declaration = schema().declarations.get(path)
    plain = value.item() if isinstance(value, np.generic) else value
    plain = None if plain != plain else plain  # a level that is null in the experiment file
    return str(plain) if declaration is None else written(t, plain, declaration)


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
    return number if declaration.unit in ("-", "0-1") else f"{number} {t.unit(declaration.unit)}"


def _decimals(value: float) -> int:
    """Number of decimals for about three significant digits, without trailing zeros."""
    if not value:
        return 0
    most = max(0, 2 - math.floor(math.log10(abs(value))))
    return next(count for count in range(most + 1) if count == most or math.isclose(round(value, count), value))


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
