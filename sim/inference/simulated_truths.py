"""Truths for simulation-based calibration: simulated worlds whose facts stand for the published ones.

A truth is a row of the bank's first wave: parameters drawn from the prior, and the moments of one world. Its synthetic
facts are these moments plus the errors that the likelihood assumes, of observation and of the model. The surrogate is
learnt from the other rows. The posterior's draws are then compared with the truth, quantity by quantity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.errors import StudyError, listed, said
from sim.inference.calibration_file import Calibration, Target
from sim.inference.contraction import quantities
from sim.inference.expected_coverage import distance_rank, reference_point
from sim.inference.sampling import likelihood_of, sample
from sim.inference.surrogate import Surrogate, fit
from sim.inference.uniformity import rank
from sim.inference.without_truth import LeftOut, learnt_values
from sim.studies.worlds import RunResult, describe

if TYPE_CHECKING:
    from sim.studies.study import Chunk

DRAWS, DRAWS_OF_INTERVALS = 199, 1000
"""Draws among which a truth has its rank, and draws of which its intervals are made."""
INTERVALS = {"median": 0.5, "low_50": 0.25, "high_50": 0.75, "low_90": 0.05, "high_90": 0.95}
PARTS = ("true", "realised", "rank", *INTERVALS)
SELECTION, LOG_LIKELIHOOD = "selection", "log_likelihood"
COORDINATES = ("parameters", "effects")
"""Groups of quantities in which expected coverage is tested."""
_ROUNDING = 1e-6
"""Relative error of a bank's numbers, which have single precision."""


@dataclass(frozen=True)
class Truth:
    """A truth, and all that a worker needs to look for it.

    Attributes:
        key: its name.
        position: row of the first wave.
        point: values of the parameters, (parameters,).
        realised: moments of its world by name.
        calibration: the calibration with its synthetic facts.
        surrogate: learnt without it.
        scales: what one unit of each coordinate is, by quantity.
        references: reference point of each group of coordinates, scaled.
        steps: steps of its chains.
    """

    key: str
    position: int
    point: np.ndarray
    realised: Mapping[str, float]
    calibration: Calibration
    surrogate: Surrogate
    scales: pd.Series
    references: Mapping[str, np.ndarray]
    steps: int


def synthetic_facts(
    calibration: Calibration, surrogate: Surrogate, moments: pd.Series, rng: np.random.Generator
) -> Calibration:
    """The calibration with the facts that a simulated world would give: its moments, with the errors of the likelihood.

    All of this is on the scale on which the surrogate learns a moment. Where that is the logarithm, a fact stays
    positive, and its band keeps the ratio of its ends; other bands keep their width. Of a fact without a value, the
    place in its band is drawn, as the likelihood assumes. Facts that the world does not define are left out.

    Args:
        calibration: a calibration.
        surrogate: its surrogate.
        moments: moments of the world by name.
        rng: chance of the errors of observation and of the model.
    """
    targets = []
    for target in calibration.targets:
        noise, place = rng.standard_normal(), rng.random()
        if np.isfinite(moments[target.name]):
            floor = float(surrogate.floor[surrogate.moments.index(target.name)])
            targets.append(_observed(target, float(moments[target.name]), floor, calibration.discrepancy, noise, place))
    return replace(calibration, targets=tuple(targets))


def _observed(target: Target, moment: float, floor: float, discrepancy: float, noise: float, place: float) -> Target:
    """A target moved to where a moment is observed with normal noise and, of a band, at a place in it (0 to 1)."""
    shares = discrepancy if target.value is None else np.hypot(1.0, discrepancy)
    low, high = target.ends
    if floor > 0:
        low, high = max(low, floor), max(high, floor)
        seen = max(moment, floor) * np.exp(noise * shares * target.tolerance / ((low + high) / 2))
        ratio = seen / (low * (high / low) ** place)
        return _scaled(target, ratio)
    shift = moment + noise * shares * target.tolerance - (low + place * (high - low))
    value = None if target.value is None else target.value + shift
    return replace(target, value=value, low=target.low + shift, high=target.high + shift)


