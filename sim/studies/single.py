"""One world on its own, followed month by month: `hubsim run`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.parameters.draws import FIXED, POSTERIOR, draws_of, parameters_name
from sim.scenario.asked import number
from sim.studies.display import as_text, grid
from sim.studies.execution import Progress
from sim.studies.following import Follow
from sim.studies.policies import all_scenarios
from sim.studies.prices import MEDIAN, at_prices, price_option
from sim.studies.results import Results, denominator_of
from sim.studies.session import Watcher, sitting
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study, result_folder
from sim.studies.tabulation import known_outcomes, with_unit, without_nan
from sim.system.paths import file_name

if TYPE_CHECKING:
    from sim.scenario import Scenario

TYPICAL = "parameters: typical defaults where the scenario sets none, see docs/calibration.md"


class World(Results):
    """The result of `run`: one scenario in one world."""

    kind = "run"

    @property
    def parameters(self) -> str:
        """What the world lived under: `fixed`, the typical defaults, or what `--parameters` named."""
        return self.manifest["options"].get("parameters", FIXED)

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """The national series, one row a month."""
        return self.store.frame("monthly")

    def table(self, width: int = 120) -> str:
        """Lay out the national outcomes as text of at most `width` columns."""
        rows = []
        values = self.runs.iloc[0]
        for name, declared in known_outcomes().items():
            if name in self.outcomes:
                below = denominator_of(name, self.runs.columns)
                of = f"{values[below]:,.0f}" if below else ""
                rows.append((name, with_unit(values[name], name), of, declared.sentence))
        months = self.monthly["month"]
        when = f", {months.iloc[0]} to {months.iloc[-1]}" if len(months) else ""
        return as_text(
            f"{self.scenarios[0]}{when}, seed {values['seed']}, "
            f"replication {values['replication']}{self._drawn()}. "
            "One world: another seed gives other numbers; `hubsim compare` says by how much.",
            *self.remarks,
            *([TYPICAL] if self.parameters == FIXED else []),
            grid(("outcome", "value", "of", "what it counts"), rows),
            width=width,
        )

    def _drawn(self) -> str:
        if "draw" not in self.runs:
            return ""
        return f", under draw {self.runs['draw'].iloc[0]} of {self.manifest['options']['parameters']}"

    def as_dict(self) -> dict[str, Any]:
        """Give outcomes with their denominators as plain data, undefined values as None."""
        values = self.runs.iloc[0]
        outcomes = {}
        for name in self.outcomes:
            below = denominator_of(name, self.runs.columns)
            outcomes[name] = {"value": float(values[name])} | ({"n": float(values[below])} if below else {})
        head = {
            "scenario": self.scenarios[0],
            "seed": int(values["seed"]),
            "replication": int(values["replication"]),
            **({"draw": int(values["draw"])} if "draw" in values else {}),
            "parameters": self.parameters,
        }
        return without_nan({**head, "folder": str(self.folder), "outcomes": outcomes})


def run_single(
    scenario: Scenario | str | PathLike[str],
    *,
    seed: int = 1,
    replication: int = 0,
    parameters: str | PathLike[str] = FIXED,
    prices: str = MEDIAN,
    draw: int | None = None,
    agents: bool = False,
    out: Path | str | None = None,
    progress: Watcher | None = None,
    remark: Callable[[str], None] | None = None,
    command: str | None = None,
) -> World:
    """Run one scenario in one world and keep its tables; with `agents`, one row per startup and month.

    `parameters` and `prices` as in `compare`; with `posterior` it is the same world as that replication of a
    comparison. With a number `draw` it lives under that draw of them, of the posterior if they are `fixed`: the
    number that a comparison tells of each of its runs.

    Raises StudyError, StudyStoppedError and StudyInterrupted as `compare` does. A failed run leaves a
    folder whose manifest tells the stage and the error.
    """
    replication = number("replication", replication)
    [scenario] = at_prices(all_scenarios([scenario]), prices)
    parameters = parameters_name(parameters)
    options = {"agents": agents, **price_option(prices)}
    draws = draws_of(POSTERIOR if draw is not None and parameters == FIXED else parameters)
    if draw is not None:
        draws = draws.at(number("draw", draw))
    study = Study("run", (scenario,), seed, first=replication, options=options, draws=draws)
    base = Path("results") / file_name(scenario.key) if out is None else result_folder(out)
    shown = Progress(scenario.months)

    def tell(months: int) -> None:
        shown.done = months
        if progress:
            progress(shown)

    follow = Follow(scenario, tell)
    with sitting(
        study,
        Extent(1),
        base,
        command=command
        or f"sim.run_single({scenario.key}, seed={seed}, replication={replication}, parameters={parameters!r}, "
        f"prices={prices!r}, draw={draw})",
        workers=1,
        runner=follow,
        remark=remark,
        summarise=_write_tables,
    ) as (store, session):
        if session is not None:
            follow.agents = store.path("agents") if agents else None
            session.run([study.chunk(0)])
    return World(store)


def _write_tables(store: ResultStore) -> None:
    world = World(store)
    world.write("summary")
    if store.has("monthly"):
        world.write("monthly")
