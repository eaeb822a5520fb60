"""The beginning of a month: those who are founded enter the books, and the state of all is kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.declare.states import FounderKind
from sim.kernel.masks import holds
from sim.kernel.mathematics import log
from sim.kernel.records import booked, columns, kernel
from sim.kernel.state import Start
from sim.kernel.sums import MONEY, from_steps, steps


@columns
class Enrolled(NamedTuple):
    """Columns of those who have just been founded."""

    used: int
    alive: np.ndarray
    kind: np.ndarray
    region: np.ndarray
    cash: np.ndarray


@booked(capital=("founders", "startups", "capital"))
class Booked(NamedTuple):
    """How many are founded, and the cash that they bring, (policies,) each."""

    founded: np.ndarray
    capital: np.ndarray


@kernel
def enrol(first: int, month: int, of: Enrolled, by_region: np.ndarray, to: Booked) -> None:
    """Count those who are founded, from row `first` on, and the cash that they bring.

    Counts in `by_region` (policies, months, regions) those who found for the first time.
    """
    for policy in range(to.founded.size):
        total = 0
        for row in range(first, of.used):
            if holds(of.alive[row], policy):
                to.founded[policy] += 1
                total += steps(of.cash[policy, row], MONEY)
                by_region[policy, month, of.region[policy, row]] += of.kind[row] != FounderKind.REFOUNDED
        to.capital[policy] += from_steps(total, MONEY)


@columns
class Beginning(NamedTuple):
    """Columns whose values at the start of a month are kept."""

    used: int
    finance: np.ndarray
    market_access: np.ndarray
    skills: np.ndarray
    revenue: np.ndarray
    cash: np.ndarray


@kernel
def begin(of: Beginning, before: Start, leaving: np.ndarray) -> None:
    """Copy what changes in the month, and take the mean of the competences and the log of revenue; nobody leaves."""
    for policy in range(of.cash.shape[0]):
        leaving[policy, : of.used] = 0
        levels, mean, log_revenue = (
            before.competence[policy],
            before.mean_competence[policy],
            before.log_revenue[policy],
        )
        finance, market_access, skills = levels[0], levels[1], levels[2]
        revenue, cash = before.revenue[policy], before.cash[policy]
        now = of.finance[policy], of.market_access[policy], of.skills[policy], of.revenue[policy], of.cash[policy]
        for row in range(of.used):
            first, second, third = now[0][row], now[1][row], now[2][row]
            finance[row], market_access[row], skills[row] = first, second, third
            mean[row] = (first + second + third) / 3
        for row in range(of.used):
            cash[row] = now[4][row]
        for row in range(of.used):
            revenue[row] = now[3][row]
            log_revenue[row] = log(now[3][row])
