"""How numbers are shown to people: the scale and the unit of each, once for the terminal, figures, report and page."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """How an outcome, a price or a monthly series is shown.

    Attributes:
        unit: unit of a level, in English, to be translated; empty for a plain number.
        scale: what is stored times this is in `unit`.
        difference: unit of a difference; the same if none is given.
    """

    unit: str = ""
    scale: float = 1.0
    difference: str = ""

    def named(self, *, difference: bool = False) -> str:
        """The unit of a level, or of a difference."""
        return self.difference or self.unit if difference else self.unit

    def beside(self, *, difference: bool = False) -> str:
        """The unit that a heading needs beside the name; empty where the name says it."""
        return "" if self.unit in _SAID else self.named(difference=difference)


def price_decimals(price: float) -> int:
    """Decimals of a price: none from a hundred on, one from one on, below that as many as show two digits."""
    size = abs(price)
    if size >= 1 or size == 0 or not math.isfinite(size):
        return int(size < 100)
    return 1 - math.floor(math.log10(size))


_SAID = ("startups", "jobs", "index")
PERCENT, STARTUPS = Shown("%", 100.0, "% points"), Shown("startups")
_MILLION = Shown("{currency} million", 1e-6)

BY_UNIT = {
    "share": PERCENT,
    "share/year": PERCENT,
    "MAD": _MILLION,
    "kMAD/year": Shown("{currency} million/year", 1e-3),
}
"""What is shown otherwise than in the unit in which it is stored, by that unit."""
BY_NAME = {
    "revenue": Shown("{currency} thousand/year"),  # of one startup; the other amounts are the country's
    "cost_per_additional_survivor": _MILLION,
    "cost_per_additional_exporter": _MILLION,
    "outside_centre": PERCENT,
    "active": STARTUPS,
    "operating": STARTUPS,
    "founded": STARTUPS,
    "places": STARTUPS,
}
"""Outcomes that differ from others of their unit, and what is no outcome: prices, monthly series."""
