"""Simulation-based calibration: whether posteriors hold the truth as often as they say, and move with it.

The procedure is applied to the facts of simulated worlds whose parameters are known, drawn from the prior (Talts and
others 2018). If surrogate, likelihood and sampler are right, the rank of the truth among the posterior's draws is
uniform for every quantity; simultaneous bands say what chance allows (`sim.inference.uniformity`), and expected
coverage says it of many quantities at once (`sim.inference.expected_coverage`). Uniform ranks do not mean that the
facts tell anything: the prior itself has them. So the middle of the intervals is compared with the truth, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import StudyError, said
from sim.inference.calibration_file import BankPlan, Calibration, EffectPrior, NamedSet, Target
from sim.inference.prior import Spike
from sim.inference.sampling import ask_for_sampler
from sim.inference.simulated_truths import (
    COORDINATES,
    DRAWS,
    LOG_LIKELIHOOD,
    name_of,
    ranks_of,
    run_truths,
    truths_of,
)
from sim.inference.uniformity import band, chance_of, cumulative
from sim.studies.session import OnProgress, open_session
from sim.studies.study import Chunk, Extent, Study
from sim.system.spreadsheet import write_csv

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.studies.store import ResultStore

TRUTHS, STEPS, ERROR_RATE = 200, 2400, 0.01
"""Number of truths, steps of the chains of each, and joint error rate of the bands of all quantities."""
EFFECT = "effect_survival_5y"
MOVES = 0.5
"""Correlation above which intervals are said to move with the truth: they tell a quarter of its variance."""
BOOTSTRAPS = 4000
CALIBRATION_FILE, FIRST_WAVE_FILE = "calibration.json", "first_wave.parquet"
"""Files from which truths can be looked for again: the calibration without its base, and the bank's first wave."""


@dataclass(frozen=True)
class Verified:
    """What simulation-based calibration found.

    Attributes:
        ranks: one row per truth and quantity: `truth, quantity, true, realised` (in its world, with chance), `rank`,
            `median, low_50, high_50, low_90, high_90` of the posterior.
        ecdf: cumulative distribution of the ranks: `quantity, share, ranks_below, low, high`.
        coverage: the same of the distances of expected coverage: `coordinates, credibility, coverage, low, high`.
        summary: what `summary_of` says.
        folder: the result folder.
    """

    ranks: pd.DataFrame
    ecdf: pd.DataFrame
    coverage: pd.DataFrame
    summary: dict[str, Any]
    folder: Path

    def write(self) -> None:
        """Write sbc_ranks.csv, sbc_ecdf.csv, tarp.csv and sbc.json."""
        for name, frame in (("sbc_ranks", self.ranks), ("sbc_ecdf", self.ecdf), ("tarp", self.coverage)):
            write_csv(self.folder / f"{name}.csv", frame, float_format="%.6g")
        text = json.dumps(self.summary, indent=2, ensure_ascii=False) + "\n"
        (self.folder / "sbc.json").write_text(text, encoding="utf-8")


def verify(
    calibration: Calibration,
    first_wave: pd.DataFrame,
    truths: Sequence[int],
    folder: Path,
    *,
    steps: int = STEPS,
    workers: int | None = None,
    command: str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
) -> Verified:
    """Look for truths of a first wave, and write what was found; finished truths in the folder are kept.

    Args:
        calibration: the calibration that is put to the test.
        first_wave: the bank's first wave, parameters and moments, one row per draw.
        truths: positions of the rows that are truths, drawn from the prior with the priors on moments.
        folder: result folder.
        steps: steps of the chains of each truth.
        workers: number of processes, by default one per processor.
        command: command that repeats this, for the manifest.
        progress: called with a `Progress` after truths have ended.
        remark: called with sentences about the folder.

    Raises:
        StudyError, StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    ask_for_sampler("hubsim calibrate --simulation-based")
    options = {"simulation_based": digest_of(calibration, first_wave), "steps": steps}
    study = Study("calibrate", (calibration.base,), seed=calibration.seed, record=(), options=options)
    found = truths_of(calibration, first_wave, truths, steps)
    with open_session(
        study, Extent(len(truths)), folder, command=command, workers=workers, runner=run_truths, progress=progress,
        remark=remark,
    ) as (store, session):  # fmt: skip
        if session is not None:
            session.expect(len(truths))
            keep_calibration(store, calibration, first_wave)
            session.run((Chunk(one.key, one.position, (one,)) for one in found), [name_of(place) for place in truths])
    verified = verified_of(store.frame("runs"), calibration.seed, store.folder)
    verified.write()
    return verified


def digest_of(calibration: Calibration, first_wave: pd.DataFrame) -> str:
    """SHA-256 of what the truths' posteriors depend on besides the base."""
    stated = (calibration.priors, calibration.targets, calibration.effects, calibration.spikes, calibration.discrepancy)
    digest = hashlib.sha256(repr(stated).encode())
    digest.update(" ".join(map(str, first_wave)).encode() + np.ascontiguousarray(first_wave.to_numpy()).tobytes())
    return digest.hexdigest()


