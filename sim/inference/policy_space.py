"""The policies among which a search chooses, as choices that a sampler can make, and how too dear ones are mended."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.studies.factors import value_at_share

if TYPE_CHECKING:
    from sim.studies.experiment import Experiment
    from sim.studies.factors import Factor

MIX = tuple(f"accompaniment.mix.{share}" for share in ("finance", "market_access", "skills"))
OPENINGS = "network.openings"
_HALVINGS = 12

Choices = Mapping[str, float | int]
"""A policy as choices by name: the index of a level, or a share (0 to 1) of a range."""
CostOf = Callable[[Choices], float]


@dataclass(frozen=True)
class Choice:
    """One choice of a policy: among `levels` (None: a share of a range), which are `ordered` by size or not."""

    name: str
    levels: int | None
    ordered: bool = True


class PolicySpace:
    """All policies of a search."""

    def __init__(self, experiment: Experiment):
        self._experiment = experiment

    @cached_property
    def choices(self) -> list[Choice]:
        """The choices: a level or share of each factor, and how large each new hub is (0: it does not open)."""
        found = [
            Choice(factor.path, None)
            if factor.values is None
            else Choice(factor.path, len(factor.values), all(isinstance(one, int | float) for one in factor.values))
            for factor in self._experiment.factors
        ]
        return found + [Choice(_places_in(one.hub), len(one.places) + 1) for one in self._experiment.openings]

    def values(self, chosen: Choices) -> dict[str, Any]:
        """The values of a policy by path, as round as a person would set them.

        The shares of the mix are scaled so that they sum to 1, in whole per cent.
        """
        values: dict[str, Any] = {}
        for factor in self._experiment.factors:
            share = chosen[factor.path]
            listed = factor.values
            values[factor.path] = _round_value(factor, float(share)) if listed is None else listed[int(share)]
        if all(path in values for path in MIX):
            values |= dict(zip(MIX, _whole_shares([values[path] for path in MIX]), strict=True))
        if self._experiment.openings:
            sizes = [(one, int(chosen[_places_in(one.hub)])) for one in self._experiment.openings]
            values[OPENINGS] = [
                {"hub": one.hub, "opens": one.opens, "places": one.places[size - 1]} for one, size in sizes if size
            ]
        return values

    def cheapest(self, cost: CostOf) -> dict[str, float | int]:
        """The policy that costs least, found choice by choice."""
        found = {choice.name: self._ends(choice)[0] for choice in self.choices}
        for choice in self.choices:
            costs = {end: cost(found | {choice.name: end}) for end in self._ends(choice)}
            found[choice.name] = min(costs, key=costs.__getitem__)
        return found

    def mended(
        self, chosen: Choices, cost: CostOf, limit: float, chance: np.random.Generator
    ) -> dict[str, float | int] | None:
        """A policy that costs at most `limit`: the chosen one, cut down choice by choice in random order.

        The last choice that is cut is cut no more than it must be, so that the money is used. The order is random, so
        that of two dear things now the one is kept, now the other.

        Returns:
            The policy, or None if even the cheapest costs more.
        """
        found = dict(chosen)
        if cost(found) <= limit:
            return found
        for place in chance.permutation(len(self.choices)):
            choice = self.choices[place]
            here = found[choice.name]
            costs = {end: cost(found | {choice.name: end}) for end in dict.fromkeys([*self._ends(choice), here])}
            least = min(costs, key=costs.__getitem__)
            if costs[least] >= costs[here]:
                continue
            if costs[least] > limit:
                found[choice.name] = least
                continue
            found[choice.name] = self._nearest(choice, found, cost, limit, least)
            return found
        return None

    def _nearest(
        self, choice: Choice, found: dict[str, float | int], cost: CostOf, limit: float, affordable: float | int
    ) -> float | int:
        """The affordable value of a choice that is nearest to the present one; `affordable` is one that is."""
        here = found[choice.name]
        if choice.levels is not None:
            fits = [
                level for level in range(choice.levels) if cost(found | {choice.name: level}) <= limit
            ]  # at least `affordable` does
            return min(fits, key=lambda level: abs(level - here) if choice.ordered else level)
        near, far = float(affordable), float(here)
        for _ in range(_HALVINGS):
            middle = (near + far) / 2
            near, far = (middle, far) if cost(found | {choice.name: middle}) <= limit else (near, middle)
        return near

    @staticmethod
    def _ends(choice: Choice) -> list[float | int]:
        """Values between which a choice's cost lies: both ends, or all levels if they have no order."""
        if choice.levels is None:
            return [0.0, 1.0]
        return [0, choice.levels - 1] if choice.ordered else list(range(choice.levels))


def _round_value(factor: Factor, share: float) -> float | int:
    """The value at a share of a factor's range, in steps of a hundredth of the range or finer, inside the range."""
    value = value_at_share(factor, share)
    low, high = factor.low or 0.0, factor.high or 0.0
    if factor.whole or factor.log or high <= low:
        return value
    decimals = 2 - math.floor(math.log10(high - low))
    return float(min(max(round(value, decimals), low), high))


def _whole_shares(parts: Sequence[float]) -> list[float]:
    """Parts as shares of their sum in whole per cent, which sum to 1; equal parts if all are zero."""
    total = sum(parts)
    ends = [0, *(round(100 * end) for end in np.cumsum([one / total if total else 1 / len(parts) for one in parts]))]
    return [(end - start) / 100 for start, end in pairwise(ends)]


def _places_in(hub: str) -> str:
    return f"places in {hub}"
