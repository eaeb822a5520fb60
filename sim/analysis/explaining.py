"""`hubsim explain`: ladders over replications and over posterior draws, their means, intervals and table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.analysis.bank import Draw, apply
from sim.analysis.explanation import APART, RATES, STEPS, run_ladders
from sim.experiment.session import Watcher, sitting
from sim.experiment.statistics import level
from sim.experiment.study import Chunk, Extent, Study
from sim.figures.words import words_of
from sim.scenario import Scenario

POSTERIOR_INTERVAL = (0.05, 0.95)
_SUFFIX = "-under-the-posterior"


@dataclass(frozen=True)
class Explanation:
    """Ladders of a scenario, a row a run: columns `set` (chance or posterior), `replication`, `success:reference` …."""

    scenario: str
    runs: pd.DataFrame
    folder: Path

    def table(self, rate: str) -> pd.DataFrame:
        """One row a rung: mean over replications, its 95 % interval, and the 90 % interval over posterior draws.

        Columns `rung, label, value, chance_low, chance_high, posterior_low, posterior_high`. The means of
        the steps add up to the difference between the operator's rate and the reference line.
        """
        rungs = ("reference", *STEPS[:-1], "cohort", STEPS[-1], "operator", *APART)
        words = words_of("en")
        chance, posterior = (self.runs[self.runs["set"] == name] for name in ("chance", "posterior"))
        rows = []
        for rung in rungs:
            column = f"{rate}:{rung}"
            found = level(chance[column])
            drawn = posterior[column].dropna()
            ends = np.quantile(drawn, POSTERIOR_INTERVAL) if len(drawn) else (np.nan, np.nan)
            rows.append(
                {
                    "rung": rung,
                    "label": words(f"rung.{rung}"),
                    "value": found.mean,
                    "chance_low": found.low,
                    "chance_high": found.high,
                    "posterior_low": float(ends[0]),
                    "posterior_high": float(ends[1]),
                }
            )
        return pd.DataFrame(rows)


def explain(
    scenario: Scenario,
    draws: list[Draw],
    folder: Path,
    *,
    replications: int = 20,
    seed: int = 1,
    workers: int | None = None,
    command: str | None = None,
    watch: Watcher | None = None,
    remark: Callable[[str], None] | None = None,
) -> Explanation:
    """Take the rates of a scenario apart: in replications at its own parameters, and once at each draw.

    Draw n lives in replication n, so that the interval over draws holds both what is not known and chance.

    Raises:
        StudyError, StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    drawn = scenario.with_values({}, key=scenario.key + _SUFFIX)
    study = Study("explain", (scenario, drawn), seed=seed, record=(), options={"draws": len(draws)})
    chunks = [Chunk(f"chance-{number:05d}", number, (scenario,)) for number in range(replications)]
    chunks += [Chunk(f"posterior-{number:05d}", number, (apply(drawn, draw),)) for number, draw in enumerate(draws)]
    with sitting(
        study,
        Extent(len(chunks)),
        folder,
        command=command,
        workers=workers,
        runner=run_ladders,
        watch=watch,
        remark=remark,
    ) as (store, session):
        if session is not None:
            session.expect(len(chunks))
            session.run(chunks)
    runs = store.frame("runs")
    runs["set"] = np.where(runs["scenario"] == scenario.key, "chance", "posterior")
    explanation = Explanation(scenario.key, runs[runs["status"] == "ok"], store.folder)
    for rate in RATES:
        explanation.table(rate).to_csv(store.folder / f"explanation_{rate}.csv", index=False)
    return explanation