def keep_calibration(store: ResultStore, calibration: Calibration, first_wave: pd.DataFrame) -> None:
    """Write into a folder what its truths follow from besides the base, so that each can be looked for again."""
    parts = {field.name: getattr(calibration, field.name) for field in fields(calibration) if field.name != "base"}
    with store.disk.writing(store.path(FIRST_WAVE_FILE)) as file:
        first_wave.to_parquet(file)
    store.disk.write(store.path(CALIBRATION_FILE), json.dumps(parts, default=_plain, indent=1).encode())


def _plain(part: Any) -> Any:
    return part.model_dump() if isinstance(part, BankPlan) else asdict(part)


def kept_calibration(store: ResultStore, base: Scenario) -> tuple[Calibration, pd.DataFrame]:
    """The calibration and the first wave that `keep_calibration` has written.

    Raises:
        StudyError: a file cannot be read.
    """
    try:
        parts = json.loads(store.disk.read(store.path(CALIBRATION_FILE)))
        lists = {"targets": Target, "effects": EffectPrior, "sets": NamedSet, "spikes": Spike}
        made: dict[str, Any] = {name: tuple(kind(**row) for row in parts[name]) for name, kind in lists.items()}
        made |= {"priors": {path: tuple(ends) for path, ends in parts["priors"].items()}}
        made |= {"bank": BankPlan(**parts["bank"]), "claim": tuple(parts["claim"])}
        with store.disk.open(store.path(FIRST_WAVE_FILE)) as file:
            return Calibration(**parts | made, base=base), pd.read_parquet(file)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StudyError(
            said("{path} cannot be read ({reason})", path=store.path(CALIBRATION_FILE), reason=error)
        ) from None


def verified_of(runs: pd.DataFrame, seed: int, folder: Path) -> Verified:
    """Tables and summary of the rows that workers wrote, one per truth."""
    runs = runs[runs["status"] == "ok"].sort_values("replication")
    ranks = ranks_of(runs)
    distances = {group: runs[f"{group}/distance_rank"].to_numpy().astype(int) for group in COORDINATES}
    summary = summary_of(ranks, distances, seed)
    for name, worst in (("r_hat_worst", "max"), ("effective_draws", "min")):
        found = runs[f"chains/{name}"].to_numpy(dtype=float)
        extreme = found.max() if worst == "max" else found.min()
        summary[name] = {"median": round(float(np.median(found)), 3), worst: round(float(extreme), 3)}
    return Verified(ranks, _ecdf(ranks, ranks["quantity"].nunique()), _coverage(distances), summary, folder)


def _ecdf(ranks: pd.DataFrame, quantities: int) -> pd.DataFrame:
    groups = {name: group["rank"].to_numpy() for name, group in ranks.groupby("quantity", sort=False)}
    curves = [_curve(found, ERROR_RATE / quantities).assign(quantity=name) for name, found in groups.items()]
    return pd.concat(curves, ignore_index=True)[["quantity", "share", "ranks_below", "low", "high"]]


