"""Truths through all waves: the waves of a calibration, new runs included, are repeated for the facts of known worlds.

Simulation-based calibration on the first wave does not test the waves that follow, because each follows the facts. Here
they are run for each truth, with another seed. The first wave does not depend on the facts, so that all truths share
it, each without its own run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from sim.inference.calibration_file import Calibration
from sim.inference.simulated_truths import PARTS, compared, name_of, ranks_of, truths_of
from sim.inference.surrogate import Surrogate
from sim.system.spreadsheet import read_csv, write_csv

TRUTHS = 10
LONGEST = 10_000
"""Largest number of steps of a truth's final chains: for a rank among 199 draws they need not be as long as those of
the posterior that is kept."""
FILE = "all_waves.csv"


class Posterior(Protocol):
    """What a procedure returns: draws (draws, parameters), and the surrogate that it ended with."""

    @property
    def draws(self) -> np.ndarray:
        """Sample of the posterior (draws, parameters)."""

    @property
    def surrogate(self) -> Surrogate:
        """The surrogate of all waves."""


Procedure = Callable[[Calibration, pd.DataFrame, Path], Posterior]
"""Calibrates to the facts of a calibration after a first wave, in a folder of its own."""


def through_all_waves(
    calibration: Calibration, first_wave: pd.DataFrame, truths: Sequence[int], folder: Path, procedure: Procedure
) -> pd.DataFrame:
    """Apply a procedure to truths of a first wave; truths whose table is in the folder already are kept.

    Args:
        calibration: the calibration that is put to the test.
        first_wave: its first wave, parameters and moments, one row per draw.
        truths: positions of the rows that are truths.
        folder: result folder; each truth has its own in it, and `all_waves.csv` has the table of those that are done.
        procedure: calibrates to synthetic facts.

    Returns:
        One row per truth and quantity: columns of `sim.inference.simulation_based.Verified.ranks`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = pd.DataFrame(columns=["truth", "quantity", *PARTS])
    frames = []
    write_csv(folder / FILE, found)  # marks the folder, so that the same command resumes there
    for frame in _each(calibration, first_wave, truths, folder, procedure):
        frames.append(frame)
        found = pd.concat(frames, ignore_index=True)
        write_csv(folder / FILE, found, float_format="%.6g")
    return found


def _each(
    calibration: Calibration, first_wave: pd.DataFrame, truths: Sequence[int], folder: Path, procedure: Procedure
) -> Iterator[pd.DataFrame]:
    for position in truths:
        own = folder / name_of(position)
        if not (own / FILE).exists():
            truth = next(truths_of(calibration, first_wave, [position], steps=0))
            again = replace(truth.calibration, seed=calibration.seed + 1 + position)
            found = procedure(again, first_wave.drop(index=first_wave.index[position]), own)
            truth = replace(truth, surrogate=found.surrogate.only(truth.surrogate.moments))
            own.mkdir(parents=True, exist_ok=True)
            row = pd.DataFrame([{"replication": position, **compared(truth, found.draws)}])
            write_csv(own / FILE, ranks_of(row), float_format="%.6g")
        yield read_csv(own / FILE)
