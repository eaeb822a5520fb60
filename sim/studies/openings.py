"""When hubs open under the draws of a study, and how many are open at the end of the roadmap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from sim.parameters.draws import Draws
    from sim.scenario import Scenario


class OpenHubs(NamedTuple):
    """The predictive distribution of the number of hubs that are open in a month: probability by number."""

    month: str
    probability: dict[int, float]


MONTHS, OPEN_HUBS = "openings", "hubs_open"
"""Names of the tables."""


def opening_tables(scenarios: Sequence[Scenario], draws: Draws) -> dict[str, pd.DataFrame]:
    """The tables of a study in which openings are random, by name; none if they are not.

    `openings` has a row for each hub that opens under a draw: scenario, draw, hub, opens. `hubs_open` has a row for
    each number of hubs: scenario, kind, month, hubs, probability (that so many are open) and at_least (or more). Its
    kind is `predictive`: it is what will be seen, with all that the law of delay may be, and belongs beside a fact to
    come. It is computed from the law itself, not from the draws that happen to be used.
    """
    from sim.model.delays import chances, is_random, openings_under, promises
    from sim.model.outcomes import MIDWAY

    random = [scenario for scenario in scenarios if is_random(scenario)] if len(draws.values) > 1 else []
    if not random:
        return {}
    months = [
        (scenario.key, draw.number, opening["hub"], opening["opens"])
        for scenario in random
        for promised in [promises(scenario)]
        for draw in draws
        for opening in openings_under(promised, draw.number)
    ]
    counted = [
        (scenario.key, "predictive", MIDWAY, hubs, chance, found[hubs:].sum())
        for scenario in random
        for found in [chances(scenario, MIDWAY)]
        for hubs, chance in enumerate(found.tolist())
        if chance > 0
    ]
    return {
        MONTHS: pd.DataFrame(months, columns=["scenario", "draw", "hub", "opens"]),
        OPEN_HUBS: pd.DataFrame(counted, columns=["scenario", "kind", "month", "hubs", "probability", "at_least"]),
    }


def open_hubs_of(table: pd.DataFrame) -> dict[str, OpenHubs]:
    """The distributions in a table `hubs_open`, by scenario."""
    return {
        str(scenario): OpenHubs(rows["month"].iloc[0], dict(zip(rows["hubs"], rows["probability"], strict=True)))
        for scenario, rows in table.groupby("scenario", sort=False)
    }
