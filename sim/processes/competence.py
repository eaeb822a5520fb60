"""Competence: finance, market access and skills are learnt from mentors and by doing, and forgotten.

Each month, for competence j with weight `w_j` in the mix and m hours received,

    s_j += kappa (1 - s_j) g(m) 3 w_j + kappa0 (1 - s_j) - delta s_j + spill
    g(m) = 1 - exp(-m / m0)

clipped to [0, 1]; `spillovers` adds the last term. Training raises sales by 5-10 % (McKenzie 2021);
mentoring fades after it ends (Brooks, Donovan and Johnson 2018); longer is not better (Schwartz
2012), hence saturation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Constant, Mechanism, parameter
from sim.kernel.compiled import compiled

if TYPE_CHECKING:
    from sim.kernel.world import World


REFERENCE = 0.3
"""Competence at which it neither helps nor harms: from there other processes measure what it does."""

AT_REFERENCE = Constant(REFERENCE, "0-1", "competence from which its effect is measured")


class Parameters(Mechanism):
    """Parameters of learning and forgetting."""

    learning: float = parameter(
        0.007694,
        unit="1/month",
        symbol="kappa",
        low=0,
        high=0.3,
        meaning="Speed of learning from mentors.",
        origin="calibrated: the typical draw, at percentile 29. Fitted to: +5 to "
        "+10 % revenue after a year, McKenzie 2021, Oxford Review of Economic Policy 37",
        prior=(0.003, 0.06),
    )
    hours_scale: float = parameter(
        9.684,
        unit="h/month",
        symbol="m0",
        low=0.1,
        high=100,
        meaning="Hours after which most of what a month can teach is taught.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 97. Range: returns "
        "fall beyond weekly meetings",
        prior=(2, 10),
    )
    forgetting: float = parameter(
        0.01299,
        unit="1/month",
        symbol="delta",
        low=0,
        high=0.3,
        meaning="Speed of forgetting.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 16. Range: slower "
        "than the fading of Brooks, Donovan and Johnson 2018 (AEJ Applied), to be varied first in a "
        "sensitivity analysis",
        prior=(0.002, 0.05),
    )
    by_doing: float = parameter(
        0.006,
        unit="1/month",
        symbol="kappa0",
        low=0,
        high=0.1,
        meaning="Speed of learning by doing.",
        origin="assumed: balances forgetting halfway, so that competence neither vanishes nor explodes",
    )


def act(model: World) -> None:
    """Update the three competences of all startups from their values at the start of the month."""
    parameters, startups, before = model.parameters.competence, model.startups, model.before
    if not parameters.enabled:
        return
    mix, learning = model.parameters.accompaniment.mix, parameters.learning
    _learn(
        (learning * (3 * mix.finance), learning * (3 * mix.market_access), learning * (3 * mix.skills)),
        parameters.by_doing,
        parameters.forgetting,
        parameters.hours_scale,
        startups.hours,
        before.competence,
        (startups.finance, startups.market_access, startups.skills),
    )


@compiled
def _learn(
    learning: tuple[float, float, float],
    by_doing: float,
    forgetting: float,
    hours_scale: float,
    hours: np.ndarray,
    before: np.ndarray,
    competence: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Set the three columns of `competence` from those `before` (3, startups)."""
    taught, rows = np.zeros(hours.size), np.empty(hours.size, dtype=np.int64)
    count = 0
    for row in range(hours.size):
        rows[count] = row
        count += hours[row] > 0
    for row in rows[:count]:
        taught[row] = -np.expm1(hours[row] * (-1 / hours_scale))
    for kind in range(3):  # one column after another, which processors do several rows at a time
        levels, column = before[kind], competence[kind]
        for row in range(hours.size):
            rate = by_doing + learning[kind] * taught[row]
            learnt = levels[row] + (rate * (1 - levels[row]) - forgetting * levels[row])
            column[row] = min(max(learnt, 0.0), 1.0)
