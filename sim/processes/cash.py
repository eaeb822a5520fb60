"""Cash: what is left of revenue pays the fixed cost; what is too much goes to the founders.

With the margin pi, the fixed cost F0 and the rent factor of residents (see `rent`), the profit Z of a
month and the distribution D are

    F = rent F0,   times (1 - finance_saves finance) while C < trouble F
    Z = pi R - F
    D = max(0, min(Z + (C - reserve ((1 - pi) R + F)) / month, Z))
    C += (Z - D) month

so that cash above `reserve` months of cost is distributed, and never more than the month's profit. Poor
financial management is the first cause of closure in the Casablanca-Settat study of 2018; competence
in finance may lower the burn of a startup in trouble (off by default).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Block, Payment, parameter
from sim.kernel.compiled import inlined
from sim.kernel.records import booked, by_policy, columns, kernel
from sim.kernel.state import Start
from sim.kernel.sums import total_money

if TYPE_CHECKING:
    from sim.kernel.world import World


PAYMENTS = {
    ("customers", "startups", "revenue"): Payment("What startups sell."),
    ("startups", "suppliers", "variable costs"): Payment("What grows with sales."),
    ("startups", "suppliers", "fixed costs"): Payment("What does not."),
    ("startups", "founders", "distributions"): Payment("Profit above the reserve."),
}

SYMBOLS = {
    "F": "kMAD/month", "Z": "kMAD/month", "D": "kMAD/month", "C": "cash", "R": "revenue", "rent": "rent.multiplier",
}  # fmt: skip


class Parameters(Block):
    """Parameters of the cash flow."""

    margin: float = parameter(
        0.6272,
        short="Margin",
        unit="share",
        symbol="pi",
        low=0,
        high=1,
        meaning="Part of revenue left after variable costs.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 86. Held against: survival of "
        "starters and revenue of residents",
        prior=(0.35, 0.65),
    )
    fixed_cost: float = parameter(
        40.58,
        short="Fixed cost",
        unit="kMAD/month",
        symbol="F0",
        low=0,
        high=1000,
        meaning="Fixed cost of a startup outside a hub.",
        origin="calibrated: the typical draw, at percentile 55. Fitted to: survival of starters",
        prior=(12, 60),
    )
    finance_saves: float = parameter(
        0.0,
        short="Savings by competence in finance",
        unit="share",
        low=0,
        high=0.2,
        meaning="Part of the fixed cost that full competence in finance saves in trouble.",
        origin="assumed: 0, so that with equal weights one competence stands for all three",
    )
    trouble: float = parameter(
        3.0,
        short="Cash that means trouble",
        unit="month",
        low=0,
        high=60,
        meaning="Months of fixed cost below which cash means trouble.",
        origin="assumed: one quarter",
    )
    reserve: float = parameter(
        24.0,
        short="Cash that is kept",
        unit="month",
        low=0,
        high=600,
        meaning="Months of cost above which profit is distributed to the founders.",
        origin="assumed: two years of cost are enough reserve",
    )


@columns
class Tills(NamedTuple):
    """Columns that it needs of this month; the rest is of the month's start."""

    used: int
    alive: np.ndarray
    hub: np.ndarray
    cash: np.ndarray


@by_policy
class Rates(NamedTuple):
    """Parameters of cash, and what residents pay of the fixed cost of others, (policies,) each."""

    margin: Any
    fixed_cost: Any
    finance_saves: Any
    trouble: Any
    reserve: Any
    relief: Any


def _rates(parameters: Any) -> Rates:
    own, rent = parameters.cash, parameters.rent
    relief = rent.multiplier if rent.enabled else 1.0
    return Rates(own.margin, own.fixed_cost, own.finance_saves, own.trouble, own.reserve, relief)


@booked(
    revenue=("customers", "startups", "revenue"),
    variable_costs=("startups", "suppliers", "variable costs"),
    fixed_costs=("startups", "suppliers", "fixed costs"),
    distributions=("startups", "founders", "distributions"),
)
class Booked(NamedTuple):
    """What is paid, in kMAD, (policies,) each."""

    revenue: np.ndarray
    variable_costs: np.ndarray
    fixed_costs: np.ndarray
    distributions: np.ndarray


def act(world: World) -> None:
    """Collect revenue, pay costs, distribute profit; all of it enters the ledger."""
    _settle(world.startups.see(Tills), world.by_policy(_rates), world.before, world.books(Booked))


@inlined
def _fix(hub: np.ndarray, rates: Rates, policy: int, before: Start, fixed: np.ndarray) -> None:
    """Set the fixed cost of each startup."""
    outside, inside = rates.fixed_cost[policy], rates.fixed_cost[policy] * rates.relief[policy]
    for row in range(fixed.size):
        fixed[row] = inside if hub[row] >= 0 else outside
    saves, trouble = rates.finance_saves[policy], rates.trouble[policy]
    if saves > 0:
        cash, finance = before.cash[policy], before.competence[policy, 0]
        for row in range(fixed.size):
            fixed[row] *= 1 - saves * finance[row] if cash[row] < trouble * fixed[row] else 1.0


@kernel
def _settle(of: Tills, rates: Rates, before: Start, to: Booked) -> None:
    """Bring cash up to date, from finance, cash and revenue at the start of the month."""
    policies, count, alive = rates.margin.size, of.used, of.alive[: of.used]
    fixed, excess = np.empty(count), np.empty(count)
    for policy in range(policies):
        _fix(of.hub[policy], rates, policy, before, fixed)
        cash, revenue = of.cash[policy], before.revenue[policy, :count]
        margin, reserve = rates.margin[policy], rates.reserve[policy]
        for row in range(count):
            profit = margin * revenue[row] - fixed[row]
            held = cash[row] + profit
            over = held - reserve * ((1 - margin) * revenue[row] + fixed[row])
            over = over if over < profit else profit
            over = over if over > 0 else 0.0
            cash[row] = held - over
            excess[row] = over
        sold = total_money(alive, policy, revenue)
        to.revenue[policy] += sold
        to.variable_costs[policy] += (1 - margin) * sold
        to.fixed_costs[policy] += total_money(alive, policy, fixed)
        to.distributions[policy] += total_money(alive, policy, excess)
