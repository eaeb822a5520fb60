"""A small lively world whose months are watched: what each process finds, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from variants import lively

from sim.model.ecosystem import EcosystemModel
from sim.processes import COLUMNS, MONTH

BEGINS = "2021-06"
FIRST, CLOSED, FAIR, JANUARY, NEXT_FAIR = WATCHED = (19, 32, 35, 43, 46)
"""The first month of the policy, one in which a hub has closed, two with a fair, and a January, since `BEGINS`."""

CROWDED = {
    "time.start": BEGINS,
    "admission.threshold": -0.5,
    "accompaniment.mix.finance": 0.2, "accompaniment.mix.market_access": 0.5, "accompaniment.mix.skills": 0.3,
    "network.openings": [
        {"hub": "F\u00e8s", "opens": "2023-02", "places": 2},
        {"hub": "Settat", "opens": "2023-09", "places": 3, "mentor_hours": 10},
    ],
}  # fmt: skip
"""Hubs so small that some wait for a place, and hours that teach one competence more than another."""
CROWD = {"population.scale": 0.4, "induced_entry.response": 2.0, "induced_entry.displaced_share": 0.5}
"""A country of many founders, of whom hubs draw some."""


@dataclass(frozen=True)
class State:
    """The world at one moment of a month, under its one policy.

    Attributes:
        columns: of all startups whose rows are in use, with `key` and `alive`.
        hubs, funds, attention, introductions, access, nearest_hub, start, deals: as `World` has them, without policies.
        ties_of: rows of both ends and the month of the end of each tie (3, ties).
        numbers: founding numbers of the rows to which they refer.
        leaving: why each startup leaves this month.
        counts, costs, flows: what the month has counted and paid until now, by name.
        new: how many batches of founders wait, and the founders.
    """

    columns: dict[str, np.ndarray]
    hubs: Any
    funds: Any
    attention: np.ndarray
    introductions: np.ndarray
    access: np.ndarray
    nearest_hub: np.ndarray
    start: Any
    deals: Any
    ties_of: np.ndarray
    numbers: np.ndarray
    leaving: np.ndarray
    counts: dict[str, float]
    costs: dict[str, float]
    flows: dict[Any, float]
    new: list[Any]

    def __getattr__(self, name: str) -> np.ndarray:
        return self.__dict__["columns"][name]

    @classmethod
    def of(cls, world: Any) -> State:
        startups, used = world.startups, world.startups.used
        columns = {name: startups.column(name, 0).copy() for name in ("key", *COLUMNS)}
        columns["alive"] = (startups.alive[:used] & 1).astype(bool)
        hubs, funds = (type(record)(*(part[0].copy() for part in record)) for record in (world.hubs, world.funds))
        graph = world.contacts
        return cls(
            columns=columns, hubs=hubs, funds=funds, deals=world.deals, new=list(world.newcomers),
            attention=world.attention[0].copy(), introductions=world.introductions[0].copy(),
            access=world.access[0].copy(), nearest_hub=world.nearest_hub[0].copy(),
            start=type(world.before)(*(part[0, ..., :used].copy() for part in world.before)),
            ties_of=np.array([graph.first_row, graph.second_row, graph.ends]), numbers=graph.numbers.copy(),
            leaving=world.leaving[0, :used].copy(),
            counts={name: float(world.tally[name][0]) for name in world.tally},
            costs={name: float(world.programme[name][0]) for name in world.programme},
            flows={flow: float(world.ledger.entered(flow)[0]) for flow in world.ledger.flows},
        )  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """One process in one month: the world before and after it, and what does not change."""

    before: State
    after: State
    month: int
    world: Any

    @property
    def parameters(self) -> Any:
        """Those that hold in the month."""
        return self.world.parameters[0]

    def uniform(self, stream: str, key: np.ndarray | None = None, month: int | None = None) -> np.ndarray:
        """The draws of the startups, or of keys, in this month."""
        keys = self.after.key if key is None else key
        return self.world.streams[stream].uniform(self.month if month is None else month, keys)

    def normal(self, stream: str, key: np.ndarray | None = None, month: int | None = None) -> np.ndarray:
        keys = self.after.key if key is None else key
        return self.world.streams[stream].normal(self.month if month is None else month, keys)

    def counted(self, name: str) -> float:
        """What the process adds to a count."""
        return self.after.counts[name] - self.before.counts[name]

    def paid(self, *flow: str) -> float:
        """What the process adds to a flow of money."""
        return self.after.flows[flow] - self.before.flows[flow]


Scenes = dict[str, list[Scene]]
Edges = Mapping[str, Callable[[Any], None]]


def watch(months: tuple[int, ...] = WATCHED, edges: Edges | None = None, **values: Any) -> Scenes:
    """Run the lively world through its months, and watch the processes in some of them.

    Args:
        months: the months to watch.
        edges: what to set in the watched months before a process acts, by its name.
        values: values of the scenario.
    """
    model = EcosystemModel(lively(**CROWDED | values), rng=5)
    scenes: Scenes = {}

    def watching(name: str, act: Any) -> Any:
        def watched(world: Any) -> None:
            now = world.month in months
            if now and edges and name in edges:
                edges[name](world)
            before = State.of(world) if now else None
            act(world)
            if before:
                scenes.setdefault(name, []).append(Scene(before, State.of(world), world.month, what_stays(world)))

        return watched

    with pytest.MonkeyPatch.context() as patch:
        for process in MONTH:
            patch.setattr(process, "act", watching(process.__name__.rpartition(".")[2], process.act))
        model.run_until(max(months) + 1)
    return scenes


@cache
def crowd() -> Scenes:
    """The watched months of `CROWD`."""
    return watch(**CROWD)


def what_stays(world: Any) -> Any:
    """What of a world stays the same within a month, and what processes read of it."""
    kept = ("streams", "geography", "closeness", "reach", "anywhere", "funders", "central_region", "past", "plans",
            "month_of_year", "city_keys")  # fmt: skip
    found = SimpleNamespace(**{name: getattr(world, name) for name in kept})
    found.parameters, found.row_of = list(world.parameters), world.startups.row_of.copy()
    return found
