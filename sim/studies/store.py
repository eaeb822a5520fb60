"""A result folder: the parts that workers write, the ledger of what is done, and the joined tables.

    <folder>/manifest.json             study, environment and state
    <folder>/resolved/<scenario>.yaml  each scenario with all its values
    <folder>/draws.csv                 the drawn parameters, one row per draw
    <folder>/weights.csv               the weight of each draw, if they have any
    <folder>/openings.csv, hubs_open.csv   months and number of new hubs, where openings are random
    <folder>/parts/<table>/<chunk>.parquet   written by the workers, each file complete or absent
    <folder>/<table>.parquet           the parts joined and sorted, rewritten at the end of each session

The parts are the ledger: a chunk is done if its part of `runs`, which is written last, exists with the parts that it
names. So a process may be killed and the power may fail at any moment, and the study continues from the complete parts.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from sim.errors import StudyError, StudyStoppedError, listed, said
from sim.studies import manifest, tables
from sim.studies.disk import DISK, UNFINISHED, Disk
from sim.studies.environment import source_revision
from sim.studies.manifest import FOLDER_FORMAT, Manifest
from sim.studies.openings import opening_tables
from sim.studies.study import Extent, Study
from sim.system.paths import file_name, possible
from sim.system.spreadsheet import csv_of, read_csv
from sim.system.text import path_text

_NOT_THERE = said("is not there: no run has been finished, or it was removed")
DRAWS_TABLE, WEIGHTS_TABLE = "draws", "weights"
"""Names of the tables of drawn parameters and of their weights."""
_BESIDE = "tables"
"""Under this name a part of `runs` lists the tables of which its chunk has parts too."""


class UnreadableTableError(StudyError):
    """A table that is absent or cannot be read; `reason` is empty if it is absent."""

    def __init__(self, path: Path, reason: str = ""):
        what = said("cannot be read, it is damaged: {reason}", reason=reason) if reason else _NOT_THERE
        super().__init__(said("{path} {what}", path=path, what=what))
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
        named = {_BESIDE: json.dumps(sorted({*parts} - {"runs"}))}
        for table in sorted(parts, key="runs".__eq__):
            path, found = self.part(table, key), parts[table]
            self.disk.make(path.parent)
            layout = tables.LAYOUT
            if table == "runs":
                found, layout = found.replace_schema_metadata(named), tables.PLAIN
            with self.disk.writing(path) as file:
                tables.write(file, [found], found.schema, layout)

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
        """Types of a joined table's columns as Arrow calls them, of a CSV file's first 1,000 rows as pandas does."""
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
        """Keys of the chunks whose parts are complete: that of `runs`, and those that it names."""
        return {path.stem for path in self.disk.find(self.folder, "parts/runs/*.parquet") if self._is_done(path)}

    def rows_done(self) -> int:
        """Number of runs in the complete parts."""
        return sum(self._rows(self.part("runs", key)) for key in self.done())

    def _rows(self, path: Path) -> int:
        return int(self._footer(path).num_rows)

    def _footer(self, path: Path) -> parquet.FileMetaData:
        """What a Parquet file says of itself; it comes last, so a file without it is not complete."""
        with self.disk.open(path) as file:
            return parquet.read_metadata(file)

    def _is_done(self, path: Path) -> bool:
        """Whether a part of `runs` and the parts beside it are complete."""
        try:
            beside = json.loads((self._footer(path).metadata or {}).get(_BESIDE.encode(), b"[]"))
            for table in beside:
                self._footer(self.part(table, path.stem))
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
        """Join these chunks' parts of a table into one sorted file.

        Raises:
            StudyStoppedError: a part is damaged.
        """
        from sim.studies.described import labelled  # it loads the model, which few commands need

        found = [self.part(table, key) for key in sorted(keys)]
        parts = [part for part in found if table == "runs" or self.disk.exists(part)]
        if parts:
            self.disk.sync_folder(parts[0].parent)  # a writer may have been killed before it did
            try:
                tables.join_parts(table, parts, self.path(table), self.disk, partial(labelled, table))
            except (OSError, pa.ArrowException):
                if damaged := [path for path in parts if not self._is_readable(path)]:
                    raise self._without(damaged) from None
                raise

    def _without(self, damaged: Sequence[Path]) -> StudyStoppedError:
        """The error for damaged parts; they are removed, so their chunks are no longer done."""
        for path in damaged:
            self.disk.remove(path)
        return StudyStoppedError(
            said("{files} cannot be read; the runs in it must be done again", files=listed(map(str, damaged), 3))
        )

    def _is_readable(self, path: Path) -> bool:
        """Whether the content of a part is undamaged; an error of the disk (with a number) damages nothing."""
        try:
            with self.disk.open(path) as file:
                tables.read_table(file)
        except OSError as error:
            return error.errno is not None
        except pa.ArrowException:
            return False
        return True

    def begin(self, study: Study, extent: Extent, command: str, made: dict[str, str]) -> None:
        """Prepare the folder for a new or continued study; `made` is the environment."""
        self.remove_unfinished()
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
        self.make_folders(study.record)
        if study.draws:
            self.write_csv(DRAWS_TABLE, study.draws.frame)
            if study.draws.weights is not None:
                weights = pd.DataFrame({"draw": study.draws.frame["draw"], "weight": study.draws.weights.values})
                self.write_csv(WEIGHTS_TABLE, weights)
            for name, frame in opening_tables(study.scenarios, study.draws).items():
                self.write_csv(name, frame)
        for scenario in study.scenarios:
            self.write_resolved(scenario.key, scenario.to_yaml(origins=True))

    def make_folders(self, record: Iterable[str]) -> None:
        """Create the folders of the parts, and flush their names, also of those that a killed process created."""
        for table in ("runs", *record):
            self.disk.make(self.part(table, "").parent)
        for folder in (self.folder / "parts", self.folder, self.folder.parent):
            self.disk.sync_folder(folder)

    def remove_unfinished(self) -> None:
        """Remove the temporary files of writers that were killed; only the process that holds the lock may."""
        leftovers = self.disk.find(self.folder, f"**/{UNFINISHED}")
        for leftover in leftovers:
            self.disk.remove(leftover)
        for folder in sorted({leftover.parent for leftover in leftovers}):
            self.disk.sync_folder(folder)

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
