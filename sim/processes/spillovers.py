"""Spillovers: startups learn from better partners, if they know enough to understand them.

`spill = sigma_k (min(k, 5) / 5) 4 s max(0, mean competence of partners - s)`: the factor `s x gap`
makes an inverted U in distance (Cohen and Levinthal 1990; Nooteboom et al. 2007). It is added to all
three competences and uses the competence of the start of the month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Mechanism, parameter

if TYPE_CHECKING:
    from sim.model import EcosystemModel


class Parameters(Mechanism):
    """Parameters of spillovers."""

    strength: float = parameter(
        0.02,
        unit="1/month",
        low=0,
        high=0.5,
        meaning="Speed of learning from partners (sigma_k).",
        origin="assumed: inverted U of Nooteboom et al. 2007, Research Policy 36; its height is not known",
        prior=(0, 0.05),
    )
    enough_ties: int = parameter(
        5,
        unit="ties",
        low=1,
        high=100,
        meaning="Ties beyond which more partners teach no more.",
        origin="assumed: attention is limited",
    )


def act(model: EcosystemModel) -> None:
    """Add what is learnt from partners to all three competences."""
    parameters, startups, contacts = model.parameters.spillovers, model.startups, model.contacts
    if not parameters.enabled or contacts.count == 0:
        return
    level = model.before.mean_competence
    first, second = contacts.rows
    total = np.bincount(first, weights=level[second], minlength=startups.count)
    total += np.bincount(second, weights=level[first], minlength=startups.count)
    degree = startups.ties
    rows = np.flatnonzero((degree > 0) & (total > level * degree))
    level, degree = level[rows], degree[rows]
    gap = total[rows] / degree - level
    breadth = np.minimum(degree, parameters.enough_ties) * (4 / parameters.enough_ties)
    competence = startups.block("finance", "skills")
    competence[:, rows] = np.minimum(competence[:, rows] + parameters.strength * breadth * level * gap, 1.0)
