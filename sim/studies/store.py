"""A result folder: the parts that workers write, the ledger of what is done, and the joined tables.

    <folder>/manifest.json             study, environment and state
    <folder>/resolved/<scenario>.yaml  each scenario with all its values
    <folder>/draws.csv                 the drawn parameters, one row per draw
    <folder>/weights.csv               the weight of each draw, if they have any
    <folder>/openings.csv, hubs_open.csv   months and number of new hubs, where openings are random
    <folder>/parts/<table>/<chunk>.parquet   written by the workers, each file complete or absent
    <folder>/<table>.parquet           the parts joined and sorted, rewritten at the end of each session

The parts are the ledger: a chunk is done if its part of `runs`, which is written last, exists. So a process may be
killed at any moment, and the study continues from the complete parts.
"""

from __future__ import annotations

import errno
import json
import os
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from sim.errors import StudyError
from sim.studies import manifest, tables
from sim.studies.disk import DISK, UNFINISHED, Disk
from sim.studies.environment import changes, source_revision
from sim.studies.lock import locked
from sim.studies.manifest import FOLDER_FORMAT, Manifest
from sim.studies.openings import opening_tables
from sim.studies.study import Extent, Study
from sim.system.paths import file_name, possible
from sim.system.spreadsheet import csv_of, read_csv
from sim.system.text import path_text

_FOREIGN = "{folder} is not empty and holds no result of hubsim (it has {first}); choose a new folder with --out FOLDER"
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_NOT_THERE = "is not there: no run has been finished, or it was removed"
DRAWS_TABLE, WEIGHTS_TABLE = "draws", "weights"
"""Names of the tables of drawn parameters and of their weights."""


class UnreadableTableError(StudyError):
    """A table that is absent or cannot be read; `reason` is empty if it is absent."""

    def __init__(self, path: Path, reason: str = ""):
        what = f"cannot be read, it is damaged: {reason}" if reason else _NOT_THERE
        super().__init__(f"{path} {what}")
        self.path, self.reason = path, reason

    def __reduce__(self) -> tuple[type, tuple[Path, str]]:
        return type(self), (self.path, self.reason)  # for pickling between processes


