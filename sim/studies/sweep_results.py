"""What a sweep leaves behind: runs by point, means with intervals, tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import batched
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.studies.channels import FRAME, plain_of
from sim.studies.display import as_text
from sim.studies.results import DIFFERENCES, Results, denominator_of, outcome_names
from sim.studies.statistics import MUCH_CHANCE
from sim.studies.store import ResultStore
from sim.studies.sweep_tables import channels_of, differences_of, effect_in, levels_of
from sim.studies.tabulation import (
    BLURRED,
    amount,
    blocks,
    change,
    count,
    interval,
    label,
    plain_effect,
    sureness,
    without_nan,
    wrapped,
)
from sim.studies.tabulation import SHOWN as HEADLINES

AT_ONCE = 8
"""Columns of `runs` that are in memory together. With more or fewer, pandas rounds some means differently."""
MANY = 200
"""Points from which on the tables hold the outcomes that an experiment names, and not all of the country."""
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

    def __init__(self, folder: Path | str | ResultStore, outcomes: Sequence[str] = ()):
        """Open a result; `outcomes` are those that are shown, by default those that its experiment names."""
        super().__init__(folder)
        self._shown = list(outcomes) or self.manifest.get("outcomes") or []
        self._found: dict[tuple[str, str], pd.DataFrame] = {}

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
        return self.store.columns("runs")

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
            runs = self.store.read("runs", names)
            for name in names:
                values = np.full((len(places.points), len(places.replications)), np.nan)
                values[places.point, places.replication] = runs[name].to_numpy()
                yield name, pd.DataFrame(values, places.points, places.replications)

    @cached_property
    def _places(self) -> Places:
        runs = self.store.read("runs", ["scenario", "replication"], coded=["scenario"]).unify_dictionaries()
        keys = runs["scenario"].combine_chunks()
        points, rank = np.unique(np.array(keys.dictionary.to_pylist(), dtype=object), return_inverse=True)
        replications, replication = np.unique(runs["replication"].to_numpy(), return_inverse=True)
        names = pd.Index(points, name="scenario"), pd.Index(replications, name="replication")
        return Places(rank[keys.indices.to_numpy()], replication, *names)

    @cached_property
    def reference(self) -> str | None:
        """Key of the point that the others are compared with; None in designs that draw their points."""
        options = self.manifest["options"]
        if options["design"] not in ("grid", "list"):
            return None
        return options.get("reference") or self.scenarios[0]  # folders of before name none

    @cached_property
    def compared(self) -> list[str]:
        """Keys of the points that are compared with the reference."""
        return [key for key in self.scenarios if key != self.reference] if self.reference in self.scenarios else []

    @cached_property
    def draws(self) -> np.ndarray | None:
        """Draw of each replication; None when the parameters were fixed, or were those of one set."""
        if self.manifest["options"].get("draws", 1) < 2:
            return None
        found = np.zeros(len(self._places.replications), dtype=int)
        found[self._places.replication] = self.store.read("runs", ["draw"])["draw"].to_numpy()
        return found

    @property
    def draws_used(self) -> int:
        """Number of draws of the parameters that the worlds lived under; 0 where these were fixed."""
        return 0 if self.draws is None else np.unique(self.draws).size

    @cached_property
    def told(self) -> list[str]:
        """Outcomes in the tables, sorted: those that are shown, and the national ones unless there are many points."""
        few = len(self.points) <= MANY or not self._shown
        return sorted({*self.shown, *(name for name in self.outcomes if few and ":" not in name)})

    def level_of(self, outcome: str) -> pd.DataFrame:
        """Expected level of an outcome at each point: rows of `summary`."""
        return self._of("levels", outcome)

    def difference_of(self, outcome: str) -> pd.DataFrame:
        """What each other point changes of an outcome against the reference: rows of `differences`."""
        return self._of("effects", outcome)

    def _of(self, what: str, outcome: str) -> pd.DataFrame:
        if (what, outcome) not in self._found:
            self._found[what, outcome] = next(getattr(self, f"_{what}")([outcome]))
        return self._found[what, outcome]

    @property
    def summary(self) -> pd.DataFrame:
        """Levels of all of `told`, outcome by outcome: see `sim.studies.results.SUMMARY`."""
        return pd.concat(self._levels(self.told), ignore_index=True)

    @property
    def differences(self) -> pd.DataFrame:
        """Effects on all of `told`, outcome by outcome: see `sim.studies.results.DIFFERENCES`.

        The worlds, and the draws of the parameters, are the same at all points, so these are far surer than the
        levels. Empty for designs that draw their points, where none is a reference.
        """
        nothing = pd.DataFrame(columns=DIFFERENCES)
        return pd.concat(self._effects(self.told), ignore_index=True) if self.compared else nothing

    @property
    def channels(self) -> pd.DataFrame:
        """The differences of `told` taken apart: see `sim.studies.channels.FRAME`; empty where no run has parts."""
        return self._apart(self.told)

    def _apart(self, outcomes: Sequence[str]) -> pd.DataFrame:
        found = list(self._channels(outcomes))
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=FRAME)

    def write_tables(self) -> None:
        """Write `summary.csv` and, where points are compared, `differences.csv` and `channels.csv`, piece by piece."""
        self.store.write_csv("summary", self._levels(self.told))
        if self.compared:
            self.store.write_csv("differences", self._effects(self.told))
        if self._parts_of(self.told):
            self.store.write_csv("channels", self._channels(self.told))

    def _levels(self, outcomes: Sequence[str]) -> Iterator[pd.DataFrame]:
        below = {name: denominator_of(name, self.columns) or "" for name in outcomes}
        for names in batched(outcomes, AT_ONCE):
            values = dict(self._matrices([*dict.fromkeys([*names, *(below[name] for name in names if below[name])])]))
            for name in names:
                yield levels_of(name, values[name], self.draws, values.get(below[name]))

    def _effects(self, outcomes: Sequence[str]) -> Iterator[pd.DataFrame]:
        for name, values in self._matrices(outcomes):
            yield differences_of(name, values, str(self.reference), self.draws, self.idle)

    def _channels(self, outcomes: Sequence[str]) -> Iterator[pd.DataFrame]:
        for name, values in self._matrices(self._parts_of(outcomes)):
            yield channels_of(name, values, str(self.reference), self.draws, self.idle)

    def _parts_of(self, outcomes: Sequence[str]) -> list[str]:
        """Columns of `runs` that hold the parts of differences of these outcomes."""
        parts = [name for name in self.columns if "/" in name and name.partition("/")[0] in outcomes]
        return parts if self.compared else []

    def table(self, width: int = 120) -> str:
        """Lay out the reference and the first other points: effects; or levels in designs that draw their points."""
        first = [self.reference] if self.compared and self.reference else []
        keys = [*first, *(self.compared or self.scenarios)][:SHOWN]
        shown = self._shown or [name for name in HEADLINES if name in self.outcomes] or self.shown
        columns = {outcome: self._cells(outcome, keys) for outcome in shown if outcome in self.outcomes}
        more = len(self.points) - len(keys)
        effect = (
            "First row: the reference, mean. Below: the effect, that is the difference from it in the same worlds: its "
            f"median, its 95 % interval ({label(self)}), the probability that it is above zero, and what may be said: "
            "clear, likely, open, or practically none."
        )
        return as_text(
            f"{count(len(self.points), 'point')}, {count(self.replications, 'replication')}, "
            f"seed {self.manifest['seed']}. {effect if first else f'Mean and its 95 % interval ({label(self)}).'}",
            *blocks(self._point_columns(keys, width), columns, width),
            f"summary.csv has {f'{more:,} more points and ' if more > 0 else ''}all outcomes.",
            *self._notes(shown),
            width=width,
        )

    def _cells(self, outcome: str, keys: Sequence[str]) -> list[str]:
        levels = self.level_of(outcome).set_index("scenario")
        effects = self.difference_of(outcome).set_index("scenario") if self.compared else pd.DataFrame()
        cells = []
        for key in keys:
            if key in effects.index:
                found = effect_in(effects.loc[key].to_dict())
                cells.append(f"{_beside(change(found, outcome))}\n{sureness(found)}")
            elif self.compared:
                cells.append(amount(float(levels["mean"][key]), outcome))
            else:
                mean, low, high = map(float, levels.loc[key, ["mean", "ci_low", "ci_high"]])
                cells.append(_beside(interval(mean, low, high, outcome)))
        return cells

    def _point_columns(self, keys: Sequence[str], width: int) -> dict[str, list[str]]:
        """The factors that vary as columns; the names of the points where these would take half the width."""
        varying = [path for path in self.factors if self.points[path].nunique(dropna=False) > 1]
        columns = {
            wrapped(path.replace(".", " ")): [level_text(value) for value in self.points[path].loc[list(keys)]]
            for path in varying
        }
        if columns and sum(max(map(len, (*cells, " " * 10))) + 2 for cells in columns.values()) <= width // 2:
            return columns
        return {"point": list(keys)}

    def _notes(self, shown: Sequence[str]) -> Iterator[str]:
        if failures := self.failures:
            runs = self.manifest["runs"]
            yield (
                f"{runs['failed']:,} of {sum(runs.values()):,} runs failed. The first: {failures[0]['error']}. "
                f"Repeat it alone: {failures[0]['command']}"
            )
        if self.compared:
            yield "Rank by national counts: rates of the admitted concern different startups at each point."
        if blurred := [name for name in shown if self._is_blurred(name)]:
            yield f"Chance is above half of what is seen in {', '.join(blurred)}: more worlds would say more."

    def _is_blurred(self, outcome: str) -> bool:
        """Whether chance keeps the effect at some point from being told."""
        if not self.compared or self.draws is None or outcome not in self.outcomes:
            return False
        effects = self.difference_of(outcome)
        return bool((effects["chance_share"].gt(MUCH_CHANCE) & effects["verdict"].isin(BLURRED)).any())

    def as_dict(self) -> dict[str, Any]:
        """The table as plain data."""
        levels = {name: self.level_of(name).set_index("scenario").to_dict("index") for name in self.shown}
        effects = {
            name: self.difference_of(name).set_index("scenario").to_dict("index") if self.compared else {}
            for name in self.shown
        }
        apart = dict(list(self._apart(self.shown).groupby("scenario")))
        points = []
        for key, values in self.points.iterrows():
            outcomes = {name: _plain_level(levels[name][key]) for name in self.shown}
            for name, rows in effects.items():
                if key in rows:
                    outcomes[name]["difference"] = plain_effect(effect_in(rows[key]))
            for name, channels in plain_of(apart[str(key)], str(key)).items() if key in apart else ():
                outcomes[name]["channels"] = channels
            points.append({"scenario": key, "factors": values.to_dict(), "outcomes": outcomes})
        return without_nan(
            {
                "reference": self.reference if self.compared else None,
                "replications": self.replications,
                "seed": self.manifest["seed"],
                "parameters": self.parameters,
                "intervals": f"95 %, {label(self)}",
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
        self._note_figures(paths)
        return paths


def _beside(text: str) -> str:
    """A value and the interval below it, on one line: `+22 (5 to 53)`."""
    value, _, ends = text.partition("\n")
    return f"{value} ({ends})" if ends else value


def _plain_level(row: Mapping[Any, Any]) -> dict[str, Any]:
    names = ("mean", "median", "sd", "kind", "n", "draws", "denominator")
    return {name: row[name] for name in names} | {"ci": [row["ci_low"], row["ci_high"]]}


def is_numeric(levels: pd.Series) -> bool:
    """Whether levels are numbers, all of them known; on and off are none, though pandas counts them."""
    numeric = pd.api.types.is_numeric_dtype(levels) and not pd.api.types.is_bool_dtype(levels)
    return bool(numeric and levels.notna().all())


def level_text(value: Any) -> str:
    """A level as it is written in an experiment file; `not given` for null."""
    if value is None or value != value:
        return "not given"
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
