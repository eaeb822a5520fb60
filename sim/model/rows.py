"""The rows of a table of startups: founders enter, and those that have left under all policies make room."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.declare import Short
from sim.kernel.compiled import inlined
from sim.kernel.masks import bit
from sim.kernel.records import kernel
from sim.kernel.rows import marked
from sim.kernel.state import Leavers

DTYPES: dict[type, Any] = {float: np.float64, int: np.int32, Short: np.int16, bool: np.bool_, bytes: np.uint64}
"""Type of an array by the kind of its columns; keys are words of eight bytes."""
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


class New(NamedTuple):
    """Founders: keys, words of the policies under which they begin (founders,), and what they bring.

    Attributes:
        values: the same under all policies, (founders, columns).
        own: of each policy, (columns, policies, founders).
    """

    key: np.ndarray
    alive: np.ndarray
    values: np.ndarray
    own: np.ndarray


class Standing(NamedTuple):
    """Key, founding number and word of the active by row, and the row of each founding number; see `Table`."""

    key: np.ndarray
    number: np.ndarray
    alive: np.ndarray
    row_of: np.ndarray


@inlined
def _reset(shared: np.ndarray, own: np.ndarray, of_shared: np.ndarray, of_own: np.ndarray, new: slice) -> None:
    """Set shared columns and those of each policy to their defaults in new rows."""
    for column in range(shared.shape[0]):
        shared[column, new] = of_shared[column]
    for column in range(own.shape[0]):
        for policy in range(own.shape[1]):
            own[column, policy, new] = of_own[column]


@inlined
def _set_shared(arrays: Kinds, kind: int, place: int, row: int, value: float) -> None:
    """Set one cell of a shared column."""
    if kind == FLOATS:
        arrays.floats[place, row] = value
    elif kind == SHORTS:
        arrays.shorts[place, row] = int(value)
    elif kind == FLAGS:
        arrays.flags[place, row] = value != 0
    elif kind == INTEGERS:
        arrays.integers[place, row] = int(value)


@inlined
def _set_own(arrays: Kinds, kind: int, place: int, policy: int, row: int, value: float) -> None:
    """Set one cell of a column under a policy."""
    if kind == FLOATS:
        arrays.floats[place, policy, row] = value
    elif kind == SHORTS:
        arrays.shorts[place, policy, row] = int(value)
    elif kind == FLAGS:
        arrays.flags[place, policy, row] = value != 0
    elif kind == INTEGERS:
        arrays.integers[place, policy, row] = int(value)


@kernel
def enter(
    first: int, number: int, new: New, targets: Targets, standing: Standing, defaults: Part, arrays: Part
) -> None:
    """Write founders, counted from `number` on, into the rows from `first` on, under every policy.

    `targets` are the columns of their values, then those of their own values; the others get their defaults.
    """
    rows, shared, own, values = slice(first, first + new.key.size), arrays.shared, arrays.own, new.values
    _reset(shared.floats, own.floats, defaults.shared.floats, defaults.own.floats, rows)
    _reset(shared.integers, own.integers, defaults.shared.integers, defaults.own.integers, rows)
    _reset(shared.shorts, own.shorts, defaults.shared.shorts, defaults.own.shorts, rows)
    _reset(shared.flags, own.flags, defaults.shared.flags, defaults.own.flags, rows)
    _reset(shared.words, own.words, defaults.shared.words, defaults.own.words, rows)
    for founder in range(new.key.size):
        standing.key[first + founder], standing.alive[first + founder] = new.key[founder], new.alive[founder]
        standing.number[first + founder], standing.row_of[number + founder] = number + founder, first + founder
    for column in range(targets.kind.size):
        place, kind, differing = targets.place[column], targets.kind[column], column - values.shape[1]
        if differing >= 0:
            for policy in range(new.own.shape[1]):
                for founder in range(new.key.size):
                    _set_own(own, kind, place, policy, first + founder, new.own[differing, policy, founder])
        elif targets.own[column]:
            for policy in range(own.floats.shape[1]):
                for founder in range(new.key.size):
                    _set_own(own, kind, place, policy, first + founder, values[founder, column])
        else:
            for founder in range(new.key.size):
                _set_shared(shared, kind, place, first + founder, values[founder, column])


class Left(NamedTuple):
    """What is kept of those that have left, and how many rows are used without those."""

    kept: Part
    used: int


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


@inlined
def _kept(leavers: Leavers, arrays: Part) -> Part:
    """All columns of those that leave, (columns, leavers)."""
    size, shared, own = leavers.rows.size, arrays.shared, arrays.own
    kept = Part(
        Kinds(
            np.empty((shared.floats.shape[0], size)),
            np.empty((shared.integers.shape[0], size), dtype=np.int32),
            np.empty((shared.shorts.shape[0], size), dtype=np.int16),
            np.empty((shared.flags.shape[0], size), dtype=np.bool_),
            np.empty((shared.words.shape[0], size), dtype=np.uint64),
        ),
        Kinds(
            np.empty((own.floats.shape[0], size)),
            np.empty((own.integers.shape[0], size), dtype=np.int32),
            np.empty((own.shorts.shape[0], size), dtype=np.int16),
            np.empty((own.flags.shape[0], size), dtype=np.bool_),
            np.empty((own.words.shape[0], size), dtype=np.uint64),
        ),
    )
    _keep_shared(leavers, shared.floats, kept.shared.floats)
    _keep_shared(leavers, shared.integers, kept.shared.integers)
    _keep_shared(leavers, shared.shorts, kept.shared.shorts)
    _keep_shared(leavers, shared.flags, kept.shared.flags)
    _keep_shared(leavers, shared.words, kept.shared.words)
    _keep_own(leavers, own.floats, kept.own.floats)
    _keep_own(leavers, own.integers, kept.own.integers)
    _keep_own(leavers, own.shorts, kept.own.shorts)
    _keep_own(leavers, own.flags, kept.own.flags)
    _keep_own(leavers, own.words, kept.own.words)
    return kept


@inlined
def _fill(shared: np.ndarray, own: np.ndarray, holes: np.ndarray, movers: np.ndarray) -> None:
    """Move the entries of `movers` into `holes`, in shared columns and in those of each policy."""
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
def leave(leavers: Leavers, used: int, standing: Standing, arrays: Part) -> Left:
    """Copy those that leave; the last rows take the places of those that have left everywhere."""
    kept, alive, gone = _kept(leavers, arrays), standing.alive, np.empty(used, dtype=np.bool_)
    for place in range(leavers.rows.size):
        alive[leavers.rows[place]] &= ~bit(leavers.policies[place])
    for row in range(used):
        gone[row] = alive[row] == 0
    rows = marked(gone)
    for row in rows:
        standing.row_of[standing.number[row]] = -1
    left, movers, moving = used - rows.size, np.empty(rows.size, dtype=np.int32), 0
    for row in range(left, used):
        if alive[row] != 0:
            movers[moving] = row
            moving += 1
    holes, movers = rows[:moving], movers[:moving]
    for place in range(moving):
        standing.row_of[standing.number[movers[place]]] = holes[place]
        alive[holes[place]] = alive[movers[place]]
    shared, own = arrays.shared, arrays.own
    _fill(shared.floats, own.floats, holes, movers)
    _fill(shared.integers, own.integers, holes, movers)
    _fill(shared.shorts, own.shorts, holes, movers)
    _fill(shared.flags, own.flags, holes, movers)
    _fill(shared.words, own.words, holes, movers)
    return Left(kept, left)
