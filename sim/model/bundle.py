"""A bundle: one world under several policies that share its past, side by side, month by month.

What chance brings a startup is drawn once for all policies; what a policy changes is kept by policy. A world alone is a
bundle of one policy, and has the same numbers alone as beside others. `live` is the month; its order is that of
`sim.processes.MONTH`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from inspect import signature
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sim.country.geography import geography
from sim.declare.calendar import months_between, ordinal
from sim.errors import StudyError
from sim.kernel.founders import Founders
from sim.kernel.masks import MOST_POLICIES
from sim.kernel.mathematics import exp_each
from sim.kernel.randomness import Streams, combine
from sim.kernel.records import block_of, entries_of, fields_of, stacked
from sim.kernel.state import Cohorts, Deals, FunderStates, HubStates, Start
from sim.model import setup
from sim.model.agreed import agreed
from sim.model.beginning import Beginning, Booked, Enrolled, begin, enrol
from sim.model.contacts import Contacts
from sim.model.exit import close
from sim.model.history import NATIONAL, Record
from sim.model.ledger import Ledger
from sim.model.table import Table
from sim.model.tally import Tally
from sim.processes import BLOCKS, COLUMNS, COUNTS, FOUNDING, LEAVING, LIVING, PAYMENTS
from sim.processes.costs import KINDS, series_of
from sim.processes.induced_entry import PossibleFounders, possible_founders, readiness
from sim.processes.meetings import NEAREST
from sim.processes.population import base_founders, monthly_mean

if TYPE_CHECKING:
    from sim.declare import Flow
    from sim.processes.admission import Admissions
    from sim.scenario import Scenario

CASH = NATIONAL.index("cash_total")
"""Place of the cash of all startups among the national series."""
COSTS = {series_of(kind): kind for kind in KINDS}
"""What programmes cost, by the names of its series."""
DRAWN_TOGETHER = 4096
"""About how many base founders are drawn at once: all of a large country would take more memory than the living."""
HUB_COUNTS = ("admissions", "graduations")
"""What is counted by hub each month."""


class Bundle:
    """The state of one world under its policies, and its month.

    Args:
        scenarios: one for each policy; they begin in the same month.
        seed: root seed.
        replication: which of the worlds of that seed.

    Raises:
        StudyError: there are more policies than bits in a word, or they differ in a parameter that they share.
    """

    def __init__(self, scenarios: Sequence[Scenario], seed: int, replication: int):
        if len(scenarios) > MOST_POLICIES:
            raise StudyError(f"{len(scenarios)} policies cannot live side by side; at most {MOST_POLICIES} can")
        self.scenarios, self.seed, self.replication = tuple(scenarios), seed, replication
        self.policies, self.months = len(scenarios), max(scenario.months for scenario in scenarios)
        self.start, self.past = scenarios[0].start, agreed(scenarios)
        self.parameters = [scenario.history for scenario in scenarios]
        self._read: dict[Any, Any] = {}
        self._acting: dict[Any, bool] = {}
        self._books: dict[type, Any] = {}
        self._founders: dict[int, Founders] = {}
        self.month, self.month_of_year = -1, 0
        self.admissions: Admissions | None = None
        self.choosing = self.policies
        self.models: list[Any] = [None] * self.policies
        self.geography = geography()
        self.streams = Streams(seed, replication, self.months)
        self.startups = Table(COLUMNS, self.policies)
        self._months_together = max(1, int(DRAWN_TOGETHER / max(monthly_mean(self.past.population), 1.0)))
        self._prepare_places()
        self.contacts, self.ledger = Contacts(), Ledger(PAYMENTS, self.policies)
        self.newcomers: list[Founders] = []
        self.refounders: dict[int, list[Any]] = {}
        self.deals = Deals.none()
        regions, cities, hubs = len(self.geography.regions), len(self.geography.cities), self.hubs.places.shape[1]
        self.record = Record(self.policies, self.months, hubs, regions)
        self.cohorts = Cohorts.empty(self.policies, self.months, regions)
        self.access, self.nearest_hub = np.zeros((self.policies, cities)), np.full((self.policies, cities), -1)
        self.attention, self.introductions = np.zeros((self.policies, hubs + 1)), np.ones((self.policies, hubs + 1))
        self.before = Start.empty(self.policies, 0)
        self.leaving = np.empty((self.policies, 0), dtype=np.int8)
        self.tally = Tally(COUNTS, np.zeros((len(COUNTS), self.policies)))
        self.programme = Tally(KINDS, np.zeros((len(KINDS), self.policies)))
        self.hub_tally = Tally(HUB_COUNTS, np.zeros((len(HUB_COUNTS), self.policies, hubs)))
        self.closed_by_region = np.zeros((self.policies, regions))
        self.fair_due = np.zeros(self.policies, dtype=bool)

    # --- the month ------------------------------------------------------------------------------

    def live(self, month: int) -> None:
        """Simulate one month, in the order of `sim.processes.MONTH`."""
        self.month = month
        self.month_of_year = (ordinal(self.start) + month) % 12
        for process in FOUNDING:
            self._act(process)
        self._found()
        self._remember_start()
        for process in LIVING:
            self._act(process)
        close(self, self.leaving)
        for process in LEAVING:
            self._act(process)
        self._close_books()
        self._begin_counting()

    def _act(self, process: Any) -> None:
        """Call a process for all policies at once, or once for each of them if it takes a single world."""
        if acts_on_one(process):
            for model in self.models:
                process.act(model)
        else:
            process.act(self)

    def _found(self) -> None:
        """Add the newcomers, who bring their cash, to the table."""
        if not self.newcomers:
            return
        new = self.startups.found(*self.newcomers)
        self.newcomers = []
        enrol(new.start, self.month, self.startups.see(Enrolled), self.cohorts.founded, self.books(Booked))

    def _remember_start(self) -> None:
        """Keep the state at the start of the month: all but ranked choices depend on it alone."""
        startups = self.startups
        if self.before.cash.shape[1] < startups.used:
            self.before = Start.empty(self.policies, startups.alive.size)
            self.leaving = np.empty((self.policies, startups.alive.size), dtype=np.int8)
        begin(startups.see(Beginning), self.before, self.leaving)

    def _close_books(self) -> None:
        """Record the month, and close its books."""
        self.record.record(self)
        before = self.ledger.cash
        self.ledger.close_month(self.record.national[:, self.month, CASH].copy())
        for model, held in zip(self.models, before.tolist(), strict=True):
            if model is not None and model.check_accounts and self.month < model.end:
                model.check_month(held)

    def _begin_counting(self) -> None:
        """Reset the month's counts."""
        for counts in (self.tally, self.programme, self.hub_tally):
            counts.reset()
        self.closed_by_region.fill(0.0)
        self.fair_due.fill(False)

    def books[R](self, record: type[R]) -> R:
        """The month's books as a record of `sim.kernel.records.booked`, for a loop: it adds to them by name."""
        found: R | None = self._books.get(record)
        if found is None:
            kind = cast(Callable[..., R], record)
            found = self._books[record] = kind(*map(self._booked, entries_of(record)))
        return found

    def _booked(self, entry: str | Flow) -> np.ndarray:
        if isinstance(entry, tuple):
            return self.ledger.entered(entry)
        found: np.ndarray = self.programme[COSTS[entry]] if entry in COSTS else self.tally[entry]
        return found

    # --- what the policies set ------------------------------------------------------------------

    def begin_policy(self, policy: int) -> None:
        """Use the parameters of a policy from now on; until then they are those of the past."""
        self.parameters[policy] = self.scenarios[policy].parameters
        self._read.clear()
        self._acting.clear()

    def rates[R](self, record: type[R]) -> R:
        """The parameters that hold this month and a record of `sim.kernel.records.read_from` names, (policies,)."""
        found: R | None = self._read.get(record)
        if found is None:
            names, block = fields_of(record), _block_name(block_of(record))
            kind = cast(Callable[..., R], record)
            blocks = [getattr(parameters, block) for parameters in self.parameters]
            found = self._read[record] = stacked([kind(*(getattr(one, name) for name in names)) for one in blocks])
        return found

    def by_policy[R](self, read: Callable[[Any], R]) -> R:
        """What is read of each policy's parameters, a record of numbers, as a record of arrays (policies,)."""
        found: R | None = self._read.get(read)
        if found is None:
            found = self._read[read] = stacked([read(parameters) for parameters in self.parameters])
        return found

    def acts(self, read: Any) -> bool:
        """Whether a mechanism is enabled under any policy; `read` as of `rates` or `by_policy`."""
        acting = self._acting.get(read)
        if acting is None:
            found = self.rates(read) if isinstance(read, type) else self.by_policy(read)
            acting = self._acting[read] = bool(found.enabled.any())
        return acting

    # --- preparation ------------------------------------------------------------------------------

    def _prepare_places(self) -> None:
        country = self.geography
        self.city_keys = combine(np.arange(len(country.cities)))
        self.central_region = country.central
        self.closeness = exp_each(-country.distance / self.past.network.catchment)
        self.funders = setup.funder_plans(self.start)
        self.funds = FunderStates.begin(self.policies, len(self.funders))
        theta = self.past.funding.distance_elasticity
        from_funders = country.distance[[funder.city for funder in self.funders]]
        self.reach = (np.maximum(from_funders, NEAREST) / NEAREST) ** -theta
        self.anywhere = np.ones_like(self.reach)
        self.readiness = readiness(country, self.past.induced_entry.displacement_length)
        self.plans = [setup.hub_plans(scenario) for scenario in self.scenarios]
        most = max(map(len, self.plans))
        self.hubs = HubStates.closed(self.policies, most)
        self.pull = np.zeros((self.policies, len(country.cities), most))
        for policy, plans in enumerate(self.plans):
            self.pull[policy, :, : len(plans)] = self.closeness[:, [plan.city for plan in plans]]
            hours = [np.nan if plan.mentor_hours is None else plan.mentor_hours for plan in plans]
            self.hubs.planned_hours[policy, : len(plans)] = hours

    def base_founders(self, first: int = 0, end: int | None = None) -> Founders:
        """Base founders of some months, by default of all; see `sim.processes.population.base_founders`."""
        return base_founders(self, first, self.months if end is None else end)

    def base_founders_of(self, month: int) -> Founders:
        """Base founders of a month; those of several months are drawn together."""
        draw, place = divmod(month, self._months_together)
        if draw not in self._founders:
            first = draw * self._months_together
            self._founders = {draw: self.base_founders(first, min(first + self._months_together, self.months))}
        founders = self._founders[draw]
        return founders.between(*founders.first[place : place + 2])

    @cached_property
    def possible_founders(self) -> PossibleFounders:
        """All founders whom hubs could draw; see `sim.processes.induced_entry.possible_founders`."""
        return possible_founders(self)

    def months_until(self, month: str) -> int:
        """Months from the start to a calendar month."""
        return months_between(self.start, month)

    # --- other bundles ----------------------------------------------------------------------------

    def taken(self, policies: Sequence[int], scenarios: Sequence[Scenario]) -> Bundle:
        """An independent copy between two months: some of the policies, each continued under a scenario.

        One policy may be taken several times.

        Raises:
            ValueError: a scenario does not do until now what its policy has done, or those that admit whom the first
                one admits are taken without it.
        """
        chosen, done = list(policies), self.month + 1
        for policy, scenario in zip(chosen, scenarios, strict=True):
            self._check_same_until(done, policy, scenario)
        twin = Bundle(scenarios, self.seed, self.replication)
        twin.choosing = self._choosing_of(chosen)
        twin.month, twin.month_of_year, twin.admissions = self.month, self.month_of_year, self.admissions
        if twin.months == self.months:
            twin.streams = self.streams
            twin._founders = self._founders
            if "possible_founders" in self.__dict__:
                twin.__dict__["possible_founders"] = self.possible_founders
        twin.startups, twin.contacts = self.startups.taken(chosen), self.contacts.taken(chosen)
        twin.ledger = self.ledger.taken(chosen)
        twin.record.take(self.record, chosen, done)
        for mine, theirs in zip(twin.cohorts, self.cohorts, strict=True):
            mine[:, :done] = theirs[chosen, :done]
        shared = min(twin.hubs.places.shape[1], self.hubs.places.shape[1])
        for mine, theirs in zip(twin.hubs[:-1], self.hubs[:-1], strict=True):
            mine[:, :shared] = theirs[chosen, :shared]
        twin.attention[:, :shared] = self.attention[chosen, :shared]
        twin.attention[:, shared:-1] = 1.0 if done else 0.0  # as in hubs without residents
        for mine, theirs in zip(twin.funds, self.funds, strict=True):
            mine[:] = theirs[chosen]
        twin.deals, twin.refounders = _deals(self.deals, chosen), _founders(self.refounders, chosen)
        for policy, source in enumerate(chosen):
            if self.parameters[source] is self.scenarios[source].parameters:
                twin.begin_policy(policy)
        if self.policies > 1 and twin.policies == 1:
            twin._renumber()
        return twin

    def _check_same_until(self, done: int, policy: int, scenario: Scenario) -> None:
        mine = self.scenarios[policy]
        if scenario is not mine and done > (common := setup.common_months(mine, scenario)):
            raise ValueError(
                f"{scenario.key} does the same as {mine.key} for {common} months, but {done} are done; take it earlier"
            )

    def _choosing_of(self, policies: list[int]) -> int:
        """How many of these policies, the first ones, choose whom they admit."""
        if self.choosing == self.policies:
            return len(policies)
        choosing = sum(policy < self.choosing for policy in policies)
        if policies[0] != 0 or any(policy < self.choosing for policy in policies[choosing:]):
            raise ValueError(
                "policies that admit whom the first one admits are taken after it and the others that choose"
            )
        return choosing

    def _renumber(self) -> None:
        """Count foundings without those under other policies."""
        new = self.startups.renumber()
        self.deals = self.deals._replace(number=new[self.deals.number])
        contacts = self.contacts
        contacts.numbers = np.where(new[contacts.numbers] >= 0, new[contacts.numbers], 0).astype(np.int32)
        for month, seen in self.record.last_year[0].items():
            self.record.last_year[0][month] = seen._replace(number=new[seen.number])


