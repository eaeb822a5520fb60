"""Levels: what competence in skills and partners give raises the level of revenue, and is lost as they are.

With the skills s at the start of the month and k ties,

    lift = L_s (s - s_ref) + L_n ln(1 + k)
    ln R += lift - lift_before

Mechanisms of training and mentoring measure levels of sales and profit, and what mentors gave faded after they had left
(McKenzie 2021; Brooks, Donovan and Johnson 2018); regular meetings raised the level of revenue, too (Cai and Szeidl
2018). It takes the place of the effects of skills and ties on growth in `revenue`, which are then set to 0. A startup
begins with the level that it has: its first month changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Mechanism, parameter
from sim.kernel.mathematics import exp, log
from sim.kernel.records import columns, kernel, read_from
from sim.kernel.state import Start
from sim.processes.competence import AT_REFERENCE, REFERENCE

if TYPE_CHECKING:
    from sim.kernel.world import World

CONSTANTS = {"s_ref": AT_REFERENCE}

COLUMNS = {
    "lift": Column(float, "log points", "What skills and partners add to log revenue.", 0.0),
    "has_lift": Column(bool, "-", "Whether this has been reckoned.", False),
}

SYMBOLS = {"lift": "lift", "lift_before": "lift", "s": "skills", "k": "ties", "R": "revenue"}


class Parameters(Mechanism):
    """Parameters of what competence and partners give."""

    skills_effect: float = parameter(
        0.08413,
        short="Effect of skills on revenue",
        unit="log points",
        symbol="L_s",
        low=0,
        high=3,
        meaning="How much full competence in skills raises log revenue.",
        origin="calibrated: the typical draw, at percentile 25. Range: a year of training that adds 0.1 to 0.2 of "
        "skills then adds 5 to 10 % of revenue, McKenzie 2021, Oxford Review of Economic Policy 37",
        prior=(0, 1),
    )
    ties_effect: float = parameter(
        0.05323,
        short="Effect of ties on revenue",
        unit="log points",
        symbol="L_n",
        low=0,
        high=1,
        meaning="How much the log of partners raises log revenue.",
        origin="calibrated: the typical draw, at percentile 69. Range: partners of regular meetings then add up to "
        "+8.1 % of revenue, Cai and Szeidl 2018, QJE 133",
        prior=(0, 0.1),
    )


@columns
class Lifted(NamedTuple):
    """Columns that it reads, and the last four, which it changes."""

    used: int
    ties: np.ndarray
    lift: np.ndarray
    has_lift: np.ndarray
    path_begins: np.ndarray
    revenue: np.ndarray


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    skills_effect: np.ndarray
    ties_effect: np.ndarray


def act(world: World) -> None:
    """Raise or lower revenue by what is gained or lost of competence and partners since the month before."""
    if world.acts(Rates):
        _lift(world.startups.see(Lifted), world.rates(Rates), world.before)


@kernel
def _lift(of: Lifted, rates: Rates, before: Start) -> None:
    """Bring levels up to date, and revenue with them; an own path begins without the lift that is part of it."""
    gained = np.empty(of.used)
    by_partners = np.empty(1 + of.ties[:, : of.used].max() if of.used else 0)
    for policy in range(rates.enabled.size):
        if not rates.enabled[policy]:
            continue
        for partners in range(by_partners.size):
            by_partners[partners] = rates.ties_effect[policy] * log(1.0 + partners)
        skills, begins = before.competence[policy, 2], of.path_begins[policy]
        lift, known, revenue = of.lift[policy], of.has_lift[policy], of.revenue[policy]
        for row in range(of.used):
            level = rates.skills_effect[policy] * (skills[row] - REFERENCE) + by_partners[of.ties[policy, row]]
            gained[row] = level - lift[row] if known[row] else 0.0
            begins[row] -= 0.0 if known[row] else level
            lift[row], known[row] = level, True
        for row in range(of.used):
            revenue[row] *= exp(gained[row])
