"""What figures need to know of a result folder, and the arrays they draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from sim.declare.calendar import ordinal
from sim.figures.openings import opening_years
from sim.figures.style import cut
from sim.figures.words import SEPARATOR
from sim.parameters.idle import idle_draws
from sim.studies.folder import ResultFolder
from sim.studies.picks import DRAW, PICK, idle_units, unit_of
from sim.system.text import clean
from sim.words.language import Language
from sim.words.language import language as language_of

PRESENT = "2024-06"
DEFAULT_REFERENCE = "today"
"""The reference of a study that names none."""


@dataclass(frozen=True)
class ShownStudy:
    """What all figures of one study share.

    Attributes:
        titles: the policies' names by key, the reference first.
        present: the month in which policies begin to differ.
        openings: months in which each policy opens hubs, in decimal years.
        draw_count: number of draws of the parameters under which the worlds lived; 0 for fixed parameters.
        draws: the draw of each replication; empty for fixed parameters, or without the table `runs`.
        idle: draws in which a spike turns a part of the model off.
        weighted: effective and whole number of draws, if they have weights: `draws` and `idle` are then of picks.
        older: whether the tables were written before effects had verdicts.
        language: language of the words.
    """

    titles: Mapping[str, str]
    present: str = PRESENT
    openings: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    draw_count: int = 0
    draws: Mapping[int, int] = field(default_factory=dict)
    idle: frozenset[int] = frozenset()
    older: bool = False
    language: str = "en"
    weighted: tuple[float, int] | None = None

    @property
    def t(self) -> Language:
        """The language of the words."""
        return language_of(self.language)

    @property
    def reference(self) -> str:
        """Key of the policy that others are compared with."""
        return next(iter(self.titles))

    @property
    def policies(self) -> list[str]:
        """Keys of all policies but the reference."""
        return list(self.titles)[1:]

    @property
    def intervals(self) -> str:
        """What the intervals of the tables contain, and what they do not."""
        return self.t("symmetric, of an older kind: run the comparison again") if self.older else self.expected

    @property
    def expected(self) -> str:
        """What an interval of an expected quantity contains, and what it does not."""
        if self.draw_count > 1:
            return self.t(
                "over {count} draws of what the facts allow, chance taken out", count=self.t.number(self.draw_count)
            )
        return (
            self.t("one draw of the parameters, so there is none")
            if self.draw_count
            else self.t("chance only, parameters fixed")
        )

    @property
    def bands(self) -> str:
        """What the lines and bands of series contain, and what they do not."""
        if not self.draw_count:
            return self.t(
                "Line: median. Band: 5th to 95th percentile of the replications ({uncertainty}).",
                uncertainty=self.expected,
            )
        if not self.draws:
            return self.t(
                "Line: median. Band: 5th to 95th percentile of the replications, parameters and chance together "
                "(predictive)."
            )
        return (
            self.t(
                "Line: median. Band: 95 % interval of the expected value ({uncertainty}).", uncertainty=self.expected
            )
            if self.draw_count > 1
            else self.t("Line: mean of the worlds of one draw of the parameters, which has no band.")
        )

    def draws_of(self, replications: Sequence[int]) -> np.ndarray | None:
        """The draw of each of these replications; None when unknown or when the parameters are fixed."""
        return np.array([self.draws.get(number, -1) for number in replications]) if self.draws else None

    def within(self, keys: Iterable[str]) -> ShownStudy:
        """The same study, restricted to the policies in `keys`."""
        wanted = set(keys)
        return replace(self, titles={key: title for key, title in self.titles.items() if key in wanted})

    def name(self, key: str, width: float = 60.0, size: float = 6.5) -> str:
        """The name of policy `key`, at most `width` millimetres wide in type of `size` points."""
        return cut(clean(self.titles.get(key, key)), width, size)

    def names(self, keys: Iterable[str]) -> str:
        """The names of several policies as text."""
        return SEPARATOR.join(self.name(key) for key in keys)

    def hidden(self, count: int) -> str:
        """A sentence that says how many policies are left out; empty when none is."""
        t = self.t
        return t("{n} more policy is not shown.", "{n} more policies are not shown.", n=count) if count > 0 else ""

    def replications(self, counts: Iterable[int]) -> str:
        """A sentence that says how many replications there are."""
        low, high = min(counts), max(counts)
        t = self.t
        if high <= 1:
            return t("One replication per policy, so no band: another seed gives other lines.")
        if low == high:
            return t("{n} replication per policy.", "{n} replications per policy.", n=high)
        return self.t("{low} to {high} replications per policy.", low=self.t.number(low), high=self.t.number(high))


@dataclass(frozen=True)
class Cube:
    """Monthly series of all worlds: `values[series]` is (scenarios, replications, months), NaN where not run."""

    scenarios: list[str]
    replications: list[int]
    months: list[str]
    values: dict[str, np.ndarray]
    counts: list[int]

    @property
    def years(self) -> np.ndarray:
        """The middle of each month in decimal years."""
        return np.array([(ordinal(month) + 0.5) / 12 for month in self.months])

    def of(self, scenario: str, series: str) -> np.ndarray:
        """One policy's series: (replications, months)."""
        found: np.ndarray = self.values[series][self.scenarios.index(scenario)]
        return found


