"""Contacts: an explicit undirected graph of ties that form by meeting and dissolve with time.

A resident looks for a partner among the residents of its hub at rate `eta m / I` (attention, times
the mix's factor and the coordinators' factor), a startup outside at rate `eta_out` among all
startups. The partner is drawn with weight `exp(-d / catchment)`, halved for the same sector: ties
across sectors spill over most (Roche, Oettl and Catalini 2024), meetings raise revenue (Cai and
Szeidl 2018). At most one search a startup and month. Each tie dissolves at 1/24 a month.

Who is met: first the group (city or hub, and sector) by inverse distribution function, then the
group's member whose keyed position on a circle follows the seeker's own draw. A startup more or less
therefore changes only the choices next to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.declaration import Column, Mechanism, parameter
from sim.processes.population import SECTORS

if TYPE_CHECKING:
    from sim.model import EcosystemModel

COLUMNS = {"ties": Column(int, "ties", "Number of partners.")}

STREAMS = (
    "contacts.search",
    "contacts.group",
    "contacts.member",
    "contacts.position",
    "contacts.duration",
)


ATTENDANCE = 0.25
"""Share of startups, by chance, that can be met outside hubs in a month. All are met equally often, so
the share changes no weight; it only shortens the search."""


class Parameters(Mechanism):
    """Parameters of contacts."""

    rate_inside: float = parameter(
        0.25,
        unit="1/month",
        low=0,
        high=5,
        meaning="How often a resident with full attention finds a partner in its hub (eta).",
        origin="assumed: between one tie in two months and in twenty, around Cai and Szeidl 2018 (QJE 133)",
        prior=(0.05, 0.5),
    )
    rate_outside: float = parameter(
        0.05,
        unit="1/month",
        low=0,
        high=5,
        meaning="How often a startup outside hubs finds a partner (eta_out).",
        origin="assumed: a fifth of the rate inside",
        prior=(0.02, 0.1),
    )
    duration: float = parameter(
        24.0,
        unit="month",
        low=1,
        high=600,
        meaning="Mean life of a tie.",
        origin="assumed: two years; the gains of Cai and Szeidl 2018 lasted more than one",
    )
    inside_hubs: bool = parameter(
        True,
        unit="-",
        meaning="Whether residents meet in their hub; if not, they meet like everybody else.",
        origin="assumed: it is switched off only to measure what the meetings in hubs do",
    )
    same_sector: float = parameter(
        0.5,
        unit="-",
        low=0,
        high=1,
        meaning="Weight of a partner of the same sector relative to another sector.",
        origin="assumed: direction from Roche, Oettl and Catalini 2024, Management Science 70",
    )


class Contacts:
    """The graph: two arrays of founding numbers and the month in which each tie ends.

    Attributes:
        rows: the ends of each tie as rows of the startups, valid for the current month.
    """

    def __init__(self) -> None:
        self.first = np.empty(0, dtype=np.int32)
        self.second = np.empty(0, dtype=np.int32)
        self.ends = np.empty(0, dtype=np.int32)
        self.rows = (self.first, self.second)

    @property
    def count(self) -> int:
        """Number of ties."""
        return self.first.size

    def copy(self) -> Contacts:
        """An independent copy."""
        twin = Contacts()
        twin.first, twin.second, twin.ends = self.first.copy(), self.second.copy(), self.ends.copy()
        twin.rows = self.rows
        return twin

    def keep(self, month: int, row_of: np.ndarray) -> None:
        """Drop ties that end this month or whose startups have closed; find the rows of the rest."""
        first, second = row_of[self.first], row_of[self.second]
        kept = (self.ends > month) & (first >= 0) & (second >= 0)
        self.first, self.second, self.ends = self.first[kept], self.second[kept], self.ends[kept]
        self.rows = (first[kept], second[kept])

    def add(self, first: np.ndarray, second: np.ndarray, ends: np.ndarray, row_of: np.ndarray) -> None:
        """Add ties between the startups numbered `first` and `second`, unless they exist already."""
        low, high = np.minimum(first, second), np.maximum(first, second)
        # Only the ties of those who meet can be met again, and they are few: compare with these alone.
        met = np.zeros(row_of.size, dtype=bool)
        met[low] = True
        near = np.flatnonzero(met[self.first])
        existing = _code(self.first[near], self.second[near])
        code = _code(low, high)
        order = np.argsort(code, kind="stable")
        repeated = np.zeros(code.size, dtype=bool)
        repeated[order[1:]] = code[order[1:]] == code[order[:-1]]
        new = np.flatnonzero(~repeated)
        new = new[~np.isin(code[new], existing, assume_unique=True)]
        self.first = np.concatenate([self.first, low[new]])
        self.second = np.concatenate([self.second, high[new]])
        self.ends = np.concatenate([self.ends, ends[new]])
        self.rows = (row_of[self.first], row_of[self.second])


def _code(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return low.astype(np.int64) << 32 | high


def act(model: EcosystemModel) -> None:
    """Dissolve and form ties, then count each startup's partners."""
    parameters, startups, contacts = model.parameters.contacts, model.startups, model.contacts
    contacts.keep(model.month, startups.row_of)
    if parameters.enabled:
        _meet(model)
    first, second = contacts.rows
    startups.ties[:] = np.bincount(first, minlength=startups.count)
    startups.ties += np.bincount(second, minlength=startups.count).astype(np.int32)
    startups.introduced[:] = False
    if startups.coordinator.any():
        startups.introduced[first[startups.coordinator[second]]] = True
        startups.introduced[second[startups.coordinator[first]]] = True


