"""One CSV file as people and spreadsheets write it, with the place of every cell.

The reader accepts byte-order marks, line ends of any system, commas, semicolons or tabs between cells, decimal
commas where cells are not divided by commas, blanks around cells, and accents in two characters. An error names the
line and column of what it cannot read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import Sentence, StudyError, said
from sim.system.text import composed

if TYPE_CHECKING:
    import pandas as pd

MOST_FAULTS = 20
"""Largest number of mistakes listed for one table; the others are counted."""
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_LINE_END = re.compile("\r\n|\r|\n")
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)


class TableError(StudyError):
    """Mistakes in a table, one line each: `file:line:column: message`."""


@dataclass(frozen=True)
class Fault:
    """A mistake with its line and column."""

    line: int
    column: int
    message: str


@dataclass(frozen=True)
class CsvSheet:
    """The cells of a file: `rows` of text, one text per column; `lines` holds the line in which each row begins."""

    path: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    text: list[str]
    delimiter: str

    def place(self, row: int | None, column: str) -> tuple[int, int]:
        """Line and column of a cell, or of the end of a line that lacks it; row None means the column's heading."""
        line = self.heading if row is None else self.lines[row]
        return line, _start(self.text[line - 1], self.delimiter, self.columns.index(column))

    @property
    def heading(self) -> int:
        """Line of the column names."""
        return next(number for number, line in enumerate(self.text, start=1) if _is_heading(line))

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return Path(self.path).name

    def number(self, text: str) -> float | None:
        """The number in a cell; None if it holds no number."""
        if self.delimiter != "," and text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        return float(text) if _NUMBER.fullmatch(text) else None

    def records(self) -> list[dict[str, str]]:
        """The rows as dictionaries by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def frame(self, numbers: Iterable[str] = ()) -> pd.DataFrame:
        """The cells as a data frame, as pandas would read them; columns in `numbers` may have decimal commas."""
        import pandas as pd

        places = {self.columns.index(name) for name in numbers if name in self.columns}
        plain = io.StringIO()
        writer = csv.writer(plain)
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow(
                cell.replace(",", ".") if place in places and self.number(cell) is not None else cell
                for place, cell in enumerate(row)
            )
        plain.seek(0)
        return pd.read_csv(plain)

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raise TableError if there is any fault."""
        _refuse(self.path, faults)


def _refuse(path: str, faults: Iterable[Fault]) -> None:
    lines: list[str] = [
        Sentence("", None, (f"{path}:{fault.line}:{fault.column}: ", fault.message)) for fault in faults
    ]
    if lines[MOST_FAULTS:]:
        lines[MOST_FAULTS:] = [said("… and {n} more", n=len(lines) - MOST_FAULTS)]
    if lines:
        raise TableError(Sentence.joined("\n", lines))


def read_sheet(path: Path | str) -> CsvSheet:
    """Read a file.

    Raises:
        TableError: something cannot be read; it says what and where.
    """
    name = str(path)
    text = _decoded(name, path)
    lines = _LINE_END.split(text)
    heading = next((number for number, line in enumerate(lines) if _is_heading(line)), None)
    if heading is None:
        _refuse(name, [Fault(1, 1, said("the table is empty; its first line must name the columns"))])
    stated = _SEPARATOR.fullmatch(lines[0])
    delimiter = stated[1] if stated else max(",;\t", key=_without_quoted(lines[heading or 0]).count)
    columns: tuple[str, ...] | None = None
    rows: list[list[str]] = []
    begins: list[int] = []
    faults: list[Fault] = []
    reader = csv.reader(
        io.StringIO("\n".join(lines[heading:]) + "\n"), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    offset = before = heading or 0
    try:
        for found in reader:
            line, before = before + 1, offset + reader.line_num
            cells = [cell.strip() for cell in found]
            if not any(cells):
                continue
            if columns is None:
                columns = _columns(name, cells, lines[line - 1], line, delimiter)
                continue
            if any(cells[len(columns) :]):
                place = _start(lines[line - 1], delimiter, len(columns))
                faults.append(
                    Fault(line, place, said("more cells than the {n} columns; put text that holds {delimiter} in "
                          "double quotes", n=len(columns), delimiter=repr(delimiter)))
                )  # fmt: skip
            rows.append([*cells, *[""] * len(columns)][: len(columns)])
            begins.append(line)
    except csv.Error as error:
        faults.append(
            Fault(
                before + 1, 1, said("this row cannot be read ({error}); look for a missing double quote", error=error)
            )
        )
    _refuse(name, faults)
    assert columns is not None
    return CsvSheet(name, columns, rows, begins, lines, delimiter)


def _decoded(name: str, path: Path | str) -> str:
    """The text of a UTF-8 file in composed form (NFC), with its line ends."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise TableError(
            said("{name}: the table cannot be read ({reason})", name=name, reason=error.strerror)
        ) from None
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        _refuse(name, [Fault(1, 1, said("the table is UTF-16 text; save it as CSV in UTF-8"))])
    try:
        text = composed(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        what = said("byte 0x{byte} is no UTF-8 text", byte=f"{content[error.start]:02X}")
        place = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        _refuse(name, [Fault(*place, said("{what}; save the table as CSV in UTF-8", what=what))])
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        _refuse(name, [Fault(line, 1, said("the table holds a NUL byte; save it as CSV in UTF-8"))])
    return text


def _is_heading(line: str) -> bool:
    return bool(line.strip(" ,;\t")) and not _SEPARATOR.fullmatch(line)


def _columns(name: str, cells: list[str], line: str, number: int, delimiter: str) -> tuple[str, ...]:
    """The names of the columns, without empty ones at the end."""
    while cells and not cells[-1]:
        cells.pop()
    faults = []
    for place, cell in enumerate(cells):
        start = _start(line, delimiter, place)
        if not cell:
            faults.append(Fault(number, start, said("a column without a name; name it or take it out")))
        elif cell in cells[:place]:
            faults.append(
                Fault(number, start, said("the column {cell} is there twice; keep one of them", cell=repr(cell)))
            )
    _refuse(name, faults)
    return tuple(cells)


def _without_quoted(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _start(line: str, delimiter: str, place: int) -> int:
    """Column, counted from 1, in which a cell of a line begins; the end of a line that ends before the cell."""
    starts, quoted, empty = [1], False, True
    for number, character in enumerate(line, start=1):
        if character == '"' and (quoted or empty):  # a quotation mark inside a cell is one of its characters
            quoted = not quoted
        if character == delimiter and not quoted:
            starts.append(number + 1)
        empty = not quoted and (character == delimiter or (empty and character == " "))
    return starts[place] if place < len(starts) else len(line) + 1
