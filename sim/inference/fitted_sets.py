"""Named parameter sets that fit the published figures equally well and differ in what the hubs do.

The published figures do not identify the effect of accompaniment. To show the consequences, the calibration file fixes
the effect at different values. For each value, this module finds the parameters that fit the facts best: candidates are
drawn from the posterior with the fixed effect, and real runs choose among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from sim.inference.calibration_file import Calibration, NamedSet
from sim.inference.sampling import likelihood_of, sample
from sim.inference.surrogate import Surrogate
from sim.inference.training_runs import run_bank
from sim.parameters.draw import Values
from sim.scenario.file_format import FORMAT, KEY

CANDIDATES, WORLDS_PER_CANDIDATE = 12, 8
"""Number of candidates that are run, and number of worlds of each."""
CHAIN_STEPS = 4000
PIN = 0.01
"""Standard deviation of a pinned effect around its value."""
NOTE = """Written by `hubsim calibrate experiments/calibration.yaml`: the parameters that fit the facts best under the
effects that are pinned there, by the surrogate and then by runs."""


def pinned(calibration: Calibration, named: NamedSet) -> Calibration:
    """The calibration with effects pinned at the values of a named set, and without spikes; other priors stay."""
    effects = tuple(
        replace(effect, law="normal", centre=named.effects[effect.name], spread=PIN, low=-np.inf, high=np.inf)
        if effect.name in named.effects
        else effect
        for effect in calibration.effects
    )
    return replace(calibration, effects=effects, spikes=())


def misfit(calibration: Calibration, moments: Mapping[Any, float]) -> float:
    """Mean squared distance of moments from facts and priors, in tolerances that include the model's own error."""
    wide = np.hypot(1.0, calibration.discrepancy)
    squares = [
        (float(target.misfit(np.asarray(moments[target.name]))) / (wide * target.tolerance)) ** 2
        for target in calibration.targets
    ]
    squares += [-2 * float(effect.log_density(np.asarray(moments[effect.name]))) for effect in calibration.effects]
    return float(np.mean(squares))


def fit_set(
    calibration: Calibration, surrogate: Surrogate, named: NamedSet, folder: Path, **options: Any
) -> dict[str, Any]:
    """Find a named set and write its scenario file into `folder`; returns its fit for the manifest."""
    wanted = pinned(calibration, named)
    likelihood = likelihood_of(wanted, surrogate)
    points = sample(likelihood, CHAIN_STEPS, calibration.seed).thinned(20 * CANDIDATES, calibration.seed)
    best = np.argsort(-likelihood(points), kind="stable")[:CANDIDATES]
    draws = [dict(zip(surrogate.parameters, points[row].tolist(), strict=True)) for row in best]
    tried = [draw for draw in draws for _ in range(WORLDS_PER_CANDIDATE)]
    first = 2 * calibration.bank.largest
    runs = run_bank(calibration.base, tried, folder / f"set-{named.key}", seed=calibration.seed, first=first, **options)
    means = runs.groupby(np.arange(len(runs)) // WORLDS_PER_CANDIDATE).mean()
    scores = [misfit(wanted, row.to_dict()) for _, row in means.iterrows()]
    chosen = int(np.argmin(scores))
    write_set(named, draws[chosen], folder)
    return {
        "misfit": round(scores[chosen], 3),
        "runs": len(runs),
        "moments": {name: float(f"{means.iloc[chosen][name]:.4g}") for name in calibration.moments},
    }


def write_set(named: NamedSet, draw: Values, folder: Path) -> None:
    """Write a set as a scenario file that extends `today.yaml`, with four significant digits."""
    content = CommentedMap(
        {KEY: FORMAT, "extends": "../today.yaml", "name": named.name, "description": named.description}
    )
    content.yaml_set_start_comment(NOTE)
    for path, value in draw.items():
        block, _, key = path.rpartition(".")
        content.setdefault(block, CommentedMap())[key] = float(f"{value:.4g}")
    yaml = YAML()
    yaml.width = 120
    (folder / "parameters").mkdir(parents=True, exist_ok=True)
    with (folder / "parameters" / f"{named.key}.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def fit_sets(calibration: Calibration, surrogate: Surrogate, folder: Path, **options: Any) -> dict[str, Any]:
    """Find all named sets of a calibration; returns the fit of each by key, for the manifest."""
    return {named.key: fit_set(calibration, surrogate, named, folder, **options) for named in calibration.sets}
