"""Reporting: what the operator counts and publishes, which is not all that happens.

Of the closures among its former startups the operator does not see a share m (firms that moved, fell asleep or were
never struck off count as alive), so that of a true rate S of success it reports

    reported = S + m (1 - S)

It counts occupied desks once the free places of a month have been filled, not after the month's leavers have gone.
Nothing of this touches a startup: the outcomes stay what they are, and only what is held against the operator's own
statistics is reported.
"""

from __future__ import annotations

from typing import Any

from sim.declare import Mechanism, parameter

OF_THE_OPERATOR = ("success_24m", "success_rate", "graduate_survival")
"""Rates of success that the operator publishes itself."""

SYMBOLS = {"reported": "share", "S": "share"}


class Parameters(Mechanism):
    """Parameters of what the operator reports."""

    unseen: float = parameter(
        0.5594,
        short="Closures that nobody sees",
        unit="share",
        symbol="m",
        low=0,
        high=1,
        meaning="Share of closures that the operator does not see.",
        origin="calibrated: the typical draw, at percentile 86. Range: within 0 to 0.75, as far as registers go: "
        "11,596 firms were dissolved in 2024, while more than 300,000 are active on paper only, "
        "https://online.flippingbook.com/view/751837063/19 ; "
        "https://www.challenge.ma/la-manufacture-est-le-premier-secteur-exportateur-au-maroc-selon-lomtpme-316409/",
        prior=(0, 0.75),
    )


def reported(rate: float, parameters: Any) -> float:
    """The rate of success that the operator reports."""
    own = parameters.reporting
    return rate + own.unseen * (1 - rate) if own.enabled else rate
