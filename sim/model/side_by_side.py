"""Several policies of one world, month by month, with what each of them has planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

from sim.model.bundle import Bundle
from sim.model.ecosystem import EcosystemModel

if TYPE_CHECKING:
    from sim.scenario import Scenario


class SideBySide:
    """A bundle that goes on, between two months.

    Args:
        bundle: the policies, from now on.
        check_accounts: verify each month that money, startups and places are conserved under each of them.

    Attributes:
        models: the world under each policy, to be looked at.
        now: months that have been simulated.
    """

    def __init__(self, bundle: Bundle, *, check_accounts: bool = False):
        self.bundle, self.now = bundle, bundle.month + 1
        self.models = [
            EcosystemModel.beside(bundle, place, check_accounts=check_accounts) for place in range(bundle.policies)
        ]
        for model in self.models:
            model.time = float(self.now)
        events: list[tuple[float, Callable[[], None], EcosystemModel]] = [
            (time, event, model) for model in self.models for time, event in model.events() if time > self.now
        ]
        self._events = sorted(events, key=lambda event: event[0], reverse=True)

    @classmethod
    def begin(cls, scenarios: Sequence[Scenario], seed: int, replication: int, *, check_accounts: bool = False) -> Self:
        """Worlds that begin; they may differ in all parameters that are not shared.

        Raises:
            StudyError: they differ in one that is.
        """
        return cls(Bundle(scenarios, seed, replication), check_accounts=check_accounts)

    def release(self) -> None:
        """Drop the state of all worlds, which frees their memory at once; they cannot be used afterwards."""
        self._events.clear()
        self.bundle.models.clear()
        for model in self.models:
            model.release()

    def live(self) -> None:
        """Run the events that are due, then simulate the next month of all policies."""
        while self._events and self._events[-1][0] < self.now + 1:
            time, event, model = self._events.pop()
            model.time = time
            event()
        self.bundle.live(self.now)
        self.now += 1
        for model in self.models:
            model.time = float(self.now)
