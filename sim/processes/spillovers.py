"""Spillovers: startups learn from better partners, if they know enough to understand them.

With k ties, s the mean competence at the start of the month and s_p that of the partners, all three competences gain

    spill = sigma_k (min(k, k_max) / k_max) 4 s max(0, s_p - s)

The factor `s x gap` makes an inverted U in distance (Cohen and Levinthal 1990; Nooteboom et al.
2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Mechanism, parameter
from sim.kernel.compiled import inlined
from sim.kernel.masks import everywhere, holds
from sim.kernel.records import columns, kernel, read_from
from sim.kernel.sums import stepped

if TYPE_CHECKING:
    from sim.kernel.world import World

SYMBOLS = {"spill": "1/month", "k": "ties", "s": "0-1", "s_p": "0-1"}


class Parameters(Mechanism):
    """Parameters of spillovers."""

    strength: float = parameter(
        0.03836,
        short="Learning from partners",
        unit="1/month",
        symbol="sigma_k",
        low=0,
        high=0.5,
        meaning="Speed of learning from partners.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 84. Range: inverted U of "
        "Nooteboom et al. 2007, Research Policy 36; its height is not known",
        prior=(0, 0.05),
    )
    enough_ties: int = parameter(
        5,
        short="Ties that are enough",
        unit="ties",
        symbol="k_max",
        low=1,
        high=100,
        meaning="Ties beyond which more partners teach no more.",
        origin="assumed: attention is limited",
    )


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    strength: np.ndarray
    enough_ties: np.ndarray


@columns
class Learners(NamedTuple):
    """Columns of those who learn."""

    used: int
    ties: np.ndarray
    finance: np.ndarray
    market_access: np.ndarray
    skills: np.ndarray


def act(world: World) -> None:
    """Add what is learnt from partners to all three competences."""
    if not world.acts(Rates):
        return
    contacts = world.contacts
    ties = Graph(contacts.first_row, contacts.second_row, contacts.policies)
    _learn(world.startups.see(Learners), world.rates(Rates), ties, world.before.mean_competence)


class Graph(NamedTuple):
    """Rows of the ends of each tie, and words of the policies under which it holds, (ties,) each."""

    first: np.ndarray
    second: np.ndarray
    policies: np.ndarray


@inlined
def _add(partners: np.ndarray, level: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    """Add to what partners know together the levels along these ties."""
    for tie in range(first.size):
        one, other = first[tie], second[tie]
        partners[one] += level[other]
        partners[other] += level[one]


@inlined
def _learnt(
    of: Learners, policy: int, strength: float, enough_ties: int, level: np.ndarray, partners: np.ndarray
) -> None:
    """Replace what the partners of each startup know together by what it learns from them."""
    ties = of.ties[policy]
    for row in range(of.used):
        gap = partners[row] / max(ties[row], 1) - level[row]
        breadth = min(ties[row], enough_ties) * (4 / enough_ties)
        # Who knows less than the partners do learns; for the others adding nothing is cheaper than asking.
        learns = partners[row] > level[row] * ties[row]
        partners[row] = strength * breadth * level[row] * gap if learns else 0.0


@inlined
def _raise(column: np.ndarray, learnt: np.ndarray) -> None:
    for row in range(learnt.size):
        column[row] = min(column[row] + learnt[row], 1.0)


@inlined
def _apart(ties: Graph, all_policies: np.uint32) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of the ends of the ties that hold under all policies, and places of the other ties."""
    others, count = np.empty(ties.policies.size, dtype=np.int32), 0
    for tie in range(ties.policies.size):
        others[count] = tie
        count += ties.policies[tie] != all_policies
    if count == 0:
        return ties.first, ties.second, others[:0]
    first, second = np.empty(others.size - count, dtype=np.int32), np.empty(others.size - count, dtype=np.int32)
    common = 0
    for tie in range(ties.policies.size):
        if ties.policies[tie] == all_policies:
            first[common], second[common] = ties.first[tie], ties.second[tie]
            common += 1
    return first, second, others[:count]


@kernel
def _learn(of: Learners, rates: Rates, ties: Graph, level: np.ndarray) -> None:
    """Learn along the ties, from the mean competence `level` (policies, startups).

    Levels are rounded to steps of 2**-40 before they are added, so that their order does not matter.
    """
    policies = rates.strength.size
    common_first, common_second, others = _apart(ties, everywhere(policies))
    first, second = np.empty(others.size, dtype=np.int32), np.empty(others.size, dtype=np.int32)
    rounded, partners = np.empty(of.used), np.empty(of.used)
    for policy in range(policies):
        if not rates.enabled[policy]:
            continue
        count = 0
        for tie in others:
            first[count], second[count] = ties.first[tie], ties.second[tie]
            count += holds(ties.policies[tie], policy)
        mean = level[policy]
        for row in range(of.used):
            rounded[row] = stepped(mean[row])
            partners[row] = 0.0
        _add(partners, rounded, common_first, common_second)
        _add(partners, rounded, first[:count], second[:count])
        _learnt(of, policy, rates.strength[policy], rates.enough_ties[policy], rounded, partners)
        _raise(of.finance[policy], partners)
        _raise(of.market_access[policy], partners)
        _raise(of.skills[policy], partners)
