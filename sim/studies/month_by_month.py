"""Runs one world month by month: the runner of `hubsim run`, whose study has a single chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as parquet

from sim.declare.calendar import month_after
from sim.studies import tables
from sim.studies.disk import DISK
from sim.studies.worlds import RunResult, describe, measured

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.studies.study import Chunk

Look = Callable[[Any, int], None]
"""A function that is called after each month with the model and the number of months done."""


@dataclass
class RunMonthByMonth:
    """Runs a scenario and calls `on_month` with the number of months done after each month.

    If `agents` is a path, a Parquet file there gets one row per startup and month; `labelled` describes its columns.
    """

    scenario: Scenario
    on_month: Callable[[int], None]
    agents: Path | None = None
    labelled: Callable[[str, pa.Schema], pa.Schema] | None = None

    def __call__(self, chunk: Chunk, root: int, record: tuple[str, ...]) -> Iterator[RunResult]:
        """Run the world of a chunk under its draw."""
        from sim.model.ecosystem import EcosystemModel

        stage = "build"
        try:
            living = self.scenario if chunk.draw is None else chunk.draw.under(self.scenario)
            model = EcosystemModel(living, rng=root, replication=chunk.replication)
            stage = "run"
            with _agents_file(self, chunk) as look:
                for month in range(1, self.scenario.months + 1):
                    model.run_until(month)
                    look(model, month)
                    self.on_month(month)
            stage = "measure"
            yield measured(model, living, record)
        except OSError:
            raise
        except Exception as error:
            yield RunResult(self.scenario.key, stage=stage, error=describe(error))


@contextmanager
def _agents_file(runner: RunMonthByMonth, chunk: Chunk) -> Iterator[Look]:
    """Yield a function that appends each month's startups to a Parquet file, which appears when it is complete."""
    path, scenario, labelled = runner.agents, runner.scenario, runner.labelled
    if path is None:
        yield lambda model, done: None
        return
    from sim.model.history import REPORTED_FROM

    with ExitStack() as stack:
        file = stack.enter_context(DISK.writing(path))
        writer: parquet.ParquetWriter | None = None

        def look(model: Any, done: int) -> None:
            nonlocal writer
            month = month_after(scenario.start, done - 1)
            early = month < REPORTED_FROM
            if early and done < scenario.months:
                return
            startups = model.startups_table()[: 0 if early else None]
            plain = tables.to_arrow(
                "agents", startups, scenario=scenario.key, replication=chunk.replication, month=month
            )
            table = tables.dated(plain)
            if writer is None:
                schema = labelled("agents", table.schema) if labelled else table.schema
                writer = stack.enter_context(parquet.ParquetWriter(file, schema, **tables.LAYOUT))
            writer.write_table(table)

        yield look
