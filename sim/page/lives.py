"""The lives of the startups of a film: their months, payments, stays in hubs and times of export.

What happened before the first month of the film is kept too: a life begins with its founding, not with the film.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare.calendar import month_after

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel

MONEY_FACTS = ("revenue", "cash")
"""What a life has for each month, kMAD."""
COMPETENCE_FACTS = ("finance", "market_access", "skills")
"""What a life has for each month, from 0 to 1."""
FINEST = 2**16 - 1
"""Competences are kept as whole multiples of 1/FINEST."""
YEARLY_FACTS = ("founded", "city", "sector", "kind", "admitted", "left", "mission", "fair")
"""What a life has once for each part of a film."""

ENTERS, LEAVES, EXPORTS, STOPS = range(4)
"""Turns of a life: enters a hub, leaves it, begins to export, stops."""


class Payment(NamedTuple):
    """Money received: startup number, month since the start, kind of funder, amount in kMAD."""

    number: int
    month: int
    kind: str
    amount: float


class Turn(NamedTuple):
    """A turn of a life: startup number, month since the start, what happened, and the hub (-1 for exports)."""

    number: int
    month: int
    kind: int
    hub: int


@dataclass(frozen=True)
class FilmedLives:
    """The lives of all startups during one part of a film, and what came before the first one.

    `money[m, i]`, kMAD, and `competence[m, i]`, in 1/`FINEST`, belong to month m of the part and to `numbers[i]`; money
    is NaN in months in which the startup was not in the market. `keys[i]` names it under every policy of this world,
    where its number may be another. The rows of `turns` are those of `Turn`.
    """

    months: tuple[str, ...]
    numbers: np.ndarray
    keys: np.ndarray
    money: np.ndarray
    competence: np.ndarray
    yearly: np.ndarray
    payments: tuple[Payment, ...]
    turns: np.ndarray


class Recorder:
    """Keeps the lives of a world month by month."""

    def __init__(self, model: EcosystemModel):
        self.model = model
        self._hub = np.full(0, -1, dtype=np.int16)
        self._exports = np.zeros(0, dtype=bool)
        self._months: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]] = []
        self._payments: list[Payment] = []
        self._turns: list[Turn] = []

    def beside(self, model: EcosystemModel) -> Recorder:
        """A recorder that goes on with a copy of the world, between two parts."""
        twin = Recorder(model)
        twin._hub, twin._exports = self._hub, self._exports
        return twin

    def turn(self, payments: Iterable[Payment]) -> None:
        """Keep the turns and payments of the month that has just been simulated."""
        startups, month = self.model.startups, self.model.month
        self._payments += payments
        hub = np.full(startups.founded_total, -1, dtype=np.int16)
        hub[startups.number] = startups.hub
        exports = np.zeros(startups.founded_total, dtype=bool)
        exports[startups.number] = startups.exporter
        hub_before, exports_before = np.full_like(hub, -1), np.zeros_like(exports)
        hub_before[: self._hub.size], exports_before[: self._exports.size] = self._hub, self._exports
        for number in np.flatnonzero(hub != hub_before).tolist():
            if hub_before[number] >= 0:
                self._turns.append(Turn(number, month, LEAVES, int(hub_before[number])))
            if hub[number] >= 0:
                self._turns.append(Turn(number, month, ENTERS, int(hub[number])))
        for number in np.flatnonzero(exports != exports_before).tolist():
            self._turns.append(Turn(number, month, EXPORTS if exports[number] else STOPS, -1))
        self._hub, self._exports = hub, exports

    def record(self) -> None:
        """Keep the state of all startups in the month that has just been simulated."""
        startups = self.model.startups
        money = np.column_stack([getattr(startups, name) for name in MONEY_FACTS]).astype(np.float32)
        share = np.column_stack([getattr(startups, name) for name in COMPETENCE_FACTS])
        competence = np.rint(np.clip(share, 0, 1) * FINEST).astype(np.uint16)
        month = month_after(self.model.scenario.start, self.model.month)
        self._months.append((month, startups.number.astype(np.int32), money, competence))

    def part(self) -> FilmedLives:
        """The lives since the part before."""
        seen = np.unique(np.concatenate([numbers for _, numbers, *_ in self._months]))
        money = np.full((len(self._months), seen.size, len(MONEY_FACTS)), np.nan, dtype=np.float32)
        competence = np.zeros((len(self._months), seen.size, len(COMPETENCE_FACTS)), dtype=np.uint16)
        for at, (_, numbers, cash, shares) in enumerate(self._months):
            places = np.searchsorted(seen, numbers)
            money[at, places], competence[at, places] = cash, shares
        startups = self.model.startups
        everyone = np.column_stack([startups.everyone(name) for name in YEARLY_FACTS]).astype(np.int32)
        order = np.argsort(startups.everyone("number"), kind="stable")
        months, keys = tuple(month for month, *_ in self._months), startups.everyone("key")[order[seen]]
        turns = np.array(self._turns, dtype=np.int32).reshape(-1, len(Turn._fields))
        lives = FilmedLives(months, seen, keys, money, competence, everyone[order[seen]], tuple(self._payments), turns)
        self._months, self._payments, self._turns = [], [], []
        return lives


def life(parts: Iterable[FilmedLives], number: int, start: str) -> dict[str, Any] | None:
    """The life of one startup as far as the film goes; None when the film has no such startup.

    Its `key` under all policies, as text because browsers' numbers are shorter; its months with money and competences,
    the dates and facts of `YEARLY_FACTS`, the month in which it `closed`,
    payments as [month, kind, kMAD], `stays` as [hub, first month, last month] and `exports` as [first month, last
    month]; a last month is None while the stay goes on.

    Args:
        parts: the lives of the film, in their order.
        number: number of the startup.
        start: first month of the scenario.
    """
    lived: list[tuple[str, np.ndarray, np.ndarray]] = []
    facts, closed, key = None, None, ""
    payments: list[list[Any]] = []
    turns: list[Turn] = []
    for part in parts:
        payments += [
            [month_after(start, one.month), one.kind, round(one.amount, 1)]
            for one in part.payments
            if one.number == number
        ]
        turns += [Turn(*turn) for turn in part.turns[part.turns[:, 0] == number].tolist()]
        at = np.searchsorted(part.numbers, number)
        there = at < part.numbers.size and part.numbers[at] == number
        if there:
            facts, key = dict(zip(YEARLY_FACTS, part.yearly[at].tolist(), strict=True)), str(part.keys[at])
        for month, name in enumerate(part.months):
            if there and not np.isnan(part.money[month, at, 0]):
                lived.append((name, part.money[month, at], part.competence[month, at] / FINEST))
            elif lived and closed is None:
                closed = name
    if facts is None or not lived:
        return None
    for name in ("founded", "admitted", "left", "mission", "fair"):
        facts[name] = month_after(start, facts[name]) if facts[name] >= 0 else None
    table = np.array([np.concatenate([money, competence]) for _, money, competence in lived])
    series = {
        name: [round(float(value), 4) for value in table[:, index]]
        for index, name in enumerate((*MONEY_FACTS, *COMPETENCE_FACTS))
    }
    stays = [[hub, *times] for hub, *times in _spans(turns, ENTERS, LEAVES, start)]
    exports = [times for _, *times in _spans(turns, EXPORTS, STOPS, start)]
    told = {"key": key, "facts": facts, "money": payments, "stays": stays, "exports": exports}
    return {"number": number, "months": [month for month, *_ in lived], "closed": closed, **told, **series}


def number_of(parts: Iterable[FilmedLives], key: int) -> int | None:
    """The number in a film of the startup with this key; None when the film has no such startup."""
    for part in parts:
        found = np.flatnonzero(part.keys == np.uint64(key))
        if found.size:
            return int(part.numbers[found[0]])
    return None


def _spans(turns: list[Turn], begin: int, end: int, start: str) -> list[list[Any]]:
    """[hub, first month, last month] of what begins and ends; the last month is None while it goes on."""
    found: list[list[Any]] = []
    for turn in turns:
        if turn.kind == begin:
            found.append([turn.hub, month_after(start, turn.month), None])
        elif turn.kind == end:
            found[-1][2] = month_after(start, turn.month - 1)
    return found
