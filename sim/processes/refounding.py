"""Founding again: a founder who failed may try once more, some time later.

    P(founds again) = probability,   delay months after the failure

The operator says that founders who fail re-position on another project or join another startup. The
founder keeps city, sector, quality and what was learnt; revenue and cash are drawn anew. The key of
the new startup is made of the parent's key and the attempt, so nobody else is renumbered. Founders
who begin again are counted outside the yearly entries.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.declare import Mechanism, parameter
from sim.declare.states import Cause, FounderKind
from sim.kernel.compiled import inlined
from sim.kernel.founders import Founders
from sim.kernel.masks import bit
from sim.kernel.mathematics import exp
from sim.kernel.randomness import combine, drawn, drawn_normal, extended
from sim.kernel.records import by_policy, columns, draws, kernel, read_from
from sim.kernel.state import Leavers

if TYPE_CHECKING:
    from sim.kernel.world import World


class Parameters(Mechanism):
    """Parameters of founding again."""

    probability: float = parameter(
        0.15,
        short="Founders who try again",
        unit="share",
        low=0,
        high=1,
        meaning="Share of failed founders who found again.",
        origin="assumed: the operator reports that it happens, without a number "
        "(https://www.lavieeco.com/economie/laccompagnement-est-aujourdhui-plus-important-que-le-financement/)",
    )
    delay: int = parameter(
        12,
        short="Time until the next founding",
        unit="month",
        low=1,
        high=120,
        meaning="Months between failure and the next founding.",
        origin="assumed: about a year",
    )


STREAMS = ("refounding.decision",)


@read_from(Parameters)
class Rates(NamedTuple):
    """The process's own parameters, (policies,) each."""

    enabled: np.ndarray
    probability: np.ndarray


@columns
class Parents(NamedTuple):
    """Columns of founders that they bring again, after the key."""

    key: np.ndarray
    sector: np.ndarray
    quality: np.ndarray
    attempt: np.ndarray
    region: np.ndarray
    city: np.ndarray
    finance: np.ndarray
    market_access: np.ndarray
    skills: np.ndarray


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


KEPT = ("sector", "quality", "attempt", "region", "city", "finance", "market_access", "skills")
SHARED = 3
"""How many of them are the same under all policies."""
BROUGHT = ("sector", "quality", "attempt", "kind", "founded", "revenue", "cash")
SECTOR, QUALITY, ATTEMPT, KIND, FOUNDED, REVENUE, CASH = range(len(BROUGHT))
"""Places of what they bring in a table (founders, columns)."""


class Failed(NamedTuple):
    """Founders who will begin again: under which policy, their keys, and what they keep (founders, columns)."""

    policy: np.ndarray
    key: np.ndarray
    kept: np.ndarray


def remember(world: World, leavers: Leavers) -> None:
    """Note which of the founders that fail this month will found again, and when."""
    if not world.acts(Rates):
        return
    decision, parents = world.streams["refounding.decision"].at(world.month), world.startups.see(Parents)
    failed = _keep(leavers, parents, decision, world.rates(Rates))
    if not failed.key.size:
        return
    delay = world.by_policy(_delay).delay
    waits = set(delay.tolist())
    for months in waits:
        part = failed if len(waits) == 1 else _some(failed, delay[failed.policy] == months)
        if part.key.size:
            world.refounders.setdefault(world.month + int(months), []).append(part)


def _some(failed: Failed, which: np.ndarray) -> Failed:
    return Failed(*(column[which] for column in failed))


@by_policy
class Delay(NamedTuple):
    """Months between failure and the next founding, (policies,)."""

    delay: np.ndarray


def _delay(parameters: Any) -> Delay:
    return Delay(parameters.refounding.delay)


