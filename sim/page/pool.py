"""A few processes and one queue for all visitors.

A task has a home: the process that keeps the world it continues. Low ranks come first, so that each visitor gets a
first world before anybody gets a second; rank 0 interrupts tasks that can resume, and a task with a waiting visitor
interrupts background tasks. A cancelled task leaves the queue when the next task begins; when it is running, it stops
within a month of simulated time.
"""

from __future__ import annotations

import itertools
import logging
import math
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sim.page.running import Stopped
from sim.page.worker import Failure, serve
from sim.system.processes import isolated_spawn

log = logging.getLogger("hubsim.view")

BACKGROUND = 1000
"""Lowest rank of the tasks for which no visitor waits yet."""
REST, BETWEEN = 1.0, 0.25
"""Seconds for which background tasks leave the processors to the server and the browser when a page is opened, and the
least that they have until they do so again."""
MOST_TRIES = 2
"""Number of attempts for a task whose process dies."""
Deliver = Callable[[Any], None]
"""Called in a thread of the pool with each part of a result, or with a `Failure`."""


@dataclass(order=True)
class Ticket:
    """A task in the queue; its holder may cancel it."""

    rank: int
    number: int
    task: Any = field(compare=False)
    deliver: Deliver = field(compare=False)
    known: Callable[[], Any] = field(compare=False)
    wanted: bool = field(default=True, compare=False)
    tries: int = field(default=0, compare=False)

    def give_up(self) -> None:
        """Cancel: the result is no longer wanted."""
        self.wanted = False


class Pool:
    """Processes that own the models; see the module's docstring."""

    def __init__(self, size: int | None = None):
        self.size = size or max(1, min(os.cpu_count() or 1, 8))
        self._numbers = itertools.count(1)
        self._queues: list[list[Ticket]] = [[] for _ in range(self.size)]
        self._working: list[list[Ticket]] = [[] for _ in range(self.size)]
        self._changed = threading.Condition()
        self._rests_until = -math.inf
        self._open = True
        self._lanes = [_Lane(self, index) for index in range(self.size)]

    def submit(
        self, task: Any, deliver: Deliver, *, home: int, rank: int = 0, known: Callable[[], Any] = lambda: None
    ) -> Ticket:
        """Queue a task at the process `home` (modulo the size).

        Args:
            task: the work; see `sim.page.worker`.
            deliver: takes each part of the result.
            home: the process that keeps what the task needs.
            rank: lower ranks come first.
            known: called when its turn comes; returns a result that another visitor's task has produced meanwhile.
        """
        ticket = Ticket(rank, next(self._numbers), task, deliver, known)
        with self._changed:
            self._queues[home % self.size].append(ticket)
            self._changed.notify_all()
        return ticket

    def waiting(self) -> int:
        """Number of tasks with a waiting visitor that no process works on."""
        with self._changed:
            return sum(ticket.wanted for queue in self._queues for ticket in queue)

    def looks(self) -> list[int]:
        """Number of first looks at each process that are waiting or being worked on."""
        with self._changed:
            return [
                sum(ticket.wanted and ticket.rank == 0 for ticket in (*queue, *working))
                for queue, working in zip(self._queues, self._working, strict=True)
            ]

    def rest(self) -> None:
        """Somebody opens a page: background tasks pause until it is shown."""
        now = time.monotonic()
        if now >= self._rests_until + BETWEEN:
            self._rests_until = now + REST

    @property
    def _resting(self) -> float:
        """Seconds for which background tasks pause from now on."""
        return max(0.0, self._rests_until - time.monotonic())

    def urgent(self, lane: int, running: Ticket) -> bool:
        """Whether the running task, which can be stopped and resumed, should make room.

        For a task with a waiting visitor, or, as a background task, for a page that somebody opens.
        """
        if running.rank == 0 or not getattr(running.task, "resumes", False):
            return False
        below = BACKGROUND if running.rank >= BACKGROUND else 1
        with self._changed:
            return (below == BACKGROUND and self._resting > 0) or any(
                ticket.wanted and ticket.rank < below for ticket in self._queues[lane]
            )

    def again(self, lane: int, ticket: Ticket) -> None:
        """Return a task to the queue that was stopped for a more urgent one."""
        with self._changed:
            self._queues[lane].append(ticket)

    def close(self) -> None:
        """Stop all processes."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for lane in self._lanes:
            lane.stop()

    def next_ticket(self, lane: int) -> Ticket | None:
        """Wait for the next wanted task of a lane; returns None when the pool is closed."""
        with self._changed:
            self._working[lane] = []
            while self._open:
                queue = self._queues[lane] = [ticket for ticket in self._queues[lane] if ticket.wanted]
                resting = self._resting
                first = min(queue, default=None)
                if first is not None and not (resting and first.rank >= BACKGROUND):
                    queue.remove(first)
                    self._working[lane] = [first]
                    return first
                self._changed.wait(resting or None)
        return None


class _Lane:
    """One process and the thread that feeds it."""

    def __init__(self, pool: Pool, index: int):
        self.pool, self.index = pool, index
        self.context = multiprocessing.get_context("spawn")
        self.unwanted: Any = self.context.Value("q", 0, lock=False)
        self._start()
        self.thread = threading.Thread(target=self._feed, name=f"hubsim lane {index}", daemon=True)
        self.thread.start()

    def _start(self) -> None:
        self.connection, far_end = self.context.Pipe()
        self.process = self.context.Process(target=serve, args=(far_end, self.unwanted, self.pool.size), daemon=True)
        with isolated_spawn():
            self.process.start()
        far_end.close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.join(2)
        self.connection.close()

    def _feed(self) -> None:
        while (ticket := self.pool.next_ticket(self.index)) is not None:
            try:
                self._work(ticket)
            except Exception:
                log.exception("a visitor could not be told a result")

    def _work(self, ticket: Ticket) -> None:
        known = ticket.known()
        if known is not None:
            ticket.deliver(known)
            return
        try:
            self.unwanted.value = 0
            self.connection.send((ticket.number, ticket.task))
            while True:
                while not self.connection.poll(0.005):
                    if not ticket.wanted or self.pool.urgent(self.index, ticket):
                        self.unwanted.value = ticket.number
                _, part, last = self.connection.recv()
                if part is not None and not isinstance(part, Stopped):
                    if isinstance(part, Failure):
                        log.warning("a task failed: %s", part.error)
                    ticket.deliver(part)
                if last:
                    if isinstance(part, Stopped) and ticket.wanted:
                        self.pool.again(self.index, ticket)
                    return
        except (EOFError, OSError):
            if self.pool._open:
                log.warning("a process of the pool ended; another one takes its place")
                self.process.join(1)
                self._start()
                ticket.tries += 1
                if ticket.tries < MOST_TRIES:
                    self.pool.again(self.index, ticket)
                else:
                    ticket.deliver(Failure("the process ended"))
