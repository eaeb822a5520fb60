"""What funders give in a month, and what they get back, computed anew from the equations and declarations alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from watched import CROWD, FAIR, Scene, Scenes, crowd, watch


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return crowd()


@pytest.fixture(scope="module")
def edges() -> Scenes:
    """Months in which startups stand where what they may have and owe begins or ends, of all kinds in one crowd."""

    def any_of(world: Any, **choices: list[float]) -> None:
        random, of = np.random.default_rng(world.month), world.startups
        for name, values in choices.items():
            of.column(name, 0)[: of.used] = random.choice(values, of.used)

    def funded(world: Any) -> None:
        first = world.month - world.parameters[0].grants.oldest
        past = [-10000, 0, world.month - 7, world.month - 6]
        any_of(world, grant=past, honour_loan=past, founded=[first, first + 1, first + 20])

    def indebted(world: Any) -> None:
        first = world.month - world.parameters[0].loans.oldest
        past = [-10000, 0, world.month - 7, world.month - 6]
        any_of(world, loan=past, loan_debt=[0, 0, 20, 400], loan_instalment=[2, 30], founded=[first, first + 1])
        any_of(world, honour_loan=past, honour_debt=[0, 10, 90], honour_instalment=[3, 20])

    def sold(world: Any) -> None:
        begins = world.month - world.parameters[0].equity.pause
        any_of(world, equity=[-10000, begins - 1, begins, begins + 1], grant=[-10000, 0], honour_loan=[-10000, 0])

    young = {"grants.oldest": 12, "loans.oldest": 15, "referral.strength": 3.0}
    return watch((FAIR,), {"grants": funded, "loans": indebted, "equity": sold}, **CROWD, **young)


def open_funders(s: Scene, kinds: tuple[str, ...]) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(plan=one, terms=terms)
        for one in s.world.funders
        if one.kind in kinds and (terms := one.terms_at(s.month)) is not None
    ]


def meetings(s: Scene, desk: str, funders: list[SimpleNamespace], rate: np.ndarray, reach: np.ndarray) -> tuple:
    """Which of the funders each startup meets, -1 for none, and its place in line."""
    law, of = s.parameters.funding, s.before
    judged = law.quality_weight * of.quality + law.finance_weight * (of.start.competence[0] - 0.35)
    merit = 1 / (1 + np.exp(-(judged + law.revenue_weight * (of.start.log_revenue - np.log(20)))))
    numbers = np.array([one.terms.number for one in funders])
    near = (numbers / numbers.sum())[:, None] * reach[[one.plan.index for one in funders]][:, of.city]
    total = near.sum(axis=0)
    chance = -np.expm1(-total * rate * merit)
    draw = s.uniform(f"{desk}.meeting")
    whom = (np.cumsum(near, axis=0) <= draw / chance * total).sum(axis=0)
    return np.where(draw < chance, whom, -1), -np.log(s.uniform(f"{desk}.choice")) / merit


def chosen(s: Scene, desk: str, funders: list[SimpleNamespace], met: np.ndarray, line: np.ndarray) -> list[tuple]:
    """Funder, founding number, month and amount of the deals that are made with those who met a funder."""
    own, of, funds = getattr(s.parameters, desk), s.before, s.before.funds
    quota, month = getattr(own, "regional_quota", 0.0), s.world.month_of_year
    used = [
        [0.0] * 3 if month == 0 else [funds.chosen[index], funds.central[index], funds.promised[index]]
        for index in (one.plan.index for one in funders)
    ]
    number = [one.terms.number * own.envelope_factor for one in funders]
    room = [max(0, int(n * (month + 1) / 12 + 1e-9) - u[0]) for n, u in zip(number, used, strict=True)]
    centre = [int(n * (1 - quota) * (month + 1) / 12 + 1e-9) - u[1] for n, u in zip(number, used, strict=True)]
    normal, deals = s.normal(f"{desk}.ticket"), []
    for row in sorted(np.flatnonzero(met >= 0), key=lambda row: line[row]):
        place, central = met[row], s.world.central_region[of.region[row]]
        if room[place] <= 0 or (central and centre[place] <= 0):
            continue
        room[place] -= 1
        centre[place] -= central
        terms, plan = funders[place].terms, funders[place].plan
        amount = np.clip(terms.median * np.exp(terms.log_sd * normal[row]), terms.smallest, terms.largest)
        if used[place][2] + amount <= terms.envelope * own.envelope_factor:
            used[place][2] += amount
            deals.append((plan.index, of.number[row], s.month + plan.due_diligence, amount))
    return deals


def deals_of(state: object) -> list[tuple]:
    deals = state.deals
    return list(zip(deals.funder, deals.number, deals.month, deals.amount, strict=True))


def check_desk(s: Scene, kinds: tuple[str, ...], expected: list[tuple]) -> np.ndarray:
    """Deals that are due are paid to those who live, the others wait with the new ones; what each startup gets."""
    mine = {one.index for one in s.world.funders if one.kind in kinds}
    due = [deal for deal in deals_of(s.before) if deal[0] in mine and deal[2] <= s.month]
    rest = [deal for deal in deals_of(s.before) if deal not in due]
    found = deals_of(s.after)
    assert found[: len(rest)] == rest and len(found) - len(rest) == len(expected)
    for one, other in zip(found[len(rest) :], expected, strict=True):
        assert one[:3] == other[:3] and one[3] == pytest.approx(other[3])
    got, given = np.zeros(s.before.hub.size), np.zeros(s.before.funds.given.size)
    for funder, number, _, amount in due:
        row = s.world.row_of[number]
        if row >= 0 and s.before.alive[row]:
            got[row] += amount
            given[funder] += amount
    assert np.allclose(s.after.funds.given, s.before.funds.given + given)
    return got


def recommended(s: Scene) -> np.ndarray:
    of = s.before
    return 1 + s.parameters.referral.strength * np.maximum(of.attention[of.hub], of.introduced)


def test_grants_go_to_the_young_who_meet_a_programme(scenes, edges):
    made = paid = 0
    for s in (*scenes["grants"], *edges["grants"]):
        p, of, kinds = s.parameters.grants, s.before, ("grant", "honour_loan")
        funders = open_funders(s, kinds)
        met, line = meetings(s, "grants", funders, p.rate * recommended(s), s.world.reach)
        had = np.array([of.grant >= 0, of.honour_loan >= 0])
        kind = np.array([kinds.index(one.plan.kind) for one in funders])[met]
        young = of.alive & (s.month - of.founded < p.oldest) & ~had[kind, np.arange(kind.size)]
        deals = chosen(s, "grants", funders, np.where(young, met, -1), line)
        got = check_desk(s, kinds, deals)
        assert np.allclose(s.after.cash, of.cash + got) and s.counted("grant_amount") == pytest.approx(got.sum())
        assert s.counted("grants") == np.count_nonzero(got)
        assert s.after.costs["grants"] - of.costs["grants"] == pytest.approx(got.sum())
        loans = s.paid("funders", "startups", "honour_loan paid")
        assert s.paid("funders", "startups", "grant paid") + loans == pytest.approx(got.sum())
        owed = s.after.honour_debt - of.honour_debt
        assert owed.sum() == pytest.approx(loans) and np.all((owed == 0) | np.isclose(owed, got))
        over = next(one.repay_months for one in s.world.funders if one.kind == "honour_loan")
        assert np.allclose(s.after.honour_instalment[owed > 0], got[owed > 0] / over)
        for name, number in (("grant", 0), ("honour_loan", 1)):
            indices = {one.plan.index for one in funders if one.plan.kind == kinds[number]}
            decided = np.isin(of.number, [deal[1] for deal in deals if deal[0] in indices])
            assert np.array_equal(getattr(s.after, name), np.where(decided, s.month, getattr(of, name)))
        made, paid = made + len(deals), paid + np.count_nonzero(got)
    assert made > 10 and paid


def test_loans_are_repaid_with_interest_and_given_to_those_with_revenue(scenes, edges):
    made = back = 0
    for s in (*scenes["loans"], *edges["loans"]):
        p, of = s.parameters.loans, s.before
        cash, interest_in_all, repaid_in_all, honour_back = of.cash.copy(), 0.0, 0.0, 0.0
        debts = {"loan": of.loan_debt.copy(), "honour_loan": of.honour_debt.copy()}
        for funder in s.world.funders:
            if funder.kind not in debts:
                continue
            debt = debts[funder.kind]
            instalment = of.loan_instalment if funder.kind == "loan" else of.honour_instalment
            granted = of.loan if funder.kind == "loan" else of.honour_loan
            due = (granted >= 0) & (s.month - granted > p.grace) & (debt > 0) & of.alive
            able = np.maximum(cash, 0)
            interest = due * np.minimum(debt * funder.interest_rate / 12, able)
            paid = due * np.minimum(np.minimum(instalment, debt), able - interest)
            cash -= interest + paid
            debt -= paid
            interest_in_all, repaid_in_all = interest_in_all + interest.sum(), repaid_in_all + paid.sum()
            honour_back += paid.sum() * (funder.kind == "honour_loan")
            assert s.after.funds.repaid[funder.index] - of.funds.repaid[funder.index] == pytest.approx(
                paid.sum(), abs=1e-4
            )
        funders = open_funders(s, ("loan",))
        answered = max(one.plan.due_diligence for one in funders)
        due = [deal for deal in deals_of(of) if deal[2] <= s.month and deal[0] == funders[0].plan.index]
        for _, number, _, amount in due:
            if s.world.row_of[number] >= 0:
                debts["loan"][s.world.row_of[number]] = amount
        met, line = meetings(s, "loans", funders, np.full(of.hub.size, p.rate), s.world.anywhere)
        able = of.alive & (s.month - of.founded < p.oldest) & (of.start.revenue > 5) & (debts["loan"] <= 0)
        able &= of.loan < s.month - answered
        deals = chosen(s, "loans", funders, np.where(able, met, -1), line)
        got = check_desk(s, ("loan",), deals)
        assert np.allclose(s.after.cash, cash + got) and np.allclose(s.after.loan_debt, debts["loan"])
        assert np.allclose(s.after.honour_debt, debts["honour_loan"])
        assert s.paid("startups", "funders", "interest") == pytest.approx(interest_in_all, abs=1e-4)
        assert s.paid("startups", "funders", "repayments") == pytest.approx(repaid_in_all, abs=1e-4)
        assert of.costs["grants"] - s.after.costs["grants"] == pytest.approx(honour_back, abs=1e-4)
        assert s.counted("loan_amount") == s.paid("funders", "startups", "loan paid") == pytest.approx(got.sum())
        over = funders[0].plan.repay_months
        assert np.allclose(s.after.loan_instalment, np.where(got > 0, got / over, of.loan_instalment))
        made, back = made + len(deals), back + repaid_in_all
    assert made > 10 and back > 0


def test_equity_goes_to_those_with_revenue_and_lifts_it(scenes, edges):
    made = rounds = 0
    for s in (*scenes["equity"], *edges["equity"]):
        p, of, kinds = s.parameters.equity, s.before, ("seed", "venture")
        funders = open_funders(s, kinds)
        due = [deal for deal in deals_of(of) if deal[2] <= s.month and deal[0] in {one.index for one in s.world.funders
               if one.kind in kinds}]  # fmt: skip
        equity, waits = of.equity.copy(), of.in_due_diligence.copy()
        for _, number, _, _ in due:
            if (row := s.world.row_of[number]) >= 0:
                equity[row], waits[row] = s.month, False
        rate = p.rate * recommended(s) * np.where((of.grant >= 0) | (of.honour_loan >= 0), p.grant_factor, 1)
        met, line = meetings(s, "equity", funders, rate, s.world.reach)
        able = of.alive & (of.start.revenue > p.smallest_revenue) & (s.month - equity >= p.pause) & ~waits
        deals = chosen(s, "equity", funders, np.where(able, met, -1), line)
        got = check_desk(s, kinds, deals)
        assert np.allclose(s.after.cash, of.cash + got) and np.allclose(s.after.equity_total, of.equity_total + got)
        assert np.array_equal(s.after.equity, np.where(got > 0, s.month, of.equity))
        lift = np.log(s.after.revenue / of.revenue)
        assert np.allclose(lift, p.revenue_lift * (got > 0)) and np.allclose(s.after.path_begins - of.path_begins, lift)
        in_line = waits | np.isin(of.number, [deal[1] for deal in deals])
        assert np.array_equal(s.after.in_due_diligence, in_line)
        assert s.counted("deals") == np.count_nonzero(got)
        assert s.counted("deal_amount") == s.paid("funders", "startups", "equity paid") == pytest.approx(got.sum())
        made, rounds = made + len(deals), rounds + np.count_nonzero(got)
    assert made > 3 and rounds
