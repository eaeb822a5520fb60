"""What a process sees of its world: all that it may read, write and draw from, by name.

`sim.model.ecosystem.EcosystemModel` is such a world. A process that needs more asks for it here first; nothing is
created in passing. Properties are read only; what has no property is what processes write.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

import numpy as np

from sim.country.geography import Geography
from sim.kernel.founders import Founders
from sim.kernel.randomness import Streams


class Start(NamedTuple):
    """The state of the startups when a month starts.

    Attributes:
        competence (3, startups): finance, market access and skills.
        mean_competence (startups): their mean.
        revenue, cash (startups): in kMAD a month and kMAD.
        log_revenue (startups): natural logarithm of the revenue.
    """

    competence: np.ndarray
    mean_competence: np.ndarray
    revenue: np.ndarray
    log_revenue: np.ndarray
    cash: np.ndarray


class Cohorts(NamedTuple):
    """What became of those of a month: founded and failed within five years, by region; admitted, and successful."""

    founded: np.ndarray
    failed: np.ndarray
    admitted: np.ndarray
    success_24: np.ndarray
    success_60: np.ndarray

    @classmethod
    def empty(cls, months: int, regions: int) -> Self:
        """All 0: (months, regions) of the founded and failed, (months,) of the others."""
        by_region, by_month = (months, regions), (months,)
        return cls(*(np.zeros(shape) for shape in (by_region, by_region, by_month, by_month, by_month)))

    def copy_from(self, other: Cohorts, months: int) -> None:
        """Take over the first `months` of another world's."""
        for mine, theirs in zip(self, other, strict=True):
            mine[:months] = theirs[:months]


class Startups(Protocol):
    """The active startups: each declared column is an attribute, an array (startups,)."""

    count: int
    row_of: np.ndarray
    """Row of each startup by founding number, (founded,); -1 when it has closed."""

    def see[R](self, record: type[R]) -> R:
        """The startups as a record of `sim.kernel.records.columns`, for a compiled loop: it takes columns by name."""

    def close(self, rows: np.ndarray) -> None:
        """Move the given rows, in increasing order, to the archive."""

    def __getattr__(self, name: str) -> Any: ...


class Plan(Protocol):
    """What is planned for a hub."""

    @property
    def mentor_hours(self) -> float | None:
        """Hours a month that the policy sets; None for the network's rule."""


class Hub(Protocol):
    """A hub as processes see it."""

    mentor_hours: float
    residents: int
    waiting: int

    @property
    def index(self) -> int:
        """Its number in the columns of startups."""

    @property
    def name(self) -> str:
        """Its name in results and files."""

    @property
    def is_open(self) -> bool:
        """Whether it admits and serves."""

    @property
    def places(self) -> int:
        """How many startups it can house now."""

    @property
    def plan(self) -> Plan:
        """What is planned for it."""


class Terms(Protocol):
    """What a funder offers during one period; see `sim.model.funder.FunderTerms`."""

    @property
    def number(self) -> float:
        """Startups that it can fund in a year."""

    @property
    def envelope(self) -> float:
        """Money that it can give in a year, kMAD."""

    @property
    def median(self) -> float:
        """Median of its tickets before they are clipped, kMAD."""

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm of its tickets."""

    @property
    def smallest(self) -> float:
        """Smallest ticket, kMAD."""

    @property
    def largest(self) -> float:
        """Largest ticket, kMAD."""


class Funder(Protocol):
    """A funder as processes see it; see `sim.model.funder.Funder`."""

    given: float
    repaid: float
    interest: float
    written_off: float

    @property
    def index(self) -> int:
        """Its number among all funders."""

    @property
    def name(self) -> str:
        """Its name in results and files."""

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

    @property
    def funded_this_year(self) -> int:
        """Startups chosen since January."""

    @property
    def central_this_year(self) -> int:
        """Startups of central regions chosen since January."""

    @property
    def spent_this_year(self) -> float:
        """Money promised since January, kMAD."""

    def terms_at(self, month: int) -> Terms | None:
        """What it offers in a month, or None when it is not active."""

    def new_year(self) -> None:
        """Renew the yearly number and envelope."""

    def promise(self, number: int, amount: float, month: int, *, central: bool) -> None:
        """Choose a startup, which is paid when the due diligence is over."""

    def due(self, month: int) -> list[tuple[int, float]]:
        """Take the deals whose due diligence is over out of the pipeline: startup numbers and tickets in kMAD."""


class Contacts(Protocol):
    """The graph of contacts; see `sim.model.contacts.Contacts`."""

    count: int
    numbers: np.ndarray
    first_row: np.ndarray
    second_row: np.ndarray
    ends: np.ndarray

    def resize(self, count: int, numbers: np.ndarray) -> None:
        """Cut the arrays to so many ties, whose rows are those of startups of these founding numbers."""

    def with_room(self, more: int) -> np.ndarray:
        """All three arrays (3, ties), with room for more ties."""


class Ledger(Protocol):
    """The month's flows of money."""

    cash: float
    """What startups held together at the end of the last month, kMAD."""

    def flow(self, source: str, target: str, kind: str, amount: float) -> None:
        """Enter a flow of this month; `amount` in kMAD, not negative."""


