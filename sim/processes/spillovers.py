"""Spillovers: startups learn from better partners, if they know enough to understand them.

With k ties, and s the mean competence at the start of the month, all three competences gain

    spill = sigma_k (min(k, k_max) / k_max) 4 s max(0, mean s of the partners - s)

The factor `s x gap` makes an inverted U in distance (Cohen and Levinthal 1990; Nooteboom et al.
2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Mechanism, parameter
from sim.kernel.records import columns, kernel

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


@columns
class Learners(NamedTuple):
    """Columns of those who learn."""

    ties: np.ndarray
    finance: np.ndarray
    market_access: np.ndarray
    skills: np.ndarray


def act(model: World) -> None:
    """Add what is learnt from partners to all three competences."""
    parameters, contacts = model.parameters.spillovers, model.contacts
    if parameters.enabled and contacts.count > 0:
        of, level = model.startups.see(Learners), model.before.mean_competence
        _learn(of, parameters.strength, parameters.enough_ties, contacts.first_row, contacts.second_row, level)


@kernel
def _learn(
    of: Learners, strength: float, enough_ties: int, first: np.ndarray, second: np.ndarray, level: np.ndarray
) -> None:
    """Learn along the ties between `first` and `second` rows, from the mean competence `level` (startups,)."""
    total, others = np.zeros(level.size), np.zeros(level.size)
    for tie in range(first.size):
        total[first[tie]] += level[second[tie]]
        others[second[tie]] += level[first[tie]]
    for row in range(level.size):
        partners, ties = total[row] + others[row], of.ties[row]
        gap = partners / max(ties, 1) - level[row]
        breadth = min(ties, enough_ties) * (4 / enough_ties)
        # Who knows less than the partners do learns; for the others adding nothing is cheaper than asking.
        learnt = strength * breadth * level[row] * gap if partners > level[row] * ties else 0.0
        of.finance[row] = min(of.finance[row] + learnt, 1.0)
        of.market_access[row] = min(of.market_access[row] + learnt, 1.0)
        of.skills[row] = min(of.skills[row] + learnt, 1.0)
