"""Result tables as Parquet: fixed types, fixed order, equal bytes for equal numbers.

Outcomes of runs are float64. Series are float32 (seven digits, half the space): figures and bands
need no more, and every outcome was measured on the model's own float64 columns before. Agents keep
their integers.
A value that is not defined is a Parquet null.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet

ORDER = {
    "runs": ["scenario", "replication"],
    "monthly": ["scenario", "replication", "month"],
    "hubs": ["scenario", "replication", "month", "hub"],
    "regions": ["scenario", "replication", "month", "region"],
    "survival": ["scenario", "replication", "population", "cohort", "age_months"],
    "agents": ["scenario", "replication", "month", "key"],
}
"""The columns that identify a row of each table, in the order in which rows are sorted."""

_INTEGERS = {"replication": pa.int32(), "seed": pa.int64(), "age_months": pa.int32(), "draw": pa.int32()}
LAYOUT: dict[str, Any] = {"compression": "zstd", "version": "2.6"}
"""How Parquet files are written."""
_ROWS_PER_GROUP = 1 << 17
_BYTES_IN_MEMORY = 24 * 2**20
_BYTES_PER_CHUNK = 256
"""What each column of each part costs in memory beside its numbers, roughly: parts of sweeps are small."""


def to_arrow(name: str, frame: pd.DataFrame) -> pa.Table:
    """A frame as the table `name` keeps it: identifying columns first, one type a column."""
    number = pa.float64() if name == "runs" else pa.float32()
    first = [column for column in ORDER.get(name, []) if column in frame]
    columns: dict[str, pa.Array] = {}
    for column in [*first, *(str(column) for column in frame if column not in first)]:
        values = frame[column]
        if column in _INTEGERS:
            columns[column] = pa.array(values.to_numpy(), type=_INTEGERS[column])
        elif pd.api.types.is_bool_dtype(values.dtype):
            columns[column] = pa.array(values.to_numpy(dtype=bool))
        elif name == "agents" and pd.api.types.is_integer_dtype(values.dtype):
            columns[column] = pa.array(values.to_numpy())
        elif pd.api.types.is_numeric_dtype(values.dtype):
            columns[column] = pa.array(values.to_numpy(dtype=float, na_value=np.nan), number, from_pandas=True)
        else:
            columns[column] = pa.array(values, from_pandas=True).cast(pa.string())
    return pa.table(columns)


def atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file that is either whole or not there, whatever happens meanwhile.

    Raises OSError (a full disk, for example) and leaves nothing behind when it does.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of this content, atomically."""
    atomically(path, lambda file: file.write(content))


def write(path: Path, tables: Iterable[pa.Table], schema: pa.Schema) -> None:
    """Write tables of one schema below each other into one Parquet file, atomically."""

    def to(file: IO[bytes]) -> None:
        with parquet.ParquetWriter(file, schema, **LAYOUT) as writer:
            for table in tables:
                writer.write_table(table, row_group_size=_ROWS_PER_GROUP)

    atomically(path, to)


def stack(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables below each other; a column that one of them lacks is null there."""
    return pa.concat_tables(tables, promote_options="default")


def is_whole(path: Path) -> bool:
    """Whether a Parquet file can be read to its end (its footer comes last)."""
    try:
        parquet.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return True


def merge(name: str, parts: Sequence[Path], path: Path) -> None:
    """Join the parts of a table into one file, sorted by its identifying columns.

    The result depends on the rows alone, not on how they are spread over parts. A few scenarios are in
    memory at a time, and no more than one file is open: there may be many thousand parts.
    """
    schema, rows, holders = _survey(parts)
    size = (rows * 8 + len(parts) * _BYTES_PER_CHUNK) * len(schema)
    groups = max(1, min(len(holders), -(-size // _BYTES_IN_MEMORY)))
    order = [(column, "ascending") for column in ORDER[name] if column in schema.names]

    def sorted_groups() -> Iterator[pa.Table]:
        for places in np.array_split(np.arange(len(holders)), groups):
            group = [sorted(holders)[place] for place in places]
            found = [schema.empty_table()]
            for part in sorted({part for key in group for part in holders[key]}):
                with parquet.ParquetFile(part) as file:
                    table = file.read(use_threads=False)
                found.append(table.filter(compute.is_in(table["scenario"], pa.array(group))))
            yield stack(found).combine_chunks().sort_by(order)

    write(path, sorted_groups(), schema)


def _survey(parts: Sequence[Path]) -> tuple[pa.Schema, int, dict[str, list[Path]]]:
    """All columns of some parts, the number of their rows, and which of them hold each scenario."""
    schemas: list[pa.Schema] = []
    holders: dict[str, list[Path]] = {}
    rows = 0
    for part in parts:
        with parquet.ParquetFile(part) as file:
            if file.schema_arrow not in schemas:
                schemas.append(file.schema_arrow)
            keys = file.read(columns=["scenario"], use_threads=False)["scenario"]
        rows += len(keys)
        for key in compute.unique(keys).to_pylist():
            holders.setdefault(key, []).append(part)
    return pa.unify_schemas(schemas), rows, holders
