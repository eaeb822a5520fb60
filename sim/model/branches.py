"""One world continued under several policies side by side, from a present that they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from sim.kernel.masks import MOST_POLICIES
from sim.model.bundle import live_in_turn
from sim.model.ecosystem import EcosystemModel
from sim.model.setup import common_months, openings
from sim.model.side_by_side import SideBySide

if TYPE_CHECKING:
    from sim.model.bundle import Bundle
    from sim.scenario import Scenario


class Parting(NamedTuple):
    """When a policy parts from one that does the same until then."""

    month: int
    scenario: Scenario
    origin: Scenario


def branches(past: EcosystemModel, scenarios: Sequence[Scenario]) -> Iterator[EcosystemModel]:
    """Continue a world at its present, which stays as it is, under policies that have its past.

    Where it checks its accounts, so do they.

    Policies that still do the same are run once; as many as a word has bits live side by side, one after the other
    where a process of the month knows only single worlds.

    Yields:
        The world under each policy at its end, those that end first before others.

    Raises:
        ValueError: a policy has another past.
    """
    for scenario in scenarios:
        if scenario.history_digest != past.scenario.history_digest:
            raise ValueError(f"{scenario.key} has another history than {past.scenario.key}; run it from the start")
    together = 1 if live_in_turn() else MOST_POLICIES
    for first in range(0, len(scenarios), together):
        yield from _Branches(past, scenarios[first : first + together]).run()


class _Branches:
    """Policies of one world side by side."""

    def __init__(self, past: EcosystemModel, scenarios: Sequence[Scenario]):
        firsts, self._partings = _partings(scenarios)
        self._checked = past.check_accounts
        self._worlds = self._side_by_side(past.bundle, [past.place] * len(firsts), firsts)

    def run(self) -> Iterator[EcosystemModel]:
        """Run all policies; yields the world under each of them at its end."""
        while True:
            self._part()
            bundle, now = self._worlds.bundle, self._worlds.now
            ending = [one for one in bundle.scenarios if one.months <= now]
            yield from map(self._alone, ending)
            if len(ending) == bundle.policies:
                self._worlds.release()
                return
            if ending:
                self._go_on_with([one for one in bundle.scenarios if one not in ending], [])
            self._worlds.live()

    def _part(self) -> None:
        """Add the policies that differ from this month on."""
        now = self._worlds.now
        if due := [one for one in self._partings if one.month <= now]:
            self._partings = [one for one in self._partings if one.month > now]
            self._go_on_with(list(self._worlds.bundle.scenarios), due)

    def _go_on_with(self, scenarios: list[Scenario], parting: list[Parting]) -> None:
        """Continue some of the policies, and those that part from them."""
        worlds, bundle = self._worlds, self._worlds.bundle
        places = [bundle.scenarios.index(one) for one in scenarios]
        places += [bundle.scenarios.index(one.origin) for one in parting]
        self._worlds = self._side_by_side(bundle, places, [*scenarios, *(one.scenario for one in parting)])
        worlds.release()

    def _side_by_side(self, bundle: Bundle, places: list[int], scenarios: list[Scenario]) -> SideBySide:
        return SideBySide(bundle.taken(places, scenarios), check_accounts=self._checked)

    def _alone(self, scenario: Scenario) -> EcosystemModel:
        """The world under one policy, parted from the others."""
        bundle = self._worlds.bundle
        parted = bundle.taken([bundle.scenarios.index(scenario)], [scenario])
        return EcosystemModel.of(parted, check_accounts=self._checked)


def _partings(scenarios: Sequence[Scenario]) -> tuple[list[Scenario], list[Parting]]:
    """The policies that differ from the present on, and when each of the others parts from which of them.

    Those that differ in their new hubs alone do the same until the first hub opens that only one of them has.
    """
    firsts, partings = [], []
    ordered = sorted(scenarios, key=lambda one: one.digest_without_openings)
    for _, group in groupby(ordered, lambda one: one.digest_without_openings):
        first, *others = sorted(group, key=lambda one: len(openings(one.parameters.network)))
        firsts.append(first)
        months = map(partial(common_months, first), others)
        partings += [Parting(month, other, first) for month, other in zip(months, others, strict=True)]
    return firsts, partings
