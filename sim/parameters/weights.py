"""Weights of draws: a new fact or a judgement lets some draws count more than others, without a new calibration.

A file with the columns `draw` and `weight` names every draw once; other columns are allowed. Weights act by
deterministic systematic resampling (Kitagawa 1996, "Monte Carlo filter and smoother for non-Gaussian nonlinear state
space models", J. Comput. Graph. Stat. 5): the worlds of a study take their draws in proportion to the weights, so that
all tables are computed as always. One after another, worlds visit the cumulative weights at points that are evenly
spread at any moment (Kronecker's sequence of the golden ratio), so that few worlds are as balanced as many. With equal
weights the order of draws is that without weights.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.country.data.sheet import CsvSheet, Fault, read_sheet
from sim.errors import StudyError, did_you_mean, listed, said
from sim.system.paths import is_there

FEW_EFFECTIVE, FEWEST_EFFECTIVE = 50, 10
"""Effective numbers of draws below which weights are remarked on, and refused.

Intervals reach their nominal coverage from 50 draws on, and an effect can be clear only with 45 draws that agree. With
fewer than 10, each end of an interval rests on a quarter of a draw: the old draws hardly reach where the new fact lies,
and only a new calibration finds those that do.
"""
_GOLDEN = (math.sqrt(5) - 1) / 2
COLUMNS = ("draw", "weight")


@dataclass(frozen=True)
class Weights:
    """Weights of all draws of a file, in their order; their sum is 1. `name` is the argument of `--weights`."""

    name: str
    values: tuple[float, ...]

    @property
    def effective(self) -> float:
        """Effective number of draws, `1 / sum(weight^2)` (Kish 1965): as precise as so many draws of equal weight."""
        return 1 / sum(weight**2 for weight in self.values)

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return hashlib.sha256(json.dumps(self.values).encode()).hexdigest()

    @property
    def sentence(self) -> str:
        """What the weights are worth: `draws weighted by new.csv: effective number 73 of 200`, and if this is few."""
        words = f"draws weighted by {self.name}: effective number {self.effective:.0f} of {len(self.values)}"
        if self.effective >= FEW_EFFECTIVE:
            return words
        return (
            f"{words}. That is few: below {FEW_EFFECTIVE}, intervals depend on which draws there happen to be, and "
            "hardly any effect can be clear. A calibration with the new fact among its targets would say more"
        )

    def picks(self, order: np.ndarray) -> np.ndarray:
        """The draws that worlds use one after another, (draws,): a permutation of `order` if the weights are equal.

        Args:
            order: rows of the draws in the order in which worlds use them without weights, (draws,).
        """
        count = len(order)
        rank = np.argsort(np.argsort((np.arange(count) + 0.5) * _GOLDEN % 1))
        arranged = np.empty_like(order)
        arranged[rank] = order
        share = np.cumsum(np.asarray(self.values)[arranged])
        found: np.ndarray = arranged[np.searchsorted(share / share[-1], (rank + 0.5) / count, side="right")]
        return found


def weights_of(path: str, numbers: Sequence[int]) -> Weights:
    """Read a file of weights of the draws with these numbers.

    Raises:
        StudyError: the file does not exist or has mistakes, with their places; or too few draws have much weight.
    """
    if not is_there(path):
        raise StudyError(
            said(
                "--weights {path}: there is no such file; write a table with the columns {names}, or let hubsim "
                "calibrate --fact make it",
                path=path,
                names=" and ".join(COLUMNS),
            )
        )
    sheet = read_sheet(path)
    _check_columns(sheet)
    found: dict[int, float] = {}
    faults: list[Fault] = []
    known = set(numbers)
    for row, cells in enumerate(sheet.records()):
        draw, weight = (sheet.number(cells[name]) for name in COLUMNS)
        if draw not in known:
            faults.append(_fault(sheet, row, "draw", f"draw is {_shown(cells['draw'])}, but {_allowed(numbers)}"))
        elif int(draw) in found:
            faults.append(_fault(sheet, row, "draw", f"draw {int(draw)} is there twice; keep one of its rows"))
        elif weight is None or not 0 <= weight < math.inf:
            faults.append(
                _fault(
                    sheet, row, "weight", f"weight is {_shown(cells['weight'])}, but must be a number of 0 or more; "
                    "write 0 for a draw that does not count"
                )
            )  # fmt: skip
        if draw in known:
            found.setdefault(int(draw or 0), weight or 0.0)
    missing = [number for number in numbers if number not in found]
    if missing and not faults:
        few = listed(map(str, missing), 5)
        message = said(
            "{count} of {all} draws have no weight: {few}; write 0 for draws that do not count",
            count=len(missing),
            all=len(numbers),
            few=few,
        )
        faults.append(_fault(sheet, None, "draw", message))
    elif not any(found.values()) and not faults:
        faults.append(_fault(sheet, None, "weight", said("all weights are 0; at least one must be above 0")))
    sheet.refuse(faults)
    return _normalized(path, [found[number] for number in numbers])


def _normalized(name: str, values: Sequence[float]) -> Weights:
    """Weights with the sum 1; raises StudyError if too few draws carry them."""
    scaled = [value / max(values) for value in values]  # the sum of large numbers may not be finite
    total = math.fsum(scaled)
    weights = Weights(name, tuple(value / total for value in scaled))
    if weights.effective < FEWEST_EFFECTIVE:
        raise StudyError(
            said(
                "--weights {name}: the effective number of draws is {effective} of {values}, but must be "
                "{fewest_effective} or more: nearly all weight is on a few draws, which say nothing about what is "
                "between them. Calibrate with the new fact among the targets: hubsim calibrate EXPERIMENT",
                name=name,
                effective=f"{weights.effective:.1f}",
                values=len(values),
                fewest_effective=FEWEST_EFFECTIVE,
            )
        )
    return weights


def _check_columns(sheet: CsvSheet) -> None:
    lacking = [name for name in COLUMNS if name not in sheet.columns]
    near = "".join(did_you_mean(column, lacking) for column in sheet.columns if column not in COLUMNS)
    sheet.refuse(
        [
            Fault(
                sheet.heading,
                1,
                said("the table has no column {name}; its columns must be draw and weight{near}", name=name, near=near),
            )
            for name in lacking[:1]
        ]
    )


def _fault(sheet: CsvSheet, row: int | None, column: str, message: str) -> Fault:
    return Fault(*sheet.place(row, column), message)


def _shown(cell: str) -> str:
    return cell[:40] or "empty"


def _allowed(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    some = f"from {low} to {high}" if high - low + 1 == len(numbers) else f"of these: {listed(map(str, numbers), 12)}"
    return f"must be the number of a draw, {some}"
