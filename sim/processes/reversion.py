"""Reversion: luck passes, and revenue comes back to the founder's own path.

With the quality q, the age a in months, the lift that competence and partners give (see `levels`), and X = 1 for
exporters,

    path = b + (mu0 + b_q q) sum_{j < a} exp(-j / tau) + lift + X ln(1 + x / 2)
    ln R -= lambda (ln R - path) month

from values at the start of the month, where b is the log revenue with which the path begins: that of founding, less the
lift, and what rounds of equity add to it. How fast a firm grows is mostly decided before it is founded, and shocks to
its size are partly transitory (Sterk, Sedlacek and Pugsley 2021). Help and exports belong to the path: they are not
reverted, but fade only as competence, partners and markets are lost. Crowding does not: it lowers the level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Mechanism, parameter
from sim.kernel.mathematics import exp, log
from sim.kernel.records import by_policy, columns, kernel
from sim.kernel.state import Start

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {
    "path_begins": Column(float, "log kMAD/month", "Log revenue with which the own path begins.", 0.0),
    "has_path": Column(bool, "-", "Whether this has been reckoned.", False),
}

SYMBOLS = {
    "path": "log kMAD/month", "b": "path_begins", "mu0": "revenue.base_growth", "b_q": "revenue.quality_effect",
    "tau": "revenue.fading", "q": "quality", "j": "month", "a": "month", "x": "exports.export_share",
    "X": "exporter", "R": "revenue",
}  # fmt: skip


class Parameters(Mechanism):
    """Parameters of the return to the founder's own path."""

    speed: float = parameter(
        0.05283,
        short="Return to the own path",
        unit="1/month",
        symbol="lambda",
        low=0,
        high=1,
        meaning="Share of the distance to the own path that is made good in a month.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 85. Range: half of a shock is "
        "left after a year and a half; transitory shocks as in Sterk, Sedlacek and Pugsley 2021, AER 111",
        prior=(0, 0.06),
    )


@columns
class Returning(NamedTuple):
    """Columns that it reads, and the last three, which it changes."""

    used: int
    founded: np.ndarray
    quality: np.ndarray
    exporter: np.ndarray
    lift: np.ndarray
    path_begins: np.ndarray
    has_path: np.ndarray
    revenue: np.ndarray


@by_policy
class Rates(NamedTuple):
    """What paths depend on, (policies,) each."""

    enabled: Any
    speed: Any
    base_growth: Any
    quality_effect: Any
    fading: Any
    export_share: Any


def _rates(parameters: Any) -> Rates:
    own, growth = parameters.reversion, parameters.revenue
    law = growth.base_growth, growth.quality_effect, growth.fading
    return Rates(own.enabled, own.speed, *law, parameters.exports.export_share)


def act(world: World) -> None:
    """Bring revenue nearer to the founders' own paths."""
    if world.acts(_rates):
        _revert(world.month, world.startups.see(Returning), world.by_policy(_rates), world.before)


@kernel
def _revert(month: int, of: Returning, rates: Rates, before: Start) -> None:
    """Change revenue; a path that is not yet known begins where its startup stands."""
    away, grown = np.empty(of.used), np.empty(month + 2)
    for policy in range(rates.enabled.size):
        if not rates.enabled[policy]:
            continue
        grown[0] = 0.0
        for age in range(month + 1):
            grown[age + 1] = grown[age] + exp(age * (-1 / rates.fading[policy]))
        exporting, speed = log(1 + rates.export_share[policy] / 2), rates.speed[policy]
        base, by_quality = rates.base_growth[policy], rates.quality_effect[policy]
        begins, known = of.path_begins[policy], of.has_path[policy]
        log_revenue, revenue = before.log_revenue[policy], of.revenue[policy]
        for row in range(of.used):
            gone = (base + by_quality * of.quality[row]) * grown[month - of.founded[row]]
            gone += of.lift[policy, row] + exporting * of.exporter[policy, row]
            begins[row] = begins[row] if known[row] else log_revenue[row] - gone
            known[row] = True
            away[row] = log_revenue[row] - begins[row] - gone
        for row in range(of.used):
            revenue[row] *= exp(-speed * away[row])
