"""Every lever moves a mechanism's own quantity in the direction that its meaning says.

A world is forked at the present and continued until December 2027, once without and once with the lever.
A lever without a case here must move something; one that moves nothing fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from laboratory import branch, differences, everyone, run, series

from sim.declare import Declaration
from sim.model.ecosystem import EcosystemModel
from sim.scenario import schema

Quantity = Callable[[EcosystemModel], float]


def total(name: str) -> Quantity:
    """Sum of a national series over the months after present."""
    return lambda model: series(model, name)[model.scenario.present_months :].sum()


def last(name: str) -> Quantity:
    return lambda model: series(model, name)[-1]


def cost(kind: str) -> Quantity:
    return total(f"cost_{kind}")


def residents_mean(name: str) -> Quantity:
    """Mean of a column over those who have been residents for at least 12 months."""

    def mean(model: EcosystemModel) -> float:
        startups = model.startups
        return getattr(startups, name)[(startups.hub >= 0) & (model.month - startups.admitted >= 12)].mean()

    return mean


def residents_at(*hubs: str) -> Quantity:
    return lambda model: sum(hub.residents for hub in model.hubs if hub.name in hubs)


def score_of_admitted(model: EcosystemModel) -> float:
    columns = everyone(model)
    return columns["score"][columns["admitted"] >= model.scenario.present_months].mean()


def longest_stay(model: EcosystemModel) -> float:
    inside = model.startups.hub >= 0
    return (model.month - model.startups.admitted[inside]).max()


def hours_outside(model: EcosystemModel) -> float:
    """Hours of those who were never admitted to a hub."""
    return model.startups.hours[model.startups.admitted < 0].sum()


def oldest_remote(model: EcosystemModel) -> float:
    startups = model.startups
    served = (startups.admitted < 0) & (startups.hours > 0)
    return (model.month - startups.founded[served]).max()


def hub_hours(model: EcosystemModel) -> float:
    return sum(hub.mentor_hours for hub in model.hubs)


def fees(model: EcosystemModel) -> float:
    """What startups paid for fairs since the present."""
    months = model.ledger.months[model.scenario.present_months :]
    return sum(flows.get(("startups", "organisers", "fair fees"), 0.0) for flows in months)


def outside_centre(column: str) -> Quantity:
    """Share of those funded since January 2025 that are outside the regions of Casablanca and Rabat."""

    def share(model: EcosystemModel) -> float:
        columns = everyone(model)
        funded = columns[column] >= model.months_until("2025-01")
        return (~model.central_region[columns["region"][funded]]).mean()

    return share


@dataclass(frozen=True)
class Case:
    """What is set, what moves, and by how much.

    Args:
        values: the lever, with what it needs.
        quantity: what moves.
        low, high: bounds of the quantity with the lever, relative to without it (absolute if that is 0).
        needs: what is set in both worlds.
    """

    values: dict[str, Any]
    quantity: Quantity
    low: float = -np.inf
    high: float = np.inf
    needs: dict[str, Any] = field(default_factory=dict)


MIX = "accompaniment.mix"
LEVERS: dict[str, list[Case]] = {
    "network.openings": [
        Case({"network.openings": [{"hub": "Fès", "opens": "2025-01"}]}, last("residents"), low=1.03),
        Case({"network.openings": [{"hub": "Fès", "opens": "2025-01"}]}, last("outside_centre"), low=1.03),
        Case({"network.openings": [{"hub": "Nador", "opens": "2025-01", "places": 40}]}, last("places"), 1.06, 1.07),
        Case({"network.openings": [{"hub": "Fès", "opens": "2025-01", "mentor_hours": 100}]}, hub_hours, 1.02, 1.021),
    ],
    "network.hubs_by_2027": [
        Case({"network.hubs_by_2027": 10}, last("places"), 836 / 624, 836 / 624),
        Case({"network.hubs_by_2027": 8}, last("places"), 750 / 624, 750 / 624),
        Case({"network.hubs_by_2027": 10}, last("residents"), low=1.05),
    ],
    "network.closures": [
        Case({"network.closures": [{"hub": "Rabat", "closes": "2025-01"}]}, residents_at("Rabat"), 0, 0),
        Case({"network.closures": [{"hub": "Rabat", "closes": "2025-01"}]}, last("residents"), high=0.9),
    ],
    "admission.rule": [Case({"admission.rule": "ranked"}, score_of_admitted, low=1.05)],
    "admission.stay": [
        Case({"admission.stay": 24}, longest_stay, high=0.45),
        Case({"admission.stay": 24}, total("admissions"), low=1.3),
        Case({"admission.stay": 24}, total("graduations"), low=1.3),
    ],
    "accompaniment.hours_per_startup": [
        Case({"accompaniment.hours_per_startup": 16}, total("hours_received"), 1.9, 2.1),
        Case({"accompaniment.hours_per_startup": 16}, residents_mean("skills"), low=1.01),
        Case({"accompaniment.hours_per_startup": 2}, residents_mean("skills"), high=0.97),
        Case({"accompaniment.hours_per_startup": 16}, cost("mentors"), 2, 2),
    ],
    "accompaniment.mix.finance": [
        Case({MIX: {"finance": 0.8, "market_access": 0.1, "skills": 0.1}}, residents_mean("finance"), low=1.05),
        Case({MIX: {"finance": 0.8, "market_access": 0.1, "skills": 0.1}}, residents_mean("skills"), high=0.95),
    ],
    "accompaniment.mix.market_access": [
        Case({MIX: {"finance": 0.1, "market_access": 0.8, "skills": 0.1}}, residents_mean("market_access"), low=1.05)
    ],
    "accompaniment.mix.skills": [
        Case({MIX: {"finance": 0.1, "market_access": 0.1, "skills": 0.8}}, residents_mean("skills"), low=1.05)
    ],
    "accompaniment.mix.contacts": [Case({f"{MIX}.contacts": 3}, residents_mean("ties"), low=1.5)],
    "accompaniment.mentor_hours_total": [
        Case({"accompaniment.mentor_hours_total": 2496}, hub_hours, 0.5, 0.5),
        Case({"accompaniment.mentor_hours_total": 2496}, cost("mentors"), 0.5, 0.5),
        Case({"accompaniment.mentor_hours_total": 2496}, last("hours_received"), 0.5, 0.8),
        Case({"accompaniment.mentor_hours_total": 2496}, residents_mean("skills"), high=0.995),
    ],
    "accompaniment.remote_fraction": [
        Case({"accompaniment.remote_fraction": 0.25}, total("remote_hours"), low=1e5),
        Case({"accompaniment.remote_fraction": 0.25}, hours_outside, low=1000),
        Case({"accompaniment.remote_fraction": 0.25}, last("competence_skills"), low=1.005),
    ],
    "accompaniment.remote_oldest": [
        Case(
            {"accompaniment.remote_oldest": 12}, oldest_remote, 11 / 59, 11 / 59, {"accompaniment.remote_fraction": 0.5}
        )
    ],
    "fairs.places": [
        Case({"fairs.places": 400}, total("fair_places"), 2, 2),
        Case({"fairs.places": 400}, total("export_entries"), low=1.001),
    ],
    "fairs.hub_share": [Case({"fairs.hub_share": 0.75}, total("fair_places_residents"), 3, 3)],
    "fairs.subsidy": [
        Case({"fairs.subsidy": 0.0}, fees, 19.9, 20.1),
        Case({"fairs.subsidy": 0.0}, cost("fairs"), 0, 0),
    ],
    "missions.per_year": [
        Case({"missions.per_year": 4}, total("mission_places"), low=500),
        Case({"missions.per_year": 4}, total("export_attempts"), low=1.01),
        Case({"missions.per_year": 4}, cost("missions"), low=1000),
    ],
    "missions.places": [
        Case({"missions.places": 1}, total("mission_places"), high=0.5, needs={"missions.per_year": 2}),
        Case({"missions.places": 1}, total("export_attempts"), high=0.995, needs={"missions.per_year": 2}),
    ],
    "grants.envelope_factor": [
        Case({"grants.envelope_factor": 2}, total("grants"), low=1.5),
        Case({"grants.envelope_factor": 2}, total("grant_amount"), low=1.5),
    ],
    "grants.regional_quota": [Case({"grants.regional_quota": 0.9}, outside_centre("grant"), low=1.3)],
    "loans.envelope_factor": [
        Case({"loans.envelope_factor": 0.5}, total("loans"), high=0.7),
        Case({"loans.envelope_factor": 0.5}, total("loan_amount"), high=0.7),
    ],
    "equity.envelope_factor": [
        Case({"equity.envelope_factor": 0.5}, total("deals"), high=0.75),
        Case({"equity.envelope_factor": 2}, total("deal_amount"), low=1.1),
    ],
    "equity.regional_quota": [Case({"equity.regional_quota": 0.9}, outside_centre("equity"), low=1.3)],
}


OTHERS = [path for path in schema().levers if path not in LEVERS]
"""Levers without a case here: they must move something; what, their process's own tests say."""


