"""Spillovers: startups learn from better partners, if they know enough to understand them.

With k ties, and s the mean competence at the start of the month, all three competences gain

    spill = sigma_k (min(k, k_max) / k_max) 4 s max(0, mean s of the partners - s)

The factor `s x gap` makes an inverted U in distance (Cohen and Levinthal 1990; Nooteboom et al.
2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Mechanism, parameter
from sim.kernel.compiled import compiled

if TYPE_CHECKING:
    from sim.kernel.world import World


class Parameters(Mechanism):
    """Parameters of spillovers."""

    strength: float = parameter(
        0.03859,
        unit="1/month",
        symbol="sigma_k",
        low=0,
        high=0.5,
        meaning="Speed of learning from partners.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 79. Range: inverted U "
        "of Nooteboom et al. 2007, Research Policy 36; its height is not known",
        prior=(0, 0.05),
    )
    enough_ties: int = parameter(
        5,
        unit="ties",
        symbol="k_max",
        low=1,
        high=100,
        meaning="Ties beyond which more partners teach no more.",
        origin="assumed: attention is limited",
    )


def act(model: World) -> None:
    """Add what is learnt from partners to all three competences."""
    parameters, startups, contacts = model.parameters.spillovers, model.startups, model.contacts
    if not parameters.enabled or contacts.count == 0:
        return
    _learn(
        parameters.strength,
        parameters.enough_ties,
        contacts.first_row,
        contacts.second_row,
        startups.ties,
        model.before.mean_competence,
        startups.finance,
        startups.market_access,
        startups.skills,
    )


@compiled
def _learn(
    strength: float,
    enough_ties: int,
    first: np.ndarray,
    second: np.ndarray,
    ties: np.ndarray,
    level: np.ndarray,
    finance: np.ndarray,
    market_access: np.ndarray,
    skills: np.ndarray,
) -> None:
    total, others = np.zeros(level.size), np.zeros(level.size)
    for tie in range(first.size):
        total[first[tie]] += level[second[tie]]
        others[second[tie]] += level[first[tie]]
    for row in range(level.size):
        partners = total[row] + others[row]
        gap = partners / max(ties[row], 1) - level[row]
        breadth = min(ties[row], enough_ties) * (4 / enough_ties)
        # Who knows less than the partners do learns; for the others adding nothing is cheaper than asking.
        learnt = strength * breadth * level[row] * gap if partners > level[row] * ties[row] else 0.0
        finance[row] = min(finance[row] + learnt, 1.0)
        market_access[row] = min(market_access[row] + learnt, 1.0)
        skills[row] = min(skills[row] + learnt, 1.0)
