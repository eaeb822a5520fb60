"""A panel of one world: the states of each startup month by month, by its key.

Keys are the same in every world of a replication, so the same founders can be followed in worlds under other rules:
without hubs, or with hubs that do nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from sim.declare.states import Cause
from sim.model.outcomes import Register
from sim.processes.follow_up import OPERATING_MONTHS

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel
    from sim.scenario import Scenario

STATES = ("operating", "exporting")
"""States that come and go, so that they are noted month by month."""
REVENUE_AGES = tuple(range(0, 109, 12))
"""Months since admission at which the revenue of admitted startups is recorded."""
SNAPSHOT = ("key", "revenue", "founded", "hub", "exporter")


def mean_or_nan(values: np.ndarray) -> float:
    """The mean of numbers, or the share of yes among answers; NaN if there are none."""
    return float(values.mean()) if values.size else math.nan


class Panel:
    """Records which startups of a world are operating and exporting at the end of each month.

    Args:
        model: a world that has not started; alone or beside others.
        snapshots: calendar months at whose end the columns `SNAPSHOT` are recorded.
    """

    def __init__(self, model: EcosystemModel, snapshots: Sequence[str] = ()):
        self.model = model
        self.noted: dict[str, list[np.ndarray]] = {state: [] for state in STATES}
        self.starts: list[np.ndarray] = []
        self.revenue: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.funded: list[np.ndarray] = []
        self.equity: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.snapshots: dict[str, dict[str, np.ndarray]] = {}
        self._asked: dict[tuple[str, int], np.ndarray] = {}
        self._wanted = {model.months_until(month): month for month in snapshots}

    @classmethod
    def run(cls, model: EcosystemModel, months: int, snapshots: Sequence[str] = ()) -> Self:
        """Run a world alone for a number of months, and record it."""
        panel = cls(model, snapshots)
        for month in range(months):
            model.run_until(month + 1)
            panel.note(month)
        return panel

    def note(self, month: int) -> None:
        """Record the month that has just ended."""
        self._note_states(month)
        if month in self._wanted:
            startups = self.model.startups
            self.snapshots[self._wanted[month]] = {name: getattr(startups, name).copy() for name in SNAPSHOT}
            self.equity[self._wanted[month]] = startups.everyone("key"), startups.everyone("equity_total")

    def _note_states(self, month: int) -> None:
        table, policy = self.model.startups.table, self.model.startups.policy
        key, rows = table.key, table.active(policy)

        def of(name: str, some: np.ndarray) -> np.ndarray:
            found: np.ndarray = table.column(name, policy)[some]
            return found

        exporting = rows[of("exporter", rows)]
        self.noted["operating"].append(key[rows[of("months_above", rows) >= OPERATING_MONTHS]])
        self.noted["exporting"].append(key[exporting])
        self.starts.append(key[exporting[of("export_since", exporting) == month]])
        anniversary = np.zeros(month + 2, dtype=bool)  # its last entry is of those never admitted
        anniversary[[month - age for age in REVENUE_AGES if age <= month]] = True
        here = rows[anniversary[of("admitted", rows)]]  # few of all
        admitted = of("admitted", here)
        self.revenue.append((month - admitted, key[here], np.log(of("revenue", here))))
        raised = [of(name, here) >= admitted for name in ("grant", "honour_loan", "equity")]
        self.funded.append(key[here[np.any(raised, axis=0) & (month - admitted == 24)]])

    @cached_property
    def register(self) -> Register:
        """Columns of all startups that ever existed, at the end of the run."""
        return Register(self.model)

    @cached_property
    def _by_key(self) -> np.ndarray:
        return np.argsort(self.register.key)

    def find(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows of `register` of the startups with these keys, and whether each exists in this world."""
        order = self._by_key
        place = np.minimum(np.searchsorted(self.register.key, keys, sorter=order), order.size - 1)
        rows = order[place]
        return rows, self.register.key[rows] == keys

    def at(self, state: str, keys: np.ndarray, months: np.ndarray) -> np.ndarray:
        """Whether each startup had a state (`active`, `operating`, `exporting`) at the end of its month in `months`."""
        if state == "active":
            rows, known = self.find(keys)
            founded, closed = self.register.founded[rows], self.register.closed[rows]
            lives: np.ndarray = known & (founded <= months) & ((closed < 0) | (closed > months))
            return lives
        found = np.zeros(keys.size, dtype=bool)
        months = np.broadcast_to(months, keys.shape)
        for month in np.unique(months):
            rows = np.flatnonzero(months == month)
            found[rows] = _among(keys[rows], self._sorted(state, int(month)))
        return found

    def _sorted(self, state: str, month: int) -> np.ndarray:
        """Sorted keys of those that had a noted state at the end of a month: only months that are asked for."""
        if (state, month) not in self._asked:
            self._asked[state, month] = np.sort(self.noted[state][month])
        return self._asked[state, month]

    def success(self, keys: np.ndarray, since: np.ndarray, months: int = 60) -> np.ndarray:
        """Whether each startup operated, or had been bought, `months` months after its month in `since`.

        As `Register.success`, but for any starting month, and also for startups never admitted.
        """
        rows, known = self.find(keys)
        bought = known & (self.register.cause[rows] == Cause.ACQUIRED) & (self.register.closed[rows] - since <= months)
        found: np.ndarray = self.at("operating", keys, since + months) | bought
        return found

    def started_and_kept(self, month: int, later: int) -> tuple[int, int]:
        """Number of startups that began to export in a month, and number of these that export in the month `later`."""
        keys = self.starts[month]
        return keys.size, int(np.count_nonzero(_among(keys, self._sorted("exporting", later))))

    def funded_24(self, keys: np.ndarray, since: np.ndarray) -> np.ndarray:
        """Whether each startup got a grant, an honour loan or a round within 24 months of its admission in `since`."""
        rows, known = self.find(keys)
        register = self.register
        early = known & (register.closed[rows] >= 0) & (register.closed[rows] < since + 24)
        raised = np.any([getattr(register, name)[rows] >= since for name in ("grant", "honour_loan", "equity")], axis=0)
        found: np.ndarray = np.isin(keys, np.concatenate(self.funded)) | (early & raised)
        return found

    def revenue_at(self, age: int) -> tuple[np.ndarray, np.ndarray]:
        """Sorted keys and log revenue of the startups active `age` months after admission."""
        ages, keys, values = self._revenues
        there = np.flatnonzero(ages == age)
        order = there[np.argsort(keys[there])]
        return keys[order], values[order]

    @cached_property
    def _revenues(self) -> list[np.ndarray]:
        """Months since admission, keys and log revenues of all that were noted."""
        return [np.concatenate(part) for part in zip(*self.revenue, strict=True)]


