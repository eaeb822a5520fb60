"""Compares six with ten hubs under each named parameter set, to show how far the result depends on the set.

The sets fit the published headline figures equally well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from sim.studies.execution import Workers
from sim.studies.results import DIFFERENCES, Results, row_of
from sim.studies.session import OnProgress, open_session
from sim.studies.statistics import Effect, Effects
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study
from sim.studies.worlds import Runner

if TYPE_CHECKING:
    from sim.scenario import Scenario

SIX_AND_TEN = ("today", "ten-hubs-2027")
"""Six and ten hubs: compared under each set if a comparison under the posterior has both policies."""
UNDER_SETS = "under-sets"
"""Name of the result's folder inside the folder of the comparison."""
REPLICATIONS_PER_RUN = 4
"""One replication is run for every four of the comparison, because differences between sets exceed chance."""


class UnderSets(Results):
    """Six hubs against ten under each named set, in the same worlds."""

    kind = "under-sets"

    @property
    def sets(self) -> list[str]:
        """Names of the sets."""
        found: list[str] = self.manifest["options"]["sets"]
        return found

    def key(self, policy: str, name: str) -> str:
        """Key of the scenario `policy` under the set `name`."""
        return f"{policy} ({name})"

    def difference(self, name: str, outcome: str) -> Effect:
        """Effect of ten hubs against six on an outcome under the set `name`."""
        return next(iter(self._found(name, [outcome])))

    def _found(self, name: str, outcomes: Sequence[str]) -> Effects:
        reference, policy = (self.key(key, name) for key in SIX_AND_TEN)
        return self.effects(policy, reference, outcomes)

    @property
    def differences(self) -> pd.DataFrame:
        """Effects of ten hubs against six under each set: columns of `DIFFERENCES`; intervals cover chance only."""
        rows = [
            row_of((self.key(SIX_AND_TEN[1], name), self.key(SIX_AND_TEN[0], name)), outcome, found)
            for name in self.sets
            for outcome, found in zip(self.outcomes, self._found(name, self.outcomes), strict=True)
        ]
        return pd.DataFrame(rows, columns=DIFFERENCES)


def ask_under_sets(
    policies: Sequence[Scenario],
    comparison: Results,
    workers: Workers,
    command: str,
    progress: OnProgress | None,
    runner: Runner,
) -> None:
    """Run both policies under each set in a quarter of the comparison's worlds; results go into its folder."""
    from sim.parameters.sets import SETS, scenarios_under_sets

    study = Study(
        UnderSets.kind,
        tuple(scenarios_under_sets(policies)),
        comparison.manifest["seed"],
        record=(),
        options={"sets": list(SETS)},
    )
    extent = Extent(math.ceil(comparison.replications / REPLICATIONS_PER_RUN))
    base = comparison.folder / UNDER_SETS
    with open_session(
        study, extent, base, command=command, workers=workers, runner=runner, progress=progress, summarise=_write_tables
    ) as (_, session):
        if session is not None:
            session.expect(extent.replications * len(study.scenarios))
            session.run(study.chunk(position) for position in range(extent.replications))


def _write_tables(store: ResultStore) -> None:
    UnderSets(store).write("summary", "differences")
