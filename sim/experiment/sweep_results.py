"""What a sweep leaves behind: runs by point, means with intervals, tables and figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import batched
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet

from sim.experiment import tables
from sim.experiment.display import as_text
from sim.experiment.results import Results, denominator_of, outcome_names
from sim.experiment.statistics import student_quantile
from sim.experiment.tabulation import SHOWN as HEADLINES
from sim.experiment.tabulation import blocks, count, interval, without_nan, wrapped

AT_ONCE = 8
"""Columns of `runs` that are in memory together. With more or fewer, pandas rounds some means differently."""

SUMMARY = ["mean", "sd", "ci_low", "ci_high", "n", "denominator"]
DIFFERENCES = ["difference", "ci_low", "ci_high", "n", "sd_paired", "sd_unpaired"]

Columns = tuple[np.ndarray, ...]
"""Columns of a table for one outcome, each with a number for every point."""

SHOWN = 60
"""Points in the printed table; `summary.csv` has all of them."""


class Places(NamedTuple):
    """Where the rows of `runs` stand in a matrix of all points and replications."""

    point: np.ndarray
    replication: np.ndarray
    points: pd.Index
    replications: pd.Index


class Sweep(Results):
    """The result of `sweep`: one row of `runs` per point and replication, with a column for each factor."""

    kind = "sweep"

    def __init__(self, folder: Path | str, outcomes: Sequence[str] = ()):
        """Open a result; `outcomes` are those that are shown, by default those that its experiment names."""
        super().__init__(folder)
        self._shown = list(outcomes) or self.manifest.get("outcomes") or []

    @property
    def factors(self) -> list[str]:
        """Paths of the factors, sorted."""
        return sorted(self.manifest["options"]["factors"])

    @property
    def replications(self) -> int:
        """Number of replications asked for."""
        return self.manifest["replications"]

    @cached_property
    def columns(self) -> list[str]:
        """Columns of `runs`."""
        return parquet.read_schema(self.store.path("runs")).names

    @cached_property
    def outcomes(self) -> list[str]:
        """Names of all outcomes."""
        return [name for name in outcome_names(pd.DataFrame(columns=self.columns)) if name not in self.factors]

    @property
    def shown(self) -> list[str]:
        """Outcomes that the experiment asks for; the national ones if it names none."""
        national = [name for name in self.outcomes if ":" not in name and not name.endswith("_2027")]
        return [name for name in self._shown if name in self.outcomes] or national

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
            runs = tables.read(self.store.path("runs"), names)
            for name in names:
                values = np.full((len(places.points), len(places.replications)), np.nan)
                values[places.point, places.replication] = runs[name].to_numpy()
                yield name, pd.DataFrame(values, places.points, places.replications)

    @cached_property
    def _places(self) -> Places:
        runs = self.store.frame("runs", ["scenario", "replication"])
        point, points = pd.factorize(runs["scenario"], sort=True)
        replication, replications = pd.factorize(runs["replication"], sort=True)
        names = pd.Index(points, name="scenario"), pd.Index(replications, name="replication")
        return Places(point, replication, *names)

    @cached_property
    def _told(self) -> list[str]:
        """Outcomes in the tables: the national ones, and those that are shown."""
        return list(dict.fromkeys([*(name for name in self.outcomes if ":" not in name), *self.shown]))

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Mean of each outcome at each point, with Student's 95 % interval: as in other studies."""
        return _long(SUMMARY, self._places.points, self._told, self._summaries())

    def _summaries(self) -> Iterator[Columns]:
        below = {name: denominator_of(name, self.columns) for name in self._told}
        for names in batched(self._told, AT_ONCE):
            denominators = (column for name in names if (column := below[name]))
            mean, sd, count = self._moments(dict.fromkeys([*names, *denominators]))
            for name in names:
                level, spread, n = (frame[name].to_numpy() for frame in (mean, sd, count))
                column = below[name]
                denominator = mean[column].to_numpy() if column else np.full(len(level), np.nan)
                yield level, spread, *_interval(level, spread, n), n, denominator

    def _moments(self, columns: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Mean, standard deviation and number of values at each point."""
        grouped = self.store.frame("runs", list(columns)).groupby(self._places.point)
        return grouped.mean(), grouped.std(), grouped.count()

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Paired difference of each outcome from the first point, with Student's 95 % interval.

        The worlds are the same at all points, so these are far surer than the means. Only for a grid or
        a list; empty for designs that draw their points, where the first is no better than any other.
        """
        if self.manifest["options"]["design"] not in ("grid", "list") or len(self.points) < 2:
            return pd.DataFrame(columns=["scenario", "reference", "outcome", *DIFFERENCES])
        first, *others = self._places.points
        found = _long(DIFFERENCES, others, self._told, self._differences())
        found.insert(1, "reference", first)
        return found

    def _differences(self) -> Iterator[Columns]:
        for _, values in self._matrices(self._told):
            paired, sd = values.iloc[1:] - values.iloc[0], values.std(axis=1).to_numpy()
            mean, spread, n = (
                found.to_numpy() for found in (paired.mean(axis=1), paired.std(axis=1), paired.count(axis=1))
            )
            yield mean, *_interval(mean, spread, n), n, spread, np.hypot(sd[1:], sd[0])

    def table(self, width: int = 120) -> str:
        """Lay out the first points: paired differences from the first of them, or means in designs that draw."""
        keys = list(self.points.index[:SHOWN])
        shown = self._shown or [name for name in HEADLINES if name in self.outcomes] or self.shown
        columns = {outcome: self._cells(outcome, keys) for outcome in shown if outcome in self.outcomes}
        more = len(self.points) - len(keys)
        below = "Below: paired difference from it" if len(self.differences) else "Mean"
        return as_text(
            f"{count(len(self.points), 'point')}, {count(self.replications, 'replication')}, "
            f"seed {self.manifest['seed']}. {'First row: mean. ' if len(self.differences) else ''}{below} ± half-width "
            "of its 95 % interval (chance only).",
            *blocks(self._point_columns(keys, width), columns, width),
            f"summary.csv has {f'{more:,} more points and ' if more > 0 else ''}all outcomes.",
            *self._notes(),
            width=width,
        )

    def _cells(self, outcome: str, keys: Sequence[str]) -> list[str]:
        levels, pairs = (
            frame[frame["outcome"] == outcome].set_index("scenario") for frame in (self.summary, self.differences)
        )
        cells = []
        for key in keys:
            own: Any = pairs.loc[key] if key in pairs.index else levels.loc[key]
            paired = key in pairs.index
            value = own["difference"] if paired else own["mean"]
            low, high = float(own["ci_low"]), float(own["ci_high"])
            cells.append(interval(float(value), low, high, outcome, signed=paired))
        return cells

    def _point_columns(self, keys: Sequence[str], width: int) -> dict[str, list[str]]:
        """The factors that vary as columns; the names of the points where these would take half the width."""
        varying = [path for path in self.factors if self.points[path].nunique(dropna=False) > 1]
        columns = {
            wrapped(path.replace(".", " ")): [_plain(value) for value in self.points[path].loc[list(keys)]]
            for path in varying
        }
        if columns and sum(max(map(len, (*cells, " " * 10))) + 2 for cells in columns.values()) <= width // 2:
            return columns
        return {"point": list(keys)}

    def _notes(self) -> Iterator[str]:
        if failures := self.failures:
            runs = self.manifest["runs"]
            yield (
                f"{runs['failed']:,} of {sum(runs.values()):,} runs failed. The first: {failures[0]['error']}. "
                f"Repeat it alone: {failures[0]['command']}"
            )
        if len(self.differences):
            yield "Rank by national counts: rates of the admitted concern different startups at each point."

    def as_dict(self) -> dict[str, Any]:
        """The table as plain data."""
        by_point, paired = (_by_point(frame) for frame in (self.summary, self.differences))
        points = []
        for key, values in self.points.iterrows():
            rows = by_point[key]
            outcomes: dict[str, dict[str, Any]] = {
                name: {
                    "mean": float(rows["mean"][name]),
                    "ci": [float(rows["ci_low"][name]), float(rows["ci_high"][name])],
                    "n": int(rows["n"][name]),
                }
                for name in self.shown
            }
            for name in self.shown if key in paired else ():
                own = paired[key].loc[name]
                outcomes[name]["difference"] = {
                    "mean": float(own["difference"]),
                    "ci": [float(own["ci_low"]), float(own["ci_high"])],
                    "n": int(own["n"]),
                }
            points.append({"scenario": key, "factors": values.to_dict(), "outcomes": outcomes})
        return without_nan(
            {
                "replications": self.replications,
                "seed": self.manifest["seed"],
                "folder": str(self.folder),
                "failures": self.failures,
                "points": points,
            }
        )

    def report(self) -> None:
        """Write the report in English; `hubsim report` has the other languages."""
        from sim.report import write_report

        write_report(self)

    def draw(self, language: str = "en") -> list[Path]:
        """Draw the figures of a sweep into the folder; return the paths of the files."""
        from sim.figures.sweep_drawing import draw_sweep

        paths = draw_sweep(self, language)
        figures = sorted(path.relative_to(self.folder).as_posix() for path in paths)
        self.manifest = self.store.note(figures=figures)
        return paths


def _interval(mean: np.ndarray, sd: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of Student's 95 % interval of each mean of `n` values."""
    sizes, places = np.unique(n, return_inverse=True)
    half = np.array([student_quantile(int(size)) for size in sizes])[places] * sd / np.sqrt(np.maximum(n, 1))
    return mean - half, mean + half


def _long(columns: list[str], points: Iterable[str], outcomes: Sequence[str], found: Iterable[Columns]) -> pd.DataFrame:
    """A table with a row for each point and outcome, both sorted, from the columns of each outcome."""
    pairs = pd.MultiIndex.from_product([points, sorted(outcomes)], names=["scenario", "outcome"])
    values = (np.stack(parts, axis=1)[:, np.argsort(outcomes)].ravel() for parts in zip(*found, strict=True))
    return pd.DataFrame(dict(zip(columns, values, strict=bool(outcomes))), pairs, columns).reset_index()


def _by_point(frame: pd.DataFrame) -> dict[Any, Any]:
    """The rows of each point by outcome."""
    return {key: rows.set_index("outcome") for key, rows in frame.groupby("scenario")}


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
