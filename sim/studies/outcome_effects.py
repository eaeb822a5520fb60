"""Effects on outcomes by name, with the smallest size that matters of each and the draws in which a spike holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sim.parameters.idle import zero_by_structure
from sim.studies.smallest import smallest_of
from sim.studies.statistics import Effects, effects


def outcome_effects(
    policy: np.ndarray,
    reference: np.ndarray,
    outcomes: Sequence[str],
    draws: np.ndarray | None,
    idle: frozenset[int] = frozenset(),
    comparisons: ArrayLike = 0,
    *,
    most_draws: int | None = None,
) -> Effects:
    """Effects of a policy against a reference in the same worlds, one per outcome.

    Args:
        policy: values by world and outcome, (n, m); NaN where not defined.
        reference: values of the reference, (n, m).
        outcomes: names of the m columns.
        draws: number of the parameter draw of each world, (n,); None if the parameters are fixed.
        idle: numbers of the draws in which a declared spike holds.
        comparisons: number of the comparison to which each column belongs, (m,): see `effects`.
        most_draws: as in `effects`.
    """
    zero = None if draws is None else zero_by_structure(policy - reference, draws, idle)
    sizes = [smallest_of(outcome) for outcome in outcomes]
    return effects(policy, reference, draws, smallest=sizes, off=zero, comparisons=comparisons, most_draws=most_draws)
