"""Policies against a reference under common random numbers: the runs, and what they say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.experiment.draws import FIXED, POSTERIOR, draws_of
from sim.experiment.execution import Workers, workers_for
from sim.experiment.results import Results
from sim.experiment.session import Session, Watcher, sitting
from sim.experiment.statistics import (
    Difference,
    Ratio,
    acceptability,
    paired_difference,
    precise_enough,
    ratio_of_differences,
)
from sim.experiment.store import ResultStore
from sim.experiment.study import Extent, Study, StudyError, folder_name
from sim.experiment.under_sets import SIX_AND_TEN, UNDER_SETS, UnderSets, ask_under_sets
from sim.experiment.worlds import Runner, run_policies

if TYPE_CHECKING:
    from sim.scenario import Scenario

WATCHED = ("survival_5y", "export_rate")
"""Outcomes whose paired differences `precision` is about."""
BATCH, MOST = 10, 1000
"""Replications between two looks at the precision, and the most that are run."""

PRICES = {"cost_per_additional_survivor": "survivors_5y", "cost_per_additional_exporter": "exporters"}
"""Ratios of a comparison (unit of `cost` per startup) and the outcome that each divides by."""


class Comparison(Results):
    """The result of `compare`: frames, table, figures and the folder they are kept in."""

    kind = "compare"

    @property
    def parameters(self) -> str:
        """What the worlds lived under: `posterior`, `fixed`, or the name of a set or file."""
        return self.manifest["options"].get("parameters", FIXED)

    @cached_property
    def under_sets(self) -> UnderSets | None:
        """The question under the named parameter sets, when it was asked."""
        folder = self.folder / UNDER_SETS
        return UnderSets(folder) if folder.exists() else None

    @property
    def reference(self) -> str:
        """Key of the scenario that the others are compared with."""
        return self.manifest["options"]["reference"]

    @property
    def scenarios(self) -> list[str]:
        """Keys of the scenarios, the reference first."""
        return sorted(super().scenarios, key=lambda key: key != self.reference)

    def difference(self, scenario: str, outcome: str) -> Difference:
        """Paired difference of an outcome from the reference."""
        return paired_difference(self.values(scenario, outcome), self.values(self.reference, outcome), self.draws)

    def _extra(self, scenario: str, outcome: str) -> np.ndarray:
        return self.values(scenario, outcome) - self.values(self.reference, outcome)

    def price(self, scenario: str, ratio: str) -> Ratio:
        """Cost per additional survivor or exporter (a key of PRICES), with Fieller's interval."""
        return ratio_of_differences(self._extra(scenario, "cost"), self._extra(scenario, PRICES[ratio]), self.draws)

    @cached_property
    def prices(self) -> dict[tuple[str, str], Ratio]:
        """All ratios by scenario and name; empty when `cost` or an effect is not among the outcomes."""
        return {
            (scenario, ratio): self.price(scenario, ratio)
            for scenario in self.scenarios[1:]
            for ratio, effect in PRICES.items()
            if {"cost", effect} <= set(self.outcomes)
        }

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Paired difference of each outcome from the reference, with Student's 95 % interval.

        `sd_paired` and `sd_unpaired` are standard deviations of one difference; `chance_share` is the
        share of chance in the variance behind the interval, the rest being the parameters'. The two ratios of
        PRICES come as outcomes too, with Fieller's interval; they are empty where the
        effect cannot be told from zero.
        """
        rows = []
        for scenario in self.scenarios[1:]:
            head = {"scenario": scenario, "reference": self.reference}
            for outcome in self.outcomes:
                found = self.difference(scenario, outcome)
                rows.append(
                    {
                        **head,
                        "outcome": outcome,
                        "difference": found.mean,
                        "ci_low": found.low,
                        "ci_high": found.high,
                        "n": found.n,
                        "sd_paired": found.sd,
                        "sd_unpaired": found.sd_unpaired,
                        "chance_share": found.chance,
                    }
                )
            for (key, outcome), ratio in self.prices.items():
                if key == scenario:
                    interval = {"difference": ratio.value, "ci_low": ratio.low, "ci_high": ratio.high}
                    rows.append({**head, "outcome": outcome, **interval, "n": ratio.n})
        columns = ["scenario", "reference", "outcome", "difference", "ci_low", "ci_high", "n"]
        return pd.DataFrame(rows, columns=[*columns, "sd_paired", "sd_unpaired", "chance_share"])

    @cached_property
    def acceptability(self) -> pd.DataFrame:
        """Share of worlds in which each policy pays, by willingness to pay (unit of `cost` per startup).

        The range of willingness reaches twice the dearest ratio that is distinguishable.
        """
        told = [abs(ratio.value) for ratio in self.prices.values() if ratio.verdict == "gain"]
        willingness = np.linspace(0, _round_up(2 * max(told, default=2500.0)), 51)
        curves = []
        for scenario, ratio in self.prices:
            curve = acceptability(self._extra(scenario, "cost"), self._extra(scenario, PRICES[ratio]), willingness)
            curves.append(
                pd.DataFrame(
                    {
                        "scenario": scenario,
                        "reference": self.reference,
                        "effect": PRICES[ratio],
                        "willingness": curve.willingness,
                        "share": curve.share,
                        "ci_low": curve.low,
                        "ci_high": curve.high,
                        "n": curve.n,
                    }
                )
            )
        return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame()

    def report(self) -> None:
        """Write the report in English; `hubsim report` has the other languages."""
        from sim.report import write_report

        write_report(self.folder)

    def illustrate(self, workers: int | Workers | None = None) -> None:
        """Draw the figures and write the report side by side: the same files as one after the other."""
        from sim.figures.drawing import ALL, draw_one
        from sim.report import write_report

        crew = workers_for(workers, 1 + len(ALL))
        if crew.count == 1:
            return super().illustrate()
        try:
            with crew:
                report = crew.submit(write_report, self.folder)  # first, because it takes longest
                drawn = [crew.submit(partial(draw_one, self.folder), name) for name in ALL]
                self._note_figures(path for figure in drawn for path in figure.result())
                report.result()
        except BrokenExecutor:  # a worker was killed: there may be memory for one
            super().illustrate()

    def table(self, language: str = "en", width: int = 120) -> str:
        """The comparison as text of at most `width` columns: see `sim.experiment.tabulation`."""
        from sim.experiment.tabulation import text

        return text(self, language, width)

    def as_dict(self) -> dict[str, Any]:
        """The table as plain data for JSON; values that are not defined are None."""
        from sim.experiment.tabulation import plain

        return plain(self)


def _round_up(value: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    scale = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * scale for step in (1, 2, 5, 10) if value <= step * scale)


def compare(
    scenarios: Sequence[Scenario],
    *,
    reference: str = "today",
    replications: int = 100,
    precision: float | None = None,
    seed: int = 1,
    parameters: str = POSTERIOR,
    workers: int | Workers | None = None,
    out: Path | str | None = None,
    progress: Watcher | None = None,
    remark: Callable[[str], None] | None = None,
    command: str | None = None,
    runner: Runner = run_policies,
) -> Comparison:
    """Run scenarios in the same worlds and compare them with a reference.

    Args:
        scenarios: two or more scenarios with different keys, the reference among them.
        reference: key of the scenario that the others are compared with.
        replications: number of worlds, when `precision` is not given.
        precision: run until the half-widths of the 95 % intervals of the paired differences of
            `survival_5y` and `export_rate` are at most this (a share: 0.005 is half a point), as far as
            more replications can narrow them, met twice in a row at batches of 10, with at most 1,000 replications.
        seed: root seed; replication 0 is the world of `EcosystemModel(scenario, rng=seed)`.
        parameters: what the worlds live under: `posterior`, one draw per two replications, the same in every
            policy, so that intervals hold what is not known of the parameters too; `fixed`, the defaults; the
            name of a set, or a file of draws or of values. What a scenario sets itself stays.
        workers: number of processes, by default one per processor, or a pool that is there already; the numbers do
            not depend on it.
        out: result folder, by default `results/<names of the scenarios>`. The same study goes on where
            it stopped, a finished one is read again, another study's folder is left alone and a
            numbered one is taken.
        progress: called with a `Progress` whenever runs have ended.
        remark: called with a sentence about the folder, when there is something to say.
        command: the line that repeats this comparison, for the manifest.
        runner: what runs a chunk; the model's own by default.

    Raises:
        StudyError: what was asked for cannot be done.
        StudyStoppedError: results cannot be written, or workers keep dying.
        StudyInterrupted: after Ctrl-C; the folder is usable and can be resumed.
    """
    keys = [scenario.key for scenario in scenarios]
    if reference not in keys:
        nearest = get_close_matches(reference, keys, 1, 0.0)
        raise StudyError(
            f"the reference {reference!r} is not among the scenarios ({', '.join(keys) or 'none were given'})"
            + (f"; did you mean {nearest[0]!r}?" if nearest else "")
        )
    if len(keys) < 2:
        raise StudyError(f"there is nothing to compare {reference!r} with: name at least one more scenario")
    if replications < 1:
        raise StudyError(f"replications is {replications}; it must be 1 or more")
    if precision is not None and not 0 < precision < 1:
        raise StudyError(f"precision is {precision}; it is a share between 0 and 1, such as 0.005 for half a point")
    draws = draws_of(parameters)
    study = Study("compare", tuple(scenarios), seed, options={"reference": reference}, draws=draws)
    extent = Extent(replications) if precision is None else Extent(MOST, precision)
    base = Path(out) if out is not None else Path("results") / folder_name(study.scenarios)
    call = command or (
        f"sim.compare([{', '.join(keys)}], reference={reference!r}, replications={replications}, "
        f"precision={precision}, seed={seed}, parameters={parameters!r}, out={str(base)!r})"
    )
    with workers_for(workers, extent.replications) as crew:
        with sitting(
            study,
            extent,
            base,
            command=call,
            workers=crew,
            runner=runner,
            watch=progress,
            remark=remark,
            summarise=_write_tables,
        ) as (store, session):
            if session is not None:
                if precision is None:
                    session.expect(replications * len(keys))
                    session.run(study.chunk(position) for position in range(replications))
                else:
                    _run_until_precise(session, study, reference, precision)
        comparison = Comparison(store.folder)
        asked = [scenario for scenario in scenarios if scenario.key in SIX_AND_TEN]
        if parameters == POSTERIOR and len(asked) == len(SIX_AND_TEN):
            ask_under_sets(asked, comparison, crew, call, progress, runner)
    return comparison


def _run_until_precise(session: Session, study: Study, reference: str, precision: float) -> None:
    """Run batches until the precision is met twice in a row, a sequential stopping rule."""
    met = 0
    for first in range(0, MOST, BATCH):
        session.run(study.chunk(position) for position in range(first, first + BATCH))
        met = met + 1 if _is_precise(session.runs(), reference, precision) else 0
        if met == 2:
            return


def _is_precise(runs: pd.DataFrame, reference: str, precision: float) -> bool:
    """Whether enough worlds have been run; all replications of `runs` are whole, so their draws are the same."""
    worlds = {key: rows.set_index("replication") for key, rows in runs.groupby("scenario")}
    origin = worlds.pop(reference)
    differences = [
        paired_difference(rows[outcome].reindex(origin.index), origin[outcome], origin.get("draw"))
        for rows in worlds.values()
        for outcome in WATCHED
        if outcome in rows
    ]
    return precise_enough(differences, precision)


def _write_tables(store: ResultStore) -> None:
    """Write the CSV files that follow from `runs`."""
    Comparison(store.folder).write("summary", "differences", "acceptability")
