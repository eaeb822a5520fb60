"""Named parameter sets that fit the published headline figures equally well but differ in what the hubs do.

Each set is a scenario file in `scenarios/parameters/` that extends `today.yaml` and sets parameters of the world, not
levers. Results under several sets show how far a conclusion depends on the choice of parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.parameters.draw import Values
from sim.scenario.loading import FOLDER, builtin_folder
from sim.system.paths import is_there

if TYPE_CHECKING:
    from sim.scenario import Scenario

SETS = ("evidence-weighted", "operator-friendly")


def parameter_set(name: str) -> Values:
    """The parameter values of a set by path; `name` is one of `SETS` or the path of a file.

    Raises:
        ScenarioError: the file does not exist or has mistakes.
    """
    from sim.scenario import load_scenario

    named = (folder / "parameters" / f"{name}.yaml" for folder in (FOLDER, builtin_folder()))
    path = next((file for file in named if is_there(file)), Path(name))
    chosen = load_scenario(path)
    declared = chosen.schema.declarations
    return {
        path: float(value)
        for path, value in chosen.values.items()
        if declared[path].prior is not None and not declared[path].lever
    }


def scenarios_under_sets(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Each scenario under each set, with keys such as `today (evidence-weighted)`."""
    draws = {name: parameter_set(name) for name in SETS}
    return [
        scenario.with_defaults(draw).with_values({}, key=f"{scenario.key} ({name})")
        for name, draw in draws.items()
        for scenario in scenarios
    ]
