"""What two policies do to the same startups of one world: every difference between them taken apart, exactly.

A startup has the same key under both policies, so that each has its twin, or exists under one of them only. What it
adds to the difference of a count goes to the first of these channels that holds:

    extra founders   a base or induced founder who exists under one policy only
    founded again    one who founded again after a failure, under one policy only
    relocated        its founder moved to the city of a hub, under either policy
    housed           it was in a hub after `present`, under either policy
    never housed     it was not

The channels add up to the difference: to the last digit for whole numbers (for exporters, a mean of twelve months, in
twelfths), but for rounding in sums of jobs. The difference of a rate has two parts: its *change* among startups that
are counted under both policies, and *composition*, the rest, which comes from counting other startups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.declare.states import FounderKind
from sim.model.outcomes import Register, cohorts
from sim.model.survey import jobs

if TYPE_CHECKING:
    from sim.model.ecosystem import EcosystemModel

CHANNELS = ("extra_founders", "founded_again", "relocated", "housed", "never_housed")
"""Where a difference of counts comes from, in the order in which they are tried."""
SHIFTS = ("change", "composition")
"""The parts of a difference of rates."""
COUNTS = ("survivors_5y", "exporters", "jobs")
"""National counts that are taken apart."""
COHORTS = (
    "success_rate", "cohort_success_rate", "success_24m", "graduate_survival", "completion_rate",
    "cohort_export_rate", "ever_exported", "survival_5y",
)  # fmt: skip
STOCK_RATE = "export_rate"
RATES = (*COHORTS, STOCK_RATE)
"""Rates that are taken apart: those of cohorts, and a mean of the monthly rates of the last year."""


@dataclass(frozen=True)
class Lives:
    """What became of each of n startups of one world, as far as its outcomes count it; sorted by key.

    Attributes:
        key: the keys (n,).
        again: whether it was founded again after a failure (n,).
        relocated: whether its founder moved to the city of a hub (n,).
        housed: whether it was in a hub after `present` (n,).
        counted: what it adds to each of `COUNTS`, over the `months` of the last year (3, n).
        groups: whether it has success, and whether it is counted, in each of `COHORTS` (8, 2, n).
        exporting, resident: whether it exports, and is in a hub, in each month of the last year (months, n).
        levels: the outcomes to which this adds up.
    """

    key: np.ndarray
    again: np.ndarray
    relocated: np.ndarray
    housed: np.ndarray
    counted: np.ndarray
    groups: np.ndarray
    exporting: np.ndarray
    resident: np.ndarray
    levels: Mapping[str, float]

    @property
    def months(self) -> int:
        """Months of the last year: twelve, or all of a shorter world."""
        return len(self.resident)

    @cached_property
    def rated(self) -> np.ndarray:
        """Whether it is counted in any rate (n,): a quarter are."""
        return self.groups[:, 1].any(axis=0) | self.resident.any(axis=0)

    @classmethod
    def of(cls, model: EcosystemModel, outcomes: Mapping[str, float]) -> Lives:
        """The lives in a world at its end, with its outcomes as `sim.model.outcomes.measure` gives them.

        Raises ValueError for a world that is not at its end: only the last year before it is known startup by startup.
        """
        if model.months_done < model.scenario.months:
            raise ValueError(
                f"{model.scenario.key} has lived {model.months_done} of {model.scenario.months} months; differences "
                "are taken apart at its end: run_until(scenario.months)"
            )
        register = Register(model)
        order = np.argsort(register.key)
        number = register.number[order]
        founded = model.startups.founded_total  # under other policies beside this one, too
        place = np.empty(founded, dtype=order.dtype)
        place[number] = np.arange(order.size)
        again = register.kind[order] == FounderKind.REFOUNDED
        year = [model.recorder.last_year[month] for month in range(max(0, register.done - 12), register.done)]
        exporting, resident = np.zeros((2, len(year), order.size), dtype=bool)
        for row, snapshot in enumerate(year):
            at = place[snapshot.number]
            exporting[row, at], resident[row, at] = snapshot.exporter, snapshot.resident
        everybody = np.concatenate([snapshot.number for snapshot in year])
        work = jobs(np.concatenate([snapshot.revenue for snapshot in year]))
        groups = cohorts(register)
        survived, followed = groups["survival_5y"]
        counted = (
            (survived & followed)[order],
            np.count_nonzero(exporting, axis=0) * ~again,
            np.bincount(everybody, work, founded)[number],
        )
        stayed = (register.left < 0) | (register.left >= model.scenario.present_months)
        return cls(
            register.key[order],
            again,
            register.relocated[order],
            ((register.admitted >= 0) & stayed)[order],
            np.array(counted, dtype=float),
            np.take([groups[name] for name in COHORTS], order, axis=2),
            exporting,
            resident,
            {name: outcomes[name] for name in (*COUNTS, *RATES)},
        )


def column(outcome: str, channel: str) -> str:
    """Where a channel stands among the columns of `runs`: `survivors_5y/extra_founders`, as no outcome is called."""
    return f"{outcome}/{channel}"


def taken_apart(policy: Lives, reference: Lives) -> dict[str, float]:
    """Channels of the difference of a policy from its reference in the same world, by column.

    Where a difference is not defined (nobody is counted under one of them), its parts are NaN.
    """
    _, mine, theirs = np.intersect1d(policy.key, reference.key, assume_unique=True, return_indices=True)
    differences = {name: policy.levels[name] - reference.levels[name] for name in policy.levels}
    found: dict[str, float] = {}
    for name, amounts in zip(COUNTS, _amounts(policy, reference, mine, theirs), strict=True):
        amounts = amounts if np.isfinite(differences[name]) else np.full(len(CHANNELS), np.nan)
        found |= {column(name, channel): float(value) for channel, value in zip(CHANNELS, amounts, strict=True)}
    for name, change in zip(RATES, _changes(policy, reference, mine, theirs), strict=True):
        composition = differences[name] - change
        found[column(name, "change")] = float(change) if np.isfinite(composition) else np.nan
        found[column(name, "composition")] = float(composition)
    return found


def _amounts(policy: Lives, reference: Lives, mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """What each channel adds to the difference of each count (counts, channels); twins stand at `mine` and `theirs`."""
    alone, lost = np.ones(policy.key.size, dtype=bool), np.ones(reference.key.size, dtype=bool)
    alone[mine] = lost[theirs] = False
    relocated = policy.relocated[mine] | reference.relocated[theirs]
    housed = policy.housed[mine] | reference.housed[theirs]
    channel = np.concatenate(
        [np.where(relocated, 2, np.where(housed, 3, 4)), policy.again[alone], reference.again[lost]]
    )  # one under one policy only goes to channel 0, or to 1 if it was founded again
    amounts = np.empty((len(COUNTS), len(CHANNELS)))
    for count, yearly in enumerate((False, True, True)):
        months, others = (policy.months, reference.months) if yearly else (1, 1)
        left, right = policy.counted[count] * others, reference.counted[count] * months
        extra = np.concatenate([left[mine] - right[theirs], left[alone], -right[lost]])
        amounts[count] = np.bincount(channel, extra, len(CHANNELS)) / (months * others)
    return amounts


def _changes(policy: Lives, reference: Lives, mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Change of each rate (rates,) among those counted under both policies; 0 where nobody is counted."""
    both = policy.rated[mine] & reference.rated[theirs]
    mine, theirs = mine[both], theirs[both]
    groups, others = np.take(policy.groups, mine, axis=2), np.take(reference.groups, theirs, axis=2)
    cohort = _change(groups[:, 0], others[:, 0], groups[:, 1] & others[:, 1])
    year = min(policy.months, reference.months)
    ours, other = (
        np.take((lives.exporting[-year:], lives.resident[-year:]), rows, axis=2)
        for lives, rows in ((policy, mine), (reference, theirs))
    )
    return np.append(cohort, _change(ours[0], other[0], ours[1] & other[1]).mean())


def _change(success: np.ndarray, other: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Difference of two shares of those counted in `both`, in each row of flags (rows, startups)."""
    more = np.count_nonzero(success & both, axis=1) - np.count_nonzero(other & both, axis=1)
    found: np.ndarray = more / np.maximum(np.count_nonzero(both, axis=1), 1)
    return found
