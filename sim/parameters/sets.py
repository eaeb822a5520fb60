"""Named parameter sets that fit the headlines equally well and differ in what the hubs do.

They are scenario files in `scenarios/parameters/` that extend `today.yaml` and set parameters of the
world, not levers; a policy is shown under them to say how far a conclusion depends on the choice.
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
    """The parameters that a set changes, by path; `name` is one of `SETS` or the path of a file.

    Raises:
        ScenarioError: when there is no such file, or it is wrong.
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


def scenarios_under_sets(scenarios: Sequence[Scenario], sets: Sequence[str] = SETS) -> list[Scenario]:
    """Each scenario under each set, with keys such as `today (evidence-weighted)`."""
    draws = {name: parameter_set(name) for name in sets}
    return [
        scenario.with_defaults(draw).with_values({}, key=f"{scenario.key} ({name})")
        for name, draw in draws.items()
        for scenario in scenarios
    ]
