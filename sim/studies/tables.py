"""Result tables as Parquet: with fixed types and order, so that equal numbers give equal bytes.

Outcomes of runs are float64. Series are float32 (seven digits, half the space), which suffices for figures and bands;
outcomes are measured before, on the model's float64 columns. Tables of agents keep integers. An undefined value is a
Parquet null. Beside the text of a month stands its date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet

from sim.studies.disk import Disk

ORDER = {
    "runs": ["scenario", "replication"],
    "monthly": ["scenario", "replication", "month"],
    "hubs": ["scenario", "replication", "month", "hub"],
    "regions": ["scenario", "replication", "month", "region"],
    "survival": ["scenario", "replication", "population", "cohort", "age_months"],
    "agents": ["scenario", "replication", "month", "key"],
}
"""The columns that identify a row of each table, in the order by which rows are sorted."""

_INTEGERS = {
    "replication": pa.int32(), "seed": pa.int64(), "age_months": pa.int32(), "draw": pa.int32(), "pick": pa.int32(),
}  # fmt: skip
LAYOUT: dict[str, Any] = {"compression": "zstd", "version": "2.6"}
"""Options with which Parquet files are written."""
PLAIN: dict[str, Any] = {**LAYOUT, "compression": "none", "use_dictionary": False, "write_statistics": False}
"""Options for files with few rows and many columns: a third of the work, and no larger."""
_ROWS_PER_GROUP = 1 << 17
_BYTES_IN_MEMORY = 24 * 2**20
_BYTES_OF_SERIES = 160 * 2**20
"""Bytes of series in memory at a time; each part is read once for every such amount. Figures need more memory."""
_BYTES_PER_CHUNK = 256
"""Approximate bytes per column and part in memory besides the numbers; relevant because parts of sweeps are small."""
_LOOSE_PARTS = 64
"""Number of parts that are kept before they are combined: each column of a part costs some kilobytes of memory."""


def to_arrow(name: str, columns: Mapping[Any, Any], **same: str | int) -> pa.Table:
    """Convert arrays by column, or a frame, to the table `name`; `same` adds columns with one value in all rows.

    Identifying columns come first; each column has one type.
    """
    series = {str(column): values for column, values in columns.items()}
    rows = len(next(iter(series.values()), ()))
    found: dict[str, pa.Array] = {}
    for column in _ordered(name, [*series, *same]):
        if column in same:
            found[column] = pa.repeat(pa.scalar(same[column], _INTEGERS.get(column)), rows)
        elif column in _INTEGERS:
            found[column] = pa.array(np.asarray(series[column]), type=_INTEGERS[column])
        else:
            found[column] = _series(series[column], keep_integers=name == "agents")
    return pa.table(found)


def _series(values: Any, keep_integers: bool) -> pa.Array:
    """A column of a series: numbers as float32, truth values, or text."""
    kind = values.dtype
    if kind == np.float64:  # nearly all columns
        return pa.array(np.asarray(values).astype(np.float32), from_pandas=True)
    if pd.api.types.is_bool_dtype(kind):
        return pa.array(np.asarray(values, dtype=bool))
    if pd.api.types.is_integer_dtype(kind) and keep_integers:
        return pa.array(np.asarray(values))
    if pd.api.types.is_numeric_dtype(kind):
        numbers = values if isinstance(values, np.ndarray) else values.to_numpy(dtype=float, na_value=np.nan)
        return pa.array(numbers.astype(np.float32), from_pandas=True)
    return pa.array(values, from_pandas=True).cast(pa.string())


def runs_to_arrow(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Convert rows to the table `runs`; missing values and NaN become null."""
    names = _ordered("runs", (name for row in rows for name in row))
    return pa.table({name: _column(name, [row.get(name) for row in rows]) for name in names})


def _column(name: str, values: list[Any]) -> pa.Array:
    if name in _INTEGERS:
        return pa.array(values, _INTEGERS[name])
    found = pa.array(values)
    if pa.types.is_integer(found.type) or pa.types.is_floating(found.type):
        return pa.array(values, pa.float64(), from_pandas=True)
    return found if pa.types.is_boolean(found.type) and not found.null_count else found.cast(pa.string())


def _ordered(name: str, columns: Iterable[str]) -> list[str]:
    """The distinct columns of a table; those that identify a row come first."""
    known = dict.fromkeys(columns)
    return list(dict.fromkeys([*(column for column in ORDER.get(name, []) if column in known), *known]))


def write(file: IO[bytes], tables: Iterable[pa.Table], schema: pa.Schema, layout: Mapping[str, Any] = LAYOUT) -> None:
    """Write tables of one schema one after another into a Parquet file."""
    with parquet.ParquetWriter(file, schema, **layout) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=_ROWS_PER_GROUP)