def _scaled(target: Target, ratio: float) -> Target:
    value = None if target.value is None else target.value * ratio
    return replace(target, value=value, low=target.low * ratio, high=target.high * ratio)


def first_wave_of(calibration: Calibration, bank: pd.DataFrame) -> pd.DataFrame:
    """The rows of a bank that belong to its first wave.

    Raises:
        StudyError: the bank has no draws of the prior with its priors on moments, or lacks a parameter or moment.
    """
    plan = calibration.bank
    if lacking := [name for name in (*calibration.priors, *calibration.moments, SELECTION) if name not in bank]:
        raise StudyError(
            said("the bank has no column {lacking}; run it anew with hubsim calibrate", lacking=listed(lacking, 3))
        )
    found = bank[bank.index < plan.whole + plan.believed]
    if not plan.believed or len(found) < plan.whole + plan.believed:
        raise StudyError(
            said(
                "truths come from the {believed} draws of the prior with its priors on moments (bank.believed) after "
                "{whole} others; this bank has {found} of these {all}. Give the bank of this calibration with --bank",
                believed=plan.believed,
                whole=plan.whole,
                found=len(found),
                all=plan.whole + plan.believed,
            )
        )
    return found


def spread_truths(calibration: Calibration, first_wave: pd.DataFrame, count: int) -> list[int]:
    """Positions of truths: evenly among the draws of the prior with its priors on moments, all if there are few."""
    first, last = calibration.bank.whole, len(first_wave) - 1
    return sorted(set(np.linspace(first, last, count).astype(int).tolist()))


def stated_points(calibration: Calibration, points: np.ndarray) -> np.ndarray:
    """Points (draws, parameters) of a bank without its rounding: inside the ranges, and on the spikes exactly."""
    low, high = np.array(list(calibration.priors.values())).T
    found: np.ndarray = np.clip(points, low, high)
    for spike in calibration.spikes:
        columns = [list(calibration.priors).index(path) for path in spike.values]
        values = np.array(list(spike.values.values()))
        held = np.isclose(found[:, columns], values, rtol=_ROUNDING, atol=0).all(axis=1)
        found[np.ix_(held, columns)] = values
    return found


def tested_quantities(calibration: Calibration, surrogate: Surrogate, points: np.ndarray) -> pd.DataFrame:
    """Quantities by point: parameters, moments with priors, selection, net founders, log likelihood of the facts."""
    found = pd.DataFrame(points, columns=list(surrogate.parameters))
    of_hubs = quantities(calibration, surrogate, points)
    found = found.join(of_hubs[[name for name in of_hubs if name not in found]])
    if SELECTION in surrogate.moments:
        found[SELECTION] = surrogate.only([SELECTION])(points)[:, 0]
    found[LOG_LIKELIHOOD] = likelihood_of(replace(calibration, effects=()), surrogate)(points)
    return found


def groups_of(calibration: Calibration, names: Sequence[str]) -> dict[str, list[str]]:
    """Quantities of each group of `COORDINATES`."""
    free = list(calibration.priors)
    return {
        "parameters": free,
        "effects": [name for name in names if name not in (*free, LOG_LIKELIHOOD)],
    }


def truths_of(
    calibration: Calibration, first_wave: pd.DataFrame, positions: Sequence[int], steps: int
) -> Iterator[Truth]:
    """The truths at some positions of a first wave, one at a time; the surrogate of each is learnt from all others."""
    surrogate, local = learnt_from(calibration, first_wave)
    left_out = LeftOut(surrogate, first_wave, positions, local)
    points = stated_points(calibration, first_wave[list(surrogate.parameters)].to_numpy(dtype=float))
    moments = learnt_values(surrogate, first_wave[list(surrogate.moments)].to_numpy(dtype=float))
    ranges = {path: high - low for path, (low, high) in calibration.priors.items()}
    for position in positions:
        alone, row = left_out.without(position), first_wave.iloc[position]
        others = np.arange(len(first_wave)) != position
        rng = np.random.default_rng([calibration.seed, position])
        seen = synthetic_facts(calibration, alone, row, rng)
        prior = tested_quantities(seen, alone, points)
        scales = prior.std().where(lambda spread: spread > 0, 1.0)
        scales.update(pd.Series(ranges))
        names = [target.name for target in seen.targets]
        middles = np.array([[sum(target.ends) / 2 for target in seen.targets]])
        facts = learnt_values(alone.only(names), middles)[0]
        known = moments[np.ix_(others, [surrogate.moments.index(name) for name in names])]
        references = {
            group: reference_point((prior[members] / scales[members]).to_numpy()[others], known, facts)
            for group, members in groups_of(calibration, [str(name) for name in prior]).items()
        }
        known_of_world = [str(name) for name in prior if name in row and name not in ranges]
        realised = {name: float(row[name]) for name in known_of_world}
        yield Truth(name_of(position), position, points[position], realised, seen, alone, scales, references, steps)


