"""Revenue: growth that fades with age, depends on quality, competence and ties, and is volatile.

With k ties, market access s_m, and X = 1 for exporters:

    ln R += (G exp(-age / tau) + e) month
    G = mu0 + b_q q + b_s (skills - s_ref) + b_m (s_m - s_ref) + b_n ln(1 + k) + b_x X - gamma crowd
    e = min((sigma / sqrt(12)) (R / R_ref)^(-beta), e_max) sqrt(V) z,   z ~ N(0, 1),   V ~ Exponential(1)

V is drawn once per startup and year of its life: then annual growth is Laplace (Bottazzi and Secchi
2006), which independent monthly Laplace shocks would not give. Volatility falls with size (Riccaboni
et al. 2008), growth fades with age, not size (Haltiwanger, Jarmin and Miranda 2013). `crowd` is the
log of one plus the same-sector startups of the hub or, outside hubs, of the city (De Silva and
McComb 2012).
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Block, Column, Constant, Short, parameter
from sim.declare.states import SECTORS
from sim.kernel.compiled import inlined
from sim.kernel.masks import holds
from sim.kernel.mathematics import exp, log
from sim.kernel.randomness import drawn, normals
from sim.kernel.records import columns, draws, kernel, read_from
from sim.kernel.rows import counted
from sim.kernel.state import Start
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
    "e_max": Constant(LARGEST_SPREAD, "log points/sqrt(month)", "largest volatility, before the year's variance"),
}

COLUMNS = {
    "year_volatility": Column(float, "-", "Root of this year's exponential variance.", 1.0, shared=True),
    "months_above": Column(Short, "month", "Consecutive months with revenue above 5 kMAD."),
}

SYMBOLS = {
    "G": "log/month", "e": "log/month", "R": "revenue", "age": "month", "q": "quality", "s_m": "market_access",
    "k": "ties", "X": "exporter", "crowd": "log points", "V": "year_volatility", "z": "1/sqrt(month)",
}  # fmt: skip


class Parameters(Block):
    """Parameters of revenue growth."""

    base_growth: float = parameter(
        0.03524,
        short="Growth of a new startup",
        unit="log/month",
        symbol="mu0",
        low=-0.2,
        high=0.2,
        meaning="Growth of an average new startup.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 55. Held against: revenue of "
        "residents, about 2 million MAD a year",
        prior=(0.01, 0.05),
    )
    quality_effect: float = parameter(
        0.032,
        short="Effect of quality on growth",
        unit="log/month/s.d.",
        symbol="b_q",
        low=0,
        high=0.3,
        meaning="How much faster better startups grow.",
        origin="calibrated: the typical draw, at percentile 70. Fitted to: size distribution; ex-ante differences as "
        "in Pugsley, Sedlacek and Sterk 2021, AER",
        prior=(0.005, 0.05),
    )
    skills_effect: float = parameter(
        0.0,
        short="Effect of skills on growth",
        unit="log/month",
        symbol="b_s",
        low=0,
        high=0.5,
        meaning="How much competence in skills adds to growth.",
        origin="assumed: 0, because competence in skills raises the level of revenue (see `levels`)",
    )
    market_access_effect: float = parameter(
        0.0,
        short="Effect of market access on growth",
        unit="log/month",
        symbol="b_m",
        low=0,
        high=0.02,
        meaning="How much competence in market access adds to growth at home.",
        origin="assumed: 0, so that with equal weights one competence stands for all three",
    )
    ties_effect: float = parameter(
        0.0,
        short="Effect of ties on growth",
        unit="log/month",
        symbol="b_n",
        low=0,
        high=0.1,
        meaning="How much the log of partners adds to growth.",
        origin="assumed: 0, because partners raise the level of revenue (see `levels`)",
    )
    export_effect: float = parameter(
        0.004,
        short="Effect of exports on growth",
        unit="log/month",
        symbol="b_x",
        low=0,
        high=0.1,
        meaning="How much exporting adds to growth.",
        origin="source: learning by exporting, Atkin, Khandelwal and Osman 2017, QJE 132 (profits +16-26 %)",
    )
    crowding: float = parameter(
        0.006391,
        short="Effect of neighbours on growth",
        unit="log/month",
        symbol="gamma",
        low=0,
        high=0.1,
        meaning="How much same-sector neighbours slow growth.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 68. Range: De Silva and McComb "
        "2012 find harm at one mile and gain farther away",
        prior=(0, 0.01),
    )
    fading: float = parameter(
        24.8,
        short="Age at which growth fades",
        unit="month",
        symbol="tau",
        low=1,
        high=600,
        meaning="Age at which growth has faded to 1/e.",
        origin="assumed: the facts do not tell it; from the typical draw, at percentile 26. Held against: size "
        "distribution; fading with age as in Haltiwanger, Jarmin and Miranda 2013",
        prior=(15, 60),
    )
    volatility: float = parameter(
        0.7139,
        short="Volatility of growth",
        unit="log points/sqrt(year)",
        symbol="sigma",
        low=0,
        high=3,
        meaning="Standard deviation of annual growth at a revenue of 30 thousand a month.",
        origin="calibrated: the typical draw, at percentile 93. Fitted to: annual growth of survivors, s.d. 0.35-0.60",
        prior=(0.35, 0.80),
    )
    size_exponent: float = parameter(
        0.15,
        short="Effect of size on volatility",
        unit="-",
        symbol="beta",
        low=0,
        high=1,
        meaning="How fast volatility falls with size.",
        origin="source: 0.14-0.20, Riccaboni et al. 2008, PNAS 105",
    )


STREAMS = ("revenue.year", "revenue.shock")


@columns
class Growing(NamedTuple):
    """Columns of startups that it reads, and the last three, which it brings up to date."""

    used: int
    alive: np.ndarray
    key: np.ndarray
    founded: np.ndarray
    quality: np.ndarray
    sector: np.ndarray
    ties: np.ndarray
    exporter: np.ndarray
    hub: np.ndarray
    city: np.ndarray
    year_volatility: np.ndarray
    months_above: np.ndarray
    revenue: np.ndarray


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    base_growth: np.ndarray
    quality_effect: np.ndarray
    skills_effect: np.ndarray
    market_access_effect: np.ndarray
    ties_effect: np.ndarray
    export_effect: np.ndarray
    crowding: np.ndarray
    fading: np.ndarray
    volatility: np.ndarray
    size_exponent: np.ndarray


@draws("revenue")
class Words(NamedTuple):
    """This month's words of the process's streams."""

    year: np.uint64
    shock: np.uint64


class Places(NamedTuple):
    """How many hubs and cities there are."""

    hubs: int
    cities: int


def act(world: World) -> None:
    """Grow this month's revenue from the values at the start of the month."""
    places = Places(world.hubs.places.shape[1], len(world.geography.cities))
    words = world.streams.words(Words, world.month)
    _grow(world.month, world.startups.see(Growing), world.before, world.rates(Rates), places, words)


