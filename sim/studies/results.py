"""What any study leaves behind, opened from its folder: runs, outcomes, their means and intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import StudyError
from sim.parameters.draws import FIXED
from sim.parameters.idle import idle_draws
from sim.studies.outcome_effects import outcome_effects
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
KEYS = ("scenario", "replication", "seed", "status", "stage", "error", "draw")
"""Columns of `runs` that are no outcome."""


def outcome_names(runs: pd.DataFrame) -> list[str]:
    """The outcomes among the columns of `runs`; no denominators (`…_n`), no channels (`…/…`, see `sim.model.twins`)."""
    names = {name: name.partition(":")[0] for name in runs.columns if name not in KEYS and not name.endswith("_n")}
    return [name for name, national in names.items() if not national.endswith("_n") and "/" not in national]


def denominator_of(outcome: str, columns: Iterable[str]) -> str | None:
    """The column that holds the denominator of a rate, such as `export_rate_n`; None for other outcomes."""
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
"""What is said of a result that has no month in its series."""


def no_result(thing: object) -> StudyError:
    """The mistake of who gives something else where a result is wanted."""
    return StudyError(
        f"result is of the kind {type(thing).__name__}, but must be the result of a study, as sim.compare gives it"
    )


class Results:
    """A result folder; subclasses say of which `kind`."""

    kind = ""

    def __init__(self, folder: Path | str | ResultStore):
        """Open a result folder; raises StudyError when it holds none, or one of another kind."""
        self.store = ResultStore.of(folder)
        self.manifest = self.store.manifest()
        if self.manifest.get("kind") != self.kind:
            other = self.manifest["kind"]
            raise StudyError(f"{self.folder} holds the result of `hubsim {other}`, not of `hubsim {self.kind}`")

    @property
    def folder(self) -> Path:
        """Where everything is."""
        return self.store.folder

    @property
    def scenarios(self) -> list[str]:
        """Keys of the scenarios."""
        return [entry["scenario"] for entry in self.manifest["scenarios"]]

    @property
    def parameters(self) -> str:
        """What the worlds lived under: `posterior`, `fixed`, or the name of a set or file."""
        found: str = self.manifest["options"].get("parameters", FIXED)
        return found

    @property
    def replications(self) -> int:
        """Number of replications that were run."""
        return self.runs["replication"].nunique()

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Runs that failed, each with the command that repeats it."""
        found: list[dict[str, Any]] = self.manifest.get("failures", [])
        return found

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per scenario and replication: status and outcomes."""
        return self.store.frame("runs")

    @cached_property
    def outcomes(self) -> list[str]:
        """Names of the outcomes, regional and hub ones (`survival_5y:Oriental`) among them."""
        return outcome_names(self.runs)

    @cached_property
    def _values(self) -> dict[str, pd.DataFrame]:
        numbers = self._numbers
        by_scenario = dict(list(self.runs.groupby("scenario")))
        columns = [name for name in self.runs.columns if name not in KEYS]
        nothing = pd.DataFrame(index=numbers, columns=columns, dtype=float)
        return {
            key: by_scenario[key].set_index("replication")[columns].reindex(numbers) if key in by_scenario else nothing
            for key in self.scenarios
        }

    @cached_property
    def draws(self) -> np.ndarray | None:
        """Which parameters each replication lived under; None when they were fixed, or were those of one set."""
        if self.manifest["options"].get("draws", 1) < 2:
            return None
        return self.runs.groupby("replication")["draw"].first().reindex(self._numbers, fill_value=-1).to_numpy()

    @property
    def _numbers(self) -> pd.RangeIndex:
        return pd.RangeIndex(int(self.runs["replication"].min()), int(self.runs["replication"].max()) + 1)

    def values(self, scenario: str, outcome: str) -> np.ndarray:
        """An outcome of a scenario by replication, NaN where the run failed or defines none."""
        return self._values[scenario][outcome].to_numpy(dtype=float)

    @property
    def remarks(self) -> list[str]:
        """What is to be said of the tables of months: nothing, unless the runs end before these begin."""
        return [NO_MONTHS] if self.store.has("monthly") and not self.store.rows("monthly") else []

    def mean(self, scenario: str, outcome: str) -> float:
        """Mean of an outcome over the worlds that define it; NaN where none does."""
        values = self.values(scenario, outcome)
        return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan

    def denominator(self, scenario: str, outcome: str) -> float:
        """The mean denominator of a rate; NaN for other outcomes."""
        below = denominator_of(outcome, self.runs.columns)
        return self.mean(scenario, below) if below else math.nan

    @cached_property
    def idle(self) -> frozenset[int]:
        """Numbers of the draws in which a declared spike turns a part of the model off."""
        there = self.draws is not None and self.store.has("draws.csv")
        return idle_draws(self.store.frame("draws.csv")) if there else frozenset()

    def worlds(self, scenario: str, outcomes: Sequence[str]) -> np.ndarray:
        """Outcomes of a scenario, worlds by outcomes; NaN where the run failed or defines none."""
        return self._values[scenario][list(outcomes)].to_numpy(dtype=float)

    def effects(self, scenario: str, other: str, outcomes: Sequence[str]) -> Effects:
        """What `scenario` is expected to change against `other`, an effect an outcome."""
        policy, reference = self.worlds(scenario, outcomes), self.worlds(other, outcomes)
        return outcome_effects(policy, reference, outcomes, self.draws, self.idle)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Level of each outcome in each scenario: see `SUMMARY` for the columns.

        `kind` is `expected`: quantiles over draws, chance taken out. `denominator` is the mean denominator of a rate.
        """
        return self.levels("expected")

    def levels(self, kind: Kind) -> pd.DataFrame:
        """Level of each outcome in each scenario, expected or predictive."""
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
        """Write frames of this object (`summary`, …) as CSV files into the folder."""
        for name in names:
            self.store.write_csv(name, getattr(self, name))