def read_table(
    file: pa.NativeFile,
    columns: Sequence[str] | None = None,
    *,
    coded: Sequence[str] = (),
    scenarios: Sequence[str] | None = None,
) -> pa.Table:
    """Read a Parquet file on one thread, because several threads need more memory.

    Args:
        file: the file.
        columns: columns to read; all by default.
        coded: columns of text to read as Arrow dictionaries, in half the time and a fifth of the memory.
        scenarios: keys of the scenarios whose rows to read; all by default.
    """
    pa.default_memory_pool().release_unused()
    if scenarios is not None:
        only = [("scenario", "in", list(scenarios))]
        return parquet.read_table(file, columns=columns, use_threads=False, filters=only)
    table = parquet.ParquetFile(file, read_dictionary=list(coded)).read(columns, use_threads=False)
    return table.select(columns or table.column_names)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Convert a table to a frame; destroys the table, and returns unused memory to the system."""
    found = table.to_pandas(self_destruct=True, date_as_object=False)
    pa.default_memory_pool().release_unused()
    answer: pd.DataFrame = found
    return answer


def stack(tables: Sequence[pa.Table]) -> pa.Table:
    """Concatenate tables; a column that a table lacks is null in its rows."""
    return pa.concat_tables(tables, promote_options="default")


def dated(table: pa.Table) -> pa.Table:
    """The table with `date`, the first day of the month, behind `month`; as it is if it has no months."""
    place = table.schema.get_field_index("month")
    if place < 0:
        return table
    first_day = compute.binary_join_element_wise(table["month"], "01", "-").cast(pa.date32())
    return table.add_column(place + 1, "date", first_day)


def join_parts(
    name: str, parts: Sequence[Path], path: Path, disk: Disk, label: Callable[[pa.Schema], pa.Schema] = pa.schema
) -> None:
    """Join the parts of the table `name` into one file at `path`, sorted by its identifying columns, and `dated`.

    `label` adds what readers should know of the columns to the schema of the file.

    The result depends only on the rows, not on their distribution over parts. There may be many thousand parts, so only
    a few scenarios are in memory, and only one part is open at a time.
    """
    schema, rows, holders = _survey(parts, disk)
    labelled = label(dated(schema.empty_table()).schema)
    if not holders:  # a country without hubs has no rows of hubs
        with disk.writing(path) as joined:
            write(joined, (), labelled)
        return
    series = name != "runs"  # series have few columns and many rows; runs of a sweep have many columns and few rows
    words = [column for column in ORDER[name] if column in schema.names and column not in _INTEGERS] if series else []
    size = (rows * (4 if series else 8) + len(parts) * _BYTES_PER_CHUNK) * len(schema)
    count = max(1, min(len(holders), -(-size // _BYTES_IN_MEMORY)))
    groups = [list(group) for group in np.array_split(np.array(sorted(holders), dtype=object), count)]
    readings = max(1, min(count, -(-size // (_BYTES_OF_SERIES if series else _BYTES_IN_MEMORY))))
    order = [(column, "ascending") for column in ORDER[name] if column in schema.names]

    def gathered(places: np.ndarray) -> Iterator[pa.Table]:
        """Read some groups together and yield their tables; frees them before the next groups are read."""
        batch = [groups[place] for place in places]
        wanted = {key for group in batch for key in group}
        needed = sorted({part for key in wanted for part in holders[key]})
        pieces = (_read_part(disk, part, words) for part in needed)
        found = _together(pieces if readings == 1 else (_of(wanted, piece) for piece in pieces))
        for group in batch:
            yield dated((found if len(batch) == 1 else _of(set(group), found)).cast(schema).sort_by(order))

    with disk.writing(path) as joined:
        write(joined, chain.from_iterable(map(gathered, np.array_split(np.arange(count), readings))), labelled)
    pa.default_memory_pool().release_unused()


def _read_part(disk: Disk, part: Path, coded: Sequence[str]) -> pa.Table:
    with disk.open(part) as file:
        return read_table(file, coded=coded)


def _of(scenarios: Set[str], table: pa.Table) -> pa.Table:
    """The rows that belong to some scenarios."""
    if not pa.types.is_dictionary(table.schema.field("scenario").type):
        return table.filter(compute.is_in(table["scenario"], pa.array(list(scenarios))))
    coded = table["scenario"].combine_chunks()
    codes = [code for code, key in enumerate(coded.dictionary.to_pylist()) if key in scenarios]
    return table.filter(pa.array(np.isin(coded.indices.to_numpy(), codes)))


def _together(tables: Iterable[pa.Table]) -> pa.Table:
    """Concatenate tables into contiguous memory, with few of them in memory at a time."""
    found: list[pa.Table] = []
    for table in tables:
        found.append(table)
        if len(found) > _LOOSE_PARTS:
            found = [stack(found).combine_chunks()]
    return stack(found).combine_chunks()


def _survey(parts: Sequence[Path], disk: Disk) -> tuple[pa.Schema, int, dict[str, list[Path]]]:
    """The common schema of parts, their number of rows, and the parts that contain each scenario."""
    schemas: list[pa.Schema] = []
    holders: dict[str, list[Path]] = {}
    rows = 0
    for part in parts:
        with disk.open(part) as file:
            opened = parquet.ParquetFile(file)
            if opened.schema_arrow not in schemas:
                schemas.append(opened.schema_arrow)
            rows += opened.metadata.num_rows
            keys = read_table(file, ["scenario"], coded=["scenario"])["scenario"]
        for key in compute.unique(keys).to_pylist():
            holders.setdefault(key, []).append(part)
    return pa.unify_schemas(schemas), rows, holders
