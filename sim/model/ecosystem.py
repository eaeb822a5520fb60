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

from sim.country.grid import RegionalGrid
from sim.declare import Short
from sim.declare.calendar import months_between
from sim.declare.states import Cause
from sim.errors import StudyError
from sim.kernel.founders import Founders
from sim.kernel.randomness import Streams
from sim.kernel.state import Cohorts, Start
from sim.model.bundle import Bundle
from sim.model.columns import Startups
from sim.model.contacts import Ties
from sim.model.ending import EndingModel
from sim.model.exit import close
from sim.model.funder import Funder
from sim.model.history import History
from sim.model.hub import Hub
from sim.model.ledger import Books, check_accounts
from sim.model.setup import common_months
from sim.model.startup import Startup
from sim.model.tally import Tally
from sim.processes import COLUMNS, fairs
from sim.processes.graduation import Leavers, empty
from sim.scenario.arguments import number

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

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
        bundle = Bundle([scenario], rng, replication)
        bundle.admissions = admissions
        self._enter(bundle, 0, check_accounts=check_accounts)
        self._schedule(0)

    def _enter(self, bundle: Bundle, place: int, *, check_accounts: bool) -> None:
        """Be one policy of a bundle."""
        super().__init__(rng=bundle.seed)
        self.bundle, self.place, self.check_accounts = bundle, place, check_accounts
        self.policy, self.seed_number, self.replication = bundle.scenarios[place], bundle.seed, bundle.replication
        self.geography = bundle.geography
        bundle.models[place] = self
        self.startups = Startups(self, bundle.startups, place, self.random)
        self._agents_by_type[Startup] = self.startups
        self.hubs = [Hub(self, index, plan) for index, plan in enumerate(bundle.plans[place])]
        self.funders = [Funder(self, plan) for plan in bundle.funders]

    # --- the month ------------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate one month, in the order of `sim.processes.MONTH`."""
        self.bundle.live(int(self.time) - 1)

    def found(self, key: np.ndarray, **columns: Any) -> None:
        """Queue founders with these keys and columns; they enter before this month's opening state is recorded."""
        founders = Founders.bringing(key, **columns)
        founders.policies = np.full(key.size, 1 << self.place, dtype=np.uint32)
        self.bundle.newcomers.append(founders)

    def check_month(self, before: float) -> None:
        """Verify the books of the month that has ended; `before` is the cash of its start in kMAD.

        Raises:
            AccountsError: money, startups or places are not conserved.
        """
        check_accounts(self, before, self.ledger.last())

    # --- what a process sees that knows only single worlds ----------------------------------------

    @property
    def month(self) -> int:
        """Months since the world began, of the month that is simulated or was last."""
        return self.bundle.month

    @property
    def month_of_year(self) -> int:
        """0 in January."""
        return self.bundle.month_of_year

    @property
    def parameters(self) -> Any:
        """The parameters that hold this month."""
        return self.bundle.parameters[self.place]

    @property
    def streams(self) -> Streams:
        """Named random streams of this world."""
        return self.bundle.streams

    @property
    def before(self) -> Start:
        """The state of the startups at the start of the month, without an axis of policies."""
        place, used = self.place, self.bundle.startups.used
        return Start(*(values[place, ..., :used] for values in self.bundle.before))

    @property
    def leaving(self) -> np.ndarray:
        """Why a startup leaves the market this month, 0 while it stays, (startups,); to be changed."""
        return self.bundle.leaving[self.place, : self.bundle.startups.used]

    @property
    def tally(self) -> Tally:
        """What the month has counted, by the names that processes declare; to be added to."""
        return self.bundle.tally.of(self.place)

    @property
    def programme(self) -> Tally:
        """What the programmes cost this month, by kind, kMAD; to be added to."""
        return self.bundle.programme.of(self.place)

    @property
    def ledger(self) -> Books:
        """The books of this policy."""
        return Books(self.bundle.ledger, self.place)

    @property
    def contacts(self) -> Ties:
        """Who is tied to whom under this policy."""
        return Ties(self.bundle.contacts, self.place)

    @property
    def cohorts(self) -> Cohorts:
        """What became of those founded and admitted in each month."""
        return Cohorts(*(values[self.place] for values in self.bundle.cohorts))

    @property
    def recorder(self) -> History:
        """What has been recorded month by month."""
        return History(self.bundle.record, self.place, self.scenario.months, len(self.hubs))

    @property
    def admissions(self) -> Admissions | None:
        """Who is admitted where and when instead of queues, if another world says so."""
        return self.bundle.admissions

    @property
    def central_region(self) -> np.ndarray:
        """Whether a region is a central one, (regions,)."""
        return self.bundle.central_region

    # --- events ---------------------------------------------------------------------------------

    def events(self) -> list[tuple[float, Callable[[], None]]]:
        """The beginning of the policy, the hubs' openings and closings, and the fairs, with their times."""
        scenario = self.scenario
        events = [(scenario.present_months + POLICY, self._begin_policy)]
        for hub in self.hubs if scenario.parameters.network.enabled else []:
            events += [(month + EVENT, hub.open) for month, _ in hub.plan.steps]
            if hub.plan.closes is not None:
                events.append((hub.plan.closes + EVENT, hub.close))
        calendar = fairs.calendar(self.months_until, scenario.parameters.fairs.month, scenario.months)
        return events + [(month + EVENT, self._announce_fair) for month in calendar]

    def _schedule(self, first_month: int) -> None:
        """Schedule all events from `first_month` on."""
        for time, event in self.events():
            if time > first_month:
                self.schedule_event(event, at=time)

    def _begin_policy(self) -> None:
        self.bundle.begin_policy(self.place)

    def _announce_fair(self) -> None:
        self.bundle.fair_due[self.place] = True

    def hubs_changed(self, hub: Hub) -> None:
        """A hub has opened or closed: charge its capital or let its startups go, redraw the map."""
        if hub.is_open:
            self.programme["capital"] += hub.plan.capital
        else:
            leavers = empty(int(self.time), self.bundle.startups.see(Leavers), self.place, hub.index)
            self.tally["leavers"] += leavers
        self._redraw_map()

    # --- copies under another policy --------------------------------------------------------------

    def fork(self, scenario: Scenario) -> EcosystemModel:
        """This world as it is now, to be continued under another policy.

        The fork and a world that runs under `scenario` from the start have the same numbers: it is forked at its
        present, or later while both policies still do the same (`sim.model.setup.common_months`).

        Raises:
            ValueError: when this world is before its present, has another history, or the policies differ by now.
        """
        present, common, now = self.scenario.present_months, common_months(self.scenario, scenario), self.months_done
        if common == 0:
            raise ValueError(f"{scenario.key} has another history than {self.scenario.key}; run it from the start")
        if not present <= now <= common:
            raise ValueError(
                f"a world under {self.scenario.key} is forked to {scenario.key} after {present} to {common} months, "
                f"not after {now}"
            )
        return EcosystemModel.of(self.bundle.taken([self.place], [scenario]), check_accounts=self.check_accounts)

    @classmethod
    def beside(cls, bundle: Bundle, place: int, *, check_accounts: bool = False) -> EcosystemModel:
        """One of several policies of a bundle, whose months others simulate: for what it has planned."""
        model = cls.__new__(cls)
        EcosystemModel._enter(model, bundle, place, check_accounts=check_accounts)
        return model

    @classmethod
    def of(cls, bundle: Bundle, *, check_accounts: bool = False) -> EcosystemModel:
        """The world of a bundle of one policy, as it is between two months."""
        model = cls.__new__(cls)
        EcosystemModel._enter(model, bundle, 0, check_accounts=check_accounts)
        now = bundle.month + 1
        model._default_schedule.stop()
        model._event_list.clear()
        model.time, model.steps = float(now), now
        model._default_schedule = model.schedule_recurring(
            model._do_step, Schedule(interval=1.0, start=now + 1), priority=model._default_schedule.priority
        )
        model._schedule(now)
        return model

    def release(self) -> None:
        """Drop the state, which frees its memory at once; this world cannot be used afterwards."""
        self.__dict__.pop("bundle", None)
        self.startups.__dict__.pop("table", None)

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
        if startup.active:
            leaving = np.zeros((self.bundle.policies, self.bundle.startups.used), dtype=np.int8)
            leaving[self.place, self.bundle.startups.row_of[startup.number]] = Cause.CLOSED
            close(self.bundle, leaving)

    @property
    def history(self) -> pd.DataFrame:
        """National monthly series, from 2016 on."""
        import pandas as pd

        return pd.DataFrame(self.recorder.columns(self))

    @property
    def hub_history(self) -> pd.DataFrame:
        """Monthly series by hub, from 2016 on."""
        import pandas as pd

        return pd.DataFrame(self.recorder.hub_columns(self))

    @property
    def region_history(self) -> pd.DataFrame:
        """Monthly series by region, from 2016 on."""
        import pandas as pd

        return pd.DataFrame(self.recorder.region_columns(self))
