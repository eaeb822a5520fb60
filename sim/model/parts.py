"""What the parts of an ecosystem see of the whole that holds them; `sim.model.ecosystem` puts it together."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sim.kernel.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.country.geography import Geography
    from sim.country.grid import RegionalGrid
    from sim.model.tally import Tally
    from sim.scenario import Scenario


class Together(World, Protocol):
    """The policies of a world as its books and its record see them."""

    closed_by_region: np.ndarray
    """Startups that have left the market this month, (policies, regions)."""

    @property
    def scenarios(self) -> Sequence[Scenario]:
        """What each policy is."""

    @property
    def tally(self) -> Tally:
        """What the month has counted, (policies,) each."""

    @property
    def programme(self) -> Tally:
        """What the programmes cost this month, by kind, kMAD, (policies,) each."""


class Whole(Protocol):
    """An ecosystem as its books, its record and its agents see it."""

    @property
    def bundle(self) -> Together:
        """The policies that live side by side."""

    @property
    def place(self) -> int:
        """Which of them this one is."""

    @property
    def month(self) -> int:
        """Months since the world began."""

    @property
    def startups(self) -> Any:
        """The active startups."""

    @property
    def hubs(self) -> Sequence[Any]:
        """The hubs, those that are yet to open included."""

    @property
    def funders(self) -> Sequence[Any]:
        """The funders."""

    @property
    def ledger(self) -> Any:
        """The month's books."""

    @property
    def recorder(self) -> Any:
        """What has been recorded month by month."""

    @property
    def admissions(self) -> dict[int, tuple[np.ndarray, np.ndarray]] | None:
        """Who is admitted where and when instead of queues, if another world says so."""

    @property
    def geography(self) -> Geography:
        """Regions, cities and distances."""

    def months_until(self, month: str) -> int:
        """Months from the scenario's start to a calendar month."""

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
