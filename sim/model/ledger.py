"""The ledger: every flow of money of a month, from whom to whom, in kMAD.

Startups' money is conserved: what their cash columns gain in a month is what flows in minus what
flows out. The check recomputes the cash from the columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
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

    Attributes:
        months: one dictionary of flows for each month that has ended.
        cash: total cash of the startups at the end of the last month, recomputed from the columns.
    """

    def __init__(self, declared: Collection[Flow]):
        self._declared = declared
        self.months: list[dict[Flow, float]] = []
        self.cash = 0.0
        self._current: defaultdict[Flow, float] = defaultdict(float)

    def flow(self, source: str, target: str, kind: str, amount: float) -> None:
        """Enter a flow of this month; `amount` in kMAD, not negative.

        Raises:
            UndeclaredError: no process has it in its `PAYMENTS`.
        """
        flow = source, target, kind
        if flow not in self._declared:
            known, declaration = map(_told, self._declared), f"PAYMENTS = {{{flow}: Payment(meaning)}}"
            raise UndeclaredError.of("payment", _told(flow), known, declaration.replace("'", '"'))
        self._current[flow] += float(amount)

    def close_month(self, model: Whole) -> None:
        """Close the month's books; with `model.check_accounts`, verify that money is conserved.

        Raises:
            AccountsError: when the columns have gained other money than the flows say.
        """
        flows = dict(self._current)
        self._current.clear()
        self.months.append(flows)
        before, self.cash = self.cash, float(model.startups.cash.sum())
        if model.check_accounts:
            gain = sum(amount for (_, target, _), amount in flows.items() if target == "startups")
            loss = sum(amount for (source, _, _), amount in flows.items() if source == "startups")
            turned_over = max(1.0, abs(before) + gain + loss)
            if abs(before + gain - loss - self.cash) > 1e-9 * turned_over:
                raise AccountsError(
                    f"month {model.month}: cash was {before:.6f}, {gain:.6f} came in, {loss:.6f} went out, "
                    f"but {self.cash:.6f} kMAD are there"
                )
            check_counts(model)

    def copy(self) -> Ledger:
        """An independent copy between two months."""
        twin = Ledger(self._declared)
        twin.months, twin.cash = list(self.months), self.cash
        return twin


def _told(flow: Flow) -> str:
    source, target, kind = flow
    return f"{kind}, {source} to {target}"


def check_counts(model: Whole) -> None:
    """Verify that startups and places are conserved and that no envelope is overspent.

    Raises:
        AccountsError: naming what does not add up.
    """
    startups = model.startups
    closed = startups.archive("cause")
    if startups.founded_total != startups.count + closed.size or np.any(closed == 0):
        raise AccountsError(f"month {model.month}: founded is not active + failed + acquired")
    for hub in model.hubs:
        inside = np.count_nonzero(startups.hub == hub.index)
        if inside > hub.places and model.admissions is None:
            raise AccountsError(f"month {model.month}: {inside} residents on {hub.places} places in {hub.name}")
    for funder in model.funders:
        owed = funder.given - funder.repaid - funder.written_off
        if owed < -1e-6 * max(1.0, funder.given):
            raise AccountsError(f"month {model.month}: {funder.name} got back more than it lent")