def _meet(model: EcosystemModel) -> None:
    """Let startups look for partners and tie those who meet."""
    parameters, startups, month = model.parameters.contacts, model.startups, model.month
    factor = model.parameters.accompaniment.mix.contacts
    hub = startups.hub if parameters.inside_hubs else np.full(startups.count, -1)
    rate = parameters.rate_inside * factor * model.attention * model.introductions
    rate[-1] = parameters.rate_outside
    probability = -np.expm1(-rate)
    seeks = model.streams["contacts.search"].below(month, startups.key, probability[hub])
    seekers = np.flatnonzero(seeks)
    inside = hub[seekers] >= 0
    position = model.streams["contacts.position"].uniform(month, startups.key)
    residents = np.flatnonzero(hub >= 0)
    attending = np.flatnonzero(position < ATTENDANCE)
    pairs = [
        _partners(model, seekers[inside], residents, position[residents], hub, np.eye(len(model.hubs))),
        _partners(model, seekers[~inside], attending, position[attending] / ATTENDANCE, startups.city, model.closeness),
    ]
    seeker = np.concatenate([pair[0] for pair in pairs])
    partner = np.concatenate([pair[1] for pair in pairs])
    if seeker.size == 0:
        return
    life = model.streams["contacts.duration"].exponential(month, startups.key[seeker])
    ends = month + 1 + np.floor(life * parameters.duration).astype(np.int32)
    number = startups.number
    model.contacts.add(number[seeker], number[partner], ends, startups.row_of)


def _partners(
    model: EcosystemModel,
    seekers: np.ndarray,
    candidates: np.ndarray,
    position: np.ndarray,
    place: np.ndarray,
    closeness: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of seekers who find somebody, and of the partners they find.

    `position` gives each candidate a place in [0, 1) on the circle of its group; `place` (startups,)
    is the hub or city of each startup, `closeness` (places, places) the weight of a meeting between
    two places.
    """
    startups, streams, month = model.startups, model.streams, model.month
    sectors = len(SECTORS)
    if seekers.size == 0 or candidates.size < 2:
        return seekers[:0], seekers[:0]
    group = place[candidates] * sectors + startups.sector[candidates]
    code = group + position
    order = np.argsort(code)
    code = code[order]
    groups = closeness.shape[0] * sectors
    size = np.bincount(group, minlength=groups)
    start = np.cumsum(size) - size

    wanted = place[seekers] * sectors + startups.sector[seekers]
    kinds = np.flatnonzero(np.bincount(wanted, minlength=groups))
    same = np.where(np.eye(sectors, dtype=bool), model.parameters.contacts.same_sector, 1.0)
    weight = closeness[kinds // sectors][:, :, None] * same[kinds % sectors][:, None, :]
    cumulative: np.ndarray = np.cumsum(weight.reshape(kinds.size, groups) * size, axis=1)
    possible = cumulative[:, -1] > 0
    cumulative[possible] /= cumulative[possible, -1:]
    kind = np.searchsorted(kinds, wanted)
    seekers, kind = seekers[possible[kind]], kind[possible[kind]]
    key = startups.key[seekers]
    # One search in all distributions at once: each kind's runs from its index to the next.
    steps = (cumulative + np.arange(kinds.size)[:, None]).ravel()
    chance = kind + streams["contacts.group"].uniform(month, key)
    chosen = np.searchsorted(steps, chance, side="right") - kind * groups
    chosen = np.minimum(chosen, groups - 1)

    point = chosen + streams["contacts.member"].uniform(month, key)
    at = np.searchsorted(code, point)
    end = start[chosen] + size[chosen]
    at = np.where(at >= end, start[chosen], at)
    itself = candidates[order[at]] == seekers
    following = np.where(at + 1 >= end, start[chosen], at + 1)
    partner = candidates[order[np.where(itself, following, at)]]
    found = partner != seekers
    return seekers[found], partner[found]
