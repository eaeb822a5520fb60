"""Revenue: growth that fades with age, depends on quality, competence and ties, and is volatile.

With k ties, market access s_m, and X = 1 for exporters:

    ln R += G exp(-age / tau) + e
    G = mu0 + b_q q + b_s (skills - s_ref) + b_m (s_m - s_ref) + b_n ln(1 + k) + b_x X - gamma crowd
    e = min((sigma / sqrt(12)) (R / R_ref)^(-beta), e_max) sqrt(V) z,   z ~ N(0, 1),   V ~ Exponential(1)

V is drawn once per startup and year of its life: then annual growth is Laplace (Bottazzi and Secchi
2006), which independent monthly Laplace shocks would not give. Volatility falls with size (Riccaboni
et al. 2008), growth fades with age, not size (Haltiwanger, Jarmin and Miranda 2013). `crowd` is the
log of one plus the same-sector startups of the hub or, outside hubs, of the city (De Silva and
McComb 2012).
"""

from __future__ import annotations

from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Block, Column, Constant, Short, parameter
from sim.declare.states import SECTORS
from sim.kernel.compiled import compiled, inlined
from sim.kernel.randomness import drawn
from sim.processes.competence import AT_REFERENCE, REFERENCE

if TYPE_CHECKING:
    from sim.kernel.world import World

OPERATING_REVENUE = 5.0
"""Monthly revenue in kMAD above which a startup counts as operating (with three such months)."""

LARGEST_SPREAD = 0.5
"""Largest standard deviation of a month's log growth, before the year's variance: keeps tiny revenues finite."""

REFERENCE_REVENUE = 30.0
"""Monthly revenue in kMAD at which the volatility is what it is declared to be."""

CONSTANTS = {
    "s_ref": AT_REFERENCE,
    "R_ref": Constant(REFERENCE_REVENUE, "kMAD/month", "revenue at which the volatility is sigma"),
    "e_max": Constant(LARGEST_SPREAD, "log points/month", "largest volatility, before the year's variance"),
}

COLUMNS = {
    "year_volatility": Column(float, "-", "Root of this year's exponential variance.", 1.0),
    "months_above": Column(Short, "month", "Consecutive months with revenue above 5 kMAD."),
}


class Parameters(Block):
    """Parameters of revenue growth."""

    base_growth: float = parameter(
        0.01295,
        unit="log/month",
        symbol="mu0",
        low=-0.2,
        high=0.2,
        meaning="Growth of an average new startup.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 7. Held against: "
        "revenue of residents, about 2 million MAD a year",
        prior=(0.01, 0.05),
    )
    quality_effect: float = parameter(
        0.03951,
        unit="log/month/s.d.",
        symbol="b_q",
        low=0,
        high=0.3,
        meaning="How much faster better startups grow.",
        origin="calibrated: the typical draw, at percentile 91. Fitted to: size distribution; ex-ante "
        "differences as in Pugsley, Sedlacek and Sterk 2021, AER",
        prior=(0.005, 0.05),
    )
    skills_effect: float = parameter(
        0.09759,
        unit="log/month",
        symbol="b_s",
        low=0,
        high=0.5,
        meaning="How much competence in skills adds to growth.",
        origin="calibrated: the typical draw, at percentile 92. Fitted to: +5 to "
        "+10 % revenue after a year of training, McKenzie 2021",
        prior=(0, 0.12),
    )
    market_access_effect: float = parameter(
        0.0,
        unit="log/month",
        symbol="b_m",
        low=0,
        high=0.02,
        meaning="How much competence in market access adds to growth at home.",
        origin="assumed: 0, so that with equal weights one competence stands for all three",
    )
    ties_effect: float = parameter(
        0.003916,
        unit="log/month",
        symbol="b_n",
        low=0,
        high=0.1,
        meaning="How much the log of partners adds to growth.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 44. Range: +8.1 % "
        "revenue from regular meetings, Cai and Szeidl 2018, QJE 133",
        prior=(0, 0.01),
    )
    export_effect: float = parameter(
        0.004,
        unit="log/month",
        symbol="b_x",
        low=0,
        high=0.1,
        meaning="How much exporting adds to growth.",
        origin="source: learning by exporting, Atkin, Khandelwal and Osman 2017, QJE 132 (profits +16-26 %)",
    )
    crowding: float = parameter(
        0.00571,
        unit="log/month",
        symbol="gamma",
        low=0,
        high=0.1,
        meaning="How much same-sector neighbours slow growth.",
        origin="calibrated: the typical draw, at percentile 49. Range: De Silva and McComb 2012 find harm at "
        "one mile and gain farther away",
        prior=(0, 0.01),
    )
    fading: float = parameter(
        27.37,
        unit="month",
        symbol="tau",
        low=1,
        high=600,
        meaning="Age at which growth has faded to 1/e.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 48. Held against: size "
        "distribution; fading with age as in Haltiwanger, Jarmin and Miranda 2013",
        prior=(15, 60),
    )
    volatility: float = parameter(
        0.4628,
        unit="log points/year",
        symbol="sigma",
        low=0,
        high=3,
        meaning="Standard deviation of annual growth at a revenue of 30 thousand a month.",
        origin="calibrated: the typical draw, at percentile 33. Fitted to: annual growth of survivors, s.d. 0.35-0.60",
        prior=(0.35, 0.80),
    )
    size_exponent: float = parameter(
        0.15,
        unit="-",
        symbol="beta",
        low=0,
        high=1,
        meaning="How fast volatility falls with size.",
        origin="source: 0.14-0.20, Riccaboni et al. 2008, PNAS 105",
    )


