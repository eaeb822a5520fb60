"""A funder as a plain Mesa agent: what it has chosen this year, what it has promised, and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa

from sim.processes.meetings import released

if TYPE_CHECKING:
    from sim.model.funder import FunderPlan, FunderTerms


class Funder(mesa.Agent):
    """One funder.

    Args:
        model: the world.
        plan: what is the same of it in all worlds.
    """

    def __init__(self, model: mesa.Model, plan: FunderPlan):
        super().__init__(model)
        self.plan, self.index, self.name, self.kind, self.city = plan, plan.index, plan.name, plan.kind, plan.city
        self.repay_months, self.interest_rate = plan.repay_months, plan.interest_rate
        self.due_diligence = plan.due_diligence
        self.funded_this_year = self.central_this_year = 0
        self.spent_this_year = 0.0
        self.pipeline: list[tuple[int, Any, float]] = []
        self.given = self.repaid = self.interest = self.written_off = 0.0

    def terms_at(self, month: int) -> FunderTerms | None:
        """What it offers in this month, or None when it is not active."""
        return self.plan.terms_at(month)

    def number_at(self, month: int) -> float:
        """How many startups it can fund a year in this month; 0 when it is not active."""
        terms = self.terms_at(month)
        return 0.0 if terms is None else terms.number

    def allowance(self, month: int, month_of_year: int, factor: float) -> int:
        """How many startups it can still choose this month."""
        return max(0, self.room(month, month_of_year, factor) - self.funded_this_year)

    def room(self, month: int, month_of_year: int, factor: float) -> int:
        """How many startups of this year it may have chosen by the end of this month."""
        return released(self.number_at(month) * factor, month_of_year)

    def promise(self, startup: Any, amount: float, month: int, *, central: bool) -> None:
        """Choose a startup, of a central region or not, which is paid when the due diligence is over."""
        self.funded_this_year += 1
        self.central_this_year += central
        self.spent_this_year += amount
        self.pipeline.append((month + self.due_diligence, startup, amount))

    def due(self, month: int) -> list[tuple[Any, float]]:
        """Take the deals whose due diligence is over out of the pipeline: startups and tickets."""
        due = []
        while self.pipeline and self.pipeline[0][0] <= month:
            due.append(self.pipeline.pop(0)[1:])
        return due

    def new_year(self) -> None:
        """Renew the yearly number and envelope."""
        self.funded_this_year = self.central_this_year = 0
        self.spent_this_year = 0.0
