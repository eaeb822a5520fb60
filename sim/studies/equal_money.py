"""Groups policies that claim to cost the same and may therefore be ranked against each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol


class ClaimsCost(Protocol):
    """An object with a scenario's key and claim of cost."""

    @property
    def key(self) -> str:
        """Key of the scenario."""

    @property
    def same_cost_as(self) -> str | None:
        """Key of the scenario that it claims to cost as much as."""


class CostClaim(NamedTuple):
    """A scenario's claim of cost, as the manifest of a result keeps it."""

    key: str
    same_cost_as: str | None


def equal_money_groups(scenarios: Iterable[ClaimsCost]) -> list[list[str]]:
    """Groups of two or more policies that claim equal cost, as keys in the given order.

    A policy is in the group of the scenario that its `same_cost_as` names, together with all that name the same one.
    """
    claims = {scenario.key: scenario.same_cost_as for scenario in scenarios}
    group = {name: name for pair in claims.items() for name in pair if name is not None}
    for key, other in claims.items():
        if other is not None:
            joined, kept = group[key], group[other]
            group = {name: kept if of == joined else of for name, of in group.items()}
    found: dict[str, list[str]] = {}
    for key in claims:
        found.setdefault(group[key], []).append(key)
    return [keys for keys in found.values() if len(keys) > 1]
