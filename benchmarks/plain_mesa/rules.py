"""What a policy's parameters mean for a startup's month, worked out once instead of by every startup."""

from __future__ import annotations

from math import expm1, inf, log, sqrt
from typing import Any

from sim.processes.funding import Parameters as Funding


class Rules:
    """Numbers that startups look up each month; one attribute each."""

    def __init__(self, parameters: Any):
        self._contacts(parameters)
        self._competence(parameters)
        self._business(parameters)
        self._ending(parameters)
        application, self.funding = parameters.application, parameters.funding
        self.oldest_applicant = application.oldest if application.enabled else -inf
        self.application_rate = application.rate
        self.self_selection = application.self_selection
        self.screening_skill = application.screening_skill

    funding: Funding

    def _contacts(self, parameters: Any) -> None:
        contacts, spillovers = parameters.contacts, parameters.spillovers
        self.meets, self.meets_in_hubs = contacts.enabled, contacts.inside_hubs
        self.meets_outside = -expm1(-contacts.rate_outside)
        self.spills_over = spillovers.enabled
        self.spillover, self.enough_ties = spillovers.strength, spillovers.enough_ties

    def _competence(self, parameters: Any) -> None:
        accompaniment, competence = parameters.accompaniment, parameters.competence
        given = accompaniment.enabled
        self.hours_offered = accompaniment.hours_per_startup if given else 0.0
        self.remote_hours = accompaniment.remote_fraction * self.hours_offered
        self.remote_oldest = accompaniment.remote_oldest
        self.learns, self.hours_scale = competence.enabled, competence.hours_scale
        self.by_doing, self.forgetting = competence.by_doing, competence.forgetting
        self.learns_finance = competence.learning * 3 * accompaniment.mix.finance
        self.learns_market_access = competence.learning * 3 * accompaniment.mix.market_access
        self.learns_skills = competence.learning * 3 * accompaniment.mix.skills

    def _business(self, parameters: Any) -> None:
        exports, missions, cash = parameters.exports, parameters.missions, parameters.cash
        self.exports = exports.enabled
        self.stop_first_year, self.stop_later = -expm1(-exports.stop_first_year), -expm1(-exports.stop_later)
        factor = missions.attempt_factor if missions.enabled else 1.0
        self.attempt, self.attempt_after_mission = (-expm1(-exports.attempts / 12 * by) for by in (1.0, factor))
        self.mission_lasts = missions.lasts
        self.log_stake = log(max(cash.margin * exports.export_share * exports.horizon, 1e-12))
        self.export_jump = 1 + exports.export_share / 2
        self.margin, self.reserve, self.fixed_cost = cash.margin, cash.reserve, cash.fixed_cost
        self.fixed_cost_in_hub = cash.fixed_cost * (parameters.rent.multiplier if parameters.rent.enabled else 1.0)
        self.trouble, self.finance_saves = cash.trouble, cash.finance_saves
        revenue = parameters.revenue
        self.base_growth, self.fading = revenue.base_growth, revenue.fading
        self.quality_effect, self.skills_effect = revenue.quality_effect, revenue.skills_effect
        self.ties_effect, self.export_effect = revenue.ties_effect, revenue.export_effect
        self.market_access_effect, self.crowding = revenue.market_access_effect, revenue.crowding
        self.volatility, self.size_exponent = revenue.volatility / sqrt(12), revenue.size_exponent

    def _ending(self, parameters: Any) -> None:
        closure = parameters.closure
        self.acquisitions, self.acquired = parameters.acquisition.enabled, -expm1(-parameters.acquisition.rate / 12)
        self.insolvencies, self.insolvent = parameters.insolvency.enabled, 1 / parameters.insolvency.grace
        self.closures, self.closure_rate = closure.enabled, closure.rate
        self.closure_quality, self.closure_competence = closure.quality_effect, closure.competence_effect