def cube_of(frame: pd.DataFrame, series: Iterable[str]) -> Cube:
    """Arrange a monthly frame (scenario, replication, month, series …) as arrays, without aggregating it."""
    scenario, scenarios = pd.factorize(frame["scenario"])
    replication, replications = pd.factorize(frame["replication"])
    month, months = pd.factorize(frame["month"], sort=True)
    shape = len(scenarios), len(replications), len(months)
    values = {}
    for name in series:
        values[name] = np.full(shape, np.nan)
        values[name][scenario, replication, month] = frame[name].to_numpy(dtype=float)
    run = np.zeros(shape[:2], dtype=bool)
    run[scenario, replication] = True
    return Cube(
        [str(key) for key in scenarios],
        [int(number) for number in replications],
        [str(month) for month in months],
        values,
        run.sum(axis=1).tolist(),
    )


def _title(name: Any, key: str, language: str) -> str:
    if isinstance(name, dict):
        name = name.get(language) or name.get("en") or next(iter(name.values()), None)
    return clean(name) if name else key


def shown_study(results: ResultFolder, frames: Sequence[pd.DataFrame], language: str) -> ShownStudy:
    """Names, present and reference of a result folder, for the scenarios that its `frames` hold."""
    held = list(dict.fromkeys(str(key) for frame in frames for key in frame["scenario"].unique()))
    manifest = results.manifest()
    listed = [entry["scenario"] for entry in manifest.get("scenarios", ())]
    options = manifest.get("options", {})
    reference = options.get("reference")
    for frame in frames:
        if reference is None and "reference" in frame:
            reference = str(frame["reference"].iloc[0])
    reference = reference or (DEFAULT_REFERENCE if DEFAULT_REFERENCE in held else None)
    order = dict.fromkeys([reference, *listed, *held])
    scenarios = [key for key in order if key and (key in held or key == reference)]
    resolved = {key: results.scenario(key, ("name", "time", "network")) for key in scenarios}
    typeset = language_of(language).typeset
    titles = {key: typeset(_title(resolved[key].get("name"), key, language)) for key in scenarios}
    times = [found["time"] for found in resolved.values() if isinstance(found.get("time"), dict)]
    present = next((str(time["present"]) for time in times if "present" in time), PRESENT)
    several = int(options.get("draws", 1)) > 1
    runs = _numbered_runs(results) if several else None
    draws = {} if runs is None else _draws(runs)
    counted = 0 if runs is None else int(runs[DRAW].nunique())
    draw_count = counted or (max(1, *map(_most_draws, frames)) if several else 0)
    effects = [frame for frame in frames if "difference" in frame]
    older = any("verdict" not in frame for frame in effects)
    table = results.optional("draws.csv") if draws else None
    idle = frozenset() if table is None or runs is None else idle_units(runs, idle_draws(table))
    weighted = _weighted(options)
    return ShownStudy(
        titles,
        present,
        {key: opening_years(found.get("network")) for key, found in resolved.items()},
        draw_count=draw_count,
        draws=draws,
        idle=idle,
        older=older,
        language=language,
        weighted=weighted,
    )


def _weighted(options: Mapping[str, Any]) -> tuple[float, int] | None:
    """Effective and whole number of the draws of a study whose draws have weights; None without weights."""
    return (float(options["effective_draws"]), int(options["draws"])) if "weights" in options else None


def _numbered_runs(results: ResultFolder) -> pd.DataFrame | None:
    """The numbers of draws, and of picks, of all runs; None when `runs` does not record them."""
    runs = results.frame("runs.parquet", ("scenario", "replication", DRAW, PICK))
    return None if runs is None or DRAW not in runs else runs


def _draws(runs: pd.DataFrame) -> dict[int, int]:
    """The draw, or pick, of each replication."""
    unit = unit_of(runs.columns)
    return {int(replication): int(draw) for replication, draw in zip(runs["replication"], runs[unit], strict=True)}


def _most_draws(frame: pd.DataFrame) -> int:
    """The largest number of draws in a table of effects or levels."""
    return int(frame["draws"].max()) if "draws" in frame and frame["draws"].notna().any() else 0
