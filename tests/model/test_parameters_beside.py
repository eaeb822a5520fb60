"""Policies that differ in any declared parameter: side by side they have the bits that they have alone, or are refused.

A parameter that a process declares is asked about here without being named: it is enough that it does something in the
country of `variants.lively`.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from laboratory import differences, run
from variants import DECLARED, FREE, OF_DRAWS, SHARED, beside, jumbled, lively, others

from sim.declare import UndeclaredError, parameter
from sim.errors import StudyError
from sim.model.branches import branches
from sim.model.bundle import Bundle
from sim.model.ecosystem import EcosystemModel
from sim.model.outcomes import measure
from sim.model.side_by_side import SideBySide
from sim.processes.reporting import reported
from sim.scenario import Scenario


@pytest.fixture(scope="module")
def base() -> Scenario:
    return lively()


@pytest.fixture(scope="module")
def alone(base) -> EcosystemModel:
    return run(base)


def differing(one: EcosystemModel, other: EcosystemModel) -> list[str]:
    """All that is not the same bit for bit, outcomes too."""
    first, second = (
        outcomes | {"reported": reported(0.5, model.scenario.parameters)}
        for model, outcomes in ((one, measure(one)), (other, measure(other)))
    )
    outcomes = [name for name in first if not np.array_equal(first[name], second[name], equal_nan=True)]
    return differences(one, other) + outcomes


@pytest.mark.parametrize("path", FREE)
def test_policies_that_differ_in_one_parameter_have_the_same_bits_alone_and_beside_others(path, base, alone):
    different = others(path, base)
    worlds = {one.key: run(one) for one in different} | {base.key: alone}
    acts = any(differing(worlds[one.key], alone) for one in different)
    assert acts != (path in OF_DRAWS), f"{path} does nothing in this country"
    found = beside([different[0], base, *different[1:]])
    assert {key: differing(found[key], worlds[key]) for key in worlds} == {key: [] for key in worlds}


@pytest.mark.parametrize("path", SHARED)
def test_policies_that_differ_in_a_shared_parameter_are_refused(path, base):
    now = base.values[path]
    changed = "2020-02" if path == "time.start" else not now if isinstance(now, bool) else 0.7 * now
    other = base.with_values({path: changed}, "other")
    with pytest.raises(StudyError, match=f"must agree on {path}, but lively has .* and other has .*: what it makes"):
        SideBySide.begin([base, base, other], 1, 0)


@pytest.mark.parametrize("seed", range(6))
def test_policies_that_differ_in_all_free_numbers_have_the_same_bits(seed, base):
    different = jumbled(base, 5, seed, width=(1.5, 3, 30)[seed % 3])
    found = beside(different)
    assert {one.key: differing(found[one.key], run(one)) for one in different} == {one.key: [] for one in different}


def test_the_past_has_the_shared_parameters_only(base):
    past = Bundle([base], 1, 0).past
    assert past.population.scale == base.values["population.scale"] and past.time.start == base.start
    with pytest.raises(UndeclaredError, match=r"shared parameter 'population.scales'; did you mean 'population.scale'"):
        past.population.scales  # noqa: B018 (it is asked for)
    with pytest.raises(UndeclaredError, match=r"shared parameter 'contacts.rate_inside'.* world\.rates"):
        past.contacts.rate_inside  # noqa: B018
    with pytest.raises(UndeclaredError, match="shared parameter 'exports'"):
        past.exports  # noqa: B018


def test_a_lever_cannot_be_shared():
    assert not any(DECLARED[path].lever for path in SHARED)
    with pytest.raises(ValueError, match="a lever cannot be shared"):
        parameter(1.0, unit="-", meaning="A share.", origin="assumed: a test", lever=True, shared=True)


@pytest.mark.slow
@pytest.mark.parametrize("path", FREE)
def test_one_parameter_in_a_large_country_in_any_order(path):
    base = lively(**{"population.scale": 1.0, "time.start": "2016-01", "time.end": "2027-12"})
    different = others(path, base)
    low, high = DECLARED[path].range
    if (
        isinstance(base.values[path], float)
        and np.isfinite([low, high]).all()
        and not path.startswith("accompaniment.mix")
    ):
        different += [base.with_values({path: end}, f"end-{end}") for end in (low, high) if end != base.values[path]]
    worlds = {one.key: run(one) for one in (base, *different)}
    for order in (different, different[::-1]):
        found = beside([base, *order])
        assert {key: differing(found[key], worlds[key]) for key in worlds} == {key: [] for key in worlds}
    for pair in permutations((base, different[-1])):
        found = beside(pair)
        assert {key: differing(found[key], worlds[key]) for key in found} == {key: [] for key in found}


@pytest.mark.slow
def test_all_levers_branch_off_one_past():
    base = lively(**{"population.scale": 1.0})
    different = [
        one.with_values({}, f"{path}-{number}")
        for path in FREE
        if DECLARED[path].lever
        for number, one in enumerate(others(path, base))
    ]
    past = EcosystemModel(base, check_accounts=True)
    past.run_until(base.present_months)
    count = 0
    for model in branches(past, [base, *different]):
        assert model.check_accounts and not differing(model, run(model.scenario))
        count += 1
    assert count == 1 + len(different)
