"""Fairs and export missions: the best of a selection go."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING

from sim.processes.fairs import FULL_SIZE_FROM

if TYPE_CHECKING:
    from benchmarks.object_model import ObjectModel
    from benchmarks.plain_mesa.startup import Startup


def fair(model: ObjectModel) -> None:
    """In the month of a fair, choose who goes; collect the startups' part of the fee."""
    parameters = model.parameters.fairs
    if not (parameters.enabled and model.fair_due):
        return
    places = parameters.places
    if model.month < model.months_until(FULL_SIZE_FROM):
        places = round(places * parameters.first_year_share)
    residents, others = [], []
    for startup in model.startups:
        noise = parameters.noise * model.luck.normal("fairs.score", startup.key)
        group = residents if startup.hub and parameters.reserved else others
        group.append((-(startup.market_access_before + noise), startup.number, startup))
    reserved = round(places * parameters.hub_share) if parameters.reserved else 0
    price = model.parameters.costs.fair_place
    for _, _, startup in [*nsmallest(reserved, residents), *nsmallest(places - reserved, others)]:
        startup.fair = model.month
        startup.cash -= price * (1 - parameters.subsidy)
        model.flows["fair fees"] += price * (1 - parameters.subsidy)
        model.programme["fairs"] += price * parameters.subsidy
        model.tally["fair_places"] += 1
        model.tally["fair_places_residents"] += startup.hub is not None


def missions(model: ObjectModel) -> None:
    """Send this month's export missions of the hubs; the programme pays for them."""
    parameters, month_of_year = model.parameters.missions, model.month_of_year
    due = (month_of_year + 1) * parameters.per_year // 12 - month_of_year * parameters.per_year // 12
    if not parameters.enabled or due == 0:
        return

    def rank(startup: Startup) -> float:
        return -(startup.market_access_before + parameters.noise * model.luck.normal("missions.score", startup.key))

    for hub in model.hubs:
        candidates = [one for one in hub.members if not one.exporter]
        for startup in nsmallest(due * parameters.places, candidates, key=rank):
            startup.mission = model.month
            model.programme["missions"] += model.parameters.costs.mission_place
            model.tally["mission_places"] += 1
