"""Progress of a study: a bar on a terminal that can redraw it, else lines of text; of a comparison its table so far."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sim.studies.comparison import Comparison
from sim.studies.execution import Progress, duration
from sim.studies.session import OnProgress

SECONDS_BETWEEN_LINES = 10.0
"""Seconds between plain lines."""
_CANNOT_REDRAW = ("dumb", "unknown")
"""Kinds of terminals that cannot move the cursor."""
FIRST_TABLE, TABLES_APART = 8.0, 5.0
"""Seconds until the first table so far, and at least between two of them."""


@contextmanager
def shown_progress(unit: str, quiet: bool = False) -> Iterator[OnProgress]:
    """Yield a function that shows how many `unit` (runs, months) are done, and the table of a comparison so far."""
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in _CANNOT_REDRAW:
        yield from _bar(unit)
    else:
        yield _lines(unit)


@dataclass
class TablesSoFar:
    """When a comparison shows its table so far.

    The first comes after `FIRST_TABLE` seconds, with the first world that ends then; each further one when the number
    of worlds has grown by the factor `growth`, and none at the end, where the whole table follows.
    """

    growth: float
    _last: float = field(default=-TABLES_APART, init=False)
    _worlds: int = field(default=0, init=False)

    def due(self, progress: Progress, width: int) -> str | None:
        """The table to show now; None if there is none."""
        now = progress.seconds
        waits = now < max(FIRST_TABLE, self._last + TABLES_APART) or progress.done == progress.total
        if progress.so_far is None or waits or not progress.done:
            return None
        self._last = now
        found = progress.so_far()
        if not isinstance(found, Comparison) or found.replications < max(1, self.growth * self._worlds):
            return None
        from sim.report.text.so_far import table

        self._worlds = found.replications
        return table(found, width)


def _bar(unit: str) -> Iterator[OnProgress]:
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    table: str | None = None

    class BarAndTable(Bar):
        """The bar, and below it the table: a low terminal cuts what is below."""

        def get_renderables(self) -> Iterator[RenderableType]:
            yield self.make_tasks_table(self.tasks)
            if table is not None:
                yield Text("\n" + table, no_wrap=True, overflow="crop")

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit + "{task.fields[failed]}"),
        TimeRemainingColumn(),
    )
    console, tables = Console(stderr=True), TablesSoFar(growth=1.0)
    with BarAndTable(*columns, console=console, transient=True) as bar:
        task = bar.add_task(unit, total=None, failed="")

        def watch(progress: Progress) -> None:
            nonlocal table
            failed = f", {progress.failed} failed" if progress.failed else ""
            bar.update(task, total=progress.total, completed=progress.done, failed=failed)
            if (found := tables.due(progress, console.width)) is not None:
                table = found
                bar.refresh()

        yield watch


def _lines(unit: str) -> OnProgress:
    last, done = 0.0, 0
    tables = TablesSoFar(growth=2.0)

    def watch(progress: Progress) -> None:
        nonlocal last, done
        if (table := tables.due(progress, shutil.get_terminal_size((120, 24)).columns)) is not None:
            print(f"\n{table}", file=sys.stderr, flush=True)
        at_end = progress.done == progress.total
        if progress.done == done or (progress.seconds - last < SECONDS_BETWEEN_LINES and not at_end):
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
        parts.append(f"{duration(progress.remaining)} left")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    return ", ".join(parts)
