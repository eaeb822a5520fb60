"""The ecosystem: one world, month by month.

`EcosystemModel.step` is the month; its order is that of `sim.processes.MONTH`. Hub openings,
extensions and closings, the yearly fair and the beginning of the policy are Mesa events.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa.agentset import AbstractAgentSet, _HardKeyAgentSet
from mesa.time import Schedule

from sim.country.geography import geography
from sim.country.grid import RegionalGrid
from sim.declare import Short
from sim.declare.calendar import months_between, ordinal
from sim.declare.states import Cause, FounderKind, LeftHub
from sim.errors import StudyError
from sim.kernel.compiled import compiled
from sim.kernel.founders import Founders
from sim.kernel.randomness import Streams, combine
from sim.kernel.world import Cohorts, Start
from sim.model import setup as world
from sim.model.columns import Startups
from sim.model.contacts import Contacts
from sim.model.ending import EndingModel
from sim.model.exit import close
from sim.model.history import History
from sim.model.ledger import Ledger
from sim.model.startup import Startup
from sim.model.tally import Tally
from sim.processes import COLUMNS, COUNTS, FOUNDING, LEAVING, LIVING, PAYMENTS, fairs
from sim.processes.costs import KINDS
from sim.processes.graduation import leave
from sim.processes.induced_entry import PossibleFounders, possible_founders, readiness
from sim.processes.meetings import NEAREST
from sim.processes.population import base_founders
from sim.scenario.arguments import number

if TYPE_CHECKING:
    import pandas as pd

    from sim.model.hub import Hub
    from sim.processes.admission import Admissions
    from sim.scenario import Scenario

EVENT, POLICY = 0.5, 0.25
"""Events of month m come after the step that ends month m - 1, at time m, and before its own."""


class EcosystemModel(EndingModel):
    """Startups, hubs and funders of one country under one scenario.

    Mesa's clock counts months since the scenario's `start`: after month m (from 0) `time` is m + 1. Parameters that the
    scenario does not set have their defaults, one draw of the posterior that is typical in what policies do.

    Args:
        scenario: what the network and its programmes do.
        rng: root seed, a non-negative integer; NumPy's too.
        replication: which of the worlds of that seed; the same number is the same world under any scenario.
        check_accounts: verify each month that money, startups and places are conserved.
        admissions: who is admitted where and when, instead of queues: the log of another world.

    Raises:
        StudyError: an argument is of another kind, or outside its range.
    """

    def __init__(
        self,
        scenario: Scenario,
        rng: int = 1,
        replication: int = 0,
        *,
        check_accounts: bool = False,
        admissions: Admissions | None = None,
    ) -> None:
        rng, replication = number("rng", rng), number("replication", replication)
        if not hasattr(scenario, "history_digest"):
            kind = type(scenario).__name__
            raise StudyError(f"scenario is of the kind {kind}, but must be one that sim.load_scenario gives")
        super().__init__(rng=rng)
        self.policy, self.seed_number, self.replication = scenario, rng, replication
        self.check_accounts, self.admissions = check_accounts, admissions
        self.parameters = scenario.history
        self.month = -1
        self.geography = geography()
        self.streams = Streams(rng, replication, scenario.months)
        self.startups = Startups(self, COLUMNS, self.random)
        self._agents_by_type[Startup] = self.startups
        self._prepare_places()
        self.hubs = world.hubs(self)
        self.funders = world.funders(self)
        self._prepare_distances()
        self.contacts = Contacts()
        self.newcomers: list[Founders] = []
        self.refounders: dict[int, list[Founders]] = {}
        self.ledger = Ledger(PAYMENTS)
        self.recorder = History(scenario.months, len(self.hubs), len(self.geography.regions))
        self.cohorts = Cohorts.empty(scenario.months, len(self.geography.regions))
        self._reset_month()
        self.month_of_year = 0
        self.access, self.nearest_hub = np.zeros(len(self.geography.cities)), np.full(len(self.geography.cities), -1)
        self.attention, self.introductions = np.zeros(len(self.hubs) + 1), np.ones(len(self.hubs) + 1)
        self._remember_start()
        self._base_founders: Founders | None = None
        self._possible_founders: PossibleFounders | None = None
        self._schedule(0)

    # --- the month ------------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one month, in the order of `sim.processes.MONTH`."""
        self.month = int(self.time) - 1
        self.month_of_year = (ordinal(self.scenario.start) + self.month) % 12
        for process in FOUNDING:
            process.act(self)
        self._found()
        self._remember_start()
        for process in LIVING:
            process.act(self)
        leaving = np.flatnonzero(self.leaving != 0)
        close(self, leaving, self.leaving[leaving])
        for process in LEAVING:
            process.act(self)
        self.ledger.close_month(self)
        self.recorder.record(self)
        self._reset_month()

    def found(self, key: np.ndarray, **columns: Any) -> None:
        """Queue founders with these keys and columns; they enter before this month's opening state is recorded."""
        self.newcomers.append(Founders.bringing(key, **columns))

    def _found(self) -> None:
        """Found the newcomers, who bring their cash."""
        if not self.newcomers:
            return
        startups = self.startups
        new = slice(startups.count, None)
        startups.found(*self.newcomers)
        self.newcomers = []
        _enrol(startups.kind[new], startups.region[new], self.cohorts.founded[self.month])
        self.tally["founded"] += startups.count - new.start
        self.ledger.flow("founders", "startups", "capital", startups.cash[new].sum())

    def _remember_start(self) -> None:
        """Keep the state at the start of the month: all but ranked choices depend on it alone."""
        startups = self.startups
        self.before = _start(startups.finance, startups.market_access, startups.skills, startups.revenue, startups.cash)
        self.leaving = np.zeros(startups.count, dtype=np.int8)

    # --- events ---------------------------------------------------------------------------------

    def _schedule(self, first_month: int) -> None:
        """Schedule the policy, the hubs' openings and closings and the fairs from `first_month` on."""
        scenario = self.scenario
        events = [(scenario.present_months + POLICY, self._begin_policy)]
        for hub in self.hubs if scenario.parameters.network.enabled else []:
            events += [(month + EVENT, hub.open) for month, _ in hub.plan.steps]
            if hub.plan.closes is not None:
                events.append((hub.plan.closes + EVENT, hub.close))
        events += [(month + EVENT, self._announce_fair) for month in fairs.calendar(self)]
        for time, event in events:
            if time > first_month:
                self.schedule_event(event, at=time)

    def _begin_policy(self) -> None:
        self.parameters = self.scenario.parameters

    def _announce_fair(self) -> None:
        self.fair_due = True

    def hubs_changed(self, hub: Hub) -> None:
        """A hub has opened or closed: charge its capital or let its startups go, redraw the map."""
        if hub.is_open:
            self.programme["capital"] += hub.plan.capital
        else:
            self.month = int(self.time)
            leave(self, np.flatnonzero(self.startups.hub == hub.index), LeftHub.HUB_CLOSED)
            self.startups.waiting_at[self.startups.waiting_at == hub.index] = -1
        self._redraw_map()

    # --- copies under another policy --------------------------------------------------------------

    def fork(self, scenario: Scenario) -> EcosystemModel:
        """This world as it is now, to be continued under another policy.

        The fork and a world that runs under `scenario` from the start have the same numbers: it is forked at its
        present, or later while both policies still do the same (`sim.model.setup.common_months`).

        Raises:
            ValueError: when this world is before its present, has another history, or the policies differ by now.
        """
        present, common, now = (
            self.scenario.present_months,
            world.common_months(self.scenario, scenario),
            self.months_done,
        )
        if common == 0:
            raise ValueError(f"{scenario.key} has another history than {self.scenario.key}; run it from the start")
        if not present <= now <= common:
            raise ValueError(
                f"a world under {self.scenario.key} is forked to {scenario.key} after {present} to {common} months, "
                f"not after {now}"
            )
        twin = EcosystemModel(scenario, self.seed_number, self.replication, check_accounts=self.check_accounts)
        twin._default_schedule.stop()
        twin._event_list.clear()
        twin.time, twin.steps, twin.month = self.time, self.steps, self.month
        twin.startups = self.startups.copy_for(twin)
        twin._agents_by_type[Startup] = twin.startups
        twin.contacts = self.contacts.copy()
        twin.newcomers = [batch.part(slice(None)) for batch in self.newcomers]
        twin.refounders = {month: list(batches) for month, batches in self.refounders.items()}
        twin.ledger = self.ledger.copy()
        twin.recorder.copy_from(self.recorder, now)
        twin.cohorts.copy_from(self.cohorts, now)
        if scenario.months == self.scenario.months:
            twin._base_founders, twin._possible_founders = self._base_founders, self._possible_founders
            twin.streams = self.streams
        for mine, other in zip(twin.hubs, self.hubs, strict=False):
            if other.is_open:
                mine.copy_state(other)
        for mine, other in zip(twin.funders, self.funders, strict=True):
            mine.copy_state(other)
        twin._default_schedule = twin.schedule_recurring(
            twin._do_step, Schedule(interval=1.0, start=twin.time + 1), priority=self._default_schedule.priority
        )
        if now > present:
            twin._begin_policy()
        twin._schedule(now)
        return twin

    # --- preparation ------------------------------------------------------------------------------

    def _prepare_places(self) -> None:
        country = self.geography
        self.city_keys = combine(np.arange(len(country.cities)))
        self.central_region = country.central

    def _prepare_distances(self) -> None:
        distance = self.geography.distance
        catchment = self.parameters.network.catchment
        self.closeness = np.exp(-distance / catchment)
        self.pull = self.closeness[:, [hub.city for hub in self.hubs]]
        self.same_hub = np.eye(len(self.hubs))
        theta = self.parameters.funding.distance_elasticity
        from_funders = distance[[funder.city for funder in self.funders]]
        self.readiness = readiness(self)
        self.reach = (np.maximum(from_funders, NEAREST) / NEAREST) ** -theta
        self.anywhere = np.ones_like(self.reach)

    def _reset_month(self) -> None:
        """Begin the month's counts anew."""
        hubs = len(self.hubs)
        self.tally = Tally(COUNTS)
        self.hub_tally = {"admissions": np.zeros(hubs), "graduations": np.zeros(hubs)}
        self.closed_by_region = np.zeros(len(self.geography.regions))
        self.programme = dict.fromkeys(KINDS, 0.0)
        self.fair_due = False

    # --- looking at it ------------------------------------------------------------------------------

    @property
    def scenario(self) -> Scenario:
        """The scenario that this world runs under (Mesa's own run settings are not used)."""
        return self.policy

    @scenario.setter
    def scenario(self, value: Any) -> None:
        """Mesa sets its run settings here while it initialises; they are not kept."""

    @cached_property
    def space(self) -> RegionalGrid:
        """The map with its agents, built when somebody first looks: studies never do."""
        grid = RegionalGrid(self.geography, random=self.random)
        grid.startups_at = self.startups_at
        for agent in (*self.hubs, *self.funders):
            agent.settle(grid.cell_of(agent.city))
        grid.update_hub_distance([hub.city for hub in self.hubs if hub.is_open])
        return grid

    def _redraw_map(self) -> None:
        if "space" in self.__dict__:
            self.space.update_hub_distance([hub.city for hub in self.hubs if hub.is_open])

    @property
    def base_founders(self) -> Founders:
        """All base founders of the horizon; see `sim.processes.population.base_founders`."""
        if self._base_founders is None:
            self._base_founders = base_founders(self)
        return self._base_founders

    @property
    def possible_founders(self) -> PossibleFounders:
        """All founders whom hubs could draw; see `sim.processes.induced_entry.possible_founders`."""
        if self._possible_founders is None:
            self._possible_founders = possible_founders(self)
        return self._possible_founders

    @property
    def end(self) -> int:
        """Number of months of the scenario: after them the model stops."""
        return self.scenario.months

    @property
    def months_done(self) -> int:
        """Number of months simulated so far."""
        return int(self.time)

    def months_until(self, month: str) -> int:
        """Months from the scenario's start to a calendar month."""
        return months_between(self.scenario.start, month)

    @property
    def agents(self) -> AbstractAgentSet:
        """All agents: hubs, funders and active startups."""
        return _HardKeyAgentSet([*self._all_agents, *self.startups], random=self.random)

    def startups_at(self, city: int) -> list[Startup]:
        """The active startups of a city."""
        rows = np.flatnonzero(self.startups.city == city)
        return [Startup(self.startups, number) for number in self.startups.number[rows].tolist()]

    def startups_table(self) -> pd.DataFrame:
        """All active startups at this moment: one row each, one column per state variable."""
        import pandas as pd

        table = {name: getattr(self.startups, name).copy() for name in ("key", *COLUMNS)}
        short = [name for name, column in COLUMNS.items() if column.kind is Short]
        return pd.DataFrame(table).astype(dict.fromkeys(short, np.int32))  # so that sums of months do not overflow

    def close_startup(self, startup: Startup) -> None:
        """Close one startup now, as if its founder had given up."""
        row = np.array([self.startups.row_of[startup.number]])
        if row[0] >= 0:
            close(self, row, np.array([Cause.CLOSED]))

    @property
    def history(self) -> pd.DataFrame:
        """National monthly series, from 2016 on."""
        return self.recorder.frame(self)

    @property
    def hub_history(self) -> pd.DataFrame:
        """Monthly series by hub, from 2016 on."""
        return self.recorder.hub_frame(self)

    @property
    def region_history(self) -> pd.DataFrame:
        """Monthly series by region, from 2016 on."""
        return self.recorder.region_frame(self)


@compiled
def _enrol(kind: np.ndarray, region: np.ndarray, founded: np.ndarray) -> None:
    """Count in `founded` (regions,) those who found for the first time."""
    for row in range(kind.size):
        founded[region[row]] += kind[row] != FounderKind.REFOUNDED


@compiled
def _start(
    finance: np.ndarray, market_access: np.ndarray, skills: np.ndarray, revenue: np.ndarray, cash: np.ndarray
) -> Start:
    """Copy what changes in the month, and take the mean of the competences and the log of revenue."""
    count = revenue.size
    competence, mean, log_revenue = np.empty((3, count)), np.empty(count), np.empty(count)
    for row in range(count):
        competence[0, row], competence[1, row], competence[2, row] = finance[row], market_access[row], skills[row]
        mean[row] = (finance[row] + market_access[row] + skills[row]) / 3
    for row in range(count):
        log_revenue[row] = np.log(revenue[row])
    return Start(competence, mean, revenue.copy(), log_revenue, cash.copy())
