"""Referrals: hubs recommend their residents to funders, coordinators recommend their partners.

A recommended startup meets funders more often. For residents the referral grows with the attention
m / I that they receive; `introduced` is 1 for partners of a coordinator, 0 for others:

    factor on the meeting rate = 1 + ref max(m / I, introduced)

Start-Up Chile's schooling raised the probability of raising capital by up to 45 % (Gonzalez-Uribe and
Leatherbee 2018); raw figures of the Global Accelerator Learning Initiative are 38 % against 22 %
growth of finance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Mechanism, parameter

if TYPE_CHECKING:
    from sim.model import EcosystemModel


class Parameters(Mechanism):
    """Parameters of referrals."""

    strength: float = parameter(
        0.4,
        unit="-",
        low=0,
        high=5,
        meaning="Rise of the rate of meeting funders through a recommendation (ref).",
        origin="source: Gonzalez-Uribe and Leatherbee 2018, Review of Financial Studies 31: up to +45 %",
        prior=(0, 2),
    )


def boost(model: EcosystemModel, rows: np.ndarray) -> np.ndarray:
    """Factor on the rate at which the startups in `rows` meet funders; 1 without a recommendation."""
    parameters, startups = model.parameters.referral, model.startups
    if not parameters.enabled:
        return np.ones(rows.size)
    inside = model.attention[startups.hub[rows]]
    return 1 + parameters.strength * np.maximum(inside, startups.introduced[rows])


def highest(model: EcosystemModel) -> float:
    """Factor that no startup exceeds this month."""
    parameters = model.parameters.referral
    return 1 + parameters.strength if parameters.enabled else 1.0