@kernel
def _keep(leavers: Leavers, of: Parents, decision: np.uint64, rates: Rates) -> Failed:
    """Those who fail and will found again, under each policy."""
    size, count = leavers.rows.size, 0
    rows, policies = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    for place in range(size):
        row, policy = leavers.rows[place], leavers.policies[place]
        fails = leavers.causes[place] > Cause.ACQUIRED and rates.enabled[policy]
        if fails and drawn(of.key[row], decision) < rates.probability[policy]:
            rows[count], policies[count] = row, policy
            count += 1
    key, kept = np.empty(count, dtype=np.uint64), np.empty((count, len(KEPT)))
    for place in range(count):
        row, policy, values = rows[place], policies[place], kept[place]
        key[place] = of.key[row]
        values[0], values[1], values[2] = of.sector[row], of.quality[row], of.attempt[row]
        values[3], values[4], values[5] = of.region[policy, row], of.city[policy, row], of.finance[policy, row]
        values[6], values[7] = of.market_access[policy, row], of.skills[policy, row]
    return Failed(policies[:count], key, kept)


def act(world: World) -> None:
    """Found the startups of those who begin again this month, in the order of their keys."""
    batches = world.refounders.pop(world.month, [])
    if not batches:
        return
    failed = batches[0] if len(batches) == 1 else Failed(*map(np.concatenate, zip(*batches, strict=True)))
    own = world.past.population
    resources = Resources(*(getattr(own, name) for name in Resources._fields))
    family, words = _family(int(world.streams.world)), world.streams.words(ResourcesDrawn, world.month)
    again = _begin(world.month, failed, world.policies, family, resources, words)
    founders = Founders(again.key, BROUGHT, again.brought)
    founders.policies, founders.own_columns, founders.own = again.policies, KEPT[SHARED:], again.own
    world.newcomers.append(founders)


class Again(NamedTuple):
    """Founders who begin again, each once, in the order of the keys of the startups that failed.

    Attributes:
        key, policies: of the new startup, and words of the policies under which they begin, (founders,).
        brought: the columns `BROUGHT`, (founders, columns).
        own: what they keep under each policy, (columns, policies, founders).
    """

    key: np.ndarray
    policies: np.ndarray
    brought: np.ndarray
    own: np.ndarray


@lru_cache
def _family(world: int) -> np.uint64:
    """The word that the keys of all startups that are founded again in a world have in common."""
    return np.uint64(combine(world, FounderKind.REFOUNDED))


@inlined
def _by_key(key: np.ndarray) -> np.ndarray:
    """Places of keys in increasing order; of equal ones, the first first."""
    order = np.empty(key.size, dtype=np.int64)
    for place in range(key.size):
        slot = place
        while slot > 0 and key[order[slot - 1]] > key[place]:
            order[slot] = order[slot - 1]
            slot -= 1
        order[slot] = place
    return order


@kernel
def _begin(
    month: int, failed: Failed, policies: int, family: np.uint64, resources: Resources, words: ResourcesDrawn
) -> Again:
    """Put together those who failed under several policies; they begin with new revenue and cash."""
    size, count = failed.key.size, 0
    places, together = np.empty((size, policies), dtype=np.int64), np.zeros(size, dtype=np.uint32)
    for place in _by_key(failed.key):
        if count == 0 or failed.key[places[count - 1, 0]] != failed.key[place]:
            places[count] = place  # under policies without an own failure, which then do not count
            count += 1
        together[count - 1] |= bit(failed.policy[place])
        places[count - 1, failed.policy[place]] = place
    key, brought = np.empty(count, dtype=np.uint64), np.empty((count, len(BROUGHT)))
    own = np.empty((failed.kept.shape[1] - SHARED, policies, count))
    for founder in range(count):
        kept, values = failed.kept[places[founder, 0]], brought[founder]
        attempt = kept[ATTEMPT] + 1
        word = extended(extended(family, failed.key[places[founder, 0]]), np.uint64(attempt))
        key[founder] = word
        values[SECTOR], values[QUALITY], values[ATTEMPT] = kept[SECTOR], kept[QUALITY], attempt
        values[KIND], values[FOUNDED] = FounderKind.REFOUNDED.value, month
        log_revenue = resources.initial_revenue_log_sd * drawn_normal(word, words.revenue)
        log_cash = resources.initial_cash_log_sd * drawn_normal(word, words.cash)
        values[REVENUE] = resources.initial_revenue * exp(log_revenue)
        values[CASH] = resources.initial_cash * exp(log_cash)
        for column in range(own.shape[0]):
            for policy in range(policies):
                own[column, policy, founder] = failed.kept[places[founder, policy], SHARED + column]
    return Again(key, together[:count], brought, own)
