"""The worlds of the page: those of `compare`, bit for bit, however they are run, stopped and remembered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from sim.declare.calendar import months_between
from sim.model import bundle as bundles
from sim.model.bundle import Bundle
from sim.page import worker
from sim.page.running import Stopped
from sim.page.worker import Compare, Memory, WorldPair
from sim.parameters.draw import Draw
from sim.parameters.draws import POSTERIOR, draws_of
from sim.scenario import Scenario, load_scenario
from sim.studies.study import Chunk
from sim.studies.worlds import RunResult, run_policies

WORLDS = 3


@pytest.fixture(scope="module")
def against() -> Scenario:
    """Today in a short history; its parameters are the defaults, which a draw replaces."""
    times = {"time.start": "2018-01", "time.present": "2020-06", "time.end": "2025-06"}
    return load_scenario("builtin:today").with_values(times)


@pytest.fixture(scope="module")
def policy(against) -> Scenario:
    """It opens a hub and has larger fairs."""
    openings = [{"hub": "Fès", "opens": "2021-01", "places": 66}]
    return against.with_values({"network.openings": openings, "fairs.places": 260}, key="more")


@pytest.fixture(scope="module", params=["posterior", "fixed"])
def draws(request) -> Callable[[int], Draw | None]:
    """The draw of each world."""
    return draws_of(POSTERIOR).of if request.param == "posterior" else lambda replication: None


@pytest.fixture(scope="module")
def compared(policy, against, draws) -> list[dict[str, RunResult]]:
    """Both policies in each world, as `hubsim compare` runs them."""
    return [runs_of_compare(number, draws, against, policy) for number in range(WORLDS)]


def runs_of_compare(number: int, draws: Any, against: Scenario, *policies: Scenario) -> dict[str, RunResult]:
    chunk = Chunk("one", number, (against, *policies), draws(number), against.key)
    return {run.scenario: run for run in run_policies(chunk, 1, ("monthly",))}


def stays() -> bool:
    return False


def leaves_after(months: int) -> Callable[[], bool]:
    patience = iter([False] * months)
    return lambda: next(patience, True)


def asked(task: Compare, memory: Memory, stopped: Callable[[], bool] = stays) -> WorldPair:
    """The pair of a task."""
    [pair] = task.parts(memory, stopped)
    return pair


def assert_same(pair: WorldPair, runs: dict[str, RunResult], policy: Scenario, against: Scenario) -> None:
    """Every outcome, every month of a series and every channel has the same bits."""
    for shown, scenario in ((pair.policy, policy), (pair.against, against)):
        run = runs[scenario.key]
        assert shown.outcomes is not None
        assert_equal(shown.outcomes, {name: value for name, value in run.outcomes.items() if worker.is_shown(name)})
        monthly = run.series["monthly"]
        exporters = monthly["exporters"][monthly["month"] >= worker.SHOWN_FROM]
        row = shown.series[worker.COMPARED_SERIES.index("exporters")]
        assert np.array_equal(row, exporters.astype(np.float32), equal_nan=True)
    assert_equal(pair.channels, runs[policy.key].channels)


def assert_equal(found: dict[str, float], expected: dict[str, float]) -> None:
    assert list(found) == list(expected)
    assert np.array_equal(list(found.values()), list(expected.values()), equal_nan=True)


def test_a_pair_beside_each_other_is_that_of_compare(policy, against, draws, compared):
    """Also against a reference that has been run before, and the other way round."""
    memory = Memory()
    for number, runs in enumerate(compared):
        for _ in range(2):
            assert_same(asked(Compare(policy, against, 1, number, draws(number)), memory), runs, policy, against)
        assert len(memory.lived) == number + 1
    same = asked(Compare(against, against, 1, 0, draws(0)), memory)
    assert same.policy is same.against and same.channels == {}
    turned = asked(Compare(against, policy, 1, 0, draws(0)), memory)
    assert_equal(turned.against.outcomes, asked(Compare(policy, against, 1, 0, draws(0)), memory).policy.outcomes)


def test_a_reference_that_has_been_run_is_not_run_again(policy, against, draws, monkeypatch):
    lived: list[int] = []
    live = Bundle.live
    monkeypatch.setattr(Bundle, "live", lambda bundle, month: [lived.append(bundle.policies), live(bundle, month)])
    memory, future = Memory(), against.months - against.present_months
    for places, expected in ((250, {1: against.present_months, 2: future}), (260, {1: future}), (270, {1: future})):
        asked(Compare(policy.with_values({"fairs.places": places}), against, 1, 0, draws(0)), memory)
        assert Counter(lived) == expected, "and their past is run once"
        lived.clear()


def test_a_first_look_is_the_beginning_of_the_whole(policy, against, draws, compared, monkeypatch):
    monkeypatch.setattr(worker, "FIRST_LOOK", "2022-12")
    memory, months = Memory(), months_between(worker.SHOWN_FROM, "2022-12") + 1
    for number, runs in enumerate(compared):
        look = asked(Compare(policy, against, 1, number, draws(number), look=True), memory)
        whole = asked(Compare(policy, against, 1, number, draws(number)), memory)
        assert not look.ended and look.channels == {}
        assert_same(whole, runs, policy, against)
        for early, late in ((look.policy, whole.policy), (look.against, whole.against)):
            assert early.series.shape[1] == months
            assert np.array_equal(early.series, late.series[:, :months], equal_nan=True)
        assert not memory.paused


@pytest.mark.parametrize("between", ["nothing", "the reference is run", "the reference is run, and dropped"])
def test_work_that_is_stopped_goes_on_where_it_was(policy, against, draws, compared, between):
    """In the past and in the midst of both policies."""
    task, memory, asking = Compare(policy, against, 1, 0, draws(0)), Memory(), count()
    patience = (10, 25, 20)
    for months in patience:
        with pytest.raises(Stopped):
            asked(task, memory, leaves_after(months))
    if between != "nothing":
        asked(Compare(against, against, 1, 0, draws(0)), memory)
    if between == "the reference is run, and dropped":
        memory.lived.clear()
    assert_same(asked(task, memory, lambda: next(asking) < 0), compared[0], policy, against)
    assert next(asking) == against.months - sum(patience)


def test_a_policy_that_was_stopped_begins_anew_when_its_reference_is_forgotten(policy, against, draws, compared):
    task, memory = Compare(policy, against, 1, 0, draws(0)), Memory()
    asked(Compare(against, against, 1, 0, draws(0)), memory)
    with pytest.raises(Stopped):
        asked(task, memory, leaves_after(20))
    memory.lived.clear()
    assert_same(asked(task, memory), compared[0], policy, against)


def test_policies_that_end_in_different_months_are_those_of_compare(policy, against, draws):
    """Also where the last year, which is kept startup by startup, begins before the present."""
    for end in ("2025-12", "2020-12"):
        other = policy.with_values({"time.end": end}, key="other")
        runs = runs_of_compare(0, draws, against, other)
        memory = Memory()
        for task in (Compare(against, against, 1, 0, draws(0)), Compare(other, against, 1, 0, draws(0))):
            pair = asked(task, memory)
        assert_equal(pair.channels, runs["other"].channels)
        for shown, run in ((pair.policy, runs["other"]), (pair.against, runs[against.key])):
            assert_equal(shown.outcomes, {name: value for name, value in run.outcomes.items() if worker.is_shown(name)})


def test_a_process_of_single_worlds_has_each_policy_in_turn(policy, against, draws, monkeypatch):
    class Guest:
        @staticmethod
        def act(model):
            model.startups.cash[:] += 1.0

    monkeypatch.setattr(bundles, "LIVING", (*bundles.LIVING, Guest))
    pair = asked(Compare(policy, against, 1, 0, draws(0)), Memory())
    assert_same(pair, runs_of_compare(0, draws, against, policy), policy, against)
