"""The month as the code runs it: each step with the columns that it reads and writes and the streams that it draws.

All of it is read from the source of `Bundle.live` and of the processes, by `sim.report.schedule.reading`.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from sim import processes
from sim.model.bundle import Bundle
from sim.report.schedule.reading import SourceReader, Touched, body_of


@dataclass(frozen=True)
class Step:
    """One step of the month.

    Args:
        name: name of the process, or of the step between processes.
        process: the module whose `act` it is; None for a step between processes.
        sentence: what the step does.
        reads: columns of startups that it looks at, as they are or as they were at the start of the month.
        writes: columns that it may change.
        draws: random streams that it may draw from.
    """

    name: str
    process: ModuleType | None
    sentence: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    draws: tuple[str, ...]

    def touches(self, quote: str = "") -> str:
        """What the step reads, writes and draws, with `quote` around each name; empty if nothing."""
        every = "every column of the new rows" if len(self.writes) > len(processes.COLUMNS) else ""
        named = {"reads": self.reads, "writes": () if every else self.writes, "draws": self.draws}
        parts = [
            f"{verb} " + ", ".join(f"{quote}{column}{quote}" for column in names)
            for verb, names in named.items()
            if names
        ]
        return "; ".join([*parts, f"writes {every}"] if every else parts)


@cache
def steps() -> tuple[Step, ...]:
    """The month in order."""
    return tuple(_steps())


def _steps() -> Iterator[Step]:
    for statement in body_of(Bundle.live):
        if isinstance(statement, ast.For) and isinstance(statement.iter, ast.Name):
            for process in getattr(processes, statement.iter.id):
                seen = SourceReader(Bundle).seen(process.act)
                yield _step(process.__name__.rpartition(".")[2], process, process.act, seen)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            function, seen = SourceReader(Bundle).seen_of(statement.value, Bundle.live)
            yield _step(function.__name__.strip("_").replace("_", " "), None, function, seen)


def _step(name: str, process: ModuleType | None, function: Any, seen: Touched) -> Step:
    columns = ("key", *processes.COLUMNS)
    return Step(
        name,
        process,
        (inspect.getdoc(function) or "").partition("\n")[0],
        tuple(column for column in columns if column in seen.reads),
        tuple(column for column in columns if column in seen.writes),
        tuple(stream for stream in processes.STREAMS if stream in seen.draws),
    )
