"""Who meets whom in a month: first the place and sector of the partner, then the next one on its circle."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import accumulate
from math import floor
from typing import TYPE_CHECKING

from sim.declare.states import Sector

if TYPE_CHECKING:
    from benchmarks.object_model import ObjectModel
    from benchmarks.plain_mesa.hub import Hub
    from benchmarks.plain_mesa.startup import Startup


class Crowd:
    """Those who can be met somewhere, on one circle for each place and sector.

    Args:
        same_sector: weight of a partner of the same sector relative to another one.
        closeness: weight of a meeting between two places, by place; everybody meets only at home if not given.
    """

    def __init__(self, same_sector: float, closeness: list[list[float]] | None = None):
        self.same_sector, self.closeness = same_sector, closeness
        self._circles: dict[int, list[list[tuple[float, int, Startup]]]] = defaultdict(lambda: [[] for _ in Sector])
        self._weights: dict[tuple[int, int], tuple[list[int], list[float]]] = {}

    def add(self, startup: Startup, place: int, position: float) -> None:
        """Put somebody on the circle."""
        self._circles[place][startup.sector].append((position, startup.number, startup))

    def close(self) -> None:
        """Sort the circles: nobody comes any more."""
        self._circles = dict(sorted(self._circles.items()))
        for circles in self._circles.values():
            for circle in circles:
                circle.sort()

    def partner(self, seeker: Startup, place: int, group: float, point: float) -> Startup | None:
        """Whom a seeker of a place finds, by two uniform draws."""
        places, cumulative = self._weights_of(place, seeker.sector)
        if not cumulative or cumulative[-1] == 0:
            return None
        chance = group * cumulative[-1]
        index = min(bisect_right(cumulative, chance), len(cumulative) - 1)
        chance -= cumulative[index - 1] if index > 0 else 0.0
        there = places[index]
        closeness = self.closeness[place][there] if self.closeness else 1.0
        for sector, circle in enumerate(self._circles[there]):
            if circle:
                met = circle
                chance -= closeness * len(circle) * (self.same_sector if sector == seeker.sector else 1.0)
                if chance < 0:
                    break
        return self._next(met, point, seeker)

    def _weights_of(self, place: int, sector: int) -> tuple[list[int], list[float]]:
        """Places where somebody can be met, and their cumulative weights, for seekers of a place and sector."""
        found = self._weights.get((place, sector))
        if found is None:
            places = list(self._circles) if self.closeness else [one for one in (place,) if one in self._circles]
            row = self.closeness[place] if self.closeness else None
            weights = []
            for there in places:
                circles = self._circles[there]
                met = sum(map(len, circles)) - (1 - self.same_sector) * len(circles[sector])
                weights.append(met if row is None else row[there] * met)
            found = self._weights[place, sector] = places, list(accumulate(weights))
        return found

    @staticmethod
    def _next(circle: list[tuple[float, int, Startup]], point: float, seeker: Startup) -> Startup | None:
        first = bisect_left(circle, (point,))
        for turn in range(min(2, len(circle))):
            startup = circle[(first + turn) % len(circle)][2]
            if startup is not seeker:
                return startup
        return None


class Meetings:
    """The meetings of one month."""

    def __init__(self, model: ObjectModel):
        same_sector = model.parameters.contacts.same_sector
        self.model = model
        self._in_hubs, self._outside = Crowd(same_sector), Crowd(same_sector, model.closeness)
        self._residents: list[tuple[Startup, int]] = []
        self._others: list[tuple[Startup, int]] = []

    def seek(self, startup: Startup, hub: Hub | None) -> None:
        """Somebody looks for a partner, in a hub or outside."""
        if hub is None:
            self._others.append((startup, startup.city))
        else:
            self._residents.append((startup, hub.index))

    def attend_hub(self, startup: Startup, hub: Hub, position: float) -> None:
        """Somebody can be met in a hub."""
        self._in_hubs.add(startup, hub.index, position)

    def attend(self, startup: Startup, position: float) -> None:
        """Somebody can be met outside hubs."""
        self._outside.add(startup, startup.city, position)

    def take_place(self) -> None:
        """Let ties end whose time is over, and new ones begin."""
        model, luck = self.model, self.model.luck
        for one, other in model.farewells.pop(model.month, ()):
            if other in one.partners:
                one.partners.remove(other)
                other.partners.remove(one)
        duration = model.parameters.contacts.duration
        for crowd, seekers in ((self._in_hubs, self._residents), (self._outside, self._others)):
            crowd.close()
            for seeker, place in seekers:
                group, point = luck.uniform("contacts.group", seeker.key), luck.uniform("contacts.member", seeker.key)
                partner = crowd.partner(seeker, place, group, point)
                if partner is None or partner in seeker.partners:
                    continue
                life = luck.exponential("contacts.duration", seeker.key)
                seeker.partners.append(partner)
                partner.partners.append(seeker)
                model.farewells[model.month + 1 + floor(life * duration)].append((seeker, partner))
