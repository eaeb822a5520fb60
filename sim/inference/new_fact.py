"""Weights of posterior draws by a new fact: `hubsim calibrate EXPERIMENT --fact`, without runs and without new chains.

The weight of a draw is the likelihood of all facts, the new one included, over that of the facts that were fitted
(importance sampling from the posterior, as in Kong, Liu and Wong 1994, "Sequential imputations and Bayesian missing
data problems", J. Am. Stat. Assoc. 89). The likelihood is that of the calibration (`sim.inference.sampling`): the
surrogate's prediction and scatter at the draw, a quarter of the band as tolerance, and the model's own error. A fact
about a moment that was fitted replaces what was fitted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.country.data import table
from sim.errors import Sentence, StudyError, said, suggestion
from sim.inference.calibration_file import Calibration, Target
from sim.inference.defaults import RESPONSES_FILE
from sim.inference.responses import RESPONSES
from sim.inference.run_calibration import learn
from sim.inference.sampling import likelihood_of
from sim.parameters.draws import POSTERIOR, Draws
from sim.parameters.weights import FEWEST_EFFECTIVE, Weights
from sim.system.spreadsheet import read_csv, write_csv

WEIGHTS_FILE, MOVED_FILE, FACTS_FILE = "weights.csv", "moved.csv", "weights_manifest.json"
_FORM = "NAME=VALUE:LOW:HIGH, or NAME=LOW:HIGH where all values between are equally good"
_ENDS = (0.05, 0.95)
MOVED = (
    "quantity", "source", "before", "before_low", "before_high", "after", "after_low", "after_high", "shift",
)  # fmt: skip
"""Columns of the table of what a fact moves."""


@dataclass(frozen=True)
class FactWeights:
    """What new facts say of the draws of a posterior.

    Attributes:
        facts: the facts.
        weights: one row per draw: `draw`, `weight` (the sum is 1), and the predicted value of each fact by its name.
        moved: one row per quantity, columns `MOVED`: mean and 90 % interval over draws before and after, and the shift
            of the mean in standard deviations over draws. `source` is `surrogate`, or `runs` for differences between
            policies, which have no interval, because chance is in the means of a draw.
        effective: effective number of draws.
        r2: R2 of the surrogate for each fact.
        replaced: names of facts that replace a fitted one.
    """

    facts: tuple[Target, ...]
    weights: pd.DataFrame
    moved: pd.DataFrame
    effective: float
    r2: dict[str, float]
    replaced: tuple[str, ...]

    @property
    def told(self) -> dict[str, Any]:
        """The facts and what they are worth, as plain data."""
        return {
            "facts": [
                {
                    "name": fact.name,
                    "value": fact.value,
                    "low": fact.low,
                    "high": fact.high,
                    "replaces_what_was_fitted": fact.name in self.replaced,
                    "surrogate_r2": round(self.r2[fact.name], 3),
                }
                for fact in self.facts
            ],
            "draws": len(self.weights),
            "effective_draws": round(self.effective, 1),
        }

    def write(self, folder: Path) -> None:
        """Write `weights.csv`, `moved.csv` and `weights_manifest.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        write_csv(folder / WEIGHTS_FILE, self.weights, float_format="%.9g")
        write_csv(folder / MOVED_FILE, self.moved, float_format="%.6g")
        text = json.dumps(self.told, indent=2, ensure_ascii=False) + "\n"
        (folder / FACTS_FILE).write_text(text, encoding="utf-8")


def fact_of(text: str) -> Target:
    """The fact that a `--fact` states: `residents_2024=480:460:500`, or a band alone, `turnover=0.22:0.3`.

    Raises:
        StudyError: the text has another form, or its numbers do not fit together.
    """
    name, given, numbers = text.partition("=")
    parts = numbers.split(":")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if not given or not name.strip() or len(values) not in (2, 3) or not all(map(math.isfinite, values)):
        raise StudyError(
            said(
                "--fact {text}: write {form}, with numbers; for example residents_2024=480:460:500",
                text=text,
                form=_FORM,
            )
        )
    *value, low, high = values
    if not low < high:
        raise StudyError(
            said(
                "--fact {text}: the band must go from a lower to a higher number, not {low} to {high}",
                text=text,
                low=f"{low:g}",
                high=f"{high:g}",
            )
        )
    if value and not low <= value[0] <= high:
        raise StudyError(
            said(
                "--fact {text}: the value {value} must be in its band, {low} to {high}",
                text=text,
                value=f"{value[0]:g}",
                low=f"{low:g}",
                high=f"{high:g}",
            )
        )
    return Target(name.strip(), low, high, value[0] if value else None, "", "")


def check_names(facts: Sequence[Target], calibration: Calibration, bank: pd.DataFrame) -> None:
    """Check that the bank has the moments of the facts, each once.

    Raises:
        StudyError: a name is unknown, or given twice.
    """
    names = [fact.name for fact in facts]
    known = [name for name in bank.columns if name not in calibration.priors]
    published = set(table("facts")["id"])
    for name in names:
        if name not in known:
            what = (
                said("is a fact that the bank has no moment of; run a new bank with hubsim calibrate")
                if name in published
                else said("is no fact of facts.csv and no moment of the bank{near}", near=suggestion(name, known))
            )
            raise StudyError(said("--fact {name}: {name} {what}", name=name, what=what))
        if names.count(name) > 1:
            raise StudyError(said("--fact {name} is given twice; give each fact once", name=name))


def weigh(calibration: Calibration, bank: pd.DataFrame, draws: Draws, facts: Sequence[Target]) -> FactWeights:
    """Weigh draws by new facts.

    Args:
        calibration: the calibration of the posterior.
        bank: its bank.
        draws: draws of all free parameters of the calibration.
        facts: the facts; `check_names` has accepted them.

    Raises:
        StudyError: the draws lack a free parameter or are outside the ranges, or too few draws carry the weight.
    """
    points = _points(calibration, draws)
    names = [fact.name for fact in facts]
    effects = [effect.name for effect in calibration.effects]
    kept = tuple(target for target in calibration.targets if target.name not in names)
    surrogate = learn(calibration, bank, moments=[*dict.fromkeys([*calibration.moments, *names])])
    now, then = (
        likelihood_of(replace(calibration, targets=targets), surrogate)(points)
        for targets in ((*kept, *facts), calibration.targets)
    )
    weight = np.exp(now - then - (now - then).max())
    weight /= weight.sum()
    found = Weights("", tuple(weight.tolist()))
    predicted = dict(zip(surrogate.moments, surrogate(points).T, strict=True))
    if found.effective < FEWEST_EFFECTIVE:
        raise StudyError(_too_few(found.effective, facts, predicted))
    return FactWeights(
        tuple(facts),
        pd.DataFrame({"draw": draws.frame["draw"], "weight": weight, **{name: predicted[name] for name in names}}),
        _moved({name: predicted[name] for name in dict.fromkeys([*effects, *names])}, draws, weight),
        found.effective,
        {name: surrogate.quality()[name] for name in names},
        tuple(name for name in names if name in {target.name for target in calibration.targets}),
    )


def _points(calibration: Calibration, draws: Draws) -> np.ndarray:
    """The draws as points (draws, parameters) in the order of the calibration's free parameters."""
    free = list(calibration.priors)
    lacking = [path for path in free if any(path not in draw for draw in draws.values)]
    if lacking or not draws.values:
        raise StudyError(
            said(
                "--fact needs draws of all {free} free parameters of the calibration, as its posterior.csv has; "
                "{name} lacks {lacking}",
                free=len(free),
                name=draws.name,
                lacking=lacking[0] if lacking else "all of them",
            )
        )
    points = np.array([[draw[path] for path in free] for draw in draws.values])
    for path, column in zip(free, points.T, strict=True):
        low, high = calibration.priors[path]
        if (wrong := np.flatnonzero((column < low) | (column > high))).size:
            row = int(wrong[0])
            raise StudyError(
                said(
                    "draw {number} of {name} has {path} = {value}, outside the range of the calibration, {low} to "
                    "{high}: its surrogate says nothing there",
                    number=draws.frame["draw"].iloc[row],
                    name=draws.name,
                    path=path,
                    value=f"{column[row]:g}",
                    low=f"{low:g}",
                    high=f"{high:g}",
                )
            )
    return points


def _too_few(effective: float, facts: Sequence[Target], predicted: dict[str, np.ndarray]) -> str:
    each = [
        said(
            "{name}: the draws say {lowest} to {highest}, the fact {low} to {high}",
            name=fact.name,
            **dict(
                zip(
                    ("lowest", "highest"),
                    (f"{end:.4g}" for end in np.quantile(predicted[fact.name], _ENDS)),
                    strict=True,
                )
            ),
            low=f"{fact.low:.4g}",
            high=f"{fact.high:.4g}",
        )
        for fact in facts
    ]
    return said(
        "the effective number of draws would be {effective}, but must be {fewest} or more: hardly any draw agrees with "
        "what is new ({each}). Weights cannot say what draws would: add the facts to the targets of the calibration "
        "file and calibrate anew",
        effective=f"{effective:.1f}",
        fewest=FEWEST_EFFECTIVE,
        each=Sentence.joined("; ", each),
    )


def _moved(predicted: dict[str, np.ndarray], draws: Draws, weight: np.ndarray) -> pd.DataFrame:
    rows = []
    for name, values in predicted.items():
        before, after = (weighted_summary(values, w) for w in (np.full_like(weight, 1 / weight.size), weight))
        rows.append((name, "surrogate", *before, *after, _shift(values, weight)))
    for name, values in _responses(draws).items():
        means = (values.mean(), math.nan, math.nan, weight @ values, math.nan, math.nan)
        rows.append((name, "runs", *means, _shift(values, weight)))
    return pd.DataFrame(rows, columns=MOVED)


def weighted_summary(values: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Mean, and ends of the 90 % interval, of values (draws,) with weights (draws,) whose sum is 1."""
    order = np.argsort(values)
    share = np.cumsum(weight[order]) - weight[order] / 2
    low, high = np.interp(_ENDS, share, values[order])
    return float(weight @ values), float(low), float(high)


def _shift(values: np.ndarray, weight: np.ndarray) -> float:
    spread = values.std()
    return float((weight @ values - values.mean()) / spread) if spread > 0 else 0.0


def _responses(draws: Draws) -> dict[str, np.ndarray]:
    """Mean differences between policies by draw, from real runs; they are known for the packaged posterior only."""
    if draws.name != POSTERIOR:
        return {}
    with as_file(files("sim.country.data").joinpath(RESPONSES_FILE)) as file:
        kept = read_csv(file).set_index("draw").reindex(draws.frame["draw"])
    return {name: kept[name].to_numpy() for name in RESPONSES if name in kept and kept[name].notna().all()}
