"""Guaranteed bank loans (Intelaka), and the repayment of all loans.

Startups younger than five years with revenue and without an open loan obtain one as `funding` says,
wherever they are, under a yearly cap. After a grace period all loans, of L kMAD over n months at
yearly interest r, are repaid out of cash, as far as it goes:

    rate = p merit
    interest = min(debt r / 12, C)
    C -= interest + min(L / n, debt, C - interest)

What is open when a startup closes is written off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.compiled import compiled
from sim.declaration import Column, Mechanism, parameter
from sim.processes import funding
from sim.processes.fairs import NEVER
from sim.processes.funding import MARGIN, encounter, place_in_line
from sim.processes.revenue import OPERATING_REVENUE
from sim.randomness import uniforms

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


LENDING = ("loan", "honour_loan")
STREAMS = ("loans.meeting", "loans.choice", "loans.ticket")


def act(model: EcosystemModel) -> None:
    """Repay what is due, then lend."""
    parameters, startups, month = model.parameters.loans, model.startups, model.month
    for funder in model.funders:
        if funder.kind in LENDING:
            _repay(model, funder)
        if funder.kind == "loan":
            _pay(model, funder)
    funders = funding.active_funders(model, ("loan",), parameters.envelope_factor)
    if not (parameters.enabled and funders):
        return
    met = _meet(
        startups.key,
        model.streams["loans.meeting"].at(month),
        model.streams["loans.choice"].at(month),
        parameters.rate,
        month - max(funder.due_diligence for funder in funders),
        startups.loan,
        startups.loan_debt,
        month - parameters.oldest,
        startups.founded,
        model.before.revenue,
        funding.offer(model, funders, model.anywhere),
        startups.city,
        startups.quality,
        model.before.competence[0],
        model.before.log_revenue,
    )
    deals = funding.award(model, funders, *met, "loans", factor=parameters.envelope_factor, quota=0.0)
    for _, row in deals:
        startups.loan[row] = month


@compiled
def _meet(
    key: np.ndarray,
    word: np.uint64,
    choice: np.uint64,
    rate: float,
    lent_before: int,
    loan: np.ndarray,
    debt: np.ndarray,
    founded_after: int,
    founded: np.ndarray,
    revenue: np.ndarray,
    offer: funding.Offer,
    city: np.ndarray,
    quality: np.ndarray,
    finance: np.ndarray,
    log_revenue: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of the eligible that ask for a loan, which lender, and their places in line."""
    rows, whom, line = np.empty(key.size, dtype=np.int64), np.empty(key.size, dtype=np.int64), np.empty(key.size)
    draws = uniforms(key, word)
    count = 0
    for row in range(key.size):
        if draws[row] < rate * MARGIN and founded[row] > founded_after and revenue[row] > OPERATING_REVENUE:
            met, merit = encounter(draws[row], rate, *offer, city[row], quality[row], finance[row], log_revenue[row])
            if met >= 0 and debt[row] <= 0 and loan[row] < lent_before:
                rows[count], whom[count], line[count] = row, met, place_in_line(key[row], choice, merit)
                count += 1
    return rows[:count], whom[:count], line[:count]


def _pay(model: EcosystemModel, funder: Funder) -> None:
    for row, ticket in funding.pay(model, funder, "loan paid"):
        model.startups.loan_debt[row] = ticket
        model.startups.loan_instalment[row] = ticket / funder.repay_months
        model.tally["loans"] += 1
        model.tally["loan_amount"] += ticket


def _columns(model: EcosystemModel, funder: Funder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Month, debt and instalment columns of a lender."""
    startups = model.startups
    if funder.kind == "loan":
        return startups.loan, startups.loan_debt, startups.loan_instalment
    return startups.honour_loan, startups.honour_debt, startups.honour_instalment


def _repay(model: EcosystemModel, funder: Funder) -> None:
    """Pay this month's interest and instalments, as far as the cash goes."""
    granted_before = model.month - model.parameters.loans.grace
    repaid, interest = _settle(funder.interest_rate / 12, granted_before, *_columns(model, funder), model.startups.cash)
    funder.repaid += repaid
    funder.interest += interest
    model.ledger.flow("startups", "funders", "repayments", repaid)
    model.ledger.flow("startups", "funders", "interest", interest)


@compiled
def _settle(
    interest_rate: float,
    granted_before: int,
    granted: np.ndarray,
    debt: np.ndarray,
    instalment: np.ndarray,
    cash: np.ndarray,
) -> tuple[float, float]:
    """Bring `debt` and `cash` up to date; total repayments and interest."""
    repaid = interests = 0.0
    for row in range(debt.size):
        if debt[row] > 0 and granted[row] < granted_before:
            able = max(cash[row], 0.0)
            interest = min(debt[row] * interest_rate, able)
            paid = min(min(instalment[row], debt[row]), able - interest)
            cash[row] -= interest + paid
            debt[row] -= paid
            repaid += paid
            interests += interest
    return repaid, interests


def write_off(model: EcosystemModel, rows: np.ndarray) -> None:
    """Write off the debts of the startups that close this month; no money moves."""
    for funder in model.funders:
        if funder.kind in LENDING:
            _, debt, _ = _columns(model, funder)
            funder.written_off += _drop(rows, debt)


@compiled
def _drop(rows: np.ndarray, debt: np.ndarray) -> float:
    """Set the debts of these rows to zero; their sum."""
    total = 0.0
    for row in rows:
        total += debt[row]
        debt[row] = 0.0
    return total
