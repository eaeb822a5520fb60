"""`hubsim calibrate`: runs the bank, fits the surrogate, samples the posterior, and checks it with real runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.inference.calibration_file import Calibration
from sim.inference.contraction import posterior_sample, prior_posterior_table, prior_sample, write_prior_posterior
from sim.inference.defaults import FIRST_WORLDS, Choice, choose_default
from sim.inference.fitted_sets import fit_sets
from sim.inference.missing_data import designs_in
from sim.inference.observables import READINGS
from sim.inference.prior_predictive import prior_predictive
from sim.inference.responses import response_policies
from sim.inference.sampling import (
    Chains,
    ask_for_sampler,
    identified,
    likelihood_of,
    medoid,
    sample_until,
    weights_of_readings,
)
from sim.inference.surrogate import Surrogate, fit
from sim.inference.waves import Bank, run_waves
from sim.parameters.posterior import BANK_FILE, load_bank, load_manifest, load_posterior, write_posterior
from sim.studies.session import OnProgress

UNIDENTIFIED = 0.9
"""Ratio of posterior to prior standard deviation above which a parameter counts as not identified."""
FINAL_STEPS = 120_000
"""Largest number of steps of the final chains."""


@dataclass(frozen=True)
class Calibrated:
    """A finished calibration: bank, surrogate, posterior sample (draws, parameters), row of the default, manifest."""

    bank: pd.DataFrame
    surrogate: Surrogate
    draws: np.ndarray
    central: int
    manifest: dict[str, Any]


def learn(
    calibration: Calibration, bank: pd.DataFrame, last: int | None = None, moments: Sequence[str] = ()
) -> Surrogate:
    """Fit the surrogate of all moments to a bank.

    Args:
        calibration: the calibration.
        bank: parameters and moments, one row per draw, by its number.
        last: first of the draws over which the scatter is measured; by default that of the last two waves or, in a
            bank without waves, of the draws with priors on moments.
        moments: names of the moments to learn; by default all that the bank has.
    """
    if not moments:
        moments = [*calibration.moments, "selection", *(f"reading:{name}" for name in READINGS)]
        moments += [name for names in designs_in(bank.columns).values() for name in names]
    if last is None:
        plan, draws = calibration.bank, int(bank.index.max()) + 1
        first_wave = plan.whole + plan.believed
        waves = (draws - first_wave) // plan.wave if plan.wave and draws > first_wave else 0
        last = first_wave + max(0, waves - 2) * plan.wave if waves else plan.whole if draws > plan.whole else 0
    return fit(bank, calibration.priors, list(dict.fromkeys(moments)), bank.index.to_numpy() >= last)


def calibrate(
    calibration: Calibration,
    folder: Path,
    *,
    workers: int | None = None,
    command: str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
    bank: pd.DataFrame | None = None,
    first_wave: pd.DataFrame | None = None,
    checked: bool = True,
    steps: int = FINAL_STEPS,
) -> Calibrated:
    """Calibrate and write posterior, manifest, bank, the table of prior and posterior, and named sets.

    Args:
        calibration: the calibration.
        folder: result folder; finished runs in it are not run again.
        workers: number of processes, by default one per processor.
        command: command that repeats this, for the manifests.
        progress: called with a `Progress` after runs have ended.
        remark: called with sentences about the folder.
        bank: an existing bank to learn from; by default it is run.
        first_wave: rows of a first wave that has been run, after which the other waves are run.
        checked: whether to check the posterior with real runs, choose the defaults by them, and fit the named sets.
            Without this, the default draw is the medoid of all draws.
        steps: largest number of steps of the final chains.

    Raises:
        StudyError: the sampler is not installed, or a policy by which the defaults are chosen is missing.
        ScenarioError: such a policy has mistakes.
    """
    ask_for_sampler("hubsim calibrate")
    if checked:
        response_policies()  # reports their mistakes before the bank is run
    options: dict[str, Any] = {"workers": workers, "command": command, "progress": progress, "remark": remark}
    known = run_waves(calibration, folder, learn, first_wave, **options) if bank is None else Bank(bank, ())
    surrogate = learn(calibration, known.frame)
    chains = sample_until(likelihood_of(calibration, surrogate), calibration.seed, steps)
    draws = chains.thinned(calibration.draws, calibration.seed)
    central = medoid(draws)
    manifest = manifest_of(calibration, known, surrogate, chains, draws)
    if checked:
        choice = check_posterior(calibration, surrogate, draws, manifest, folder, **options)
        central = choice.draw
        manifest["sets"] = fit_sets(calibration, surrogate, folder, **options)
    write_posterior(folder, surrogate.parameters, draws, central, manifest)
    write_prior_posterior(folder, prior_and_posterior(calibration, surrogate, chains))
    known.frame.astype(np.float32).to_parquet(folder / BANK_FILE, compression="zstd")
    return Calibrated(known.frame, surrogate, draws, central, manifest)


def prior_and_posterior(calibration: Calibration, surrogate: Surrogate, chains: Chains) -> pd.DataFrame:
    """Table of prior and posterior: one row per quantity, columns of `sim.inference.contraction.PriorPosterior`."""
    prior, posterior = prior_sample(calibration, surrogate), posterior_sample(calibration, surrogate, chains)
    return prior_posterior_table(prior, posterior, calibration.seed)


def compare_again(calibration: Calibration, bank: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Compute and write the table of prior and posterior from an existing bank, without new runs."""
    ask_for_sampler("hubsim calibrate --contraction")
    surrogate = learn(calibration, bank)
    chains = sample_until(likelihood_of(calibration, surrogate), calibration.seed, FINAL_STEPS)
    found = prior_and_posterior(calibration, surrogate, chains)
    write_prior_posterior(folder, found)
    return found


