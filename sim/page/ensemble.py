"""Two policies in the same worlds, shown after the first world and refined while a visitor looks.

The worlds are those of `hubsim compare`: replication r lives under the same draw of the parameters, and the same
functions compute the effects. The processes of the pool keep worlds at their present, replication r at process r; a
policy is run by continuing a copy. Pairs are remembered by their values, so that a policy that was looked at before
costs nothing again.
"""

from __future__ import annotations

import asyncio
from bisect import bisect
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from sim.page.marks import marks
from sim.page.picture import Picture, picture
from sim.page.pool import BACKGROUND, Pool, Ticket
from sim.page.worker import REPLICATIONS, Compare, Failure, WorldPair
from sim.parameters.draws import FIXED, POSTERIOR, Draws, draws_of
from sim.parameters.idle import idle_draws
from sim.scenario import Scenario

PAIRS_KEPT = 4000
WORTH_SHOWING = (1, 2, 4, 8, 16, 24, 36, 54, 81)
"""Numbers of worlds at which a new picture is shown."""
PAUSE = 0.12
"""Seconds between two pictures for one visitor."""


class PoolError(RuntimeError):
    """The worlds could not be run."""


class Question(NamedTuple):
    """A visitor's question: two policies, a seed, and the parameters of their worlds (`posterior` or `fixed`)."""

    policy: Scenario
    against: Scenario
    seed: int = 1
    parameters: str = POSTERIOR


class Key(NamedTuple):
    """The values by which a pair is remembered."""

    against: str
    parameters: str
    seed: int
    replication: int
    policy: str


class Ensemble:
    """All comparisons of the page, each in `replications` worlds."""

    def __init__(self, pool: Pool, replications: int = REPLICATIONS):
        self.pool, self.replications = pool, replications
        self.draws = {name: draws_of(name) for name in (POSTERIOR, FIXED)}
        self.idle = idle_draws(self.draws[POSTERIOR].frame)
        self.pairs: OrderedDict[Key, WorldPair] = OrderedDict()

    def prepare(self, asked: Question) -> None:
        """Run a comparison in the background, so that its worlds are ready for the first visitor."""
        for replication in range(self.replications):
            self._submit(asked, replication, BACKGROUND + replication, lambda part: None)

    @property
    def begun(self) -> bool:
        """Whether a world has been run since the start."""
        return bool(self.pairs)

    async def look(self, asked: Question, world: int | None = None) -> Picture:
        """The picture of one world as far as a first look goes, while a visitor drags a control.

        Args:
            asked: the question.
            world: the replication; else the first one in which the reference has been run.

        Raises:
            PoolError: the run failed.
        """
        replication = self._order(asked, world)[0]
        pair: Any = self.pairs.get(_key(asked, replication))
        if pair is None:
            loop = asyncio.get_running_loop()
            arrived: asyncio.Future[Any] = loop.create_future()

            def deliver(part: Any) -> None:
                if not arrived.done():
                    arrived.set_result(part)

            ticket = self._submit(asked, replication, 0, lambda part: loop.call_soon_threadsafe(deliver, part), True)
            try:
                pair = await arrived
            finally:
                ticket.give_up()
        return await asyncio.to_thread(self._picture, _worth_comparing({replication: pair}), asked)

    async def follow(
        self, asked: Question, world: int | None = None, *, patient: bool = False
    ) -> AsyncIterator[Picture]:
        """Pictures of a comparison, each with more worlds; closing the iterator cancels the remaining runs.

        Args:
            asked: the question.
            world: the replication with which it begins; visitors without one begin at different ones.
            patient: whether the visitor, who has seen the answer already, waits behind all others.

        Raises:
            PoolError: a run failed.
        """
        replications = self.replications
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        found: dict[int, WorldPair | Failure] = {}

        def note(replication: int, part: WorldPair | Failure) -> None:
            found[replication] = part
            changed.set()

        for replication in range(replications):
            known = self.pairs.get(_key(asked, replication))
            if known is not None:
                note(replication, known)
        tickets: list[Ticket] = []

        def ask(replication: int, rank: int, look: bool = False) -> None:
            part = found.get(replication)
            if not (isinstance(part, WorldPair) and part.ended):
                tickets.append(
                    self._submit(
                        asked,
                        replication,
                        rank,
                        lambda part: loop.call_soon_threadsafe(note, replication, part),
                        look,
                    )
                )

        order = self._order(asked, world)
        last = BACKGROUND if patient else 0
        ask(order[0], last, look=not patient)  # until this look is shown, the other processors serve the page
        shown = 0.0
        try:
            while shown < replications:
                await changed.wait()
                changed.clear()
                pairs = _worth_comparing(found)
                ended = len(pairs) * all(pair.ended for pair in pairs.values())
                if _worth_showing(len(pairs), ended, shown, replications):
                    begun, shown = shown > 0, ended or 0.5
                    yield await asyncio.to_thread(self._picture, pairs, asked)
                    if not begun:
                        for rank, replication in enumerate(order, last + 1):
                            ask(replication, rank)
                    await asyncio.sleep(PAUSE)
        finally:
            for ticket in tickets:
                ticket.give_up()

    def _picture(self, pairs: dict[int, WorldPair], asked: Question) -> Picture:
        return picture_of(pairs, asked, self.draws[asked.parameters], self.idle, self.replications)

    def _order(self, asked: Question, world: int | None) -> list[int]:
        """All worlds in turn, from one where the reference has been run if it has anywhere, or from `world`.

        Of these, from one whose process has the fewest visitors waiting for a first picture: soon after the start, few
        references have been run, and most of them may be at home in one process.
        """
        if world is not None:
            return [*range(world, self.replications), *range(world)]
        wanted = _key(asked, 0)
        keys = list(self.pairs)  # another thread adds to them
        ready = {key.replication for key in keys if key[:3] == wanted[:3]} or range(self.replications)
        waiting = self.pool.looks()
        fewest = min(waiting[one % len(waiting)] for one in ready)
        free = sorted(one for one in ready if waiting[one % len(waiting)] == fewest)
        first = free[int(asked.policy.digest[:8], 16) % len(free)]
        return [*range(first, self.replications), *range(first)]

    def _submit(self, asked: Question, replication: int, rank: int, deliver: Any, look: bool = False) -> Ticket:
        key = _key(asked, replication)

        def remember(part: Any) -> None:
            if isinstance(part, WorldPair) and part.ended:
                self.pairs[key] = part
                if len(self.pairs) > PAIRS_KEPT:
                    self.pairs.popitem(last=False)
            deliver(part)

        draw = self.draws[asked.parameters].of(replication)
        return self.pool.submit(
            Compare(asked.policy, asked.against, asked.seed, replication, draw, look),
            remember,
            home=replication,
            rank=rank,
            known=lambda: self.pairs.get(key),
        )


