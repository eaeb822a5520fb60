"""Progress of a study: a bar on a terminal, else a line every `SECONDS_BETWEEN_LINES` seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sim.studies.execution import Progress, minutes
from sim.studies.session import OnProgress

SECONDS_BETWEEN_LINES = 10.0
"""Seconds between plain lines."""


@contextmanager
def shown_progress(unit: str, quiet: bool = False) -> Iterator[OnProgress]:
    """Yield a function that shows how many `unit` (runs, months) are done."""
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty():
        yield from _bar(unit)
    else:
        yield _lines(unit)


def _bar(unit: str) -> Iterator[OnProgress]:
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


def _lines(unit: str) -> OnProgress:
    last, done = 0.0, 0

    def watch(progress: Progress) -> None:
        nonlocal last, done
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
        parts.append(f"{minutes(progress.remaining)} left")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    return ", ".join(parts)
