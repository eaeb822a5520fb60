"""The rules of hubsim written as plain Mesa: one Python object per startup.

What a good Mesa user would write: agents with methods, hubs with lists of members, sets activated with `do`. It has
the processes of `COVERED`; with all others off, `tests/model/test_object_model.py` compares every series and every
startup with `EcosystemModel`, and the benchmarks the speed. Hubs and funders, which are ordinary Mesa
agents in hubsim as well, the country and the declared parameters are shared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from types import ModuleType
from typing import Any

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet

from benchmarks.plain_mesa import excursions, founding
from benchmarks.plain_mesa.census import census
from benchmarks.plain_mesa.desks import Desk, Equity, Grants, Loans
from benchmarks.plain_mesa.funder import Funder
from benchmarks.plain_mesa.hub import Hub
from benchmarks.plain_mesa.luck import Luck, MesaLuck
from benchmarks.plain_mesa.meetings import Meetings
from benchmarks.plain_mesa.rules import Rules
from benchmarks.plain_mesa.startup import Startup
from sim.country.geography import geography
from sim.declare.calendar import months_between, ordinal
from sim.declare.states import Cause, LeftHub, first_founded
from sim.kernel.state import HubStates
from sim.model import setup as world
from sim.model.ecosystem import EVENT, POLICY
from sim.processes import MONTH, network
from sim.processes.costs import KINDS
from sim.processes.fairs import calendar
from sim.scenario import Scenario

COVERED = frozenset(
    {
        "accompaniment", "acquisition", "admission", "application", "cash", "closure", "competence", "contacts",
        "coordinators", "costs", "equity", "exports", "fairs", "follow_up", "funding", "graduation", "grants",
        "induced_entry", "insolvency", "loans", "missions", "network", "population", "referral", "refounding", "rent",
        "revenue", "spillovers",
    }
)  # fmt: skip
"""Processes that are written here a second time."""
NOT_COVERED = {
    "exports.exportable": 1.0, "closure.advice_effect": 0.0, "induced_entry.answers_hours": False,
    "reporting.enabled": False,
}  # fmt: skip
"""Parameters whose part of the equations is not, with the values at which it does nothing."""


def name_of(process: ModuleType) -> str:
    """The name of a process, which is that of its block."""
    return process.__name__.rpartition(".")[2]


def covered(scenario: Scenario) -> Scenario:
    """The scenario with all processes off that are not in `COVERED`, and all parts of others in `NOT_COVERED`.

    Raises:
        ValueError: one of them has no switch, so that both models could not be the same.
    """
    others = [name_of(process) for process in MONTH if name_of(process) not in COVERED]
    for name in others:
        if f"{name}.enabled" not in scenario.schema.declarations:
            raise ValueError(f"{name} cannot be switched off: derive its Parameters from sim.declare.Mechanism")
    return scenario.with_values({f"{name}.enabled": False for name in others} | NOT_COVERED)


class ObjectModel(mesa.Model):
    """Startups, hubs and funders of one country under one scenario, an object each.

    Args:
        scenario: what the network and its programmes do; see `covered`.
        rng: seed of Mesa's generator.
        luck: where startups draw from; Mesa's generator if not given.
    """

    def __init__(self, scenario: Scenario, rng: int = 1, luck: Luck | None = None):
        super().__init__(rng=rng)
        self.policy = scenario
        self.luck = luck or MesaLuck(self.random)
        self.month, self.founded_total = -1, 0
        self.geography = geography()
        self._use(scenario.history)
        self.hubs = [Hub(self, index, plan) for index, plan in enumerate(world.hub_plans(scenario))]
        self.funders = [Funder(self, plan) for plan in world.funder_plans(scenario.start)]
        self._prepare_distances()
        self._prepare_record()
        self.desks = [Grants(self), Loans(self), Equity(self)]
        self._schedule()

    # --- the month ------------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one month, in the order of `sim.processes.MONTH`."""
        self.month = self.luck.month = int(self.time) - 1
        self.month_of_year = (ordinal(self.scenario.start) + self.month) % 12
        self._found_startups()
        startups = self.startups
        startups.do("begin_month")
        self._accompany()
        self.meetings = Meetings(self)
        startups.do("develop")
        self.meetings.take_place()
        excursions.fair(self)
        excursions.missions(self)
        if self.rules.crowding:
            self.crowd = Counter((one.hub or one.city, one.sector) for one in startups)
        self.open_desks = [desk for desk in self.desks if desk.open()]
        startups.do("trade")
        self._finance()
        startups.do("end_month")
        for hub in self.hubs:
            hub.graduate()
        self._follow_up()
        self._pay_programme()
        self._record()

    def _found_startups(self) -> None:
        open_now = [hub.is_open for hub in self.hubs]
        counts = ([getattr(hub, name) for hub in self.hubs] for name in ("places", "residents", "waiting"))
        hours = np.zeros((1, len(self.hubs)))
        states = HubStates(np.array([open_now]), *(np.array([count]) for count in counts), hours, hours)
        shape = 1, self.pull.shape[0]
        access, nearest = np.empty(shape), np.empty(shape, dtype=np.int64)
        network.approach(self.pull[None], states, access, nearest)
        self.access, self.nearest_hub = access[0].tolist(), nearest[0].tolist()
        self.newborn = []
        founding.found_base(self)
        founding.found_induced(self)
        founding.found_again(self)

    def found(self, key: int, kind: int, region: int, city: int, **traits: Any) -> None:
        """Found one startup; the founder brings its cash."""
        startup = Startup(self, key, kind, region, city, **traits)
        self.newborn.append(startup)
        self.founded_total += 1
        self.founded_by_month[self.month, region] += first_founded(kind)
        self.tally["founded"] += 1
        self.flows["capital"] += startup.cash

    def _accompany(self) -> None:
        places = sum(hub.places for hub in self.hubs)
        for hub in self.hubs:
            hub.admit()
            hub.staff(places)
            hub.name_coordinators()
        self.admitted_by_month[self.month] = self.tally["admissions"]

    def _finance(self) -> None:
        grants, loans, equity = self.desks
        grants.pay()
        self._choose(grants)
        loans.collect()
        loans.pay()
        self._choose(loans)
        equity.pay()
        self._choose(equity)

    def _choose(self, desk: Desk) -> None:
        if desk in self.open_desks:
            desk.choose()

    def startup_closed(self, startup: Startup) -> None:
        """A startup leaves the market: the hub, the lenders, the founder and the record learn of it."""
        bought, month = startup.cause == Cause.ACQUIRED, self.month
        if startup.hub is not None:
            startup.leave_hub(LeftHub.ACQUIRED if bought else LeftHub.FAILED)
        self.flows["cash taken over" if bought else "liquidation"] += max(startup.cash, 0.0)
        self.flows["unpaid bills"] -= min(startup.cash, 0.0)
        for funder in self.funders:
            if funder.kind in ("honour_loan", "loan"):
                funder.written_off += startup.loan_debt if funder.kind == "loan" else startup.honour_debt
        startup.loan_debt = startup.honour_debt = 0.0
        self.former.append(startup)
        self.tally["acquired" if bought else "failed"] += 1
        if not bought:
            founding.remember(self, startup)
            if first_founded(startup.kind) and month - startup.founded <= 60:
                self.failed_by_month[startup.founded, startup.region] += 1
        elif startup.admitted >= 0:
            for months, counts in self.success_by_month.items():
                counts[startup.admitted] += month - startup.admitted <= months

    def _follow_up(self) -> None:
        """Ask the admitted after 24 and 60 months, and graduates after 60, whether they operate."""
        month = self.month
        for startup in self.cohorts[month - 24]:
            startup.operating_24 = startup.cause == 0 and startup.months_above >= 3
            self.success_by_month[24][month - 24] += startup.operating_24
        for startup in self.cohorts[month - 60]:
            startup.operating_60 = startup.cause == 0 and startup.months_above >= 3
            startup.exporting_60 = startup.cause == 0 and startup.exporter
            self.success_by_month[60][month - 60] += startup.operating_60
        for startup in self.graduates[month - 60]:
            startup.graduate_60 = startup.cause == 0 and startup.months_above >= 3

    def _pay_programme(self) -> None:
        prices = self.parameters.costs
        places = sum(hub.places for hub in self.hubs)
        hours = sum(hub.mentor_hours for hub in self.hubs) + self.tally["remote_hours"]
        self.programme["running"] += places * prices.running_cost_per_place_year / 12
        self.programme["mentors"] += hours * prices.mentor_hour

    def _record(self) -> None:
        costs = {f"cost_{kind}": self.programme[kind] for kind in KINDS}
        self.history.append({**self.tally, **census(self), **costs})
        self.ledger.append(dict(self.flows))
        self._reset_month()

    # --- events ---------------------------------------------------------------------------------

    def _schedule(self) -> None:
        scenario = self.scenario
        events = [(scenario.present_months + POLICY, self._begin_policy)]
        for hub in self.hubs if scenario.parameters.network.enabled else []:
            events += [(month + EVENT, hub.open) for month, _ in hub.plan.steps]
            if hub.plan.closes is not None:
                events.append((hub.plan.closes + EVENT, hub.close))
        fairs = calendar(self.months_until, scenario.parameters.fairs.month, scenario.months)
        events += [(month + EVENT, self._announce_fair) for month in fairs]
        for time, event in events:
            if time > 0:
                self.schedule_event(event, at=time)

    def _begin_policy(self) -> None:
        self._use(self.scenario.parameters)

    def _announce_fair(self) -> None:
        self.fair_due = True

    def _use(self, parameters: Any) -> None:
        self.parameters, self.rules = parameters, Rules(parameters)

    def hubs_changed(self, hub: Hub) -> None:
        """A hub has opened or closed: charge its capital, or let its startups go."""
        if hub.is_open:
            self.programme["capital"] += hub.plan.capital
            return
        self.month = int(self.time)
        for startup in list(hub.members):
            startup.leave_hub(LeftHub.HUB_CLOSED)
        for startup in hub.queue:
            startup.waiting_at = None
        hub.queue.clear()

    # --- preparation ----------------------------------------------------------------------------

    def _prepare_distances(self) -> None:
        distance, parameters = self.geography.distance, self.parameters
        closeness = np.exp(-distance / parameters.network.catchment)
        self.pull = closeness[:, [hub.city for hub in self.hubs]]
        self.closeness = closeness.tolist()
        from_funders = distance[[funder.city for funder in self.funders]]
        theta = parameters.funding.distance_elasticity
        self.reach = ((np.maximum(from_funders, 10.0) / 10.0) ** -theta).tolist()
        self.central_region = self.geography.central

    def _prepare_record(self) -> None:
        months, regions = self.scenario.months, len(self.geography.regions)
        self.founded_by_month, self.failed_by_month = np.zeros((months, regions)), np.zeros((months, regions))
        self.admitted_by_month = np.zeros(months)
        self.success_by_month = {24: np.zeros(months), 60: np.zeros(months)}
        self.history: list[dict[str, float]] = []
        self.ledger: list[dict[str, float]] = []
        self.former: list[Startup] = []
        self.cohorts: defaultdict[int, list[Startup]] = defaultdict(list)
        self.graduates: defaultdict[int, list[Startup]] = defaultdict(list)
        self.debtors: defaultdict[str, list[Startup]] = defaultdict(list)
        self.refounders: defaultdict[int, list[Startup]] = defaultdict(list)
        self.farewells: defaultdict[int, list[tuple[Startup, Startup]]] = defaultdict(list)
        self._reset_month()

    def _reset_month(self) -> None:
        self.tally: defaultdict[str, float] = defaultdict(float)
        self.flows: defaultdict[str, float] = defaultdict(float)
        self.programme = dict.fromkeys(KINDS, 0.0)
        self.fair_due = False

    # --- looking at it --------------------------------------------------------------------------

    @property
    def startups(self) -> AbstractAgentSet:
        """The active startups, in the order of their founding."""
        return self.agents_by_type.get(Startup) or self.agents.select(agent_type=Startup)

    @property
    def scenario(self) -> Scenario:
        """The scenario that this world runs under (Mesa's own run settings are not used)."""
        return self.policy

    @scenario.setter
    def scenario(self, value: Any) -> None:
        """Mesa sets its run settings here while it initialises; they are not kept."""

    def months_until(self, month: str) -> int:
        """Months from the scenario's start to a calendar month."""
        return months_between(self.scenario.start, month)
