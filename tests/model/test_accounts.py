"""Nothing is made and nothing is lost: money, startups, places, envelopes. All recomputed from the columns."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest
from bookkeeping import Month, simulate_with_books
from laboratory import series

from sim.country.data import table
from sim.declare.calendar import month_after
from sim.declare.states import Cause
from sim.model.bundle import Bundle
from sim.model.ecosystem import EcosystemModel
from sim.model.ledger import AccountsError
from sim.processes import COLUMNS, MONTH

ACTING = {process.__name__.rpartition(".")[2]: process for process in MONTH}
ONE_DIRHAM = 1e-3


@pytest.fixture(scope="module")
def books(today):
    """Today's world from 2010 to 2034, every month recomputed; and what was seen on the way."""
    model = EcosystemModel(today)
    seen = SimpleNamespace(
        model=model, promised=defaultdict(float), chosen=defaultdict(int), residents=[], places=[], debts=[], counts=[]
    )

    def visit(month: Month) -> None:
        startups, year = model.startups, int(month_after(today.start, model.month)[:4])
        for funder in model.funders:
            new = [deal[2] for deal in funder.pipeline if deal[0] == model.month + funder.due_diligence]
            seen.promised[funder.name, year] += sum(new)
            seen.chosen[funder.name, year] += len(new)
        inside = np.bincount(startups.hub + 1, minlength=len(model.hubs) + 1)[1:]
        seen.residents.append(inside)
        seen.places.append([hub.places for hub in model.hubs])
        lenders = [funder for funder in model.funders if funder.kind in ("loan", "honour_loan")]
        owed = sum(funder.given - funder.repaid - funder.written_off for funder in lenders)
        seen.debts.append((owed, startups.loan_debt.sum() + startups.honour_debt.sum()))
        cause = month.after["cause"]
        seen.counts.append(
            (cause.size, (cause == Cause.ACTIVE).sum(), (cause > Cause.ACQUIRED).sum(), (cause == Cause.ACQUIRED).sum())
        )

    simulate_with_books(model, today.months, visit)
    return seen


def test_money_in_is_money_out_in_every_month(books, today):
    """The checks are in `simulate_with_books`; here: the world is large enough for them to mean something."""
    assert books.model.months_done == today.months
    totals = [sum(flows.values()) for flows in books.model.ledger.months]
    assert min(totals) > 1000 and totals[-1] > 1e6


@pytest.mark.parametrize(
    "policy",
    [
        {"network.hubs_by_2027": 10, "missions.per_year": 6, "fairs.subsidy": 0.0, "cash.finance_saves": 0.0},
        {"network.closures": [{"hub": "Rabat", "closes": "2021-03"}], "admission.stay": 24},
        {"accompaniment.remote_fraction": 0.5, "grants.envelope_factor": 3, "loans.envelope_factor": 5},
        {"rent.enabled": False, "equity.envelope_factor": 4, "cash.reserve": 2, "insolvency.grace": 12},
    ],
    ids=["more", "less", "richer", "poorer"],
)
def test_money_is_conserved_under_other_policies(compact, policy):
    scenario = compact.with_values(policy | {"time.end": "2023-12"})
    simulate_with_books(EcosystemModel(scenario, check_accounts=True), scenario.months)


@pytest.mark.parametrize("whose", ["a poor startup's", "the newest startup's"])
@pytest.mark.parametrize("name", ACTING)
def test_one_dirham_too_many_is_found(world_now, today, monkeypatch, name, whose):
    model = world_now.fork(today)
    act = ACTING[name].act

    def generous(world: Bundle) -> None:
        act(world)
        cash = world.startups.column("cash", 0)
        cash[-1 if whose.startswith("the newest") else np.argmin(np.abs(cash - 100))] += ONE_DIRHAM

    monkeypatch.setattr(ACTING[name], "act", generous)
    books = Month(model)
    model.step()
    books.replay()
    with pytest.raises(AssertionError, match="too many"):
        books.check()


def test_an_honest_month_passes(world_now, today):
    simulate_with_books(world_now.fork(today), 3)


def test_the_models_own_check_raises(world_now, today):
    model = world_now.fork(today)
    model.startups.cash[0] += 1000.0
    with pytest.raises(AccountsError, match="came in"):
        model.step()


