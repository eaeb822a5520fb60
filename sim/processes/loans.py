"""Guaranteed bank loans (Intelaka), and the repayment of all loans.

Startups younger than five years with revenue and without an open loan obtain one at a monthly rate
times merit, under a yearly cap. After a grace period, loans are repaid in equal instalments out of
cash, as far as it goes, with interest; what is open when a startup closes is written off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Column, Mechanism, parameter
from sim.processes import funding
from sim.processes.fairs import NEVER
from sim.processes.revenue import OPERATING_REVENUE

if TYPE_CHECKING:
    from sim.agents import Funder
    from sim.model import EcosystemModel

COLUMNS = {
    "loan": Column(int, "month", "Month in which the last bank loan was decided.", NEVER),
    "loan_debt": Column(float, "kMAD", "Bank loan still to be repaid.", 0.0),
    "loan_instalment": Column(float, "kMAD/month", "Monthly repayment of the bank loan.", 0.0),
}


class Parameters(Mechanism):
    """Parameters of bank loans and repayment."""

    rate: float = parameter(
        0.010,
        unit="1/month",
        low=0,
        high=1,
        meaning="Rate of applying for a bank loan, at full merit.",
        origin="assumed: more candidates than loans, so that the yearly number binds",
    )
    oldest: int = parameter(
        60,
        unit="month",
        low=1,
        high=240,
        meaning="Age from which a startup is no longer eligible.",
        origin="source: the scheme is for firms younger than five years, https://bt-conseil.com/programme-intelaka/",
    )
    grace: int = parameter(
        12,
        unit="month",
        low=0,
        high=120,
        meaning="Months after a loan before repayment begins.",
        origin="assumed: one year, for both kinds of loans",
    )
    envelope_factor: float = parameter(
        1.0,
        unit="-",
        low=0,
        high=20,
        meaning="Factor on the yearly number and envelope of bank loans.",
        origin="assumed: 1 is the scheme as it is",
        lever=True,
    )


STREAMS = ("loans.meeting", "loans.choice", "loans.ticket")


def act(model: EcosystemModel) -> None:
    """Repay what is due, then lend."""
    parameters, startups, month = model.parameters.loans, model.startups, model.month
    for funder in model.funders:
        if funder.kind in ("loan", "honour_loan"):
            _repay(model, funder)
        if funder.kind == "loan":
            _pay(model, funder)
    funders = funding.active_funders(model, ("loan",))
    if not (parameters.enabled and funders):
        return
    patience = max(funder.due_diligence for funder in funders)
    free = (startups.loan_debt <= 0) & (month - startups.loan > patience)
    young = month - startups.founded < parameters.oldest
    rows = np.flatnonzero(free & young & (model.before.revenue > OPERATING_REVENUE))
    rate = parameters.rate * funding.merit(model, rows)
    met = funding.meetings(model, funders, rows, rate, "loans.meeting", near=False)
    for position, funder in enumerate(funders):
        chosen, tickets = funding.award(
            model, funder, rows[met == position], "loans", factor=parameters.envelope_factor, quota=0.0
        )
        startups.loan[chosen] = month
        funding.promise(model, funder, chosen, tickets)


def _pay(model: EcosystemModel, funder: Funder) -> None:
    rows, tickets = funding.pay(model, funder, "loan paid")
    model.startups.loan_debt[rows] = tickets
    model.startups.loan_instalment[rows] = tickets / funder.repay_months
    model.tally["loans"] += rows.size
    model.tally["loan_amount"] += tickets.sum()


def _columns(model: EcosystemModel, funder: Funder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Month, debt and instalment columns of a lender."""
    startups = model.startups
    if funder.kind == "loan":
        return startups.loan, startups.loan_debt, startups.loan_instalment
    return startups.honour_loan, startups.honour_debt, startups.honour_instalment


def _repay(model: EcosystemModel, funder: Funder) -> None:
    """Pay this month's interest and instalments, as far as the cash goes."""
    since, debt, instalment = _columns(model, funder)
    grace = model.parameters.loans.grace
    rows = np.flatnonzero((debt > 0) & (model.month - since > grace))
    if rows.size == 0:
        return
    cash = model.startups.cash
    able = np.maximum(cash[rows], 0.0)
    interest = np.minimum(debt[rows] * funder.interest_rate / 12, able)
    paid = np.minimum(np.minimum(instalment[rows], debt[rows]), able - interest)
    cash[rows] -= interest + paid
    debt[rows] -= paid
    funder.repaid += paid.sum()
    funder.interest += interest.sum()
    model.ledger.flow("startups", "funders", "repayments", paid.sum())
    model.ledger.flow("startups", "funders", "interest", interest.sum())


def write_off(model: EcosystemModel, rows: np.ndarray) -> None:
    """Write off the debts of the startups that close this month; no money moves."""
    for funder in model.funders:
        if funder.kind in ("loan", "honour_loan"):
            _, debt, _ = _columns(model, funder)
            funder.written_off += debt[rows].sum()
            debt[rows] = 0.0
