"""Films of worlds, made once and watched by many; a film without viewers is not finished."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import aclosing
from typing import Any, NamedTuple

from sim.page.frames import FRAME_SERIES, STARTUP_STATES, past_parts
from sim.page.lives import life, number_of
from sim.page.pool import Pool, Ticket
from sim.page.slots import Slots
from sim.page.worker import FilmPart, FilmYear, past_of
from sim.processes.fairs import FIRST_FAIR
from sim.scenario import Scenario

FILMS_KEPT = 12
"""Number of films in memory (20 MB each, less where policies share a past); an older one is made again on request."""
PASTS_KNOWN = 8
"""Number of pasts in memory that films of other policies go on from."""
LOWEST_RANK = 8
"""Rank of the ninth part of a film and of later ones: whoever has seen less comes first."""


class FilmError(RuntimeError):
    """The world could not be run."""


class Which(NamedTuple):
    """A startup: its number in a film or, `by_key`, the key that it has under every policy of this world."""

    value: int
    by_key: bool = False


class Film:
    """The parts of one world so far; the first ones may be another film's with the same past."""

    def __init__(self, scenario: Scenario, seed: int, past: tuple[FilmPart, ...] = ()):
        self.scenario, self.seed = scenario, seed
        self.parts = list(past)
        self.known = len(past)
        self.failed = False
        self.watchers = 0
        self.asked = 0
        self.ticket: Ticket | None = None
        self.more = asyncio.Event()

    @property
    def key(self) -> Hashable:
        """What it is a film of."""
        return self.scenario.digest, self.seed

    @property
    def whole(self) -> bool:
        """Whether the last part has arrived."""
        return bool(self.parts) and self.parts[-1].year.last

    @property
    def ready(self) -> int:
        """Number of parts that can be shown: before its own first part, nobody knows its hubs."""
        return len(self.parts) if len(self.parts) > self.known else 0

    def take(self, part: Any) -> None:
        """Take a part that has arrived, or the failure in its place."""
        if isinstance(part, FilmPart):
            self.parts.append(part)
        else:
            self.failed = True
        more, self.more = self.more, asyncio.Event()
        more.set()

    def as_json(self, number: int) -> str:
        """A part as the page reads it."""
        newest = self.parts[-1].year
        head = {
            "hubs": newest.hubs,
            "funders": newest.funders,
            "states": STARTUP_STATES,
            "series": FRAME_SERIES,
            "present": self.scenario.present,
            "end": self.scenario.end,
            "first_fair": FIRST_FAIR,
            "last": self.parts[number].year.last,
        }
        return f'{json.dumps(head, separators=(",", ":"))[:-1]},"frames":{self.parts[number].text}}}'


