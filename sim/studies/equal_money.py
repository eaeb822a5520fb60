"""Which policies claim to cost the same, and may therefore be ranked against each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol


class ClaimsCost(Protocol):
    """A scenario, as far as its claim goes."""

    @property
    def key(self) -> str:
        """What it is called."""

    @property
    def same_cost_as(self) -> str | None:
        """Key of the scenario that it is meant to cost as much as."""


class CostClaim(NamedTuple):
    """What the manifest of a result keeps of a scenario's claim."""

    key: str
    same_cost_as: str | None


def equal_money_groups(scenarios: Iterable[ClaimsCost]) -> list[list[str]]:
    """Keys of the policies that claim equal money, group by group, two or more each, in the order given.

    A policy belongs with the one that its `same_cost_as` names, and with all that name the same one.
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
