"""Guaranteed bank loans (Intelaka), and the repayment of all loans.

Startups younger than `oldest` months with revenue and without an open loan obtain one as `funding` says,
wherever they are, under a yearly cap. After a grace period all loans, of L kMAD over n months at
yearly interest r, are repaid out of cash, as far as it goes:

    rate = p_l merit
    interest = min(debt r / 12, C)
    C -= interest + min(L / n, debt, C - interest)

What is open when a startup closes is written off. What is repaid of honour loans, which are public money,
lowers what the programme costs (see `costs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.compiled import compiled
from sim.kernel.records import columns, kernel
from sim.processes import funding
from sim.processes.meetings import (
    Cap,
    Chosen,
    Desk,
    callers,
    choose,
    empty_queue,
    encounter,
    funders_of,
    place_in_line,
    pulls,
)
from sim.processes.revenue import OPERATING_REVENUE

if TYPE_CHECKING:
    from sim.kernel.world import Funder, World

COLUMNS = {
    "loan": Column(Short, "month", "Month in which the last bank loan was decided.", NEVER),
    "loan_debt": Column(float, "kMAD", "Bank loan still to be repaid.", 0.0),
    "loan_instalment": Column(float, "kMAD/month", "Monthly repayment of the bank loan.", 0.0),
}

COUNTS = {
    "loans": Count("startups", "Bank loans paid, by number."),
    "loan_amount": Count("kMAD", "Bank loans paid."),
}

PAYMENTS = {
    ("funders", "startups", "loan paid"): Payment("Bank loans."),
    ("startups", "funders", "repayments"): Payment("Instalments of loans and honour loans."),
    ("startups", "funders", "interest"): Payment("Interest on loans."),
}


class Parameters(Mechanism):
    """Parameters of bank loans and repayment."""

    rate: float = parameter(
        0.010,
        unit="1/month",
        symbol="p_l",
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
        short="Bank loans",
        unit="-",
        low=0,
        high=20,
        meaning="Factor on the yearly number and envelope of bank loans.",
        origin="assumed: 1 is the scheme as it is",
        lever=True,
    )


KINDS = ("loan",)
FLOWS = {"loan": "loan paid"}
STREAMS = funding.streams_of_desk("loans")


def act(model: World) -> None:
    """Repay what is due, then lend."""
    parameters, startups, month = model.parameters.loans, model.startups, model.month
    _repay(model)
    _pay(model)
    funding.renew(model, KINDS)
    if not parameters.enabled:
        return
    rule = funding.rule(model, parameters.rate, recommends=False)
    cap = Cap(parameters.envelope_factor, 0.0, model.month_of_year)
    if opened := funding.open_desk(model, "loans", KINDS, rule, cap, model.anywhere):
        funders, desk = opened
        answered = max(funder.due_diligence for funder in funders)
        months = Months(month - parameters.oldest, month - answered, month)
        chosen = _decide(startups.see(Borrowers), model.before.revenue, months, desk)
        funding.promise(model, funders, chosen)


@columns
class Borrowers(NamedTuple):
    """Columns that lenders ask for."""

    founded: np.ndarray
    loan: np.ndarray
    loan_debt: np.ndarray


class Months(NamedTuple):
    """The last month of founding that is too long ago, the first of loans that are not yet paid, and this one."""

    too_old: int
    unpaid_from: int
    now: int


@kernel
def _decide(borrowers: Borrowers, revenue: np.ndarray, months: Months, desk: Desk) -> Chosen:
    """Let the eligible, by their `revenue` too, ask for a loan, and the lenders choose."""
    of, judged, rule = desk.seen, desk.judged, desk.rule
    funders, (asking, draws) = funders_of(desk.funders), callers(desk)
    pull, queue, count = pulls(funders, desk.places.reach), empty_queue(asking.size), 0
    for row in asking:
        if borrowers.founded[row] > months.too_old and revenue[row] > OPERATING_REVENUE:
            seen = of.quality[row], judged.finance[row], judged.log_revenue[row]
            met, merit = encounter(draws[row], rule.rate, pull[of.city[row]], rule, seen[0], seen[1], seen[2])
            if met >= 0 and borrowers.loan_debt[row] <= 0 and borrowers.loan[row] < months.unpaid_from:
                queue.rows[count], queue.met[count] = row, met
                queue.place[count] = place_in_line(of.key[row], desk.words.choice, merit)
                count += 1
    chosen = choose(desk, funders, queue, count)
    for row in chosen.rows:
        borrowers.loan[row] = months.now
    return chosen


def _pay(model: World) -> None:
    startups, tally = model.startups, model.tally
    for funder, row, ticket in funding.pay(model, FLOWS):
        startups.loan_debt[row] = ticket
        startups.loan_instalment[row] = ticket / funder.repay_months
        tally["loans"] += 1
        tally["loan_amount"] += ticket


def _lenders(model: World) -> list[tuple[Funder, np.ndarray, np.ndarray, np.ndarray]]:
    """Each lender with the columns of month, debt and instalment of its loans."""
    startups = model.startups
    columns = {
        "loan": (startups.loan, startups.loan_debt, startups.loan_instalment),
        "honour_loan": (startups.honour_loan, startups.honour_debt, startups.honour_instalment),
    }
    return [(funder, *columns[funder.kind]) for funder in model.funders if funder.kind in columns]


def _repay(model: World) -> None:
    """Pay this month's interest and instalments, as far as the cash goes."""
    granted_before, cash = model.month - model.parameters.loans.grace, model.startups.cash
    repayments = interests = 0.0
    for funder, granted, debt, instalment in _lenders(model):
        repaid, interest = _settle(funder.interest_rate / 12, granted_before, granted, debt, instalment, cash)
        funder.repaid += repaid
        funder.interest += interest
        repayments += repaid
        interests += interest
        if funder.kind == "honour_loan":
            model.programme["grants"] -= repaid
    model.ledger.flow("startups", "funders", "repayments", repayments)
    model.ledger.flow("startups", "funders", "interest", interests)


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


def write_off(model: World, rows: np.ndarray) -> None:
    """Write off the debts of the startups that close this month; no money moves."""
    for funder, _, debt, _ in _lenders(model):
        funder.written_off += _drop(rows, debt)


@compiled
def _drop(rows: np.ndarray, debt: np.ndarray) -> float:
    """Set the debts of these rows to zero; their sum."""
    total = 0.0
    for row in rows:
        total += debt[row]
        debt[row] = 0.0
    return total
