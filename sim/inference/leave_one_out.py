"""`hubsim leave-out`: what the answers to two questions become without one mechanism, before and after a refit.

Each mechanism is switched off at draws of the posterior. What ten hubs and twice the intensity then add is told twice:
over the draws as they are, and refitted, that is with draws weighted by how well they fit without the mechanism,

    weight = exp(log likelihood without it - log likelihood with it)

The likelihood is that of the calibration. With the mechanism it is taken at the surrogate's prediction, as when the
posterior was sampled; without it, at the prediction plus the change of the moments in pairs of worlds on the same
random numbers, so that hardly any chance is in the difference. Weights are truncated at their mean times sqrt(draws)
(Ionides 2008, "Truncated importance sampling", J. Comput. Graph. Stat. 17). Where fewer than `FEWEST` effective draws
are left, a refit by weights does not hold: only a calibration without the mechanism would tell.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import StudyError, said
from sim.inference.calibration_file import Calibration
from sim.inference.run_calibration import learn
from sim.inference.sampling import likelihood_of
from sim.inference.surrogate import Surrogate
from sim.inference.without_mechanism import COMPLETE, LeftOut, Reduced, run_reduced, worlds_of
from sim.parameters.draws import WORLDS_PER_DRAW, Draws
from sim.parameters.idle import idle_draws
from sim.parameters.weights import Weights
from sim.studies.execution import workers_for
from sim.studies.lookup import load_all
from sim.studies.outcome_effects import outcome_effects
from sim.studies.session import OnProgress
from sim.studies.statistics import Effect
from sim.system.spreadsheet import write_csv

REFERENCE = "today"
QUESTIONS = ("ten-hubs-2027", "six-hubs-double-intensity")
JUDGED = ("survivors_5y", "exporters")
FEWEST = 20
"""Effective number of draws below which a refit by weights does not hold."""
ANSWERS_FILE, MOMENTS_FILE, TOLD_FILE = "leave_out.csv", "leave_out_moments.csv", "leave_out.json"


@dataclass(frozen=True)
class Answer:
    """What a policy adds without a mechanism: over the draws as they are, and refitted (None if that does not hold)."""

    policy: str
    outcome: str
    as_drawn: Effect
    refitted: Effect | None


@dataclass(frozen=True)
class Without:
    """The answers without a mechanism.

    Attributes:
        name: its name; `COMPLETE` if nothing is left out.
        acts: whether it acts under any draw; if not, there are no answers.
        effective: effective number of draws after the refit.
        answers: one per policy and outcome.
        moved: change of each moment, in tolerances of its fact.
    """

    name: str
    acts: bool
    effective: float
    answers: tuple[Answer, ...] = ()
    moved: dict[str, float] | None = None

    @property
    def holds(self) -> bool:
        """Whether the refit by weights holds."""
        return self.effective >= FEWEST


@dataclass(frozen=True)
class LeaveOneOut:
    """The result: one entry per mechanism, the complete model first; the numbers of draws and of failed runs."""

    rows: tuple[Without, ...]
    draws: int
    failed: int = 0

    @property
    def frame(self) -> pd.DataFrame:
        """One row per mechanism, policy, outcome and way (`as drawn` or `refitted`)."""
        found = []
        for row in self.rows:
            for answer in row.answers:
                for way, effect in (("as drawn", answer.as_drawn), ("refitted", answer.refitted)):
                    if effect is not None:
                        found.append(_row(row, answer, way, effect))
        return pd.DataFrame(found)

    @property
    def moments(self) -> pd.DataFrame:
        """Change of each moment by each mechanism that is left out, in tolerances of its fact."""
        rows = [
            {"left_out": row.name, "moment": name, "change": change}
            for row in self.rows
            for name, change in (row.moved or {}).items()
        ]
        return pd.DataFrame(rows, columns=["left_out", "moment", "change"])

    def write(self, folder: Path) -> None:
        """Write the tables as CSV, and all of it as JSON."""
        from sim.studies.disk import DISK

        write_csv(folder / ANSWERS_FILE, self.frame, float_format="%.6g")
        write_csv(folder / MOMENTS_FILE, self.moments, float_format="%.4g")
        DISK.write(folder / TOLD_FILE, (json.dumps(self.told, indent=2) + "\n").encode())

    @property
    def told(self) -> dict[str, Any]:
        """The result as plain data."""
        answers = self.frame.astype(object).where(self.frame.notna(), None).to_dict("records")
        return {
            "draws": self.draws,
            "fewest_effective_draws": FEWEST,
            "left_out": [
                {
                    "mechanism": row.name,
                    "acts": row.acts,
                    "effective_draws": round(row.effective, 1) if row.acts else None,
                    "refit_holds": row.holds if row.acts else None,
                    "answers": [one for one in answers if one["left_out"] == row.name],
                }
                for row in self.rows
            ],
        }


def _row(row: Without, answer: Answer, way: str, effect: Effect) -> dict[str, Any]:
    return {
        "left_out": row.name, "policy": answer.policy, "reference": REFERENCE, "outcome": answer.outcome, "way": way,
        "effective_draws": row.effective, "difference": effect.mean, "median": effect.median, "ci_low": effect.low,
        "ci_high": effect.high, "p_positive": effect.p_positive, "n": effect.n, "draws": effect.draws,
        "verdict": effect.verdict,
    }  # fmt: skip


def leave_one_out(
    calibration: Calibration,
    bank: pd.DataFrame,
    draws: Draws,
    mechanisms: Sequence[LeftOut],
    folder: Path,
    *,
    count: int = 100,
    seed: int = 1,
    workers: int | None = None,
    command: str | None = None,
    progress: OnProgress | None = None,
    remark: Callable[[str], None] | None = None,
) -> LeaveOneOut:
    """Run the worlds of the table and compute it; finished runs in the folder are not run again.

    Args:
        calibration: the calibration of the posterior.
        bank: its bank.
        draws: the posterior.
        mechanisms: what to leave out, one at a time.
        folder: result folder.
        count: number of draws; each has two worlds of the policies, as in a comparison, and one pair of the past.
        seed: root seed.
        workers: number of processes, by default one per processor.
        command: command that repeats this, for the manifests.
        progress: called with a `Progress` after runs have ended.
        remark: called with sentences about the folder.

    Raises:
        StudyError: there are too few draws, or they lack free parameters of the calibration.
        StudyStoppedError, StudyInterrupted: as for a comparison.
    """
    _check(calibration, draws, count)
    policies = load_all([REFERENCE, *QUESTIONS])
    used = [draw for draw in (draws.of(replication) for replication in worlds_of(count)[::WORLDS_PER_DRAW]) if draw]
    acting = [
        one
        for one in mechanisms
        if not all(Reduced.of(base, one).is_complete(draw) for base in (calibration.base, *policies) for draw in used)
    ]
    options: dict[str, Any] = {"seed": seed, "command": command, "progress": progress, "remark": remark}
    with workers_for(workers, len(worlds_of(count))) as crew:
        pairs, outcomes = (
            run_reduced(scenarios, acting, draws, count, folder / name, bank=name == "moments", workers=crew, **options)
            for name, scenarios in (("moments", [calibration.base]), ("policies", policies))
        )
    points = np.array([[draw.values[path] for path in calibration.priors] for draw in used])
    fit = Refit(calibration, learn(calibration, bank, moments=list(calibration.moments)), points)
    paired = pd.Index(worlds_of(count)[::WORLDS_PER_DRAW], name="replication")  # also those whose worker died
    moments = {
        str(name): rows.set_index("replication").reindex(paired).reset_index()
        for name, rows in pairs.groupby("left_out")
    }
    held = idle_draws(pd.DataFrame([{"draw": draw.number, **draw.values} for draw in used]))
    idle = np.array([draw.number in held for draw in used])
    found = [Without(COMPLETE, True, float(count), _answers(outcomes, COMPLETE, np.full(count, 1 / count), idle))]
    for one in mechanisms:
        if one not in acting:
            found.append(Without(one.name, False, math.nan))
            continue
        shift = fit.shift(moments.get(one.name, moments[COMPLETE]), moments[COMPLETE])
        weights = fit.weights(shift)
        effective = 1 / float((weights**2).sum())
        answers = _answers(outcomes, one.name, weights, idle)
        if effective < FEWEST:
            answers = tuple(replace(answer, refitted=None) for answer in answers)
        found.append(Without(one.name, True, effective, answers, fit.in_tolerances(shift)))
    failed = sum(int((runs["status"] == "failed").sum()) for runs in (pairs, outcomes))
    result = LeaveOneOut(tuple(found), count, failed)
    result.write(folder)
    return result


def _check(calibration: Calibration, draws: Draws, count: int) -> None:
    if not FEWEST <= count <= len(draws.values):
        most = len(draws.values)
        raise StudyError(
            said(
                "draws is {count}, but must be from {fewest} to {most}, the number of draws of {name}",
                count=count,
                fewest=FEWEST,
                most=most,
                name=draws.name,
            )
            if most >= FEWEST
            else said(
                "{name} has {most} draws, but {fewest} or more are needed, as the posterior has",
                name=draws.name,
                most=most,
                fewest=FEWEST,
            )
        )
    if lacking := [path for path in calibration.priors if path not in draws.values[0]]:
        raise StudyError(
            said(
                "{name} lacks {lacking}, which is free in the calibration: name its own posterior",
                name=draws.name,
                lacking=lacking[0],
            )
        )


class Given(Surrogate):
    """A surrogate that predicts given moments: its only parameter is the row of `weights` that holds them."""

    def learnt(self, points: np.ndarray) -> np.ndarray:
        """The given moments on the learnt scale."""
        found: np.ndarray = self.weights[points[:, 0].astype(int)]
        return found

    @classmethod
    def of(cls, surrogate: Surrogate, rows: np.ndarray) -> Given:
        """Moments (rows, moments) on the learnt scale, with the scatter of a surrogate."""
        own = {field.name: getattr(surrogate, field.name) for field in fields(surrogate)}
        ends = {"low": np.array([-0.5]), "high": np.array([len(rows) - 0.5])}
        return cls(**{**own, **ends, "parameters": ("row",), "weights": rows})


@dataclass(frozen=True)
class Refit:
    """Weighs draws, `points` (draws, parameters), by how well they fit without a mechanism."""

    calibration: Calibration
    surrogate: Surrogate
    points: np.ndarray

    def shift(self, without: pd.DataFrame, complete: pd.DataFrame) -> np.ndarray:
        """Change of the moments on the learnt scale, (draws, moments), as means over the worlds of a draw.

        A change that is not defined in any world of a draw is that of the mean draw.
        """
        off, on = (self._learnt(rows.sort_values("replication")) for rows in (without, complete))
        change = (off - on).reshape(len(self.points), -1, off.shape[1])
        known = np.isfinite(change)
        counted = known.sum(axis=1)
        means = np.where(known, change, 0.0).sum(axis=1) / np.maximum(counted, 1)
        typical = (means * (counted > 0)).sum(axis=0) / np.maximum((counted > 0).sum(axis=0), 1)
        found: np.ndarray = np.where(counted > 0, means, typical)
        return found

    def _learnt(self, rows: pd.DataFrame) -> np.ndarray:
        values = rows.reindex(columns=list(self.surrogate.moments)).to_numpy(dtype=float)
        floor = self.surrogate.floor
        return np.where(floor > 0, np.log(np.maximum(values, np.where(floor > 0, floor, 1.0))), values)

    def weights(self, shift: np.ndarray) -> np.ndarray:
        """Weights of the draws, (draws,), with the sum 1, given the change of their moments on the learnt scale."""
        on = self.surrogate.learnt(self.points)
        score = self._score(on + shift) - self._score(on)
        weight = np.exp(score - score.max())
        weight = np.minimum(weight, weight.mean() * math.sqrt(len(weight)))
        found: np.ndarray = weight / weight.sum()
        return found

    def _score(self, rows: np.ndarray) -> np.ndarray:
        given = Given.of(self.surrogate, rows)
        likelihood = likelihood_of(replace(self.calibration, spikes=()), given)
        return likelihood(np.arange(len(rows), dtype=float)[:, None])

    def in_tolerances(self, shift: np.ndarray) -> dict[str, float]:
        """Mean change of each fitted moment over draws, in tolerances of its fact."""
        on = self.surrogate.learnt(self.points)
        floor = self.surrogate.floor
        before, after = (np.where(floor > 0, np.exp(np.minimum(rows, 30.0)), rows) for rows in (on, on + shift))
        change = dict(zip(self.surrogate.moments, (after - before).mean(axis=0).tolist(), strict=True))
        return {target.name: change[target.name] / target.tolerance for target in self.calibration.targets}


def _answers(runs: pd.DataFrame, name: str, weights: np.ndarray, idle: np.ndarray) -> tuple[Answer, ...]:
    """Effects of both policies without a mechanism, over draws as they are, and over draws picked by weights (draws,).

    The rows of `runs` have the draws in the order of the weights, `WORLDS_PER_DRAW` worlds each; `idle` (draws,) says
    in which a spike of the calibration holds.
    """
    own = {str(key): rows.set_index("replication") for key, rows in runs[runs["left_out"] == name].groupby("policy")}
    count = len(weights)
    picks = Weights("", tuple(weights.tolist())).picks(np.arange(count))
    labels = np.repeat(np.arange(count), WORLDS_PER_DRAW)
    rows = (picks[:, None] * WORLDS_PER_DRAW + np.arange(WORLDS_PER_DRAW)).ravel()
    times = np.bincount(picks)
    most = int(count**2 / (times**2).sum())
    values = {
        key: own[key].reindex(index=worlds_of(count), columns=list(JUDGED)).to_numpy(dtype=float)
        for key in (REFERENCE, *QUESTIONS)
    }
    found = []
    for policy in QUESTIONS:
        of = values[policy], values[REFERENCE]
        plain = outcome_effects(*of, JUDGED, labels, frozenset(np.flatnonzero(idle).tolist()))
        again = frozenset(np.flatnonzero(idle[picks]).tolist())
        refitted = outcome_effects(of[0][rows], of[1][rows], JUDGED, labels, again, most_draws=most)
        found += [Answer(policy, *one) for one in zip(JUDGED, plain, refitted, strict=True)]
    return tuple(found)
