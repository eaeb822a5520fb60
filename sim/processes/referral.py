"""Referrals: hubs recommend their residents to funders, coordinators recommend their partners.

A recommended startup meets funders more often. For residents the referral grows with the attention
m / I that they receive; `introduced` is 1 for partners of a coordinator, 0 for others:

    factor = 1 + ref max(m / I, introduced)   on the rate of meetings

Start-Up Chile's schooling raised the probability of raising capital by up to 45 % (Gonzalez-Uribe and
Leatherbee 2018); raw figures of the Global Accelerator Learning Initiative are 38 % against 22 %
growth of finance.
"""

from __future__ import annotations

from typing import Any

from sim.declare import Mechanism, parameter
from sim.kernel.compiled import inlined

SYMBOLS = {"factor": "-", "m": "hours", "I": "accompaniment.hours_per_startup", "introduced": "introduced"}


class Parameters(Mechanism):
    """Parameters of referrals."""

    strength: float = parameter(
        0.6544,
        short="Effect of a recommendation",
        unit="-",
        symbol="ref",
        low=0,
        high=5,
        meaning="Rise of the rate of meeting funders through a recommendation.",
        origin="calibrated: the typical draw, at percentile 77. Range: Gonzalez-Uribe and Leatherbee 2018, Review of "
        "Financial Studies 31: up to +45 %",
        prior=(0, 2),
    )


def strength(parameters: Any) -> float:
    """Rise of the rate of a startup that is recommended with full attention; 0 when switched off."""
    own = parameters.referral
    return own.strength if own.enabled else 0.0


@inlined
def recommended(strength: float, attention: float, introduced: bool) -> float:
    """Factor on the rate at which a startup meets funders, given its hub's attention; 1 without a recommendation."""
    return 1 + strength * max(attention, 1.0 if introduced else 0.0)
