"""Films of worlds, made once and watched by many; a film without viewers is not finished."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from sim.page.frames import FRAME_SERIES, MONTHLY_FACTS, STARTUP_STATES, Year, life
from sim.page.pool import Pool, Ticket
from sim.page.worker import FilmYear
from sim.processes.fairs import FIRST_FAIR
from sim.scenario import Scenario

FILMS_KEPT = 8
"""Number of films in memory (about 30 MB each); an older one is made again on request."""


class FilmError(RuntimeError):
    """The world could not be run."""


class Film:
    """The years of one world so far."""

    def __init__(self, scenario: Scenario, seed: int):
        self.scenario, self.seed = scenario, seed
        self.years: list[Year] = []
        self.parts: list[str] = []
        self.failed = False
        self.watchers = 0
        self.ticket: Ticket | None = None
        self.more = asyncio.Event()

    @property
    def whole(self) -> bool:
        """Whether the last year has arrived."""
        return bool(self.years) and self.years[-1].last

    def take(self, part: Any) -> None:
        """Take a year that has arrived, or the failure in its place."""
        if isinstance(part, Year):
            self.years.append(part)
            self.parts.append(_as_json(part, self.scenario))
        else:
            self.failed = True
        more, self.more = self.more, asyncio.Event()
        more.set()


class Films:
    """The newest films, by scenario and seed."""

    def __init__(self, pool: Pool):
        self.pool = pool
        self.films: OrderedDict[tuple[str, int], Film] = OrderedDict()

    def film(self, scenario: Scenario, seed: int) -> Film:
        """The film of a world, as far as it is made."""
        key = scenario.digest, seed
        film = self.films.get(key)
        if film is None or film.failed:
            film = self.films[key] = Film(scenario, seed)
        self.films.move_to_end(key)
        while len(self.films) > FILMS_KEPT:
            self.films.popitem(last=False)
        return film

    async def watch(self, scenario: Scenario, seed: int) -> AsyncIterator[str]:
        """The years of a film as JSON; closing the iterator cancels years that nobody else watches.

        Raises:
            FilmError: the world could not be run.
        """
        film = self.film(scenario, seed)
        film.watchers += 1
        try:
            shown = 0
            while True:
                while shown < len(film.parts):
                    yield film.parts[shown]
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
            if film.watchers == 0 and film.ticket is not None:
                film.ticket.give_up()
                film.ticket = None

    def _shoot(self, film: Film) -> None:
        """Request the next year unless it has been requested."""
        if film.ticket is not None:
            return
        loop, year = asyncio.get_running_loop(), len(film.years)

        def arrived(part: Any) -> None:
            if year == len(film.years):
                film.ticket = None
                film.take(part)

        def deliver(part: Any) -> None:
            loop.call_soon_threadsafe(arrived, part)

        film.ticket = self.pool.submit(
            FilmYear(film.scenario, film.seed, year),
            deliver,
            home=int(film.scenario.digest[:8], 16),
            rank=min(year, 8),
        )

    async def life(
        self, scenario: Scenario, seed: int, number: int, left: Callable[[], Awaitable[bool]]
    ) -> dict[str, Any] | None:
        """The life of a startup as far as the film goes; None when it is not in the film, or the visitor has `left`.

        Raises:
            FilmError: a film that was no longer kept could not be made again.
        """
        film = self.film(scenario, seed)
        found = life(film.years, number, scenario.start)
        if found is None and not film.whole:
            async with aclosing(self.watch(scenario, seed)) as years:  # type: ignore[type-var]
                async for _ in years:
                    if await left():
                        return None
            found = life(film.years, number, scenario.start)
        return found


def _as_json(year: Year, scenario: Scenario) -> str:
    """A year as the page reads it."""
    frames = [[frame.month, frame.born, frame.moved, frame.closed, frame.hubs, frame.series] for frame in year.frames]
    head = {"hubs": year.hubs, "states": STARTUP_STATES, "series": FRAME_SERIES, "monthly": MONTHLY_FACTS}
    calendar = {"present": scenario.present, "end": scenario.end, "first_fair": FIRST_FAIR}
    return json.dumps(head | calendar | {"frames": frames, "last": year.last}, separators=(",", ":"))
