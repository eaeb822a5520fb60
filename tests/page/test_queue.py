"""The order in which the processes of the page work, without a process."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from sim.page import ensemble
from sim.page.ensemble import Ensemble, Question
from sim.page.pool import BACKGROUND, Pool, Ticket


def test_first_looks_go_where_the_fewest_wait(small, monkeypatch):
    """Also when two thirds of the worlds in which the reference has been run are at home in one process."""
    monkeypatch.setattr("sim.page.pool._Lane", lambda pool, index: SimpleNamespace())
    pool = Pool(2)
    page = Ensemble(pool)
    page.pairs.update({ensemble._key(Question(small, small), replication): None for replication in (0, 2, 5)})
    homes = []
    for places in range(301, 317):
        asked = Question(small.with_values({"fairs.places": places}), small)
        homes.append(page._order(asked, None)[0])
        page._submit(asked, homes[-1], 0, print, look=True)
    assert set(homes) == {0, 2, 5} and pool.looks() == [8, 8]
    first = pool.next_ticket(1)
    assert pool.looks() == [8, 8], "what is being worked on counts"
    first.give_up()
    assert pool.looks() == [8, 7]


def test_what_somebody_waits_for_interrupts_what_nobody_waits_for_yet():
    queue = SimpleNamespace(_changed=threading.Lock(), _queues=[[]])
    resumes, whole = SimpleNamespace(resumes=True), SimpleNamespace(resumes=False)

    def urgent(running: int, waiting: int, task: Any = resumes) -> bool:
        queue._queues[0] = [Ticket(waiting, 1, None, print, print)]
        return Pool.urgent(queue, 0, Ticket(running, 2, task, print, print))

    assert urgent(3, 0) and urgent(BACKGROUND, 5) and urgent(BACKGROUND + 7, 0)
    assert not (urgent(0, 0) or urgent(3, 1) or urgent(BACKGROUND + 7, BACKGROUND) or urgent(3, 0, whole))
