"""The hubs of the country's record: those that are open now, and the roadmap of those that are announced."""

from __future__ import annotations

from sim.country.data import sheet


def open_hubs() -> tuple[str, ...]:
    """Names of the hubs that the country has now.

    Raises:
        CountryError: the table `hubs.csv` is missing or wrong.
    """
    return tuple(row["hub"] for row in sheet("hubs").records() if row["status"] == "open")


def roadmap() -> dict[str, str]:
    """The announced hubs in the order of the roadmap, each with the month in which it opens; raises as `open_hubs`."""
    return {row["hub"]: row["opens"] for row in sheet("hubs").records() if row["status"] == "announced"}
