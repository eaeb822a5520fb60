"""The bank: training runs for the surrogate, with one replication at each of many parameter draws.

A draw is one chunk of a study, so the bank is crash-safe like a comparison: a killed process loses only the draws in
progress, and the resumed bank has the same rows. Draw n is run in replication n, so different draws have independent
chance, and the scatter around the surrogate includes the chance of one history.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.inference.run_moments import run_moments
from sim.parameters.draw import Values
from sim.studies.session import OnProgress, open_session
from sim.studies.store import DRAWS_TABLE, ResultStore
from sim.studies.study import Chunk, Extent, Study

if TYPE_CHECKING:
    from sim.scenario import Scenario

NEAR = 0.2
"""Standard deviation of the draws around a point, as a share of each prior range."""


def run_bank(base: Scenario, draws: Sequence[Values], folder: Path, **options: Any) -> pd.DataFrame:
    """Run a bank; returns only the table of `bank_in`."""
    return bank_in(base, draws, folder, **options)[1]


def bank_in(
    base: Scenario,
    draws: Sequence[Values],
    folder: Path,
    *,
    seed: int = 1,
    first: int = 0,
    workers: int | None = None,
    command: str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
) -> tuple[Path, pd.DataFrame]:
    """Run a bank, or read a finished one.

    Args:
        base: the scenario that the draws change.
        draws: values of the parameters by path, for each draw.
        folder: result folder.
        seed: root seed.
        first: replication of the first draw; draw i is run in replication `first` + i.
        workers: number of processes, by default one per processor.
        command: command that repeats this, for the manifest.
        progress: called with a `Progress` after runs have ended.
        remark: called with sentences about the folder.

    Returns:
        The folder, and parameters and moments with one row per draw; the moments of a failed draw are NaN.

    Raises:
        StudyError, StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    options = {"draws_digest": digest_of_draws(draws, first)}
    study = Study("calibrate", (base,), seed=seed, first=first, record=(), options=options)
    extent = Extent(len(draws))
    chunks = (
        Chunk(f"draw-{first + index:05d}", first + index, (base.with_values(draw),)) for index, draw in enumerate(draws)
    )
    with open_session(
        study, extent, folder, command=command, workers=workers, runner=run_moments, progress=progress, remark=remark
    ) as (store, session):
        if session is not None:
            session.expect(len(draws))
            keep_draws(store, draws, first)
            session.run(chunks)
    moments = store.frame("runs").set_index("replication")
    moments = moments.drop(columns=["scenario", "seed", "status", "stage", "error"])
    parameters = pd.DataFrame(draws, index=pd.RangeIndex(first, first + len(draws), name="replication"))
    return store.folder, pd.concat([parameters, moments.reindex(parameters.index)], axis=1).astype(float)


def digest_of_draws(draws: Sequence[Values], first: int) -> str:
    """SHA-256 of draws whose first is run in replication `first`."""
    text = json.dumps([[first, *sorted(draw.items())] for draw in draws])
    return hashlib.sha256(text.encode()).hexdigest()


def keep_draws(store: ResultStore, draws: Sequence[Values], first: int) -> None:
    """Write the draws into a folder, by the replications in which they are run, so that each can be run again."""
    numbers = pd.RangeIndex(first, first + len(draws), name="draw")
    store.write_csv(DRAWS_TABLE, pd.DataFrame(draws, index=numbers).reset_index())


def near_draws(
    priors: Mapping[str, tuple[float, float]], centre: Mapping[str, float], count: int, seed: int = 1
) -> list[Values]:
    """Draws around a point: normal, truncated to the ranges, with `NEAR` of each range as standard deviation."""
    from scipy.stats import truncnorm

    low, high = np.array(list(priors.values())).T
    middle = np.array([centre[path] for path in priors])
    spread = NEAR * (high - low)
    uniform = np.random.default_rng(seed).random((count, len(priors)))
    points = np.asarray(truncnorm.ppf(uniform, (low - middle) / spread, (high - middle) / spread, middle, spread))
    return [dict(zip(priors, row, strict=True)) for row in points.tolist()]


def sobol_draws(priors: Mapping[str, tuple[float, float]], count: int, seed: int = 1) -> list[Values]:
    """A scrambled Sobol sequence over the ranges of the priors."""
    from scipy.stats import qmc

    power = max(1, int(np.ceil(np.log2(count))))
    points = qmc.Sobol(len(priors), rng=seed).random_base2(power)[:count]
    low, high = np.array(list(priors.values())).T
    return [dict(zip(priors, row, strict=True)) for row in (low + points * (high - low)).tolist()]
