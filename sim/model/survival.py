"""Survival by age of cohorts of founders and of the admitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.model.outcomes import Register

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel

SURVIVAL_COHORTS = (("2016-01", "2019-12"), ("2020-01", "2024-06"), ("2025-01", "2029-12"))


def survival_columns(model: EcosystemModel) -> dict[str, np.ndarray]:
    """Survival by age of cohorts of founders and of the admitted (age counted from admission).

    Columns, (rows,) each: `population` (founded or admitted), `cohort` (`2025-2029`), `age_months` 0-60, `at_risk`
    (startups followed that long) and `surviving` (share of them that has not failed).
    """
    register = Register(model)
    ages = np.arange(61)
    heads, counts = [], []
    for population, since in (("founded", register.founded), ("admitted", register.admitted)):
        member = register.anew if population == "founded" else register.admitted >= 0
        for first, last in SURVIVAL_COHORTS:
            cohort = member & (since >= model.months_until(first)) & (since <= model.months_until(last))
            followed = register.done - since[cohort]
            life = np.where(register.failed[cohort], register.closed[cohort] - since[cohort], followed)
            heads.append((population, f"{first[:4]}-{last[:4]}"))
            counts.append((_longer(followed, ages), _longer(np.minimum(life, followed), ages)))
    at_risk, alive = np.moveaxis(np.array(counts), 1, 0).reshape(2, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(at_risk > 0, alive / at_risk, np.nan)
    labels = np.repeat(np.array(heads, dtype=object), ages.size, axis=0)
    return {
        "population": labels[:, 0],
        "cohort": labels[:, 1],
        "age_months": np.tile(ages, len(heads)),
        "at_risk": at_risk,
        "surviving": share,
    }


def _longer(months: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """How many of the spans of months are longer than each age; shape of `ages`."""
    reached = np.bincount(np.clip(months, 0, ages.size), minlength=ages.size + 1)
    found: np.ndarray = months.size - np.cumsum(reached)[ages]
    return found
