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


def test_each_worker_but_the_first_goes_ahead_from_another_process(acted, monkeypatch):
    monkeypatch.setattr(rehearsal, "_nothing_is_compiled", lambda: True)
    begun = []
    names = [process.__name__ for process in LIVING]
    for number in range(4):
        acted.clear()
        get_ready(4, number)
        assert acted == names[len(names) - len(acted) :]
        begun.append(acted[0] if acted else None)
    assert begun[0] is None, "the first begins its world, in the order of the month"
    assert begun[1:] == [names[number * len(names) // 6] for number in (1, 2, 3)]


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