class World(Protocol):
    """One world in one month, as a process sees it."""

    # --- what processes write

    leaving: np.ndarray
    """Why a startup leaves the market this month, 0 while it stays, (startups,)."""
    newcomers: list[Founders]
    """Founders who enter before this month's opening state is recorded."""
    refounders: dict[int, list[Founders]]
    """Founders who begin again, by month."""
    tally: MutableMapping[str, float]
    """What the month has counted, by the names that processes declare."""
    programme: dict[str, float]
    """What the programmes cost this month, by kind, kMAD."""
    access: np.ndarray
    """How near an open hub is to each city, from 0 to 1, (cities,)."""
    nearest_hub: np.ndarray
    """Index of the hub nearest to each city, -1 without an open one, (cities,)."""
    attention: np.ndarray
    """Mentor hours of a resident as a share of those offered, (hubs + 1,), 0 outside hubs."""
    introductions: np.ndarray
    """Factor on the rate of meetings, (hubs + 1,), 1 outside hubs."""

    # --- what they read

    @property
    def month(self) -> int:
        """Months since the world began."""

    @property
    def month_of_year(self) -> int:
        """0 in January."""

    @property
    def parameters(self) -> Any:
        """The scenario's parameters that hold this month, by block and name."""

    @property
    def scenario(self) -> Any:
        """The scenario, for what holds in its whole horizon: `months`, `present_months`, `start`."""

    @property
    def before(self) -> Start:
        """The state at the start of the month: all but ranked choices depend on it alone."""

    @property
    def startups(self) -> Startups:
        """The active startups."""

    @property
    def hubs(self) -> Sequence[Hub]:
        """The hubs, those that are yet to open included."""

    @property
    def funders(self) -> Sequence[Funder]:
        """The funders."""

    @property
    def contacts(self) -> Contacts:
        """Who is tied to whom."""

    @property
    def ledger(self) -> Ledger:
        """The month's books."""

    @property
    def fair_due(self) -> bool:
        """Whether the yearly fair takes place this month."""

    @property
    def admissions(self) -> dict[int, tuple[np.ndarray, np.ndarray]] | None:
        """Who is admitted where and when instead of queues, if another world says so."""

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
        """How near hubs are to cities, from 0 to 1, (cities, hubs)."""

    @property
    def same_hub(self) -> np.ndarray:
        """One on the diagonal, (hubs, hubs): residents meet those of their own hub."""

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

    @property
    def base_founders(self) -> Founders:
        """All base founders of the horizon."""

    @property
    def possible_founders(self) -> Any:
        """All founders whom hubs could draw: `sim.processes.induced_entry.PossibleFounders`."""

    # --- counts of the whole horizon, by month

    @property
    def hub_tally(self) -> Mapping[str, np.ndarray]:
        """What the month has counted by hub, (hubs,) each."""

    @property
    def cohorts(self) -> Cohorts:
        """What became of those founded and admitted in each month."""

    def months_until(self, month: str) -> int:
        """Months from the scenario's start to a calendar month."""