class Films:
    """The newest films, by scenario and seed."""

    def __init__(self, pool: Pool):
        self.pool = pool
        self.slots = Slots(pool.size)
        self.films: OrderedDict[Hashable, Film] = OrderedDict()
        self.pasts: OrderedDict[Hashable, tuple[tuple[FilmPart, ...], set[int]]] = OrderedDict()
        self.waiting: OrderedDict[Hashable, Film] = OrderedDict()

    def film(self, scenario: Scenario, seed: int) -> Film:
        """The film of a world, as far as it is made."""
        key = scenario.digest, seed
        film = self.films.get(key)
        if film is None or film.failed:
            past, _ = self.pasts.get(past_of(scenario, seed), ((), set()))
            film = self.films[key] = Film(scenario, seed, past)
        self.films.move_to_end(key)
        for old in [key for key, one in self.films.items() if not one.watchers and one is not film]:
            if len(self.films) <= FILMS_KEPT:
                break
            del self.films[old]
        return film

    async def watch(self, scenario: Scenario, seed: int, future: bool = False) -> AsyncIterator[str]:
        """The parts of a film as JSON; closing the iterator cancels parts that nobody else watches.

        Args:
            scenario: the policy.
            seed: root seed.
            future: whether to leave out the parts before the present, which the visitor knows from another policy.

        Raises:
            FilmError: the world could not be run.
        """
        film = self.film(scenario, seed)
        film.watchers += 1
        try:
            shown = past_parts(scenario) if future else 0
            while True:
                while shown < film.ready:
                    yield film.as_json(shown)
                    shown += 1
                if film.whole:
                    return
                if film.failed:
                    raise FilmError
                more = film.more
                self._shoot(film)
                await more.wait()
        finally:
            film.watchers -= 1
            if film.watchers == 0:
                self._pause(film)

    def _shoot(self, film: Film) -> None:
        """Request the next part unless it has been requested.

        A film without a slot waits for one, and one that has not begun for a past that another film is making.
        """
        if film.ticket is not None:
            return
        if self._past_is_made_for(film):
            self.waiting[film.key] = film
            return
        past, lanes = self.pasts.get(past_of(film.scenario, film.seed), ((), set()))
        if past and not film.parts:  # another film has made it while this one waited
            film.parts, film.known = list(past), len(past)
        slot = self.slots.take(film.key, lanes)
        if slot is None:
            self.waiting[film.key] = film
            return
        loop, number = asyncio.get_running_loop(), len(film.parts)
        film.asked += 1
        asked = film.asked  # and not the ticket, which would keep the film in memory: it knows this function

        def arrived(part: Any) -> None:
            if film.ticket is not None and film.asked == asked:
                film.ticket = None
                film.take(part)
                self._arrived(film, slot.lane)

        def deliver(part: Any) -> None:
            loop.call_soon_threadsafe(arrived, part)

        film.ticket = self.pool.submit(
            FilmYear(film.scenario, film.seed, number, slot.place),
            deliver,
            home=slot.lane,
            rank=min(number - film.known, LOWEST_RANK),
        )

    def _past_is_made_for(self, film: Film) -> bool:
        key, past = past_of(film.scenario, film.seed), past_parts(film.scenario)
        return not film.parts and any(
            one is not film and one.ticket is not None and len(one.parts) < past
            for one in self.films.values()
            if past_of(one.scenario, one.seed) == key
        )

    def _arrived(self, film: Film, lane: int) -> None:
        """Keep the past of a film, go on with the film, or free its slot."""
        past = past_parts(film.scenario)
        if past and len(film.parts) == past:
            key = past_of(film.scenario, film.seed)
            _, lanes = self.pasts.get(key, ((), set()))
            self.pasts[key] = tuple(film.parts), lanes | {lane}
            self.pasts.move_to_end(key)
            while len(self.pasts) > PASTS_KNOWN:
                self.pasts.popitem(last=False)
        if film.whole or film.failed:
            self.slots.end(film.key)
            self._next()
        elif film.watchers:
            self._shoot(film)
        if past and len(film.parts) == past:
            self._next()

    def _pause(self, film: Film) -> None:
        """Give up what nobody watches."""
        self.waiting.pop(film.key, None)
        if film.ticket is not None:
            film.ticket.give_up()
            film.ticket = None
        self.slots.pause(film.key)
        self._next()

    def _next(self) -> None:
        """A slot may be free, or a past known: the films that have waited longest go on, the others wait in order."""
        waiting, self.waiting = self.waiting, OrderedDict()
        for film in waiting.values():
            self._shoot(film)

    async def life(
        self, scenario: Scenario, seed: int, which: Which, left: Callable[[], Awaitable[bool]]
    ) -> dict[str, Any] | None:
        """The life of a startup as far as the film goes; None when it is not in the film, or the visitor has `left`.

        Raises:
            FilmError: a film that was no longer kept could not be made again.
        """
        film = self.film(scenario, seed)
        found = _life(film, which)
        if found is None and not film.whole:
            async with aclosing(self.watch(scenario, seed)) as parts:  # type: ignore[type-var]
                async for _ in parts:
                    if await left():
                        return None
            found = _life(film, which)
        return found


def _life(film: Film, which: Which) -> dict[str, Any] | None:
    lives = [part.year.lives for part in film.parts]
    number = number_of(lives, which.value) if which.by_key else which.value
    return None if number is None else life(lives, number, film.scenario.start)
