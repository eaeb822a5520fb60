"""Founding again: a founder who failed may try once more, some time later.

    P(founds again) = probability,   delay months after the failure

The operator says that founders who fail re-position on another project or join another startup. The
founder keeps city, sector, quality and what was learnt; revenue and cash are drawn anew. The key of
the new startup is made of the parent's key and the attempt, so nobody else is renumbered. Founders
who begin again are counted outside the yearly entries.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.declare import Mechanism, parameter
from sim.declare.states import Cause, FounderKind
from sim.kernel.founders import Founders
from sim.kernel.randomness import combine, drawn, drawn_normal, extended
from sim.kernel.records import columns, draws, kernel, read, read_from
from sim.processes import population

if TYPE_CHECKING:
    from sim.kernel.world import World


class Parameters(Mechanism):
    """Parameters of founding again."""

    probability: float = parameter(
        0.15,
        unit="share",
        low=0,
        high=1,
        meaning="Share of failed founders who found again.",
        origin="assumed: the operator reports that it happens, without a number "
        "(https://www.lavieeco.com/economie/laccompagnement-est-aujourdhui-plus-important-que-le-financement/)",
    )
    delay: int = parameter(
        12,
        unit="month",
        low=1,
        high=120,
        meaning="Months between failure and the next founding.",
        origin="assumed: about a year",
    )


STREAMS = ("refounding.decision",)


@columns
class Parents(NamedTuple):
    """Columns of founders that they bring again."""

    region: np.ndarray
    city: np.ndarray
    sector: np.ndarray
    quality: np.ndarray
    finance: np.ndarray
    market_access: np.ndarray
    skills: np.ndarray
    attempt: np.ndarray


@read_from(population.Parameters)
class Resources(NamedTuple):
    """Laws of the revenue and cash with which founders begin; see `population.starting_resources`."""

    initial_revenue: float
    initial_revenue_log_sd: float
    initial_cash: float
    initial_cash_log_sd: float


@draws("population")
class ResourcesDrawn(NamedTuple):
    """Words of the streams of the same."""

    revenue: np.uint64
    cash: np.uint64


KEPT = Parents._fields
BROUGHT = (*KEPT, "kind", "founded", "revenue", "cash")
REGION, CITY, SECTOR, QUALITY, FINANCE, MARKET_ACCESS, SKILLS, ATTEMPT, KIND, FOUNDED, REVENUE, CASH = range(
    len(BROUGHT)
)
"""Places of what they bring in a table (founders, columns)."""


def remember(model: World, rows: np.ndarray, causes: np.ndarray) -> None:
    """Note which of the founders that fail this month will found again, and when."""
    parameters, startups, month = model.parameters.refounding, model.startups, model.month
    if parameters.enabled:
        decision = model.streams["refounding.decision"].at(month)
        key, kept = _keep(rows, causes, startups.key, startups.see(Parents), decision, parameters.probability)
        if key.size:
            model.refounders.setdefault(month + parameters.delay, []).append(Founders(key, KEPT, kept))


@kernel
def _keep(
    rows: np.ndarray, causes: np.ndarray, key: np.ndarray, of: Parents, decision: np.uint64, probability: float
) -> tuple[np.ndarray, np.ndarray]:
    """Keys and `KEPT` columns (founders, columns) of those in these rows who fail and will found again."""
    keys, kept, count = np.empty(rows.size, dtype=np.uint64), np.empty((rows.size, len(KEPT))), 0
    for place in range(rows.size):
        row = rows[place]
        if causes[place] != Cause.ACQUIRED and drawn(key[row], decision) < probability:
            keys[count] = key[row]
            kept[count, REGION], kept[count, CITY] = of.region[row], of.city[row]
            kept[count, SECTOR], kept[count, QUALITY] = of.sector[row], of.quality[row]
            kept[count, FINANCE], kept[count, MARKET_ACCESS] = of.finance[row], of.market_access[row]
            kept[count, SKILLS], kept[count, ATTEMPT] = of.skills[row], of.attempt[row]
            count += 1
    return keys[:count], kept[:count]


def act(model: World) -> None:
    """Found the startups of those who begin again this month."""
    month, streams = model.month, model.streams
    for parents in model.refounders.pop(month, []):
        resources, words = read(Resources, model.parameters.population), streams.words(ResourcesDrawn, month)
        key, brought = _begin(month, _family(int(streams.world)), parents.key, parents.values, resources, words)
        model.newcomers.append(Founders(key, BROUGHT, brought))


@lru_cache
def _family(world: int) -> np.uint64:
    """The word that the keys of all startups that are founded again in a world have in common."""
    return np.uint64(combine(world, FounderKind.REFOUNDED))


@kernel
def _begin(
    month: int, family: np.uint64, key: np.ndarray, kept: np.ndarray, resources: Resources, words: ResourcesDrawn
) -> tuple[np.ndarray, np.ndarray]:
    """Keys and `BROUGHT` columns of those who begin with what they `kept`, and with new revenue and cash."""
    keys, values = np.empty(key.size, dtype=np.uint64), np.empty((key.size, len(BROUGHT)))
    for place in range(key.size):
        attempt = kept[place, ATTEMPT] + 1
        own = extended(extended(family, key[place]), np.uint64(attempt))
        keys[place] = own
        values[place, :ATTEMPT], values[place, ATTEMPT] = kept[place, :ATTEMPT], attempt
        values[place, KIND], values[place, FOUNDED] = FounderKind.REFOUNDED.value, month
        log_revenue = resources.initial_revenue_log_sd * drawn_normal(own, words.revenue)
        log_cash = resources.initial_cash_log_sd * drawn_normal(own, words.cash)
        values[place, REVENUE] = resources.initial_revenue * np.exp(log_revenue)
        values[place, CASH] = resources.initial_cash * np.exp(log_cash)
    return keys, values
