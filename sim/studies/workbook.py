"""Reads a search from a spreadsheet that `sim.studies.workbook_writing` wrote and a person filled in.

The workbook holds what the file of a search does, and reading it gives the same tree of values; each value has its
sheet and cell as its place, so that all checks of experiment files name the cell of a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from zipfile import BadZipFile

from sim.errors import suggestion
from sim.scenario.checks.values import check_format
from sim.scenario.errors import Origin, Problems, ScenarioError
from sim.scenario.file_format import KEY
from sim.scenario.loading import file_label
from sim.scenario.reader import Node, UnreadableError
from sim.studies.extras import needs
from sim.system.text import printable

EXTRA = "excel"
SUFFIX = ".xlsx"
MOST_ROWS, MOST_SIZES = 1000, 6
"""Largest number of rows that are read from a sheet, and of sizes of a hub."""
SEARCH, HUBS, LEVERS, PRICES = "Search", "Hubs", "Levers", "Prices"
SIZES = tuple(f"places {number}" for number in range(1, MOST_SIZES + 1))
COLUMNS = {
    SEARCH: ("what", "value", "meaning"),
    HUBS: ("hub", "opens", *SIZES),
    LEVERS: ("lever", "from", "to", "values", "unit", "meaning"),
    PRICES: ("price", "value", "unit", "meaning"),
}
"""The headings of each sheet."""
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None, "none": None}


def is_workbook(path: Any) -> bool:
    """Whether a path names a spreadsheet."""
    return str(path).lower().endswith(SUFFIX)


class Row(NamedTuple):
    """A row of a sheet: its nodes by heading; empty cells are left out."""

    place: Origin
    cells: dict[str, Node]


def read_workbook(path: str, problems: Problems) -> Node:
    """Read the tree of values of a workbook; adds mistakes to `problems`.

    Raises:
        StudyError: openpyxl is not installed.
        ScenarioError: the file cannot be read; the error lists all of `problems`.
    """
    label = file_label(path)
    sheets = _sheets(path, label, problems)
    whole = Origin(text=label)
    tree: dict[str, Node] = {"design": Node("search", whole)}
    for row in sheets.get(SEARCH, []):
        name, value = row.cells.get("what"), row.cells.get("value")
        if name is not None and value is not None:
            listed = str(name.value) == "outcomes" and isinstance(value.value, str)
            node = _list(value) if listed else value
            tree[str(name.value)] = Node(node.value, node.origin, name.origin)
    tree["openings"] = Node([_opening(row) for row in sheets.get(HUBS, [])], whole)
    tree["factors"] = Node(dict(_factors(sheets.get(LEVERS, []), problems)), whole)
    prices = {
        str(price.value): Node(value.value, value.origin, price.origin)
        for row in sheets.get(PRICES, [])
        if (price := row.cells.get("price")) is not None and (value := row.cells.get("value")) is not None
    }
    if prices:
        tree["values"] = Node(prices, whole)
    found = Node(tree, whole)
    try:
        check_format(found, problems, len(problems))
    except UnreadableError:
        raise ScenarioError(problems) from None
    return Node({key: node for key, node in tree.items() if key != KEY}, whole)


def _opening(row: Row) -> Node:
    """The entry of `openings` in a row of the sheet of hubs."""
    sizes = [row.cells[name] for name in SIZES if name in row.cells]
    entry: dict[str, Node] = {name: row.cells[name] for name in ("hub", "opens") if name in row.cells}
    if sizes:
        entry["places"] = Node(sizes, sizes[0].origin)
    return Node(entry, row.place)


def _factors(rows: Sequence[Row], problems: Problems) -> Iterator[tuple[str, Node]]:
    """The factors by path, each a range or a list of values; rows without any of these are left out."""
    for row in rows:
        lever, values = row.cells.get("lever"), row.cells.get("values")
        ends = {name: row.cells[name] for name in ("from", "to") if name in row.cells}
        if lever is None or not (ends or values):
            continue
        if ends and values:
            problems.note(values.origin, f"{lever.value} has values and a range; keep one of them, and empty the other")
        held = _list(values) if values is not None else Node(ends, row.place)
        yield str(lever.value), Node(held.value, held.origin, lever.origin)


def _list(cell: Node) -> Node:
    """The values in a cell: a number, or several with semicolons between them."""
    texts = [part.strip() for part in str(cell.value).split(";")]
    return Node([Node(_plain(text), cell.origin) for text in texts if text], cell.origin)


def _plain(text: str) -> Any:
    """A number, true, false, null, or the text; decimals may have a comma, because semicolons part values."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if not _NUMBER.fullmatch(text):
        return text
    value = float(text.replace(",", "."))
    return int(value) if re.fullmatch(r"[-+]?\d+", text) else value


def _sheets(path: str, label: str, problems: Problems) -> dict[str, list[Row]]:
    """The rows of each known sheet; sheets of other names are left alone, unless one that is needed is missing."""
    with needs(EXTRA, f"reading {label}"):
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    try:
        book = load_workbook(path, data_only=True)
    except FileNotFoundError:
        message = f"no such file; write one to fill in with: hubsim search --write {label}"
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError) as failure:
        message = f"this is no spreadsheet that can be read ({failure}); save it as {SUFFIX} again"
    else:
        found = {name: _rows(book[name], label, problems) for name in COLUMNS if name in book.sheetnames}
        for name in COLUMNS.keys() - found.keys():
            end = suggestion(name, book.sheetnames, "it has")
            problems.note(Origin(text=label), f"there is no sheet {name}{end}; name it so, or write the file anew")
        return found
    problems.note(Origin(text=label), message)
    raise ScenarioError(problems)


def _rows(sheet: Any, label: str, problems: Problems) -> list[Row]:
    """The rows of a sheet below its headings, empty ones left out; reports headings that it should not have."""
    lines = sheet.iter_rows(max_row=MOST_ROWS)
    headings: list[str] = [str(cell.value or "").strip() for cell in next(lines, ())]
    columns = COLUMNS[sheet.title]
    for cell, heading in zip(sheet[1], headings, strict=False):
        if heading and heading not in columns:
            problems.note(_place(label, cell), f"unknown heading {heading}{suggestion(heading, columns)}")
    found = []
    for line in lines:
        cells = {}
        for heading, cell in zip(headings, line, strict=False):
            if heading in columns and (value := _value(cell.value)) is not None:
                try:
                    cells[heading] = Node(printable(value) if isinstance(value, str) else value, _place(label, cell))
                except ValueError as failure:
                    problems.note(_place(label, cell), str(failure))
        if cells:
            found.append(Row(_place(label, line[0]), cells))
    return found


def _value(value: Any) -> Any:
    """The value of a cell: text without spaces around it, whole numbers as such, and a date as its month."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _place(label: str, cell: Any) -> Origin:
    return Origin(text=f"{label}, sheet {cell.parent.title}, cell {cell.coordinate}", line=cell.row, column=cell.column)
