"""Rent relief: residents pay a fraction of the fixed cost that others pay.

    F = multiplier F0   for a resident (see `cash`)

Technopark rents begin at 50 dirhams a square metre for startups, against 90-130 for established
firms; an office of 12-30 square metres is a small part of fixed cost, hence a factor close to one.
"""

from __future__ import annotations

from sim.declare import Mechanism, parameter

SYMBOLS = {"F": "kMAD/month", "F0": "cash.fixed_cost"}


class Parameters(Mechanism):
    """Parameters of rent relief."""

    multiplier: float = parameter(
        0.8653,
        short="Fixed cost of residents",
        unit="-",
        low=0.3,
        high=1,
        meaning="Fixed cost of residents relative to others.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 52. Range: 50 against 90-130 "
        "MAD per square metre and month, https://www.lavieeco.com/?p=62704; on offices of 12-30 square metres",
        prior=(0.7, 1.0),
    )