def another(declared: Declaration) -> Any:
    """A value that the lever does not have by default."""
    low, high = declared.range
    values = declared.choices or ([False, True] if isinstance(declared.default, bool) else [low, high])
    found = next((value for value in values if value not in (declared.default, -np.inf, np.inf)), None)
    assert found is not None, f"{declared.path} needs a case in LEVERS: its values are no numbers, words or flags"
    return type(declared.default)(found)


def test_every_case_is_of_a_lever(today):
    assert set(LEVERS) <= set(today.schema.levers)


@pytest.mark.parametrize("lever", OTHERS)
def test_a_lever_without_a_case_of_its_own_moves_something(small, lever):
    block, declared = lever.partition(".")[0], schema().declarations[lever]
    needs = {f"{block}.enabled": True} if f"{block}.enabled" in schema().declarations else {}
    assert differences(*(run(small.with_values(needs | values)) for values in ({}, {lever: another(declared)})))


def test_what_a_lever_without_a_case_is_set_to():
    found = {
        path: another(schema().declarations[path]) for path in ("admission.rule", "fairs.places", "grants.enabled")
    }
    assert found == {"admission.rule": "ranked", "fairs.places": 0, "grants.enabled": False}
    with pytest.raises(AssertionError, match=r"network.openings needs a case"):
        another(schema().declarations["network.openings"])


