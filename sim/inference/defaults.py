"""Chooses the default parameters among the draws of a posterior by real runs, and keeps the tables of the choice.

`sim/country/data/responses.csv` has one row per draw: number of worlds, misfit, means of policy effects and moments.
`sim/country/data/typical.csv` describes the chosen draw, with one row per quantity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.inference.calibration_file import Calibration
from sim.inference.fitted_sets import misfit
from sim.inference.responses import RESPONSES, run_responses
from sim.inference.training_runs import run_bank
from sim.inference.typical import LIMITS, Means, chosen, draw_means, short_list
from sim.parameters.draw import Values
from sim.system.spreadsheet import read_csv, write_csv

FIRST_WORLDS = 2
"""Number of worlds in which every draw is run first; they determine the medians and the spread."""
SHORT_LISTS = ((12, 40), (4, 120))
"""Number of draws on each short list, and the number of worlds in which each of these draws is run in total.

With 120 worlds, chance is less than a tenth of the variance of each response. The first list saves runs, because fewer
draws reach that number.
"""
RESPONSES_FILE, TYPICAL_FILE = "responses.csv", "typical.csv"


@dataclass(frozen=True)
class Choice:
    """A choice of the default draw: means and misfits of all draws (numbered from 0), and the first real runs."""

    means: Means
    misfit: pd.Series
    runs: pd.DataFrame

    @property
    def draw(self) -> int:
        """Number of the typical draw."""
        return chosen(self.means, self.misfit)

    def summary(self) -> dict[str, Any]:
        """The entry about the choice for the manifest."""
        draw = self.draw
        outside = self.means.outside().loc[draw]
        return {
            "draw": draw,
            "distance": float(f"{self.means.distances()[draw]:.3g}"),
            "misfit": float(f"{self.misfit[draw]:.3g}"),
            "median_misfit": float(f"{self.misfit.median():.3g}"),
            "worlds": {"every draw": FIRST_WORLDS, "short lists": [worlds for _, worlds in SHORT_LISTS]},
            "short_lists": [self.means.worlds.index[self.means.worlds >= worlds].tolist() for _, worlds in SHORT_LISTS],
            "outside": [name for name, out in outside.items() if out],
        }

    def table(self) -> pd.DataFrame:
        """Table of the typical draw, one row per quantity.

        Columns: `quantity`; `median` and `sd` of the expected values over draws; `world_sd`, the standard deviation
        between worlds of one draw; `value` and `percentile` of the draw; `low` and `high`, the limits of the
        percentile; `outside` (yes or no); `chance`, the share of chance in the variance of means over as many worlds.
        """
        means, draw = self.means, self.draw
        table = pd.DataFrame(
            {
                "median": means.values.median(),
                "sd": np.sqrt(means.spread),
                "world_sd": np.sqrt(means.chance),
                "value": means.values.loc[draw],
                "percentile": means.percentiles().loc[draw],
                "chance": 1 - means.reliability.loc[draw],
            }
        ).join(LIMITS)
        out = means.outside().loc[draw].reindex(table.index, fill_value=False)
        table["outside"] = np.where(out, "yes", "no")
        return table.rename_axis("quantity").reset_index()

    def write(self, folder: Path) -> None:
        """Write `responses.csv` and `typical.csv`."""
        table = self.means.values.copy()
        table.insert(0, "worlds", self.means.worlds)
        table.insert(1, "misfit", self.misfit)
        write_csv(folder / RESPONSES_FILE, table, index=True, index_label="draw", float_format="%.6g")
        write_csv(folder / TYPICAL_FILE, self.table(), float_format="%.6g")


def choose_default(calibration: Calibration, draws: Sequence[Values], folder: Path, **options: Any) -> Choice:
    """Run all draws, then shorter and shorter lists in more worlds, and choose the typical draw.

    Args:
        calibration: the calibration.
        draws: the posterior draws.
        folder: folder for the runs.
        options: options of `run_bank`.

    Raises:
        StudyError, StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    first = calibration.bank.largest

    def run(numbers: Sequence[int], name: str, start: int) -> pd.DataFrame:
        tried = [draws[number] for number in numbers]
        where: dict[str, Any] = {"seed": calibration.seed, "first": start, **options}
        responses = run_responses(tried, folder / f"{name}-responses", **where)
        moments = run_bank(calibration.base, tried, folder / name, **where)
        return responses.join(moments).set_index(pd.Index(numbers, name="draw"))

    kept = [*RESPONSES, *calibration.moments]
    runs = run(np.repeat(range(len(draws)), FIRST_WORLDS).tolist(), "check", first)
    means = draw_means(runs[kept])
    fit = means.values.apply(lambda row: misfit(calibration, row.to_dict()), axis=1)
    every, so_far, listed = runs, FIRST_WORLDS, list(means.values.index)
    for round_, (length, worlds) in enumerate(SHORT_LISTS):
        listed = short_list(means, fit, length, listed)
        more = run(np.repeat(listed, worlds - so_far).tolist(), f"short-list-{round_ + 1}", (3 + round_) * first)
        every, so_far = pd.concat([every, more]), worlds
        means = draw_means(every[kept])
    return Choice(means, fit, runs)


def packaged_table() -> pd.DataFrame:
    """`Choice.table` of the package's defaults, by quantity."""
    with as_file(files("sim.country.data").joinpath(TYPICAL_FILE)) as file:
        return read_csv(file).set_index("quantity")
