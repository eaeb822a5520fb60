"""A hub with lists of its members and of those who wait."""

from __future__ import annotations

from math import ceil, expm1

import mesa

from benchmarks.plain_mesa.startup import Startup
from sim.declare.states import LeftHub
from sim.model.hub import HubPlan


class Hub(mesa.Agent):
    """One hub: it admits, staffs itself, names coordinators and lets graduates go.

    Attributes:
        is_open, places, residents, waiting, mentor_hours: as `sim.model.hub.Hub` has them.
        members, queue: the startups that it houses and those that wait for a place.
        coordinators: members that introduce others this month.
        attention: hours that each member gets, relative to those offered.
        meeting_chance: how likely a member looks for somebody this month.
    """

    def __init__(self, model, index: int, plan: HubPlan):
        super().__init__(model)
        self.index, self.plan, self.name, self.city = index, plan, plan.name, plan.city
        self.is_open, self.places, self.residents, self.waiting, self.mentor_hours = False, 0, 0, 0, 0.0
        self.members: list[Startup] = []
        self.queue: list[Startup] = []
        self.coordinators: list[Startup] = []
        self.attention = self.meeting_chance = 0.0

    def open(self) -> None:
        """Open, or take into use the places that are due now."""
        if self.plan.closes is not None and self.model.time > self.plan.closes:
            return
        self.places = [places for month, places in self.plan.steps if month <= self.model.time][-1]
        if not self.is_open:
            self.is_open = True
            self.model.hubs_changed(self)

    def close(self) -> None:
        """Stop admitting and serving; residents and waiting startups leave."""
        self.is_open, self.places = False, 0
        self.model.hubs_changed(self)

    def admit(self) -> None:
        """Let the impatient go and fill the free places, by patience or by score."""
        model, parameters = self.model, self.model.parameters.admission
        for startup in [one for one in self.queue if one.applied < model.month - parameters.patience]:
            startup.waiting_at = None
            self.queue.remove(startup)
        free = self.places - len(self.members)
        if parameters.enabled and self.queue and free > 0:
            ranked = parameters.rule == "ranked"
            self.queue.sort(key=lambda one: (-one.score if ranked else one.applied, one.lottery))
            for startup in self.queue[:free]:
                startup.hub = startup.home_hub = self
                startup.admitted, startup.waiting_at = model.month, None
                self.members.append(startup)
                model.cohorts[model.month].append(startup)
                model.tally["admissions"] += 1
            del self.queue[:free]
        self.residents, self.waiting = len(self.members), len(self.queue)

    def staff(self, all_places: int) -> None:
        """Pay for mentor hours, which the members share."""
        parameters = self.model.parameters.accompaniment
        if parameters.mentor_hours_total is not None and all_places:
            self.mentor_hours = parameters.mentor_hours_total * self.places / all_places
        elif self.plan.mentor_hours is not None:
            self.mentor_hours = self.plan.mentor_hours if self.is_open else 0.0
        else:
            self.mentor_hours = parameters.hours_per_startup * self.places
        wanted = parameters.hours_per_startup * self.residents
        self.attention = min(1.0, self.mentor_hours / wanted) if wanted > 0 else 1.0

    def name_coordinators(self) -> None:
        """Find the senior members among the best-connected tenth; they make all members meet more often."""
        model, parameters = self.model, self.model.parameters.coordinators
        for startup in self.coordinators:
            startup.coordinator = startup.coordinator and startup.cause > 0
        self.coordinators = []
        if parameters.enabled:
            top = sorted(self.members, key=lambda one: (-one.ties, one.number))
            self.coordinators = [
                startup
                for startup in top[: ceil(parameters.top_share * len(self.members))]
                if startup.ties > 0 and model.month - startup.admitted >= parameters.seniority
            ]
        for startup in self.coordinators:
            startup.coordinator = True
        contacts, factor = model.parameters.contacts, model.parameters.accompaniment.mix.contacts
        introductions = parameters.factor if self.coordinators else 1.0
        self.meeting_chance = -expm1(-contacts.rate_inside * factor * self.attention * introductions)

    def graduate(self) -> None:
        """Let those go who have stayed as long as they may."""
        model = self.model
        for startup in [one for one in self.members if model.month - one.admitted >= model.parameters.admission.stay]:
            startup.leave_hub(LeftHub.GRADUATED)
            model.graduates[model.month].append(startup)
            model.tally["graduations"] += 1
