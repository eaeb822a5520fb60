"""Funders: grants, loans and funds, each with a ticket law, a yearly number and envelope, and a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.model.placed import PlacedAgent
from sim.processes.meetings import released

if TYPE_CHECKING:
    from sim.model.parts import Whole


@dataclass(frozen=True, eq=False)
class FunderTerms:
    """What a funder offers during one period.

    Args:
        first, last: months from the start of the world, both inclusive.
        number: startups that it can fund in a year.
        envelope: money that it can give in a year, in kMAD.
        median, log_sd, smallest, largest: log-normal ticket law, in kMAD, clipped.
    """

    first: int
    last: int
    number: float
    envelope: float
    median: float
    log_sd: float
    smallest: float
    largest: float

    @property
    def law(self) -> tuple[float, float, float, float]:
        """What `sim.processes.meetings.ticket_size` needs to know of it."""
        return self.median, self.log_sd, self.smallest, self.largest


@dataclass(frozen=True, eq=False)
class FunderPlan:
    """What is the same of a funder in all worlds.

    Args:
        index: its number among all funders.
        name: its name in results and files.
        kind: `grant`, `honour_loan`, `loan`, `seed` or `venture`.
        city: index of its city.
        terms: what it offers, by period.
        repay_months: over how many months its loans are repaid.
        interest_rate: interest on its loans, a share a year.
        due_diligence: months from choice to payment.
    """

    index: int
    name: str
    kind: str
    city: int
    terms: tuple[FunderTerms, ...]
    repay_months: int = 0
    interest_rate: float = 0.0
    due_diligence: int = 0

    def terms_at(self, month: int) -> FunderTerms | None:
        """What it offers in this month, or None when it is not active."""
        for terms in self.terms:
            if terms.first <= month <= terms.last:
                return terms
        return None


class Funder(PlacedAgent):
    """One funder, fixed on the cell of its city.

    Attributes:
        kind (text): `grant`, `honour_loan`, `loan`, `seed` or `venture`.
        name (text): its name in results and files.
        city (-): index of its city.
        terms (by period): startups a year, envelope in kMAD a year, and the law of its tickets in kMAD.
        repay_months (month): over how many months its loans are repaid.
        interest_rate (share/year): interest on its loans.
        due_diligence (month): from choice to payment.
        funded_this_year (startups): chosen since January; `central_this_year` those of the central regions.
        spent_this_year (kMAD): promised since January.
        pipeline (deals): those in due diligence, `(month of payment, startup number, amount in kMAD)`.
        given, repaid, interest, written_off (kMAD): since the start of the world.
    """

    def __init__(self, model: Whole, plan: FunderPlan):
        super().__init__(model)
        self.plan, self.index, self.name, self.kind, self.city = plan, plan.index, plan.name, plan.kind, plan.city
        self.terms, self.repay_months = plan.terms, plan.repay_months
        self.interest_rate, self.due_diligence = plan.interest_rate, plan.due_diligence

    def _state(self, name: str) -> float:
        found: float = getattr(self.model.bundle.funds, name)[self.model.place, self.index].item()
        return found

    given = property(lambda self: self._state("given"))
    repaid = property(lambda self: self._state("repaid"))
    interest = property(lambda self: self._state("interest"))
    written_off = property(lambda self: self._state("written_off"))
    funded_this_year = property(lambda self: int(self._state("chosen")))
    central_this_year = property(lambda self: int(self._state("central")))
    spent_this_year = property(lambda self: self._state("promised"))

    @property
    def pipeline(self) -> list[tuple[int, int, float]]:
        """Deals in due diligence, in the order of the choices: month of payment, startup number, amount in kMAD."""
        deals = self.model.bundle.deals
        mine = deals.some((deals.policy == self.model.place) & (deals.funder == self.index))
        return list(zip(mine.month.tolist(), mine.number.tolist(), mine.amount.tolist(), strict=True))

    def terms_at(self, month: int) -> FunderTerms | None:
        """What it offers in this month, or None when it is not active."""
        return self.plan.terms_at(month)

    def number_at(self, month: int) -> float:
        """How many startups it can fund a year in this month; 0 when it is not active."""
        terms = self.terms_at(month)
        return 0.0 if terms is None else terms.number

    def room(self, month: int, month_of_year: int, factor: float) -> int:
        """How many startups of this year it may have chosen by the end of this month.

        The yearly number is spread over the year: by the end of the k-th month at most k/12 of it
        has been used, so that a year's money is not gone in January.
        """
        return released(self.number_at(month) * factor, month_of_year)

    def __repr__(self) -> str:
        return f"Funder({self.name!r}, {self.kind})"
