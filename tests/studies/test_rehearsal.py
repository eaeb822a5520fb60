"""Workers of a fresh clone compile different functions; where machine code is kept already, they only import."""

from __future__ import annotations

from functools import wraps

import pytest

from sim.processes import LIVING
from sim.studies import rehearsal
from sim.studies.execution import ProcessWorkers
from sim.studies.rehearsal import get_ready, rehearse


@pytest.fixture
def acted(monkeypatch):
    """The processes that acted, in their order; they do act, on a world without startups."""
    found: list[str] = []

    def watched(process):
        act = process.act

        @wraps(act)
        def noting(world):
            found.append(process.__name__)
            act(world)

        return noting

    for process in LIVING:
        monkeypatch.setattr(process, "act", watched(process))
    return found


def test_each_worker_but_the_first_goes_backwards_from_another_process(acted, monkeypatch):
    monkeypatch.setattr(rehearsal, "_nothing_is_compiled", lambda: True)
    orders = []
    for number in range(3):
        acted.clear()
        get_ready(3, number)
        orders.append(list(acted))
    backwards = [process.__name__ for process in reversed(LIVING)]
    half = len(backwards) // 2
    assert orders[0] == [], "the first begins its world, in the order of the month"
    assert orders[1:] == [backwards, backwards[half:] + backwards[:half]]


def test_nobody_compiles_where_machine_code_is_kept(acted):
    rehearse(2, 1)
    acted.clear()
    get_ready(2, 1)
    assert acted == []


def number_of(number):
    return number


def test_every_process_gets_ready():
    with ProcessWorkers(2) as crew:
        asked = []
        submit = crew.submit
        crew.submit = lambda work, task: asked.append(submit(work, task))
        crew.get_ready(number_of)
        assert [future.result() for future in asked] == [0, 1]