STREAMS = ("revenue.year", "revenue.shock")


def act(model: World) -> None:
    """Grow this month's revenue from the values at the start of the month."""
    parameters, startups, before, month = model.parameters.revenue, model.startups, model.before, model.month
    streams = model.streams
    _grow(
        month,
        parameters.base_growth - REFERENCE * parameters.skills_effect,
        parameters.quality_effect,
        startups.quality,
        parameters.skills_effect,
        before.competence[2],
        parameters.ties_effect,
        startups.ties,
        parameters.export_effect,
        startups.exporter,
        parameters.market_access_effect,
        before.competence[1],
        parameters.crowding,
        len(model.hubs),
        len(model.geography.cities),
        startups.hub,
        startups.city,
        startups.sector,
        _fading(parameters.fading, model.scenario.months),
        startups.founded,
        parameters.volatility / sqrt(12),
        parameters.size_exponent,
        before.log_revenue,
        startups.key,
        streams["revenue.year"].at(month),
        startups.year_volatility,
        streams["revenue.shock"].normal(month, startups.key),
        startups.revenue,
        startups.months_above,
    )


@lru_cache
def _fading(fading: float, months: int) -> np.ndarray:
    """What is left of growth at each age."""
    return np.exp(np.arange(months) * (-1 / fading))


@inlined
def _group(hubs: int, hub: int, city: int, sector: int) -> int:
    """Number of the group in which a startup is crowded: those of its sector in its hub or, outside hubs, its city."""
    return (hub if hub >= 0 else hubs + city) * SECTORS + sector


@compiled
def _grow(
    month: int,
    base: float,
    quality_effect: float,
    quality: np.ndarray,
    skills_effect: float,
    skills: np.ndarray,
    ties_effect: float,
    ties: np.ndarray,
    export_effect: float,
    exporter: np.ndarray,
    market_access_effect: float,
    market_access: np.ndarray,
    crowding: float,
    hubs: int,
    cities: int,
    hub: np.ndarray,
    city: np.ndarray,
    sector: np.ndarray,
    fading: np.ndarray,
    founded: np.ndarray,
    volatility: float,
    size_exponent: float,
    log_revenue: np.ndarray,
    key: np.ndarray,
    year_word: np.uint64,
    year_volatility: np.ndarray,
    shock: np.ndarray,
    revenue: np.ndarray,
    months_above: np.ndarray,
) -> None:
    """Grow `revenue`, and count the months in a row in which it means that the startup operates.

    `fading` is a table by age. Renews `year_volatility` on birthdays.
    """
    members = np.zeros((hubs + cities) * SECTORS, dtype=np.int64)
    for row in range(quality.size):
        members[_group(hubs, hub[row], city[row], sector[row])] += 1
    crowd = np.log(np.maximum(members, 1))
    log_ties = np.log1p(np.arange(ties.max() + 1)) if ties.size > 0 else np.zeros(1)
    for row in range(quality.size):
        if (month - founded[row]) % 12 == 0:
            year_volatility[row] = np.sqrt(-np.log(drawn(key[row], year_word)))

    # One short loop after another: a processor does several rows of each at a time.
    mean = np.empty(quality.size)
    for row in range(quality.size):
        growth = quality_effect * quality[row] + base + skills_effect * skills[row]
        growth += ties_effect * log_ties[ties[row]]
        growth += export_effect * exporter[row]
        growth += market_access_effect * (market_access[row] - REFERENCE)
        mean[row] = growth
    if crowding != 0:
        for row in range(quality.size):
            mean[row] -= crowding * crowd[_group(hubs, hub[row], city[row], sector[row])]
    size_factor = np.exp((log_revenue - np.log(REFERENCE_REVENUE)) * -size_exponent)
    for row in range(quality.size):
        spread = size_factor[row] * volatility
        spread = (spread if spread < LARGEST_SPREAD else LARGEST_SPREAD) * year_volatility[row]
        revenue[row] *= np.exp(mean[row] * fading[month - founded[row]] + spread * shock[row])
    for row in range(quality.size):
        months_above[row] = months_above[row] + 1 if revenue[row] > OPERATING_REVENUE else 0
