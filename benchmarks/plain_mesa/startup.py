"""A startup that carries its own state and lives its own month."""

from __future__ import annotations

from math import exp, expm1, log, log1p, sqrt
from typing import TYPE_CHECKING

import mesa

from sim.declare.states import NEVER, Cause
from sim.processes.contacts import ATTENDANCE
from sim.processes.revenue import LARGEST_SPREAD, OPERATING_REVENUE

if TYPE_CHECKING:
    from benchmarks.object_model import ObjectModel
    from benchmarks.plain_mesa.hub import Hub

LOG_30 = log(30.0)


class Startup(mesa.Agent):
    """One startup; its attributes are the columns of hubsim, hubs being objects.

    `revenue_before` and the like are values of the start of the month. What the model does with all
    startups at once happens between the methods that it calls: `begin_month`, `develop`, `trade`,
    `end_month`.
    """

    model: ObjectModel
    hub: Hub | None = None
    home_hub: Hub | None = None
    waiting_at: Hub | None = None
    applied = admitted = left = export_since = first_export = closed = -1
    fair = mission = grant = honour_loan = loan = equity = NEVER
    left_reason = months_above = cause = ties = 0
    relocated = coordinator = introduced = exporter = in_due_diligence = False
    operating_24 = operating_60 = exporting_60 = graduate_60 = False
    score = hours = hours_total = equity_total = 0.0
    honour_debt = honour_instalment = loan_debt = loan_instalment = 0.0
    year_volatility = 1.0

    def __init__(
        self,
        model: ObjectModel,
        key: int,
        kind: int,
        region: int,
        city: int,
        sector: int,
        quality: float,
        competence: tuple[float, float, float],
        attempt: int = 0,
    ):
        super().__init__(model)
        self.key, self.kind, self.founded, self.attempt = key, kind, model.month, attempt
        self.number = model.founded_total
        self.region, self.city, self.sector, self.quality = region, city, sector, quality
        self.finance, self.market_access, self.skills = competence
        self.partners: list[Startup] = []
        population, luck = model.parameters.population, model.luck
        log_revenue = population.initial_revenue_log_sd * luck.normal("population.revenue", key)
        log_cash = population.initial_cash_log_sd * luck.normal("population.cash", key)
        self.revenue = population.initial_revenue * exp(log_revenue)
        self.cash = population.initial_cash * exp(log_cash)

    # --- the month --------------------------------------------------------------------------------

    def begin_month(self) -> None:
        """Remember the state, on which everything but ranked choices depends, and perhaps apply to a hub."""
        self.revenue_before, self.cash_before = self.revenue, self.cash
        self.log_revenue_before = log(self.revenue)
        self.finance_before, self.market_access_before = self.finance, self.market_access
        self.skills_before = self.skills
        self.competence_before = (self.finance + self.market_access + self.skills) / 3
        if self.applied < 0 and self.model.month - self.founded <= self.model.rules.oldest_applicant:
            self.perhaps_apply()

    def develop(self) -> None:
        """Be accompanied, learn, and look for company."""
        rules = self.model.rules
        self.be_accompanied()
        if rules.learns:
            self.learn()
        if rules.meets:
            self.look_for_company()

    def trade(self) -> None:
        """Learn from partners, export, sell, pay, and look for money."""
        rules = self.model.rules
        self.ties = len(self.partners)
        self.introduced = False
        if self.partners:
            self.listen_to_partners()
        if rules.exports:
            if not self.exporter:
                self.perhaps_start_exporting()
            elif self.model.luck.uniform("exports.stop", self.key) < (
                rules.stop_first_year if self.model.month - self.export_since < 12 else rules.stop_later
            ):
                self.stop_exporting()
        self.sell()
        self.settle()
        for desk in self.model.open_desks:
            desk.approach(self)

    def end_month(self) -> None:
        """Be bought, fail, give up, or go on."""
        rules, luck = self.model.rules, self.model.luck
        if self.equity >= 0 and rules.acquisitions and luck.uniform("acquisition.event", self.key) < rules.acquired:
            self.close(Cause.ACQUIRED)
        elif self.cash < 0 and rules.insolvencies and luck.uniform("insolvency.event", self.key) < rules.insolvent:
            self.close(Cause.INSOLVENT)
        elif rules.closures:
            index = rules.closure_quality * self.quality + rules.closure_competence * (self.competence_before - 0.3)
            hazard = rules.closure_rate * exp(-index)
            if luck.uniform("closure.event", self.key) < -expm1(-hazard):
                self.close(Cause.CLOSED)

    # --- hubs ---------------------------------------------------------------------------------------

    def perhaps_apply(self) -> None:
        """Apply to the nearest open hub, once; the hub scores it for life."""
        model, rules = self.model, self.model.rules
        access = model.access[self.city]
        if access == 0:
            return
        hazard = rules.application_rate * access * exp(rules.self_selection * min(max(self.quality, -3.0), 2.0))
        if model.luck.uniform("application.decision", self.key) >= -expm1(-hazard):
            return
        skill = rules.screening_skill
        self.applied = model.month
        self.score = skill * self.quality + sqrt(1 - skill**2) * model.luck.normal("application.error", self.key, 0)
        model.tally["applications"] += 1
        if self.score > model.parameters.admission.threshold:
            self.lottery = model.luck.uniform("admission.lottery", self.key, 0)
            self.waiting_at = model.hubs[model.nearest_hub[self.city]]
            self.waiting_at.queue.append(self)

    def leave_hub(self, reason: int) -> None:
        """Give the place back."""
        self.hub.members.remove(self)
        self.hub = None
        self.left, self.left_reason = self.model.month, reason
        self.model.tally["leavers"] += 1

    # --- competence and contacts --------------------------------------------------------------------

    def be_accompanied(self) -> None:
        """Receive this month's mentor hours."""
        rules, hub = self.model.rules, self.hub
        if hub is not None:
            self.hours = rules.hours_offered * hub.attention
        elif rules.remote_hours and self.model.month - self.founded < rules.remote_oldest:
            self.hours = rules.remote_hours
            self.model.tally["remote_hours"] += self.hours
        else:
            self.hours = 0.0
        self.hours_total += self.hours

    def learn(self) -> None:
        """Learn from mentors and by doing, and forget."""
        rules = self.model.rules
        taught = -expm1(-self.hours / rules.hours_scale) if self.hours else 0.0
        by_doing, forgetting = rules.by_doing, rules.forgetting
        self.finance = learnt(self.finance_before, by_doing + rules.learns_finance * taught, forgetting)
        self.market_access = learnt(
            self.market_access_before, by_doing + rules.learns_market_access * taught, forgetting
        )
        self.skills = learnt(self.skills_before, by_doing + rules.learns_skills * taught, forgetting)

    def look_for_company(self) -> None:
        """Say who can be met and who looks for somebody, in the hub or outside."""
        model, rules, luck = self.model, self.model.rules, self.model.luck
        hub = self.hub if rules.meets_in_hubs else None
        position = luck.uniform("contacts.position", self.key)
        chance = rules.meets_outside if hub is None else hub.meeting_chance
        if luck.uniform("contacts.search", self.key) < chance:
            model.meetings.seek(self, hub)
        if hub is not None:
            model.meetings.attend_hub(self, hub, position)
        if position < ATTENDANCE:
            model.meetings.attend(self, position / ATTENDANCE)

    def listen_to_partners(self) -> None:
        """Learn from better partners, if it knows enough to understand them."""
        rules, ties, level = self.model.rules, self.ties, self.competence_before
        total = 0.0
        for partner in self.partners:
            total += partner.competence_before
            if partner.coordinator:
                self.introduced = True
        gap = total / ties - level
        if gap > 0 and rules.spills_over:
            learnt = rules.spillover * (min(ties, rules.enough_ties) * 4 / rules.enough_ties) * level * gap
            self.finance = min(self.finance + learnt, 1.0)
            self.market_access = min(self.market_access + learnt, 1.0)
            self.skills = min(self.skills + learnt, 1.0)

    # --- business -----------------------------------------------------------------------------------

    def perhaps_start_exporting(self) -> None:
        """Attempt to export; success depends on size, market access, partners and the last fair."""
        model, rules, luck = self.model, self.model.rules, self.model.luck
        after_mission = model.month - self.mission < rules.mission_lasts
        chance = rules.attempt_after_mission if after_mission else rules.attempt
        if luck.uniform("exports.attempt", self.key) >= chance:
            return
        model.tally["export_attempts"] += 1
        exports = model.parameters.exports
        sunk = exports.sunk_cost * exp(-exports.ties_effect * self.ties)
        fading = max(0.0, 1 - (model.month - self.fair) / exports.fair_fades)
        value = (
            rules.log_stake
            + self.log_revenue_before
            + exports.competence_effect * (self.market_access_before - 0.3)
            + exports.fair_effect * fading
            - log(sunk)
        )
        if luck.uniform("exports.success", self.key) >= 1 / (1 + exp(-value / exports.score_scale)):
            return
        cost = min(exports.cash_cost, sunk)
        self.exporter, self.export_since = True, model.month
        if self.first_export < 0:
            self.first_export = model.month
        self.revenue *= rules.export_jump
        self.cash -= cost
        model.flows["export entry"] += cost
        model.tally["export_entries"] += 1

    def stop_exporting(self) -> None:
        """Lose the foreign customers."""
        self.exporter = False
        self.revenue /= self.model.rules.export_jump
        self.model.tally["export_stops"] += 1

    def sell(self) -> None:
        """Grow this month's revenue."""
        model, rules, luck = self.model, self.model.rules, self.model.luck
        age = model.month - self.founded
        if age % 12 == 0:
            self.year_volatility = sqrt(luck.exponential("revenue.year", self.key))
        mean = (
            rules.base_growth
            + rules.quality_effect * self.quality
            + rules.skills_effect * (self.skills_before - 0.3)
            + rules.ties_effect * log1p(self.ties)
            + rules.export_effect * self.exporter
            + rules.market_access_effect * (self.market_access_before - 0.3)
        )
        if rules.crowding:
            mean -= rules.crowding * log(model.crowd[self.hub or self.city, self.sector])
        size_factor = exp(rules.size_exponent * (LOG_30 - self.log_revenue_before))
        spread = min(rules.volatility * size_factor, LARGEST_SPREAD) * self.year_volatility
        self.revenue *= exp(mean * exp(-age / rules.fading) + spread * luck.normal("revenue.shock", self.key))
        self.months_above = self.months_above + 1 if self.revenue > OPERATING_REVENUE else 0

    def settle(self) -> None:
        """Pay costs out of last month's revenue and distribute what is too much."""
        rules, flows, revenue = self.model.rules, self.model.flows, self.revenue_before
        fixed = rules.fixed_cost if self.hub is None else rules.fixed_cost_in_hub
        if rules.finance_saves and self.cash_before < rules.trouble * fixed:
            fixed *= 1 - rules.finance_saves * self.finance_before
        profit = rules.margin * revenue - fixed
        held = self.cash + profit
        excess = max(min(held - rules.reserve * (revenue - rules.margin * revenue + fixed), profit), 0.0)
        self.cash = held - excess
        flows["revenue"] += revenue
        flows["fixed costs"] += fixed
        flows["distributions"] += excess

    # --- the end ------------------------------------------------------------------------------------

    def close(self, cause: int) -> None:
        """Leave the market; hub, partners and lenders learn of it."""
        self.closed, self.cause = self.model.month, cause
        if self.waiting_at is not None:
            self.waiting_at.queue.remove(self)
        for partner in self.partners:
            partner.partners.remove(self)
        self.partners = []
        self.model.startup_closed(self)
        self.remove()


def learnt(level: float, rate: float, forgetting: float) -> float:
    """A competence a month later, in [0, 1]."""
    return min(max(level + rate * (1 - level) - forgetting * level, 0.0), 1.0)
