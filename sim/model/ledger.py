"""The ledger: every flow of money of a month, from whom to whom, in kMAD, under each policy.

Startups' money is conserved: what their cash columns gain in a month is what flows in minus what
flows out. The check recomputes the cash from the columns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Flow, UndeclaredError

if TYPE_CHECKING:
    from sim.model.parts import Whole


class AccountsError(AssertionError):
    """Money was made or lost, a place was taken twice, or a startup was lost."""


class Ledger:
    """Flows of the current month and the closed books of all months before.

    Args:
        declared: the flows that processes declare in their `PAYMENTS`; others are refused.
        policies: how many policies live side by side.

    Attributes:
        months: what flowed in each month that has ended (flows, policies).
        cash: total cash of the startups at the end of the last month, recomputed from the columns, (policies,).
    """

    def __init__(self, declared: Collection[Flow], policies: int):
        self.flows = tuple(declared)
        self.months: list[np.ndarray] = []
        self.cash = np.zeros(policies)
        self._current = np.zeros((len(self.flows), policies))
        self._amounts = dict(zip(self.flows, self._current, strict=True))

    def flow(self, source: str, target: str, kind: str, amount: np.ndarray | float, policy: int | None = None) -> None:
        """Enter a flow of this month; `amount` in kMAD, not negative, (policies,) or that of one policy.

        Raises:
            UndeclaredError: no process has it in its `PAYMENTS`.
        """
        entered = self.entered((source, target, kind))
        if policy is None:
            entered += amount
        else:
            entered[policy] += amount

    def entered(self, flow: Flow) -> np.ndarray:
        """What has flowed this month, in kMAD, (policies,), to be added to; the same array every month.

        Raises:
            UndeclaredError: no process has it in its `PAYMENTS`.
        """
        found = self._amounts.get(flow)
        if found is None:
            known, declaration = map(_told, self.flows), f"PAYMENTS = {{{flow}: Payment(meaning)}}"
            raise UndeclaredError.of("payment", _told(flow), known, declaration.replace("'", '"'))
        return found

    def close_month(self, cash: np.ndarray) -> None:
        """Close the month's books, with the cash (policies,) that startups have now."""
        self.months.append(self._current.copy())
        self._current.fill(0.0)
        self.cash = cash

    def taken(self, policies: Sequence[int]) -> Ledger:
        """An independent copy of the books of some of the policies, between two months."""
        twin = Ledger(self.flows, len(policies))
        twin.months, twin.cash = [month[:, policies] for month in self.months], self.cash[policies]
        return twin


class Books:
    """The ledger of one policy."""

    def __init__(self, ledger: Ledger, policy: int):
        self._ledger, self._policy = ledger, policy

    @property
    def months(self) -> list[dict[Flow, float]]:
        """What flowed in each month that has ended, by source, target and kind."""
        flows, policy = self._ledger.flows, self._policy
        return [dict(zip(flows, month[:, policy].tolist(), strict=True)) for month in self._ledger.months]

    def last(self) -> dict[Flow, float]:
        """What flowed in the last month that has ended."""
        return dict(zip(self._ledger.flows, self._ledger.months[-1][:, self._policy].tolist(), strict=True))

    @property
    def cash(self) -> float:
        """Total cash of the startups at the end of the last month."""
        return float(self._ledger.cash[self._policy])

    def flow(self, source: str, target: str, kind: str, amount: float) -> None:
        """Enter a flow of this month; see `Ledger.flow`."""
        self._ledger.flow(source, target, kind, amount, self._policy)


def _told(flow: Flow) -> str:
    source, target, kind = flow
    return f"{kind}, {source} to {target}"


def check_accounts(model: Whole, before: float, flows: dict[Flow, float]) -> None:
    """Verify that money, startups and places are conserved and that no envelope is overspent.

    Args:
        model: the world at the end of a month, whose books are closed.
        before: cash of the startups at the month's start.
        flows: of the month.

    Raises:
        AccountsError: naming what does not add up.
    """
    cash = model.ledger.cash
    gain = sum(amount for (_, target, _), amount in flows.items() if target == "startups")
    loss = sum(amount for (source, _, _), amount in flows.items() if source == "startups")
    turned_over = max(1.0, abs(before) + gain + loss)
    if abs(before + gain - loss - cash) > 1e-9 * turned_over:
        raise AccountsError(
            f"month {model.month}: cash was {before:.6f}, {gain:.6f} came in, {loss:.6f} went out, "
            f"but {cash:.6f} kMAD are there"
        )
    startups = model.startups
    closed, founded = startups.archive("cause"), model.recorder.national("founded")[: model.month + 1].sum()
    if founded != startups.count + closed.size or np.any(closed == 0):
        raise AccountsError(f"month {model.month}: founded is not active + failed + acquired")
    told = model.admissions is not None or model.place >= model.bundle.choosing  # by another world whom to admit
    for hub in model.hubs:
        inside = np.count_nonzero(startups.hub == hub.index)
        if inside > hub.places and not told:
            raise AccountsError(f"month {model.month}: {inside} residents on {hub.places} places in {hub.name}")
    for funder in model.funders:
        owed = funder.given - funder.repaid - funder.written_off
        if owed < -1e-6 * max(1.0, funder.given):
            raise AccountsError(f"month {model.month}: {funder.name} got back more than it lent")
