"""Decomposes a raw rate into a ladder of steps: runs the same worlds under changed rules, and compares them.

Each step is a difference between two runs, or between two groups of startups in one run, on the same random numbers;
no step is a remainder. Every rung answers the same question: how many startups of a group operate (or were bought) 60
months after their clock starts, or, for exports, how many export then. The cohort consists of the startups admitted
from January 2015 to June 2019.

The effect of treatment is divided among four services by Shapley values (Shapley 1953, "A value for n-person games"):
the mean contribution of a service over all orders in which the services can be added.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

from sim.declare.calendar import month_after
from sim.inference.moments import FOLLOWED_TO, cohort
from sim.inference.observables import COHORT
from sim.inference.panel import Panel, mean_or_nan, record_worlds
from sim.model.outcomes import measure
from sim.studies.worlds import RunResult, describe

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.studies.study import Chunk

SERVICES: dict[str, tuple[str, ...]] = {
    "mentoring": ("accompaniment.enabled",),
    "contacts": ("contacts.inside_hubs", "coordinators.enabled"),
    "funding": ("referral.enabled", "fairs.reserved"),
    "rent": ("rent.enabled",),
}
"""The services of a hub in four parts, with the switches that turn each off. Reserved fair places go with referrals."""

TREATMENT = tuple(SERVICES)
LADDER_STEPS = ("immortal", "self_selection", "screening", "interference", "induced", *TREATMENT, "definition")
"""The ladder from the reference line to the operator's rate, in order."""

TOTALS = ("reference", "cohort", "operator")
"""Rungs that are rates, not steps: at the bottom of the ladder, before its last step, and at its top."""
RATES = ("success", "export")
BESIDE_LADDER = ("treatment", "selection", "displacement", "entry", "net_per_1000")
"""Quantities that are reported beside the ladder."""

Ask = Callable[[Panel, np.ndarray, np.ndarray], np.ndarray]
"""A yes-or-no question about startups in a world, given their keys and the months in which their clocks start."""


def _success(world: Panel, keys: np.ndarray, since: np.ndarray) -> np.ndarray:
    return world.success(keys, since)


def _exporting(world: Panel, keys: np.ndarray, since: np.ndarray) -> np.ndarray:
    return world.at("exporting", keys, since + 60)


def _weighted(answers: list[float], counts: np.ndarray) -> float:
    """The mean of the known answers, weighted by counts; NaN if none is known."""
    known = ~np.isnan(answers)
    return float(np.average(np.array(answers)[known], weights=counts[known])) if known.any() else math.nan


def shapley(value: dict[frozenset[str], float], players: tuple[str, ...]) -> dict[str, float]:
    """Shapley value of each player from the value of every coalition; the sum is `value(all) - value(none)`."""
    count = len(players)
    shares = {}
    for player in players:
        others = [one for one in players if one != player]
        shares[player] = sum(
            factorial(size) * factorial(count - size - 1) / factorial(count) * (value[group | {player}] - value[group])
            for size in range(count)
            for group in map(frozenset, combinations(others, size))
        )
    return shares


def _off(group: frozenset[str]) -> dict[str, bool]:
    """Values that switch off the services that are not in a group."""
    return {switch: False for name, switches in SERVICES.items() if name not in group for switch in switches}


