"""The data of a result folder for the report: what the folder holds, and what is missing and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import pandas as pd

from sim.errors import StudyError
from sim.figures.forest import ranked
from sim.figures.study import ShownStudy, shown_study
from sim.figures.words import Undefined, why_undefined
from sim.report.wording import OLDER, Estimate
from sim.scenario import Scenario, ScenarioError, load_scenario
from sim.studies.channels import FRAME
from sim.studies.contrasts import JUDGED, Pair, leading, pairs_that_matter
from sim.studies.cost_per_effect import Bargain, Price
from sim.studies.folder import ResultFolder
from sim.studies.openings import OPEN_HUBS, OpenHubs, open_hubs_of
from sim.studies.store import ResultStore
from sim.system.text import clean

HUBS_OPEN = f"{OPEN_HUBS}.csv"
_INTERVAL = ("ci_low", "ci_high", "n")
_COLUMNS = {
    "differences.csv": ("scenario", "outcome", "difference", *_INTERVAL),
    "summary.csv": ("scenario", "outcome", "mean", *_INTERVAL),
    "contrasts.csv": ("scenario", "other", "outcome", "verdict", "difference", "median", "p_positive", *_INTERVAL),
    "ranking.csv": ("outcome", "group", "scenario", "p_best", "regret"),
    "channels.csv": FRAME,
    HUBS_OPEN: ("scenario", "month", "hubs", "probability"),
}
"""Columns that a table must have; older tables have no `verdict`, and `contrasts.csv` is new."""
_WORDS = ("scenario", "other", "outcome", "group", "verdict", "reference", "kind", "channel", "month")
"""Columns that hold text."""
LONGEST_NAME = 120
"""Longest shown name of a policy, in characters."""


def _table(results: ResultFolder, name: str, *, optional: bool = False) -> pd.DataFrame | None:
    """A table with the columns that the report needs; numbers in all columns but those of text."""
    read = results.optional if optional else results.frame
    found = read(name, needs=_COLUMNS[name])
    if found is None:
        return None
    for column in found.columns.difference([*_WORDS]):
        found[column] = pd.to_numeric(found[column], errors="coerce")
    return found


def _scenarios(results: ResultFolder, keys: Iterable[str], known: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """The known and the readable scenarios by key; the others are listed as missing."""
    found = {}
    for key in keys:
        if key in known:
            found[key] = known[key]
            continue
        path = results.store.resolved(key)
        try:
            found[key] = load_scenario(path)
        except ScenarioError as error:
            results.missing[f"resolved/{path.name}"] = clean(str(error))[:200] if path.exists() else ""
    return found


TableRow = Mapping[str, Any]


class PolicyRank(NamedTuple):
    """The probability that a policy is best at an outcome, and what is lost by choosing it."""

    p_best: float
    regret: float


@dataclass
class ReportData:
    """What the report needs from a result folder."""

    tables: ResultFolder
    manifest: Mapping[str, Any]
    study: ShownStudy
    scenarios: dict[str, Scenario]
    differences: pd.DataFrame | None
    summary: pd.DataFrame | None
    contrasts: pd.DataFrame | None = None
    ranking: pd.DataFrame | None = None
    channels: pd.DataFrame | None = None
    hubs_open: pd.DataFrame | None = None

    @property
    def missing(self) -> dict[str, str]:
        """Files that are missing (empty text) or unreadable (the reason), by name."""
        return self.tables.missing

    @property
    def folder(self) -> Path:
        """The result folder."""
        return self.tables.folder

    def name(self, key: str) -> str:
        """A policy's name on one line, not longer than `LONGEST_NAME`."""
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
    def ranks(self) -> dict[str, dict[tuple[str, str], PolicyRank]]:
        """By group: the rank of each policy for each outcome, by (policy, outcome)."""
        found: dict[str, dict[tuple[str, str], PolicyRank]] = {}
        for row in _rows(self.ranking):
            rank = PolicyRank(float(row["p_best"]), float(row["regret"]))
            found.setdefault(str(row["group"]), {})[row["scenario"], row["outcome"]] = rank
        return found

    @property
    def groups(self) -> dict[str, list[str]]:
        """Policies that are ranked together, by group."""
        return {name: list(dict.fromkeys(key for key, _ in ranks)) for name, ranks in self.ranks.items()}

    @cached_property
    def pairs(self) -> list[Pair]:
        """The pairs of policies that matter beside the differences from the reference."""
        gains = [{key: self.difference(key, name).value for key in self.policies} for name in JUDGED]
        return pairs_that_matter(self.groups, leading(self.policies, gains), self.reference)

    def open_hubs(self, policy: str) -> OpenHubs | None:
        """How many hubs are open at the end of the roadmap, as in `hubs_open.csv`; None if all months are fixed."""
        return None if self.hubs_open is None else open_hubs_of(self.hubs_open).get(policy)

    def outcomes(self, *names: str) -> list[str]:
        """Those of `names` that the study measured."""
        held: set[str] = set()
        for frame in (self.differences, self.summary):
            held |= set() if frame is None else set(frame["outcome"])
        return [name for name in names if name in held]

    def difference(self, policy: str, outcome: str) -> Estimate:
        """The paired difference of an outcome, as in `differences.csv`."""
        found = Estimate.of(outcome, self._differences.get((policy, outcome)))
        return found if found.defined else replace(found, why=self.why_undefined(policy, outcome))

    def why_undefined(self, policy: str, outcome: str) -> Undefined:
        """Why `differences.csv` has no value of an outcome or a price."""
        return why_undefined(self.differences, outcome, policy)

    def price(self, policy: str, name: str) -> Price | Estimate:
        """A price, as in `differences.csv`; a finding in older tables."""
        row = self._differences.get((policy, name))
        if row is None:
            return Price()
        found = Estimate.of(name, row, "difference")
        if found.verdict == OLDER:
            return found
        ends = (float(row[column]) for column in ("ci_low", "median", "ci_high"))
        low, median, high = (math.inf if math.isnan(end) else end for end in ends)
        bargain = cast("Bargain", found.verdict)
        return Price(found.value, low, median, high, found.n, found.draws, bargain)

    def contrast(self, policy: str, other: str, outcome: str) -> Estimate:
        """The effect of a policy against any other, as in `contrasts.csv`."""
        if (policy, other, outcome) in self._contrasts or (other, policy, outcome) not in self._contrasts:
            found, pair = Estimate.of(outcome, self._contrasts.get((policy, other, outcome))), (policy, other)
        else:
            found, pair = Estimate.of(outcome, self._contrasts[other, policy, outcome]).reversed, (other, policy)
        return found if found.defined else replace(found, why=why_undefined(self.contrasts, outcome, *pair))

    def level(self, scenario: str, outcome: str) -> Estimate:
        """The mean of an outcome, as in `summary.csv`."""
        return Estimate.of(outcome, self._levels.get((scenario, outcome)), "mean")

    def denominator(self, scenario: str, outcome: str) -> float:
        """The mean number of startups in the denominator of a rate; NaN where there is none."""
        found: float = self._levels.get((scenario, outcome), {}).get("denominator", math.nan)
        return found

    @cached_property
    def _differences(self) -> dict[tuple[str, str], TableRow]:
        return _by_key(self.differences)

    @cached_property
    def _contrasts(self) -> dict[tuple[str, str, str], TableRow]:
        return {(row["scenario"], row["other"], row["outcome"]): row for row in _rows(self.contrasts)}

    @cached_property
    def _levels(self) -> dict[tuple[str, str], TableRow]:
        frame = self.summary
        return _by_key(frame if frame is None or "kind" not in frame else frame[frame["kind"] == "expected"])


