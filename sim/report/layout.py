"""Texts and tables below each other, with the same result in a terminal, in a notebook and elsewhere."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


def grid(headings: Sequence[str], rows: Iterable[Sequence[Any]], ruled: bool = True) -> Table:
    """Lay out rows as a table; values that are not text are written as JSON."""
    table = Table(box=SIMPLE_HEAD if ruled else None, pad_edge=False, show_edge=False, header_style="")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in row))
    return table


class PrintedText(str):
    """Text that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def as_text(*parts: Any, width: int) -> PrintedText:
    """Print texts and tables below each other into a string, with an empty line between them.

    Terminals, notebooks and files get the same text.
    """
    output = io.StringIO()
    console = Console(
        file=output, width=width, height=100, color_system=None, highlight=False, markup=False, emoji=False,
        force_terminal=False, force_jupyter=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    for part in parts:
        console.print(part)
        console.print()
    return PrintedText("\n".join(line.rstrip() for line in output.getvalue().rstrip().splitlines()) + "\n")
