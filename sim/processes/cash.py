"""Cash: what is left of revenue pays the fixed cost; what is too much goes to the founders.

With the margin pi, the fixed cost F0 and the rent factor of residents (see `rent`), the profit Z of a
month and the distribution D are

    F = rent F0,   times (1 - finance_saves finance) while C < trouble F
    Z = pi R - F
    D = max(0, min(C + Z - reserve ((1 - pi) R + F), Z))
    C += Z - D

so that cash above `reserve` months of cost is distributed, and never more than the month's profit. Poor
financial management is the first cause of closure in the Casablanca-Settat study of 2018; competence
in finance may lower the burn of a startup in trouble (off by default).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Block, Payment, parameter
from sim.kernel.records import columns, kernel, read, read_from

if TYPE_CHECKING:
    from sim.kernel.world import World


PAYMENTS = {
    ("customers", "startups", "revenue"): Payment("What startups sell."),
    ("startups", "suppliers", "variable costs"): Payment("What grows with sales."),
    ("startups", "suppliers", "fixed costs"): Payment("What does not."),
    ("startups", "founders", "distributions"): Payment("Profit above the reserve."),
}


class Parameters(Block):
    """Parameters of the cash flow."""

    margin: float = parameter(
        0.627,
        unit="share",
        symbol="pi",
        low=0,
        high=1,
        meaning="Part of revenue left after variable costs.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 91. Held against: "
        "survival of starters and revenue of residents",
        prior=(0.35, 0.65),
    )
    fixed_cost: float = parameter(
        37.43,
        unit="kMAD/month",
        symbol="F0",
        low=0,
        high=1000,
        meaning="Fixed cost of a startup outside a hub.",
        origin="calibrated: the typical draw, at percentile 58. Fitted to: survival of starters",
        prior=(12, 60),
    )
    finance_saves: float = parameter(
        0.0,
        unit="share",
        low=0,
        high=0.2,
        meaning="Part of the fixed cost that full competence in finance saves in trouble.",
        origin="assumed: 0, so that with equal weights one competence stands for all three",
    )
    trouble: float = parameter(
        3.0,
        unit="month",
        low=0,
        high=60,
        meaning="Months of fixed cost below which cash means trouble.",
        origin="assumed: one quarter",
    )
    reserve: float = parameter(
        24.0,
        unit="month",
        low=0,
        high=600,
        meaning="Months of cost above which profit is distributed to the founders.",
        origin="assumed: two years of cost are enough reserve",
    )


@columns
class Tills(NamedTuple):
    """Columns that it needs of this month; the rest is of the month's start."""

    hub: np.ndarray
    cash: np.ndarray


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters."""

    margin: float
    fixed_cost: float
    finance_saves: float
    trouble: float
    reserve: float


class Settled(NamedTuple):
    """Sums over startups, in kMAD."""

    revenue: float
    fixed_cost: float
    distributed: float


def act(model: World) -> None:
    """Collect revenue, pay costs, distribute profit; all of it enters the ledger."""
    rates, rent, before = read(Rates, model.parameters.cash), model.parameters.rent, model.before
    relief = rent.multiplier if rent.enabled else 1.0
    settled = _settle(model.startups.see(Tills), rates, relief, before.competence[0], before.cash, before.revenue)
    model.ledger.flow("customers", "startups", "revenue", settled.revenue)
    model.ledger.flow("startups", "suppliers", "variable costs", (1 - rates.margin) * settled.revenue)
    model.ledger.flow("startups", "suppliers", "fixed costs", settled.fixed_cost)
    model.ledger.flow("startups", "founders", "distributions", settled.distributed)


@kernel
def _settle(
    of: Tills, rates: Rates, relief: float, finance: np.ndarray, cash_before: np.ndarray, revenue: np.ndarray
) -> Settled:
    """Bring cash up to date, from finance, cash and revenue at the start of the month; residents pay with `relief`."""
    sales = fixed_total = distributed = 0.0
    for row in range(of.cash.size):
        fixed = rates.fixed_cost * relief if of.hub[row] >= 0 else rates.fixed_cost
        if cash_before[row] < rates.trouble * fixed:
            fixed *= 1 - rates.finance_saves * finance[row]
        profit = rates.margin * revenue[row] - fixed
        held = of.cash[row] + profit
        cost = (1 - rates.margin) * revenue[row] + fixed
        excess = max(min(held - rates.reserve * cost, profit), 0.0)
        of.cash[row] = held - excess
        sales += revenue[row]
        fixed_total += fixed
        distributed += excess
    return Settled(sales, fixed_total, distributed)
