"""What people see: tables as text, and progress (a bar on a terminal, a line now and then elsewhere)."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sim.studies.execution import Progress, minutes
from sim.studies.session import Watcher

if TYPE_CHECKING:
    from rich.table import Table

EVERY = 10.0
"""Seconds between plain lines."""


@contextmanager
def shown_progress(unit: str, quiet: bool = False) -> Iterator[Watcher]:
    """Give a watcher that shows how many `unit` (runs, months) are done."""
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty():
        yield from _bar(unit)
    else:
        yield _lines(unit)


def _bar(unit: str) -> Iterator[Watcher]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit + "{task.fields[failed]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(unit, total=None, failed="")

        def watch(progress: Progress) -> None:
            failed = f", {progress.failed} failed" if progress.failed else ""
            bar.update(task, total=progress.total, completed=progress.done, failed=failed)

        yield watch


def _lines(unit: str) -> Watcher:
    last, done = 0.0, 0

    def watch(progress: Progress) -> None:
        nonlocal last, done
        at_end = progress.done == progress.total
        if progress.done == done or (progress.seconds - last < EVERY and not at_end):
            return
        last, done = progress.seconds, progress.done
        print(line(progress, unit), file=sys.stderr, flush=True)

    return watch


def line(progress: Progress, unit: str) -> str:
    """One line of progress: `130 of 1300 runs, 7.2 a second, 2:43 left, 1 failed`."""
    parts = [f"{progress.done}{f' of {progress.total}' if progress.total else ''} {unit}"]
    if progress.seconds > 0 and progress.done > progress.kept:
        parts.append(f"{(progress.done - progress.kept) / progress.seconds:.1f} a second")
    if progress.remaining:
        parts.append(f"{minutes(progress.remaining)} left")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    return ", ".join(parts)


def grid(headings: Sequence[str], rows: Iterable[Sequence[Any]], ruled: bool = True) -> Table:
    """Lay out rows as a table; values that are not text are written as JSON."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD if ruled else None, pad_edge=False, show_edge=False, header_style="")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in row))
    return table


class Text(str):
    """Text that a notebook shows as it is, not in quotes on one line."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def as_text(*parts: Any, width: int) -> Text:
    """Print texts and tables below each other into a string, an empty line between them.

    The same text in a terminal, in a notebook and anywhere else.
    """
    from rich.console import Console

    output = io.StringIO()
    console = Console(
        file=output, width=width, height=100, color_system=None, highlight=False, markup=False, emoji=False,
        force_terminal=False, force_jupyter=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    for part in parts:
        console.print(part)
        console.print()
    return Text("\n".join(line.rstrip() for line in output.getvalue().rstrip().splitlines()) + "\n")
