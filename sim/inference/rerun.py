"""Runs some worlds of a result again, and says which numbers differ from those in its tables, and by how much.

The worlds are chosen by the fingerprint of the result: whoever made it could not choose those that fit.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet

from sim.errors import StudyError, said
from sim.inference.rebuilt import Rebuilt, rebuild
from sim.scenario import schema
from sim.studies import tables
from sim.studies.record import MANIFEST, RECORD, read_record
from sim.studies.results import KEYS
from sim.studies.store import ResultStore
from sim.studies.worlds import RunResult
from sim.system.spreadsheet import read_csv

SOME_WORLDS = "worlds.csv"
"""Table with the runs of the first worlds, in folders whose `runs` was left out."""
_UNEXPECTED = "is not in the result"


@dataclass(frozen=True)
class Moved:
    """A number that differs: the world, the scenario, table and column, and its value before and now.

    For series, `cells` months, regions or hubs of the column differ, and the values are those that differ most.
    """

    world: int
    scenario: str
    table: str
    column: str
    before: Any
    now: Any
    cells: int = 1

    @property
    def by(self) -> float:
        """The difference; NaN if it is none of numbers."""
        if isinstance(self.before, str | None) or isinstance(self.now, str | None):
            return math.nan
        return float(self.now) - float(self.before)


@dataclass(frozen=True)
class Rerun:
    """Worlds that were run again.

    Attributes:
        worlds: their names, in the order of their choice.
        runs: number of runs.
        numbers: number of compared numbers.
        moved: the numbers that differ.
        shifts: by outcome of the whole country, its mean over the runs before and now, and the largest difference.
        scenarios: keys of scenarios that this program reads otherwise than the one that made the result.
    """

    worlds: list[str]
    runs: int
    numbers: int
    moved: list[Moved]
    shifts: pd.DataFrame
    scenarios: tuple[str, ...] = ()


@dataclass
class _Tally:
    numbers: int = 0
    moved: list[Moved] = field(default_factory=list)
    before: list[pd.Series] = field(default_factory=list)
    now: list[pd.Series] = field(default_factory=list)


def chosen(fingerprint: str, names: Sequence[str], count: int) -> list[str]:
    """`count` of the names in an order that follows from the fingerprint, as if drawn by chance."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{fingerprint} {name}".encode()).digest())[:count]


def rerun(store: ResultStore, fingerprint: str, count: int, watch: Callable[[int, int], None] | None = None) -> Rerun:
    """Run some worlds of a result again.

    Args:
        store: the result, or a folder of several results.
        fingerprint: its fingerprint, by which the worlds are chosen.
        count: number of worlds; of a sweep, of blocks of points in one world each.
        watch: called with the numbers of worlds that are done and that were chosen.

    Raises:
        StudyError: the folder does not hold what is needed for that.
        ScenarioError: this program cannot read a scenario of the folder.
    """
    inside = [] if store.has(MANIFEST) or not store.has(RECORD) else read_record(store).results
    parts = {f"{name}, ": _Part.of(store.at(store.folder / name)) for name in inside} or {"": _Part.of(store)}
    chunks = {f"{where}{name}": (part, name) for where, part in parts.items() for name in part.names}
    names = chosen(fingerprint, list(chunks), count)
    if not names:
        raise StudyError(said("{folder} holds no run that could be compared with a new one", folder=store.folder))
    tally, done = _Tally(), 0
    for place, told in enumerate(names, start=1):
        part, name = chunks[told]
        done += _compare(part, name, tally)
        if watch:
            watch(place, len(names))
    changed = dict.fromkeys(key for part in parts.values() for key in part.rebuilt.changed)
    return Rerun(names, done, tally.numbers, tally.moved, _shifts(tally), tuple(changed))


def _world(name: str) -> int:
    return int(name.removeprefix("world ").partition(",")[0])


class _Runs:
    """The rows of `runs` of a result, or those of its first worlds if it was left out."""

    def __init__(self, store: ResultStore):
        self._store, self.whole = store, store.has("runs")
        self._some = (
            None if self.whole else read_csv(store.path(SOME_WORLDS), exact=True) if store.has(SOME_WORLDS) else None
        )
        if self.whole:
            found = store.frame("runs", ["replication"])["replication"]
        else:
            found = pd.Series(dtype=int) if self._some is None else self._some["replication"]
        self._worlds = set(map(int, found))

    def has(self, world: int) -> bool:
        return world in self._worlds

    def of(self, world: int) -> pd.DataFrame:
        """The rows of a world by scenario."""
        if self._some is not None:
            rows = self._some[self._some["replication"] == world]
        else:
            rows = _read(self._store, "runs", world)
        return rows.set_index("scenario")


@dataclass(frozen=True)
class _Part:
    """A folder with runs: its chunks, its rows, and the names of the chunks that have rows."""

    store: ResultStore
    rebuilt: Rebuilt
    runs: _Runs
    names: tuple[str, ...]

    @classmethod
    def of(cls, store: ResultStore) -> _Part:
        rebuilt, runs = rebuild(store), _Runs(store)
        return cls(store, rebuilt, runs, tuple(name for name in rebuilt.chunks if runs.has(_world(name))))


