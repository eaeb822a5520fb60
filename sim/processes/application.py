"""Applications: better founders near a hub apply sooner; each applies once.

While a startup is at most `oldest` months old and has never applied, it applies to the nearest open hub, at
distance d, with monthly hazard h. The hub scores it once for life:

    h = a0 exp(-d / catchment) exp(zeta clip(q, q_low, q_high)),   P(applies) = 1 - exp(-h)
    score = rho q + sqrt(1 - rho^2) e,   e ~ N(0, 1)

Judges' scores predict little (McKenzie and Sansone 2017), sorting is real (Hallen, Cohen and
Bingham 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Column, Constant, Count, Mechanism, Short, parameter
from sim.kernel.compiled import compiled
from sim.kernel.randomness import drawn, drawn_normal

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


STREAMS = ("application.decision", "application.error")


def act(model: World) -> None:
    """Let startups apply, score them, and put those above the threshold on the list."""
    parameters, startups, month = model.parameters.application, model.startups, model.month
    if not parameters.enabled:
        return
    model.tally["applications"] += _apply(
        month,
        parameters.rate,
        parameters.self_selection,
        parameters.screening_skill,
        parameters.oldest,
        model.parameters.admission.threshold,
        model.access,
        model.nearest_hub,
        model.streams["application.decision"].at(month),
        model.streams["application.error"].at(0),
        startups.key,
        startups.city,
        startups.founded,
        startups.quality,
        startups.applied,
        startups.score,
        startups.waiting_at,
    )


@compiled
def _apply(
    month: int,
    rate: float,
    self_selection: float,
    skill: float,
    oldest: int,
    threshold: float,
    access: np.ndarray,
    nearest_hub: np.ndarray,
    decision: np.uint64,
    error: np.uint64,
    key: np.ndarray,
    city: np.ndarray,
    founded: np.ndarray,
    quality: np.ndarray,
    applied: np.ndarray,
    score: np.ndarray,
    waiting_at: np.ndarray,
) -> int:
    """Write down the applications of this month and their scores; those above the threshold wait. How many apply."""
    rows = np.empty(city.size, dtype=np.int64)
    able = count = 0
    for row in range(city.size):
        rows[able] = row
        able += (applied[row] < 0) & (founded[row] >= month - oldest)
    for row in rows[:able]:
        hazard = rate * access[city[row]] * np.exp(self_selection * min(max(quality[row], LOWEST), HIGHEST))
        uniform = drawn(key[row], decision)
        # A draw above the hazard is above the probability, too.
        if uniform < hazard and uniform < -np.expm1(-hazard):
            count += 1
            applied[row] = month
            score[row] = skill * quality[row] + np.sqrt(1 - skill**2) * drawn_normal(key[row], error)
            if score[row] > threshold:
                waiting_at[row] = nearest_hub[city[row]]
    return count
