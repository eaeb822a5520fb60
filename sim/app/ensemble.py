"""Two policies in the same worlds, shown from the first world on and refined while somebody looks.

The worlds at their present stay in the processes of the pool, replication r at process r; a policy is run by
continuing a copy. Runs are remembered by their values, so that a policy that was looked at once, such as the
reference, costs nothing again. What is shown is a plain dictionary, made anew for each picture.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import OrderedDict
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import numpy as np

from sim.app.pool import BACKGROUND, Pool, Ticket
from sim.app.worker import SERIES, SHOWN_FROM, Continue, Failure, Run
from sim.calendar import month_after
from sim.experiment.statistics import effect
from sim.scenario import Scenario

REPLICATIONS = 24
RUNS_KEPT = 4000
BAND = (5, 50, 95)
"""Percentiles of the worlds: low, middle, high."""
PAUSE = 0.12
"""Seconds between two pictures of one visitor."""

Key = tuple[str, int, int]


class PoolError(RuntimeError):
    """The worlds could not be run."""


class Ensemble:
    """All comparisons of the page, each in `replications` worlds."""

    def __init__(self, pool: Pool, replications: int = REPLICATIONS):
        self.pool, self.replications = pool, replications
        self.runs: OrderedDict[Key, Run] = OrderedDict()

    def prepare(self, scenario: Scenario, seed: int = 1) -> None:
        """Run a policy in the background, so that the worlds stand ready when somebody comes."""
        for replication in range(self.replications):
            self._submit(scenario, seed, replication, BACKGROUND + replication, lambda part: None)

    async def follow(self, policy: Scenario, against: Scenario, seed: int = 1) -> AsyncIterator[dict[str, Any]]:
        """Pictures of a comparison, each with more worlds; leaving the iterator gives up the rest.

        Raises:
            PoolError: when a run failed.
        """
        replications = self.replications
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        found: dict[tuple[str, int], Run | Failure] = {}

        def note(name: tuple[str, int], part: Run | Failure) -> None:
            found[name] = part
            changed.set()

        def tell(name: tuple[str, int], part: Run | Failure) -> None:
            loop.call_soon_threadsafe(note, name, part)

        tickets: list[Ticket] = []
        sides = tuple(dict.fromkeys((against, policy)))
        for replication, scenario in itertools.product(range(replications), sides):
            known = self.runs.get((scenario.digest, seed, replication))
            if known is not None:
                note((scenario.digest, replication), known)

        def ask(replication: int, rank: int, look: bool = False) -> None:
            for scenario in sides:
                name = scenario.digest, replication
                part = found.get(name)
                if not (isinstance(part, Run) and part.ended):
                    tickets.append(self._submit(scenario, seed, replication, rank, partial(tell, name), look))

        # Visitors share out the worlds that stand ready. Until the first is seen, the other processors are the page's.
        ready = [number for number in range(replications) if (against.digest, number) in found] or range(replications)
        first = ready[int(policy.digest[:8], 16) % len(ready)]
        ask(first, 0, look=True)
        shown = 0.0
        try:
            while shown < replications:
                await changed.wait()
                changed.clear()
                failure = next((part for part in found.values() if isinstance(part, Failure)), None)
                if failure is not None:
                    raise PoolError(failure.error)
                pairs = _pairs(found, policy.digest, against.digest, replications)
                ended = sum(left.ended and right.ended for left, right in pairs.values())
                if _worth_showing(len(pairs), ended, shown, replications):
                    begun, shown = shown > 0, ended or 0.5
                    yield picture(list(pairs.values()), policy, against, replications) | {"replications": list(pairs)}
                    if not begun:
                        for rank in range(replications):
                            ask((first + rank) % replications, 1 + rank)
                    await asyncio.sleep(PAUSE)
        finally:
            for ticket in tickets:
                ticket.give_up()

    def _submit(
        self, scenario: Scenario, seed: int, replication: int, rank: int, deliver: Any, look: bool = False
    ) -> Ticket:
        key = scenario.digest, seed, replication

        def remember(part: Any) -> None:
            if isinstance(part, Run) and part.ended:
                self.runs[key] = part
                if len(self.runs) > RUNS_KEPT:
                    self.runs.popitem(last=False)
            deliver(part)

        return self.pool.submit(
            Continue(scenario, seed, replication, look),
            remember,
            home=replication,
            rank=rank,
            known=lambda: self.runs.get(key),
        )


def _pairs(found: dict[tuple[str, int], Any], policy: str, against: str, most: int) -> dict[int, tuple[Run, Run]]:
    """Worlds in which both policies have been run, to the end or, while none has ended, as far as they are."""
    pairs = {
        replication: (found[policy, replication], found[against, replication])
        for replication in range(most)
        if (policy, replication) in found and (against, replication) in found
    }
    return {replication: pair for replication, pair in pairs.items() if pair[0].ended and pair[1].ended} or pairs


def _worth_showing(pairs: int, ended: int, shown: float, most: int) -> bool:
    """The first sight, the first, second and fourth world, then every fourth, and the last."""
    if ended == 0:
        return pairs > 0 and shown == 0
    return ended > shown and (ended <= 2 or ended == most or ended - shown >= 4 or (shown < 4 <= ended))


def picture(pairs: list[tuple[Run, Run]], policy: Scenario, against: Scenario, replications: int) -> dict[str, Any]:
    """What the page shows of these worlds: bands by month, and outcomes with their paired differences.

    Bands are percentiles over worlds; `difference` is the mean of paired differences with Student's 95 % interval,
    as `hubsim compare` has it. None stands for what is not defined.
    """
    length = min(run.series.shape[1] for pair in pairs for run in pair)
    sides = [np.stack([pair[side].series[:, :length] for pair in pairs]) for side in (0, 1)]
    ended = pairs[0][0].ended
    return {
        "worlds": len(pairs),
        "wanted": replications,
        "ended": ended,
        "months": [month_after(max(SHOWN_FROM, policy.start), index) for index in range(length)],
        "same": policy.digest == against.digest,
        "series": {
            name: {"policy": _band(sides[0][:, row]), "against": _band(sides[1][:, row])}
            for row, name in enumerate(SERIES)
        },
        "outcomes": _outcomes(pairs) if ended else {},
    }


def _band(values: np.ndarray) -> list[list[float | None]]:
    """Low, middle and high by month of `values` (worlds, months), over the worlds in which they are defined."""
    ordered = np.sort(values, axis=0)  # what is not defined comes last
    last = np.maximum((~np.isnan(values)).sum(axis=0) - 1, 0)
    at = np.outer(BAND, last) / 100
    below, month = at.astype(int), np.arange(values.shape[1])
    low, high = ordered[below, month], ordered[np.minimum(below + 1, last), month]
    return [_plain(row, digits=6) for row in low + (at - below) * (high - low)]


def _outcomes(pairs: list[tuple[Run, Run]]) -> dict[str, Any]:
    """Mean under each policy and paired difference, for each outcome that both policies have."""
    first, other = pairs[0][0].outcomes or {}, pairs[0][1].outcomes or {}
    found = {}
    for name in first:
        if name in other and not name.endswith("_n"):
            left, right = (
                np.array([(pair[side].outcomes or {}).get(name, np.nan) for pair in pairs]) for side in (0, 1)
            )
            difference = effect(left, right)
            interval = (difference.mean, difference.low, difference.high)
            found[name] = {
                "policy": _plain([_mean(left)])[0],
                "against": _plain([_mean(right)])[0],
                "difference": _plain(interval),
                "n": difference.n,
            }
    return found


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else math.nan


def _plain(values: Any, digits: int = 10) -> list[float | None]:
    numbers = np.asarray(values, dtype=float).tolist()
    return [None if math.isnan(value) else float(f"{value:.{digits}g}") for value in numbers]
