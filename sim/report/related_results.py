"""What other commands found about a result: rates taken apart, other parameters, a search, hubs by hours.

Their tables are in the result's own folder, in a folder `explain`, `sensitivity`, `search` or `hubs-by-intensity`
inside it, or in the folder beside it that those commands write by default; the last counts only if the same model and
data made both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sim.errors import StudyError
from sim.figures.gaps import MOST_LEVELS
from sim.figures.plane import plane_of
from sim.figures.waterfall import is_older, renewed
from sim.figures.words import phrase
from sim.inference.rungs import rung_labels
from sim.model.outcomes import shown_of
from sim.report.best_policies import BestPolicies, best_policies_of
from sim.report.sections import RANKED, THOUSAND, Cell, Table, cell
from sim.report.sweep import SweepContent
from sim.report.wording import Estimate, amount, heading
from sim.scenario import schema
from sim.studies.folder import ResultFolder
from sim.studies.parameter_robustness import sets_folder
from sim.studies.sweep_results import Sweep
from sim.system.text import clean
from sim.words.language import Language

LADDER, INDICES, CHANCE = "explanation_success.csv", "sensitivity.csv", "chance.csv"
FRONTIER = "frontier.csv"
SURFACE = "hubs-by-intensity"
"""The experiment, and its folder, that varies the number of hubs and the hours for each startup."""
ENTRY, NET = "entry", "net_per_1000"
"""Rungs that are not shares: a number of startups in the country, and a number per 1,000 founders."""
MOST_NAMED = 5
"""Largest number of parameters that are named for each outcome."""


class Companions:
    """The tables beside a result, each read once; a damaged table counts as missing."""

    def __init__(self, folder: Path, manifest: Mapping[Any, Any], t: Language, missing: dict[str, str]) -> None:
        self.folder, self.manifest, self.t, self.missing = folder, manifest, t, missing
        reference = (manifest.get("options") or {}).get("reference", "today")
        self.explained = self._place(LADDER, "explain", f"explain-{reference}")
        self.screened = self._place(INDICES, "sensitivity", "sensitivity")
        self.searched = self._place(FRONTIER, "search", "search")
        self.ladder = self._ladder()
        self.older = self.ladder is not None and is_older(self.ladder)
        self.indices = self._read(self.screened, INDICES, "outcome", "factor")
        self.chance = self._read(self.screened, CHANCE, "outcome", "single")
        self.surface = self._surface()
        self.sets = self._read(sets_folder(folder), "differences.csv", "scenario", "outcome", "difference")

    @property
    def commands(self) -> list[str]:
        """The commands that made the tables."""
        used = ((self.explained, self.ladder), (self.screened, self.indices), (self.searched, self.best_policies))
        places = [place for place, table in used if place is not None and table is not None and place != self.folder]
        surface = [] if self.surface is None else [self.surface.folder]
        return [command for place in [*places, *surface] if (command := ResultFolder(place).manifest().get("command"))]

    @cached_property
    def best_policies(self) -> BestPolicies | None:
        """The answer of a search; None if there is none, or it has another base."""
        reference = (self.manifest.get("options") or {}).get("reference", "today")
        found = None if self.searched is None else best_policies_of(self.searched, self.t)
        return found if found is not None and found.found.base == reference else None

    def _place(self, name: str, inside: str, beside: str, *, own: bool = True) -> Path | None:
        """The folder with a table: the result's `own`, one inside it, or one beside it that the same model made."""
        for place in (*([self.folder] if own else []), self.folder / inside):
            if (place / name).exists():
                return place
        place = self.folder.resolve().parent / beside
        same = (place / name).exists() and _made_with(ResultFolder(place).manifest()) == _made_with(self.manifest)
        return place if same else None

    def _surface(self) -> Sweep | None:
        """The sweep over hubs and hours, if its runs are there and it is a grid with differences."""
        place = self._place("runs.parquet", SURFACE, SURFACE, own=False)
        if place is None:
            return None
        try:
            found = Sweep(place)
            plane = plane_of(found, paired=True)
        except (StudyError, KeyError, OSError, ValueError) as error:  # Arrow's and pandas' own are among them
            self.missing[f"{SURFACE}/runs.parquet"] = clean(str(error))[:200] or type(error).__name__
            return None
        small = plane is not None and plane.y_path and max(len(plane.x), len(plane.y)) <= MOST_LEVELS
        return found if small else None

    @property
    def surface_answer(self) -> list[str]:
        """For each national count, the combinations of hubs and hours with most and with fewest, in sentences."""
        return [] if self.surface is None else SweepContent(self.surface, self.t, RANKED[:2]).answer

    def _ladder(self) -> pd.DataFrame | None:
        """The ladder, also one of an older table."""
        for ends in (("low", "high", "draws"), ("chance_low", "chance_high", "posterior_low", "posterior_high")):
            found = self._read(self.explained, LADDER, "rung", "value", *ends)
            if found is not None:
                self.missing.pop(LADDER, None)
                return renewed(found)
        return None

    def _read(self, place: Path | None, name: str, *columns: str) -> pd.DataFrame | None:
        if place is None:
            return None
        results = ResultFolder(place)
        found = results.optional(name, needs=columns)
        self.missing |= results.missing
        return found

    # The ladder of rates

    @property
    def rungs(self) -> Table | None:
        """From all founders to the operator's rate, step by step, per 1,000 startups."""
        if self.ladder is None:
            return None
        t, rows, names = self.t, [], rung_labels(self.t)
        for row in self.ladder[self.ladder["rung"] != ENTRY].to_dict("records"):
            signed = row["rung"] not in ("reference", "cohort", "operator")
            rows.append((names.get(row["rung"], str(row["rung"])), [Cell(amount(t, self._rung(row), signed=signed))]))
        if self.older:
            held = t("Of every 1,000 at the default parameters, with 90 % of what the facts allow (older kind)")
        elif self.ladder["draws"].max() > 1:
            held = t("Of every 1,000, with 95 % of what the facts allow")
        else:
            held = t("Of every 1,000, with 95 % over worlds")
        return Table(t("The operator's success rate taken apart"), [t("Step"), held], rows)

    def _rung(self, row: Mapping[Any, Any]) -> Estimate:
        scale = 1.0 if row["rung"] == NET else THOUSAND
        low, high = (scale * float(row[end]) for end in ("low", "high"))
        return Estimate("", scale * float(row["value"]), low, high, 2)

    @property
    def apart(self) -> str:
        """How much of the operator's rate the hubs cause, in a sentence whose words follow from the intervals."""
        if self.ladder is None:
            return ""
        t, rows = self.t, {row["rung"]: row for row in self.ladder.to_dict("records")}
        if not {"reference", "operator", "treatment"} <= rows.keys():
            return ""
        without, operator = (t.number(self._rung(rows[rung]).value) for rung in ("reference", "operator"))
        done = self._rung(rows["treatment"])
        opening = t(
            "Of every 1,000 founders in a country without hubs, {without} would be operating at the same age; "
            "the operator counts {operator}",
            without=without, operator=operator,
        )  # fmt: skip
        low, high = (t.number(abs(limit), done.decimals) for limit in (done.low, done.high))
        if done.low >= 0:
            share = t("what the hubs do adds {low} to {high}", low=low, high=high)
        elif done.high <= 0:
            share = t("what the hubs do takes away {low} to {high}", low=high, high=low)
        elif math.isfinite(done.low):
            share = t("what the hubs do may take away up to {low} or add up to {high}", low=low, high=high)
        else:
            share = t("what the hubs do cannot be told from so few worlds")
        rest = t("the rest is who applies, who is chosen, and how one counts")
        return t(
            "{opening}; {clauses}.", opening=opening, clauses=t.pgettext("between clauses", "; ").join([share, rest])
        )

    # Other parameter sets

    @property
    def under_sets(self) -> Table | None:
        """Ten hubs against six under other parameter sets."""
        if self.sets is None or self.sets.empty:
            return None
        t = self.t
        names = {
            "evidence-weighted": t("Parameters close to the evaluations"),
            "operator-friendly": t("Parameters that favour the operator"),
        }
        table = self.sets.set_index(["scenario", "outcome"])
        held = [name for name in RANKED if name in set(self.sets["outcome"])]
        rows = []
        for key in dict.fromkeys(self.sets["scenario"]):
            name = str(key).rpartition("(")[2].rstrip(")")
            findings = [Estimate.of(outcome, table.loc[(key, outcome)].to_dict()) for outcome in held]
            rows.append((names.get(name, name), [cell(t, found) for found in findings]))
        headings = [t("Set of parameters"), *(heading(t, name, difference=True) for name in held)]
        caption = t("Ten hubs instead of six, under fixed parameters of two kinds (95 % interval of chance)")
        return Table(caption, headings, rows)

    # Sensitivity

    @property
    def design(self) -> str:
        """The design of the sensitivity analysis."""
        return "morris" if self.indices is not None and "mu_star" in self.indices else "sobol"

    @property
    def screened_parameters(self) -> int:
        """Number of parameters that the sensitivity analysis varied."""
        return 0 if self.indices is None else int(self.indices["factor"].nunique())

    @property
    def dependence(self) -> Table | None:
        """The parameters that each outcome depends on most."""
        if self.indices is None:
            return None
        t, measure = self.t, "mu_star" if self.design == "morris" else "ST"
        single = {} if self.chance is None else dict(zip(self.chance["outcome"], self.chance["single"], strict=True))
        rows = []
        for outcome, table in self.indices.groupby("outcome", sort=False):
            best = table.sort_values(measure, ascending=False).head(MOST_NAMED)
            named = [self._factor(str(outcome), row, measure) for row in best.to_dict("records")]
            share = single.get(outcome, math.nan)
            rows.append((heading(t, str(outcome), difference=True), [Cell("\n".join(named)), Cell(_share(t, share))]))
        headings = [t("Outcome"), t("Parameters that matter most, in order"), t("Chance in one run")]
        caption = (
            t("Change of the outcome when a parameter crosses its plausible range (95 % interval)")
            if self.design == "morris"
            else t("Share of the outcome's variance that a parameter has a part in (95 % interval)")
        )
        return Table(caption, headings, rows, numeric=False)

    def _factor(self, outcome: str, row: Mapping[Any, Any], measure: str) -> str:
        declaration = schema().declarations.get(row["factor"])
        name = phrase(self.t, declaration) if declaration else str(row["factor"])
        scale = shown_of(outcome).scale if measure == "mu_star" else 100.0
        low, high = (float(row.get(f"{measure}_{end}", math.nan)) * scale for end in ("low", "high"))
        found = Estimate("", float(row[measure]) * scale, max(0.0, low), high, 2)
        return self.t("{what}: {value}", what=name, value=amount(self.t, found, signed=False))

    def figures(self) -> dict[str, Callable[..., Figure]]:
        """The figures that the tables allow."""
        from sim.figures.frontier import frontier
        from sim.figures.gaps import gaps
        from sim.figures.indices import indices
        from sim.figures.waterfall import waterfall
        from sim.inference.observables import COHORT
        from sim.inference.sensitivity import Sensitivity

        ladder, table, chance = self.ladder, self.indices, self.chance
        found: dict[str, Callable[..., Figure]] = {}
        if ladder is not None:
            found["waterfall"] = partial(waterfall, ladder, "success", COHORT, self.t.code)
        if self.best_policies is not None:
            search = self.best_policies.found
            found["frontier"] = partial(frontier, search.frontier, search.aims, search.manifest["limit"], self.t)
        if self.surface is not None:
            found["gaps"] = partial(gaps, self.surface, self.t)
        if table is not None and chance is not None:
            found["sensitivity"] = partial(indices, Sensitivity(self.design, table, chance), self.t)
        return found


def _share(t: Language, share: float) -> str:
    return t.percent(share) if math.isfinite(share) else "–"


def _made_with(manifest: Mapping[Any, Any]) -> tuple[Any, ...] | None:
    """The model and the data that made a result."""
    environment = manifest.get("environment")
    return (environment.get("model"), environment.get("data")) if isinstance(environment, dict) else None
