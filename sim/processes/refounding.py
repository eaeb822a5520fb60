"""Founding again: a founder who failed may try once more a year later.

    P(founds again) = 0.15,   12 months after the failure

The operator says that founders who fail re-position on another project or join another startup. The
founder keeps city, sector, quality and what was learnt; revenue and cash are drawn anew. The key of
the new startup is made of the parent's key and the attempt, so nobody else is renumbered. Founders
who begin again are counted outside the yearly entries.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.compiled import compiled
from sim.declaration import Mechanism, parameter
from sim.processes.population import REFOUNDED
from sim.randomness import combine, drawn_normal, extended

if TYPE_CHECKING:
    from sim.model import EcosystemModel


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


def remember(model: EcosystemModel, rows: np.ndarray) -> None:
    """Note which of the founders that fail this month will found again, and when."""
    parameters, startups = model.parameters.refounding, model.startups
    if not parameters.enabled:
        return
    decides = model.streams["refounding.decision"]
    rows = rows[decides.below(model.month, startups.key[rows], parameters.probability)]
    if rows.size:
        batch = {name: getattr(startups, name)[rows] for name in (*KEPT, "key")}
        model.refounders.setdefault(model.month + parameters.delay, []).append(batch)


def act(model: EcosystemModel) -> None:
    """Found the startups of those who begin again this month."""
    month, means, streams = model.month, model.parameters.population, model.streams
    for batch in model.refounders.pop(month, []):
        key, attempt, revenue, cash = _begin(
            _family(int(streams.world)),
            batch["key"],
            batch["attempt"],
            means.initial_revenue,
            means.initial_revenue_log_sd,
            streams["population.revenue"].at(month),
            means.initial_cash,
            means.initial_cash_log_sd,
            streams["population.cash"].at(month),
        )
        values = {name: batch[name] for name in KEPT} | {"attempt": attempt, "revenue": revenue, "cash": cash}
        model.found(key, kind=REFOUNDED, founded=month, **values)


@lru_cache
def _family(world: int) -> np.uint64:
    """The word that the keys of all startups that are founded again in a world have in common."""
    return np.uint64(combine(world, REFOUNDED))


@compiled
def _begin(
    family: np.uint64,
    key: np.ndarray,
    attempt: np.ndarray,
    revenue: float,
    revenue_log_sd: float,
    revenue_word: np.uint64,
    cash: float,
    cash_log_sd: float,
    cash_word: np.uint64,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Keys, attempts, and revenue and cash of those who begin with what `population.first_means` gives founders."""
    keys, attempts = np.empty(key.size, dtype=np.uint64), np.empty(key.size, dtype=np.int32)
    revenues, cashes = np.empty(key.size), np.empty(key.size)
    for place in range(key.size):
        attempts[place] = attempt[place] + 1
        keys[place] = extended(extended(family, key[place]), np.uint64(attempts[place]))
        revenues[place] = revenue * np.exp(revenue_log_sd * drawn_normal(keys[place], revenue_word))
        cashes[place] = cash * np.exp(cash_log_sd * drawn_normal(keys[place], cash_word))
    return keys, attempts, revenues, cashes
