"""All startups in columns: one row each of NumPy arrays, which the processes compute with.

`Startups` is also Mesa's agent set of startups. Rows of closed startups move to an archive, whole, so that processes
always act on contiguous columns of active startups only.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from sim.declare import Column, Short
from sim.kernel.compiled import inlined
from sim.kernel.founders import Founders
from sim.kernel.records import kernel
from sim.model.startup import StartupSet

if TYPE_CHECKING:
    from sim.model.parts import Whole

_DTYPES: dict[type, Any] = {float: np.float64, int: np.int32, Short: np.int16, bool: np.bool_, bytes: np.uint64}
"""Type of a table by the kind of its columns, in the order of `Tables`; keys are words of eight bytes."""
FLOATS, INTEGERS, SHORTS, FLAGS, WORDS = range(len(_DTYPES))


class Tables(NamedTuple):
    """The tables of columns by kind, (columns, startups) each; or what each column is by default, (columns,)."""

    floats: np.ndarray
    integers: np.ndarray
    shorts: np.ndarray
    flags: np.ndarray
    words: np.ndarray


class Targets(NamedTuple):
    """In which table and in which of its rows columns stand, (columns,) each."""

    table: np.ndarray
    place: np.ndarray


class Startups(StartupSet):
    """All active startups, in columns.

    Each declared column is an attribute: a NumPy array over the active startups, in no particular
    order, but the same order in all columns. `key` (64-bit words) names a startup for the random
    streams, `number` counts foundings. Rows move when startups close, so keep numbers, not rows.

    Args:
        model: the world.
        columns: declared columns by name.
        random: Mesa's generator, used only by `shuffle`.
    """

    def __init__(self, model: Whole, columns: dict[str, Column], random: Random):
        self.columns: dict[str, Column]
        object.__setattr__(self, "columns", columns)
        self.model, self.random, self.startups = model, random, self
        names = {kind: [name for name, column in columns.items() if column.kind is kind] for kind in _DTYPES}
        names[bytes] = ["key"]
        self._names = names
        self._place = {name: (kind, row) for kind, members in names.items() for row, name in enumerate(members)}
        self._tables = {kind: np.empty((len(members), 1024), dtype=_DTYPES[kind]) for kind, members in names.items()}
        self._closed: dict[type, list[np.ndarray]] = {kind: [] for kind in _DTYPES}
        defaults = {name: column.default for name, column in columns.items()} | {"key": 0}
        self._defaults = Tables(
            *(np.array([defaults[name] for name in members], dtype=_DTYPES[kind]) for kind, members in names.items())
        )
        self._targets: dict[tuple[str, ...], Targets] = {}
        self.row_of = np.empty(0, dtype=np.int32)
        self.founded_total = 0
        self._resize(0)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.columns:
            getattr(self, name)[...] = value
        else:
            object.__setattr__(self, name, value)

    def _resize(self, count: int) -> None:
        """Cut all columns to so many active startups."""
        self.count = count
        attributes = self.__dict__
        for kind, table in self._tables.items():
            for name, column in zip(self._names[kind], table[:, :count], strict=False):
                attributes[name] = column  # one by one: three times as fast as update()

    def see[R](self, record: type[R]) -> R:
        """The startups as a record of `sim.kernel.records.columns`, for a compiled loop: it takes columns by name."""
        return cast(R, self)

    if TYPE_CHECKING:  # the columns are attributes that the processes declare

        def __getattr__(self, name: str) -> Any: ...

    @property
    def numbers(self) -> np.ndarray:
        """Founding numbers of the active startups."""
        found: np.ndarray = self.number
        return found

    def __len__(self) -> int:
        return self.count

    def found(self, *batches: Founders) -> None:
        """Append the startups of founders, batch by batch."""
        before, after = self.count, self.count + sum(map(len, batches))
        capacity = self._tables[bytes].shape[1]
        if after > capacity:
            self._grow(max(after, capacity + capacity // 2))
        first, tables = before, Tables(*self._tables.values())
        for batch in batches:
            _append(first, batch.key, batch.values, self._target(batch.columns), self._defaults, tables)
            first += len(batch)
        self._resize(after)
        first = self.founded_total
        self.founded_total += after - before
        self.number[before:] = np.arange(first, self.founded_total)
        if self.founded_total > self.row_of.size:
            longer = np.full(max(self.founded_total, 2 * self.row_of.size, 1024), -1, dtype=np.int32)
            longer[: self.row_of.size] = self.row_of
            self.row_of = longer
        self.row_of[first : self.founded_total] = np.arange(before, after)

    def _target(self, columns: tuple[str, ...]) -> Targets:
        if columns not in self._targets:
            kinds = list(self._tables)
            places = [(kinds.index(kind), row) for kind, row in map(self._place.__getitem__, columns)]
            self._targets[columns] = Targets(*np.array(places, dtype=np.int64).reshape(-1, 2).T.copy())
        return self._targets[columns]

    def _grow(self, capacity: int) -> None:
        for kind, table in self._tables.items():
            larger = np.empty((table.shape[0], capacity), dtype=table.dtype)
            larger[:, : self.count] = table[:, : self.count]
            self._tables[kind] = larger

    def close(self, rows: np.ndarray) -> None:
        """Move the given rows to the archive; the last rows take their places.

        Raises ValueError when the rows do not increase.
        """
        if rows.size == 0:
            return
        left = self.count - rows.size
        taken = _take_out(rows, left, self.number, self.row_of, Tables(*self._tables.values()))
        for parts, part in zip(self._closed.values(), taken, strict=True):
            parts.append(part)
        self._resize(left)

    def archive(self, name: str) -> np.ndarray:
        """One column of all closed startups, in the order of closing; not to be changed."""
        kind, row = self._place[name]
        parts = self._closed[kind]
        if len(parts) != 1:  # kept side by side from now on
            parts[:] = [np.concatenate([self._tables[kind][:, :0], *parts], axis=1)]
        found: np.ndarray = parts[0][row]
        return found

    def everyone(self, name: str) -> np.ndarray:
        """One column of all startups ever founded: the closed ones first, then the active ones; 16 bits become 32."""
        column = np.concatenate([self.archive(name), getattr(self, name)])
        return column.astype(np.int32) if column.dtype == np.int16 else column

    def value(self, number: int, name: str) -> Any:
        """One cell of a column, of an active or a closed startup, as a Python value."""
        if name not in self.columns and name != "key":
            raise AttributeError(f"a startup has no {name!r}; it has {', '.join(sorted(self.columns))}")
        row = self.row_of[number]
        if row >= 0:
            return getattr(self, name)[row].item()
        where = np.flatnonzero(self.archive("number") == number)
        if where.size == 0:
            raise AttributeError(f"startup {number} was never founded")
        return self.archive(name)[where[0]].item()

    def set_value(self, number: int, name: str, value: Any) -> None:
        """Set one cell of a column; only active startups can be changed."""
        if name not in self.columns:
            raise AttributeError(f"a startup has no {name!r}; it has {', '.join(sorted(self.columns))}")
        row = self.row_of[number]
        if row < 0:
            raise AttributeError(f"startup {number} has closed; its {name} can no longer be changed")
        getattr(self, name)[row] = value

    def copy_for(self, model: Whole) -> Startups:
        """An independent copy of all columns and the archive for another model."""
        twin = Startups(model, self.columns, model.random)
        twin._tables = {kind: table.copy() for kind, table in self._tables.items()}
        twin._closed = {kind: list(parts) for kind, parts in self._closed.items()}
        twin.row_of = self.row_of.copy()
        twin.founded_total = self.founded_total
        twin._resize(self.count)
        return twin


@inlined
def _preset(table: np.ndarray, defaults: np.ndarray, first: int, after: int) -> None:
    for place in range(defaults.size):
        for row in range(first, after):
            table[place, row] = defaults[place]


@kernel
def _append(
    first: int, key: np.ndarray, values: np.ndarray, targets: Targets, defaults: Tables, tables: Tables
) -> None:
    """Write founders of these keys and `values` (founders, columns of `targets`) into all tables from `first` on."""
    after = first + key.size
    _preset(tables.floats, defaults.floats, first, after)
    _preset(tables.integers, defaults.integers, first, after)
    _preset(tables.shorts, defaults.shorts, first, after)
    _preset(tables.flags, defaults.flags, first, after)
    _preset(tables.words, defaults.words, first, after)
    for founder in range(key.size):
        tables.words[0, first + founder] = key[founder]
    for column in range(targets.table.size):
        table, place = targets.table[column], targets.place[column]
        if table == FLOATS:
            for founder in range(key.size):
                tables.floats[place, first + founder] = values[founder, column]
        elif table == INTEGERS:
            for founder in range(key.size):
                tables.integers[place, first + founder] = int(values[founder, column])
        elif table == SHORTS:
            for founder in range(key.size):
                tables.shorts[place, first + founder] = int(values[founder, column])
        elif table == FLAGS:
            for founder in range(key.size):
                tables.flags[place, first + founder] = values[founder, column] != 0


@inlined
def _moved(table: np.ndarray, rows: np.ndarray, movers: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """The given rows of a table (columns, startups); the movers' entries fill the holes."""
    taken = np.empty((table.shape[0], rows.size), dtype=table.dtype)
    for place in range(table.shape[0]):
        column = table[place]
        for position in range(rows.size):
            taken[place, position] = column[rows[position]]
        for position in range(holes.size):
            column[holes[position]] = column[movers[position]]
    return taken


@kernel
def _take_out(rows: np.ndarray, left: int, number: np.ndarray, row_of: np.ndarray, tables: Tables) -> Tables:
    """Take increasing rows out of all tables (columns, startups); from `left` on, those that stay fill the gaps."""
    gone = rows.size
    for position in range(1, gone):
        if rows[position] <= rows[position - 1]:
            raise ValueError("rows of startups that close must increase")
    holes, movers = np.empty(gone, dtype=np.int64), np.empty(gone, dtype=np.int64)
    for position in range(gone):
        row_of[number[rows[position]]] = -1
    within = moving = 0
    while within < gone and rows[within] < left:
        holes[within] = rows[within]
        within += 1
    place = within
    for row in range(left, left + gone):
        if place < gone and rows[place] == row:
            place += 1
        else:
            movers[moving] = row
            row_of[number[row]] = holes[moving]
            moving += 1
    holes, movers = holes[:within], movers[:moving]
    return Tables(
        _moved(tables.floats, rows, movers, holes),
        _moved(tables.integers, rows, movers, holes),
        _moved(tables.shorts, rows, movers, holes),
        _moved(tables.flags, rows, movers, holes),
        _moved(tables.words, rows, movers, holes),
    )
