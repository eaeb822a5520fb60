"""Choices between policies under uncertain parameters: their benefits, and the expected regret of choosing now.

A benefit is counted in startups at equal money: what a policy costs more than today is taken off as the startups that
this money would give elsewhere at a price per startup (the net health benefit of Stinnett and Mullahy 1998, Medical
Decision Making 18, S68-S80). Prices are a matter of opinion, so that each choice is also looked at under the price at
which it is hardest: where its expected regret is largest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import StudyError, said
from sim.inference.responses import POLICIES, RESPONSE_COUNTS, RESPONSE_REFERENCE
from sim.inference.typical import Means
from sim.system.spreadsheet import read_csv

CHOICES: dict[str, tuple[str, ...]] = {
    "keep or close the hubs": ("no-hubs",),
    "what to add": tuple(policy for policy in POLICIES if policy != "no-hubs"),
}
"""The alternatives to today in each choice."""
PRICES = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Prices of a startup, in millions of the currency, at which every choice is looked at."""
_HARDEST = np.geomspace(0.1, 1000, 400)
"""Prices among which the hardest is sought."""


def regret(benefits: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Expected regret of choosing now: E[max over policies] - max over policies of E.

    Args:
        benefits: benefits by draw and policy, (draws, policies).
        weights: sets of weights of the draws, (sets, draws), each with the sum one; one set of equal ones by default.

    Returns:
        One number for each set of weights.
    """
    weights = np.full((1, len(benefits)), 1 / len(benefits)) if weights is None else weights
    found = weights @ benefits.max(axis=1) - (weights @ benefits).max(axis=1)
    rounding = 1e-12 * np.abs(benefits).max()
    answer: np.ndarray = np.where(found > rounding, found, 0.0)
    return answer


@dataclass(frozen=True)
class Choice:
    """One choice, in one outcome.

    Attributes:
        name, outcome: key in `CHOICES`, and the outcome that is to be large.
        effects: expected effect of each policy by draw, (draws, policies); the first policy is today, with zeros.
        costs: what each policy costs more than today, in millions, (policies,).
    """

    name: str
    outcome: str
    effects: np.ndarray
    costs: np.ndarray

    def benefits(self, price: float) -> np.ndarray:
        """Startups that each policy adds at equal money, (draws, policies)."""
        found: np.ndarray = self.effects - self.costs / price
        return found

    @cached_property
    def hardest(self) -> float:
        """The price, to two digits, at which the expected regret is largest."""
        regrets = [float(regret(self.benefits(price))[0]) for price in _HARDEST]
        return float(f"{_HARDEST[int(np.argmax(regrets))]:.2g}")

    @cached_property
    def prices(self) -> tuple[float, ...]:
        """`PRICES` and the hardest one, ascending."""
        return tuple(sorted({*PRICES, self.hardest}))


@dataclass(frozen=True)
class Benefits:
    """Effects of policies by draw, columns `<policy>: <outcome>` as in `responses.csv`, and their costs in millions."""

    effects: pd.DataFrame
    costs: Mapping[str, float]

    def choices(self) -> Iterator[Choice]:
        """Every choice in every outcome."""
        for name, policies in CHOICES.items():
            costs = np.array([0.0, *(self.costs[policy] for policy in policies)])
            for outcome in RESPONSE_COUNTS:
                effects = self.effects[[f"{policy}: {outcome}" for policy in policies]].to_numpy(dtype=float)
                yield Choice(name, outcome, np.column_stack([np.zeros(len(effects)), effects]), costs)


def expected_effects(posterior: Path | None, count: int) -> pd.DataFrame | None:
    """Expected effects of the policies at each draw of a posterior, without the chance of finite worlds.

    The best estimates by draw get the spread that expected values have (Louis 1984, see `sim.inference.typical`).

    Args:
        posterior: a posterior beside which `hubsim calibrate` wrote responses; the packaged one by default.
        count: number of its draws.

    Returns:
        Rows in the order of the draws; None if no responses lie beside the posterior.

    Raises:
        StudyError: the responses are those of other draws.
    """
    where = files("sim.country.data") if posterior is None else posterior.parent
    try:
        with as_file(where.joinpath("responses.csv")) as file, as_file(where.joinpath("typical.csv")) as about:
            table, typical = read_csv(file), read_csv(about).set_index("quantity")
    except FileNotFoundError:
        return None
    if len(table) != count:
        raise StudyError(
            said(
                "responses.csv beside {posterior} has {rows} draws, the posterior {count}; both come from one "
                "`hubsim calibrate`",
                posterior=posterior,
                rows=len(table),
                count=count,
            )
        )
    chance = typical["world_sd"] ** 2
    known = [name for name in chance.index if name in table and ": " in name]
    means = Means(table[known].astype(float), table["worlds"], chance[known])
    away = means.reliability**0.5 * (means.values - means.values.mean())
    return means.values.mean() + away - away.mean()


def extra_costs() -> dict[str, float]:
    """What each policy costs more than today, in millions of the currency, in one world with default parameters.

    Costs hardly depend on the parameters: between draws they differ by one or two in a hundred.
    """
    from sim.model.ecosystem import EcosystemModel
    from sim.model.outcomes import measure
    from sim.scenario import load_scenario

    today = load_scenario(f"builtin:{RESPONSE_REFERENCE}")
    trunk = EcosystemModel(today, rng=1)
    trunk.run_until(today.present_months)
    costs = {}
    for policy in (RESPONSE_REFERENCE, *POLICIES):
        world = trunk.fork(load_scenario(f"builtin:{policy}"))
        world.run_until(today.months)
        costs[policy] = 1e-6 * measure(world)["cost"]
    return {policy: costs[policy] - costs[RESPONSE_REFERENCE] for policy in POLICIES}