@cache
def acts_on_one(process: Any) -> bool:
    """Whether a process knows only one world under one policy: it calls its argument `model`, not `world`."""
    return next(iter(signature(process.act).parameters), "world") == "model"


def live_in_turn() -> bool:
    """Whether a process of the month knows only single worlds, so that policies cannot live side by side."""
    return any(map(acts_on_one, (*FOUNDING, *LIVING, *LEAVING)))


def _block_name(block: type) -> str:
    return next(name for name, one in BLOCKS.items() if one is block)


def _deals(deals: Deals, policies: Sequence[int]) -> Deals:
    """The deals of these policies, numbered by their new places."""
    parts = [deals.some(deals.policy == policy) for policy in policies]
    parts = [part._replace(policy=np.full(part.number.size, place)) for place, part in enumerate(parts)]
    return Deals(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _founders(refounders: dict[int, list[Any]], policies: Sequence[int]) -> dict[int, list[Any]]:
    """Founders who begin again, of these policies, numbered by their new places."""
    found: dict[int, list[Any]] = {}
    for month, batches in refounders.items():
        for batch in batches:
            for place, policy in enumerate(policies):
                if (here := batch.policy == policy).any():
                    part = type(batch)(*(column[here] for column in batch))
                    part = part._replace(policy=np.full(part.key.size, place))
                    found.setdefault(month, []).append(part)
    return found
