"""Tests whether a calibration recovers known parameters: simulated histories replace the facts.

There are two studies. *Coverage*: each truth is a row of the bank. Its moments replace the facts, its parameters and
effect are known, and the surrogate is learnt without the truths. A 90 % interval should contain the truth nine times in
ten. *Known worlds*: in one, hubs add ten points and select nobody; in the other, the reverse. The headline figures are
equal, the causes opposite. These worlds are far from the facts, where the bank has few draws, so each gets a batch of
additional draws from its flattened posterior, as in `calibrate`. Only the facts may inform the result: there is no
prior on effects, and each spike has the probability one half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.inference.calibration_file import Calibration, Target
from sim.inference.missing_data import designs_in
from sim.inference.run_calibration import BATCH_TEMPER, learn
from sim.inference.sampling import Likelihood, ask_for_sampler, likelihood_of, sample
from sim.inference.surrogate import Surrogate
from sim.inference.training_runs import run_bank
from sim.parameters.draw import Values
from sim.system.spreadsheet import write_csv

CHECKED_MOMENTS = ("effect_survival_5y", "selection")
"""Moments whose intervals are checked beside those of the parameters."""
TRUTHS, RUNS_OF_KNOWN_WORLD, DRAWS_NEAR_KNOWN_WORLD, COVERAGE_LEVEL = 20, 24, 400, 0.9
"""Number of truths of the coverage study, runs of each known world, draws near it, and coverage of an interval."""
COVERAGE_STEPS, KNOWN_WORLD_STEPS = 3000, 12000
"""Steps of the chains of the coverage study, and of those of the known worlds, which must weight spikes accurately."""

KNOWN: dict[str, Values] = {
    "the hubs do it": {
        "application.self_selection": 0.0,
        "application.screening_skill": 0.0,
        "rent.multiplier": 0.75,
        "competence.learning": 0.05,
        "revenue.skills_effect": 0.05,
    },
    "selection does it": {
        "application.self_selection": 1.0,
        "application.screening_skill": 0.6,
        "rent.multiplier": 1.0,
        "competence.learning": 0.003,
        "revenue.skills_effect": 0.0,
        "revenue.ties_effect": 0.0,
        "spillovers.strength": 0.0,
        "referral.strength": 0.0,
    },
}
"""Values of two worlds with opposite causes: either the effect or the selection is ten points, and the other is zero.
Other parameters are those of the evidence-weighted set; if that set changes, these values must be found again."""


def as_if_observed(calibration: Calibration, moments: pd.Series) -> Calibration:
    """The calibration with a simulated history in place of the facts, and no prior on the effects.

    Bands keep their widths; flat bands are centred on the simulated value.
    """
    targets = tuple(
        replace(
            target,
            value=float(moments[target.name]),
            low=float(moments[target.name]) - 2 * target.tolerance,
            high=float(moments[target.name]) + 2 * target.tolerance,
        )
        for target in calibration.targets
        if np.isfinite(moments[target.name])
    )
    return replace(calibration, targets=targets, effects=())


def with_missing_data(calibration: Calibration, surrogate: Surrogate, moments: pd.Series) -> Likelihood:
    """The likelihood if the operator's file (all missing data learnt) were known too, without error of measurement."""
    learnt = designs_in(surrogate.moments).values()
    names = tuple(name for design in learnt for name in design if np.isfinite(moments[name]))
    extra = tuple(
        Target(name, float(moments[name]) - 1e-3, float(moments[name]) + 1e-3, float(moments[name]), "", "")
        for name in names
    )
    seen = as_if_observed(calibration, moments)
    surrogate = surrogate.only((*seen.moments, *names))
    return replace(likelihood_of(seen, surrogate), surrogate=surrogate, targets=(*seen.targets, *extra))


def intervals(
    surrogate: Surrogate, likelihood: Likelihood, seed: int, steps: int = COVERAGE_STEPS, *, chance: bool = False
) -> dict[str, tuple[float, float]]:
    """Intervals of the parameters and of `CHECKED_MOMENTS`; with `chance`, the moments are those of one history."""
    draws = sample(likelihood, steps, seed).draws
    ends = [(1 - COVERAGE_LEVEL) / 2, (1 + COVERAGE_LEVEL) / 2]
    found = dict(zip(surrogate.parameters, np.quantile(draws, ends, axis=0).T.tolist(), strict=True))
    rng = np.random.default_rng(seed)
    predicted = surrogate(draws[rng.choice(len(draws), min(2000, len(draws)), replace=False)])
    if chance:
        predicted = predicted + surrogate.spread(predicted) * rng.standard_normal(predicted.shape)
    for name in CHECKED_MOMENTS:
        found[name] = np.quantile(predicted[:, surrogate.moments.index(name)], ends).tolist()
    return {name: (float(low), float(high)) for name, (low, high) in found.items()}


