"""Each mechanism matters: without it, what its source says it does is missing, and nobody else's luck changes.

The same small world (2018 to mid 2025) is run with and without. Blocks that cannot be switched off have a
case too: one of their parameters is moved, or the process does nothing for once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from laboratory import (
    SWITCHED,
    Draws,
    by_key,
    common_draws,
    everyone,
    number_of_draws,
    recorded_draws,
    run,
    series,
)

from sim.declare import Trial
from sim.declare.states import Cause, FounderKind
from sim.kernel.randomness import combine
from sim.model.ecosystem import EcosystemModel
from sim.model.outcomes import measure
from sim.processes import BLOCKS, MONTH, refounding
from sim.processes.population import starting_resources

Quantity = Callable[[EcosystemModel], float]
PROCESSES = {process.__name__.rpartition(".")[2]: process for process in MONTH}


def total(name: str) -> Quantity:
    """Sum of a national series over all months."""
    return lambda model: series(model, name).sum()


def last(name: str) -> Quantity:
    return lambda model: series(model, name)[-1]


def ended(cause: int) -> Quantity:
    """Startups that left the market for this cause."""
    return lambda model: np.count_nonzero(everyone(model)["cause"] == cause)


def founders(kind: int) -> Quantity:
    return lambda model: np.count_nonzero(everyone(model)["kind"] == kind)


def relocated(model: EcosystemModel) -> float:
    return np.count_nonzero(everyone(model)["relocated"])


def admitted(model: EcosystemModel) -> float:
    return np.count_nonzero(everyone(model)["admitted"] >= 0)


def residents(name: str) -> Quantity:
    """Mean of a column over the residents of at least six months."""

    def mean(model: EcosystemModel) -> float:
        startups = model.startups
        return getattr(startups, name)[(startups.hub >= 0) & (model.month - startups.admitted >= 6)].mean()

    return mean


def survival(of_residents: bool = False) -> Quantity:
    """Share of those founded at least three years ago that have not failed within three years."""

    def share(model: EcosystemModel) -> float:
        columns = everyone(model)
        old = columns["founded"] + 36 < model.months_done
        if of_residents:
            old &= columns["admitted"] >= 0
        failed = (columns["cause"] > Cause.ACQUIRED) & (columns["closed"] - columns["founded"] <= 36)
        return 1 - failed[old].mean()

    return share


def hosted_among(column: str) -> Quantity:
    """Share of once-admitted startups among the funded."""

    def share(model: EcosystemModel) -> float:
        columns = everyone(model)
        return (columns["admitted"][columns[column] >= 0] >= 0).mean()

    return share


def central_deals(model: EcosystemModel) -> float:
    """Share of the startups with equity that are in the regions of Casablanca and Rabat."""
    columns = everyone(model)
    return model.central_region[columns["region"][columns["equity"] >= 0]].mean()


def granted_among_funded(model: EcosystemModel) -> float:
    """Share of grant holders among those with equity."""
    columns = everyone(model)
    funded = columns["equity"] >= 0
    return ((columns["grant"] >= 0) | (columns["honour_loan"] >= 0))[funded].mean()


def spread(model: EcosystemModel) -> float:
    """Standard deviation of log revenue of those of at least three years."""
    startups = model.startups
    return np.log(startups.revenue[model.month - startups.founded >= 36]).std()


def cost(model: EcosystemModel) -> float:
    return measure(model)["cost"]


def asked(model: EcosystemModel) -> float:
    return np.count_nonzero(everyone(model)["operating_24"])


@dataclass(frozen=True)
class Case:
    """What a mechanism moves, and how.

    Args:
        moved: quantities, each with the least and the most it may be without the mechanism, relative to with it.
        without: how it is taken away; by default its switch.
        needs: what both worlds have, so that there is something to see.
    """

    moved: list[tuple[Quantity, float, float]]
    without: dict[str, Any] | None = None
    needs: dict[str, Any] = field(default_factory=dict)


def gone(quantity: Quantity) -> tuple[Quantity, float, float]:
    return quantity, 0.0, 0.0


def less(quantity: Quantity, at_most: float = 0.999) -> tuple[Quantity, float, float]:
    return quantity, -np.inf, at_most


def more(quantity: Quantity, at_least: float = 1.001) -> tuple[Quantity, float, float]:
    return quantity, at_least, np.inf


MECHANISMS: dict[str, Case] = {
    "network": Case([gone(last("places")), gone(admitted), gone(relocated), less(last("competence_skills"), 0.9)]),
    "population": Case([less(total("founded"), 0.55), less(last("active"), 0.55)], {"population.scale": 0.5}),
    "induced_entry": Case(
        [gone(founders(FounderKind.INDUCED)), gone(relocated), less(last("active")), less(admitted)],
    ),
    "refounding": Case([gone(founders(FounderKind.REFOUNDED)), less(total("founded"))]),
    "application": Case([gone(total("applications")), gone(admitted), less(last("competence_skills"))]),
    "admission": Case([gone(admitted), gone(total("hours_received")), less(survival())]),
    "accompaniment": Case(
        [gone(total("hours_received")), less(residents("skills"), 0.9), less(survival(of_residents=True))]
    ),
    "competence": Case([less(last("competence_finance"), 0.9), less(last("revenue_total"), 0.99), less(survival())]),
    "coordinators": Case([less(residents("ties"), 0.9), less(last("ties"), 0.98)]),
    "contacts": Case([gone(last("ties")), less(last("revenue_total"), 0.98), less(last("exporters"), 0.95)]),
    "spillovers": Case([less(last("competence_skills"), 0.99), less(last("revenue_total"), 0.999)]),
    "fairs": Case([gone(total("fair_places")), gone(total("cost_fairs")), less(total("export_entries"))]),
    "missions": Case(
        [gone(total("mission_places")), less(total("export_attempts"), 0.98), less(last("exporters"), 0.99)],
        needs={"missions.per_year": 12},
    ),
    "reversion": Case([more(spread, 1.05)], needs={"reversion.enabled": True}),
    "levels": Case([less(last("revenue_total"), 0.99)], needs={"levels.enabled": True}),
    "exports": Case([gone(last("exporters")), less(last("revenue_total"), 0.97)]),
    "revenue": Case([less(last("revenue_total"), 0.8), less(survival(), 0.98)], {"revenue.base_growth": -0.01}),
    "cash": Case([more(ended(Cause.INSOLVENT), 1.2), less(survival(), 0.95)], {"cash.fixed_cost": 24.0}),
    "grants": Case(
        [gone(total("grant_amount")), less(survival()), gone(granted_among_funded)],
        needs={"grants.envelope_factor": 5},
    ),
    "loans": Case(
        [gone(total("loan_amount")), more(ended(Cause.INSOLVENT)), less(survival())],
        needs={"loans.envelope_factor": 10},
    ),
    "equity": Case([gone(total("deals")), less(last("revenue_total"), 0.99), gone(last("funded_share"))]),
    "acquisition": Case([gone(ended(Cause.ACQUIRED)), more(last("funded_share"))], needs={"acquisition.rate": 0.1}),
    "insolvency": Case([gone(ended(Cause.INSOLVENT)), more(survival(), 1.1)]),
    "closure": Case([gone(ended(Cause.CLOSED)), more(survival(), 1.05)]),
    "graduation": Case([gone(total("graduations")), less(admitted, 0.95)], needs={"admission.stay": 24}),
    "follow_up": Case([gone(asked)]),
    "costs": Case([less(cost, 0.9)], {"costs.mentor_hour": 0.0}),
    "rent": Case([less(survival(of_residents=True)), more(ended(Cause.INSOLVENT))]),
    "reporting": Case([less(last("occupancy"), 0.999)], needs={"reporting.enabled": True}),
    "referral": Case(
        [less(hosted_among("grant"), 0.95), less(hosted_among("equity"), 0.95)], needs={"referral.strength": 3.0}
    ),
    "funding": Case([less(central_deals, 0.98)], {"funding.distance_elasticity": 0.0}),
}


def test_every_process_and_every_block_has_a_case():
    assert set(MECHANISMS) == set(BLOCKS) | set(PROCESSES)


@pytest.fixture(scope="module")
def world(small):
    """Worlds by what is set, each run once, with all their draws."""
    made: dict[Any, tuple[EcosystemModel, Draws]] = {}

    def get(values: dict[str, Any], name: str = "") -> tuple[EcosystemModel, Draws]:
        code = (name, *sorted((path, str(value)) for path, value in values.items()))
        if code not in made:
            with recorded_draws() as draws:
                model = run(small.with_values(values))
            if name or values:
                return model, draws
            made[code] = model, draws
        return made[code]

    return get


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_moves_its_quantities_and_nobody_elses_draws(world, monkeypatch, name):
    case = MECHANISMS[name]
    with_it, draws = world(case.needs)
    if case.without is None and name not in SWITCHED:
        monkeypatch.setattr(PROCESSES[name], "act", lambda model: None)
    switch = {f"{name}.enabled": False} if name in SWITCHED else {}
    without, other_draws = world(case.needs | (switch if case.without is None else case.without), name)
    for quantity, least, most in case.moved:
        before, after = quantity(with_it), quantity(without)
        assert before != after
        assert least * before <= after <= most * before, f"from {before:.6g} to {after:.6g}"
    common, different = common_draws(draws, other_draws)
    assert different == 0 and common > 0.99 * min(number_of_draws(draws), number_of_draws(other_draws)) > 0
    if name != "population":
        mine, theirs = by_key(with_it), by_key(without)
        for column in ("key", "founded", "quality", "sector"):
            assert np.array_equal(
                mine[column][mine["kind"] == FounderKind.BASE], theirs[column][theirs["kind"] == FounderKind.BASE]
            )


@pytest.mark.parametrize("name", SWITCHED)
def test_a_switch_is_on_unless_a_mechanism_is_on_trial(small, name):
    default = not issubclass(BLOCKS[name], Trial)
    assert small.with_values({f"{name}.enabled": default}).digest == small.digest
    assert small.with_values({f"{name}.enabled": not default}).history_digest != small.history_digest


def test_without_any_mechanism_only_founders_and_their_money_are_left(small):
    alone = run(small.with_values({f"{name}.enabled": False for name in SWITCHED}), check_accounts=True)
    startups = alone.startups
    assert startups.count == startups.founded_total == len(alone.bundle.base_founders().key)
    assert not startups.ties.any() and not startups.hours.any() and (startups.hub < 0).all()
    assert {"population.number", "revenue.shock"} <= set(alone.streams.names)
    # Desks look up the words of their streams each month, whether or not anybody comes.
    expected = ("population.", "revenue.", "grants.", "loans.", "equity.")
    assert all(name.startswith(expected) for name in alone.streams.names)
    assert not any((everyone(alone)[column] >= 0).any() for column in ("grant", "honour_loan", "equity"))


def test_who_begins_again_has_the_key_and_the_means_that_any_founder_would_have(today):
    model = EcosystemModel(today.with_values({"time.start": "2022-01", "time.present": "2023-06"}))
    model.run_until(17)
    world = model.bundle
    world.month = max(world.refounders)
    (parents,) = world.refounders[world.month]
    refounding.act(world)
    (founded,) = world.newcomers
    order = np.argsort(parents.key)
    attempt = parents.kept[order, refounding.KEPT.index("attempt")] + 1
    key = combine(world.streams.world, FounderKind.REFOUNDED, parents.key[order], attempt)
    assert key.size > 0 and np.array_equal(founded.key, key)
    assert np.array_equal(founded["attempt"], attempt)
    for name, expected in starting_resources(world, world.month, key).items():
        assert founded[name] == pytest.approx(expected, rel=1e-12)