def _by_key(frame: pd.DataFrame | None) -> dict[tuple[str, str], TableRow]:
    return {(row["scenario"], row["outcome"]): row for row in _rows(frame)}


def _rows(frame: pd.DataFrame | None) -> list[TableRow]:
    return [] if frame is None else frame.to_dict("records")  # type: ignore[return-value]


def kind_of(folder: Path) -> str | None:
    """The command that made a result folder; raises StudyError when there is no result."""
    return ResultStore(folder).manifest().get("kind")


def read_report_data(folder: Path, language: str, known: Mapping[str, Scenario] = MappingProxyType({})) -> ReportData:
    """Read a result of `hubsim compare`; scenarios that are `known`, by key, are not read from their files.

    Raises:
        StudyError: the folder holds no comparison, or neither of its tables can be read.
    """
    if (kind := kind_of(folder)) != "compare":
        explained = "; that on a comparison shows what `hubsim explain` found when it lies in its folder `explain`"
        raise StudyError(
            f"{folder} does not hold the result of `hubsim compare` or `hubsim sweep`, of which a report can be made"
            + (explained if kind == "explain" else "")
        )
    results = ResultFolder(folder)
    manifest = results.store.manifest()
    differences, summary = _table(results, "differences.csv"), _table(results, "summary.csv")
    frames = [frame for frame in (differences, summary) if frame is not None]
    if not frames:
        whys = "; ".join(
            f"{name} {f'cannot be read ({why})' if why else 'is missing'}" for name, why in results.missing.items()
        )
        raise StudyError(f"{folder} has no table to report: {whys}. Run the command in its manifest.json again.")
    study = shown_study(results, frames, language)
    scenarios = _scenarios(results, study.titles, known)
    more = (
        _table(results, name, optional=True) for name in ("contrasts.csv", "ranking.csv", "channels.csv", HUBS_OPEN)
    )
    return ReportData(results, manifest, study, scenarios, differences, summary, *more)