def coverage_study(calibration: Calibration, bank: pd.DataFrame, truths: Sequence[int]) -> pd.DataFrame:
    """Intervals for every truth, given as positions of rows: columns `truth, quantity, true, low, high, covered`."""
    surrogate = learn(calibration, bank.iloc[np.setdiff1d(np.arange(len(bank)), list(truths))])
    rows: list[dict[str, Any]] = []
    for position in truths:
        row = bank.iloc[position]
        likelihood = likelihood_of(as_if_observed(calibration, row), surrogate)
        for name, (low, high) in intervals(surrogate, likelihood, position, chance=True).items():
            if np.isfinite(true := float(row[name])):
                covered = bool(low <= true <= high)
                rows.append(
                    {"truth": position, "quantity": name, "true": true, "low": low, "high": high, "covered": covered}
                )
    return pd.DataFrame(rows)


def coverage(found: pd.DataFrame) -> pd.DataFrame:
    """Share of truths inside their intervals, by quantity and in total: columns `quantity, coverage, n`."""
    by = found.groupby("quantity", sort=False)["covered"].agg(["mean", "size"]).reset_index()
    by.columns = pd.Index(["quantity", "coverage", "n"])
    total = pd.DataFrame([{"quantity": "all", "coverage": found["covered"].mean(), "n": len(found)}])
    return pd.concat([total, by], ignore_index=True)


def known_worlds(calibration: Calibration, bank: pd.DataFrame, folder: Path, **options: Any) -> pd.DataFrame:
    """Run the worlds of `KNOWN`; the first run of each is the observed history, the mean of all runs is the truth.

    Returns:
        Columns `world, seen` (facts only, or also the missing data), `quantity, true, low, high, covered`; effects and
        selection as shares.
    """
    from sim.parameters.sets import parameter_set

    centre, known = parameter_set("evidence-weighted"), learn(calibration, bank)
    unsure = replace(calibration, spikes=tuple(replace(spike, probability=0.5) for spike in calibration.spikes))
    rows = []
    for place, (world, changes) in enumerate(KNOWN.items()):
        draw = {path: changes.get(path, centre[path]) for path in calibration.priors}
        first = 10 * sum(calibration.bank) + place * (RUNS_OF_KNOWN_WORLD + DRAWS_NEAR_KNOWN_WORLD)
        runs = run_bank(
            calibration.base, [draw] * RUNS_OF_KNOWN_WORLD, folder / f"world-{place + 1}", first=first, **options
        )
        seen = runs.iloc[0]
        history = as_if_observed(unsure, seen)
        near_folder = folder / f"near-world-{place + 1}"
        chains = sample(likelihood_of(history, known, BATCH_TEMPER), COVERAGE_STEPS, 1 + place)
        near = chains.thinned(DRAWS_NEAR_KNOWN_WORLD, 1 + place).tolist()
        draws = [dict(zip(calibration.priors, point, strict=True)) for point in near]
        found_near = run_bank(calibration.base, draws, near_folder, first=first + RUNS_OF_KNOWN_WORLD, **options)
        surrogate = learn(calibration, pd.concat([bank, found_near]), first + RUNS_OF_KNOWN_WORLD)
        views = {
            "the facts": likelihood_of(history, surrogate),
            "the facts and the missing data": with_missing_data(unsure, surrogate, seen),
        }
        for view, likelihood in views.items():
            found = intervals(surrogate, likelihood, 1 + place, KNOWN_WORLD_STEPS)
            for name in CHECKED_MOMENTS:
                true, (low, high) = float(runs[name].mean()), found[name]
                covered = bool(low <= true <= high)
                rows.append({"world": world, "seen": view, "quantity": name, "true": true, "low": low, "high": high})
                rows[-1]["covered"] = covered
    return pd.DataFrame(rows)


def recover(
    calibration: Calibration, bank: pd.DataFrame, folder: Path, **options: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run both studies and write known_worlds.csv, intervals.csv and coverage.csv; returns the first and the last."""
    ask_for_sampler("hubsim calibrate --recovery")
    known = known_worlds(calibration, bank, folder, **options)
    truths = np.linspace(sum(calibration.bank[:2]), len(bank) - 1, TRUTHS).astype(int).tolist()
    found = coverage_study(calibration, bank, truths)
    shares = coverage(found)
    for name, frame in (("known_worlds", known), ("intervals", found), ("coverage", shares)):
        write_csv(folder / f"{name}.csv", frame, float_format="%.6g")
    return known, shares