class ResultStore:
    """One result folder; `folder` need not exist yet."""

    def __init__(self, folder: Path | str, disk: Disk = DISK):
        self.folder = possible(path_text("the result", folder))
        self.disk = disk

    @classmethod
    def of(cls, place: Path | str | ResultStore) -> ResultStore:
        """The store of a folder; a store is returned as it is."""
        return place if isinstance(place, ResultStore) else cls(place)

    def at(self, folder: Path) -> ResultStore:
        """The store of another folder on the same disk."""
        return ResultStore(folder, self.disk)

    def path(self, table: str) -> Path:
        """Path of a joined table such as `runs`, or of a file such as `differences.csv`."""
        return self.folder / (table if "." in table else f"{table}.parquet")

    def part(self, table: str, key: str) -> Path:
        """Path of a chunk's part of a table."""
        return self.folder / "parts" / table / f"{key}.parquet"

    def resolved(self, scenario: str) -> Path:
        """Path of the file with all values of a scenario."""
        return self.folder / "resolved" / f"{file_name(scenario)}.yaml"

    def manifest(self) -> Manifest:
        """Read the manifest; raises StudyError if the folder holds no result."""
        return manifest.read_manifest(self.folder, self.disk)

    def note(self, **entries: Any) -> Manifest:
        """Set entries of the manifest; returns the manifest."""
        path = self.folder / "manifest.json"
        noted = {**(self.manifest() if self.disk.exists(path) else {}), **entries}
        text = json.dumps(noted, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        self.disk.write(path, text.encode())
        return Manifest(path, noted)

    def frame(
        self, table: str, columns: Sequence[str] | None = None, scenarios: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Read a joined table or a CSV file, all of it or some `columns` and the rows of some `scenarios`.

        Raises:
            UnreadableError: the table is absent or cannot be read.
        """
        with self._readable(table) as file:
            if self.path(table).suffix != ".csv":
                return tables.to_frame(tables.read_table(file, columns, scenarios=scenarios))
            found = read_csv(file) if columns is None else read_csv(file)[list(columns)]
            return found if scenarios is None else found[found["scenario"].isin(scenarios)]

    @contextmanager
    def _readable(self, table: str) -> Iterator[pa.NativeFile]:
        path = self.path(table)
        try:
            with self.disk.open(path) as file:
                yield file
        except FileNotFoundError:
            raise UnreadableTableError(path) from None
        except (OSError, ValueError, pa.ArrowException) as error:
            raise UnreadableTableError(path, str(error) or type(error).__name__) from None

    def write_part(self, key: str, parts: Mapping[str, pa.Table]) -> None:
        """Write the tables of a chunk; `runs` last, because its presence means that the chunk is done."""
        for table in sorted(parts, key="runs".__eq__):
            path = self.part(table, key)
            self.disk.make(path.parent)
            layout = tables.PLAIN if table == "runs" else tables.LAYOUT
            with self.disk.writing(path) as file:
                tables.write(file, [parts[table]], parts[table].schema, layout)

    def read(self, table: str, columns: Sequence[str] | None = None, *, coded: Sequence[str] = ()) -> pa.Table:
        """Read a joined table as an Arrow table; see `tables.read`."""
        with self.disk.open(self.path(table)) as file:
            return tables.read_table(file, columns, coded=coded)

    def read_part(self, table: str, key: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a chunk's part of a table."""
        with self.disk.open(self.part(table, key)) as file:
            return tables.read_table(file, columns)

    def columns(self, table: str) -> list[str]:
        """Names of the columns of a joined table or CSV file; raises UnreadableError as `frame` does."""
        return [*self.types(table)]

    def types(self, table: str) -> dict[str, str]:
        """Type of each column of a joined table as Arrow calls it, of a CSV file (its first rows) as pandas does."""
        with self._readable(table) as file:
            if self.path(table).suffix == ".csv":
                return {str(name): str(kind) for name, kind in read_csv(file, rows=1000).dtypes.items()}
            return {field.name: str(field.type) for field in parquet.read_schema(file)}

    def has(self, table: str) -> bool:
        """Whether a joined table or a file exists."""
        return self.disk.exists(self.path(table))

    def rows(self, table: str = "runs") -> int:
        """Number of rows of a joined table or CSV file; `runs` has one row per run."""
        return self._rows(self.path(table)) if self.path(table).suffix != ".csv" else len(self.frame(table))

    def done(self) -> set[str]:
        """Keys of the chunks whose parts are complete."""
        return {path.stem for path in self.disk.find(self.folder, "parts/runs/*.parquet") if self._is_whole(path)}

    def rows_done(self) -> int:
        """Number of runs in the complete parts."""
        return sum(self._rows(self.part("runs", key)) for key in self.done())

    def _rows(self, path: Path) -> int:
        with self.disk.open(path) as file:
            return int(parquet.read_metadata(file).num_rows)

    def _is_whole(self, path: Path) -> bool:
        """Whether a Parquet file is complete: its footer, which comes last, can be read."""
        try:
            self._rows(path)
        except (OSError, pa.ArrowException):
            return False
        return True

    def write_csv(self, name: str, frames: pd.DataFrame | Iterable[pd.DataFrame]) -> None:
        """Write a frame, or several frames of the same columns one after another, as a CSV file; atomic."""
        parts = [frames] if isinstance(frames, pd.DataFrame) else frames
        with self.disk.writing(self.folder / f"{name}.csv") as file:
            for number, frame in enumerate(parts):
                file.write(csv_of(frame, header=not number).encode())

    def runs_of(self, keys: Sequence[str], wanted: Callable[[str], bool] | None = None) -> pd.DataFrame:
        """The rows of `runs` in the parts of these chunks, with all columns or those that are `wanted`."""
        found = []
        for key in keys:
            with self.disk.open(self.part("runs", key)) as file:
                columns = None if wanted is None else [name for name in parquet.read_schema(file).names if wanted(name)]
            found.append(tables.to_frame(self.read_part("runs", key, columns)))
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()

    def join(self, table: str, keys: Sequence[str]) -> None:
        """Join these chunks' parts of a table into one sorted file."""
        from sim.studies.described import labelled  # it loads the model, which few commands need

        parts = [part for key in sorted(keys) if self.disk.exists(part := self.part(table, key))]
        if parts:
            tables.join_parts(table, parts, self.path(table), self.disk, partial(labelled, table))

    def begin(self, study: Study, extent: Extent, command: str, made: dict[str, str]) -> None:
        """Prepare the folder for a new or continued study; `made` is the environment."""
        for leftover in self.disk.find(self.folder, f"**/{UNFINISHED}"):
            self.disk.remove(leftover)
        self.note(
            format=FOLDER_FORMAT,
            command=command,
            study=study.digest,
            kind=study.kind,
            state="running",
            scenarios=[
                {"scenario": scenario.key, "digest": scenario.digest, "history": scenario.history_digest}
                | ({"same_cost_as": scenario.same_cost_as} if scenario.same_cost_as else {})
                for scenario in study.scenarios
            ],
            seed=study.seed,
            first_replication=study.first,
            replications=extent.replications,
            precision=extent.precision,
            shard=extent.shard,
            record=list(study.record),
            options=study.options_with_draws,
            environment=made,
            source_revision=source_revision(),
            figures=[],
        )
        if study.draws:
            self.write_csv(DRAWS_TABLE, study.draws.frame)
            if study.draws.weights is not None:
                weights = pd.DataFrame({"draw": study.draws.frame["draw"], "weight": study.draws.weights.values})
                self.write_csv(WEIGHTS_TABLE, weights)
            for name, frame in opening_tables(study.scenarios, study.draws).items():
                self.write_csv(name, frame)
        for scenario in study.scenarios:
            self.write_resolved(scenario.key, scenario.to_yaml(origins=True))

    def write_resolved(self, scenario: str, text: str) -> None:
        """Write the file with all values of a scenario."""
        path = self.resolved(scenario)
        self.disk.make(path.parent)
        self.disk.write(path, text.encode())

    def repeat_command(self, scenario: str, seed: int, replication: int) -> str:
        """The command that repeats a single run."""
        command = ["hubsim", "run", str(self.resolved(scenario)), "--seed", str(seed)]
        if replication:
            command += ["--replication", str(replication)]
        options, drawn = self.manifest().get("options", {}), self.folder / f"{DRAWS_TABLE}.csv"
        if "parameters" in options:
            command += ["--parameters", str(drawn) if self.disk.exists(drawn) else options["parameters"]]
        if "weights" in options:
            command += ["--weights", str(self.folder / f"{WEIGHTS_TABLE}.csv")]
        if "draw" in options:
            command += ["--draw", str(options["draw"])]
        return shlex.join(command)

    def failures(self) -> list[dict[str, Any]]:
        """The failed runs: scenario, replication, seed, stage, error, and the command that repeats the run."""
        columns = ["scenario", "replication", "seed", "stage", "error"]
        with self.disk.open(self.path("runs")) as file:
            found = parquet.read_table(file, columns=columns, filters=[("status", "=", "failed")])
        failed: list[dict[str, Any]] = found.to_pylist()
        for row in failed:
            row["command"] = self.repeat_command(row["scenario"], row["seed"], row["replication"])
        return failed


@dataclass(frozen=True)
class ClaimedFolder:
    """The folder of a study: either the study in it is `finished`, or this process holds its lock."""

    store: ResultStore
    finished: bool
    remark: str | None = None


@contextmanager
def claim_folder(
    base: Path | ResultStore, study: Study, extent: Extent, made: dict[str, str]
) -> Iterator[ClaimedFolder]:
    """Find the folder of a study and lock it: `base`, or `base-2`, `base-3`, … if these hold other studies.

    A folder is claimed if it is new, or holds the same study of the same environment (`made`), unfinished or finished
    with fewer replications. Folders of other studies are not changed.

    Raises:
        StudyError: the folder holds something other than a result, is being written, cannot be written, or holds the
            same study, unfinished, from another environment.
    """
    first = ResultStore.of(base)
    remark, base = None, first.folder
    named = base if base.name not in ("", "..") else Path(os.path.abspath(base))  # noqa: PTH100 (links stay)
    for number in range(1, 1000 if named.name else 2):
        store = first if number == 1 else first.at(named.with_name(f"{named.name}-{number}"))
        state, reason = _assess(store, study, extent, made)
        remark = reason or remark
        if state == "other":
            continue
        if state == "finished":
            yield ClaimedFolder(store, True, remark)
            return
        with _ours(store):
            if _assess(store, study, extent, made)[0] != state:
                raise StudyError(f"another process has just written {store.folder}; run the command again")
            yield ClaimedFolder(store, False, remark)
        return
    raise StudyError(f"{base} and its numbered followers are all taken; choose another with --out FOLDER")


def refuse_foreign(folder: Path, ours: Collection[str]) -> None:
    """Raise StudyError if a folder is not empty and holds none of the files `ours`."""
    held = _held(folder, DISK)
    if held and not set(ours).intersection(held):
        raise StudyError(_FOREIGN.format(folder=folder, first=held[0]))


def _held(folder: Path, disk: Disk) -> list[str]:
    try:
        return [name for name in disk.names(folder) if not name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StudyError(f"{folder} cannot be used for results: {error.strerror}") from None


def _assess(store: ResultStore, study: Study, extent: Extent, made: dict[str, str]) -> tuple[str, str | None]:
    """The state of a folder for a study: `free`, `ours`, `finished` or `other`; and a remark for the user."""
    held = _held(store.folder, store.disk)
    if not held:
        return "free", None
    if "manifest.json" not in held or "study" not in (entries := store.manifest()):
        raise StudyError(_FOREIGN.format(folder=store.folder, first=held[0]))
    if entries["study"] != study.digest:
        if study.kind == entries.get("kind") == "sweep" and entries["state"] != "finished":
            raise StudyError(
                f"{store.folder} holds an unfinished sweep of another study: "
                f"{'; '.join(_differences(entries, study))}. Put that back to finish it, remove the folder, "
                "or begin anew with --out FOLDER."
            )
        return "other", f"{store.folder} holds another study; it is left as it is."
    changed = changes(entries["environment"], made)
    reached = Extent(entries["replications"], entries["precision"], entries.get("shard"))
    if entries["state"] == "finished":
        if changed:
            return "other", f"{store.folder} holds the same study made differently: {'; '.join(changed)}."
        if reached == extent:
            return "finished", f"{store.folder} holds this study already; nothing was run again."
    else:
        if changed:
            raise StudyError(
                f"{store.folder} holds an unfinished run of this study, made differently: "
                f"{'; '.join(changed)}. Results of both cannot be mixed: finish it with what it was begun "
                "with, remove the folder, or begin anew with --out FOLDER."
            )
        if reached.precision is None:
            replications = {key.partition("-block-")[0] for key in store.done()}
            reached = Extent(min(len(replications), reached.replications), None, reached.shard)
    if reached.leads_to(extent):
        return "ours", None
    held_back = f"shard {reached.shard} of this study" if reached.shard else "this study"
    return "other", f"{store.folder} holds {held_back} with {reached.replications} replications; it is left as it is."


def _differences(entries: Manifest, study: Study) -> list[str]:
    """The differences between the study in a folder and another study, one phrase each."""
    earlier = {"seed": entries["seed"], "record": entries["record"], **entries["options"]}
    now = {"seed": study.seed, "record": list(study.record), **study.options_with_draws}
    found = []
    for name in sorted(earlier.keys() | now.keys()):
        before, after = earlier.get(name), now.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            changed = [inner for inner in sorted(before.keys() | after.keys()) if before.get(inner) != after.get(inner)]
            found += [f"{inner} was {before.get(inner)} and is {after.get(inner)}" for inner in changed]
        elif before != after:
            found.append("the base scenario has changed" if name == "base" else f"{name} was {before} and is {after}")
    return found or ["it was made by another version of hubsim"]


@contextmanager
def _ours(store: ResultStore) -> Iterator[None]:
    """Lock the folder of a store during the `with` block; creates the folder if needed."""
    with ExitStack() as stack:
        try:
            store.disk.make(store.folder)
            stack.enter_context(locked(store.folder, store.disk))
        except OSError as error:
            what = "has no locks, as some network drives have none" if error.errno in _NO_LOCKS else "cannot be written"
            raise StudyError(
                f"{store.folder} {what}: {error.strerror}; choose another folder with --out FOLDER"
            ) from None
        yield
