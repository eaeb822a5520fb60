"""The startups of a world under all policies of a bundle: one row each, its columns shared or by policy.

A row stays where it is as long as the startup lives under any policy, so that what chance brings it is drawn once for
all of them. When it has closed everywhere, the last row takes its place. What a startup was when it closed under a
policy is kept in that policy's archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from sim.declare import Column, Short
from sim.kernel.compiled import inlined
from sim.kernel.founders import Founders
from sim.kernel.masks import bit, everywhere
from sim.kernel.records import kernel
from sim.kernel.state import Leavers

DTYPES: dict[type, Any] = {float: np.float64, int: np.int32, Short: np.int16, bool: np.bool_, bytes: np.uint64}
"""Type of an array by the kind of its columns; keys are words of eight bytes."""
KEY = Column(bytes, "-", "Names it for the random streams.", shared=True)
ALIVE = np.uint32
"""Type of the words that say under which policies a startup is active."""


class Kinds(NamedTuple):
    """An array for each kind of columns, in the order of `DTYPES`."""

    floats: np.ndarray
    integers: np.ndarray
    shorts: np.ndarray
    flags: np.ndarray
    words: np.ndarray


class Part(NamedTuple):
    """Arrays of columns: (columns, rows) of shared ones, (columns, policies, rows) of others, or of one policy."""

    shared: Kinds
    own: Kinds


class Targets(NamedTuple):
    """Where columns stand: whether by policy, in the array of which kind, in which of its rows, (columns,) each."""

    own: np.ndarray
    kind: np.ndarray
    place: np.ndarray


FLOATS, INTEGERS, SHORTS, FLAGS = range(len(DTYPES) - 1)


class Table:
    """All startups that are active under a policy of a bundle.

    Each declared column is an attribute: an array (rows,) if policies share it, (policies, rows) if not, of which the
    first `used` rows are used.

    Attributes:
        used: rows in use.
        policies: how many live side by side.
        alive: words of the policies under which each startup is active, (rows,).
        row_of: row of each startup by founding number, -1 when it has closed under all policies.
        founded_total: how many were founded, under any policy.
    """

    def __init__(self, columns: dict[str, Column], policies: int):
        self.columns = {**columns, "key": KEY}
        self.policies, self.used, self.founded_total = policies, 0, 0
        self.names = {
            (kind, shared): [
                name for name, column in self.columns.items() if column.kind is kind and column.shared == shared
            ]
            for kind in DTYPES
            for shared in (True, False)
        }
        kinds = list(DTYPES)
        self._place = {
            name: (kinds.index(kind), row) for (kind, _), names in self.names.items() for row, name in enumerate(names)
        }
        self._defaults = Part(
            *(
                Kinds(
                    *(
                        np.array([self.columns[name].default for name in self.names[kind, shared]], dtype)
                        for kind, dtype in DTYPES.items()
                    )
                )
                for shared in (True, False)
            )
        )
        self._arrays = self._empty(1024)
        self.alive = np.zeros(1024, dtype=ALIVE)
        self.row_of = np.empty(0, dtype=np.int32)
        self._targets: dict[tuple[str, ...], Targets] = {}
        self._active: dict[int, np.ndarray] = {}
        self._earlier = [[self._archive_of(0)] for _ in range(policies)]
        self._closed: list[tuple[np.ndarray, Part]] = []
        self._bind()

    def _empty(self, capacity: int) -> Part:
        return Part(
            Kinds(*(np.empty((len(self.names[kind, True]), capacity), dtype) for kind, dtype in DTYPES.items())),
            Kinds(
                *(
                    np.empty((len(self.names[kind, False]), self.policies, capacity), dtype)
                    for kind, dtype in DTYPES.items()
                )
            ),
        )

    def _archive_of(self, leavers: int) -> Part:
        """Room for all columns of startups that close, (columns, leavers)."""
        return Part(
            *(
                Kinds(*(np.empty((len(self.names[kind, shared]), leavers), dtype) for kind, dtype in DTYPES.items()))
                for shared in (True, False)
            )
        )

    def _bind(self) -> None:
        """Make every column an attribute."""
        for shared, arrays in ((True, self._arrays.shared), (False, self._arrays.own)):
            for kind, array in zip(DTYPES, arrays, strict=True):
                for name, column in zip(self.names[kind, shared], array, strict=True):
                    setattr(self, name, column)

    if TYPE_CHECKING:  # the columns are attributes that the processes declare

        def __getattr__(self, name: str) -> Any: ...

    def see[R](self, record: type[R]) -> R:
        """The startups as a record of `sim.kernel.records.columns`, for a compiled loop: it takes columns by name."""
        return cast(R, self)

    def column(self, name: str, policy: int) -> np.ndarray:
        """One column under one policy, (rows,); rows of startups that have closed there are in it."""
        array = getattr(self, name)
        found: np.ndarray = (array if array.ndim == 1 else array[policy])[: self.used]
        return found

    def active(self, policy: int) -> np.ndarray:
        """Rows of the startups that are active under a policy; not to be changed."""
        if policy not in self._active:
            self._active[policy] = np.flatnonzero((self.alive[: self.used] >> np.uint32(policy)) & np.uint32(1))
        return self._active[policy]

    # --- founding and closing ---------------------------------------------------------------------

    def found(self, *batches: Founders) -> slice:
        """Append the startups of founders, batch by batch; the rows that they get."""
        self._active.clear()
        first, after = self.used, self.used + sum(map(len, batches))
        if after > self.alive.size:
            self._grow(max(after, self.alive.size + self.alive.size // 2))
        new = slice(first, after)
        for array, default in zip(self._arrays.shared, self._defaults.shared, strict=True):
            array[:, new] = default[:, None]
        for array, default in zip(self._arrays.own, self._defaults.own, strict=True):
            array[:, :, new] = default[:, None, None]
        for batch in batches:
            rows = slice(first, first + len(batch))
            self.key[rows] = batch.key
            _append(first, batch.values, self._target(batch.columns), *self._arrays)
            for name, by_policy in batch.by_policy.items():
                getattr(self, name)[:, rows] = by_policy
            self.alive[rows] = everywhere(self.policies) if batch.policies is None else batch.policies
            first = rows.stop
        self.used = after
        self._number(new)
        return new

    def _target(self, columns: tuple[str, ...]) -> Targets:
        if columns not in self._targets:
            places = [(not self.columns[name].shared, *self._place[name]) for name in columns]
            self._targets[columns] = Targets(*np.array(places, dtype=np.int64).T.copy())
        return self._targets[columns]

    def _number(self, new: slice) -> None:
        first, self.founded_total = self.founded_total, self.founded_total + new.stop - new.start
        self.number[new] = np.arange(first, self.founded_total)
        if self.founded_total > self.row_of.size:
            longer = np.full(max(self.founded_total, 2 * self.row_of.size, 1024), -1, dtype=np.int32)
            longer[: self.row_of.size] = self.row_of
            self.row_of = longer
        self.row_of[first : self.founded_total] = np.arange(new.start, new.stop)

    def _grow(self, capacity: int) -> None:
        larger = self._empty(capacity)
        for mine, grown in zip(self._arrays, larger, strict=True):
            for array, room in zip(mine, grown, strict=True):
                room[..., : self.used] = array[..., : self.used]
        alive = np.zeros(capacity, dtype=ALIVE)
        alive[: self.used] = self.alive[: self.used]
        self._arrays, self.alive = larger, alive
        self._bind()

    def close(self, leavers: Leavers) -> None:
        """Take startups off the market; those that have left under all policies leave the table."""
        self._active.clear()
        archive = self._archive_of(leavers.rows.size)
        _keep(leavers, *self._arrays, *archive)
        self._closed.append((np.searchsorted(leavers.policies, np.arange(self.policies + 1)), archive))
        gone, movers = _leave(leavers, self.alive, self.used)
        if gone.size:
            self.row_of[self.number[gone]] = -1
            holes = gone[: movers.size]
            self.row_of[self.number[movers]] = holes
            self.alive[holes] = self.alive[movers]
            _move(*self._arrays, holes, movers)
            self.used -= gone.size

    # --- what has closed --------------------------------------------------------------------------

    def archived(self, name: str, policy: int) -> np.ndarray:
        """One column of all startups that have closed under a policy, in the order of closing; not to be changed."""
        kind, row = self._place[name]
        shared = self.columns[name].shared
        return np.concatenate([(part.shared if shared else part.own)[kind][row] for part in self._archive(policy)])

    def _archive(self, policy: int) -> list[Part]:
        """All that have closed under a policy, (columns, rows) each."""
        if self._closed:
            self._earlier = [self._filed(one) for one in range(self.policies)]
            self._closed = []
        return self._earlier[policy]

    def _filed(self, policy: int) -> list[Part]:
        """What was kept of a policy's startups before, and what has been kept since."""
        recent = [
            Part(*(Kinds(*(array[:, ends[policy] : ends[policy + 1]] for array in arrays)) for arrays in part))
            for ends, part in self._closed
        ]
        joined = (
            Kinds(*(np.concatenate(arrays, axis=1) for arrays in zip(*kinds, strict=True)))
            for kinds in zip(*recent, strict=True)
        )
        return [*self._earlier[policy], Part(*joined)]

    # --- other bundles ----------------------------------------------------------------------------

    def taken(self, policies: Sequence[int]) -> Table:
        """An independent copy under some of the policies, in this order; one may be taken several times.

        Rows of startups that have closed under all of these stay out.
        """
        twin = Table({name: column for name, column in self.columns.items() if name != "key"}, len(policies))
        alive = np.zeros(self.used, dtype=ALIVE)
        for place, policy in enumerate(policies):
            alive |= ((self.alive[: self.used] >> np.uint32(policy)) & np.uint32(1)) << np.uint32(place)
        rows = np.flatnonzero(alive)
        twin.used, twin.founded_total = rows.size, self.founded_total
        twin._arrays = twin._empty(max(1024, rows.size + rows.size // 4))
        for mine, theirs in zip(twin._arrays.shared, self._arrays.shared, strict=True):
            mine[:, : rows.size] = theirs[:, rows]
        for mine, theirs in zip(twin._arrays.own, self._arrays.own, strict=True):
            for place, policy in enumerate(policies):
                mine[:, place, : rows.size] = theirs[:, policy][:, rows]
        twin.alive = np.zeros(twin._arrays.shared.words.shape[1], dtype=ALIVE)
        twin.alive[: rows.size] = alive[rows]
        twin._bind()
        twin.row_of = np.full(self.row_of.size, -1, dtype=np.int32)
        twin.row_of[twin.number[: rows.size]] = np.arange(rows.size)
        twin._earlier = [[*self._archive(policy)] for policy in policies]
        return twin

    def renumber(self) -> np.ndarray:
        """Count foundings without those of other policies, in a table of one policy; new numbers by old ones."""
        active, closed = self.number[: self.used], self.archived("number", 0)
        new = np.full(self.founded_total, -1, dtype=np.int32)
        everyone = np.sort(np.concatenate([closed, active]))
        new[everyone] = np.arange(everyone.size)
        kind, row = self._place["number"]
        for place, part in enumerate(self._earlier[0]):
            integers = part.shared[kind].copy()
            integers[row] = new[integers[row]]
            self._earlier[0][place] = Part(part.shared._replace(integers=integers), part.own)
        self.number[: self.used] = new[active]
        self.founded_total = everyone.size
        self.row_of = np.full(everyone.size, -1, dtype=np.int32)
        self.row_of[self.number[: self.used]] = np.arange(self.used)
        return new


@kernel
def _append(first: int, values: np.ndarray, targets: Targets, shared: Kinds, own: Kinds) -> None:
    """Write `values` (founders, columns of `targets`) into the rows from `first` on, under every policy."""
    for column in range(targets.kind.size):
        place, kind = targets.place[column], targets.kind[column]
        for policy in range(own.floats.shape[1] if targets.own[column] else 1):
            for founder in range(values.shape[0]):
                value, row = values[founder, column], first + founder
                if targets.own[column]:
                    if kind == FLOATS:
                        own.floats[place, policy, row] = value
                    elif kind == SHORTS:
                        own.shorts[place, policy, row] = int(value)
                    elif kind == FLAGS:
                        own.flags[place, policy, row] = value != 0
                    elif kind == INTEGERS:
                        own.integers[place, policy, row] = int(value)
                elif kind == FLOATS:
                    shared.floats[place, row] = value
                elif kind == SHORTS:
                    shared.shorts[place, row] = int(value)
                elif kind == FLAGS:
                    shared.flags[place, row] = value != 0
                elif kind == INTEGERS:
                    shared.integers[place, row] = int(value)


@inlined
def _keep_shared(leavers: Leavers, now: np.ndarray, kept: np.ndarray) -> None:
    """Copy the columns `now` (columns, rows) of all policies."""
    for column in range(now.shape[0]):
        for place in range(leavers.rows.size):
            kept[column, place] = now[column, leavers.rows[place]]


@inlined
def _keep_own(leavers: Leavers, now: np.ndarray, kept: np.ndarray) -> None:
    """Copy the columns `now` (columns, policies, rows) of each policy."""
    for column in range(now.shape[0]):
        for place in range(leavers.rows.size):
            kept[column, place] = now[column, leavers.policies[place], leavers.rows[place]]


@kernel
def _keep(leavers: Leavers, shared: Kinds, own: Kinds, kept_shared: Kinds, kept_own: Kinds) -> None:
    """Copy those that leave into an archive."""
    _keep_shared(leavers, shared.floats, kept_shared.floats)
    _keep_shared(leavers, shared.integers, kept_shared.integers)
    _keep_shared(leavers, shared.shorts, kept_shared.shorts)
    _keep_shared(leavers, shared.flags, kept_shared.flags)
    _keep_shared(leavers, shared.words, kept_shared.words)
    _keep_own(leavers, own.floats, kept_own.floats)
    _keep_own(leavers, own.integers, kept_own.integers)
    _keep_own(leavers, own.shorts, kept_own.shorts)
    _keep_own(leavers, own.flags, kept_own.flags)
    _keep_own(leavers, own.words, kept_own.words)


@kernel
def _leave(leavers: Leavers, alive: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Take those that leave out of the words of the active.

    Returns the rows, in order, of those that have left everywhere, and those of the last that fill the first of them.
    """
    for place in range(leavers.rows.size):
        alive[leavers.rows[place]] &= ~bit(leavers.policies[place])
    rows, count = np.empty(size, dtype=np.int64), 0
    for row in range(size):
        rows[count] = row
        count += alive[row] == 0
    movers, moving = np.empty(count, dtype=np.int64), 0
    for row in range(size - count, size):
        if alive[row] != 0:
            movers[moving] = row
            moving += 1
    return rows[:count], movers[:moving]


@inlined
def _fill(shared: np.ndarray, own: np.ndarray, holes: np.ndarray, movers: np.ndarray) -> None:
    for column in range(shared.shape[0]):
        array = shared[column]
        for place in range(holes.size):
            array[holes[place]] = array[movers[place]]
    for column in range(own.shape[0]):
        for policy in range(own.shape[1]):
            array = own[column, policy]
            for place in range(holes.size):
                array[holes[place]] = array[movers[place]]


@kernel
def _move(shared: Kinds, own: Kinds, holes: np.ndarray, movers: np.ndarray) -> None:
    """Move the entries of `movers` into `holes`, in shared columns and in those of each policy."""
    _fill(shared.floats, own.floats, holes, movers)
    _fill(shared.integers, own.integers, holes, movers)
    _fill(shared.shorts, own.shorts, holes, movers)
    _fill(shared.flags, own.flags, holes, movers)
    _fill(shared.words, own.words, holes, movers)
