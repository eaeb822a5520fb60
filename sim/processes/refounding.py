"""Founding again: a founder who failed may try once more a year later.

    P(founds again) = 0.15,   12 months after the failure

The operator says that founders who fail re-position on another project or join another startup. The
founder keeps city, sector, quality and what was learnt; revenue and cash are drawn anew. The key of
the new startup is made of the parent's key and the attempt, so nobody else is renumbered. Founders
who begin again are counted outside the yearly entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Mechanism, parameter
from sim.processes.population import REFOUNDED, first_means
from sim.randomness import combine

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
    for batch in model.refounders.pop(model.month, []):
        attempt = batch["attempt"] + 1
        key = combine(model.streams.world, REFOUNDED, batch["key"], attempt)
        values = {name: batch[name] for name in KEPT} | {"attempt": attempt}
        model.found(key, kind=REFOUNDED, founded=model.month, **values, **first_means(model, model.month, key))