def learnt_from(calibration: Calibration, first_wave: pd.DataFrame) -> tuple[Surrogate, np.ndarray]:
    """The surrogate of a first wave, and the mask of the rows over which its scatter is measured.

    These are the draws of the prior with its priors on moments, from which truths come, if there are any.
    """
    believed = first_wave.index.to_numpy() >= calibration.bank.whole
    local = believed if believed.any() else ~believed
    moments = list(dict.fromkeys([*calibration.moments, SELECTION]))
    return fit(first_wave, calibration.priors, moments, local), local


def name_of(position: int) -> str:
    """The key of the truth at a position."""
    return f"truth-{position:05d}"


def compared(truth: Truth, posterior: np.ndarray) -> dict[str, float]:
    """Rank of a truth among draws (draws, parameters), and intervals of the draws: keys `quantity/part`."""
    rng = np.random.default_rng([truth.calibration.seed, truth.position, 1])
    count = max(DRAWS, min(len(posterior), DRAWS_OF_INTERVALS))
    draws = posterior[rng.choice(len(posterior), count, replace=len(posterior) < DRAWS)]
    values = tested_quantities(truth.calibration, truth.surrogate, np.vstack([truth.point, draws]))
    true, drawn = values.iloc[0], values.iloc[1:]
    few = drawn.iloc[:DRAWS]
    found: dict[str, float] = {}
    for name, at in zip(map(str, drawn), drawn.quantile(list(INTERVALS.values())).to_numpy().T.tolist(), strict=True):
        parts = {
            "true": true[name],
            "realised": truth.realised.get(name, np.nan),
            "rank": rank(float(true[name]), few[name].to_numpy(), rng),
            **dict(zip(INTERVALS, at, strict=True)),
        }
        found |= {f"{name}/{part}": float(value) for part, value in parts.items()}
    for group, members in groups_of(truth.calibration, [str(name) for name in values]).items():
        scaled = (values[members] / truth.scales[members]).to_numpy()
        found[f"{group}/distance_rank"] = float(
            distance_rank(scaled[0], scaled[1 : DRAWS + 1], truth.references[group], rng)
        )
    return found


def ranks_of(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per truth and quantity, `truth, quantity` and `PARTS`, from one row per truth with keys of `compared`."""
    names = [str(name).removesuffix("/rank") for name in runs if str(name).endswith("/rank")]
    frames = [
        pd.DataFrame(
            {"truth": runs["replication"], "quantity": name, **{part: runs[f"{name}/{part}"] for part in PARTS}}
        )
        for name in names
    ]
    return pd.concat(frames, ignore_index=True).astype({"rank": int})


def run_truths(chunk: Chunk, seed: int, record: tuple[str, ...]) -> Iterator[RunResult]:
    """Sample the posterior of each truth of a chunk and compare it with the truth: the runner of the study."""
    for truth in chunk.scenarios:
        try:
            chains = sample(likelihood_of(truth.calibration, truth.surrogate), truth.steps, 1 + truth.position)
            report = {f"chains/{name}": value for name, value in chains.report.items()}
            yield RunResult(truth.key, compared(truth, chains.draws) | report)
        except Exception as error:
            yield RunResult(truth.key, stage="run", error=describe(error))
