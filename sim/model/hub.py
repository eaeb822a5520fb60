"""Hubs: the places of the network, fixed on cells, with places, residents and mentor hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.model.placed import PlacedAgent

if TYPE_CHECKING:
    from sim.kernel.state import HubStates
    from sim.model.parts import Whole


@dataclass(frozen=True)
class HubPlan:
    """What is planned for a hub before the world begins.

    Args:
        name: its name in results and files.
        city: index of its city.
        steps: `(month, places)` in order: the month from which it has this number of places, counted from
            the start of the world; the first step is the opening.
        capital: fit-out cost of all its places, in kMAD.
        closes: month from which it no longer admits and serves, or None.
        mentor_hours: mentor hours a month set by the policy, or None for the network's rule.
    """

    name: str
    city: int
    steps: tuple[tuple[int, int], ...]
    capital: float
    closes: int | None = None
    mentor_hours: float | None = None

    @property
    def opens(self) -> int:
        """Month of the opening."""
        return self.steps[0][0]


class Hub(PlacedAgent):
    """One hub. Opening, extension and closing are Mesa events that the model schedules.

    Attributes:
        index (-): its number in the columns of startups (`hub`, `waiting_at`).
        name (text): its name in results and files.
        city (-): index of its city.
        is_open (yes or no): whether it admits and serves.
        places (startups): how many it can house now.
        mentor_hours (h/month): mentor hours that it pays this month.
        residents (startups): how many it houses.
        waiting (startups): how many are on its list.
    """

    def __init__(self, model: Whole, index: int, plan: HubPlan):
        super().__init__(model)
        self.index, self.plan = index, plan
        self.name, self.city = plan.name, plan.city

    @property
    def _states(self) -> HubStates:
        return self.model.bundle.hubs

    def _state(self, name: str) -> Any:
        return getattr(self._states, name)[self.model.place, self.index].item()

    def _set(self, name: str, value: Any) -> None:
        getattr(self._states, name)[self.model.place, self.index] = value

    is_open = property(lambda self: self._state("is_open"), lambda self, value: self._set("is_open", value))
    places = property(lambda self: self._state("places"), lambda self, value: self._set("places", value))
    mentor_hours = property(
        lambda self: self._state("mentor_hours"), lambda self, value: self._set("mentor_hours", value)
    )
    residents = property(lambda self: self._state("residents"), lambda self, value: self._set("residents", value))
    waiting = property(lambda self: self._state("waiting"), lambda self, value: self._set("waiting", value))

    def open(self) -> None:
        """Open, or take into use the places that are due now."""
        if self.plan.closes is not None and self.model.time > self.plan.closes:
            return
        due = [places for month, places in self.plan.steps if month <= self.model.time]
        self.places = due[-1]
        if not self.is_open:
            self.is_open = True
            self.model.hubs_changed(self)

    def close(self) -> None:
        """Stop admitting and serving; residents and waiting startups leave."""
        self.is_open = False
        self.places = 0
        self.model.hubs_changed(self)

    def __repr__(self) -> str:
        return f"Hub({self.name!r}, {self.residents} of {self.places} places)"
