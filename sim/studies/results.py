"""The result of any study, opened from its folder: runs, outcomes, means and intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from sim.errors import StudyError, said
from sim.parameters.draws import FIXED
from sim.parameters.idle import idle_draws
from sim.studies.outcome_effects import outcome_effects
from sim.studies.picks import DRAW, PICK, effective_draws, idle_units, unit_of
from sim.studies.statistics import Effect, Effects, Kind, levels
from sim.studies.store import ResultStore

SUMMARY = [
    "scenario", "outcome", "kind", "mean", "median", "sd", "ci_low", "ci_high", "n", "draws", "denominator",
]  # fmt: skip
"""Columns of `summary`."""
DIFFERENCES = [
    "scenario", "reference", "outcome", "difference", "median", "ci_low", "ci_high", "p_positive", "n", "draws",
    "sd_paired", "sd_unpaired", "chance_share", "verdict",
]  # fmt: skip
"""Columns of `differences`."""
KEYS = ("scenario", "replication", "seed", "status", "stage", "error", DRAW, PICK)
"""Columns of `runs` that are not outcomes."""


def outcome_names(runs: pd.DataFrame) -> list[str]:
    """The outcomes among the columns of `runs`: not denominators (`…_n`) or channels (`…/…`, see `sim.model.twins`)."""
    names = {name: name.partition(":")[0] for name in runs.columns if name not in KEYS and not name.endswith("_n")}
    return [name for name, national in names.items() if not national.endswith("_n") and "/" not in national]


def denominator_of(outcome: str, columns: Iterable[str]) -> str | None:
    """The column with the denominator of a rate, such as `export_rate_n`; None for other outcomes."""
    name, _, place = outcome.partition(":")
    candidates = (f"{name}_n:{place}", f"{outcome}_n") if place else (f"{name}_n",)
    return next((candidate for candidate in candidates if candidate in columns), None)


def row_of(head: tuple[str, str], outcome: str, found: Effect) -> tuple[Any, ...]:
    """A row of `DIFFERENCES`."""
    return (
        *head, outcome, found.mean, found.median, found.low, found.high, found.p_positive, found.n, found.draws,
        found.sd, found.sd_unpaired, found.chance_share, found.verdict,
    )  # fmt: skip


NO_MONTHS = "The run ends before 2016-01, from which on months are reported: tables and figures of months are empty."
"""Remark about a result whose series have no months."""


def no_result(thing: object) -> StudyError:
    """The error for an argument that is not a result."""
    return StudyError(
        said(
            "result is of the kind {name}, but must be the result of a study, as sim.compare gives it",
            name=type(thing).__name__,
        )
    )


@dataclass(frozen=True)
class Worlds:
    """The numbers of `runs` by scenario, column and replication, arranged once for every table that needs them.

    Attributes:
        numbers: (scenarios, columns, replications); NaN where a run failed, or defines no value.
        rows: index of each scenario.
        places: index of each column that is a number.
    """

    numbers: np.ndarray
    rows: Mapping[str, int]
    places: Mapping[str, int]

    @classmethod
    def of(cls, runs: pd.DataFrame, scenarios: Sequence[str], replications: pd.RangeIndex) -> Self:
        """Arrange the rows of `runs` of some scenarios."""
        columns = [name for name in runs.columns if name not in KEYS and pd.api.types.is_numeric_dtype(runs[name])]
        rows = {scenario: row for row, scenario in enumerate(scenarios)}
        row = runs["scenario"].map(rows)
        mine = row.notna().to_numpy()
        numbers = np.full((len(rows), len(columns), len(replications)), np.nan)
        places = (runs["replication"].to_numpy() - replications.start)[mine]
        numbers[row[mine].to_numpy(int), :, places] = runs[columns].to_numpy(float)[mine]
        return cls(numbers, rows, {name: place for place, name in enumerate(columns)})

    def values(self, scenario: str, columns: Sequence[str]) -> np.ndarray:
        """Some columns of a scenario, (columns, replications)."""
        found: np.ndarray = self.numbers[self.rows[scenario], [self.places[name] for name in columns]]
        return found


class Results:
    """A result folder; subclasses set its `kind`."""

    kind = ""

    def __init__(self, folder: Path | str | ResultStore):
        """Open a result folder; raises StudyError if it holds no result, or a result of another kind."""
        self.store = ResultStore.of(folder)
        self.manifest = self.store.manifest()
        if self.manifest.get("kind") != self.kind:
            other = self.manifest["kind"]
            raise StudyError(
                said(
                    "{folder} holds the result of `hubsim {other}`, not of `hubsim {kind}`",
                    folder=self.folder,
                    other=other,
                    kind=self.kind,
                )
            )

    def reread(self) -> Self:
        """Read the manifest again, after the session that wrote it has ended; tables stay as they are."""
        self.manifest = self.store.manifest()
        return self

    @property
    def folder(self) -> Path:
        """Path of the result folder."""
        return self.store.folder

    @property
    def scenarios(self) -> list[str]:
        """Keys of the scenarios."""
        return [entry["scenario"] for entry in self.manifest["scenarios"]]

    @property
    def parameters(self) -> str:
        """Parameters of the worlds: `posterior`, `fixed`, or the name of a set or file."""
        found: str = self.manifest["options"].get("parameters", FIXED)
        return found

    @property
    def weighting(self) -> dict[str, Any] | None:
        """The file of weights, with the effective and the whole number of draws; None if all count the same."""
        options = self.manifest["options"]
        if "weights" not in options:
            return None
        return {"file": options["weights"], "effective_draws": options["effective_draws"], "draws": options["draws"]}

    @property
    def replications(self) -> int:
        """Number of replications with runs."""
        return self.runs["replication"].nunique()

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The failed runs, each with the command that repeats it."""
        found: list[dict[str, Any]] = self.manifest.get("failures", [])
        return found

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per scenario and replication: status and outcomes."""
        return self.store.frame("runs")

    @cached_property
    def outcomes(self) -> list[str]:
        """Names of all outcomes, including those of regions and hubs (`survival_5y:Oriental`)."""
        return outcome_names(self.runs)

    @cached_property
    def _worlds(self) -> Worlds:
        return Worlds.of(self.runs, self.scenarios, self._numbers)

    @cached_property
    def draws(self) -> np.ndarray | None:
        """Number of the parameter draw of each replication; None if all had the same parameters.

        If draws have weights, numbers of picks, which are the draws of all tables: see `sim.studies.picks`.
        """
        if self.manifest["options"].get("draws", 1) < 2:
            return None
        return self._by_replication(unit_of(self.runs.columns) or DRAW)

    @property
    def draw_numbers(self) -> np.ndarray | None:
        """Number of the draw of each replication in its file, also if draws have weights; None as for `draws`."""
        return None if self.draws is None else self._by_replication(DRAW)

    def _by_replication(self, column: str) -> np.ndarray:
        if column not in self.runs:
            raise StudyError(
                said(
                    "{path} has no column {column}, although the worlds of manifest.json have draws: they belong to "
                    "different results",
                    path=self.store.path("runs"),
                    column=repr(column),
                )
            )
        return self.runs.groupby("replication")[column].first().reindex(self._numbers, fill_value=-1).to_numpy()

    @cached_property
    def effective_draws(self) -> int | None:
        """Effective number of draws of the worlds if draws have weights; None without weights."""
        return effective_draws(self._numbered)

    @property
    def _numbers(self) -> pd.RangeIndex:
        return pd.RangeIndex(int(self.runs["replication"].min()), int(self.runs["replication"].max()) + 1)

    def values(self, scenario: str, outcome: str) -> np.ndarray:
        """An outcome of a scenario by replication; NaN where the run failed or the outcome is not defined."""
        found: np.ndarray = self._worlds.values(scenario, [outcome])[0]
        return found

    @property
    def remarks(self) -> list[str]:
        """Remarks about the monthly tables: one if the runs end before these begin, else none."""
        return [NO_MONTHS] if self.store.has("monthly") and not self.store.rows("monthly") else []

    def mean(self, scenario: str, outcome: str) -> float:
        """Mean of an outcome over the worlds that define it; NaN if none does."""
        values = self.values(scenario, outcome)
        return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan

    def denominator(self, scenario: str, outcome: str) -> float:
        """The mean denominator of a rate; NaN for other outcomes."""
        below = denominator_of(outcome, self._worlds.places)
        return self.mean(scenario, below) if below else math.nan

    @cached_property
    def idle(self) -> frozenset[int]:
        """Numbers of the draws in which a declared spike turns off a part of the model."""
        if self.draws is None or not self.store.has("draws.csv"):
            return frozenset()
        return idle_units(self._numbered, idle_draws(self.store.frame("draws.csv")))

    @property
    def _numbered(self) -> pd.DataFrame:
        """Rows of `runs` with the columns that number draws, among others."""
        return self.runs

    def worlds(self, scenario: str, outcomes: Sequence[str]) -> np.ndarray:
        """Outcomes of a scenario, (worlds, outcomes); NaN where the run failed or the outcome is not defined."""
        return self._worlds.values(scenario, outcomes).T

    def effects(self, pairs: Sequence[tuple[str, str]], outcomes: Sequence[str]) -> Effects:
        """Effects of the first scenario of each pair against the second, one per pair and outcome, pair after pair."""
        policy, reference = (
            np.concatenate([self._worlds.values(pair[side], outcomes) for pair in pairs]).T for side in (0, 1)
        )
        numbers = np.repeat(np.arange(len(pairs)), len(outcomes))
        names = [*outcomes] * len(pairs)
        return outcome_effects(
            policy, reference, names, self.draws, self.idle, numbers, most_draws=self.effective_draws
        )

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Level of each outcome in each scenario: see `SUMMARY` for the columns.

        `kind` is `expected`: quantiles over draws without chance. `denominator` is the mean denominator of a rate.
        """
        return self.levels("expected")

    def levels(self, kind: Kind) -> pd.DataFrame:
        """Level of each outcome in each scenario, `expected` or `predictive`, with the columns of `SUMMARY`."""
        rows = []
        for scenario in self.scenarios:
            found = levels(self.worlds(scenario, self.outcomes), self.draws, kind)
            rows += [
                (scenario, outcome, kind, one.mean, one.median, one.sd, one.low, one.high, one.n, one.draws,
                 self.denominator(scenario, outcome))
                for outcome, one in zip(self.outcomes, found, strict=True)
            ]  # fmt: skip
        return pd.DataFrame(rows, columns=SUMMARY)

    def write(self, *names: str) -> None:
        """Write attributes of this object that are frames (`summary`, …) as CSV files into the folder."""
        for name in names:
            self.store.write_csv(name, getattr(self, name))
