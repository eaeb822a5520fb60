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

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.masks import holds
from sim.kernel.records import columns, kernel, read_from
from sim.kernel.rows import marked
from sim.kernel.state import Leavers
from sim.kernel.sums import PAYMENT, from_steps, steps
from sim.processes import funding
from sim.processes.funding import Paid
from sim.processes.meetings import (
    Chosen,
    Desk,
    Rule,
    callers,
    choose,
    empty_queue,
    first_of,
    join,
    meeting,
    nobody,
    pulls,
)
from sim.processes.revenue import OPERATING_REVENUE

if TYPE_CHECKING:
    from sim.kernel.world import World

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


def _rule(parameters: Any) -> Rule:
    return funding.rule_of(parameters.loans, parameters, recommends=False)


@read_from(Parameters)
class Ages(NamedTuple):
    """Age from which a startup is no longer eligible, and months before repayment begins, (policies,) each."""

    oldest: np.ndarray
    grace: np.ndarray


def act(world: World) -> None:
    """Repay what is due, then lend."""
    _repay(world)
    _pay(world)
    funding.renew(world, KINDS)
    rule = world.by_policy(_rule)
    if not world.acts(_rule):
        return
    if desk := funding.open_desk(world, "loans", KINDS, rule, world.anywhere):
        answered = max(world.funders[index].due_diligence for index in desk.offers.funder)
        months = Months(world.month - answered, world.month)
        chosen = _decide(world.startups.see(Borrowers), world.rates(Ages), months, desk)
        funding.promise(world, desk, chosen)


@columns
class Borrowers(NamedTuple):
    """Columns that lenders ask for."""

    founded: np.ndarray
    loan: np.ndarray
    loan_debt: np.ndarray


class Months(NamedTuple):
    """The first month of loans that are not yet paid, and this one."""

    unpaid_from: int
    now: int


@kernel
def _decide(borrowers: Borrowers, ages: Ages, months: Months, desk: Desk) -> Chosen:
    """Eligible startups ask for a loan, and lenders choose among them."""
    of, rule, asking = desk.seen, desk.rule, callers(desk)
    policies, pull, queue = rule.rate.size, pulls(desk.offers, desk.places.reach), empty_queue(asking.size)
    chosen, done = nobody(asking.size * policies), 0
    for policy in range(policies):
        waiting, begun, too_old = 0, done, months.now - ages.oldest[policy]
        for row in asking:
            able = rule.enabled[policy] and holds(of.alive[row], policy) and borrowers.founded[row] > too_old
            if able and desk.before.revenue[policy, row] > OPERATING_REVENUE:
                met, merit = meeting(desk, policy, row, rule.rate[policy], pull[of.city[policy, row]])
                free = borrowers.loan_debt[policy, row] <= 0 and borrowers.loan[policy, row] < months.unpaid_from
                if met >= 0 and free:
                    waiting = join(queue, waiting, desk, row, met, merit)
        done = choose(desk, policy, queue, waiting, chosen, done)
        for row in chosen.rows[begun:done]:
            borrowers.loan[policy, row] = months.now
    return first_of(chosen, done)


@columns
class Indebted(NamedTuple):
    """Columns of bank loans."""

    loan_debt: np.ndarray
    loan_instalment: np.ndarray


@kernel
def _owe(of: Indebted, paid: Paid, over: np.ndarray) -> None:
    """Write down debts and instalments; `over` (funders,) is the number of months of repayment."""
    for place in range(paid.row.size):
        policy, row = paid.policy[place], paid.row[place]
        of.loan_debt[policy, row] = paid.amount[place]
        of.loan_instalment[policy, row] = paid.amount[place] / over[paid.funder[place]]


def _pay(world: World) -> None:
    paid = funding.pay(world, FLOWS)
    _owe(world.startups.see(Indebted), paid, funding.repaid_over(world.funders))
    world.tally["loans"] += paid.number
    world.tally["loan_amount"] += paid.total


class Loans(NamedTuple):
    """Month, debt and instalment of the loans of one kind, (policies, startups) each, and of which funder they are."""

    granted: np.ndarray
    debt: np.ndarray
    instalment: np.ndarray
    funder: int


def _lent(world: World) -> list[Loans]:
    """The loans of each lender."""
    startups = world.startups
    columns = {
        "loan": (startups.loan, startups.loan_debt, startups.loan_instalment),
        "honour_loan": (startups.honour_loan, startups.honour_debt, startups.honour_instalment),
    }
    return [Loans(*columns[funder.kind], funder.index) for funder in world.funders if funder.kind in columns]


@columns
class Tills(NamedTuple):
    """Columns of those who repay."""

    used: int
    alive: np.ndarray
    cash: np.ndarray


def _repay(world: World) -> None:
    """Pay this month's interest and instalments, as far as the cash goes."""
    ages, tills, funds = world.rates(Ages), world.startups.see(Tills), world.funds
    repayments, interests = np.zeros(world.policies), np.zeros(world.policies)
    for loans in _lent(world):
        lender = world.funders[loans.funder]
        repaid, interest = _settle(tills, loans, lender.interest_rate / 12, world.month - ages.grace)
        funds.repaid[:, lender.index] += repaid
        funds.interest[:, lender.index] += interest
        repayments += repaid
        interests += interest
        if lender.kind == "honour_loan":
            world.programme["grants"] -= repaid
    world.ledger.flow("startups", "funders", "repayments", repayments)
    world.ledger.flow("startups", "funders", "interest", interests)


@kernel
def _settle(of: Tills, loans: Loans, interest_rate: float, granted_before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bring debts and cash up to date; total repayments and interest, (policies,) each."""
    policies = granted_before.size
    repayments, interests = np.zeros(policies), np.zeros(policies)
    due = np.empty(of.used, dtype=np.bool_)
    for policy in range(policies):
        cash, debt, granted = of.cash[policy], loans.debt[policy], loans.granted[policy]
        repaid, paid_interest = 0, 0
        for row in range(of.used):
            due[row] = (granted[row] >= 0) & (granted[row] < granted_before[policy])
        for row in marked(due):
            if debt[row] > 0 and holds(of.alive[row], policy):
                able = max(cash[row], 0.0)
                interest = min(debt[row] * interest_rate, able)
                paid = min(min(loans.instalment[policy, row], debt[row]), able - interest)
                cash[row] -= interest + paid
                debt[row] -= paid
                repaid += steps(paid, PAYMENT)
                paid_interest += steps(interest, PAYMENT)
        repayments[policy], interests[policy] = from_steps(repaid, PAYMENT), from_steps(paid_interest, PAYMENT)
    return repayments, interests


def write_off(world: World, leavers: Leavers) -> None:
    """Write off the debts of the startups that leave this month; no money moves."""
    for loans in _lent(world):
        world.funds.written_off[:, loans.funder] += _drop(leavers, loans.debt)


@kernel
def _drop(leavers: Leavers, debt: np.ndarray) -> np.ndarray:
    """Set the debts of those that leave to zero; their sums, (policies,)."""
    totals = np.zeros(debt.shape[0], dtype=np.int64)
    for place in range(leavers.rows.size):
        policy, row = leavers.policies[place], leavers.rows[place]
        totals[policy] += steps(debt[policy, row], PAYMENT)
        debt[policy, row] = 0.0
    return totals / PAYMENT
