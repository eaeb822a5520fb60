"""What the policies of a search cost beyond the base: planned before a world is run, and measured where no plan tells.

Hours of startups that are accompanied remotely, and the envelopes of funders, cost what the world makes of them. One
pilot for each, with the lever at its highest, runs in the worlds of the search beside the base. What it costs beyond
its plan, for each unit of the lever, is what it costs every policy; so worlds of many draws are known before the first
policy is proposed. What remains (grants to founders whom a policy attracts) is small, and a reserve is kept for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sim.inference.planned_cost import planned_cost, remote_price
from sim.model.delays import is_random, under_draw
from sim.studies.design import Point
from sim.studies.factors import value_at_share

if TYPE_CHECKING:
    from sim.parameters.draws import Draws
    from sim.scenario import Scenario
    from sim.studies.experiment import Experiment

RESERVE = 0.01
"""Share of the money beyond the base that proposals leave for what no plan tells, until simulated policies say more."""
MOST_KEPT = 0.5
"""Largest share that is left, however dear simulated policies were."""
MILLION = 1e6


class Lever(NamedTuple):
    """A lever whose cost depends on the world: the paths that set it, and its size under a scenario."""

    paths: tuple[str, ...]
    size: Callable[[Scenario], float]


def _envelope(process: str) -> Lever:
    path = f"{process}.envelope_factor"
    return Lever((path,), lambda scenario: float(scenario.values[path]))


LEVERS = {
    "remote": Lever(
        tuple(f"accompaniment.{name}" for name in ("remote_fraction", "remote_oldest", "hours_per_startup")),
        remote_price,
    ),
    "grants": _envelope("grants"),
    "loans": _envelope("loans"),
}


class Affordable:
    """The cost of policies beyond the base of a search, in the currency."""

    def __init__(self, experiment: Experiment, draws: Draws, worlds: Sequence[int]):
        """Know the plans; `worlds` are the replications over whose draws a cost is expected."""
        self._experiment, self._draws, self._worlds = experiment, draws, worlds
        self._base_plans: dict[int, float] = {}
        self._unit_costs: dict[str, pd.Series] = {}
        self._surprise = 0.0
        self.limit: float | None = None
        """The most that a policy may cost beyond the base; None without a budget."""

    @property
    def pilots(self) -> list[Point]:
        """The pilots that the factors call for: the base with one lever at its highest."""
        base, found = self._experiment.base, []
        for name, lever in LEVERS.items():
            tops = {factor.path: _top(factor) for factor in self._experiment.factors if factor.path in lever.paths}
            if tops and lever.size(base.with_values(tops)) != lever.size(base):
                found.append(Point(f"pilot-{name}", tops))
        return found

    def learn_pilots(self, cost: pd.DataFrame) -> None:
        """Learn what a unit of each lever costs, from costs by world (rows) of the base and of the pilots (columns)."""
        base = self._experiment.base
        for pilot in self.pilots:
            name = pilot.key.removeprefix("pilot-")
            scenario = base.with_values(pilot.values)
            size = LEVERS[name].size(scenario) - LEVERS[name].size(base)
            beyond = cost[pilot.key] - cost[base.key]
            planned = pd.Series([self._planned(scenario, world) for world in cost.index], cost.index)
            self._unit_costs[name] = (beyond - planned) / size

    def set_limit(self, base_cost: float) -> None:
        """Set the limit from the money of the experiment, given what the base is expected to cost."""
        experiment = self._experiment
        if experiment.extra is not None:
            self.limit = experiment.extra * MILLION
        elif experiment.budget is not None:
            self.limit = experiment.budget * MILLION - base_cost

    @property
    def spendable(self) -> float:
        """The most that a proposal may be expected to cost beyond the base: the limit without the reserve."""
        if self.limit is None:
            return float("inf")
        return self.limit - min(max(RESERVE * abs(self.limit), self._surprise), MOST_KEPT * abs(self.limit))

    def beyond(self, values: Mapping[str, Any]) -> float:
        """What a policy is expected to cost beyond the base, from its values by path."""
        return float(np.mean(self.by_world(values, self._worlds)))

    def by_world(self, values: Mapping[str, Any], worlds: Sequence[int]) -> np.ndarray:
        """The same by world, (worlds,)."""
        scenario, base = self._experiment.scenario(dict(values)), self._experiment.base
        random = is_random(scenario) or is_random(base)
        planned = [self._planned(scenario, world if random else None) for world in (worlds if random else [0])]
        found = np.zeros(len(worlds)) + planned
        for name, unit_cost in self._unit_costs.items():
            more = LEVERS[name].size(scenario) - LEVERS[name].size(base)
            found = found + more * unit_cost.reindex(list(worlds)).to_numpy(float)
        return found

    def expected(self, values: Mapping[str, Any], simulated: pd.Series) -> float:
        """The expected cost of a policy beyond the base after simulation.

        What it costs more than was known, in the worlds of `simulated` (differences from the base by world), is added
        to what was known for the draws of all worlds.
        """
        surprise = float((simulated - self.by_world(values, list(simulated.index))).mean())
        if np.isfinite(surprise):
            self._surprise = max(self._surprise, surprise)
        return self.beyond(values) + surprise

    def _planned(self, scenario: Scenario, world: int | None) -> float:
        """Planned cost beyond the base, in the months of one world's draw if openings are random."""
        return self._plan(scenario, world) - self._plan(self._experiment.base, world)

    def _plan(self, scenario: Scenario, world: int | None) -> float:
        draw = None if world is None else self._draws.of(world)
        number = -1 if draw is None or draw.alone or not is_random(scenario) else draw.number
        if scenario is not self._experiment.base:
            return _whole(scenario, number)
        if number not in self._base_plans:
            self._base_plans[number] = _whole(scenario, number)
        return self._base_plans[number]


def _whole(scenario: Scenario, draw: int) -> float:
    """Planned cost, in the months of a draw unless it is negative."""
    return sum(planned_cost(scenario if draw < 0 else under_draw(scenario, draw)).values())


def _top(factor: Any) -> Any:
    """The highest value of a factor."""
    return value_at_share(factor, 1.0) if factor.values is None else max(factor.values)
