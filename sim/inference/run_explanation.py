"""`hubsim explain`: runs a ladder in each world, and computes the mean and interval of every rung over parameter draws.

Two worlds share a draw, as in a comparison, so that chance can be removed from the intervals: an interval then shows
only the uncertainty that the facts leave.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike

import numpy as np
import pandas as pd

from sim.inference.ladder import BESIDE_LADDER, LADDER_STEPS, RATES, TOTALS, run_ladders
from sim.inference.rungs import rung_labels
from sim.parameters.draws import POSTERIOR, draws_of
from sim.scenario import Scenario
from sim.scenario.arguments import number
from sim.studies.codebook import write_codebook
from sim.studies.lookup import all_scenarios
from sim.studies.record import seal
from sim.studies.results import Results
from sim.studies.session import OnProgress, open_session
from sim.studies.statistics import effect, level
from sim.studies.study import Extent, Study, result_folder
from sim.words.language import language

DEFAULT_WORLDS = 100
"""Default number of worlds: 50 draws of the posterior with two worlds each."""
RUNGS = ("reference", *LADDER_STEPS[:-1], "cohort", LADDER_STEPS[-1], "operator", *BESIDE_LADDER)
"""Rows of the table, in order."""


class Explanation(Results):
    """The result of `explain`: one row per world in `runs`, with columns `success:reference`, `export:mentoring`, …."""

    kind = "explain"

    def table(self, rate: str) -> pd.DataFrame:
        """The ladder of a rate (`success` or `export`): see `ladder_table`."""
        [scenario] = self.scenarios
        columns = {rung: f"{rate}:{rung}" for rung in RUNGS}
        nothing = np.full(len(self._numbers), np.nan)  # if all runs failed
        worlds = {rung: self.values(scenario, name) if name in self.runs else nothing for rung, name in columns.items()}
        return ladder_table(pd.DataFrame(worlds), self.draws)


def ladder_table(worlds: pd.DataFrame, draws: np.ndarray | None) -> pd.DataFrame:
    """Table of a ladder, one row per rung.

    Args:
        worlds: one row per world, one column for each of `RUNGS`.
        draws: number of the draw of each world; None if the parameters are fixed.

    Returns:
        Columns `rung, label, value, median, low, high, p_positive, n, draws`: mean and median over draws, the 95 %
        interval (without chance; with fixed parameters it covers chance only), and the probability that a step is
        above zero. The means of the steps add up to the operator's rate minus the reference line.
    """
    names, rows = rung_labels(language("en")), []
    for rung in RUNGS:
        values = worlds[rung].to_numpy(dtype=float)
        step = None if rung in TOTALS else effect(values, np.zeros_like(values), draws)
        found = step or level(values, draws)
        rows.append(
            {
                "rung": rung,
                "label": names[rung],
                "value": found.mean,
                "median": found.median,
                "low": found.low,
                "high": found.high,
                "p_positive": np.nan if step is None else step.p_positive,
                "n": found.n,
                "draws": found.draws,
            }
        )
    return pd.DataFrame(rows)


def explain(
    scenario: Scenario | str | PathLike[str],
    folder: str | PathLike[str],
    *,
    replications: int = DEFAULT_WORLDS,
    seed: int = 1,
    parameters: str | PathLike[str] = POSTERIOR,
    weights: str | PathLike[str] | None = None,
    workers: int | None = None,
    command: str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
) -> Explanation:
    """Decompose the success rate and the export rate of a scenario into the steps of a ladder.

    Args:
        scenario: the policy, or its name or path; values that it sets stay.
        folder: result folder; an unfinished result in it is continued.
        replications: number of worlds; replication r is the world r of a comparison, under the same draw.
        seed: root seed.
        parameters: parameters of the worlds, as in `compare`.
        weights: a file with the weight of each draw, as in `compare`.
        workers: number of processes, by default one per processor; the numbers do not depend on it.
        command: command that repeats this, for the manifest.
        progress: called with a `Progress` after ladders have ended.
        remark: called with sentences about the folder.

    Raises:
        StudyError, StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    [scenario] = all_scenarios([scenario])
    replications = number("replications", replications)
    study = Study("explain", (scenario,), seed, record=(), draws=draws_of(parameters, weights))
    with open_session(
        study,
        Extent(replications),
        result_folder(folder),
        command=command,
        workers=workers,
        runner=run_ladders,
        progress=progress,
        remark=remark,
    ) as (store, session):
        if session is not None:
            session.expect(replications)
            session.run(study.chunk(position) for position in range(replications))
    explanation = Explanation(store.folder)
    for rate in RATES:
        store.write_csv(f"explanation_{rate}", explanation.table(rate))
    write_codebook(store)
    seal(store, *(f"explanation_{rate}.csv" for rate in RATES))
    return explanation
