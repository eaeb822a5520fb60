"""Applications: better founders near a hub apply sooner; each applies once.

While a startup is at most `oldest` months old and has never applied, it applies to the nearest open hub, at
distance d, with monthly hazard h. The hub scores it once for life:

    h = a0 exp(-d / catchment) exp(zeta clip(q, q_low, q_high)),   P(applies) = 1 - exp(-h)
    score = rho q + sqrt(1 - rho^2) e,   e ~ N(0, 1)

Judges' scores predict little (McKenzie and Sansone 2017), sorting is real (Hallen, Cohen and
Bingham 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Constant, Count, Mechanism, Short, parameter
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.mathematics import exp
from sim.kernel.randomness import drawn_normal, uniforms
from sim.kernel.records import booked, by_policy, columns, kernel, read_from
from sim.kernel.rows import marked

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {
    "applied": Column(Short, "month", "Month of the application; -1 before.", -1),
    "score": Column(float, "s.d.", "Score given by the hub.", 0.0),
    "waiting_at": Column(Short, "-", "Hub on whose list it waits; -1 if none.", -1),
}

COUNTS = {"applications": Count("startups", "Startups that applied to a hub.")}


LOWEST, HIGHEST = -3.0, 2.0
"""Between these, quality makes founders apply more readily: keeps the hazard of the best finite."""

CONSTANTS = {
    "q_low": Constant(LOWEST, "s.d.", "quality below which the readiness to apply falls no further"),
    "q_high": Constant(HIGHEST, "s.d.", "quality above which it rises no further"),
}

SYMBOLS = {"h": "1/month", "d": "km", "q": "quality", "e": "s.d.", "catchment": "network.catchment"}


class Parameters(Mechanism):
    """Parameters of applications and scoring."""

    rate: float = parameter(
        0.5847,
        short="Applications to hubs",
        unit="1/month",
        symbol="a0",
        low=0,
        high=3,
        meaning="Application hazard of an average startup in the hub's city.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 96. Held against: residents "
        "and waiting lists",
        prior=(0.1, 0.6),
    )
    self_selection: float = parameter(
        0.1822,
        short="Applications of better founders",
        unit="1/s.d.",
        symbol="zeta",
        low=0,
        high=3,
        meaning="How much more readily better founders apply.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 24. Held against: sorting as "
        "in Hallen, Cohen and Bingham 2020; no Moroccan estimate",
        prior=(0, 1.5),
    )
    screening_skill: float = parameter(
        0.2322,
        short="How well hubs see quality",
        unit="correlation",
        symbol="rho",
        low=0,
        high=1,
        meaning="Correlation between the hub's score and true quality.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 52. Held against: within "
        "McKenzie and Sansone 2017, who find it near zero, and expert panels",
        prior=(0, 0.6),
    )
    oldest: int = parameter(
        24,
        short="Oldest applicant",
        unit="month",
        low=0,
        high=240,
        meaning="Age after which a startup no longer applies.",
        origin="assumed: accompaniment is for young firms",
    )


@columns
class Applicants(NamedTuple):
    """Columns of those who may apply."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    city: np.ndarray
    founded: np.ndarray
    quality: np.ndarray
    applied: np.ndarray
    score: np.ndarray
    waiting_at: np.ndarray


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    rate: np.ndarray
    self_selection: np.ndarray
    screening_skill: np.ndarray
    oldest: np.ndarray


class Nearest(NamedTuple):
    """Of each city, (policies, cities): access to the nearest open hub, and which it is."""

    access: np.ndarray
    hub: np.ndarray


@by_policy
class Threshold(NamedTuple):
    """Score above which a startup is put on the list, (policies,)."""

    threshold: np.ndarray


def _threshold(parameters: Any) -> Threshold:
    return Threshold(parameters.admission.threshold)


@booked()
class Booked(NamedTuple):
    """How many apply, (policies,)."""

    applications: np.ndarray


class Words(NamedTuple):
    """Words of the streams: the decision is drawn anew each month, the hub's error once."""

    decision: np.uint64
    error: np.uint64


STREAMS = ("application.decision", "application.error")


def act(world: World) -> None:
    """Startups apply and are scored; those above the threshold go on the list."""
    if not world.acts(Rates):
        return
    streams = world.streams
    _apply(
        world.month,
        world.startups.see(Applicants),
        world.rates(Rates),
        world.by_policy(_threshold),
        Nearest(world.access, world.nearest_hub),
        Words(streams["application.decision"].at(world.month), streams["application.error"].at(0)),
        world.books(Booked),
    )


@inlined
def _likely(month: int, of: Applicants, rates: Rates, nearest: Nearest, draws: np.ndarray) -> np.ndarray:
    """Rows of those whose draw may mean an application under any policy: it is below the highest hazard of all."""
    highest, oldest = 0.0, 0
    for policy in range(rates.rate.size):
        closest = 0.0
        for city in range(nearest.access.shape[1]):
            closest = max(closest, nearest.access[policy, city])
        keenest = max(exp(rates.self_selection[policy] * HIGHEST), exp(rates.self_selection[policy] * LOWEST))
        highest = max(highest, rates.rate[policy] * closest * keenest)
        oldest = max(oldest, rates.oldest[policy])
    likely = np.empty(draws.size, dtype=np.bool_)
    for row in range(draws.size):
        likely[row] = (draws[row] < highest) & (of.founded[row] >= month - oldest)
    return marked(likely)


@kernel
def _apply(
    month: int, of: Applicants, rates: Rates, above: Threshold, nearest: Nearest, words: Words, to: Booked
) -> None:
    """Write down the applications of this month and their scores; those above the threshold wait."""
    draws = uniforms(of.key[: of.used], words.decision)
    for row in _likely(month, of, rates, nearest, draws):
        quality = of.quality[row]
        for policy in range(rates.rate.size):
            able = rates.enabled[policy] and of.applied[policy, row] < 0 and holds(of.alive[row], policy)
            if not able or of.founded[row] < month - rates.oldest[policy]:
                continue
            city = of.city[policy, row]
            keen = exp(rates.self_selection[policy] * min(max(quality, LOWEST), HIGHEST))
            if draws[row] < 1 - exp(-rates.rate[policy] * nearest.access[policy, city] * keen):
                skill = rates.screening_skill[policy]
                of.applied[policy, row] = month
                score = skill * quality + np.sqrt(1 - skill**2) * drawn_normal(of.key[row], words.error)
                of.score[policy, row] = score
                if score > above.threshold[policy]:
                    of.waiting_at[policy, row] = nearest.hub[policy, city]
                to.applications[policy] += 1
