"""Applications: better founders near a hub apply sooner; each applies once.

While a startup is at most `oldest` months old and has never applied, it applies to the nearest open hub, at
distance d, with monthly hazard h. The hub scores it once for life:

    h = a0 exp(-d / catchment) exp(zeta clip(q, q_low, q_high)),   P(applies) = 1 - exp(-h)
    score = rho q + sqrt(1 - rho^2) e,   e ~ N(0, 1)

Judges' scores predict little (McKenzie and Sansone 2017), sorting is real (Hallen, Cohen and
Bingham 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Constant, Count, Mechanism, Short, parameter
from sim.kernel.randomness import drawn, drawn_normal
from sim.kernel.records import columns, kernel, read, read_from

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


class Parameters(Mechanism):
    """Parameters of applications and scoring."""

    rate: float = parameter(
        0.2657,
        unit="1/month",
        symbol="a0",
        low=0,
        high=3,
        meaning="Application hazard of an average startup in the hub's city.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 30. Held against: "
        "residents and waiting lists",
        prior=(0.1, 0.6),
    )
    self_selection: float = parameter(
        0.199,
        unit="1/s.d.",
        symbol="zeta",
        low=0,
        high=3,
        meaning="How much more readily better founders apply.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 18. Held against: "
        "sorting as in Hallen, Cohen and Bingham 2020; no Moroccan estimate",
        prior=(0, 1.5),
    )
    screening_skill: float = parameter(
        0.4037,
        unit="correlation",
        symbol="rho",
        low=0,
        high=1,
        meaning="Correlation between the hub's score and true quality.",
        origin="calibrated: the typical draw, at percentile 54. Held against: within "
        "McKenzie and Sansone 2017, who find it near zero, and expert panels",
        prior=(0, 0.6),
    )
    oldest: int = parameter(
        24,
        unit="month",
        low=0,
        high=240,
        meaning="Age after which a startup no longer applies.",
        origin="assumed: accompaniment is for young firms",
    )


@columns
class Applicants(NamedTuple):
    """Columns of those who may apply."""

    key: np.ndarray
    city: np.ndarray
    founded: np.ndarray
    quality: np.ndarray
    applied: np.ndarray
    score: np.ndarray
    waiting_at: np.ndarray


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters."""

    rate: float
    self_selection: float
    screening_skill: float
    oldest: int


class Nearest(NamedTuple):
    """Of each city, (cities,): access to the nearest open hub, and which it is."""

    access: np.ndarray
    hub: np.ndarray


STREAMS = ("application.decision", "application.error")


def act(model: World) -> None:
    """Let startups apply, score them, and put those above the threshold on the list."""
    if model.parameters.application.enabled:
        model.tally["applications"] += _apply(
            model.month,
            model.startups.see(Applicants),
            read(Rates, model.parameters.application),
            model.parameters.admission.threshold,
            Nearest(model.access, model.nearest_hub),
            model.streams["application.decision"].at(model.month),
            model.streams["application.error"].at(0),
        )


@kernel
def _apply(
    month: int, of: Applicants, rates: Rates, threshold: float, nearest: Nearest, decision: np.uint64, error: np.uint64
) -> int:
    """Write down the applications of this month and their scores; those above the threshold wait. How many apply."""
    rows = np.empty(of.key.size, dtype=np.int64)
    able = count = 0
    for row in range(of.key.size):
        rows[able] = row
        able += (of.applied[row] < 0) & (of.founded[row] >= month - rates.oldest)
    for row in rows[:able]:
        quality, city = of.quality[row], of.city[row]
        hazard = rates.rate * nearest.access[city] * np.exp(rates.self_selection * min(max(quality, LOWEST), HIGHEST))
        uniform = drawn(of.key[row], decision)
        # A draw above the hazard is above the probability, too.
        if uniform < hazard and uniform < -np.expm1(-hazard):
            count += 1
            skill = rates.screening_skill
            of.applied[row] = month
            of.score[row] = skill * quality + np.sqrt(1 - skill**2) * drawn_normal(of.key[row], error)
            if of.score[row] > threshold:
                of.waiting_at[row] = nearest.hub[city]
    return count