def picture_of(
    pairs: dict[int, WorldPair], asked: Question, under: Draws, idle: frozenset[int], wanted: int
) -> Picture:
    """The picture of some worlds.

    Args:
        pairs: the worlds by replication.
        asked: the question that they answer.
        under: the draws under which they live.
        idle: draws in which a spike turns a part of the model off.
        wanted: number of worlds in the last picture.
    """
    draws = [draw.number for draw in map(under.of, pairs) if draw is not None]
    found = picture(list(pairs.values()), asked.policy, asked.against, draws or None, idle)
    found.shown.update(wanted=wanted, replications=list(pairs))
    return found._replace(marks=marks(asked.policy, asked.against, draws))


def _key(asked: Question, replication: int) -> Key:
    return Key(asked.against.digest, asked.parameters, asked.seed, replication, asked.policy.digest)


def _worth_comparing(found: dict[int, WorldPair | Failure]) -> dict[int, WorldPair]:
    """Pairs that have ended, in the order of the worlds; while none has ended, all pairs as far as they are.

    Raises:
        PoolError: a run failed.
    """
    pairs = {}
    for replication, part in sorted(found.items()):
        if isinstance(part, Failure):
            raise PoolError(part.error)
        pairs[replication] = part
    return {replication: pair for replication, pair in pairs.items() if pair.ended} or pairs


def _worth_showing(pairs: int, ended: int, shown: float, most: int) -> bool:
    """Whether to show a picture: the first, the last, and one at each number of worlds that is worth showing."""
    if shown == 0:
        return pairs > 0
    return bisect(WORTH_SHOWING, ended) > bisect(WORTH_SHOWING, shown) or ended == most > shown