def check_posterior(
    calibration: Calibration,
    surrogate: Surrogate,
    draws: np.ndarray,
    manifest: dict[str, Any],
    folder: Path,
    **options: Any,
) -> Choice:
    """Compare posterior draws with real runs and choose the default draw; adds both to the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    named = [dict(zip(surrogate.parameters, draw, strict=True)) for draw in draws.tolist()]
    choice = choose_default(calibration, named, folder, **options)
    choice.write(folder)
    manifest["check"] = compare_with_real(surrogate, np.repeat(draws, FIRST_WORLDS, axis=0), choice.runs)
    manifest["defaults"] = choice.summary()
    return choice


def choose_again(calibration: Calibration, folder: Path, **options: Any) -> Choice:
    """Check the packaged posterior and choose the default draw again, for example after a change of the model."""
    surrogate, manifest = learn(calibration, load_bank()), load_manifest()
    draws = np.array([[draw[path] for path in surrogate.parameters] for draw in load_posterior()])
    choice = check_posterior(calibration, surrogate, draws, manifest, folder, **options)
    write_posterior(folder, surrogate.parameters, draws, choice.draw, manifest)
    return choice


def manifest_of(
    calibration: Calibration,
    bank: Bank,
    surrogate: Surrogate,
    chains: Chains,
    draws: np.ndarray,
) -> dict[str, Any]:
    """The manifest: numbers of runs, accuracy of the surrogate, convergence of the chains, and results."""
    ratio = identified(draws, calibration.priors, calibration.spikes)
    held = {spike.name: spike.holds(chains.parameters, chains.draws).mean() for spike in calibration.spikes}
    predicted = dict(zip(surrogate.moments, surrogate(draws).T, strict=True))
    name, prior = calibration.claim
    weights = {}
    if name:
        from sim.country.data import table

        fact = table("facts").set_index("id").to_dict("index")[name]
        spread = (fact["high"] - fact["low"]) / 4
        readings = {reading: predicted[f"reading:{reading}"] for reading in prior}
        weights = weights_of_readings(readings, fact["value"], spread, prior)
    return {
        "method": "waves of runs, quadratic surrogate with correlated deviations, affine-invariant ensembles (emcee)",
        "seed": calibration.seed,
        "bank": {
            "draws": len(bank.frame),
            "worlds": 2 * len(bank.frame),
            "plan": calibration.bank.model_dump(),
            "share_not_ruled_out": {str(wave.draws): wave.share for wave in bank.waves},
        },
        "fitted": [target.name for target in calibration.targets],
        "priors_on_effects": [effect.name for effect in calibration.effects],
        "spikes": {
            spike.name: {
                "prior": spike.probability,
                "posterior": round(float(held[spike.name]), 3),
                "values": dict(spike.values),
            }
            for spike in calibration.spikes
        },
        "prior_predictive": prior_predictive(calibration, surrogate, bank.frame).to_dict("records"),
        "discrepancy": f"{calibration.discrepancy} tolerances of each target",
        "surrogate_r2": _rounded(surrogate.quality()),
        "convergence": _rounded(chains.report),
        "posterior_over_prior_sd": _rounded(ratio),
        "not_identified": sorted(path for path, value in ratio.items() if value > UNIDENTIFIED),
        "moments": {moment: _summary(values) for moment, values in predicted.items()},
        "readings_of_the_claim": {"prior": dict(prior), "posterior": _rounded(weights)},
    }


def compare_with_real(surrogate: Surrogate, draws: np.ndarray, real: pd.DataFrame) -> dict[str, Any]:
    """Compare the surrogate's predictions at posterior draws with `FIRST_WORLDS` real runs of each.

    Bias, scatter and chance (the scatter between runs of one draw) are in units of the surrogate's scatter. If chance
    is near 1, a better surrogate could not predict more.
    """
    predicted = surrogate(draws)
    spread = surrogate.spread(predicted)
    result = {}
    for index, name in enumerate(surrogate.moments):
        score = (real[name].to_numpy() - predicted[:, index]) / spread[:, index]
        within = float(np.nanmean(np.nanvar(score.reshape(-1, FIRST_WORLDS), axis=1, ddof=1)))
        found = {"bias": np.nanmean(score), "scatter": np.nanstd(score), "chance": np.sqrt(within)}
        result[name] = {part: round(float(value), 2) for part, value in found.items()}
    return {"runs": len(real), "in_units_of_the_surrogates_scatter": result}


def _summary(values: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(values, [0.05, 0.95])
    return _rounded({"mean": values.mean(), "sd": values.std(), "low": low, "high": high})


def _rounded(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(f"{float(value):.4g}") for name, value in values.items()}
