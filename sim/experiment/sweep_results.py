"""What a sweep leaves behind: runs by point, means with intervals, tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet

from sim.experiment.display import as_text, grid
from sim.experiment.results import Results, denominator_of, outcome_names
from sim.experiment.statistics import student_quantile
from sim.experiment.tabulation import change, unit_of, without_nan

AT_ONCE = 8
"""Columns of `runs` that are in memory together."""

SHOWN = 60
"""Points in the printed table; `summary.csv` has all of them."""


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
        table = parquet.read_table(self.store.path("runs"), columns=["scenario", *self.factors])
        return table.to_pandas().drop_duplicates("scenario").set_index("scenario").sort_index()

    @property
    def scenarios(self) -> list[str]:
        """Keys of the points that were run."""
        return list(self.points.index)

    def matrix(self, outcome: str) -> pd.DataFrame:
        """An outcome by point (rows) and replication (columns); NaN where a run failed or defines none."""
        frame = self.store.frame("runs", ["scenario", "replication", outcome])
        return frame.pivot(index="scenario", columns="replication", values=outcome).sort_index().astype(float)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Mean of each outcome at each point, with Student's 95 % interval: as in other studies."""
        columns = ["scenario", "outcome", "mean", "sd", "ci_low", "ci_high", "n", "denominator"]
        found = pd.concat([pd.DataFrame(columns=columns), *self._summaries()]) if self.outcomes else None
        if found is None:  # no run came as far as an outcome
            return pd.DataFrame(columns=columns)
        return found.sort_values(["scenario", "outcome"], ignore_index=True)

    def _summaries(self) -> Iterator[pd.DataFrame]:
        national = [name for name in self.outcomes if ":" not in name]
        named = [*national, *(name for name in self.shown if name not in national)]
        below = {name: denominator_of(name, self.columns) for name in named}
        for first in range(0, len(named), AT_ONCE):
            batch = named[first : first + AT_ONCE]
            read = dict.fromkeys([*batch, *(column for name in batch if (column := below[name]))])
            grouped = self.store.frame("runs", ["scenario", *read]).groupby("scenario")
            mean, sd, n = grouped.mean(), grouped.std(), grouped.count()
            for name in batch:
                quantile = n[name].map(student_quantile)
                half = quantile * sd[name] / np.sqrt(n[name].clip(lower=1))
                column = below[name]
                yield pd.DataFrame(
                    {
                        "scenario": mean.index,
                        "outcome": name,
                        "mean": mean[name].to_numpy(),
                        "sd": sd[name].to_numpy(),
                        "ci_low": (mean[name] - half).to_numpy(),
                        "ci_high": (mean[name] + half).to_numpy(),
                        "n": n[name].to_numpy(),
                        "denominator": mean[column].to_numpy() if column else np.nan,
                    }
                )

    def table(self, width: int = 120) -> str:
        """Lay out the means with their half-widths: the first points, and the outcomes that are shown."""
        shown = self.shown[:8]
        wanted = self.summary[self.summary["outcome"].isin(shown)]
        cells: Any = wanted.set_index(["scenario", "outcome"])[["mean", "ci_low", "ci_high"]]
        rows = []
        for key, values in self.points.head(SHOWN).iterrows():
            row = [_plain(values[path]) for path in self.factors]
            for outcome in shown:
                mean, low, high = (float(cells[name][(key, outcome)]) for name in ("mean", "ci_low", "ci_high"))
                row.append(change(mean, (high - low) / 2, outcome).lstrip("+"))
            rows.append(row)
        headings = [path.rpartition(".")[2] for path in self.factors]
        headings += [f"{name} ({unit})" if (unit := unit_of(name).heading) else name for name in shown]
        more = len(self.points) - SHOWN
        return as_text(
            f"{len(self.points):,} points, {self.replications:,} replications, seed {self.manifest['seed']}. "
            "Mean ± half-width of its 95 % interval (chance only).",
            grid(headings, rows),
            *([f"{more:,} more points are in summary.csv"] if more > 0 else []),
            *self._notes(),
            width=width,
        )

    def _notes(self) -> Iterator[str]:
        if failures := self.failures:
            runs = self.manifest["runs"]
            yield (
                f"{runs['failed']:,} of {sum(runs.values()):,} runs failed. The first: {failures[0]['error']}. "
                f"Repeat it alone: {failures[0]['command']}"
            )

    def as_dict(self) -> dict[str, Any]:
        """The table as plain data."""
        by_point: dict[Any, pd.DataFrame] = {
            key: rows.set_index("outcome") for key, rows in self.summary.groupby("scenario")
        }
        points = []
        for key, values in self.points.iterrows():
            rows = by_point[key]
            outcomes = {
                name: {
                    "mean": float(rows["mean"][name]),
                    "ci": [float(rows["ci_low"][name]), float(rows["ci_high"][name])],
                    "n": int(rows["n"][name]),
                }
                for name in self.shown
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

        write_report(self.folder)

    def draw(self, language: str = "en") -> list[Path]:
        """Draw the figures of a sweep into the folder; return the paths of the files."""
        from sim.figures.sweep_drawing import draw_sweep

        paths = draw_sweep(self, language)
        figures = sorted(path.relative_to(self.folder).as_posix() for path in paths)
        self.manifest = self.store.note(figures=figures)
        return paths


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
