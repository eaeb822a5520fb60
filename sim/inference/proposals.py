"""Proposes policies that the money allows, and learns from their differences from the base.

The sampler is optuna's tree-structured Parzen estimator for several aims (Ozaki et al. 2022, "Multiobjective
tree-structured Parzen estimator", J. Artif. Intell. Res. 73), which learns the policies as they were mended. At equal
numbers of runs it finds policies as good as NSGA-II (Deb et al. 2002) with the same repair: see `benchmarks/README.md`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sim.inference.affordable import Affordable
from sim.inference.frontier import Aim
from sim.inference.policy_space import Choices, PolicySpace
from sim.studies.factors import identity

SAMPLERS = ("tpe", "nsga2", "random")
_TRIES = 50
"""Number of times that a proposal equal to an earlier one is replaced before it is accepted."""


class Proposals:
    """A sequence of batches of policies; each is mended before it is proposed, and the sampler learns what was run."""

    def __init__(self, space: PolicySpace, aims: Sequence[Aim], seed: int, sampler: str = "tpe"):
        """Begin; with the same seed and the same results it proposes the same policies."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space, self._aims, self._sampler = space, aims, sampler
        self._chance = np.random.default_rng(seed)
        directions: list[Any] = ["maximize" if aim.sign > 0 else "minimize" for aim in aims]
        self._study = optuna.create_study(directions=directions, sampler=_sampler_of(sampler, seed % 2**32))
        self._seen: set[str] = set()
        self._asked: list[tuple[Any, dict[str, float | int]]] = []
        self.mended = 0
        """Number of proposals that cost too much at first."""

    def batch(self, count: int, affordable: Affordable) -> list[dict[str, float | int]]:
        """The next policies, as choices; none is expected to cost more than may be spent."""

        def cost(chosen: Choices) -> float:
            return affordable.beyond(self._space.values(chosen))

        limit = affordable.spendable
        return [self._one(cost if math.isfinite(limit) else _free, limit) for _ in range(count)]

    def learn(self, results: Sequence[Sequence[float]]) -> None:
        """Learn the aims of the last batch: differences from the base by policy; NaN if not defined."""
        from optuna.trial import TrialState, create_trial

        for (trial, chosen), values in zip(self._asked, results, strict=True):
            failed = any(map(math.isnan, values))
            if self._sampler == "nsga2" and not failed:  # it knows only its own trials: what it asked stands for it
                self._study.tell(trial, list(values))
                continue
            self._study.tell(trial, state=TrialState.FAIL)
            if not failed:
                params = dict(chosen)
                self._study.add_trial(
                    create_trial(params=params, distributions=self._distributions, values=list(values))
                )
        self._asked.clear()

    def _one(self, cost: Callable[[Choices], float], limit: float) -> dict[str, float | int]:
        for attempt in range(_TRIES):
            trial = self._study.ask(self._distributions)
            asked = {choice.name: trial.params[choice.name] for choice in self._space.choices}
            mended = self._space.mended(asked, cost, limit, self._chance)
            found = self._space.cheapest(cost) if mended is None else mended
            name = identity(self._space.values(found))
            if name not in self._seen or attempt == _TRIES - 1:
                break
            self._forget(trial)
        self._seen.add(name)
        self.mended += found != asked
        self._asked.append((trial, found))
        return found

    def _forget(self, trial: Any) -> None:
        from optuna.trial import TrialState

        self._study.tell(trial, state=TrialState.FAIL)

    @property
    def _distributions(self) -> dict[str, Any]:
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        return {
            choice.name: FloatDistribution(0.0, 1.0)
            if choice.levels is None
            else IntDistribution(0, choice.levels - 1)
            if choice.ordered
            else CategoricalDistribution(range(choice.levels))
            for choice in self._space.choices
        }


def _free(chosen: Choices) -> float:
    """The cost of any policy where there is no budget."""
    return 0.0


def _sampler_of(name: str, seed: int) -> Any:
    import optuna

    if name == "tpe":
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP, multivariate=True, constant_liar=True)
    if name == "nsga2":
        return optuna.samplers.NSGAIISampler(seed=seed, population_size=STARTUP)
    return optuna.samplers.RandomSampler(seed=seed)


STARTUP = 20
"""Number of random policies before the sampler learns: a batch."""
