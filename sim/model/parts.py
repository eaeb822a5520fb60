"""What the parts of an ecosystem see of the whole that holds them; `sim.model.ecosystem` puts it together."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sim.kernel.world import World

if TYPE_CHECKING:
    from sim.country.grid import RegionalGrid
    from sim.scenario import Scenario


class Whole(World, Protocol):
    """An ecosystem as its books, its record and its agents see it."""

    closed_by_region: np.ndarray
    """Startups that have left the market this month, (regions,)."""

    @property
    def time(self) -> float:
        """Months since the start, as Mesa counts them."""

    @property
    def months_done(self) -> int:
        """Number of months simulated so far."""

    @property
    def scenario(self) -> Scenario:
        """The scenario that it runs under."""

    @property
    def check_accounts(self) -> bool:
        """Whether money, startups and places are counted each month."""

    @property
    def random(self) -> Random:
        """Mesa's generator."""

    @property
    def space(self) -> RegionalGrid:
        """The map with its agents."""

    def hubs_changed(self, hub: Any) -> None:
        """A hub has opened or closed."""

    def close_startup(self, startup: Any) -> None:
        """Close one startup now, as if its founder had given up."""
