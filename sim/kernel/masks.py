"""Words whose bits stand for policies: bit p of a startup's word is set where something holds under policy p."""

from __future__ import annotations

import numpy as np

from sim.kernel.compiled import inlined

MOST_POLICIES = 32
"""Number of bits of a word, and so of policies that can live side by side."""

_ONE = np.uint32(1)


@inlined
def everywhere(policies: int) -> np.uint32:
    """The word of what holds under all of `policies` policies."""
    return np.uint32((1 << policies) - 1)


@inlined
def bit(policy: int) -> np.uint32:
    """The word of what holds under one policy only."""
    return np.uint32(_ONE << np.uint32(policy))


@inlined
def holds(word: np.uint32, policy: int) -> bool:
    """Whether it holds under a policy."""
    found: bool = ((word >> np.uint32(policy)) & _ONE) != 0
    return found