def record_worlds(
    scenarios: Sequence[Scenario], ends: Sequence[int], seed: int, replication: int, snapshots: Sequence[str] = ()
) -> list[Panel]:
    """Record a world from its beginning, and others in which hubs admit the same startups, each for its months.

    None lives longer than the first, of which there are snapshots. They live side by side, or in turn where a process
    of the month knows only single worlds.
    """
    from sim.model.bundle import live_in_turn
    from sim.model.side_by_side import SideBySide

    if live_in_turn():
        return _record_in_turn(scenarios, ends, seed, replication, snapshots)
    worlds = SideBySide.begin(scenarios, seed, replication)
    worlds.bundle.choosing = 1
    panels = [Panel(model, () if place else snapshots) for place, model in enumerate(worlds.models)]
    living = panels
    for month in range(ends[0]):
        if month in ends:
            going_on = [place for place, panel in enumerate(living) if ends[panels.index(panel)] > month]
            living = [living[place] for place in going_on]
            worlds = SideBySide(worlds.bundle.taken(going_on, [panel.model.scenario for panel in living]))
            for panel, model in zip(living, worlds.models, strict=True):
                panel.model = model
        worlds.live()
        for panel in living:
            panel.note(month)
    return panels


def _record_in_turn(
    scenarios: Sequence[Scenario], ends: Sequence[int], seed: int, replication: int, snapshots: Sequence[str]
) -> list[Panel]:
    from sim.model.ecosystem import EcosystemModel
    from sim.processes.admission import admission_log

    first = Panel.run(EcosystemModel(scenarios[0], rng=seed, replication=replication), ends[0], snapshots)
    log = admission_log(first.model)
    others = (EcosystemModel(one, rng=seed, replication=replication, admissions=log) for one in scenarios[1:])
    return [first, *(Panel.run(model, end) for model, end in zip(others, ends[1:], strict=True))]


def _among(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Whether each key is in `known`, which is sorted."""
    if known.size == 0:
        return np.zeros(keys.size, dtype=bool)
    found: np.ndarray = known[np.minimum(np.searchsorted(known, keys), known.size - 1)] == keys
    return found
