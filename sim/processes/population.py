"""Founders: who founds an eligible digital firm, where, when, and with what.

Base founders never depend on policy. Their number in region r and month t is Poisson, where `omega_r`
is the region's potential (registrations times ICT intensity); the city follows city population. Each
has a persistent quality (ex-ante differences explain most later dispersion of size: Pugsley, Sedláček
and Sterk 2021, American Economic Review), log-normal first revenue and cash, and one competence in
finance, market access and skills, clipped to [0, 1]:

    number ~ Poisson(scale omega_r Lambda / 12)
    q ~ N(0, 1)
    s = s0 + s_q q + N(0, sd_s^2)
    ln R ~ N(ln R0, sd_R^2),   ln C ~ N(ln C0, sd_C^2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Block, Column, Count, Payment, Short, parameter
from sim.declare.states import FounderKind, Sector, listed
from sim.kernel.founders import Founders
from sim.kernel.mathematics import exp_each
from sim.kernel.randomness import combine, poisson_quantile

if TYPE_CHECKING:
    from sim.kernel.world import World

COLUMNS = {
    "number": Column(int, "-", "Founding number, in order of founding.", shared=True),
    "kind": Column(Short, "-", f"How its founder came to found: {listed(FounderKind)} (after a failure).", shared=True),
    "relocated": Column(bool, "-", "Whether the founder moved to the city of a hub."),
    "region": Column(Short, "-", "Index of the region."),
    "city": Column(Short, "-", "Index of the city."),
    "sector": Column(Short, "-", f"What it works in: {listed(Sector)}.", shared=True),
    "founded": Column(Short, "month", "Month of founding, counted from the start.", shared=True),
    "attempt": Column(Short, "-", "How often the founder had failed before.", shared=True),
    "quality": Column(float, "s.d.", "Persistent quality of founder and idea.", shared=True),
    "finance": Column(float, "0-1", "Competence in finance."),
    "market_access": Column(float, "0-1", "Competence in reaching markets."),
    "skills": Column(float, "0-1", "Technical and managerial competence."),
    "revenue": Column(float, "kMAD/month", "Revenue of the month."),
    "cash": Column(float, "kMAD", "Cash at hand; negative when bills are unpaid."),
}

COUNTS = {"founded": Count("startups", "Startups founded, for the first time or again.")}

PAYMENTS = {("founders", "startups", "capital"): Payment("What founders bring.")}

SYMBOLS = {"number": "startups/month", "omega_r": "share", "q": "quality", "s": "0-1", "R": "revenue", "C": "cash"}


class Parameters(Block):
    """Parameters of the founders."""

    entries_per_year: float = parameter(
        451.7,
        short="Startups founded a year",
        unit="startups/year",
        symbol="Lambda",
        low=0,
        high=1_000_000,
        meaning="Eligible digital firms founded a year in the whole country.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 20. Held against: residents, "
        "waiting list and venture deals together; no census found",
        prior=(350, 900),
        shared=True,
    )
    scale: float = parameter(
        1.0,
        short="Size of the country",
        unit="-",
        low=0,
        high=1000,
        meaning="Multiplies the number of founders, for studies of scale.",
        origin="assumed: one agent is one eligible digital firm",
        shared=True,
    )
    initial_revenue: float = parameter(
        32.37,
        short="First revenue",
        unit="kMAD/month",
        symbol="R0",
        low=0.1,
        high=1000,
        meaning="Median revenue in the first month.",
        origin="calibrated: the typical draw, at percentile 33. Fitted to: size distribution and revenue of residents",
        prior=(8, 90),
        shared=True,
    )
    initial_revenue_log_sd: float = parameter(
        0.95,
        short="Spread of first revenue",
        unit="log points",
        symbol="sd_R",
        low=0,
        high=3,
        meaning="Standard deviation of log first revenue.",
        origin="calibrated: the typical draw, at percentile 47. Range: skewed firm sizes at birth, as in business "
        "registers",
        prior=(0.6, 1.2),
        shared=True,
    )
    initial_cash: float = parameter(
        1083.0,
        short="Cash at founding",
        unit="kMAD",
        symbol="C0",
        low=1,
        high=20000,
        meaning="Median cash at founding.",
        origin="calibrated: the typical draw, at percentile 41. Fitted to: survival of starters in the first years",
        prior=(200, 2000),
        shared=True,
    )
    initial_cash_log_sd: float = parameter(
        0.8786,
        short="Spread of cash at founding",
        unit="log points",
        symbol="sd_C",
        low=0,
        high=3,
        meaning="Standard deviation of log first cash.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 65. Range: initial endowments "
        "differ widely (Bruederl and Schuessler 1990)",
        prior=(0.5, 1.1),
        shared=True,
    )
    initial_competence: float = parameter(
        0.3,
        short="Competence at founding",
        unit="0-1",
        symbol="s0",
        low=0,
        high=1,
        meaning="Mean competence at founding, in each of the three fields.",
        origin="assumed: scale of an index without a natural unit",
        shared=True,
    )
    competence_per_quality: float = parameter(
        0.03,
        short="Lead of better founders",
        unit="1/s.d.",
        symbol="s_q",
        low=0,
        high=0.5,
        meaning="How much more competent a founder of higher quality begins.",
        origin="assumed: better founders begin slightly more competent",
        shared=True,
    )
    competence_sd: float = parameter(
        0.05,
        short="Spread of competence at founding",
        unit="0-1",
        symbol="sd_s",
        low=0,
        high=0.5,
        meaning="Standard deviation of first competence, apart from quality.",
        origin="assumed: small against the range of the index",
        shared=True,
    )
    share_green: float = parameter(
        0.15,
        short="Founders in green technology",
        unit="share",
        low=0,
        high=0.5,
        meaning="Share of green technology among founders.",
        origin="assumed: Technoparks admit ICT, green and creative firms, shares were not found",
        shared=True,
    )
    share_creative: float = parameter(
        0.15,
        short="Founders in creative industries",
        unit="share",
        low=0,
        high=0.5,
        meaning="Share of creative industries among founders.",
        origin="assumed: Technoparks admit ICT, green and creative firms, shares were not found",
        shared=True,
    )


STREAMS = (
    "population.number",
    "population.city",
    "population.sector",
    "population.quality",
    "population.competence",
    "population.revenue",
    "population.cash",
)


def monthly_mean(population: Parameters) -> float:
    """Mean monthly number of base founders of the country."""
    found: float = population.entries_per_year * population.scale / 12
    return found


def base_founders(world: World, first: int, end: int) -> Founders:
    """Base founders of the months from `first` until before `end`, in order of month."""
    parameters, geography = world.past.population, world.geography
    regions = len(geography.regions)
    mean = monthly_mean(parameters) * geography.potential
    month, region = np.divmod(np.arange(first * regions, end * regions), regions)
    uniform = world.streams["population.number"].uniform(month, combine(region))
    number = poisson_quantile(uniform, mean[region])
    ordinal = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    founded, region = np.repeat(month, number), np.repeat(region, number)
    key = combine(world.streams.world, FounderKind.BASE, region, founded, ordinal)
    chance = world.streams["population.city"].uniform(founded, key)
    founders = Founders.bringing(
        key,
        kind=FounderKind.BASE,
        founded=founded,
        region=region,
        city=geography.draw_city(region, chance),
        relocated=False,
        **endow(world, founded, key),
    )
    founders.first = np.searchsorted(founded, np.arange(first, end + 1)).tolist()
    return founders


def endow(world: World, month: np.ndarray | int, key: np.ndarray) -> dict[str, np.ndarray]:
    """What founders bring: sector, quality, competence (three equal columns), revenue, cash."""
    parameters, streams = world.past.population, world.streams
    quality = streams["population.quality"].normal(month, key)
    competence = np.clip(
        parameters.initial_competence
        + parameters.competence_per_quality * quality
        + parameters.competence_sd * streams["population.competence"].normal(month, key),
        0.0,
        1.0,
    )
    chance = streams["population.sector"].uniform(month, key)
    green, creative = parameters.share_green, parameters.share_creative
    sector = np.where(chance < green, Sector.GREEN, np.where(chance < green + creative, Sector.CREATIVE, Sector.ICT))
    return {
        "sector": sector,
        "quality": quality,
        "finance": competence,
        "market_access": competence,
        "skills": competence,
        **starting_resources(world, month, key),
    }


def starting_resources(world: World, month: np.ndarray | int, key: np.ndarray) -> dict[str, np.ndarray]:
    """Revenue and cash with which founders begin."""
    parameters, streams = world.past.population, world.streams
    log_revenue = parameters.initial_revenue_log_sd * streams["population.revenue"].normal(month, key)
    log_cash = parameters.initial_cash_log_sd * streams["population.cash"].normal(month, key)
    return {
        "revenue": parameters.initial_revenue * exp_each(log_revenue),
        "cash": parameters.initial_cash * exp_each(log_cash),
    }


def act(world: World) -> None:
    """Found this month's base startups."""
    world.newcomers.append(world.base_founders_of(world.month))
