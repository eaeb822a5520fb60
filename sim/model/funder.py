"""Funders: grants, loans and funds, each with a ticket law, a yearly number and envelope, and a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.model.placed import PlacedAgent
from sim.processes.meetings import released

if TYPE_CHECKING:
    from sim.model.parts import Whole


@dataclass(frozen=True)
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

    def __init__(
        self,
        model: Whole,
        index: int,
        name: str,
        kind: str,
        city: int,
        terms: list[FunderTerms],
        *,
        repay_months: int = 0,
        interest: float = 0.0,
        due_diligence: int = 0,
    ):
        super().__init__(model)
        self.index, self.name, self.kind, self.city = index, name, kind, city
        self.terms = terms
        self.repay_months, self.interest_rate, self.due_diligence = repay_months, interest, due_diligence
        self.funded_this_year = self.central_this_year = 0
        self.spent_this_year = 0.0
        self.pipeline: list[tuple[int, int, float]] = []
        self.given = self.repaid = self.interest = self.written_off = 0.0

    def terms_at(self, month: int) -> FunderTerms | None:
        """What it offers in this month, or None when it is not active."""
        for terms in self.terms:
            if terms.first <= month <= terms.last:
                return terms
        return None

    def number_at(self, month: int) -> float:
        """How many startups it can fund a year in this month; 0 when it is not active."""
        terms = self.terms_at(month)
        return 0.0 if terms is None else terms.number

    def allowance(self, month: int, month_of_year: int, factor: float) -> int:
        """How many startups it can still choose this month.

        The yearly number is spread over the year: by the end of the k-th month at most k/12 of it
        has been used, so that a year's money is not gone in January.
        """
        return max(0, self.room(month, month_of_year, factor) - self.funded_this_year)

    def room(self, month: int, month_of_year: int, factor: float) -> int:
        """How many startups of this year it may have chosen by the end of this month."""
        return released(self.number_at(month) * factor, month_of_year)

    def promise(self, number: int, amount: float, month: int, *, central: bool) -> None:
        """Choose a startup, of a central region or not, which is paid when the due diligence is over."""
        self.funded_this_year += 1
        self.central_this_year += central
        self.spent_this_year += amount
        self.pipeline.append((month + self.due_diligence, number, amount))

    def due(self, month: int) -> list[tuple[int, float]]:
        """Take the deals whose due diligence is over out of the pipeline: startup numbers and tickets."""
        due = []
        while self.pipeline and self.pipeline[0][0] <= month:
            due.append(self.pipeline.pop(0)[1:])
        return due

    def new_year(self) -> None:
        """Renew the yearly number and envelope."""
        self.funded_this_year = self.central_this_year = 0
        self.spent_this_year = 0.0

    def copy_state(self, other: Funder) -> None:
        """Take over the state of the same funder in another world."""
        self.funded_this_year, self.central_this_year = other.funded_this_year, other.central_this_year
        self.spent_this_year = other.spent_this_year
        self.pipeline = list(other.pipeline)
        self.given, self.repaid = other.given, other.repaid
        self.interest, self.written_off = other.interest, other.written_off

    def __repr__(self) -> str:
        return f"Funder({self.name!r}, {self.kind})"
