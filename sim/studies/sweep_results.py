"""The result of a sweep: runs by point, means with intervals, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import batched
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.studies.channels import FRAME
from sim.studies.picks import DRAW, PICK, unit_of
from sim.studies.results import DIFFERENCES, Results, denominator_of, outcome_names
from sim.studies.store import ResultStore
from sim.studies.sweep_tables import point_channels, point_differences, point_levels

AT_ONCE = 8
"""Number of columns of `runs` in memory at a time; another number would change pandas' rounding of some means."""
MANY = 200
"""With more points than this, tables hold only the outcomes that the experiment names, not all national ones."""


class RowPositions(NamedTuple):
    """Positions of the rows of `runs` in a matrix of points and replications.

    `point` and `replication` are indices (rows,) into the labels `points` and `replications`.
    """

    point: np.ndarray
    replication: np.ndarray
    points: pd.Index
    replications: pd.Index


class Sweep(Results):
    """The result of `sweep`: one row of `runs` per point and replication, with a column for each factor."""

    kind = "sweep"

    def __init__(self, folder: Path | str | ResultStore, outcomes: Sequence[str] = ()):
        """Open a result; `outcomes` are the outcomes to show, by default those that its experiment names."""
        super().__init__(folder)
        self.asked = list(outcomes) or self.manifest.get("outcomes") or []
        self._found: dict[tuple[str, str], pd.DataFrame] = {}

    @property
    def factors(self) -> list[str]:
        """Paths of the factors, sorted."""
        return sorted(self.manifest["options"]["factors"])

    @property
    def replications(self) -> int:
        """Number of replications asked for."""
        found: int = self.manifest["replications"]
        return found

    @cached_property
    def columns(self) -> list[str]:
        """Columns of `runs`."""
        return self.store.columns("runs")

    @cached_property
    def outcomes(self) -> list[str]:
        """Names of all outcomes."""
        return [name for name in outcome_names(pd.DataFrame(columns=self.columns)) if name not in self.factors]

    @property
    def shown(self) -> list[str]:
        """Outcomes that the experiment names; the national ones if it names none."""
        national = [name for name in self.outcomes if ":" not in name and not name.endswith("_2027")]
        return [name for name in self.asked if name in self.outcomes] or national

    @cached_property
    def points(self) -> pd.DataFrame:
        """Values of the factors by point, in the order of the points."""
        runs = self.store.frame("runs", ["scenario", *self.factors])
        return runs.drop_duplicates("scenario").set_index("scenario").sort_index()

    @property
    def scenarios(self) -> list[str]:
        """Keys of the points that were run."""
        return list(self.points.index)

    def matrix(self, outcome: str) -> pd.DataFrame:
        """An outcome by point (rows) and replication (columns); NaN where a run failed or defines none."""
        return dict(self._matrices([outcome]))[outcome]

    def _matrices(self, outcomes: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
        places = self._places
        for names in batched(outcomes, AT_ONCE):
            runs = self.store.read("runs", names)
            for name in names:
                values = np.full((len(places.points), len(places.replications)), np.nan)
                values[places.point, places.replication] = runs[name].to_numpy()
                yield name, pd.DataFrame(values, places.points, places.replications)

    @cached_property
    def _places(self) -> RowPositions:
        runs = self.store.read("runs", ["scenario", "replication"], coded=["scenario"]).unify_dictionaries()
        keys = runs["scenario"].combine_chunks()
        points, rank = np.unique(np.array(keys.dictionary.to_pylist(), dtype=object), return_inverse=True)
        replications, replication = np.unique(runs["replication"].to_numpy(), return_inverse=True)
        names = pd.Index(points, name="scenario"), pd.Index(replications, name="replication")
        return RowPositions(rank[keys.indices.to_numpy()], replication, *names)

    @cached_property
    def reference(self) -> str | None:
        """Key of the point with which the others are compared; None for random designs."""
        options = self.manifest["options"]
        if options["design"] not in ("grid", "list"):
            return None
        return options.get("reference") or self.scenarios[0]  # older folders do not name it

    @cached_property
    def compared(self) -> list[str]:
        """Keys of the points that are compared with the reference."""
        return [key for key in self.scenarios if key != self.reference] if self.reference in self.scenarios else []

    @cached_property
    def draws(self) -> np.ndarray | None:
        """Number of the draw of each replication; None if all had the same parameters."""
        if self.manifest["options"].get("draws", 1) < 2:
            return None
        found = np.zeros(len(self._places.replications), dtype=int)
        unit = unit_of(self.columns) or DRAW
        found[self._places.replication] = self.store.read("runs", [unit])[unit].to_numpy()
        return found

    @property
    def _numbered(self) -> pd.DataFrame:
        return self.store.frame("runs", [name for name in (DRAW, PICK) if name in self.columns])

    @property
    def draws_used(self) -> int:
        """Number of parameter draws among the worlds; 0 if all had the same parameters."""
        return 0 if self.draws is None else np.unique(self.draws).size

    @cached_property
    def tabulated(self) -> list[str]:
        """Outcomes in the tables, sorted: those shown, and national ones unless there are more than `MANY` points."""
        few = len(self.points) <= MANY or not self.asked
        return sorted({*self.shown, *(name for name in self.outcomes if few and ":" not in name)})

    def level_of(self, outcome: str) -> pd.DataFrame:
        """Expected level of an outcome at each point: rows of `summary`."""
        return self._of("levels", outcome)

    def difference_of(self, outcome: str) -> pd.DataFrame:
        """Effect of each other point on an outcome against the reference: rows of `differences`."""
        return self._of("effects", outcome)

    def _of(self, what: str, outcome: str) -> pd.DataFrame:
        if (what, outcome) not in self._found:
            self._found[what, outcome] = next(getattr(self, f"_{what}")([outcome]))
        return self._found[what, outcome]

    @property
    def summary(self) -> pd.DataFrame:
        """Levels of the outcomes `tabulated`, one outcome after another: see `sim.studies.results.SUMMARY`."""
        return pd.concat(self._levels(self.tabulated), ignore_index=True)

    @property
    def differences(self) -> pd.DataFrame:
        """Effects on the outcomes `tabulated`, one outcome after another: see `sim.studies.results.DIFFERENCES`.

        Worlds and parameter draws are the same at all points, so differences are far more precise than levels. Empty
        for random designs, which have no reference.
        """
        nothing = pd.DataFrame(columns=DIFFERENCES)
        return pd.concat(self._effects(self.tabulated), ignore_index=True) if self.compared else nothing

    @property
    def channels(self) -> pd.DataFrame:
        """Channels of the differences of `tabulated`: see `sim.studies.channels.FRAME`; empty if runs have none."""
        return self.channels_of(self.tabulated)

    def channels_of(self, outcomes: Sequence[str]) -> pd.DataFrame:
        """Channels of the differences of some outcomes, as in `channels`."""
        found = list(self._channels(outcomes))
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=FRAME)

    def write_tables(self) -> None:
        """Write `summary.csv` and, if points are compared, `differences.csv` and `channels.csv`, in small pieces."""
        self.store.write_csv("summary", self._levels(self.tabulated))
        if self.compared:
            self.store.write_csv("differences", self._effects(self.tabulated))
        if self._parts_of(self.tabulated):
            self.store.write_csv("channels", self._channels(self.tabulated))

    def _levels(self, outcomes: Sequence[str]) -> Iterator[pd.DataFrame]:
        below = {name: denominator_of(name, self.columns) or "" for name in outcomes}
        for names in batched(outcomes, AT_ONCE):
            values = dict(self._matrices([*dict.fromkeys([*names, *(below[name] for name in names if below[name])])]))
            for name in names:
                yield point_levels(name, values[name], self.draws, values.get(below[name]))

    def _effects(self, outcomes: Sequence[str]) -> Iterator[pd.DataFrame]:
        for name, values in self._matrices(outcomes):
            yield point_differences(name, values, str(self.reference), self.draws, self.idle, self.effective_draws)

    def _channels(self, outcomes: Sequence[str]) -> Iterator[pd.DataFrame]:
        for name, values in self._matrices(self._parts_of(outcomes)):
            yield point_channels(name, values, str(self.reference), self.draws, self.idle)

    def _parts_of(self, outcomes: Sequence[str]) -> list[str]:
        """Columns of `runs` that hold the channels of these outcomes."""
        parts = [name for name in self.columns if "/" in name and name.partition("/")[0] in outcomes]
        return parts if self.compared else []


def is_numeric(levels: pd.Series) -> bool:
    """Whether all levels are known numbers; booleans do not count, although pandas calls them numeric."""
    numeric = pd.api.types.is_numeric_dtype(levels) and not pd.api.types.is_bool_dtype(levels)
    return bool(numeric and levels.notna().all())


def level_text(value: Any) -> str:
    """A level as an experiment file writes it; `not given` for null."""
    if value is None or value != value:
        return "not given"
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