def test_founded_is_active_and_failed_and_acquired_in_every_month(books):
    founded, active, failed, acquired = np.array(books.counts).T
    assert np.array_equal(founded, active + failed + acquired)
    model = books.model
    assert np.array_equal(np.cumsum(series(model, "founded")), founded)
    assert np.array_equal(np.cumsum(series(model, "failed")), failed)
    assert np.array_equal(np.cumsum(series(model, "acquired")), acquired)
    assert np.array_equal(series(model, "active"), active)
    assert failed[-1] > 1000 and acquired[-1] > 3


def test_no_startup_is_counted_twice(books):
    keys = books.model.startups.everyone("key")
    numbers = books.model.startups.everyone("number")
    assert np.unique(keys).size == keys.size
    assert np.array_equal(np.sort(numbers), np.arange(keys.size))


def test_residents_never_exceed_places(books, today):
    residents, places = np.array(books.residents), np.array(books.places)
    assert np.all(residents <= places)
    assert np.any(residents == places)
    steps = table("hub_places")
    for index, hub in enumerate(books.model.hubs):
        rows = steps[steps["hub"] == hub.name]
        for month in range(0, today.months, 5):
            due = rows[rows["from"] <= month_after(today.start, month)]["places"]
            assert places[month, index] == (due.iloc[-1] if len(due) else 0)


def test_envelopes_and_yearly_numbers_are_never_overspent(books):
    rows = table("funders")
    used = 0
    for (name, year), promised in books.promised.items():
        terms = rows[
            (rows["funder"] == name)
            & (rows["from"] <= f"{year}-12")
            & (rows["until"].fillna("9999-12") >= f"{year}-01")
        ]
        envelope = terms["envelope_per_year_kmad"].max() if len(terms) else 0.0
        number = terms["number_per_year"].max() if len(terms) else 0.0
        assert promised <= envelope * (1 + 1e-12)
        assert books.chosen[name, year] <= number
        used += promised > 0
    assert used > 50


@pytest.mark.parametrize("factor", [0.3, 2.5])
def test_a_factor_on_envelopes_is_a_limit_too(compact, factor):
    kinds = ("grants", "loans", "equity")
    scenario = compact.with_values({f"{kind}.envelope_factor": factor for kind in kinds} | {"time.end": "2021-12"})
    model = EcosystemModel(scenario)
    model.run_until(60)
    rows = table("funders")
    for funder in model.funders:
        terms = rows[(rows["funder"] == funder.name) & (rows["from"] <= "2021-01")]
        terms = terms[terms["until"].fillna("9999-12") >= "2021-01"]
        if len(terms):
            assert funder.funded_this_year <= terms["number_per_year"].max() * factor
            assert funder.spent_this_year <= terms["envelope_per_year_kmad"].max() * factor * (1 + 1e-12)


def test_what_lenders_gave_is_repaid_or_written_off_or_owed(books):
    owed, debts = np.array(books.debts).T
    assert np.allclose(owed, debts, rtol=1e-9, atol=1e-6)
    for funder in books.model.funders:
        if funder.kind in ("loan", "honour_loan"):
            assert funder.given > funder.repaid > 0 and funder.written_off > 0


def test_nobody_acts_after_closing(books, world_now, world_today):
    """What is written of a closed startup never changes, and no event of its life is later than its end."""
    was = world_now.startups.archive("number").size
    for name in ("key", *COLUMNS):
        then, now = world_now.startups.archive(name), world_today.startups.archive(name)
        assert now.size > was and np.array_equal(then, now[:was])
    gone = {name: books.model.startups.archive(name) for name in COLUMNS}
    events = ("founded", "applied", "admitted", "left", "fair", "mission", "export_since", "first_export")
    for event in (*events, "grant", "honour_loan", "loan", "equity"):
        assert np.all(gone[event] <= gone["closed"]), event
    assert np.all(gone["hub"] < 0) and not gone["loan_debt"].any() and not gone["honour_debt"].any()
    startups, contacts = books.model.startups, books.model.contacts
    present = np.append(startups.number, startups.archive("number")[startups.archive("closed") == books.model.month])
    assert np.isin(contacts.first, present).all() and np.isin(contacts.second, present).all()


def test_ties_have_two_ends_and_no_doubles(world_today):
    contacts, startups = world_today.contacts, world_today.startups
    assert np.all(contacts.first < contacts.second)
    pairs = np.column_stack([contacts.first, contacts.second])
    assert np.unique(pairs, axis=0).shape == pairs.shape
    assert np.all(contacts.ends > world_today.month)
    assert startups.ties.min() >= 0 and startups.ties.max() > 5
