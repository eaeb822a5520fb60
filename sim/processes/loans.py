"""Guaranteed bank loans (Intelaka), and the repayment of all loans.

Startups younger than `oldest` months with revenue and without an open loan obtain one as `funding` says,
wherever they are, under a yearly cap. After a grace period all loans, of L kMAD over n months at
yearly interest r, are repaid out of cash, as far as it goes:

    rate = p_l merit
    interest = min(debt r month / 12, C)
    C -= interest + min(L month / n, debt, C - interest)

What is open when a startup closes is written off. What is repaid of honour loans, which are public money,
lowers what the programme costs (see `costs`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Column, Count, Mechanism, Payment, Short, parameter
from sim.declare.states import NEVER
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.records import booked, columns, kernel, read_from
from sim.kernel.rows import marked
from sim.kernel.state import Deals, FunderStates, Leavers
from sim.kernel.sums import PAYMENT, from_steps, steps
from sim.processes import funding
from sim.processes.funding import enter, opens, pay, promise
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

SYMBOLS = {
    "rate": "1/month", "merit": "share", "interest": "kMAD", "debt": "kMAD", "L": "kMAD", "n": "month",
    "r": "1/year", "C": "cash",
}  # fmt: skip


class Parameters(Mechanism):
    """Parameters of bank loans and repayment."""

    rate: float = parameter(
        0.010,
        short="Applications for bank loans",
        unit="1/month",
        symbol="p_l",
        low=0,
        high=1,
        meaning="Rate of applying for a bank loan, at full merit.",
        origin="assumed: more candidates than loans, so that the yearly number binds",
    )
    oldest: int = parameter(
        60,
        short="Oldest startup with a loan",
        unit="month",
        low=1,
        high=240,
        meaning="Age from which a startup is no longer eligible.",
        origin="source: the scheme is for firms younger than five years, https://bt-conseil.com/programme-intelaka/",
    )
    grace: int = parameter(
        12,
        short="Grace period of a loan",
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
STREAMS = funding.streams_of_desk("loans")


def _rule(parameters: Any) -> Rule:
    return funding.rule_of(parameters.loans, parameters, recommends=False)


@read_from(Parameters)
class Ages(NamedTuple):
    """Age from which a startup is no longer eligible, and months before repayment begins, (policies,) each."""

    oldest: np.ndarray
    grace: np.ndarray


@booked(
    loan_paid=("funders", "startups", "loan paid"),
    repayments=("startups", "funders", "repayments"),
    interest=("startups", "funders", "interest"),
)
class Booked(NamedTuple):
    """Bank loans paid, by number and in kMAD, what is repaid, and what programmes cost, (policies,) each."""

    loans: np.ndarray
    loan_amount: np.ndarray
    cost_grants: np.ndarray
    loan_paid: np.ndarray
    repayments: np.ndarray
    interest: np.ndarray


class Lenders(NamedTuple):
    """Of all funders, (funders,) each: whose loans they are, `BANK` or `HONOUR`, -1 for none; and monthly interest."""

    lends: np.ndarray
    interest: np.ndarray


BANK, HONOUR = range(2)
LENT = {"loan": BANK, "honour_loan": HONOUR}


@lru_cache
def _lenders(funders: tuple[Funder, ...]) -> Lenders:
    return Lenders(
        np.array([LENT.get(funder.kind, -1) for funder in funders], dtype=np.int64),
        np.array([funder.interest_rate / 12 for funder in funders]),
    )


def act(world: World) -> None:
    """Repay what is due, then lend."""
    desk = funding.open_desk(world, KINDS, STREAMS, world.by_policy(_rule), world.anywhere)
    borrowers, lenders = world.startups.see(Borrowers), _lenders(world.funders)
    world.deals = _serve(world.month, borrowers, world.rates(Ages), lenders, desk, world.books(Booked))


@columns
class Borrowers(NamedTuple):
    """Columns that lenders ask for, and those of money and loans."""

    used: int
    alive: np.ndarray
    founded: np.ndarray
    cash: np.ndarray
    loan: np.ndarray
    loan_debt: np.ndarray
    loan_instalment: np.ndarray
    honour_loan: np.ndarray
    honour_debt: np.ndarray
    honour_instalment: np.ndarray


@kernel
def _serve(month: int, of: Borrowers, ages: Ages, lenders: Lenders, desk: Desk, to: Booked) -> Deals:
    """Repay, pay what is due and choose; the deals that are not paid."""
    _repay(month, of, ages, lenders, desk.funds, to)
    paid = pay(month, desk, of.cash)
    for place in range(paid.row.size):
        policy, row = paid.policy[place], paid.row[place]
        of.loan_debt[policy, row] = paid.amount[place]
        of.loan_instalment[policy, row] = paid.amount[place] / desk.staff.over[paid.funder[place]]
    for policy in range(to.loans.size):
        to.loans[policy] += paid.number[policy]
        to.loan_amount[policy] += paid.total[policy]
    enter(paid, desk, 0, to.loan_paid)
    return promise(month, desk, paid, _decide(of, ages, month, desk) if opens(desk) else nobody(0))


@inlined
def _decide(of: Borrowers, ages: Ages, month: int, desk: Desk) -> Chosen:
    """Eligible startups ask for a loan, and lenders choose among them."""
    seen, rule, asking, answered = desk.seen, desk.rule, callers(desk), 0
    for funder in desk.offers.funder:
        answered = max(answered, desk.staff.lasts[funder])
    policies, pull, queue = rule.rate.size, pulls(desk.offers, desk.places.reach), empty_queue(asking.size)
    chosen, done = nobody(asking.size * policies), 0
    for policy in range(policies):
        waiting, begun, too_old = 0, done, month - ages.oldest[policy]
        for row in asking:
            able = rule.enabled[policy] and holds(seen.alive[row], policy) and of.founded[row] > too_old
            if able and desk.before.revenue[policy, row] > OPERATING_REVENUE:
                met, merit = meeting(desk, policy, row, rule.rate[policy], pull[seen.city[policy, row]])
                free = of.loan_debt[policy, row] <= 0 and of.loan[policy, row] < month - answered
                if met >= 0 and free:
                    waiting = join(queue, waiting, desk, row, met, merit)
        done = choose(desk, policy, queue, waiting, chosen, done)
        for row in chosen.rows[begun:done]:
            of.loan[policy, row] = month
    return first_of(chosen, done)


@inlined
def _repay(month: int, of: Borrowers, ages: Ages, lenders: Lenders, funds: FunderStates, to: Booked) -> None:
    """Pay this month's interest and instalments to each lender, as far as the cash goes."""
    due = np.empty(of.used, dtype=np.bool_)
    for funder in range(lenders.lends.size):
        if lenders.lends[funder] < 0:
            continue
        bank = lenders.lends[funder] == BANK
        for policy in range(ages.grace.size):
            granted = of.loan[policy] if bank else of.honour_loan[policy]
            debt = of.loan_debt[policy] if bank else of.honour_debt[policy]
            instalment = of.loan_instalment[policy] if bank else of.honour_instalment[policy]
            before = month - ages.grace[policy]
            for row in range(of.used):
                due[row] = (granted[row] >= 0) & (granted[row] < before)
            cash, repaid, interest = of.cash[policy], 0, 0
            for row in marked(due):
                if debt[row] > 0 and holds(of.alive[row], policy):
                    able = max(cash[row], 0.0)
                    owed = min(debt[row] * lenders.interest[funder], able)
                    paid = min(min(instalment[row], debt[row]), able - owed)
                    cash[row] -= owed + paid
                    debt[row] -= paid
                    repaid += steps(paid, PAYMENT)
                    interest += steps(owed, PAYMENT)
            back, earned = from_steps(repaid, PAYMENT), from_steps(interest, PAYMENT)
            funds.repaid[policy, funder] += back
            funds.interest[policy, funder] += earned
            to.repayments[policy] += back
            to.interest[policy] += earned
            to.cost_grants[policy] -= 0.0 if bank else back


@columns
class Debts(NamedTuple):
    """Columns of what is owed."""

    loan_debt: np.ndarray
    honour_debt: np.ndarray


def write_off(world: World, leavers: Leavers) -> None:
    """Write off the debts of the startups that leave this month; no money moves."""
    _drop(leavers, world.startups.see(Debts), _lenders(world.funders), world.funds.written_off)


@kernel
def _drop(leavers: Leavers, of: Debts, lenders: Lenders, written_off: np.ndarray) -> None:
    """Set the debts of those that leave to zero, and add them to what is `written_off` (policies, funders)."""
    for funder in range(lenders.lends.size):
        if lenders.lends[funder] < 0:
            continue
        debt = of.loan_debt if lenders.lends[funder] == BANK else of.honour_debt
        totals = np.zeros(written_off.shape[0], dtype=np.int64)
        for place in range(leavers.rows.size):
            policy, row = leavers.policies[place], leavers.rows[place]
            totals[policy] += steps(debt[policy, row], PAYMENT)
            debt[policy, row] = 0.0
        for policy in range(totals.size):
            written_off[policy, funder] += from_steps(totals[policy], PAYMENT)
