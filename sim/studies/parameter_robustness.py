"""Compares six with ten hubs under each named parameter set, to show how far the result depends on the set.

The sets fit the published headline figures equally well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.parameters.draws import POSTERIOR
from sim.studies.results import DIFFERENCES, Results, row_of
from sim.studies.session import Beside, open_session
from sim.studies.statistics import Effect
from sim.studies.store import ResultStore
from sim.studies.study import Extent, Study

SIX_AND_TEN = ("today", "ten-hubs-2027")
"""Six and ten hubs: compared under each set if a comparison under the posterior has both policies."""
SETS_FOLDER, OLDER_SETS_FOLDER = "parameter-sets", "under-sets"
"""Name of the result's folder inside the folder of the comparison, and its name in older ones."""
REPLICATIONS_PER_RUN = 4
"""One replication is run for every four of the comparison, because differences between sets exceed chance."""


class UnderSets(Results):
    """Six hubs against ten under each named set, in the same worlds."""

    kind = "under-sets"  # identifies the study, so it stays what it was

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
        return next(iter(self.effects([self._pair(name)], [outcome])))

    def _pair(self, name: str) -> tuple[str, str]:
        """Keys of ten hubs and of six under the set `name`."""
        six, ten = SIX_AND_TEN
        return self.key(ten, name), self.key(six, name)

    @property
    def differences(self) -> pd.DataFrame:
        """Effects of ten hubs against six under each set: columns of `DIFFERENCES`; intervals cover chance only."""
        pairs = [self._pair(name) for name in self.sets]
        asked = [(pair, outcome) for pair in pairs for outcome in self.outcomes]
        found = self.effects(pairs, self.outcomes)
        rows = [row_of(pair, outcome, effect) for (pair, outcome), effect in zip(asked, found, strict=True)]
        return pd.DataFrame(rows, columns=DIFFERENCES)


def sets_folder(comparison: Path) -> Path:
    """The result's folder inside the folder of a comparison, whether it exists or not."""
    older = comparison / OLDER_SETS_FOLDER
    return older if older.exists() else comparison / SETS_FOLDER


@dataclass(frozen=True)
class AskUnderSets:
    """Both policies under each set, in a quarter of the worlds of a comparison; results go into its folder.

    Attributes:
        study: the runs.
        how: further arguments of `open_session`, as for the comparison.
    """

    study: Study
    how: Mapping[str, Any]

    @classmethod
    def of(cls, comparison: Study, **how: Any) -> AskUnderSets | None:
        """What to ask beside a comparison.

        None if it lacks one of the policies, or is not under the posterior, or if its country has no named sets.
        """
        from sim.parameters.sets import scenarios_under_sets, set_files

        policies = [scenario for scenario in comparison.scenarios if scenario.key in SIX_AND_TEN]
        if comparison.options_with_draws.get("parameters") != POSTERIOR or len(policies) < len(SIX_AND_TEN):
            return None
        if not (names := list(set_files())):
            return None
        scenarios = tuple(scenarios_under_sets(policies))
        return cls(Study(UnderSets.kind, scenarios, comparison.seed, record=(), options={"sets": names}), how)

    @contextmanager
    def beside(self, store: ResultStore, replications: int) -> Iterator[Beside | None]:
        """Open the session of a comparison of so many replications in `store`.

        Yields:
            The session with its chunks, to be run in the block; None if all was run before.
        """
        extent = Extent(math.ceil(replications / REPLICATIONS_PER_RUN))
        base = store.at(sets_folder(store.folder))
        with open_session(self.study, extent, base, summarise=_write_tables, **self.how) as (_, session):
            if session is None:
                yield None
                return
            session.expect(extent.replications * len(self.study.scenarios))
            yield session, [self.study.chunk(position) for position in range(extent.replications)]


def _write_tables(store: ResultStore) -> None:
    UnderSets(store).write("summary", "differences")
