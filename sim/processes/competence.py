"""Competence: finance, market access and skills are learnt from mentors and by doing, and forgotten.

Each month, for competence j with weight `w_j` in the mix and m hours received,

    s_j += (kappa (1 - s_j) g(m) 3 w_j + kappa0 (1 - s_j) - delta s_j + spill) month
    g(m) = 1 - exp(-m / m0)

clipped to [0, 1]; `spillovers` adds the last term. Training raises sales by 5-10 % (McKenzie 2021);
mentoring fades after it ends (Brooks, Donovan and Johnson 2018); longer is not better (Schwartz
2012), hence saturation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Constant, Mechanism, parameter
from sim.kernel.compiled import inlined
from sim.kernel.mathematics import exp
from sim.kernel.records import by_policy, columns, kernel
from sim.kernel.rows import marked

if TYPE_CHECKING:
    from sim.kernel.world import World


REFERENCE = 0.3
"""Competence at which it neither helps nor harms: from there other processes measure what it does."""

AT_REFERENCE = Constant(REFERENCE, "0-1", "competence from which its effect is measured")

SYMBOLS = {"s_j": "0-1", "w_j": "share", "g(m)": "share", "m": "hours", "spill": "1/month"}


class Parameters(Mechanism):
    """Parameters of learning and forgetting."""

    learning: float = parameter(
        0.003241,
        short="Learning from mentors",
        unit="1/month",
        symbol="kappa",
        low=0,
        high=0.3,
        meaning="Speed of learning from mentors.",
        origin="calibrated: the typical draw, at percentile 10. Fitted to: +5 to +10 % revenue after a year, McKenzie "
        "2021, Oxford Review of Economic Policy 37",
        prior=(0.003, 0.06),
    )
    hours_scale: float = parameter(
        4.029,
        short="Hours that teach most",
        unit="h/month",
        symbol="m0",
        low=0.1,
        high=100,
        meaning="Hours after which most of what a month can teach is taught.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 28. Range: returns fall beyond "
        "weekly meetings",
        prior=(2, 10),
    )
    forgetting: float = parameter(
        0.03238,
        short="Forgetting",
        unit="1/month",
        symbol="delta",
        low=0,
        high=0.3,
        meaning="Speed of forgetting.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 62. Range: slower than the "
        "fading of Brooks, Donovan and Johnson 2018 (AEJ Applied), to be varied first in a sensitivity analysis",
        prior=(0.002, 0.05),
    )
    by_doing: float = parameter(
        0.006,
        short="Learning by doing",
        unit="1/month",
        symbol="kappa0",
        low=0,
        high=0.1,
        meaning="Speed of learning by doing.",
        origin="assumed: balances forgetting halfway, so that competence neither vanishes nor explodes",
    )


@by_policy
class Learning(NamedTuple):
    """How fast is learnt and forgotten under each policy, (policies,) each."""

    enabled: Any
    finance: Any
    market_access: Any
    skills: Any
    by_doing: Any
    forgetting: Any
    hours_scale: Any


def _learning(parameters: Any) -> Learning:
    own, mix = parameters.competence, parameters.accompaniment.mix
    finance, market_access, skills = (
        own.learning * (3 * each) for each in (mix.finance, mix.market_access, mix.skills)
    )
    return Learning(own.enabled, finance, market_access, skills, own.by_doing, own.forgetting, own.hours_scale)


@columns
class Learners(NamedTuple):
    """Columns of those who learn."""

    used: int
    hours: np.ndarray
    finance: np.ndarray
    market_access: np.ndarray
    skills: np.ndarray


def act(world: World) -> None:
    """Update the three competences of all startups from their values at the start of the month."""
    if not world.acts(_learning):
        return
    _learn(world.startups.see(Learners), world.by_policy(_learning), world.before.competence)


@inlined
def _learn_one(
    levels: np.ndarray, column: np.ndarray, taught: np.ndarray, speed: float, by_doing: float, forgetting: float
) -> None:
    """Bring one competence up to date from its `levels` at the start of the month."""
    for row in range(taught.size):
        rate = by_doing + speed * taught[row]
        learnt = levels[row] + (rate * (1 - levels[row]) - forgetting * levels[row])
        column[row] = min(max(learnt, 0.0), 1.0)


@kernel
def _learn(of: Learners, learning: Learning, before: np.ndarray) -> None:
    """Set the three competences from those `before` (policies, 3, startups)."""
    listens, taught = np.empty(of.used, dtype=np.bool_), np.empty(of.used)
    for policy in range(learning.enabled.size):
        if not learning.enabled[policy]:
            continue
        hours = of.hours[policy]
        for row in range(of.used):
            taught[row] = 0.0
            listens[row] = hours[row] > 0
        for row in marked(listens):
            taught[row] = 1 - exp(hours[row] * (-1 / learning.hours_scale[policy]))
        levels, by_doing, forgetting = before[policy], learning.by_doing[policy], learning.forgetting[policy]
        _learn_one(levels[0], of.finance[policy], taught, learning.finance[policy], by_doing, forgetting)
        _learn_one(levels[1], of.market_access[policy], taught, learning.market_access[policy], by_doing, forgetting)
        _learn_one(levels[2], of.skills[policy], taught, learning.skills[policy], by_doing, forgetting)
