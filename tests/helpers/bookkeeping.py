"""A second set of books: each startup's month recomputed from its columns, not from the ledger.

`Month` looks at a world before and after a month and replays, with the published equations, what must
have happened to every startup's cash, also to those founded or closed in that month. Payments that say in which
column each startup's share stands (`PAYMENTS` of a process) are taken from there, in their place in the month.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

from sim.declare.states import Cause, FounderKind, LeftHub
from sim.model.ecosystem import EcosystemModel
from sim.processes import FOUNDING, LEAVING, LIVING, PAYMENTS
from sim.processes.population import endow

WATCHED = (
    "key", "kind", "founded", "revenue", "cash", "ties", "hub", "admitted", "left", "left_reason", "fair",
    "export_since", "closed", "cause", "loan", "loan_debt", "loan_instalment", "honour_loan", "honour_debt",
    "honour_instalment",
)  # fmt: skip
RECORDED = {flow: payment.column for flow, payment in PAYMENTS.items() if payment.column is not None}
"""Payments that a column records for each startup, with that column."""
LOANS = {"loan": ("loan", "loan_debt"), "honour_loan": ("honour_loan", "honour_debt")}


def _columns(model: EcosystemModel) -> dict[str, np.ndarray]:
    """What is watched of all startups ever founded, in order of founding."""
    order = np.argsort(model.startups.everyone("number"))
    return {name: model.startups.everyone(name)[order] for name in (*WATCHED, *RECORDED.values())}


class Month:
    """One month of one world.

    Attributes:
        cash: what each startup's cash must be at its end, in order of founding (closed ones: at closing).
        flows: money by kind, in kMAD, under the names that the ledger uses.
        debts: debts of all active startups after the month, by kind of lender, as they must be.
    """

    def __init__(self, model: EcosystemModel, before: dict[str, np.ndarray] | None = None):
        self.model = model
        self.before = _columns(model) if before is None else before
        self.pipeline = {funder.index: list(funder.pipeline) for funder in model.funders}
        self.repaid = {funder.index: 0.0 for funder in model.funders}
        self.written_off = dict(self.repaid)
        self.given = dict(self.repaid)

    def replay(self) -> None:
        """Recompute the month that the model has just simulated."""
        self.after = after = _columns(self.model)
        self.month = self.model.month
        self.parameters = self.model.parameters
        self.flows: dict[str, float] = dict.fromkeys((kind for *sides, kind in PAYMENTS if "startups" in sides), 0.0)
        old, count = self.before["cash"].size, after["cash"].size
        self.alive = (after["closed"] < 0) | (after["closed"] == self.month)
        self.cash = np.concatenate([self.before["cash"], np.zeros(count - old)])
        self._found(old)
        for process in (*FOUNDING, *LIVING):
            recompute = getattr(self, process.__name__.replace("sim.processes.", "_replay_"), None)
            if recompute:
                recompute()
            self._take_recorded(process)
        self._liquidate()
        for process in LEAVING:
            self._take_recorded(process)

    def _take_recorded(self, process: ModuleType) -> None:
        """Take what startups received and paid in this process from the columns that it names."""
        for source, target, kind in RECORDED.keys() & getattr(process, "PAYMENTS", {}).keys():
            column = RECORDED[source, target, kind]
            moved = self.after[column].astype(float)
            moved[: self.before[column].size] -= self.before[column]
            self.cash += moved if target == "startups" else -moved
            self.flows[kind] += moved.sum()

    def _found(self, old: int) -> None:
        after, model = self.after, self.model
        new = np.arange(old, after["cash"].size)
        base = model.bundle.base_founders()
        rows = {key: row for row, key in enumerate(base.key.tolist())}
        for number in new:
            key = after["key"][number]
            if after["kind"][number] == FounderKind.BASE:
                self.cash[number] = base["cash"][rows[int(key)]]
            else:
                self.cash[number] = endow(model.bundle, self.month, key[None])["cash"][0]
        self.flows["capital"] = self.cash[new].sum()

    def _replay_exports(self) -> None:
        """What fairs and entering a market cost."""
        after, parameters = self.after, self.parameters
        fee = parameters.costs.fair_place * (1 - parameters.fairs.subsidy)
        at_fair = after["fair"] == self.month
        sunk = parameters.exports.sunk_cost * np.exp(-parameters.exports.ties_effect * after["ties"])
        entered = after["export_since"] == self.month
        entry = np.where(entered, np.minimum(sunk, parameters.exports.cash_cost), 0.0)
        self.flows["fair fees"], self.flows["export entry"] = fee * at_fair.sum(), entry.sum()
        cost = fee * at_fair + entry
        assert np.all(cost[~self.alive] == 0)
        self.cash -= cost

    def _replay_cash(self) -> None:
        """Revenue, costs and distribution, with the revenue of the end of last month."""
        after, parameters, old = self.after, self.parameters.cash, self.before["cash"].size
        revenue = np.concatenate([self.before["revenue"], np.zeros(after["cash"].size - old)])
        for number in range(old, revenue.size):
            revenue[number] = endow(self.model.bundle, self.month, after["key"][number][None])["revenue"][0]
        inside = (after["hub"] >= 0) | (
            (after["left"] == self.month) & (after["left_reason"] != LeftHub.HUB_CLOSED) & (after["admitted"] >= 0)
        )
        rent = self.parameters.rent
        fixed = parameters.fixed_cost * np.where(inside & rent.enabled, rent.multiplier, 1.0)
        profit = parameters.margin * revenue - fixed
        cost = (1 - parameters.margin) * revenue + fixed
        cash = self.cash + profit
        excess = np.clip(np.minimum(cash - parameters.reserve * cost, profit), 0.0, None)
        self.cash = np.where(self.alive, cash - excess, self.cash)
        for kind, amount in (
            ("revenue", revenue),
            ("variable costs", (1 - parameters.margin) * revenue),
            ("fixed costs", fixed),
            ("distributions", excess),
        ):
            self.flows[kind] = amount[self.alive].sum()

    def _replay_grants(self) -> None:
        self._pay("grant paid", ("grant",))
        self._pay("honour_loan paid", ("honour_loan",))

    def _replay_equity(self) -> None:
        self._pay("equity paid", ("seed", "venture"))

    def _pay(self, name: str, kinds: tuple[str, ...]) -> None:
        for funder in self.model.funders:
            if funder.kind in kinds:
                for due, number, amount in self.pipeline[funder.index]:
                    if due == self.month and self.alive[number]:
                        self.cash[number] += amount
                        self.given[funder.index] += amount
                        self.flows[name] += amount

    def _replay_loans(self) -> None:
        """Instalments and interest out of the cash at hand, then new loans."""
        old = self.before["cash"].size
        for funder in self.model.funders:
            if funder.kind in LOANS:
                since, debt_name = LOANS[funder.kind]
                debt = np.zeros(self.cash.size)
                debt[:old] = self.before[debt_name]
                for due, number, amount in self.pipeline[funder.index]:
                    if due == self.month and self.alive[number] and funder.kind == "honour_loan":
                        debt[number] = amount
                instalment = self.after[debt_name.replace("debt", "instalment")]
                grace = self.parameters.loans.grace
                paying = self.alive & (debt > 0) & (self.month - self.after[since] > grace)
                able = np.where(paying, np.maximum(self.cash, 0.0), 0.0)
                interest = np.minimum(debt * funder.interest_rate / 12, able)
                paid = np.minimum(np.minimum(instalment, debt), able - interest)
                self.cash -= interest + paid
                self.repaid[funder.index] = paid.sum()
                self.flows["repayments"] += paid.sum()
                self.flows["interest"] += interest.sum()
                debt -= paid
                if funder.kind == "loan":
                    self._pay("loan paid", ("loan",))
                    for due, number, amount in self.pipeline[funder.index]:
                        if due == self.month and self.alive[number]:
                            debt[number] = amount
                closing = self.after["closed"] == self.month
                self.written_off[funder.index] = debt[closing].sum()
                debt[closing] = 0.0
                setattr(self, debt_name, debt)

    def _liquidate(self) -> None:
        closing = self.after["closed"] == self.month
        bought = closing & (self.after["cause"] == Cause.ACQUIRED)
        cash = self.after["cash"]
        self.flows["cash taken over"] = cash[bought].clip(min=0).sum()
        self.flows["liquidation"] = cash[closing & ~bought].clip(min=0).sum()
        self.flows["unpaid bills"] = -cash[closing].clip(max=0).sum()

    def check(self, tolerance: float = 1e-6) -> None:
        """Assert that money came in and went out as it must; `tolerance` relative, 1e-6 kMAD at least.

        Raises:
            AssertionError: naming the month and what does not add up.
        """
        after, closing = self.after, self.after["closed"] == self.month
        gap = np.abs(after["cash"] - self.cash)[self.alive]
        assert gap.max(initial=0.0) < 1e-6, f"month {self.month}: a startup has {gap.max():.3g} kMAD too many"
        into = sum(self.flows[kind] for _, target, kind in PAYMENTS if target == "startups")
        out = sum(self.flows[kind] for source, _, kind in PAYMENTS if source == "startups")
        active = after["closed"] < 0
        change = after["cash"][active].sum() - self.before["cash"][self.before["closed"] < 0].sum()
        assert abs(into - out - change) <= tolerance * max(into, 1.0), f"month {self.month}: money lost"
        for _, debt in LOANS.values():
            assert np.allclose(after[debt][active], getattr(self, debt)[active], rtol=1e-12, atol=1e-9)
            assert not np.any(after[debt][closing])

    def check_ledger(self) -> None:
        """Assert that the ledger says what the columns say, kind by kind, and so does the public cost of grants.

        Raises:
            AssertionError: naming the kind of flow.
        """
        books: dict[str, float] = {}
        for (source, target, kind), amount in self.model.ledger.months[self.month].items():
            if "startups" in (source, target):
                books[kind] = books.get(kind, 0.0) + amount
        for kind in books.keys() | self.flows.keys():
            entered, recomputed = books.get(kind, 0.0), self.flows.get(kind, 0.0)
            assert abs(entered - recomputed) <= 1e-9 * max(1.0, recomputed), (
                f"month {self.month}: {kind} is {entered} in the ledger and {recomputed} in the startups' columns"
            )
        honour = sum(self.repaid[funder.index] for funder in self.model.funders if funder.kind == "honour_loan")
        public = self.flows["grant paid"] + self.flows["honour_loan paid"] - honour
        counted = self.model.recorder.national("cost_grants")[self.month]
        assert abs(public - counted) <= 1e-9 * max(1.0, honour), f"month {self.month}: cost of grants"


def simulate_with_books(
    model: EcosystemModel, months: int, visit: Callable[[Month], None] = lambda month: None
) -> None:
    """Run a world for `months`, checking both sets of books in each; calls `visit(month)`."""
    before = None
    for _ in range(months):
        books = Month(model, before)
        model.step()
        books.replay()
        books.check()
        books.check_ledger()
        visit(books)
        before = books.after
