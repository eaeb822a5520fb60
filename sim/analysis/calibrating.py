"""`hubsim calibrate`: bank, surrogate, posterior, and a check of the posterior with real runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.bank import near_draws, run_bank, sobol_draws
from sim.analysis.calibration import Calibration
from sim.analysis.designs import DESIGNS
from sim.analysis.moments import READINGS
from sim.analysis.posterior import BANK, write_posterior
from sim.analysis.sampling import Chains, identified, likelihood_of, medoid, sample, weights_of_readings
from sim.analysis.surrogate import Surrogate, fit
from sim.experiment.session import Watcher

UNIDENTIFIED = 0.9
"""Posterior over prior standard deviation from which the facts say nothing of a parameter."""
CHECKED = 24
"""Posterior draws that are checked with real runs."""
STEPS = 8000


@dataclass(frozen=True)
class Calibrated:
    """A finished calibration: its bank, surrogate, posterior sample and manifest."""

    bank: pd.DataFrame
    surrogate: Surrogate
    draws: np.ndarray
    central: int
    manifest: dict[str, Any]


def bank_of(calibration: Calibration, folder: Path, **options: Any) -> pd.DataFrame:
    """Run, or go on with, the bank: first over the whole prior, then around the base's values."""
    whole, near = calibration.bank
    base, priors = calibration.base, calibration.priors
    centre = {path: float(base.values[path]) for path in priors}
    waves = (
        (sobol_draws(priors, whole, calibration.seed), 0),
        (near_draws(priors, centre, near, calibration.seed), whole),
    )
    frames = [
        run_bank(base, draws, folder / f"bank-{number}", seed=calibration.seed, first=first, **options)
        for number, (draws, first) in enumerate(waves, start=1)
        if draws
    ]
    return pd.concat(frames)


def learn(calibration: Calibration, bank: pd.DataFrame) -> Surrogate:
    """The surrogate of all moments, its scatter measured where the bank is dense."""
    moments = [*calibration.moments, "selection", *(f"reading:{name}" for name in READINGS)]
    moments += [name for names in DESIGNS.values() for name in names]
    local = np.arange(len(bank)) >= calibration.bank[0] if len(bank) > calibration.bank[0] else None
    return fit(bank, calibration.priors, list(dict.fromkeys(moments)), local)


def calibrate(
    calibration: Calibration,
    folder: Path,
    *,
    workers: int | None = None,
    command: str | None = None,
    watch: Watcher | None = None,
    remark: Callable[[str], None] | None = None,
    bank: pd.DataFrame | None = None,
    checked: int = CHECKED,
    steps: int = STEPS,
) -> Calibrated:
    """Calibrate; what is there already in `folder` is not run again. Writes posterior, manifest and bank."""
    options: dict[str, Any] = {"workers": workers, "command": command, "watch": watch, "remark": remark}
    bank = bank_of(calibration, folder, **options) if bank is None else bank
    surrogate = learn(calibration, bank)
    chains = sample(likelihood_of(calibration, surrogate), steps, calibration.seed)
    draws = chains.thinned(calibration.draws, calibration.seed)
    central = medoid(draws)
    variants = {
        name: sample(likelihood_of(calibration.variant(name), surrogate), steps, calibration.seed)
        for name in calibration.variants
    }
    manifest = report(calibration, bank, surrogate, chains, draws, variants)
    if checked:
        rows = np.linspace(0, len(draws) - 1, min(checked, len(draws))).astype(int)
        chosen = [dict(zip(surrogate.parameters, draws[row].tolist(), strict=True)) for row in rows]
        first = sum(calibration.bank)
        real = run_bank(calibration.base, chosen, folder / "check", seed=calibration.seed, first=first, **options)
        manifest["check"] = compare_with_real(surrogate, draws[rows], real)
    write_posterior(folder, surrogate.parameters, draws, central, manifest)
    bank.astype(np.float32).to_parquet(folder / BANK, compression="zstd")
    for name, chain in variants.items():
        thinned = chain.thinned(calibration.draws, calibration.seed)
        write_posterior(folder / name, surrogate.parameters, thinned, medoid(thinned), {"variant": name})
    return Calibrated(bank, surrogate, draws, central, manifest)


def report(
    calibration: Calibration,
    bank: pd.DataFrame,
    surrogate: Surrogate,
    chains: Chains,
    draws: np.ndarray,
    variants: Mapping[str, Chains],
) -> dict[str, Any]:
    """The manifest: how many runs, how well the surrogate predicts, how well the chains converged."""
    ratio = identified(draws, calibration.priors)
    predicted = dict(zip(surrogate.moments, surrogate(draws).T, strict=True))
    name, prior = calibration.claim
    weights = {}
    if name:
        from sim.data import table

        fact = table("facts").set_index("id").to_dict("index")[name]
        spread = (fact["high"] - fact["low"]) / 4
        readings = {reading: predicted[f"reading:{reading}"] for reading in prior}
        weights = weights_of_readings(readings, fact["value"], spread, prior)
    return {
        "method": "quadratic surrogate of a bank of runs, affine-invariant ensemble sampler (emcee)",
        "seed": calibration.seed,
        "bank": {"draws": len(bank), "worlds": 2 * len(bank), "whole_prior": calibration.bank[0]},
        "fitted": [target.name for target in calibration.targets],
        "priors_on_effects": [effect.name for effect in calibration.effects],
        "discrepancy": f"{calibration.discrepancy} tolerances of each target",
        "surrogate_r2": _rounded(surrogate.quality()),
        "convergence": _rounded(chains.report),
        "posterior_over_prior_sd": _rounded(ratio),
        "not_identified": sorted(path for path, value in ratio.items() if value > UNIDENTIFIED),
        "moments": {moment: _summary(values) for moment, values in predicted.items()},
        "readings_of_the_claim": {"prior": dict(prior), "posterior": _rounded(weights)},
        "variants": {key: {"convergence": _rounded(chain.report)} for key, chain in variants.items()},
    }


def compare_with_real(surrogate: Surrogate, draws: np.ndarray, real: pd.DataFrame) -> dict[str, Any]:
    """How the surrogate's predictions at posterior draws compare with runs: bias and scatter in its own scatters."""
    predicted = surrogate(draws)
    spread = surrogate.spread(predicted)
    result = {}
    for index, name in enumerate(surrogate.moments):
        score = (real[name].to_numpy() - predicted[:, index]) / spread[:, index]
        score = score[np.isfinite(score)]
        if score.size > 1:
            result[name] = {"bias": round(float(score.mean()), 2), "scatter": round(float(score.std(ddof=1)), 2)}
    return {"runs": len(real), "in_units_of_the_surrogates_scatter": result}


def _summary(values: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(values, [0.05, 0.95])
    return _rounded({"mean": values.mean(), "sd": values.std(), "low": low, "high": high})


def _rounded(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(f"{float(value):.4g}") for name, value in values.items()}
