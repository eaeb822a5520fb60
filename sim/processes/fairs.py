"""The yearly technology fair: the ministry takes startups to GITEX Africa and pays most of the fee.

100 startups went in 2023, 200 a year since; a quarter of 2024's came from Technoparks. Of N places,
the share b is reserved for residents of hubs; the highest scores are taken:

    score = market access + 0.3 z,   z ~ N(0, 1)
    round(b N) residents, then N - round(b N) others
    C -= (1 - subsidy) fair_place

The effect on export entry fades within three years (Cadot, Fernandes, Gourdon and Mattoo 2015), see
`exports`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Column, Mechanism, Short, parameter
from sim.randomness import smallest

if TYPE_CHECKING:
    from sim.model import EcosystemModel

NEVER = -10_000
"""Month of an event that has not happened."""

COLUMNS = {"fair": Column(Short, "month", "Month of the last fair attended.", NEVER)}

FIRST_FAIR, FULL_SIZE_FROM = "2023-05", "2024-05"


class Parameters(Mechanism):
    """Parameters of the fair."""

    places: int = parameter(
        200,
        unit="startups/year",
        low=0,
        high=5000,
        meaning="Startups taken to the fair each May.",
        origin="source: Morocco 200, 2024 and 2025, https://leseco.ma/maroc/gitex-africa-morocco-200-boucle-son-"
        "roadshow-national-a-fes.html",
        lever=True,
    )
    hub_share: float = parameter(
        0.25,
        unit="share",
        low=0,
        high=1,
        meaning="Share of the places for residents of hubs.",
        origin="source: a quarter of the 200, https://fr.allafrica.com/stories/202405310563.html",
        lever=True,
    )
    subsidy: float = parameter(
        0.95,
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


def act(model: EcosystemModel) -> None:
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
