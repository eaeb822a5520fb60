"""Closure for other reasons: founders give up, move on or fall out.

With quality q, and s the mean competence at the start of the month:

    h = h0 exp(-h_q q - h_s (s - s_ref)),   P(closes) = 1 - exp(-h)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Mechanism, parameter
from sim.declare.states import Cause
from sim.kernel.compiled import compiled
from sim.kernel.randomness import uniforms
from sim.processes.competence import AT_REFERENCE, REFERENCE

if TYPE_CHECKING:
    from sim.kernel.world import World


CONSTANTS = {"s_ref": AT_REFERENCE}


class Parameters(Mechanism):
    """Parameters of closure."""

    rate: float = parameter(
        0.003518,
        unit="1/month",
        symbol="h0",
        low=0,
        high=0.2,
        meaning="Hazard of closing for other reasons at average quality.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 43. Held against: survival "
        "of starters",
        prior=(0.0005, 0.006),
    )
    quality_effect: float = parameter(
        0.7726,
        unit="1/s.d.",
        symbol="h_q",
        low=0,
        high=5,
        meaning="How much less often better startups close.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 34. Held against: "
        "survival of starters",
        prior=(0, 1.5),
    )
    competence_effect: float = parameter(
        0.6,
        unit="-",
        symbol="h_s",
        low=0,
        high=20,
        meaning="How much less often more competent startups close.",
        origin="assumed: small against quality",
    )


STREAMS = ("closure.event",)
PRONE = 2.5
"""Index below minus which a startup is much more likely to close than others."""


def act(model: World) -> None:
    """Mark this month's closures for other reasons."""
    parameters, startups = model.parameters.closure, model.startups
    if parameters.enabled:
        _close(
            parameters.rate,
            parameters.quality_effect,
            startups.quality,
            parameters.competence_effect,
            model.before.mean_competence,
            startups.key,
            model.streams["closure.event"].at(model.month),
            model.leaving,
        )


@compiled
def _close(
    rate: float,
    quality_effect: float,
    quality: np.ndarray,
    competence_effect: float,
    competence: np.ndarray,
    key: np.ndarray,
    word: np.uint64,
    leaving: np.ndarray,
) -> None:
    """Mark in `leaving` those that close and do not leave for another cause."""
    highest, index_of_prone = rate * np.exp(PRONE), REFERENCE * competence_effect - PRONE
    draws = uniforms(key, word)
    for row in range(key.size):
        uniform = draws[row]
        # With an index above -PRONE the draw has to be very low; only these few need the exact hazard.
        if uniform < highest or quality[row] * quality_effect < index_of_prone:
            index = quality_effect * quality[row] + competence_effect * (competence[row] - REFERENCE)
            if uniform < -np.expm1(-rate * np.exp(-index)) and leaving[row] == Cause.ACTIVE:
                leaving[row] = Cause.CLOSED
