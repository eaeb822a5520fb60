"""The yearly technology fair: the ministry takes startups to GITEX Africa and pays most of the fee.

It was held in May in 2023 and 2024 and has been in April since 2025. Half as many startups went in 2023 as in
each year since; a quarter of 2024's came from Technoparks. Of N places, the share b is reserved for residents
of hubs; the highest scores are taken:

    score = market_access + noise z,   z ~ N(0, 1)
    round(b N) residents, then N - round(b N) others
    C -= (1 - subsidy) fair_place

The effect on export entry fades within three years (Cadot, Fernandes, Gourdon and Mattoo 2015), see
`exports`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.masks import holds
from sim.kernel.randomness import normals
from sim.kernel.ranking import first_of_each
from sim.kernel.records import by_policy, columns, kernel
from sim.kernel.rows import marked

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

SYMBOLS = {"score": "0-1", "z": "-", "C": "cash", "fair_place": "costs.fair_place"}


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
        short="Month of the fair",
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
        short="Size of the first fair",
        unit="share",
        low=0,
        high=1,
        meaning="Size of the first fair, in 2023, relative to later ones.",
        origin="source: 100 startups in 2023, https://www.maroc.ma/fr/actualites/gitex-africa-morocco-incarne-"
        "le-leadership-du-maroc-dans-le-domaine-numerique-et-de",
    )
    reserved: bool = parameter(
        True,
        short="Fair places are kept",
        unit="-",
        meaning="Whether the hubs' share is kept for residents; if not, all compete for all places.",
        origin="assumed: it is switched off only to measure what the reserved places do",
    )
    noise: float = parameter(
        0.3,
        short="Errors of the fair's jury",
        unit="0-1",
        low=0,
        high=5,
        meaning="Standard deviation of the jury's error on the scale of competence.",
        origin="assumed: as large as a typical competence",
    )


STREAMS = ("fairs.score",)


def calendar(until: Callable[[str], int], month_of_fair: int, end: int) -> list[int]:
    """The months of all fairs before the month `end`, counted from a world's start; negative before it.

    `until` says how many months there are from the start to a calendar month.
    """
    moved = until(f"{MOVED}-{month_of_fair:02d}")
    return [*range(until(FIRST_FAIR), min(until(f"{MOVED}-01"), end), 12), *range(moved, end, 12)]


@by_policy
class Rules(NamedTuple):
    """What the fair is under each policy, (policies,) each; the fee in kMAD."""

    enabled: Any
    places: Any
    first_year_share: Any
    hub_share: Any
    reserved: Any
    noise: Any
    fee: Any
    subsidy: Any


def _rules(parameters: Any) -> Rules:
    own = parameters.fairs
    shares = own.first_year_share, own.hub_share, own.reserved
    return Rules(own.enabled, own.places, *shares, own.noise, parameters.costs.fair_place, own.subsidy)


@columns
class Guests(NamedTuple):
    """Columns of those who may go."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    hub: np.ndarray
    fair: np.ndarray
    cash: np.ndarray


class Seats(NamedTuple):
    """Under each policy: places kept for residents, if any are, those for others, and the fee in kMAD, (policies,)."""

    kept: np.ndarray
    reserved: np.ndarray
    other: np.ndarray
    fee: np.ndarray


def act(world: World) -> None:
    """In the month of a fair, choose who goes; collect the startups' part of the fee."""
    if not world.fair_due.any():
        return
    rules = world.by_policy(_rules)
    due = world.fair_due & (rules.enabled > 0)
    if not due.any():
        return
    first_year = world.month < world.months_until(FULL_SIZE_FROM)
    places = np.rint(rules.places * rules.first_year_share if first_year else rules.places) * due
    kept, fee = rules.reserved > 0, rules.fee * (1 - rules.subsidy)
    reserved = np.rint(places * rules.hub_share) * kept
    seats = Seats(kept, reserved.astype(np.int64), (places - reserved).astype(np.int64), fee)
    word = world.streams["fairs.score"].at(world.month)
    went, residents = _choose(
        world.month, world.startups.see(Guests), world.before.competence, rules.noise, seats, word
    )
    world.ledger.flow("startups", "organisers", "fair fees", fee * went)
    world.programme["fairs"] += rules.fee * rules.subsidy * went
    world.tally["fair_places"] += went
    world.tally["fair_places_residents"] += residents


@kernel
def _choose(
    month: int, of: Guests, competence: np.ndarray, noise: np.ndarray, seats: Seats, word: np.uint64
) -> tuple[np.ndarray, np.ndarray]:
    """Take those of the highest scores to the fair; how many go, and how many of them are residents, (policies,).

    Of equal scores, which a jury without error gives, the draw decides: rows have another order beside other policies.
    Where no place is reserved, residents compete with all others.
    """
    policies, error = noise.size, normals(of.key[: of.used], word)
    went, residents = np.zeros(policies, dtype=np.int64), np.zeros(policies, dtype=np.int64)
    active, group, rank = np.empty(of.used, dtype=np.bool_), np.empty(of.used, dtype=np.int8), np.empty(of.used)
    for policy in range(policies):
        room, hub = np.array([seats.other[policy], seats.reserved[policy]]), of.hub[policy]
        if room.sum() == 0:
            continue
        market_access = competence[policy, 1]
        for row in range(of.used):
            active[row] = holds(of.alive[row], policy)
            rank[row] = -(market_access[row] + noise[policy] * error[row])
            group[row] = (hub[row] >= 0) & seats.kept[policy]
        rows = marked(active)
        for place in first_of_each(group[rows], rank[rows], error[rows], room):
            row = rows[place]
            of.fair[policy, row] = month
            of.cash[policy, row] -= seats.fee[policy]
            went[policy] += 1
            residents[policy] += hub[row] >= 0
    return went, residents
