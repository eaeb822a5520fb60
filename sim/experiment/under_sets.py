"""One question under two parameter sets that fit the headlines equally well: how far the choice of a set matters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from sim.experiment.execution import Workers
from sim.experiment.results import Results
from sim.experiment.session import Watcher, sitting
from sim.experiment.statistics import Difference, paired_difference
from sim.experiment.store import ResultStore
from sim.experiment.study import Extent, Study
from sim.experiment.worlds import Runner

if TYPE_CHECKING:
    from sim.scenario import Scenario

SIX_AND_TEN = ("today", "ten-hubs-2027")
"""Six hubs against ten: asked under each set whenever both policies are compared under the posterior."""
UNDER_SETS = "under-sets"
"""The folder of the answer, in that of the comparison."""
FEWER = 4
"""One replication for so many of the comparison: the sets differ by more than chance."""


class UnderSets(Results):
    """Six hubs against ten under each named set, in the same worlds."""

    kind = "under-sets"

    @property
    def sets(self) -> list[str]:
        """Names of the sets."""
        return self.manifest["options"]["sets"]

    def key(self, policy: str, name: str) -> str:
        """What `policy` is called under the set `name`."""
        return f"{policy} ({name})"

    def difference(self, name: str, outcome: str) -> Difference:
        """Paired difference of ten hubs from six under a set."""
        reference, policy = (self.values(self.key(key, name), outcome) for key in SIX_AND_TEN)
        return paired_difference(policy, reference)

    @property
    def differences(self) -> pd.DataFrame:
        """Paired difference of each outcome under each set, with Student's 95 % interval (chance only)."""
        rows = []
        for name in self.sets:
            for outcome in self.outcomes:
                found = self.difference(name, outcome)
                rows.append(
                    {
                        "scenario": self.key(SIX_AND_TEN[1], name),
                        "reference": self.key(SIX_AND_TEN[0], name),
                        "outcome": outcome,
                        "difference": found.mean,
                        "ci_low": found.low,
                        "ci_high": found.high,
                        "n": found.n,
                    }
                )
        return pd.DataFrame(rows)


def ask_under_sets(
    policies: Sequence[Scenario],
    comparison: Results,
    workers: Workers,
    command: str,
    watch: Watcher | None,
    runner: Runner,
) -> None:
    """Run the question under each set, in a quarter of the worlds of a comparison, into its folder."""
    from sim.analysis.parameter_sets import SETS, under_sets

    study = Study(
        UnderSets.kind,
        tuple(under_sets(policies)),
        comparison.manifest["seed"],
        record=(),
        options={"sets": list(SETS)},
    )
    extent = Extent(math.ceil(comparison.replications / FEWER))
    base = comparison.folder / UNDER_SETS
    with sitting(
        study, extent, base, command=command, workers=workers, runner=runner, watch=watch, summarise=_write_tables
    ) as (_, session):
        if session is not None:
            session.expect(extent.replications * len(study.scenarios))
            session.run(study.chunk(position) for position in range(extent.replications))


def _write_tables(store: ResultStore) -> None:
    UnderSets(store.folder).write("summary", "differences")
