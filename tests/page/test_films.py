"""Films: which process makes which, what they share, and what they tell of a life."""

from __future__ import annotations

import asyncio
import gc
import heapq
import json
import weakref
from contextlib import aclosing
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra `app` is not installed")

from test_page_doors import finished

from sim.declare.states import FounderKind
from sim.model.ecosystem import EcosystemModel
from sim.page import films as page_films
from sim.page.films import Films
from sim.page.frames import part_ends, past_parts
from sim.page.lives import life, number_of
from sim.page.slots import CAMERAS_KEPT, Slot, Slots
from sim.page.worker import FilmYear, Memory, past_of
from sim.scenario import Scenario


@pytest.fixture(scope="module")
def policy(small) -> Scenario:
    """Another policy after the same past: a new hub and larger fairs."""
    changes = {"network.openings": [{"hub": "Fès", "opens": "2021-01", "places": 66}], "fairs.places": 260}
    return small.with_values(changes, key="more")


def made(scenario: Scenario, memory: Memory, first: int = 0, slot: int = 0) -> list[Any]:
    """The parts of a film from one on, as a process makes them."""
    found = []
    for part in range(first, len(part_ends(scenario))):
        [one] = FilmYear(scenario, 1, part, slot).parts(memory, lambda: False)
        found.append(one)
    return found


def shown(parts: list[Any]) -> list[Any]:
    """The frames of some parts, as the page reads them."""
    return [frame for part in parts for frame in json.loads(part.text)]


@pytest.fixture(scope="module")
def alone(small) -> list[Any]:
    return made(small, Memory())


@pytest.fixture(scope="module")
def changed(policy) -> list[Any]:
    return made(policy, Memory())


def test_a_film_that_goes_on_from_a_known_past_is_the_film_of_its_policy(small, policy, alone, changed):
    """Bit for bit, and the parts before the present are the same for both."""
    past, memory = past_parts(small), Memory()
    assert 0 < past < len(part_ends(small)), "the film has parts on both sides of the present"
    for part in range(past):
        list(FilmYear(small, 1, part, 0).parts(memory, lambda: False))
    assert len(memory.pasts) == 1
    continued = made(policy, memory, past, slot=1)
    whole = changed
    assert [part.text for part in whole] == [part.text for part in [*alone[:past], *continued]]
    assert whole[-1].text != alone[-1].text, "and the policy changes something"
    number = int(whole[-1].year.lives.numbers[0])
    told = [
        life((part.year.lives for part in parts), number, small.start) for parts in (whole, [*alone[:past], *continued])
    ]
    assert told[0] == told[1] is not None


def test_a_founder_is_found_under_both_policies(small, alone, changed):
    """Whoever comes anyway founds in the same month and sector under both; those drawn by the new hub do not."""
    one, other = ([part.year.lives for part in film] for film in (alone, changed))
    numbers = np.unique(np.concatenate([part.numbers for part in other]))
    paired = renumbered = alone_here = 0
    for number in numbers[-400:].tolist():
        told = life(other, number, small.start)
        twin = number_of(one, int(told["key"]))
        if twin is None:
            alone_here += 1
            assert told["facts"]["kind"] != FounderKind.BASE
            continue
        paired += 1
        renumbered += twin != number
        same = life(one, twin, small.start)
        assert same["key"] == told["key"]
        assert all(same["facts"][name] == told["facts"][name] for name in ("sector", "kind"))
        if told["facts"]["kind"] == FounderKind.BASE:
            assert same["facts"]["founded"] == told["facts"]["founded"]
    assert paired > 300 and renumbered > 0 and alone_here > 0
    assert number_of(one, 2**64 - 1) is None


def test_a_life_knows_its_stays_and_exports_from_before_the_film(today):
    """Each against the columns of a world that was never filmed; the film begins with 2016."""
    early = today.with_values({"time.start": "2014-06", "time.present": "2016-06", "time.end": "2016-12"})
    world, seen = EcosystemModel(early), {}
    for month in range(1, early.months + 1):
        world.run_until(month)
        startups = world.startups
        for number, hub, exports in zip(startups.number, startups.hub, startups.exporter, strict=True):
            seen.setdefault(int(number), []).append((month - 1, int(hub), bool(exports)))
    film, start = made(early, Memory()), early.start
    assert shown(film[:1])[0][0] == "2016-01"
    before = during = 0
    for number, months in list(seen.items())[:400]:
        told = life((part.year.lives for part in film), number, start)
        if told is None:
            continue
        assert _spans([(month, hub) for month, hub, _ in months if hub >= 0], start) == [
            (hub, since, until or told["months"][-1]) for hub, since, until in told["stays"]
        ]
        assert _spans([(month, -1) for month, _, exports in months if exports], start) == [
            (-1, since, until or told["months"][-1]) for since, until in told["exports"]
        ]
        before += any(since < "2016-01" for _, since, _ in told["stays"])
        during += bool(told["exports"])
    assert before > 10 and during > 10