@pytest.fixture(scope="module")
def worlds(world_now, short, world_short):
    """Worlds by what is set, each run once."""
    made = {(): world_short}

    def world(values: dict[str, Any]) -> EcosystemModel:
        name = tuple(sorted((path, str(value)) for path, value in values.items()))
        if name not in made:
            made[name] = branch(world_now, short.with_values(values))
        return made[name]

    return world


@pytest.mark.parametrize(
    ("lever", "number"), [(lever, number) for lever, cases in LEVERS.items() for number in range(len(cases))]
)
def test_a_lever_moves_its_quantity(worlds, lever, number):
    case = LEVERS[lever][number]
    assert any(lever == path or lever.startswith(f"{path}.") for path in case.values)
    without, with_lever = worlds(case.needs), worlds(case.needs | case.values)
    before, after = case.quantity(without), case.quantity(with_lever)
    assert after != before
    moved = after / before if before else after
    assert case.low * (1 - 1e-9) <= moved <= case.high * (1 + 1e-9), f"from {before:.6g} to {after:.6g}"


def test_half_the_staff_is_half_the_hours_where_hubs_are_full(worlds):
    """`m = I min(1, H / (I n))`: with H halved, a full hub gives half the hours, a half-empty one as many."""
    plain, halved = worlds({}), worlds({"accompaniment.mentor_hours_total": 2496})
    for one, other in zip(plain.hubs, halved.hubs, strict=True):
        hours = halved.startups.hours[halved.startups.hub == other.index]
        assert np.allclose(hours, 8 * min(1, other.places * 4 / (8 * other.residents)))
        assert other.mentor_hours == one.mentor_hours / 2
