"""The startups of a world under all policies of a bundle: one row each, its columns shared or by policy.

A row stays where it is as long as the startup lives under any policy, so that what chance brings it is drawn once for
all of them. When it has closed everywhere, the last row takes its place. What a startup was when it closed under a
policy is kept in that policy's archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sim.declare import Column
from sim.kernel.founders import Founders
from sim.kernel.masks import everywhere
from sim.kernel.state import Leavers
from sim.model.archive import Archive, Kept
from sim.model.rows import ALIVE, DTYPES, Kinds, New, Part, Standing, Targets, enter, leave

KEY = Column(bytes, "-", "Names it for the random streams.", shared=True)


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
        self._archive = Archive()
        self._kept = [[Kept(self._archive, policy)] for policy in range(policies)]
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
            self._grow(max(after, self.alive.size + self.alive.size // 4))
        for batch in batches:
            self._enter(batch)
        return slice(first, after)

    def _enter(self, batch: Founders) -> None:
        """Append the startups of one batch, for which there is room."""
        first, number = self.used, self.founded_total
        self.used, self.founded_total = first + len(batch), number + len(batch)
        if self.founded_total > self.row_of.size:
            longer = np.full(max(self.founded_total, 2 * self.row_of.size, 1024), -1, dtype=np.int32)
            longer[: self.row_of.size] = self.row_of
            self.row_of = longer
        alive = np.full(len(batch), everywhere(self.policies)) if batch.policies is None else batch.policies
        new, standing = (
            New(batch.key, alive, batch.values, batch.own),
            Standing(self.key, self.number, self.alive, self.row_of),
        )
        targets = self._target(batch.columns + batch.own_columns)
        enter(first, number, new, targets, standing, self._defaults, self._arrays)

    def _target(self, columns: tuple[str, ...]) -> Targets:
        if columns not in self._targets:
            places = [(not self.columns[name].shared, *self._place[name]) for name in columns]
            self._targets[columns] = Targets(*np.array(places, dtype=np.int64).T.copy())
        return self._targets[columns]

    def _grow(self, capacity: int) -> None:
        """Make room, for one kind of columns after the other: so only one kind exists twice at a time."""
        alive = np.zeros(capacity, dtype=ALIVE)
        alive[: self.used] = self.alive[: self.used]
        self.alive = alive
        parts = [list(part) for part in self._arrays]
        del self._arrays
        for name in self._place:
            delattr(self, name)
        for part in parts:
            for kind, array in enumerate(part):
                part[kind] = np.empty((*array.shape[:-1], capacity), array.dtype)
                part[kind][..., : self.used] = array[..., : self.used]
        self._arrays = Part(*(Kinds(*part) for part in parts))
        self._bind()

    def close(self, leavers: Leavers) -> None:
        """Take startups off the market; those that have left under all policies leave the table."""
        self._active.clear()
        standing = Standing(self.key, self.number, self.alive, self.row_of)
        kept, self.used = leave(leavers, self.used, standing, self._arrays)
        self._archive.add(leavers.policies, kept)

    # --- what has closed --------------------------------------------------------------------------

    def archived(self, name: str, policy: int) -> np.ndarray:
        """One column of all startups that have closed under a policy, in the order of closing; not to be changed."""
        (kind, row), shared = self._place[name], self.columns[name].shared
        found = [np.empty(0, dtype=(self._arrays.shared if shared else self._arrays.own)[kind].dtype)]
        for kept in self._kept[policy]:
            if not kept.archive:
                continue
            column = kept.archive.column(shared, kind, row, kept.policy)
            found.append(kept.numbers[column] if name == "number" and kept.numbers is not None else column)
        return np.concatenate(found)

    def _begin_archive(self) -> None:
        """Keep those that close from now on apart from those before, which another table shares."""
        if not self._archive:
            return
        self._archive.settle()
        self._archive = Archive()
        for policy, kept in enumerate(self._kept):
            kept.append(Kept(self._archive, policy))

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
        for policy, kept in zip(policies, twin._kept, strict=True):
            kept[:0] = [one for one in self._kept[policy] if one.archive]
        self._begin_archive()
        return twin

    def renumber(self) -> np.ndarray:
        """Count foundings without those of other policies, in a table of one policy; new numbers by old ones."""
        active, closed = self.number[: self.used], self.archived("number", 0)
        new = np.full(self.founded_total, -1, dtype=np.int32)
        everyone = np.sort(np.concatenate([closed, active]))
        new[everyone] = np.arange(everyone.size)
        self._kept[0] = [
            kept._replace(numbers=new if kept.numbers is None else new[kept.numbers]) if kept.archive else kept
            for kept in self._kept[0]
        ]
        self._begin_archive()
        self.number[: self.used] = new[active]
        self.founded_total = everyone.size
        self.row_of = np.full(everyone.size, -1, dtype=np.int32)
        self.row_of[self.number[: self.used]] = np.arange(self.used)
        return new