class LadderWorlds:
    """The worlds of one replication that a ladder compares."""

    def __init__(self, scenario: Scenario, seed: int, replication: int):
        from sim.model.ecosystem import EcosystemModel

        scenario = scenario.with_values({"time.end": month_after(FOLLOWED_TO, 1)})
        months = scenario.months - 1

        coalitions = [frozenset(group) for size in range(len(SERVICES)) for group in combinations(SERVICES, size)]
        ruled = [scenario.with_values(_off(group)) for group in coalitions]
        self.actual, *replays = record_worlds([scenario, *ruled], [months] * (1 + len(ruled)), seed, replication)
        nowhere = EcosystemModel(scenario.with_values({"network.enabled": False}), rng=seed, replication=replication)
        self.without = Panel.run(nowhere, months)
        self.keys, self.admitted = cohort(self.actual)
        self.replays = {group: self._answers(panel) for group, panel in zip(coalitions, replays, strict=True)}
        self.replays[frozenset(SERVICES)] = self._answers(self.actual)

    def _answers(self, world: Panel) -> dict[str, np.ndarray]:
        return {rate: ask(world, self.keys, self.admitted) for rate, ask in _ASKS.items()}

    def ladder(self, rate: str) -> dict[str, float]:
        """The value of each rung of a rate's ladder and of `BESIDE_LADDER`; NaN for an empty group."""
        ask = _ASKS[rate]
        founders, founded = self._founders(self.without)
        reference = mean_or_nan(ask(self.without, founders, founded))
        immortal = self._at_ages(ask)
        applicants = self._applicants(ask)
        in_both = self.without.find(self.keys)[1] & self.in_every_world
        idle = self.replays[frozenset()][rate]
        chosen = mean_or_nan(ask(self.without, self.keys[in_both], self.admitted[in_both]))
        shares = shapley({group: mean_or_nan(found[rate]) for group, found in self.replays.items()}, TREATMENT)
        measured = measure(self.actual.model, COHORT)
        reached = mean_or_nan(self.replays[frozenset(SERVICES)][rate])
        operator = measured["success_rate" if rate == "success" else "export_rate"]
        steps = {
            "immortal": immortal - reference,
            "self_selection": applicants - immortal,
            "screening": chosen - applicants,
            "interference": mean_or_nan(idle[in_both]) - chosen,
            "induced": mean_or_nan(idle) - mean_or_nan(idle[in_both]),
            **shares,
            "definition": float(operator) - reached,
        }
        return {
            "reference": reference,
            **steps,
            "cohort": reached,
            "operator": float(operator),
            "treatment": sum(shares.values()),
            "selection": steps["self_selection"] + steps["screening"],
            **self._beside_ladder(ask),
        }

    @property
    def in_every_world(self) -> np.ndarray:
        """Whether each startup of the cohort exists in every world: it is neither induced nor founded again."""
        rows, _ = self.actual.find(self.keys)
        found: np.ndarray = self.actual.register.base[rows]
        return found

    def _window(self, months: np.ndarray) -> np.ndarray:
        first, last = (self.actual.model.months_until(month) for month in COHORT)
        return (months >= first) & (months <= last)

    def _founders(self, world: Panel) -> tuple[np.ndarray, np.ndarray]:
        register = world.register
        chosen = register.base & self._window(register.founded)
        return register.key[chosen], register.founded[chosen]

    def _at_ages(self, ask: Ask) -> float:
        """The answer, without hubs, for founders alive at the cohort's ages of admission; their clocks start then."""
        register = self.without.register
        rows, _ = self.actual.find(self.keys)
        ages, counts = np.unique(self.admitted - self.actual.register.founded[rows], return_counts=True)
        base = register.base
        answers = []
        for age in ages:
            start = register.founded + age
            chosen = np.flatnonzero(base & self._window(start))
            alive = chosen[self.without.at("active", register.key[chosen], start[chosen])]
            answers.append(mean_or_nan(ask(self.without, register.key[alive], start[alive])))
        return _weighted(answers, counts)

    def _applicants(self, ask: Ask) -> float:
        """The answer, without hubs, for applicants; their clocks start after a wait like that of the admitted."""
        register = self.actual.register
        rows, _ = self.actual.find(self.keys)
        waits, counts = np.unique(self.admitted - register.applied[rows], return_counts=True)
        answers = []
        for wait in waits:
            start = register.applied + wait
            chosen = np.flatnonzero(register.base & (register.applied >= 0) & self._window(start))
            keys, clock = register.key[chosen], start[chosen]
            alive = self.without.at("active", keys, clock)
            answers.append(mean_or_nan(ask(self.without, keys[alive], clock[alive])))
        return _weighted(answers, counts)

    def _beside_ladder(self, ask: Ask) -> dict[str, float]:
        """The change for startups that are never admitted, the extra foundings, and the country's net gain."""
        register = self.actual.register
        alone = register.base & (register.admitted < 0) & self._window(register.founded)
        keys, since = register.key[alone], register.founded[alone]
        totals, births = [], []
        for world in (self.actual, self.without):
            founded = world.register.anew & self._window(world.register.founded)
            births.append(np.count_nonzero(founded))
            totals.append(np.count_nonzero(ask(world, world.register.key[founded], world.register.founded[founded])))
        return {
            "displacement": mean_or_nan(ask(self.actual, keys, since)) - mean_or_nan(ask(self.without, keys, since)),
            "entry": float(births[0] - births[1]),
            "net_per_1000": 1000 * (totals[0] - totals[1]) / max(int(births[1]), 1),
        }


_ASKS: dict[str, Ask] = {"success": _success, "export": _exporting}


def run_ladders(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    """Run the ladders of a chunk's scenarios in one replication under its draw: the runner of `explain`."""
    for scenario in chunk.scenarios:
        try:
            living = scenario if chunk.draw is None else chunk.draw.under(scenario)
            worlds = LadderWorlds(living, seed, chunk.replication)
            found = {f"{rate}:{name}": value for rate in RATES for name, value in worlds.ladder(rate).items()}
            yield RunResult(scenario.key, found)
        except Exception as error:
            yield RunResult(scenario.key, stage="run", error=describe(error))
