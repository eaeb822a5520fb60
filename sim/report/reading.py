"""A result folder as the report reads it: what is there, and what is missing, said in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.experiment.store import ResultStore
from sim.experiment.study import StudyError
from sim.figures.forest import ranked
from sim.figures.study import THE_QUESTION, ResultFolder, Study, study_of
from sim.figures.style import clean
from sim.report.verdicts import Finding
from sim.scenario import Scenario, ScenarioError, load_scenario

_COLUMNS = {
    "differences.csv": ("scenario", "outcome", "difference", "ci_low", "ci_high", "n"),
    "summary.csv": ("scenario", "outcome", "mean", "ci_low", "ci_high", "n"),
}
LONGEST_NAME = 120
"""Letters of a policy's name that are shown; nobody reads more of them."""


class Tables(ResultFolder):
    """The tables of a folder; one that is damaged counts as missing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.missing: dict[str, str] = {}
        self.scenarios: dict[str, Scenario] = {}

    def resolved(self, key: str) -> dict[str, Any]:
        """A scenario in full, read once; empty, with a word in `missing`, when it cannot be read."""
        name = f"resolved/{key}.yaml"
        if key not in self.scenarios and name not in self.missing:
            try:
                self.scenarios[key] = load_scenario(self.folder / name)
            except ScenarioError as error:
                self.missing[name] = clean(str(error))[:200] if (self.folder / name).exists() else ""
        return self.scenarios[key].as_dict() if key in self.scenarios else {}

    def frame(
        self, name: str, wanted: Sequence[str] | None = None, scenarios: Sequence[str] | None = None
    ) -> pd.DataFrame | None:
        """A table, or None with a word in `missing`."""
        try:
            found = super().frame(name, wanted, scenarios)
        except (OSError, ValueError, KeyError) as error:  # Arrow's and pandas' own errors are of these kinds
            self.missing[name] = clean(str(error))[:200] or type(error).__name__
            return None
        if found is None:
            self.missing[name] = ""
            return None
        lacking = [column for column in _COLUMNS.get(name, ()) if column not in found]
        if lacking:
            self.missing[name] = ", ".join(lacking)
            return None
        for column in _COLUMNS.get(name, ())[2:]:
            found[column] = pd.to_numeric(found[column], errors="coerce")
        return found


Row = Mapping[str, Any]


@dataclass
class Reading:
    """What the report needs of a folder."""

    tables: Tables
    manifest: dict[str, Any]
    study: Study
    differences: pd.DataFrame | None
    summary: pd.DataFrame | None

    @property
    def missing(self) -> dict[str, str]:
        """Files that are not there (empty text) or cannot be read (why)."""
        return self.tables.missing

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios that can be read, by key."""
        return self.tables.scenarios

    @property
    def folder(self) -> Path:
        """Where the results are."""
        return self.tables.folder

    def name(self, key: str) -> str:
        """A policy's name, on one line and not endless."""
        text = clean(self.study.titles.get(key, key))
        return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1].rstrip() + "…"

    @property
    def reference(self) -> str:
        """Key of the policy that others are compared with."""
        return self.study.reference

    @cached_property
    def policies(self) -> list[str]:
        """All other policies, the one with most additional survivors first."""
        return self.study.policies if self.differences is None else ranked(self.differences, self.study)

    @cached_property
    def leading(self) -> list[str]:
        """Policies of the answer: those of the study's question, and the one with most additional survivors."""
        asked = [key for key in THE_QUESTION if key in self.policies]
        return list(dict.fromkeys([*asked, *self.policies[:1]])) if asked else self.policies[:2]

    def outcomes(self, *names: str) -> list[str]:
        """Those of `names` that the study measured."""
        held: set[str] = set()
        for frame in (self.differences, self.summary):
            held |= set() if frame is None else set(frame["outcome"])
        return [name for name in names if name in held]

    def difference(self, policy: str, outcome: str) -> Finding:
        """The paired difference of an outcome, as in `differences.csv`."""
        return Finding.of(outcome, self._differences.get((policy, outcome)))

    def level(self, scenario: str, outcome: str) -> Finding:
        """The mean of an outcome, as in `summary.csv`."""
        return Finding.of(outcome, self._levels.get((scenario, outcome)), "mean")

    def denominator(self, scenario: str, outcome: str) -> float:
        """The mean number of startups that a rate is about; NaN where it has none."""
        return self._levels.get((scenario, outcome), {}).get("denominator", math.nan)

    @cached_property
    def _differences(self) -> dict[tuple[str, str], Row]:
        return _by_key(self.differences)

    @cached_property
    def _levels(self) -> dict[tuple[str, str], Row]:
        return _by_key(self.summary)


def _by_key(frame: pd.DataFrame | None) -> dict[tuple[str, str], Row]:
    rows: list[Row] = [] if frame is None else frame.to_dict("records")  # type: ignore[assignment]
    return {(row["scenario"], row["outcome"]): row for row in rows}


def kind_of(folder: Path) -> str | None:
    """The command that made a result folder; raises StudyError when there is no result."""
    manifest = ResultStore(folder).manifest()
    return manifest.get("kind") if isinstance(manifest, dict) else None


def read(folder: Path, language: str) -> Reading:
    """Read a result of `hubsim compare`.

    Raises:
        StudyError: when the folder holds no comparison, or neither of its tables can be read.
    """
    if (kind := kind_of(folder)) != "compare":
        explained = "; that on a comparison shows what `hubsim explain` found when it lies in its folder `explain`"
        raise StudyError(
            f"{folder} does not hold the result of `hubsim compare` or `hubsim sweep`, of which a report can be made"
            + (explained if kind == "explain" else "")
        )
    manifest = ResultStore(folder).manifest()
    tables = Tables(folder)
    differences, summary = tables.frame("differences.csv"), tables.frame("summary.csv")
    frames = [frame for frame in (differences, summary) if frame is not None]
    if not frames:
        whys = "; ".join(
            f"{name} {f'cannot be read ({why})' if why else 'is missing'}" for name, why in tables.missing.items()
        )
        raise StudyError(f"{folder} has no table to report: {whys}. Run the command in its manifest.json again.")
    return Reading(tables, manifest, study_of(tables, frames, language), differences, summary)
