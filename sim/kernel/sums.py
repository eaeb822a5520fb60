"""Sums that are the same in any order, because what is added are whole numbers of small steps."""

from __future__ import annotations

import numpy as np

from sim.kernel.compiled import inlined
from sim.kernel.masks import holds

MONEY = 2.0**28
"""Steps in a kMAD of stocks and flows: their sums up to 3e10 kMAD are exact."""
PAYMENT = 2.0**36
"""Steps in a kMAD of single payments, and in a job: sums up to 1e8 are exact."""

_SMALL = 2.0**-40
_SMALL_ROUND, _SMALL_BITS = 6144.0, 0x40B8000000000000
"""1.5 * 2**12: adding it rounds to steps of 2**-40, whose number then stands in the lowest bits of the sum."""


@inlined
def steps(amount: float, per_unit: float) -> int:
    """An amount as a whole number of steps, `MONEY` or `PAYMENT` of them in a unit."""
    return np.int64(np.floor(amount * per_unit + 0.5))  # type: ignore[return-value]


@inlined
def from_steps(number: int, per_unit: float) -> float:
    """The amount of a number of steps."""
    return number / per_unit


@inlined
def total_money(words: np.ndarray, policy: int, amounts: np.ndarray) -> float:
    """The sum of the amounts in the rows whose words hold under a policy."""
    total = 0
    for row in range(words.size):
        total += steps(amounts[row], MONEY) if holds(words[row], policy) else 0
    return from_steps(total, MONEY)


@inlined
def stepped(number: float) -> float:
    """A number between -1024 and 1024, rounded to steps of 2**-40: sums of a few thousand are exact."""
    return (number + _SMALL_ROUND) - _SMALL_ROUND


@inlined
def small_total(words: np.ndarray, policy: int, numbers: np.ndarray) -> float:
    """The sum of the numbers, between -1024 and 1024, in the rows whose words hold under a policy."""
    total = 0
    for row in range(words.size):
        number = np.float64(numbers[row] + _SMALL_ROUND).view(np.int64) - _SMALL_BITS
        total += number if holds(words[row], policy) else 0  # type: ignore[assignment]
    return total * _SMALL
