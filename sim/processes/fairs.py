"""The yearly technology fair: the ministry takes startups to GITEX Africa and pays most of the fee.

It was held in May in 2023 and 2024 and has been in April since 2025. Half as many startups went in 2023 as in
each year since; a quarter of 2024's came from Technoparks. Of N places, the share b is reserved for residents
of hubs; the highest scores are taken:

    score = market access + noise z,   z ~ N(0, 1)
    round(b N) residents, then N - round(b N) others
    C -= (1 - subsidy) fair_place

The effect on export entry fades within three years (Cadot, Fernandes, Gourdon and Mattoo 2015), see
`exports`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.randomness import smallest

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {"fair": Column(Short, "month", "Month of the last fair attended.", NEVER)}

COUNTS = {
    "fair_places": Count("startups", "Startups taken to the fair."),
    "fair_places_residents": Count("startups", "Residents of hubs taken to the fair."),
}

PAYMENTS = {("startups", "organisers", "fair fees"): Payment("The part of the fee that startups pay themselves.")}

FIRST_FAIR, FULL_SIZE_FROM = "2023-05", "2024-05"
MOVED = 2025
"""Year from which the fair is held in the month of `fairs.month`; before, it was May."""


class Parameters(Mechanism):
    """Parameters of the fair."""

    places: int = parameter(
        200,
        short="Startups at the fair",
        unit="startups/year",
        symbol="N",
        low=0,
        high=5000,
        meaning="Startups taken to the fair each year.",
        origin="source: Morocco 200, 2024 and 2025, https://leseco.ma/maroc/gitex-africa-morocco-200-boucle-son-"
        "roadshow-national-a-fes.html",
        lever=True,
    )
    month: int = parameter(
        4,
        unit="month of the year",
        low=1,
        high=12,
        meaning="Month of the fair from 2025 on; the fairs of 2023 and 2024 were in May.",
        origin="source: April in 2025 and 2026, https://industries.ma/gitex-africa-2025-1-500-exposants-et-45-000-"
        "visiteurs-attendus-a-marrakech ; https://atlasinfo.fr/gitex-africa-maroc-un-roadshow-a-paris-en-amont-de-"
        "ledition-2026.html ; assumed for later years",
    )
    hub_share: float = parameter(
        0.25,
        short="Fair places for residents",
        unit="share",
        symbol="b",
        low=0,
        high=1,
        meaning="Share of the places for residents of hubs.",
        origin="source: a quarter of the 200, https://fr.allafrica.com/stories/202405310563.html",
        lever=True,
    )
    subsidy: float = parameter(
        0.95,
        short="Share of the fee paid",
        unit="share",
        low=0,
        high=1,
        meaning="Share of the fee that the ministry pays.",
        origin="source: 95 % of the cost, https://leseco.ma/maroc/gitex-africa-morocco-200-boucle-son-roadshow-"
        "national-a-fes.html",
        lever=True,
    )
    first_year_share: float = parameter(
        0.5,
        unit="share",
        low=0,
        high=1,
        meaning="Size of the first fair, in 2023, relative to later ones.",
        origin="source: 100 startups in 2023, https://www.maroc.ma/fr/actualites/gitex-africa-morocco-incarne-"
        "le-leadership-du-maroc-dans-le-domaine-numerique-et-de",
    )
    reserved: bool = parameter(
        True,
        unit="-",
        meaning="Whether the hubs' share is kept for residents; if not, all compete for all places.",
        origin="assumed: it is switched off only to measure what the reserved places do",
    )
    noise: float = parameter(
        0.3,
        unit="0-1",
        low=0,
        high=5,
        meaning="Standard deviation of the jury's error on the scale of competence.",
        origin="assumed: as large as a typical competence",
    )


STREAMS = ("fairs.score",)


def calendar(model: World) -> list[int]:
    """The months of all fairs until the scenario's end, counted from its start; negative before it."""
    until, end = model.months_until, model.scenario.months
    moved = until(f"{MOVED}-{model.scenario.parameters.fairs.month:02d}")
    return [*range(until(FIRST_FAIR), min(until(f"{MOVED}-01"), end), 12), *range(moved, end, 12)]


def act(model: World) -> None:
    """In the month of a fair, choose who goes; collect the startups' part of the fee."""
    parameters, startups, month = model.parameters.fairs, model.startups, model.month
    if not (parameters.enabled and model.fair_due):
        return
    places = parameters.places
    if month < model.months_until(FULL_SIZE_FROM):
        places = round(places * parameters.first_year_share)
    noise = parameters.noise * model.streams["fairs.score"].normal(month, startups.key)
    rank = -(model.before.competence[1] + noise)
    resident = (startups.hub >= 0) & parameters.reserved
    reserved = round(places * parameters.hub_share) if parameters.reserved else 0
    residents, others = np.flatnonzero(resident), np.flatnonzero(~resident)
    chosen = np.concatenate(
        [
            residents[smallest(rank[residents], reserved)],
            others[smallest(rank[others], places - reserved)],
        ]
    )
    fee = model.parameters.costs.fair_place * (1 - parameters.subsidy)
    startups.fair[chosen] = month
    startups.cash[chosen] -= fee
    model.ledger.flow("startups", "organisers", "fair fees", fee * chosen.size)
    model.programme["fairs"] += model.parameters.costs.fair_place * parameters.subsidy * chosen.size
    model.tally["fair_places"] += chosen.size
    model.tally["fair_places_residents"] += np.count_nonzero(startups.hub[chosen] >= 0)
