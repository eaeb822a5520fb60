"""Founding again: a founder who failed may try once more, some time later.

    P(founds again) = probability,   delay months after the failure

The operator says that founders who fail re-position on another project or join another startup. The
founder keeps city, sector, quality and what was learnt; revenue and cash are drawn anew. The key of
the new startup is made of the parent's key and the attempt, so nobody else is renumbered. Founders
who begin again are counted outside the yearly entries.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.declare import Mechanism, parameter
from sim.declare.states import Cause, FounderKind
from sim.kernel.compiled import compiled
from sim.kernel.founders import Founders
from sim.kernel.randomness import combine, drawn, drawn_normal, extended

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
KEPT = ("region", "city", "sector", "quality", "finance", "market_access", "skills", "attempt")
BROUGHT = (*KEPT, "kind", "founded", "revenue", "cash")
ATTEMPT, KIND, FOUNDED, REVENUE, CASH = range(KEPT.index("attempt"), len(BROUGHT))


def remember(model: World, rows: np.ndarray, causes: np.ndarray) -> None:
    """Note which of the founders that fail this month will found again, and when."""
    parameters, startups, month = model.parameters.refounding, model.startups, model.month
    if not parameters.enabled:
        return
    key, values = _keep(
        rows,
        causes,
        startups.key,
        model.streams["refounding.decision"].at(month),
        parameters.probability,
        startups.region,
        startups.city,
        startups.sector,
        startups.quality,
        startups.finance,
        startups.market_access,
        startups.skills,
        startups.attempt,
    )
    if key.size:
        model.refounders.setdefault(month + parameters.delay, []).append(Founders(key, KEPT, values))


@compiled
def _keep(
    rows: np.ndarray,
    causes: np.ndarray,
    key: np.ndarray,
    word: np.uint64,
    probability: float,
    region: np.ndarray,
    city: np.ndarray,
    sector: np.ndarray,
    quality: np.ndarray,
    finance: np.ndarray,
    market_access: np.ndarray,
    skills: np.ndarray,
    attempt: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Keys and `KEPT` columns (founders, columns) of those in these rows who fail and will found again."""
    keys, kept, count = np.empty(rows.size, dtype=np.uint64), np.empty((rows.size, len(KEPT))), 0
    for place in range(rows.size):
        row = rows[place]
        if causes[place] != Cause.ACQUIRED and drawn(key[row], word) < probability:
            keys[count] = key[row]
            kept[count, 0], kept[count, 1], kept[count, 2] = region[row], city[row], sector[row]
            kept[count, 3], kept[count, 4] = quality[row], finance[row]
            kept[count, 5], kept[count, 6], kept[count, 7] = market_access[row], skills[row], attempt[row]
            count += 1
    return keys[:count], kept[:count]


def act(model: World) -> None:
    """Found the startups of those who begin again this month."""
    month, means, streams = model.month, model.parameters.population, model.streams
    for parents in model.refounders.pop(month, []):
        key, values = _begin(
            _family(int(streams.world)),
            month,
            parents.key,
            parents.values,
            means.initial_revenue,
            means.initial_revenue_log_sd,
            streams["population.revenue"].at(month),
            means.initial_cash,
            means.initial_cash_log_sd,
            streams["population.cash"].at(month),
        )
        model.newcomers.append(Founders(key, BROUGHT, values))


@lru_cache
def _family(world: int) -> np.uint64:
    """The word that the keys of all startups that are founded again in a world have in common."""
    return np.uint64(combine(world, FounderKind.REFOUNDED))


@compiled
def _begin(
    family: np.uint64,
    month: int,
    key: np.ndarray,
    kept: np.ndarray,
    revenue: float,
    revenue_log_sd: float,
    revenue_word: np.uint64,
    cash: float,
    cash_log_sd: float,
    cash_word: np.uint64,
) -> tuple[np.ndarray, np.ndarray]:
    """Keys and `BROUGHT` columns of those who begin with what they `kept` and the means that founders begin with.

    See `population.first_means` for the law of revenue and cash.
    """
    keys, values = np.empty(key.size, dtype=np.uint64), np.empty((key.size, len(BROUGHT)))
    for place in range(key.size):
        attempt = kept[place, ATTEMPT] + 1
        own = extended(extended(family, key[place]), np.uint64(attempt))
        keys[place] = own
        values[place, :ATTEMPT], values[place, ATTEMPT] = kept[place, :ATTEMPT], attempt
        values[place, KIND], values[place, FOUNDED] = FounderKind.REFOUNDED.value, month
        values[place, REVENUE] = revenue * np.exp(revenue_log_sd * drawn_normal(own, revenue_word))
        values[place, CASH] = cash * np.exp(cash_log_sd * drawn_normal(own, cash_word))
    return keys, values