def _read(store: ResultStore, table: str, world: int) -> pd.DataFrame:
    """The rows of a table in one world."""
    with store.disk.open(store.path(table)) as file:
        found = parquet.read_table(file, filters=[("replication", "=", world)], use_threads=False)
    return tables.to_frame(found)


def _compare(part: _Part, name: str, tally: _Tally) -> int:
    """Run a chunk again and compare its rows; returns the number of runs."""
    chunk, world, manifest = part.rebuilt.chunks[name](), _world(name), part.store.manifest()
    rows, recorded = part.runs.of(world), manifest["record"]
    kept = {one: _read(part.store, one, world) for one in recorded if part.runs.whole and part.store.has(one)}
    done = 0
    for run in part.rebuilt.runner(chunk, manifest["seed"], tuple(kept)):
        done += 1
        if run.scenario not in rows.index:
            tally.moved.append(Moved(world, run.scenario, "runs", "status", None, _UNEXPECTED))
            continue
        _compare_run(rows.loc[[run.scenario]].iloc[0], run, world, tally)
        for table, columns in run.series.items():
            own = kept[table][kept[table]["scenario"] == run.scenario]
            made = tables.to_arrow(table, columns, scenario=run.scenario, replication=world)
            _compare_series(own, made.sort_by([(one, "ascending") for one in _order(table, own)]), table, world, tally)
    return done


def _order(table: str, frame: pd.DataFrame) -> list[str]:
    return [column for column in tables.ORDER[table] if column in frame]


def _compare_run(before: pd.Series, run: RunResult, world: int, tally: _Tally) -> None:
    now: dict[str, Any] = {**run.outcomes, **run.channels}
    if run.stage is not None or before["status"] != "ok":
        was = "ok" if before["status"] == "ok" else f"failed: {before['error']}"
        told = "ok" if run.stage is None else f"failed: {run.error}"
        tally.numbers += 1
        if was != told:
            tally.moved.append(Moved(world, run.scenario, "runs", "status", was, told))
        return
    other = {*KEYS, *schema().declarations, "scenario"}  # a factor is given, not computed
    columns = list(dict.fromkeys([*now, *(name for name in before.index if name not in other)]))
    earlier = pd.Series({name: before.get(name) for name in columns}).map(_number)
    later = pd.Series({name: now.get(name) for name in columns}).map(_number)
    tally.numbers += len(columns)
    tally.before.append(earlier)
    tally.now.append(later)
    for place in np.flatnonzero(~_equal(earlier.to_numpy(float), later.to_numpy(float))):
        name = columns[place]
        tally.moved.append(
            Moved(world, run.scenario, "runs", name, float(earlier.iloc[place]), float(later.iloc[place]))
        )


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float | np.number) else math.nan


def _equal(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two arrays have the same bits; undefined numbers are equal."""
    found: np.ndarray = (one.view(f"u{one.itemsize}") == other.view(f"u{one.itemsize}")) | (
        np.isnan(one) & np.isnan(other)
    )
    return found


def _compare_series(before: pd.DataFrame, made: Any, table: str, world: int, tally: _Tally) -> None:
    now = tables.to_frame(made)
    scenario = str(now["scenario"].iloc[0]) if len(now) else ""
    if len(before) != len(now):
        tally.moved.append(Moved(world, scenario, table, "rows", len(before), len(now)))
        return
    for column in (name for name in now if name not in tables.ORDER[table]):
        if column not in before:
            tally.moved.append(Moved(world, scenario, table, str(column), None, _UNEXPECTED))
            continue
        one, other = before[column].to_numpy(), now[column].to_numpy()
        tally.numbers += len(one)
        if one.dtype.kind == other.dtype.kind == "f":
            one, other = one.astype(np.float32), other.astype(np.float32)
            wrong = np.flatnonzero(~_equal(one, other))
            most = wrong[np.argmax(np.nan_to_num(np.abs(other[wrong] - one[wrong]), nan=np.inf))] if wrong.size else 0
        else:
            wrong = np.flatnonzero(before[column].astype(str).to_numpy() != now[column].astype(str).to_numpy())
            most = wrong[0] if wrong.size else 0
        if wrong.size:
            tally.moved.append(
                Moved(world, scenario, table, str(column), one[most].item(), other[most].item(), int(wrong.size))
            )


def _shifts(tally: _Tally) -> pd.DataFrame:
    """How far outcomes of the whole country moved: columns outcome, before, now, largest (in the outcome's unit)."""
    rows = []
    before, now = pd.DataFrame(tally.before), pd.DataFrame(tally.now)
    for name in (name for name in map(str, before) if not _is_part(name)):
        gap = (now[name] - before[name]).abs()
        if gap.max() > 0:
            rows.append((name, before[name].mean(), now[name].mean(), float(gap.max())))
    return pd.DataFrame(rows, columns=["outcome", "before", "now", "largest"])


def _is_part(column: str) -> bool:
    return ":" in column or "/" in column or column.endswith("_n")
