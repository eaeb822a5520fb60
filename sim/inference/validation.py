"""`hubsim validate`: the scoreboard of facts and patterns, and forecasts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from sim.country.data import table
from sim.inference.calibration_file import Calibration, last_month
from sim.inference.forecast_scores import scored
from sim.inference.observables import READINGS
from sim.inference.sampling import likelihood_of, sample, weights_of_readings
from sim.inference.surrogate import Surrogate
from sim.parameters.draw import Values
from sim.processes.reporting import OF_THE_OPERATOR

LOW, HIGH = 0.05, 0.95
"""Quantiles at the ends of the interval over posterior draws and replications."""
_ERRORS = 199
"""Number of equally probable points of the distribution of an observation's error."""
ENOUGH = 1 / 3
"""Smallest share of the runs in a fact's band with which it passes; assumed."""
VAGUE = "The mean is in the band, but most runs are not: the model says too little."
FORECAST_STEPS = 4000
"""Steps of the chains of a forecast."""

REASONS: dict[str, str] = {
    "wait_casablanca": "A list that is served in order keeps people waiting for as long as it is long; the "
    "operator's list and wait fit together only if most of those listed give up.",
    "waiting_casablanca": "List, wait and occupancy of 2015 contradict each other unless most of those listed give up; "
    "the fit prefers full hubs.",
    "export_share_2021": "The operator reports a jump from 25 to 34 % within two years; exporting in the model moves "
    "slowly, so one of the two is missed.",
    "export_share_2022": "The operator reports a jump from 25 to 34 % within two years; the model has no such jump.",
    "exporters_outside_2019": "The survey counts firms of all sectors and ages; in the model, digital startups outside "
    "hubs export by the same rules as residents, and more than every fourth does.",
    "export_entry_early": "Startups reach a size worth exporting only after some years; real exporters begin at once.",
    "effect_fade": "What is gained fades as it is forgotten, and the facts leave forgetting slow: half is gone after "
    "two and a half years.",
    "residents_essaouira_2024": "Few founders live near Essaouira, so that its hub fills slowly; incubated and "
    "remote firms that the operator counts are not in the model.",
    "residents_cite_2020": "The innovation city opens empty in the model; the record has firms that moved in at once.",
    "vc_top_three": "Three rounds carry the share, so that it varies much from one history to the next.",
    "resident_funding_2023": "A few large rounds decide it; a resident's chance of one of them is chance.",
}
"""Known reasons why the model misses a fact."""


def scoreboard(runs: pd.DataFrame, fitted: Sequence[str]) -> pd.DataFrame:
    """Every fact with a band, the model's value over posterior draws and replications, and whether it passes.

    Args:
        runs: moments, one row per run; each run has its own posterior draw and world.
        fitted: ids of the facts that were fitted.

    Returns:
        Columns `id, pattern, fact, band_low, band_high, observed, kind, value, low, high, in_band, passed, used` and
        `remark`. The interval is predictive: it includes chance and the error of observation, because it is compared
        with a fact. A fact passes if the mean is in its band, and at least `ENOUGH` of the runs are (`in_band`): a mean
        in the band tells nothing where the runs are spread far beyond it. `passed` is None if the model has no value.
    """
    facts = table("facts")
    judged = facts[facts["low"].notna() | facts["high"].notna()]
    rows = [_row(fact, runs, fitted) for fact in judged.to_dict("records")]
    return pd.DataFrame(rows)