def _coverage(distances: Mapping[str, np.ndarray]) -> pd.DataFrame:
    curves = [_curve(found, ERROR_RATE / len(distances)).assign(coordinates=name) for name, found in distances.items()]
    found = pd.concat(curves, ignore_index=True).rename(columns={"share": "credibility", "ranks_below": "coverage"})
    return found[["coordinates", "credibility", "coverage", "low", "high"]]


def _curve(ranks: np.ndarray, error_rate: float) -> pd.DataFrame:
    low, high = band(len(ranks), DRAWS, error_rate)
    share = np.arange(1, DRAWS + 1) / (DRAWS + 1)
    return pd.DataFrame({"share": share, "ranks_below": cumulative(ranks, DRAWS), "low": low, "high": high})


def summary_of(ranks: pd.DataFrame, distances: Mapping[str, np.ndarray], seed: int = 1) -> dict[str, Any]:
    """What the ranks say.

    `chance` is the probability that a right posterior has ranks as far from uniform, for a quantity alone; `outside`
    lists the quantities that leave the simultaneous band. Intervals count as covering by rank, so that draws on a spike
    are broken by chance. Correlations are those of the truth and the middle of its interval, with 95 % intervals.
    """
    by = {str(name): group for name, group in ranks.groupby("quantity", sort=False)}
    chance = {name: chance_of(group["rank"].to_numpy(), DRAWS) for name, group in by.items()}
    rng = np.random.default_rng(seed)
    middle = np.abs((ranks["rank"] + rng.random(len(ranks))) / (DRAWS + 1) - 0.5)
    inside = pd.DataFrame({"quantity": ranks["quantity"], "50": middle < 0.25, "90": middle < 0.45})
    covered = inside.groupby("quantity", sort=False)[["50", "90"]].mean()
    tarp = {group: chance_of(found, DRAWS) for group, found in distances.items()}
    told = [name for name, group in by.items() if name != LOG_LIKELIHOOD and group["true"].nunique() > 1]
    return {
        "truths": int(ranks["truth"].nunique()),
        "draws": DRAWS,
        "quantities": len(by),
        "error_rate": ERROR_RATE,
        "outside": [name for name, value in chance.items() if value <= ERROR_RATE / len(by)],
        "chance": {name: float(f"{value:.3g}") for name, value in chance.items()},
        "coverage": {"all": _rounded(covered.mean())} | {str(n): _rounded(row) for n, row in covered.iterrows()},
        "expected_coverage": {
            group: {"chance": float(f"{value:.3g}"), "inside": value > ERROR_RATE / len(tarp)}
            for group, value in tarp.items()
        },
        "correlations": {name: correlation(by[name], seed) for name in told},
    }


def correlation(found: pd.DataFrame, seed: int = 1) -> dict[str, float | None]:
    """Correlation of truths and the middles of their intervals, with its 95 % bootstrap interval over truths.

    `realised` is the same for what happened in the truth's world, which holds chance that no parameter tells; None
    where no world has it.
    """
    pairs = found[["true", "median"]].to_numpy()
    chosen = np.random.default_rng(seed).integers(0, len(pairs), (BOOTSTRAPS, len(pairs)))
    low, high = np.nanquantile(_correlations(pairs[chosen]), [0.025, 0.975])
    realised = found[["realised", "median"]].dropna().to_numpy()
    rough = float(_correlations(realised[None])[0]) if len(realised) > 2 else None
    return {
        "correlation": round(float(_correlations(pairs[None])[0]), 3),
        "low": round(float(low), 3),
        "high": round(float(high), 3),
        "realised": None if rough is None else round(rough, 3),
    }


def _correlations(pairs: np.ndarray) -> np.ndarray:
    """Correlations of pairs (samples, pairs, 2); NaN where one side does not vary."""
    centred = pairs - pairs.mean(axis=1, keepdims=True)
    product = (centred[..., 0] * centred[..., 1]).sum(axis=1)
    sizes = np.sqrt((centred**2).sum(axis=1).prod(axis=1))
    found: np.ndarray = np.where(sizes > 0, product / np.where(sizes > 0, sizes, 1.0), np.nan)
    return found


def _rounded(values: pd.Series) -> dict[str, float]:
    return {str(name): round(float(value), 3) for name, value in values.items()}
