"""What a process sees of its world: all that it may read, write and draw from, by name.

A world lives under several policies side by side. What differs between them has them as its first axis: arrays
(policies,), (policies, startups), (policies, hubs). A process that needs more asks for it here first; nothing is
created in passing. Properties are read only; what has no property is what processes write.

A process of another package may be simpler: `act(model)` is called with one world under one policy, an
`sim.model.ecosystem.EcosystemModel`, whose numbers and arrays have no axis of policies.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

import numpy as np

from sim.country.geography import Geography
from sim.kernel.founders import Founders
from sim.kernel.randomness import Streams
from sim.kernel.state import Cohorts, Deals, FunderStates, HubStates, Leavers, Start


class Startups(Protocol):
    """The startups: each declared column is an attribute, (startups,) if shared, (policies, startups) if not.

    Arrays have room for more: the first `used` rows are used.
    """

    used: int
    alive: np.ndarray
    """Words of the policies under which each startup is active, (startups,); see `sim.kernel.masks`."""
    row_of: np.ndarray
    """Row of each startup by founding number, (founded,); -1 when it has closed under all policies."""

    def see[R](self, record: type[R]) -> R:
        """The startups as a record of `sim.kernel.records.columns`, for a compiled loop: it takes columns by name."""

    def column(self, name: str, policy: int) -> np.ndarray:
        """One column under one policy, (startups,); rows of startups that have closed there are in it."""

    def active(self, policy: int) -> np.ndarray:
        """Rows of the startups that are active under a policy."""

    def close(self, leavers: Leavers) -> None:
        """Take startups off the market."""

    def __getattr__(self, name: str) -> Any: ...


class Terms(Protocol):
    """What a funder offers during one period; see `sim.model.funder.FunderTerms`."""

    @property
    def number(self) -> float:
        """Startups that it can fund in a year."""

    @property
    def envelope(self) -> float:
        """Money that it can give in a year, kMAD."""

    @property
    def law(self) -> tuple[float, float, float, float]:
        """Median of its tickets in kMAD, their standard deviation in logs, and the smallest and largest, kMAD."""


class Funder(Protocol):
    """What is the same of a funder under all policies; see `sim.model.funder.Funder`."""

    @property
    def index(self) -> int:
        """Its number among all funders."""

    @property
    def kind(self) -> str:
        """`grant`, `honour_loan`, `loan`, `seed` or `venture`."""

    @property
    def repay_months(self) -> int:
        """Months over which its loans are repaid."""

    @property
    def interest_rate(self) -> float:
        """Interest on its loans, a share a year."""

    @property
    def due_diligence(self) -> int:
        """Months from choice to payment."""

    def terms_at(self, month: int) -> Terms | None:
        """What it offers in a month, or None when it is not active."""


class Contacts(Protocol):
    """The graph of contacts; see `sim.model.contacts.Contacts`."""

    count: int
    numbers: np.ndarray
    first_row: np.ndarray
    second_row: np.ndarray
    ends: np.ndarray
    policies: np.ndarray

    def resize(self, count: int, numbers: np.ndarray) -> None:
        """Cut the arrays to `count` ties; `numbers` are the founding numbers of the rows that the ties refer to."""

    def with_room(self, more: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows and ends (3, ties), and policies (ties,), with room for more ties."""


class Ledger(Protocol):
    """The month's flows of money."""

    def flow(self, source: str, target: str, kind: str, amount: np.ndarray) -> None:
        """Enter a flow of this month; `amount` in kMAD, not negative, (policies,)."""


