"""Who founds in a month: base founders, those drawn by a hub, and those who try again."""

from __future__ import annotations

from math import exp, expm1
from typing import TYPE_CHECKING, Any

from benchmarks.plain_mesa.startup import Startup
from sim.declare.states import FounderKind
from sim.kernel.randomness import combine

if TYPE_CHECKING:
    from benchmarks.object_model import ObjectModel


def found_base(model: ObjectModel) -> None:
    """Found this month's base startups, whose number no policy changes."""
    population, geography = model.scenario.history.population, model.geography
    yearly = population.entries_per_year * population.scale
    for region, potential in enumerate(geography.potential.tolist()):
        number = model.luck.poisson("population.number", int(combine(region)), yearly / 12 * potential)
        for ordinal in range(number):
            key = int(combine(model.luck.world, FounderKind.BASE, region, model.month, ordinal))
            city = int(geography.draw_city(region, model.luck.uniform("population.city", key)))
            model.found(key, FounderKind.BASE, region, city, **endowment(model, key))


def endowment(model: ObjectModel, key: int) -> dict[str, Any]:
    """Sector, quality and competence of a founder."""
    population, luck = model.parameters.population, model.luck
    quality = luck.normal("population.quality", key)
    competence = (
        population.initial_competence
        + population.competence_per_quality * quality
        + population.competence_sd * luck.normal("population.competence", key)
    )
    chance = luck.uniform("population.sector", key)
    green, creative = population.share_green, population.share_creative
    sector = 1 if chance < green else 2 if chance < green + creative else 0
    return {"sector": sector, "quality": quality, "competence": (min(max(competence, 0.0), 1.0),) * 3}


def found_induced(model: ObjectModel) -> None:
    """Found the startups that hubs draw, and move those that would have begun elsewhere."""
    parameters, population, luck = model.parameters.induced_entry, model.parameters.population, model.luck
    if not parameters.enabled:
        return
    yearly = population.entries_per_year * population.scale
    newcomers: list[tuple[int, int]] = []
    base = [one for one in model.newborn if one.kind == FounderKind.BASE]
    for city, potential in enumerate(model.geography.city_potential.tolist()):
        mean = yearly / 12 * potential * expm1(parameters.response * model.access[city])
        for ordinal in range(luck.poisson("induced_entry.number", int(combine(city)), mean)):
            key = int(combine(model.luck.world, FounderKind.INDUCED, city, model.month, ordinal))
            if luck.uniform("induced_entry.displaced", key) < parameters.displaced_share:
                relocate(model, base, key, city)
            else:
                newcomers.append((key, city))
    for key, city in newcomers:
        model.found(key, FounderKind.INDUCED, int(model.geography.city_region[city]), city, **endowment(model, key))


def relocate(model: ObjectModel, base: list[Startup], arrival: int, city: int) -> None:
    """Move one base founder of another region to the city, nearest ones most likely."""
    geography, length = model.geography, model.parameters.induced_entry.displacement_length
    target = int(geography.city_region[city])

    def race(startup: Startup) -> float:
        luck = model.luck.exponential("induced_entry.mover", int(combine(arrival, startup.key)))
        return luck / exp(-geography.distance[startup.city, city] / length)

    candidates = [one for one in base if not one.relocated and one.region != target]
    if candidates:
        mover = min(candidates, key=race)
        model.founded_by_month[model.month, mover.region] -= 1
        model.founded_by_month[model.month, target] += 1
        mover.city, mover.region, mover.relocated = city, target, True


def remember(model: ObjectModel, startup: Startup) -> None:
    """Perhaps the founder of a startup that has failed will found again."""
    parameters = model.parameters.refounding
    if parameters.enabled and model.luck.uniform("refounding.decision", startup.key) < parameters.probability:
        model.refounders[model.month + parameters.delay].append(startup)


def found_again(model: ObjectModel) -> None:
    """Found the startups of those who begin again this month."""
    for old in sorted(model.refounders.pop(model.month, ()), key=lambda one: one.key):
        attempt = old.attempt + 1
        key = int(combine(model.luck.world, FounderKind.REFOUNDED, old.key, attempt))
        model.found(
            key,
            FounderKind.REFOUNDED,
            old.region,
            old.city,
            sector=old.sector,
            quality=old.quality,
            competence=(old.finance, old.market_access, old.skills),
            attempt=attempt,
        )