def unreported(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs as if the operator saw every closure: its statistics without the model of reporting.

    Args:
        runs: parameters and moments, one row per run, with the model of reporting on.
    """
    facts = table("facts")
    stated = facts["id"][facts["outcome"].str.partition(":")[0].isin(OF_THE_OPERATOR)]
    names = [name for name in [*stated, *(f"reading:{name}" for name in READINGS)] if name in runs]
    unseen = runs["reporting.unseen"].to_numpy()[:, None]
    return runs.assign(**dict(zip(names, ((runs[names].to_numpy() - unseen) / (1 - unseen)).T, strict=True)))


def draws_known_by(calibration: Calibration, surrogate: Surrogate, month: str, count: int) -> list[Values]:
    """Draws from the posterior given only the facts known by a month.

    Args:
        calibration: the calibration with all its facts.
        surrogate: surrogate learnt from the bank (`sim.inference.run_calibration.learn`).
        month: last known month.
        count: number of draws.
    """
    then = calibration.until(month)
    chains = sample(likelihood_of(then, surrogate), FORECAST_STEPS, calibration.seed)
    names = chains.parameters
    return [dict(zip(names, row, strict=True)) for row in chains.thinned(count, calibration.seed).tolist()]


def forecast(runs: pd.DataFrame, month: str, fitted: Sequence[str]) -> pd.DataFrame:
    """Compare runs at the draws of `draws_known_by` with the facts dated after `month`, and score the forecast.

    Returns:
        The rows of `scoreboard` for these facts, with `date`, `inside` (whether the published figure or, if there is
        none, part of the band lies within the 90 % interval) and the columns of `sim.inference.forecast_scores.scored`.

    Raises:
        StudyError: the library of scores is not installed.
    """
    facts, board = table("facts"), scoreboard(runs, fitted)
    board.insert(1, "date", board["id"].map(facts.set_index("id")["date"]))
    later = board[(board["date"].map(last_month) > month) & board["value"].notna() & (board["used"] == "held out")]
    least, most = (later["observed"].fillna(later[end]) for end in ("band_low", "band_high"))
    later = later.assign(inside=(most >= later["low"]) & (least <= later["high"])).reset_index(drop=True)
    samples = {
        name: predictive_sample(runs[name].dropna().to_numpy(dtype=float), (high - low) / 4)
        for name, low, high in later[["id", "band_low", "band_high"]].itertuples(index=False)
    }
    return scored(later, samples, facts, month)


def readings(runs: pd.DataFrame, calibration: Calibration) -> pd.DataFrame:
    """The operator's claim under each of its readings; its meaning is not known, so each reading has a weight.

    Returns:
        Columns `fact, reading, prior, observed, kind, value, low, high, passed, posterior`; the weights sum to one,
        and the interval is predictive. Empty if the calibration names no claim.
    """
    name, prior = calibration.claim
    if not name:
        return pd.DataFrame()
    [fact] = table("facts").query("id == @name").to_dict("records")
    moments = {reading: runs[f"reading:{reading}"].dropna().to_numpy() for reading in prior}
    posterior = weights_of_readings(moments, fact["value"], (fact["high"] - fact["low"]) / 4, prior)
    rows = []
    for reading, values in moments.items():
        known = values.size > 0
        mean = float(values.mean()) if known else math.nan
        low, high = predictive_ends(values, (fact["high"] - fact["low"]) / 4) if known else (math.nan, math.nan)
        row = {"fact": name, "reading": reading, "prior": prior[reading], "observed": fact["value"]}
        row |= {
            "kind": "predictive",
            "value": mean,
            "low": low,
            "high": high,
            "passed": fact["low"] <= mean <= fact["high"] if known else None,
        }
        rows.append(row | {"posterior": posterior[reading]})
    return pd.DataFrame(rows)


def _row(fact: Mapping[Any, Any], runs: pd.DataFrame, fitted: Sequence[str]) -> dict[str, Any]:
    name = str(fact["id"])
    values = runs[name].to_numpy(dtype=float) if name in runs else np.empty(0)
    values = values[np.isfinite(values)]
    low, high = (math.nan if pd.isna(fact[end]) else float(fact[end]) for end in ("low", "high"))
    row: dict[str, Any] = {
        "id": name,
        "pattern": "" if pd.isna(fact["pattern"]) else fact["pattern"],
        "fact": fact["fact"],
        "band_low": low,
        "band_high": high,
        "observed": float(fact["value"]) if not pd.isna(fact["value"]) else math.nan,
        "kind": "predictive",
        "value": math.nan,
        "low": math.nan,
        "high": math.nan,
        "in_band": math.nan,
        "passed": None,
        "used": _use(name, str(fact["use"]), fitted),
        "remark": "",
    }
    if values.size == 0:
        return row | {"remark": "no run reaches this date, or nobody is in the denominator"}
    mean = float(values.mean())
    ends = predictive_ends(values, (high - low) / 4 if math.isfinite(row["observed"]) else 0.0)
    missed = mean < low or mean > high
    share = float(np.mean(~((values < low) | (values > high))))
    remark = REASONS.get(name, _plainly(mean, low, high, ends)) if missed else "" if share >= ENOUGH else VAGUE
    passed = not missed and share >= ENOUGH
    return row | {
        "value": mean, "low": ends[0], "high": ends[1], "in_band": share, "passed": passed, "remark": remark,
    }  # fmt: skip


def predictive_ends(values: np.ndarray, error: float) -> list[float]:
    """Ends of the predictive interval of a published figure.

    Args:
        values: values of runs, (n,), each at its own draw and in its own world.
        error: standard deviation of the error of observation, which is normal: a quarter of the fact's band, as in the
            likelihood. It counts as 0 if not finite.
    """
    return [float(end) for end in np.quantile(predictive_sample(values, error), [LOW, HIGH])]


def predictive_sample(values: np.ndarray, error: float) -> np.ndarray:
    """The values of runs with each of equally probable errors of observation, (n * errors,); see `predictive_ends`."""
    errors = ndtri((np.arange(_ERRORS) + 0.5) / _ERRORS) * (error if math.isfinite(error) else 0.0)
    found: np.ndarray = (values[:, None] + errors).ravel()
    return found


def _use(name: str, stated: str, fitted: Sequence[str]) -> str:
    if name in fitted:
        return "fitted"
    return {"fit": "as prior" if name.startswith("effect") else "held out", "display": "shown"}.get(stated, "held out")


def _plainly(mean: float, low: float, high: float, interval: Sequence[float]) -> str:
    side = "below" if mean < low else "above"
    apart = interval[1] < low or interval[0] > high
    return (
        f"The model lies {side} the band, {'and nearly no run comes near' if apart else 'though single runs reach it'}."
    )


def patterns(board: pd.DataFrame) -> dict[str, bool]:
    """Whether each pattern (P1 to P15) passes: all its facts pass for which the model has a value.

    P10 is judged by its band for any year; the export shares of single years are separate facts.
    """
    single_years = board["id"].str.fullmatch(r"export_share_\d{4}")
    found = board[(board["pattern"] != "") & board["passed"].notna() & ~single_years]
    passed = found.groupby("pattern")["passed"].all()
    return {str(name): bool(passed[name]) for name in sorted(passed.index, key=lambda name: int(str(name)[1:]))}
