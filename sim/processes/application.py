"""Applications: better founders near a hub apply sooner; each applies once.

While a startup is at most 24 months old and has never applied, it applies to the nearest open hub at
monthly hazard `a0 exp(-d / catchment) exp(zeta clip(q, -3, 2))`. The hub scores it once for life:
`rho q + sqrt(1 - rho^2) e`. Judges' scores predict little (McKenzie and Sansone 2017), sorting is
real (Hallen, Cohen and Bingham 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Column, Mechanism, parameter

if TYPE_CHECKING:
    from sim.model import EcosystemModel

COLUMNS = {
    "applied": Column(int, "month", "Month of the application; -1 before.", -1),
    "score": Column(float, "s.d.", "Score given by the hub.", 0.0),
    "waiting_at": Column(int, "-", "Hub on whose list it waits; -1 if none.", -1),
}


class Parameters(Mechanism):
    """Parameters of applications and scoring."""

    rate: float = parameter(
        0.41,
        unit="1/month",
        low=0,
        high=3,
        meaning="Application hazard of an average startup in the hub's city (a0).",
        origin="calibrated: residents and waiting lists",
        prior=(0.1, 0.6),
    )
    self_selection: float = parameter(
        0.75,
        unit="1/s.d.",
        low=0,
        high=3,
        meaning="How much more readily better founders apply (zeta).",
        origin="calibrated: sorting as in Hallen, Cohen and Bingham 2020; no Moroccan estimate",
        prior=(0, 1.5),
    )
    screening_skill: float = parameter(
        0.40,
        unit="correlation",
        low=0,
        high=1,
        meaning="Correlation between the hub's score and true quality (rho).",
        origin="calibrated: within McKenzie and Sansone 2017, who find it near zero, and expert panels",
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


def act(model: EcosystemModel) -> None:
    """Let startups apply, score them, and put those above the threshold on the list."""
    parameters, startups, month = model.parameters.application, model.startups, model.month
    if not parameters.enabled:
        return
    near = model.access[startups.city]
    eligible = np.flatnonzero((startups.applied < 0) & (startups.founded >= month - parameters.oldest) & (near > 0))
    key, quality = startups.key[eligible], startups.quality[eligible]
    pull = np.exp(parameters.self_selection * np.clip(quality, -3.0, 2.0))
    probability = -np.expm1(-parameters.rate * near[eligible] * pull)
    applies = model.streams["application.decision"].below(month, key, probability)
    rows, key = eligible[applies], key[applies]
    skill = parameters.screening_skill
    error = model.streams["application.error"].normal(0, key)
    score = skill * quality[applies] + np.sqrt(1 - skill**2) * error
    startups.applied[rows] = month
    startups.score[rows] = score
    hub = model.nearest_hub[startups.city[rows]]
    above = score > model.parameters.admission.threshold
    startups.waiting_at[rows[above]] = hub[above]
    model.tally["applications"] += rows.size