class World(Protocol):
    """One world under its policies in one month, as a process sees it."""

    # --- what processes write

    leaving: np.ndarray
    """Why a startup leaves the market this month, 0 while it stays, (policies, startups)."""
    newcomers: list[Founders]
    """Founders who enter before this month's opening state is recorded."""
    refounders: dict[int, list[Any]]
    """Founders who begin again, by month."""
    access: np.ndarray
    """How near an open hub is to each city, from 0 to 1, (policies, cities)."""
    nearest_hub: np.ndarray
    """Index of the hub nearest to each city, -1 without an open one, (policies, cities)."""
    attention: np.ndarray
    """Mentor hours of a resident as a share of those offered, (policies, hubs + 1), 0 outside hubs."""
    introductions: np.ndarray
    """Factor on the rate of meetings, (policies, hubs + 1), 1 outside hubs."""
    deals: Deals
    """Startups that funders have chosen and not yet paid."""

    @property
    def tally(self) -> MutableMapping[str, Any]:
        """What the month has counted, by the names that processes declare, (policies,) each; to be added to."""

    @property
    def hub_tally(self) -> MutableMapping[str, Any]:
        """What the month has counted by hub, (policies, hubs) each; to be added to."""

    @property
    def programme(self) -> MutableMapping[str, Any]:
        """What the programmes cost this month, by kind, kMAD, (policies,) each; to be added to."""

    def books[R](self, record: type[R]) -> R:
        """The month's books as a record of `sim.kernel.records.booked`, for a loop: it adds to them by name."""

    # --- what they read

    @property
    def policies(self) -> int:
        """How many policies live side by side."""

    @property
    def month(self) -> int:
        """Months since the world began."""

    @property
    def month_of_year(self) -> int:
        """0 in January."""

    @property
    def months(self) -> int:
        """Months of the longest horizon."""

    def rates[R](self, record: type[R]) -> R:
        """The parameters that hold this month and a record of `sim.kernel.records.read_from` names, (policies,)."""

    def by_policy[R](self, read: Callable[[Any], R]) -> R:
        """What is read of each policy's parameters, a record of numbers, as a record of arrays (policies,)."""

    def acts(self, read: Any) -> bool:
        """Whether a mechanism is enabled under any policy; `read` as of `rates` or `by_policy`."""

    @property
    def past(self) -> Any:
        """The shared parameters by block and name: `past.population.scale`; others are read by policy."""

    @property
    def before(self) -> Start:
        """The state at the start of the month: all but ranked choices depend on it alone."""

    @property
    def startups(self) -> Startups:
        """The active startups."""

    @property
    def hubs(self) -> HubStates:
        """The hubs, those that are yet to open included."""

    @property
    def funders(self) -> tuple[Funder, ...]:
        """The funders."""

    @property
    def funds(self) -> FunderStates:
        """What funders have done."""

    @property
    def contacts(self) -> Contacts:
        """Who is tied to whom."""

    @property
    def ledger(self) -> Ledger:
        """The month's books."""

    @property
    def cohorts(self) -> Cohorts:
        """What became of those founded and admitted in each month."""

    @property
    def fair_due(self) -> np.ndarray:
        """Whether the yearly fair takes place this month, (policies,)."""

    @property
    def admissions(self) -> dict[int, tuple[np.ndarray, np.ndarray]] | None:
        """Who is admitted where and when instead of queues, if another world says so."""

    @property
    def choosing(self) -> int:
        """How many policies, the first ones, choose whom they admit; the others admit whom the first one admits."""

    # --- where things are

    @property
    def geography(self) -> Geography:
        """Regions, cities and distances."""

    @property
    def central_region(self) -> np.ndarray:
        """Whether a region is a central one, (regions,)."""

    @property
    def city_keys(self) -> np.ndarray:
        """Keys that name cities for random streams, (cities,)."""

    @property
    def closeness(self) -> np.ndarray:
        """How near cities are to each other, from 0 to 1, (cities, cities)."""

    @property
    def pull(self) -> np.ndarray:
        """How near hubs are to cities, from 0 to 1, (policies, cities, hubs)."""

    @property
    def readiness(self) -> np.ndarray:
        """Weight with which a founder moves to a city (rows) from another (columns), (cities, cities)."""

    @property
    def reach(self) -> np.ndarray:
        """How far funders invest, falling with distance, (funders, cities)."""

    @property
    def anywhere(self) -> np.ndarray:
        """Ones, for funders whom distance does not hinder, (funders, cities)."""

    # --- chance

    @property
    def streams(self) -> Streams:
        """Named random streams of this world."""

    def base_founders_of(self, month: int) -> Founders:
        """Base founders of a month."""
        ...

    @property
    def possible_founders(self) -> Any:
        """All founders whom hubs could draw: `sim.processes.induced_entry.PossibleFounders`."""

    def months_until(self, month: str) -> int:
        """Months from the start to a calendar month."""
