"""Effects of outcomes by name: the size that matters and the draws in which a spike holds come from there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.parameters.idle import zero_by_structure
from sim.studies.smallest import smallest_of
from sim.studies.statistics import Effects, effects


def outcome_effects(
    policy: np.ndarray,
    reference: np.ndarray,
    outcomes: Sequence[str],
    draws: np.ndarray | None,
    idle: frozenset[int] = frozenset(),
) -> Effects:
    """What a policy is expected to change against a reference in the same worlds, an effect an outcome.

    Args:
        policy: worlds by outcomes (n, m); NaN where not defined.
        reference: the same of what it is compared with.
        outcomes: names of the columns (m).
        draws: which draw of the parameters each world lives under, (n,); None when they are fixed.
        idle: draws in which a declared spike holds.
    """
    zero = None if draws is None else zero_by_structure(policy - reference, draws, idle)
    return effects(policy, reference, draws, smallest=[smallest_of(outcome) for outcome in outcomes], off=zero)
