"""The order in which the processes of the page work, without a process."""

from __future__ import annotations

import threading
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from sim.page import ensemble
from sim.page.ensemble import Ensemble, Question
from sim.page.pool import BACKGROUND, BETWEEN, REST, Pool, Ticket


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
    queue = SimpleNamespace(_changed=threading.Lock(), _queues=[[]], _resting=0)
    resumes, whole = SimpleNamespace(resumes=True), SimpleNamespace(resumes=False)

    def urgent(running: int, waiting: int, task: Any = resumes) -> bool:
        queue._queues[0] = [Ticket(waiting, 1, None, print, print)]
        return Pool.urgent(queue, 0, Ticket(running, 2, task, print, print))

    assert urgent(3, 0) and urgent(BACKGROUND, 5) and urgent(BACKGROUND + 7, 0)
    assert not (urgent(0, 0) or urgent(3, 1) or urgent(BACKGROUND + 7, BACKGROUND) or urgent(3, 0, whole))


def test_cancelled_tasks_leave_the_queue_while_others_always_come_first(monkeypatch):
    """They know their visitors' films: a busy page kept them, and all that they knew, until it was idle."""
    monkeypatch.setattr("sim.page.pool._Lane", lambda pool, index: SimpleNamespace())
    pool, films = Pool(1), []
    for number in range(50):
        film = {number}
        pool.submit(None, lambda part, film=film: film.add(part), home=0, rank=5 + number).give_up()
        films.append(weakref.ref(film))
        pool.submit(number, print, home=0)
    del film
    assert pool.waiting() == 50 and pool.next_ticket(0).task == 0
    assert not any(film() for film in films)
    assert [pool.next_ticket(0).task for _ in range(49)] == [*range(1, 50)]


def test_background_tasks_leave_the_processors_to_a_page_that_is_opened(monkeypatch):
    now = [50.0]
    monkeypatch.setattr("sim.page.pool._Lane", lambda pool, index: SimpleNamespace())
    monkeypatch.setattr("sim.page.pool.time", SimpleNamespace(monotonic=lambda: now[0]))
    pool, resumes = Pool(1), SimpleNamespace(resumes=True)
    nobody, waits = (Ticket(rank, 1, resumes, print, print) for rank in (BACKGROUND, 3))
    assert not pool.urgent(0, nobody)
    pool.rest()
    assert pool.urgent(0, nobody) and not pool.urgent(0, waits)
    pool.submit("background", print, home=0, rank=BACKGROUND)
    pool.submit("visitor", print, home=0)
    assert pool.next_ticket(0).task == "visitor"
    waited = []

    def wait(seconds: float | None) -> None:
        waited.append(seconds)
        now[0] += seconds

    pool._changed.wait = wait
    assert pool.next_ticket(0).task == "background" and waited == [REST]
    pool.rest()  # at once again: background tasks are to have some time
    assert not pool.urgent(0, nobody)
    now[0] += BETWEEN
    pool.rest()
    assert pool.urgent(0, nobody)