@inlined
def _log_partners(ties: np.ndarray, effect: float, found: np.ndarray) -> None:
    """Set what the logarithm of one plus the partners of each startup adds to its growth."""
    most = 0
    for row in range(found.size):
        most = max(most, ties[row])
    table = np.empty(most + 1)
    for partners in range(most + 1):
        table[partners] = effect * log(1.0 + partners)
    for row in range(found.size):
        found[row] = table[ties[row]]


@inlined
def _crowd(of: Growing, policy: int, places: Places, crowding: float, group: np.ndarray, growth: np.ndarray) -> None:
    """Take from growth what those of the same sector in the hub or, outside hubs, in the city cost it."""
    hub, city, nowhere = of.hub[policy], of.city[policy], (places.hubs + places.cities) * SECTORS
    for row in range(growth.size):
        here = hub[row] if hub[row] >= 0 else places.hubs + city[row]
        group[row] = here * SECTORS + of.sector[row] if holds(of.alive[row], policy) else nowhere
    members = counted(group, nowhere + 1)
    lost = np.empty(members.size)
    for place in range(members.size):
        lost[place] = crowding * log(max(members[place], 1.0))
    for row in range(growth.size):
        growth[row] -= lost[group[row]]


@inlined
def _drift(of: Growing, policy: int, before: Start, rates: Rates, growth: np.ndarray) -> None:
    """Add what quality, competence and exports do for growth."""
    skills, market_access, exporter = before.competence[policy, 2], before.competence[policy, 1], of.exporter[policy]
    base, by_quality, by_skills = rates.base_growth[policy], rates.quality_effect[policy], rates.skills_effect[policy]
    by_market_access, by_export = rates.market_access_effect[policy], rates.export_effect[policy]
    for row in range(growth.size):
        growth[row] += base + by_quality * of.quality[row] + by_skills * (skills[row] - REFERENCE)
    for row in range(growth.size):
        growth[row] += by_market_access * (market_access[row] - REFERENCE) + by_export * exporter[row]


@inlined
def _fade(month: int, founded: np.ndarray, fading: float, left: np.ndarray) -> None:
    """What is left of growth at the age of each startup."""
    table = np.empty(month + 1)
    for age in range(month + 1):
        table[age] = exp(age * (-1 / fading))
    for row in range(left.size):
        left[row] = table[month - founded[row]]


@kernel
def _grow(month: int, of: Growing, before: Start, rates: Rates, places: Places, words: Words) -> None:
    """Grow revenue, and count the months in a row in which it means that the startup operates.

    The year's variance is drawn anew on birthdays; it and the month's shock are the same under all policies.
    """
    count, log_reference = of.used, log(REFERENCE_REVENUE)
    for row in range(count):
        age = month - int(of.founded[row])
        if age == 12 * ((age * 5462) >> 16):  # a division that processors do several at a time
            of.year_volatility[row] = np.sqrt(-log(drawn(of.key[row], words.year)))
    shock, left = normals(of.key[:count], words.shock), np.empty(count)
    for row in range(count):
        shock[row] *= of.year_volatility[row]
    growth, group = np.empty(count), np.empty(count, dtype=np.int32)
    for policy in range(rates.fading.size):
        if policy == 0 or rates.fading[policy] != rates.fading[policy - 1]:
            _fade(month, of.founded, rates.fading[policy], left)
        # One short loop after another: a processor does several rows of each at a time.
        _log_partners(of.ties[policy], rates.ties_effect[policy], growth)
        _drift(of, policy, before, rates, growth)
        if rates.crowding[policy] != 0:
            _crowd(of, policy, places, rates.crowding[policy], group, growth)
        monthly, exponent = rates.volatility[policy] / sqrt(12), -rates.size_exponent[policy]
        log_revenue, revenue, above = before.log_revenue[policy], of.revenue[policy], of.months_above[policy]
        for row in range(count):
            spread = monthly * exp((log_revenue[row] - log_reference) * exponent)
            spread = spread if spread < LARGEST_SPREAD else LARGEST_SPREAD
            growth[row] = growth[row] * left[row] + spread * shock[row]
        for row in range(count):
            revenue[row] *= exp(growth[row])
        for row in range(count):
            above[row] = above[row] + 1 if revenue[row] > OPERATING_REVENUE else 0
