"""Closure for other reasons: founders give up, move on or fall out.

With quality q, and s the mean competence at the start of the month:

    h = h0 exp(-h_q q - h_s (s - 0.3)),   P(closes) = 1 - exp(-h)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Mechanism, parameter
from sim.processes.acquisition import ACTIVE, CLOSED

if TYPE_CHECKING:
    from sim.model import EcosystemModel


class Parameters(Mechanism):
    """Parameters of closure."""

    rate: float = parameter(
        0.0028,
        unit="1/month",
        low=0,
        high=0.2,
        meaning="Hazard of closing for other reasons at average quality (h0).",
        origin="calibrated: survival of starters",
        prior=(0.0005, 0.006),
    )
    quality_effect: float = parameter(
        0.75,
        unit="1/s.d.",
        low=0,
        high=5,
        meaning="How much less often better startups close (h_q).",
        origin="calibrated: survival of starters",
    )
    competence_effect: float = parameter(
        0.6,
        unit="-",
        low=0,
        high=20,
        meaning="How much less often more competent startups close.",
        origin="assumed: small against quality",
    )


STREAMS = ("closure.event",)
PRONE = 2.5
"""Index below minus which a startup is much more likely to close than others."""


def act(model: EcosystemModel) -> None:
    """Mark this month's closures for other reasons."""
    parameters, startups = model.parameters.closure, model.startups
    if not parameters.enabled:
        return
    uniform = model.streams["closure.event"].uniform(model.month, startups.key)
    # With an index above -PRONE the draw has to be very low; only these few need the exact hazard.
    low = uniform < parameters.rate * np.exp(PRONE)
    rows = np.flatnonzero(
        low | (startups.quality * parameters.quality_effect < 0.3 * parameters.competence_effect - PRONE)
    )
    index = parameters.quality_effect * startups.quality[rows]
    index += parameters.competence_effect * (model.before.mean_competence[rows] - 0.3)
    hazard = parameters.rate * np.exp(-index)
    closes = uniform[rows] < -np.expm1(-hazard)
    rows = rows[closes & (model.leaving[rows] == ACTIVE)]
    model.leaving[rows] = CLOSED