def _spans(months: list[tuple[int, int]], start: str) -> list[tuple[int, str, str]]:
    """(hub, first month, last month) of months that follow each other in one hub."""
    from sim.declare.calendar import month_after

    found: list[list[int]] = []
    for month, hub in months:
        if found and found[-1][0] == hub and found[-1][2] == month - 1:
            found[-1][2] = month
        else:
            found.append([hub, month, month])
    return [(hub, month_after(start, first), month_after(start, last)) for hub, first, last in found]


def test_deals_of_a_film_are_the_payments_of_its_lives(alone):
    kinds = [funder["kind"] for funder in alone[0].year.funders]
    deals = sorted((number, kinds[funder], amount) for *_, paid in shown(alone) for funder, number, amount in paid)
    first = sum(part.year.lives.payments == () for part in alone)
    paid = [one for part in alone for one in part.year.lives.payments]
    recent = paid[len(paid) - len(deals) :]
    assert first < len(alone) and len(deals) > 20
    assert deals == sorted((one.number, one.kind, round(one.amount)) for one in recent)


# --- which process makes which -----------------------------------------------------------------------


class Lanes:
    """A pool that counts instead of waiting: a part costs one unit of its process, also one that is made anew."""

    def __init__(self, size: int):
        self.size = size
        self.queues: list[list] = [[] for _ in range(size)]
        self.cameras: dict[tuple[int, int], tuple[str, int, int]] = {}
        self.pasts: set[tuple[int, Any]] = set()
        self.spent = [0] * size
        self.anew = 0
        self.numbers = iter(range(10**6))

    def submit(self, task: FilmYear, deliver: Any, *, home: int, rank: int = 0) -> Any:
        ticket = Given(rank, next(self.numbers), task, deliver)
        heapq.heappush(self.queues[home % self.size], ticket)
        return ticket

    def work(self) -> bool:
        """The process that has worked least makes a part; returns whether there was one to make."""
        for lane in sorted(range(self.size), key=self.spent.__getitem__):
            while self.queues[lane]:
                ticket = heapq.heappop(self.queues[lane])
                if ticket.wanted:
                    self._make(lane, ticket)
                    return True
        return False

    def _make(self, lane: int, ticket: Given) -> None:
        task, place = ticket.task, (lane, ticket.task.slot)
        film = task.scenario.digest, task.seed
        known = self.cameras.get(place, ("", 0, 0))
        past, number = (lane, past_of(task.scenario, task.seed)), past_parts(task.scenario)
        goes_on = known == (*film, task.part) or (task.part == number and past in self.pasts)
        anew = 0 if goes_on else task.part
        if task.part + 1 >= number:
            self.pasts.add(past)
        self.cameras[place] = (*film, task.part + 1)
        self.spent[lane] += 1 + anew
        self.anew += anew
        year = Empty(task.part == len(part_ends(task.scenario)) - 1)
        ticket.deliver(page_films.FilmPart(year, "[]"))


class Given:
    def __init__(self, *parts: Any):
        self.rank, self.number, self.task, self.deliver = parts
        self.wanted = True

    def __lt__(self, other: Given) -> bool:
        return (self.rank, self.number) < (other.rank, other.number)

    def give_up(self) -> None:
        self.wanted = False


class Empty:
    hubs = funders = frames = ()
    lives = None

    def __init__(self, last: bool):
        self.last = last


