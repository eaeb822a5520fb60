"""Runs one scenario in one world: `hubsim run`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sim.parameters.draws import FIXED, draws_at, parameters_name, told_weights
from sim.scenario.arguments import number
from sim.studies.described import labelled
from sim.studies.execution import Progress
from sim.studies.lookup import all_scenarios
from sim.studies.month_by_month import RunMonthByMonth
from sim.studies.prices import MEDIAN, at_prices, price_option
from sim.studies.results import Results
from sim.studies.session import OnProgress, open_session
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study, result_folder
from sim.system.paths import file_name

if TYPE_CHECKING:
    from sim.scenario import Scenario


class SingleRun(Results):
    """The result of `run`: one scenario in one world."""

    kind = "run"

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """The national series, one row per month."""
        return self.store.frame("monthly")


def run_single(
    scenario: Scenario | str | PathLike[str],
    *,
    seed: int = 1,
    replication: int = 0,
    parameters: str | PathLike[str] = FIXED,
    weights: str | PathLike[str] | None = None,
    prices: str = MEDIAN,
    draw: int | None = None,
    agents: bool = False,
    out: Path | str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
    command: str | None = None,
) -> SingleRun:
    """Run one scenario in one world and write its tables.

    A failed run leaves a folder whose manifest states the stage and the error.

    Args:
        scenario: the scenario, or its name or path.
        seed: root seed.
        replication: number of the world; with `posterior` it is the same world as in a comparison.
        parameters: parameters of the world, as in `compare`.
        weights: a file with the weight of each draw, as in `compare`.
        prices: `low`, `median` or `high`, as in `compare`.
        draw: number of the draw to use, from `parameters`, or from the posterior if they are `fixed`. The table `runs`
            of a comparison states the draw of each run.
        agents: whether to write a table with one row per startup and month.
        out: result folder, by default `results/<key of the scenario>`.
        progress: called with a `Progress` after each month.
        remark: called with sentences about the folder.
        command: command that repeats this, for the manifest.

    Raises:
        StudyError, StudyStoppedError, StudyInterrupted: as for `compare`.
    """
    replication = number("replication", replication)
    [scenario] = at_prices(all_scenarios([scenario]), prices)
    parameters = parameters_name(parameters)
    options = {"agents": agents, **price_option(prices)}
    draws = draws_at(parameters, draw, weights)
    study = Study("run", (scenario,), seed, first=replication, options=options, draws=draws)
    base = Path("results") / file_name(scenario.key) if out is None else result_folder(out)
    months = Progress(scenario.months)

    def on_month(done: int) -> None:
        months.done = done
        if progress:
            progress(months)

    runner = RunMonthByMonth(scenario, on_month)
    with open_session(
        study,
        Extent(1),
        base,
        command=command
        or f"sim.run_single({scenario.key}, seed={seed}, replication={replication}, parameters={parameters!r}, "
        f"{told_weights(draws)}prices={prices!r}, draw={draw})",
        workers=1,
        runner=runner,
        remark=remark,
        summarise=_write_tables,
    ) as (store, session):
        if session is not None:
            runner.agents, runner.labelled = (store.path("agents"), labelled) if agents else (None, None)
            session.run([study.chunk(0)])
    return SingleRun(store)


def _write_tables(store: ResultStore) -> None:
    world = SingleRun(store)
    world.write("summary")
    if store.has("monthly"):
        world.write("monthly")
