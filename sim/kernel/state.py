"""Records of a world's state that processes and the model share; see `sim.kernel.world`."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np


class Start(NamedTuple):
    """The state of the startups when a month starts; the first `used` rows are used.

    Attributes:
        competence (policies, 3, startups): finance, market access and skills.
        mean_competence (policies, startups): their mean.
        revenue, cash (policies, startups): in kMAD a month and kMAD.
        log_revenue (policies, startups): natural logarithm of the revenue.
    """

    competence: np.ndarray
    mean_competence: np.ndarray
    revenue: np.ndarray
    log_revenue: np.ndarray
    cash: np.ndarray

    @classmethod
    def empty(cls, policies: int, startups: int) -> Self:
        """Room for `startups` startups."""
        return cls(np.empty((policies, 3, startups)), *(np.empty((policies, startups)) for _ in range(4)))


class Cohorts(NamedTuple):
    """What became of those of a month: founded and failed within five years, by region; admitted, and successful.

    The first two are (policies, months, regions), the others (policies, months); without policies in one world.
    """

    founded: np.ndarray
    failed: np.ndarray
    admitted: np.ndarray
    success_24: np.ndarray
    success_60: np.ndarray

    @classmethod
    def empty(cls, policies: int, months: int, regions: int) -> Self:
        """All 0."""
        by_region, by_month = (policies, months, regions), (policies, months)
        return cls(*(np.zeros(shape) for shape in (by_region, by_region, by_month, by_month, by_month)))


class HubStates(NamedTuple):
    """The hubs under each policy, (policies, hubs); those that a policy does not have stay closed.

    Attributes:
        is_open: whether it admits and serves.
        places, residents, waiting (startups): how many it can house, houses, and has on its list.
        mentor_hours (h/month): what it pays this month.
        planned_hours (h/month): what the policy sets for it; NaN for the network's rule.
    """

    is_open: np.ndarray
    places: np.ndarray
    residents: np.ndarray
    waiting: np.ndarray
    mentor_hours: np.ndarray
    planned_hours: np.ndarray

    @classmethod
    def closed(cls, policies: int, hubs: int) -> Self:
        """Hubs that have not opened."""
        shape = policies, hubs
        places, residents, waiting = np.zeros((3, *shape), dtype=np.int64)
        return cls(np.zeros(shape, dtype=np.bool_), places, residents, waiting, np.zeros(shape), np.full(shape, np.nan))


class FunderStates(NamedTuple):
    """The funders under each policy, (policies, funders).

    Attributes:
        chosen, central (startups): chosen since January, and those of them in central regions.
        promised (kMAD): since January.
        given, repaid, interest, written_off (kMAD): since the start of the world.
    """

    chosen: np.ndarray
    central: np.ndarray
    promised: np.ndarray
    given: np.ndarray
    repaid: np.ndarray
    interest: np.ndarray
    written_off: np.ndarray

    @classmethod
    def begin(cls, policies: int, funders: int) -> Self:
        """All 0."""
        return cls(*(np.zeros((policies, funders)) for _ in cls._fields))


class Deals(NamedTuple):
    """Startups that funders have chosen, (deals,) each, in the order of the choices.

    Attributes:
        policy, funder: under which policy, by which of all funders.
        number: founding number of the startup.
        month: when the money comes.
        amount: in kMAD.
    """

    policy: np.ndarray
    funder: np.ndarray
    number: np.ndarray
    month: np.ndarray
    amount: np.ndarray

    @classmethod
    def none(cls) -> Self:
        """No deals."""
        policy, funder, number, month = np.empty((4, 0), dtype=np.int64)
        return cls(policy, funder, number, month, np.empty(0))

    def some(self, which: np.ndarray) -> Deals:
        """Those that are marked, or at these places."""
        return Deals(*(column[which] for column in self))

    def and_then(self, others: Deals) -> Deals:
        """These, followed by others."""
        return Deals(*(np.concatenate(pair) for pair in zip(self, others, strict=True)))


class Leavers(NamedTuple):
    """Startups that leave the market, by policy and then in the order of their rows, (leavers,) each.

    Attributes:
        policies, rows: under which policy it leaves, and where it stands.
        causes: why; see `sim.declare.states.Cause`.
    """

    policies: np.ndarray
    rows: np.ndarray
    causes: np.ndarray