async def all_watched(films: Films, lanes: Lanes, asked: list[tuple[Scenario, int]], leave: int = 0) -> list[int]:
    """Watch films at once until all are whole, or until `leave` parts were made; the parts that each visitor saw."""

    async def watch(scenario: Scenario, seed: int) -> int:
        count = 0
        async with aclosing(films.watch(scenario, seed)) as parts:
            async for part in parts:
                count += 1
                assert json.loads(part)["last"] == (count == len(part_ends(scenario)))
        return count

    visitors = [asyncio.create_task(watch(*one)) for one in asked]
    made = 0
    while not all(visitor.done() for visitor in visitors):
        for _ in range(5):
            await asyncio.sleep(0)
        if leave and made >= leave:
            for visitor in visitors:
                visitor.cancel()
            await asyncio.gather(*visitors, return_exceptions=True)
            return []
        made += lanes.work()
    return [visitor.result() for visitor in visitors]


def watched(films: Films, lanes: Lanes, *asked: Any, **how: Any) -> list[int]:
    return finished(all_watched(films, lanes, *asked, **how))


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("who", ["one policy, twenty seeds", "twenty policies, one seed", "forty of everything"])
def test_many_films_at_once_use_all_processes_and_share_their_past(small, processes, who):
    """No clock: twenty films are done within twelve times the work of one on two processes, and so on."""
    policies = [small.with_values({"fairs.places": 200 + number}, key=f"p{number}") for number in range(20)]
    asked = {
        "one policy, twenty seeds": [(small, seed) for seed in range(20)],
        "twenty policies, one seed": [(policy, 1) for policy in policies],
        "forty of everything": [(policy, seed) for policy in policies for seed in (1, 2)],
    }[who]
    lanes = Lanes(processes)
    seen = watched(Films(lanes), lanes, asked)
    parts = len(part_ends(small))
    assert seen == [parts] * len(asked)
    shared = {"one policy, twenty seeds": 0, "twenty policies, one seed": 1, "forty of everything": 2}[who]
    assert lanes.anew <= shared * (processes - 1) * past_parts(small), "each process makes a past once"
    if shared:
        after = parts - past_parts(small)
        assert sum(lanes.spent) <= len(asked) * after + shared * processes * past_parts(small)
    assert max(lanes.spent) <= 12 / 20 * 2 / processes * len(asked) * parts
    assert max(lanes.spent) - min(lanes.spent) <= 2 * parts


def test_a_film_that_is_no_longer_kept_leaves_the_memory(small):
    """At once, without waiting for the collector of cycles: a film has 20 MB of arrays, of which it knows nothing."""
    lanes = Lanes(1)
    films = Films(lanes)
    gc.disable()
    try:
        watched(films, lanes, [(small, seed) for seed in range(3)])
        left = weakref.ref(films.films.pop((small.digest, 1)))
        lanes.queues.clear()
        assert left() is None
    finally:
        gc.enable()


def test_visitors_who_leave_give_their_places_to_others(small):
    """More films than there are slots, left half-made: the films of those who come later are all made once."""
    lanes = Lanes(2)
    films = Films(lanes)
    many = [(small, seed) for seed in range(100, 100 + 2 * CAMERAS_KEPT + 5)]
    watched(films, lanes, many, leave=50)
    assert not films.waiting
    before = lanes.anew
    seen = watched(films, lanes, [(small, seed) for seed in range(20)])
    assert seen == [len(part_ends(small))] * 20 and lanes.anew == before


def test_a_slot_is_kept_while_its_film_is_made():
    slots = Slots(2, each=1)
    assert slots.take("a") == Slot(0, 0) and slots.take("b") == Slot(1, 0)
    assert slots.take("a") == Slot(0, 0) and slots.take("c") is None
    slots.pause("b")
    assert slots.take("b") == Slot(1, 0), "its visitor came back"
    slots.pause("b")
    assert slots.take("c") == Slot(1, 0) and slots.take("b") is None
    slots.end("a")
    assert slots.take("d", known=[1]) == Slot(0, 0)
    assert Slots(3).take("e", known=[2]) == Slot(2, CAMERAS_KEPT - 1)


def test_a_visitor_who_moved_a_lever_gets_the_months_after_the_present_only(small, policy):
    lanes = Lanes(1)
    films = Films(lanes)
    watched(films, lanes, [(small, 1)])

    async def future() -> int:
        count = 0
        async for _ in films.watch(small, 1, future=True):
            count += 1
        return count

    assert finished(future()) == len(part_ends(small)) - past_parts(small)
    assert films.film(policy, 1).known == past_parts(small), "the past of another policy is used again"
