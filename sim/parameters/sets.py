"""Named parameter sets that fit the published headline figures equally well but differ in what the hubs do.

Each set is a scenario file in `scenarios/parameters/` that extends `today.yaml` and sets parameters of the world, not
levers. Results under several sets show how far a conclusion depends on the choice of parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.country.data import is_home
from sim.errors import StudyError, said
from sim.parameters.draw import Values
from sim.scenario.loading import FOLDER, builtin_folder, is_own_folder
from sim.system.paths import is_there

if TYPE_CHECKING:
    from sim.scenario import Scenario

SETS = ("evidence-weighted", "operator-friendly")


def set_files() -> dict[str, Path]:
    """Files of `SETS` by name: those in `scenarios/parameters/` here, else the packaged ones.

    The packaged ones belong to the calibration of the packaged country: with the tables of another, there are none.
    """
    return {name: file for name in SETS if (file := _file_of(name)) is not None}


def _file_of(name: str) -> Path | None:
    folders = [*([FOLDER] if is_own_folder() else []), *([builtin_folder()] if is_home() else [])]
    return next(filter(is_there, (folder / "parameters" / f"{name}.yaml" for folder in folders)), None)


def parameter_set(name: str) -> Values:
    """The parameter values of a set by path; `name` is one of `SETS` or the path of a file.

    Raises:
        StudyError: the set belongs to the calibration of another country.
        ScenarioError: the file does not exist or has mistakes.
    """
    from sim.scenario import load_scenario

    file = _file_of(name)
    if file is None and name in SETS:
        raise StudyError(
            said(
                "--parameters {name}: this set belongs to the calibration of another country; choose posterior, "
                "fixed or a file, or write your own scenarios/parameters/{name}.yaml",
                name=name,
            )
        )
    chosen = load_scenario(file or Path(name))
    declared = chosen.schema.declarations
    return {
        path: float(value)
        for path, value in chosen.values.items()
        if declared[path].prior is not None and not declared[path].lever
    }


def scenarios_under_sets(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Each scenario under each set that there is, with keys such as `today (evidence-weighted)`."""
    draws = {name: parameter_set(name) for name in set_files()}
    return [
        scenario.with_defaults(draw).with_values({}, key=f"{scenario.key} ({name})")
        for name, draw in draws.items()
        for scenario in scenarios
    ]
